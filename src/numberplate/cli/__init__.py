"""The command `numberplate`. Each command is a file, and is imported when it is used or its help is read."""

import os
import signal
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_group

from numberplate import __version__
from numberplate.cli.output.streams import standard_streams

# OpenCV prints its own lines about damaged pictures; ours name the file. To be set before it is imported.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")

_MODULES = {
    "read": "read",
    "alpr": "alpr",
    "watch": "watch",
    "bulk": "bulk",
    "evaluate": "evaluate",
    "benchmark": "benchmark",
    "fonts": "fonts",
    "frigate": "frigate",
    "backgrounds": "backgrounds",
    "serve": "serve",
    "run": "run",
    "check": "run",
    "synthesize": "synthesize",
    "train": "train",
    "finetune": "finetune",
    "reproduce": "reproduce",
    "export": "train",
    "calibrate": "calibrate",
    "actions": "actions",
    "sightings": "sightings",
}
"""The module of each command, in the order of the help: its function, or its group, has the same name."""


class _Commands(MutableMapping[str, Any]):
    """The commands by name, made when asked for: to make all takes longer than to read a picture."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            found = getattr(import_module(f"numberplate.cli.{_MODULES[name]}"), name)
            alone = typer.Typer(rich_markup_mode=None)
            if isinstance(found, typer.Typer):
                alone.add_typer(found, name=name)
            else:
                alone.command(name)(found)
            self._made[name] = get_group(alone).commands[name]
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in _MODULES or name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter({**_MODULES, **self._made})

    def __len__(self) -> int:
        return len(_MODULES | self._made)

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]


class _Numberplate(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands()


app = typer.Typer(
    cls=_Numberplate,
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
    """Reads vehicle number plates in pictures and videos. It learnt from synthesized pictures only.

    Examples:

    \b
      numberplate read car.jpg                  a picture; a table on the terminal
      numberplate read photos/ --draw drawn/    a folder, and annotated copies
      numberplate read photos/ --format jsonl   a JSON object a picture
      numberplate bulk photos/ --out parquet/   very many pictures
      numberplate watch gate.mp4                a video: each vehicle once
      numberplate sightings search 'AB?2*'      what was seen and kept

    "numberplate COMMAND --help" says more of each command. Exit codes: 0 when all went well, 1 when a picture
    could not be read, 2 when the command was not understood.
    """


def _end(number: int, _: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second one waits for nothing
    raise SystemExit(128 + number)


def main() -> None:
    """What the installed command runs. SIGTERM ends it as Ctrl-C does: it leaves no half of a file behind."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    with standard_streams():
        app(prog_name="numberplate")
