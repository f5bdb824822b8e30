"""One clear line where a command needs an extra of the package that is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


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
            raise  # our own mistake, which no installation mends
        typer.echo(
            f"numberplate: this command needs {error.name}: pip install 'numberplate[{name}]'", err=True
        )
        raise typer.Exit(1) from error
