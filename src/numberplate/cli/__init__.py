"""The command `numberplate`. Each command is a file; what is heavy is imported where it is used."""

import os
import sys
from typing import Annotated

import typer

from numberplate import __version__
from numberplate.cli.actions import actions
from numberplate.cli.alpr import alpr
from numberplate.cli.backgrounds import backgrounds
from numberplate.cli.benchmark import benchmark
from numberplate.cli.bulk import bulk
from numberplate.cli.calibrate import calibrate
from numberplate.cli.evaluate import evaluate
from numberplate.cli.finetune import finetune
from numberplate.cli.fonts import fonts
from numberplate.cli.frigate import frigate
from numberplate.cli.read import read
from numberplate.cli.reproduce import reproduce
from numberplate.cli.run import check, run
from numberplate.cli.serve import serve
from numberplate.cli.sightings import sightings
from numberplate.cli.synthesize import synthesize
from numberplate.cli.train import export, train
from numberplate.cli.watch import watch

# OpenCV prints its own lines about damaged pictures; ours name the file. To be set before it is imported.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")

app = typer.Typer(
    # Plain help keeps its paragraphs in a pipe and on a narrow terminal alike.
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"numberplate {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Reads vehicle number plates in photographs. It learnt from synthesized pictures only.

    Examples:

    \b
      numberplate read car.jpg                     one picture, a table on the terminal
      numberplate read photos/ --draw drawn/       a folder, and annotated copies of it
      numberplate read photos/ --format jsonl      one JSON object a picture, for programs
      numberplate bulk photos/ --out parquet/      very many pictures, on all cores or a cluster
      numberplate watch gate.mp4                   a video: each vehicle once
      numberplate sightings search 'AB?2*'         what was seen and kept

    "numberplate COMMAND --help" says more of each command. Exit codes: 0 when all went well, 1 when a picture
    could not be read, 2 when the command was not understood.
    """


app.command()(read)
app.command()(alpr)
app.command()(watch)
app.command()(bulk)
app.command()(evaluate)
app.command()(benchmark)
app.command()(fonts)
app.command()(frigate)
app.command()(backgrounds)
app.command()(serve)
app.command()(run)
app.command()(check)
app.add_typer(actions, name="actions")
app.add_typer(sightings, name="sightings")
app.command()(synthesize)
app.command()(train)
app.command()(finetune)
app.command()(reproduce)
app.command()(export)
app.command()(calibrate)


def main() -> None:
    """What the installed command runs."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding cannot show is shown with escapes; it is no reason to stop.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app(prog_name="numberplate")
