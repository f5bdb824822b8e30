"""`numberplate read`: pictures in, their plates out."""

import csv
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len

from numberplate.cli.errors import fail, usable
from numberplate.cli.options import (
    Crop,
    DetectionThreshold,
    Device,
    ExpectedRegions,
    Jobs,
    LongestSide,
    MaxMegapixels,
    MinConfidence,
    Threads,
    Weights,
    named_path,
)
from numberplate.cli.output.lines import plate_text, shown
from numberplate.cli.output.progress import progress
from numberplate.cli.output.streams import Complaints
from numberplate.cli.output.table import Table

if TYPE_CHECKING:
    from numberplate.pictures.files import PictureFile
    from numberplate.reading import PlateReader, ReaderPool, Report


class Scheme(StrEnum):
    """How plates are found and read."""

    CASCADE = "cascade"
    WINDOWS = "windows"


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    OPENALPR = "openalpr"


def read(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            show_default=False,
            help="Pictures, folders (with all folders in them), zip files, addresses (http, https, file), "
            "quoted patterns such as 'photos/**/*.jpg', or \"-\" for a picture on standard input.",
        ),
    ],
    output: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="table: for people. jsonl: one JSON object a picture, as it is read. csv: one row a plate. "
            "openalpr: one JSON object a picture, as alpr -j prints it.",
        ),
    ] = Format.TABLE,
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write a copy of each picture there, with its plates drawn in.",
            parser=named_path,
        ),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write there, in a folder for each picture, what led to its plates, step by step: pictures "
            "and index.html, which shows them.",
            parser=named_path,
        ),
    ] = None,
    min_confidence: MinConfidence = None,
    top: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default=False,
            help="Texts that each plate offers, the likeliest first: 5, but the table shows the others only "
            "when this is given.",
        ),
    ] = None,
    region: ExpectedRegions = None,
    scheme: Annotated[
        Scheme,
        typer.Option(
            help="cascade: detect, rectify, recognize. windows: the article's sliding window, for British "
            "plates of seven characters, seconds a picture."
        ),
    ] = Scheme.CASCADE,
    crop: Crop = False,
    detection_threshold: DetectionThreshold = None,
    longest_side: LongestSide = 1280,
    overlap: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            show_default="of the weights",
            help="Windows that overlap by more than this show one plate.",
        ),
    ] = None,
    jobs: Jobs = None,
    threads: Threads = 1,
    device: Device = "cpu",
    max_megapixels: MaxMegapixels = 100.0,
    weights: Weights = None,
) -> None:
    """Read the number plates in pictures.

    Pictures are JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF, JPEG 2000 or, with the extra "heic", HEIC. One that
    cannot be read gets a line on standard error, the rest is read all the same, and the exit code is 1 at the
    end. So does a JPEG that is cut, which is read as far as it goes, and a file of several pages, of which
    the first is read; the exit code stays 0 then. A picture without a plate shows "–".

    Examples:

    \b
      numberplate read car.jpg
      numberplate read photos/ --draw drawn/ --min-confidence 0.5
      numberplate read car.jpg --scheme windows --explain steps/
      numberplate read 'photos/**/*.png' --format jsonl > plates.jsonl
      numberplate read car.jpg --top 3
      numberplate read car.jpg --region gb,ie
      curl -s https://example.com/car.jpg | numberplate read -

    In jsonl, each line is an object:

    \b
      {"source", "width", "height", "milliseconds", "error", "warnings",
       "plates": [{"text", "confidence", "detection_confidence", "corners",
                   "box", "characters", "candidates", "region", "regions",
                   "script", "latin", "cut", "rows"}, ...]}

    "error" is there only for a picture that could not be read, "warnings", a list, only where the picture was
    cut, or is one of several, or bytes before it were skipped. Corners are [x, y] in pixels from the
    picture's top left, clockwise from the plate's own top left; a box is [x, y, width, height]; confidences
    are probabilities from 0 to 1. "latin" is the text in Latin letters, "cut" names the sides of the plate
    that the picture's edge cuts off, and "rows" are the texts of its rows, from the top.

    Regions are those whose plates have such texts, with their probabilities: what these lack of a sum of 1 is
    the probability of another region. Codes are those of ISO 3166, and a state's follows a hyphen; "us" alone
    in a result is a plate of no state in particular, and after --region it stands for all states.
    """
    import cv2

    from numberplate.models.device import AUTO
    from numberplate.pictures.files import find_pictures, output_folders, output_paths
    from numberplate.reading import PlateReader, ReaderPool, ReadOptions
    from numberplate.reading.pool import PoolError, default_jobs

    cv2.setNumThreads(threads)  # its own, besides those of the networks
    if crop and scheme is not Scheme.CASCADE:
        raise typer.BadParameter("only for the scheme cascade", param_hint="--crop")
    if crop and explain is not None:
        raise typer.BadParameter("a crop's reading has no steps that --explain shows", param_hint="--crop")
    pictures = find_pictures(paths, draw, explain)
    with usable():
        options = ReadOptions(
            min_confidence=min_confidence,
            candidates=top or ReadOptions.candidates,
            regions=",".join(region or ()),
            detection_threshold=detection_threshold,
            longest_side=longest_side,
            max_megapixels=max_megapixels,
            scheme=scheme.value,
            overlap=overlap,
            plate_only=crop,
        )
        reader = PlateReader(weights, threads, options, device)
    sources = [p.source for p in pictures if p.error is None]
    if draw or explain:
        for source, count in Counter(sources).items():
            if count > 1:
                fail(f"{count} addresses are shown as {shown(source)}: what is written of them would be one")
    originals = {os.path.realpath(source) for source in sources}
    copies: dict[str, Path] = {}
    if draw is not None:
        copies = output_paths(sources, draw)
        for copy in copies.values():
            if os.path.realpath(copy) in originals:
                fail(f"--draw {draw} would overwrite the picture {shown(str(copy))}")
    explanations: dict[str, Path] = {}
    if explain is not None:
        explanations = output_folders(sources, explain)
        folders = {os.path.dirname(original) for original in originals}
        for folder in explanations.values():
            if os.path.realpath(folder) in folders:
                fail(f"--explain {explain} would write among the pictures of {shown(str(folder))}")
    rows = _ROWS[output]([p.source for p in pictures], top, bool(region))
    failed = False
    jobs = default_jobs(threads, len(pictures)) if jobs is None else min(jobs, max(1, len(pictures)))
    writing = _Writing(copies, explanations)
    with (
        usable(PoolError),
        _own_lines_only(),
        progress("reading", len(pictures)) as done,
        ReaderPool(reader, jobs, writing, keep=bool(draw or explain)) as pool,
    ):
        if device == AUTO:
            done.complain(f"numberplate: device: {reader.device}")
        if (line := pictures.left_out_line()) is not None:
            done.complain(f"numberplate: {shown(line)}")
        for line in rows.head():
            done.say(line)
        for written in pool.in_order(_submitted(pool, picture, max_megapixels) for picture in pictures):
            report = written.report
            for problem in (report.error, *written.problems):
                if problem is not None:
                    failed = True
                    done.complain(f"{shown(report.source)}: {problem}")
            for warning in report.warnings:
                done.complain(f"{shown(report.source)}: warning: {warning}")
            for line in rows.of(report):
                done.say(line)
            done.advance()
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Written:
    """A report, and why what was to be written of it could not be."""

    report: "Report"
    problems: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class _Writing:
    """Writes drawn copies and explanations where a picture is read: there its pixels are at hand."""

    copies: Mapping[str, Path]
    explanations: Mapping[str, Path]

    def __call__(self, reader: "PlateReader", report: "Report") -> _Written:
        from numberplate.reading.pool import bare

        problems = []
        if report.picture is not None and report.source in self.copies:
            problems.append(_write_copy(report, self.copies[report.source]))
        if report.picture is not None and report.source in self.explanations:
            problems.append(_write_explanation(report, reader, self.explanations[report.source]))
        return _Written(bare(reader, report), tuple(problems))


