"""`numberplate alpr`: what OpenALPR's command `alpr` takes and prints, for programs that call that."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import fail
from numberplate.cli.options import Weights, named_path
from numberplate.cli.output.lines import shown
from numberplate.cli.output.streams import standard_streams

if TYPE_CHECKING:
    from numberplate.pictures.files import PictureFile
    from numberplate.reading import PlateReader, Report


def alpr(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="Pictures, or folders of them; - for a picture on standard input, stdin for names there.",
        ),
    ],
    country: Annotated[
        str, typer.Option("--country", "-c", help="Expect plates of us, eu, gb, au …, several with commas.")
    ] = "us",
    topn: Annotated[int, typer.Option("--topn", "-n", min=1, max=100, help="Texts a plate.")] = 10,
    pattern: Annotated[
        str, typer.Option("--pattern", "-p", metavar="CODE", help="A state or country within: md, fr.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", "-j", help="Print a JSON object a picture.")] = False,
    detect_region: Annotated[bool, typer.Option("--detect_region", "-d", help="Name the region.")] = False,
    clock: Annotated[bool, typer.Option("--clock", help="Print how long each picture took.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Of OpenALPR; without effect here.", parser=named_path),
    ] = None,
    weights: Weights = None,
) -> None:
    """Read pictures as OpenALPR's command alpr does: the same options, and the same output.

    It is installed under the name alpr as well, so that programs that call that find it. Where the picture's
    plates are of no expected country, they are read too. For videos and streams, see numberplate watch.

    \b
      numberplate alpr -c eu -n 5 -j car.jpg
      alpr -c us -p md car.jpg
    """
    from numberplate.pictures.files import find_pictures
    from numberplate.plates.formats import RegionError
    from numberplate.reading import PlateReader, WeightsError
    from numberplate.reading.openalpr import openalpr_lines, openalpr_regions, to_openalpr

    try:
        reader = PlateReader(weights, regions=openalpr_regions(country, pattern), candidates=topn)
    except (RegionError, WeightsError) as error:
        fail(str(error))
    failed = False
    # Name by name, and one that comes again is read again: who writes them may wait for each reply.
    for picture in (picture for name in _names(paths) for picture in find_pictures([name])):
        report = _report_of(reader, picture)
        if report.error is not None:
            failed = True
            print(f"{shown(report.source)}: {report.error}", file=sys.stderr)
            continue
        if clock:
            print(f"Total Time to process image: {report.milliseconds:g}ms.")
        if as_json:
            print(json.dumps(to_openalpr(report, time.time_ns() // 1_000_000, topn)), flush=True)
        else:
            print(*openalpr_lines(report, topn, detect_region), sep="\n", flush=True)
    if failed:
        raise typer.Exit(1)


def _names(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if path == "stdin":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield path


def main() -> None:
    """What the installed command `alpr` runs."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command()(alpr)
    with standard_streams():
        app(prog_name="alpr")


def _report_of(reader: "PlateReader", picture: "PictureFile") -> "Report":
    """What one picture gave, or why it could not be read."""
    from numberplate.pictures.files import STANDARD_INPUT
    from numberplate.reading import PictureError, Report

    if picture.error is not None:
        return Report(picture.source, error=picture.error)
    if picture.source == STANDARD_INPUT:
        return reader.report(sys.stdin.buffer, STANDARD_INPUT, keep=False)
    try:
        content = picture.content(reader.options.max_megapixels)
    except PictureError as error:
        return Report(picture.source, error=error.reason, fault=error)
    return reader.report(content, picture.source, keep=False)
