"""Programs side by side: the same labelled pictures, one after the other, one thread, one core."""

from __future__ import annotations

import html
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numberplate.evaluation.figures import Figures, PictureResult, figures, figures_by_group
from numberplate.evaluation.labels import LabelledPicture, Truth
from numberplate.evaluation.table import number, percent
from numberplate.models.device import CPU
from numberplate.peers.answers import Found, PeerError
from numberplate.peers.programs import ONE_THREAD, Said, asked
from numberplate.plates.alphabet import ALPHABET, normalize
from numberplate.processes.process import Process, ProcessEndedError, ProcessFailedError
from numberplate.reading import DeviceError, WeightsError
from numberplate.results.document import document
from numberplate.results.plate import Candidate, Character, Plate

_SECONDS = 300.0
"""A program that takes longer for one picture is given up."""

_EXPECTED = (PeerError, WeightsError, DeviceError)
"""Another program may raise anything."""


@dataclass(frozen=True)
class Contender:
    """A program's figures.

    `by_text`: whether it gives no boxes, so that its plates are judged by their texts alone. `groups`: the
    figures of each folder. `start_seconds`: from its start to the first answer, the networks' loading
    included. `cpu_milliseconds`: of the processor for a picture, the median. `peak_memory`: bytes.
    """

    name: str
    by_text: bool
    figures: Figures
    groups: dict[str, Figures]
    start_seconds: float
    cpu_milliseconds: float | None
    peak_memory: int


def compete(
    name: str,
    folder: Path,
    labelled: Sequence[LabelledPicture],
    command: str | None = None,
    weights: Path | None = None,
    advanced: Callable[[], None] = lambda: None,
    device: str = CPU,
) -> Contender:
    """Asks a program for each picture; `advanced` is called after each.

    `device`: that the networks of numberplate run on.

    Raises PeerError for one that is not there, or gives up.
    """
    begun = time.perf_counter()
    try:
        process = Process(asked, name, command, weights, device, environment=ONE_THREAD, expected=_EXPECTED)
    except (ProcessEndedError, TimeoutError) as error:
        raise PeerError(f"{name}: does not start: {error}") from error
    except ProcessFailedError as error:
        raise PeerError(f"{name}: does not start: {error.last_line}") from error
    try:
        said: list[Said] = []
        first = str(folder / labelled[0].image)
        process.ask(first, _SECONDS)  # which sets up what later pictures need not
        start_seconds = time.perf_counter() - begun
        for picture in labelled:
            said.append(process.ask(str(folder / picture.image), _SECONDS))
            advanced()
    except (ProcessEndedError, TimeoutError) as error:
        raise PeerError(f"{name}: gave up: {error}") from error
    except ProcessFailedError as error:
        raise PeerError(f"{name}: failed: {error.last_line}") from error
    finally:
        process.end()
    by_text = any(found.box is None for one in said for found in one.found)
    results = [_result(picture, one, by_text) for picture, one in zip(labelled, said, strict=True)]
    times = [one.cpu_milliseconds for one in said if one.error is None]
    return Contender(
        name,
        by_text,
        figures(results),
        figures_by_group(results),
        start_seconds,
        statistics.median(times) if times else None,
        max(one.peak_memory for one in said),
    )


def _result(picture: LabelledPicture, said: Said, by_text: bool) -> PictureResult:
    truths = tuple(Truth(truth.text) for truth in picture.truths) if by_text else picture.truths
    plates = [plate for found in said.found if (plate := _plate(found)) is not None]
    milliseconds = said.milliseconds if said.error is None else None
    return PictureResult(picture.image, truths, tuple(plates), milliseconds, said.error)


def _plate(found: Found) -> Plate | None:
    """As our own; None where the text has no character of a plate."""
    try:
        text = normalize(found.text)
    except ValueError:  # of several scripts, as readers of all texts give them
        text = "".join(c for c in found.text.upper() if c in ALPHABET)
    if not text:
        return None
    x, y, width, height = found.box or (0.0, 0.0, 1.0, 1.0)
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return Plate(
        text,
        found.confidence,
        found.confidence,
        np.array(corners, np.float32),
        tuple(Character(c, found.confidence) for c in text),
        (Candidate(text, found.confidence),),
    )


def rows(contenders: Sequence[Contender]) -> list[tuple[str, list[str]]]:
    """The lines of the table: what is measured, and its value for each program."""
    f = [one.figures for one in contenders]
    return [
        ("plates found", ["–" if c.by_text else percent(c.figures.detection_recall) for c in contenders]),
        ("read exactly", [percent(one.exact_strict) for one in f]),
        ("read exactly, O = 0 and I = 1", [percent(one.exact_folded) for one in f]),
        ("characters right", [percent(one.character_accuracy) for one in f]),
        (
            "false plates a picture",
            ["–" if c.by_text else number(c.figures.false_plates_per_picture, 2) for c in contenders],
        ),
        ("pictures that it could not read", [str(one.unreadable) for one in f]),
        ("milliseconds of the processor, median", [number(c.cpu_milliseconds, 1) for c in contenders]),
        ("milliseconds by the clock, median", [number(one.milliseconds_median, 1) for one in f]),
        ("seconds to the first answer", [number(c.start_seconds, 1) for c in contenders]),
        ("memory at most, MB", [number(c.peak_memory / 1e6, 0) for c in contenders]),
    ]


def machine() -> dict[str, str]:
    """What the figures of time are of."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {"processor": cpu, "cores": str(os.cpu_count()), "load": load, "system": platform.platform()}


def as_json(contenders: Sequence[Contender], about: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON holds them."""
    return {**about, "programs": {one.name: asdict(one) for one in contenders}}


def page(contenders: Sequence[Contender], about: Mapping[str, Any]) -> str:
    """The figures as a page of HTML."""
    names = "".join(f"<th>{html.escape(one.name)}</th>" for one in contenders)
    lines = "".join(
        f"<tr><th>{html.escape(what)}</th>{''.join(f'<td>{value}</td>' for value in values)}</tr>"
        for what, values in rows(contenders)
    )
    groups = "".join(
        f"<tr><th>{html.escape(group or './')}, {figures.plates} plates</th>"
        + "".join(f"<td>{percent(one.groups[group].exact_folded)}</td>" for one in contenders)
        + "</tr>"
        for group, figures in contenders[0].groups.items()
    )
    said = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd>" for k, v in about.items())
    body = (
        "<h1>Programs that read number plates, side by side</h1>"
        "<p>The same pictures, one after the other, on one core. Where other work goes on, processor time "
        "counts. A program that gives no boxes is judged by its texts alone.</p>"
        f"<table><thead><tr><th></th>{names}</tr></thead><tbody>{lines}</tbody></table>"
        "<h2>Read exactly, O = 0 and I = 1, by folder</h2>"
        f"<table><thead><tr><th></th>{names}</tr></thead><tbody>{groups}</tbody></table>"
        f"<h2>Measured</h2><dl>{said}</dl>"
    )
    return document("Programs that read number plates, side by side", _STYLE, body)


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid #8884; text-align: right; }
tbody th { text-align: left; font-weight: normal; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
"""
