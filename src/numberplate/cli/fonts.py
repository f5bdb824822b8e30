"""`numberplate fonts`: typefaces to letter plates with, installed from their packages."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail


def fonts(
    out: Annotated[
        Path, typer.Option(metavar="DIR", show_default=False, help="Install the fonts there, with fonts.csv.")
    ],
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="that of the package",
            help="A TOML file of other packages, written as src/numberplate/synthesis/type/fonts.toml is.",
        ),
    ] = None,
) -> None:
    """Install typefaces to draw plates with.

    Fetches them from their packages: with npm from its registry, with apt-get from that of Debian. Where one
    of these tools is missing, the fonts of the other are installed. fonts.csv says of each font its family,
    licence, package and version. Fonts that are there already are not fetched again.

    A package that cannot be fetched gets a line on standard error, and the exit code is 1 at the end.

    \b
      numberplate fonts --out fonts/
      numberplate synthesize --kind plate --out plates/ --fonts fonts/
    """
    with extra("train"):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress

        from numberplate.synthesis.type.font_packages import (
            FontPackageError,
            install,
            installed_fonts,
            read_manifest,
        )

    failed = False
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    try:
        listed = read_manifest(manifest)
        out.mkdir(parents=True, exist_ok=True)
        with Progress(
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not sys.stderr.isatty(),
        ) as bar:
            task = bar.add_task("installing", total=len(listed.packages))
            for outcome in install(listed, out):
                if outcome.problem is not None:
                    failed = True
                    console.print(f"numberplate: {outcome.problem}", soft_wrap=True)
                bar.advance(task, len(outcome.packages))
        there = installed_fonts(out)
    except FontPackageError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    print(f"{len(there)} fonts are in {out}")
    if failed:
        raise typer.Exit(1)
