"""Where parts are read: on the cores of this machine, or on a Ray cluster."""

import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder
from numberplate.bulk.plan import Part
from numberplate.bulk.worker import PartWorker, Reading, Receipt, receipt_name
from numberplate.processes.cores import cores

if TYPE_CHECKING:
    import numpy as np

_MOST_BLOCKS = 10_000
"""Of parts that Ray is given: each takes 26 kB of the driver's memory. More parts share them."""

_OURS = re.compile(r"^numberplate\.[\w.]+: (.+)$", re.M)
"""The last line of a traceback that ends with an error of ours."""

OnProgress = Callable[[int], None]
"""Called with how many pictures more are done."""


class Engine(Protocol):
    """Reads parts."""

    workers: int

    def read(
        self, parts: Iterable[Part], reading: Reading, out: str, on_progress: OnProgress
    ) -> Generator[Receipt, None, None]:
        """The receipts of parts, as they are done. `on_progress` counts pictures as they are done, where that
        is known sooner than the receipts.
        """

    def close(self) -> None:
        """Ends what it has started."""


class LocalEngine:
    """So many workers on this machine; None for as many as there are cores."""

    def __init__(self, workers: int | None = None, threads: int = 1):
        self.workers = max(1, cores() // threads) if workers is None else workers
        self._first: PartWorker | None = None

    def start(self, reading: Reading, out: str) -> None:
        """Starts the first worker, of those that `read` will use with the same arguments.

        Raises what keeps it from being ready, such as WeightsError: before anything is planned or written,
        and without the networks being loaded once more to find out.
        """
        self._first = PartWorker(reading, out)

    def read(
        self, parts: Iterable[Part], reading: Reading, out: str, on_progress: OnProgress
    ) -> Generator[Receipt, None, None]:
        """See `Engine`."""
        idle: queue.SimpleQueue[PartWorker] = queue.SimpleQueue()
        made: list[PartWorker] = []
        if self._first is not None:
            made.append(self._first)
            idle.put(self._first)
            self._first = None
        closing = threading.Event()

        def worker() -> PartWorker:
            try:
                return idle.get_nowait()
            except queue.Empty:
                new = PartWorker(reading, out)
                made.append(new)
                return new

        def read(part: Part) -> Receipt:
            mine, before = worker(), 0

            def reached(done: int) -> None:
                nonlocal before
                if done > before:  # a part that is begun anew counts no picture twice
                    on_progress(done - before)
                    before = done

            if closing.is_set():
                mine.close()
            receipt = mine.read(part, reached)
            idle.put(mine)
            return receipt

        remaining = iter(parts)
        threads = ThreadPoolExecutor(self.workers)
        try:
            waiting: set[Future[Receipt]] = {
                threads.submit(read, part) for part in islice(remaining, self.workers)
            }
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                waiting |= {threads.submit(read, part) for part in islice(remaining, len(done))}
                for future in done:
                    yield future.result()
        finally:
            closing.set()
            for one in made:
                one.close()
            threads.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Ends a worker that was started for nothing; the others end with what they read."""
        if self._first is not None:
            self._first.close()


class RayEngine:
    """A Ray cluster.

    Args:
        address: of the cluster; "auto" for the one that this machine is of, "local" for one that is started
            here and ended with the run.
        workers: actors; None for as many as the cluster has processors for.
        threads: of each.
        processors: of the cluster of "local"; None for as many as there are cores.

    Raises BulkError where there is no such cluster, ModuleNotFoundError without Ray.
    """

    def __init__(
        self, address: str, workers: int | None = None, threads: int = 1, processors: int | None = None
    ):
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
        os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")  # the run has its own
        ray: Any = import_module("ray")
        self._threads = threads
        self._ray = ray
        local = address == "local"
        try:
            ray.init(
                address=address,
                num_cpus=(processors or cores()) if local else None,
                include_dashboard=False if local else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise BulkError(f"Ray at {address}: {error}") from error
        there = int(ray.cluster_resources().get("CPU", 0))
        self.workers = max(1, there // threads) if workers is None else workers
        if self.workers * threads > there:
            ray.shutdown()
            raise BulkError(
                f"Ray at {address}: {self.workers} workers of {threads} threads each need "
                f"{self.workers * threads} processors, and the cluster has {there}"
            )

    def read(
        self, parts: Iterable[Part], reading: Reading, out: str, on_progress: OnProgress
    ) -> Generator[Receipt, None, None]:
        """See `Engine`."""
        from ray import data
        from ray.exceptions import RayError

        # With each part, not as an actor's arguments: it must be able to start anew wherever these have gone.
        items = [{"work": (part, reading, out)} for part in parts]
        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        context.log_internal_stack_trace_to_stdout = False
        with _quiet():
            receipts = (
                data.from_items(items, override_num_blocks=min(len(items), _MOST_BLOCKS))
                .map_batches(
                    _RayPartReader,
                    batch_size=1,
                    compute=data.ActorPoolStrategy(size=min(self.workers, len(items))),
                    num_cpus=self._threads,
                )
                .iter_rows()
            )
            try:
                for row in receipts:
                    receipt = Receipt.from_json(row["receipt"])
                    on_progress(receipt.pictures + receipt.bad)
                    yield receipt
            except RayError as error:
                raise BulkError(f"Ray: {_reason(error)}") from error

    def close(self) -> None:
        """Leaves the cluster, and ends one that was started here."""
        self._ray.shutdown()


class _RayPartReader:
    """An actor: it has a process of its own that reads, so that a picture may end that and not the actor."""

    def __init__(self) -> None:
        self._worker: PartWorker | None = None

    def __call__(self, batch: "dict[str, np.ndarray[Any, Any]]") -> dict[str, list[str]]:
        return {"receipt": [self._read(*work).to_json() for work in batch["work"]]}

    def _read(self, part: Part, reading: Reading, out: str) -> Receipt:
        # Ray does all parts of a block again when an actor has died over one of them.
        done = Folder(out).read(receipt_name(part))
        if done is not None:
            return Receipt.from_json(done)
        if self._worker is None:
            self._worker = PartWorker(reading, out)
        return self._worker.read(part)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Ray Data's notes of its plans and its progress to its own log files."""
    log = logging.getLogger("ray.data")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _reason(error: BaseException) -> str:
    """What an actor of ours raised, of all that Ray says about it."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        said += _OURS.findall(str(cause))
        cause = cause.__cause__
    return said[-1] if said else str(error).strip().partition("\n")[0] or type(error).__name__
