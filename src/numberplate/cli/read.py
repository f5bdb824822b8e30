"""`numberplate read`: pictures in, their plates out."""

import csv
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len

if TYPE_CHECKING:
    from numberplate.pictures.files import PictureFile
    from numberplate.reading import PlateReader, Report

Print = Callable[[str], None]


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
        ),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write there, in a folder for each picture, what led to its plates, step by step: pictures "
            "and index.html, which shows them.",
        ),
    ] = None,
    min_confidence: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Leave out plates whose text is less probable than this."),
    ] = 0.1,
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
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODES",
            show_default=False,
            help="Expect plates of these regions, such as gb or gb,de,us-tx; those of others are read too. "
            "May be given again.",
        ),
    ] = None,
    scheme: Annotated[
        Scheme,
        typer.Option(
            help="cascade: detect, rectify, recognize. windows: the article's sliding window, for British "
            "plates of seven characters, seconds a picture."
        ),
    ] = Scheme.CASCADE,
    detection_threshold: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=1.0,
            show_default="0.4, windows 0.99",
            help="Least probability that there is a plate at all.",
        ),
    ] = None,
    overlap: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Windows that overlap by more than this show one plate."),
    ] = 0.2,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads to run on.")] = 1,
    max_megapixels: Annotated[
        float, typer.Option(min=0.001, help="Refuse larger pictures, before they are decoded.")
    ] = 100.0,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Use the networks of this folder instead of those of the package.",
        ),
    ] = None,
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
                   "box", "characters", "candidates", "regions"}, ...]}

    "error" is there only for a picture that could not be read, "warnings", a list, only where the picture was
    cut, or is one of several, or bytes before it were skipped. Corners are [x, y] in pixels from the
    picture's top left, clockwise from the plate's own top left; a box is [x, y, width, height]; confidences
    are probabilities from 0 to 1.

    Regions are those whose plates have such texts, with their probabilities: what these lack of a sum of 1 is
    the probability of another region. Codes are those of ISO 3166, and a state's follows a hyphen; "us" alone
    in a result is a plate of no state in particular, and after --region it stands for all states.
    """
    import cv2

    from numberplate.pictures.files import find_pictures, output_folders, output_paths
    from numberplate.reading import PlateReader, RegionError, WeightsError

    cv2.setNumThreads(threads)  # its own, besides those of the networks
    pictures = find_pictures(paths, draw, explain)
    try:
        reader = PlateReader(
            weights,
            threads=threads,
            min_confidence=min_confidence,
            candidates=top or 5,
            max_megapixels=max_megapixels,
            regions=",".join(region or ()),
            scheme=scheme.value,
            detection_threshold=detection_threshold,
            overlap=overlap,
        )
    except RegionError as error:
        raise typer.BadParameter(str(error), param_hint="--region") from error
    except WeightsError as error:
        _complain(f"numberplate: {error}")
        raise typer.Exit(1) from error
    sources = [p.source for p in pictures if p.error is None]
    originals = {os.path.realpath(source) for source in sources}
    copies: dict[str, Path] = {}
    if draw is not None:
        copies = output_paths(sources, draw)
        for copy in copies.values():
            if os.path.realpath(copy) in originals:
                _complain(f"numberplate: --draw {draw} would overwrite the picture {_shown(str(copy))}")
                raise typer.Exit(1)
    explanations: dict[str, Path] = {}
    if explain is not None:
        explanations = output_folders(sources, explain)
        folders = {os.path.dirname(original) for original in originals}
        for folder in explanations.values():
            if os.path.realpath(folder) in folders:
                among = f"would write among the pictures of {_shown(str(folder))}"
                _complain(f"numberplate: --explain {explain} {among}")
                raise typer.Exit(1)
    rows = _ROWS[output]([p.source for p in pictures], top, bool(region))
    failed = False
    with _own_lines_only(), _progress(len(pictures)) as (out, complain, advance):
        if (line := pictures.left_out_line()) is not None:
            complain(f"numberplate: {_shown(line)}")
        for line in rows.head():
            out(line)
        for picture in pictures:
            report = _report(reader, picture)
            problems = [report.error]
            if report.picture is not None and draw is not None:
                problems.append(_write_copy(report, copies[picture.source]))
            if report.picture is not None and explain is not None:
                problems.append(_write_explanation(report, reader, explanations[picture.source]))
            for problem in problems:
                if problem is not None:
                    failed = True
                    complain(f"{_shown(report.source)}: {problem}")
            for warning in report.warnings:
                complain(f"{_shown(report.source)}: warning: {warning}")
            for line in rows.of(report):
                out(line)
            advance()
    if failed:
        raise typer.Exit(1)


def _report(reader: "PlateReader", picture: "PictureFile") -> "Report":
    from numberplate.pictures.files import STANDARD_INPUT
    from numberplate.reading import PictureError, Report

    if picture.error is not None:
        return Report(picture.source, error=picture.error)
    if picture.source == STANDARD_INPUT:
        return reader.report(sys.stdin.buffer, STANDARD_INPUT)
    try:
        content = picture.content(reader.max_megapixels)
    except PictureError as error:
        return Report(picture.source, error=error.reason, fault=error)
    return reader.report(content, picture.source)


def _write_copy(report: "Report", path: Path) -> str | None:
    """Writes the picture with its plates drawn in. Returns why that could not be done, or None."""
    import cv2

    from numberplate.pictures.annotate import draw

    if report.picture is None:
        raise ValueError("report: expected one with its picture")
    drawn = cv2.cvtColor(draw(report.picture, report.plates), cv2.COLOR_RGB2BGR)
    try:
        done, encoded = cv2.imencode(path.suffix.lower(), drawn)
        if not done:
            return f"{path}: the copy could not be encoded"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded.tobytes())
    except (cv2.error, OSError) as error:  # cv2: JPEG has at most 65535 pixels a side
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def _write_explanation(report: "Report", reader: "PlateReader", folder: Path) -> str | None:
    """Writes what led to the plates. Returns why that could not be done, or None."""
    from numberplate.reading.explain import explain

    try:
        explain(report, reader.scheme, folder)
    except OSError as error:
        return f"{_shown(str(error.filename or folder))}: {error.strerror or error}"
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
        with open(
            kept, "w", encoding=before.encoding, errors=before.errors, buffering=1, closefd=False
        ) as ours:
            sys.stderr = ours
            yield
    finally:
        sys.stderr = before
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _say(line: str) -> None:
    # Flushed at once: a program that follows the output waits for no buffer to fill.
    print(line, flush=True)


@contextmanager
def _progress(count: int) -> Iterator[tuple[Print, Print, Callable[[], None]]]:
    """How to print a line of output, how to print a complaint, and how to say that one more is done.

    A bar is shown on a terminal only, and only for more than one picture.
    """
    if count < 2 or not sys.stderr.isatty():
        yield _say, _complain, lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    # Rich would send to the bar's console what is meant for a pipe.
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        task = bar.add_task("reading", total=count)

        def above(line: str) -> None:
            console.print(line, soft_wrap=True)  # above the bar, and neither wrapped nor cut

        # Where both are the terminal, the output must go around the bar too.
        yield above if sys.stdout.isatty() else _say, above, lambda: bar.advance(task)


def _shown(source: str) -> str:
    """A name fit for a line: what is not UTF-8 in it, and what does not print, is replaced."""
    readable = os.fsencode(source).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in readable)


class _Table:
    """Columns as wide as the names need: never cut, however narrow the terminal."""

    def __init__(self, sources: Sequence[str], top: int | None, region: bool):
        self._width = max(cell_len(_shown(s)) for s in [*sources, "picture"])
        self._others = top is not None and top > 1
        self._region = region or self._others

    def head(self) -> list[str]:
        line = self._line("picture", "plate", "confidence", "ms", "region", "others")
        return [line, "─" * cell_len(line)]

    def of(self, report: "Report") -> list[str]:
        source = _shown(report.source)
        if report.error is not None:
            return [self._line(source, "unreadable", "", "", "", "")]
        milliseconds = f"{report.milliseconds:.0f}"
        if not report.plates:
            return [self._line(source, "–", "", milliseconds, "", "")]
        return [
            self._line(
                source,
                plate.text,
                f"{plate.confidence:.1%}",
                # The time is the picture's: said once.
                milliseconds if plate is report.plates[0] else "",
                f"{plate.regions[0].code} {plate.regions[0].confidence:.0%}" if plate.regions else "–",
                ", ".join(f"{c.text} {c.confidence:.1%}" for c in plate.candidates[1:]),
            )
            for plate in report.plates
        ]

    def _line(
        self, source: str, plate: str, confidence: str, milliseconds: str, region: str, others: str
    ) -> str:
        pad = " " * (self._width - cell_len(source))
        line = f"{source}{pad}  {plate:<10}  {confidence:>10}  {milliseconds:>6}"
        if self._region:
            line += f"  {region:<10}"
        if self._others:
            line += f"  {others}"
        return line.rstrip()


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
        picture = [_shown(found["source"]), found["width"], found["height"], found["milliseconds"]]
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
