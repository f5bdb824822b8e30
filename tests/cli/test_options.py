"""What the command line says a default is, is what the library's is."""

import re
from dataclasses import fields
from inspect import signature

import pytest

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