def _submitted(
    pool: "ReaderPool[_Written]", picture: "PictureFile", max_megapixels: float
) -> "Future[_Written]":
    from numberplate.pictures.files import STANDARD_INPUT
    from numberplate.reading import PictureError, Report

    if picture.error is not None:
        return _done(Report(picture.source, error=picture.error))
    if picture.source == STANDARD_INPUT:
        return pool.submit(sys.stdin.buffer, STANDARD_INPUT)
    try:
        content = picture.content(max_megapixels)
    except PictureError as error:
        return _done(Report(picture.source, error=error.reason, fault=error))
    return pool.submit(content, picture.source)


def _done(report: "Report") -> "Future[_Written]":
    future: Future[_Written] = Future()
    future.set_result(_Written(report))
    return future


def _write_copy(report: "Report", path: Path) -> str | None:
    """Writes the picture with its plates drawn in. Returns why that could not be done, or None."""
    from numberplate.pictures.annotate import draw
    from numberplate.pictures.encode import EncodeError, write_picture

    if report.picture is None:
        raise ValueError("report: expected one with its picture")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(path, draw(report.picture, report.plates))
    except EncodeError as error:
        return f"{shown(str(path))}: {error}"
    except OSError as error:
        return f"{shown(str(error.filename or path))}: {error.strerror or error}"
    return None


