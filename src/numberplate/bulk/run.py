"""A run from its beginning, or from where an earlier one was ended, to its summary."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from numberplate import __version__
from numberplate.bulk.engines import Engine
from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder
from numberplate.bulk.plan import Part, Plan, begun, make_plan
from numberplate.bulk.tables import SCHEMAS
from numberplate.bulk.worker import Reading, Receipt, receipt_name
from numberplate.pictures.addresses import shown_address

SUMMARY = "summary.json"

_READERS = 32
"""Receipts that are read at once: a store answers each late."""


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    `pictures`: done, of `total`, None where nobody knows how many there are; `parts`: done, of `all_parts`;
    `now`: pictures that this run has done since `seconds`, and not one before it.
    """

    pictures: int
    total: int | None
    parts: int
    all_parts: int
    now: int
    seconds: float

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return self.now / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None where nobody can tell."""
        if self.total is None or not self.rate:
            return None
        return (self.total - self.pictures) / self.rate


@dataclass(frozen=True)
class Summary:
    """What a run gave, over all times that it was begun.

    `seconds` and `cpu_seconds`: of all workers together. `workers`, `rate`: of the last time alone, the
    latter in pictures a second, None where nothing was left to do.
    """

    sources: tuple[str, ...]
    parts: int
    pictures: int
    plates: int
    bad: int
    seconds: float
    cpu_seconds: float
    workers: int
    rate: float | None

    def to_dict(self) -> dict[str, Any]:
        """As in summary.json."""
        return {"numberplate": __version__} | asdict(self) | {"core_hours": self.cpu_seconds / 3600}


class Run:
    """A run that reads what `sources` stand for and writes tables to a folder.

    Args:
        sources: see `numberplate.bulk.plan.make_plan`, as `column` and `part_size`.
        out: address of the folder.
        reading: how pictures are read.

    Where a run was begun in the folder it goes on with that: what is done stays, and the rest is what was
    planned then. Raises BulkError.
    """

    def __init__(
        self,
        sources: Sequence[str],
        out: str,
        reading: Reading,
        column: str | None = None,
        part_size: int | None = None,
    ):
        # Wherever a worker runs, a path is of this folder.
        self.sources = tuple(absolute(source) for source in sources)
        self.out = Folder(absolute(out))
        self.reading = reading
        settings = _settings(self.sources, reading, column)
        found = begun(self.out, settings)
        self.resumed = found is not None
        if not self.resumed:
            self._check_unused()
        self.plan: Plan = found or make_plan(self.sources, self.out, settings, column, part_size)
        self._done = {name.removesuffix(".json") for name in self.out.names("_run/done")}

    def _check_unused(self) -> None:
        """Tables of a run whose plan is gone would be taken for those of this one. Raises BulkError."""
        for table in SCHEMAS:
            if self.out.names(table):
                raise BulkError(
                    f"{self.out.shown(table)}: has files of no run that was begun in this folder: "
                    "take another one, or remove them"
                )

    @property
    def left(self) -> list[Part]:
        """The parts that are not done."""
        return [part for part in self.plan.parts() if part.name not in self._done]

    def go(self, engine: Engine, show: Callable[[Progress], None] = lambda _: None) -> Summary:
        """Reads what is left. `show`: called whenever there is more done. Raises BulkError."""
        left, start = self.left, time.monotonic()
        done_before = self._pictures_before(left)
        now, parts, lock = 0, self.plan.size - len(left), threading.Lock()

        def tell() -> None:
            show(
                Progress(
                    done_before + now,
                    self.plan.pictures,
                    parts,
                    self.plan.size,
                    now,
                    time.monotonic() - start,
                )
            )

        def on_progress(more: int) -> None:
            nonlocal now
            with lock:
                now += more
                tell()

        if left:
            tell()
            receipts = engine.read(left, self.reading, self.out.address, on_progress)
            with closing(receipts):  # workers end at once, whatever ends this
                for _ in receipts:
                    with lock:
                        parts += 1
                        tell()
        seconds = time.monotonic() - start
        return self._finish(engine.workers, now / seconds if now else None)

    def _pictures_before(self, left: list[Part]) -> int:
        total = self.plan.pictures
        if total is not None:
            return total - sum(part.pictures for part in left)
        return 0 if len(left) == self.plan.size else sum(r.pictures + r.bad for r in self._receipts())

    def _receipts(self) -> Iterator[Receipt]:
        done = self.out.names("_run/done")
        parts = [part for part in self.plan.parts() if f"{part.name}.json" in done]
        with ThreadPoolExecutor(_READERS) as threads:
            for part, data in zip(parts, threads.map(self.out.read, map(receipt_name, parts)), strict=True):
                yield self._receipt(part, data or b"")

    def _receipt(self, part: Part, data: bytes) -> Receipt:
        try:
            return Receipt.from_json(data)
        except ValueError as error:
            raise BulkError(f"{self.out.shown(receipt_name(part))}: {error}") from error

    def _finish(self, workers: int, rate: float | None) -> Summary:
        for table in (*SCHEMAS, "_run/done"):
            self.out.remove_parts(table)
        receipts = list(self._receipts())
        summary = Summary(
            tuple(map(shown_address, self.sources)),
            len(receipts),
            sum(r.pictures for r in receipts),
            sum(r.plates for r in receipts),
            sum(r.bad for r in receipts),
            round(sum(r.seconds for r in receipts), 3),
            round(sum(r.cpu_seconds for r in receipts), 3),
            workers,
            None if rate is None else round(rate, 2),
        )
        self.out.write(SUMMARY, (json.dumps(summary.to_dict(), indent=1) + "\n").encode("utf-8"))
        return summary


def absolute(address: str) -> str:
    """The same address for programs that are in another folder. Raises BulkError for an empty one."""
    if not address:  # as of a shell's variable that is not set: it would be the current folder
        raise BulkError("expected the address of a folder, a list or a tar, and got an empty one")
    return address if "://" in address else os.path.abspath(address)


def _settings(sources: Sequence[str], reading: Reading, column: str | None) -> dict[str, Any]:
    """What readings depend on: a run is not gone on with where it is another."""
    options = asdict(reading.options)
    if not isinstance(options["regions"], str):
        options["regions"] = ",".join(options["regions"])
    return {
        "sources": list(sources),
        "column": column,
        "numberplate": __version__,
        "weights": _digest(reading.weights),
        "device": reading.device,
        **options,
    }


def _digest(weights: Path | None) -> str:
    """SHA-256 of a bundle's files."""
    folder = resources.files("numberplate").joinpath("weights") if weights is None else weights
    digest = hashlib.sha256()
    try:
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith((".json", ".onnx")):
                data = file.read_bytes()
                digest.update(f"{file.name} {len(data)} ".encode())
                digest.update(data)
    except OSError as error:
        raise BulkError(f"{weights}: {error.strerror or error}") from error
    return digest.hexdigest()
