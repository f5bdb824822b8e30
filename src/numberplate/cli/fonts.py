"""`numberplate fonts`: typefaces to letter plates with, installed from their packages."""

from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import named_path
from numberplate.cli.output.progress import progress


def fonts(
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Install the fonts there, with fonts.csv.",
            parser=named_path,
        ),
    ],
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="that of the package",
            help="A TOML file of other packages, written as src/numberplate/synthesis/type/fonts.toml is.",
            parser=named_path,
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
        from numberplate.synthesis.packages import ManifestError
        from numberplate.synthesis.type.font_packages import install, installed_fonts, read_manifest

    failed = False
    try:
        listed = read_manifest(manifest)
        out.mkdir(parents=True, exist_ok=True)
        with progress("installing", len(listed.packages)) as done:
            for outcome in install(listed, out):
                if outcome.problem is not None:
                    failed = True
                    done.complain(f"numberplate: {outcome.problem}")
                done.advance(len(outcome.packages))
        there = installed_fonts(out)
    except ManifestError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    print(f"{len(there)} fonts are in {out}")
    if failed:
        raise typer.Exit(1)
