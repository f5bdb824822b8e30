"""What the command line says a default is, is what the library's is."""

import re
from collections.abc import Iterator
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from numberplate.cli import app
from numberplate.cli.read import read
from numberplate.cli.watch import watch
from numberplate.reading import ReadOptions


def test_read_has_the_librarys_defaults() -> None:
    given = signature(read).parameters
    for option in fields(ReadOptions):
        if option.name in given and option.name != "scheme":
            assert given[option.name].default == option.default, option.name
    assert given["scheme"].default.value == ReadOptions.scheme
    top = given["top"].annotation.__metadata__[0]
    assert int(re.search(r"\d+", top.help)[0]) == ReadOptions.candidates


def test_watch_has_the_librarys_defaults() -> None:
    pytest.importorskip("av")
    from numberplate.live import WatchOptions

    given = signature(watch).parameters
    shared = [option for option in fields(WatchOptions) if option.name in given]
    assert len(shared) >= 5
    for option in shared:
        assert given[option.name].default == option.default, option.name


def commands(command: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """A command and all below it, with what is typed to call each."""
    yield " ".join(names), command
    for name in getattr(command, "commands", ()):
        yield from commands(command.commands[name], *names, name)


def test_help_fits_into_80_columns() -> None:
    wide = {}
    for name, command in commands(get_command(app), "numberplate"):
        with command.make_context(name, ["--help"], resilient_parsing=True, terminal_width=80) as context:
            lines = command.get_help(context).splitlines()
        wide[name] = [line for line in lines if len(line) > 80]
    assert len(wide) > 30
    assert {name: lines for name, lines in wide.items() if lines} == {}


def is_path(annotation: Any) -> bool:
    return annotation is Path or any(map(is_path, get_args(annotation)))


def test_an_empty_path_is_not_the_current_folder() -> None:
    """As of a variable that is not set: what is written would lie among whatever is there."""
    taken, asked = [], 0
    for name, command in commands(get_command(app), "numberplate"):
        kinds = get_type_hints(command.callback) if command.callback else {}
        for option in command.params:
            named = is_path(kinds.get(option.name)) or option.name == "database"
            if named and option.param_type_name == "option":
                asked += 1
                given = CliRunner().invoke(app, [*name.split()[1:], option.opts[0], ""])
                if given.exit_code != 2 or "an empty one" not in given.output:
                    taken.append(f"{name} {option.opts[0]}")
    assert asked > 30
    assert taken == []
