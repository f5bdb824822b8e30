"""How a command ends when it cannot go on."""

import sys
from typing import NoReturn

import typer


def fail(line: str) -> NoReturn:
    """Prints one line, which names the thing and the reason, on standard error; exit code 1."""
    print(f"numberplate: {line}", file=sys.stderr)
    raise typer.Exit(1)