def _write_explanation(report: "Report", reader: "PlateReader", folder: Path) -> str | None:
    """Writes what led to the plates. Returns why that could not be done, or None."""
    from numberplate.reading.explain import explain

    try:
        explain(report, reader.scheme, folder)
    except OSError as error:
        return f"{shown(str(error.filename or folder))}: {error.strerror or error}"
    return None


@contextmanager
def _own_lines_only() -> Iterator[None]:
    """Keeps off standard error what the decoders' C code prints of damaged pictures: our lines name them."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    before = sys.stderr
    try:
        os.dup2(nowhere, 2)
        with Complaints(
            open(kept, "wb", closefd=False),
            encoding=before.encoding,
            errors=before.errors,
            line_buffering=True,
        ) as ours:
            sys.stderr = ours
            yield
    finally:
        sys.stderr = before
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class _Table:
    def __init__(self, sources: Sequence[str], top: int | None, region: bool):
        self._others = top is not None and top > 1
        columns = {
            "picture": max([0, *(cell_len(shown(source)) for source in sources)]),
            "plate": 10,
            "confidence": 0,
            "ms": 6,
        }
        if region or self._others:
            columns["region"] = 10
        if self._others:
            columns["others"] = 0
        self._table = Table(columns, right=("confidence", "ms"))
        self._columns = len(columns)

    def head(self) -> list[str]:
        return self._table.head()

    def of(self, report: "Report") -> list[str]:
        source = shown(report.source)
        if report.error is not None:
            return [self._row(source, "unreadable")]
        milliseconds = f"{report.milliseconds:.0f}"
        if not report.plates:
            return [self._row(source, "–", "", milliseconds)]
        return [
            self._row(
                source,
                plate_text(plate.text),
                f"{plate.confidence:.1%}",
                # The time is the picture's: said once.
                milliseconds if plate is report.plates[0] else "",
                f"{plate.region.code} {plate.region.confidence:.0%}" if plate.region else "–",
                ", ".join(f"{plate_text(c.text)} {c.confidence:.1%}" for c in plate.candidates[1:]),
            )
            for plate in report.plates
        ]

    def _row(self, *values: str) -> str:
        """A line of the table: of the values as many as it has columns, the rest empty."""
        return self._table.row([*values, *[""] * self._columns][: self._columns])


class _JsonLines:
    def __init__(self, sources: Sequence[str], top: int | None, region: bool):
        pass

    def head(self) -> list[str]:
        return []

    def of(self, report: "Report") -> list[str]:
        return [json.dumps(report.to_dict())]


class _Csv:
    """One row a plate; a picture without one has a row too, and so has one that could not be read."""

    def __init__(self, sources: Sequence[str], top: int | None, region: bool):
        pass

    def head(self) -> list[str]:
        picture = ["source", "width", "height", "milliseconds"]
        plate = ["text", "confidence", "detection_confidence", "box_x", "box_y", "box_width", "box_height"]
        corners = [f"{axis}{i}" for i in range(1, 5) for axis in "xy"]
        return [self._line([*picture, *plate, *corners, "candidates", "regions", "error"])]

    def of(self, report: "Report") -> list[str]:
        found = report.to_dict()
        picture = [shown(found["source"]), found["width"], found["height"], found["milliseconds"]]
        error = found.get("error", "")
        if not found["plates"]:
            return [self._line([*picture, *[""] * 17, error])]
        return [
            self._line(
                [*picture, plate["text"], plate["confidence"], plate["detection_confidence"], *plate["box"]]
                + [value for corner in plate["corners"] for value in corner]
                + [
                    " ".join(f"{c['text']}:{c['confidence']}" for c in plate["candidates"]),
                    " ".join(f"{r['code']}:{r['confidence']}" for r in plate["regions"]),
                    error,
                ]
            )
            for plate in found["plates"]
        ]

    def _line(self, values: Sequence[object]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(values)
        return text.getvalue()


class _OpenAlpr:
    """What could not be read has no line, as with alpr: the complaint on standard error names it."""

    def __init__(self, sources: Sequence[str], top: int | None, region: bool):
        self._top = top or 5

    def head(self) -> list[str]:
        return []

    def of(self, report: "Report") -> list[str]:
        from numberplate.reading.openalpr import to_openalpr

        if report.error is not None:
            return []
        return [json.dumps(to_openalpr(report, time.time_ns() // 1_000_000, self._top))]


_ROWS: dict[Format, type[_Table] | type[_JsonLines] | type[_Csv] | type[_OpenAlpr]] = {
    Format.TABLE: _Table,
    Format.JSONL: _JsonLines,
    Format.CSV: _Csv,
    Format.OPENALPR: _OpenAlpr,
}
