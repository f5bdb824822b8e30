"""How a command ends when it cannot go on: one line on standard error, and exit code 1."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(line: str) -> NoReturn:
    """Prints one line, which names the thing and the reason, on standard error; exit code 1."""
    print(f"numberplate: {line}", file=sys.stderr)
    raise typer.Exit(1)


def stopped(line: str, error: KeyboardInterrupt) -> NoReturn:
    """Prints one line on standard error; the exit code says the signal, as shells do: 130 for Ctrl-C."""
    print(f"\n{line}", file=sys.stderr)
    raise typer.Exit(128 + getattr(error, "signal", signal.SIGINT)) from None


_BACKENDS = {"torch": "train-torch", "jax": "train-jax"}
"""Extras that bring what KERAS_BACKEND may ask for, by the module that is then missing."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Imports within need the extra `name`: what is missing ends the command with a line that says so.

    with extra("train"):
        from numberplate.training import fit
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "numberplate":
            raise  # our own mistake, which no installation fixes
        needed = _BACKENDS.get(error.name, name)
        fail(f"this command needs {error.name}: pip install 'numberplate[{needed}]'")


@contextmanager
def training() -> Iterator[None]:
    """As `extra("train")`, for commands that train or export; a KERAS_BACKEND that cannot is refused."""
    from numberplate.networks.backend import BACKENDS

    wanted = os.environ.get("KERAS_BACKEND", "")
    if wanted not in ("", *BACKENDS):
        fail(f"KERAS_BACKEND: expected one of {', '.join(BACKENDS)}, got {wanted!r}")
    with extra("train"):
        yield


@contextmanager
def usable(*others: type[Exception]) -> Iterator[None]:
    """What is wrong with --region, --device or --weights, used within, ends the command with a line.

    So do `others`: errors whose messages name the thing and the reason.
    """
    from numberplate.models.device import DeviceError
    from numberplate.models.manifest import WeightsError
    from numberplate.plates.formats import RegionError

    named: tuple[type[Exception], ...] = (DeviceError, WeightsError, *others)
    try:
        yield
    except RegionError as error:
        raise typer.BadParameter(str(error), param_hint="--region") from error
    except named as error:
        fail(str(error))
