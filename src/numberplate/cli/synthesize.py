"""`numberplate synthesize`: pictures of plates with labels, and a contact sheet to look at."""

import csv
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.extras import extra
from numberplate.cli.fail import fail

_SHOWN = 96


class Kind(StrEnum):
    """What is drawn."""

    SCENE = "scene"
    PLATE = "plate"


def synthesize(
    out: Annotated[Path, typer.Option(metavar="DIR", show_default=False, help="Write the pictures there.")],
    kind: Annotated[
        Kind,
        typer.Option(
            help="scene: photographs with no plate, one or a few. plate: one plate and its surroundings."
        ),
    ] = Kind.SCENE,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many pictures.")] = 100,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of a scene in pixels.")] = "640x480",
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same pictures.")] = 1,
    fonts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR",
            show_default="drawn alphabets only",
            help='A folder of font files, or "system" for those installed here. May be given again.',
        ),
    ] = None,
    backgrounds: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            show_default="drawn patterns",
            help="Photographs to lay plates on: a folder, or a zip or tar of them.",
        ),
    ] = None,
    design: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default="all of the package",
            help="Draw only this design. May be given again.",
        ),
    ] = None,
    generic: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, show_default="0.5, or 0 with --design", help="Share of plates of no listed country."
        ),
    ] = None,
) -> None:
    """Draw pictures of plates with their truth.

    Writes the pictures as PNG files, labels.csv (image, the box x,y,width,height, text, the design, and the
    corners x1,y1 to x4,y4 in reading order; a scene without a plate has an empty row) and sheet.png, a
    contact sheet of the first 96.

    \b
      numberplate synthesize -n 200 --out scenes/ --fonts system --backgrounds photos/
      numberplate synthesize --kind plate --design mine.yaml --out plates/
    """
    with extra("train"):
        import cv2

        from numberplate.plates.design import DesignError, read_design
        from numberplate.synthesis.backgrounds import BackgroundError, Backgrounds
        from numberplate.synthesis.lettering import FontError, Letterings, named_font_files
        from numberplate.synthesis.samples import plate_sample, scene_sample
        from numberplate.synthesis.scene import Ingredients
        from numberplate.synthesis.sheet import contact_sheet, outlined

    try:
        width, height = (int(side) for side in size.lower().split("x"))
    except ValueError:
        raise typer.BadParameter(f"{size!r} is not a size such as 640x480") from None
    if min(width, height) < 64:
        raise typer.BadParameter(f"{size}: a scene has at least 64 pixels a side")
    try:
        letterings = Letterings(named_font_files(fonts or ()))
        designs = tuple(read_design(file) for file in design or ())
        share = generic if generic is not None else 0.0 if designs else 0.5
        ingredients = Ingredients(letterings, Backgrounds(backgrounds), designs, share)
        out.mkdir(parents=True, exist_ok=True)
    except (BackgroundError, DesignError, FontError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    for line in letterings.refused:
        print(f"numberplate: left out {line}", file=sys.stderr)

    from rich.console import Console
    from rich.progress import track

    shown, captions = [], []
    numbers = track(
        range(number),
        "drawing",
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    try:
        with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
            labels = csv.writer(file)
            corner_names = [f"{axis}{i}" for i in range(1, 5) for axis in "xy"]
            labels.writerow(["image", "x", "y", "width", "height", "text", "design", *corner_names])
            for i in numbers:
                if kind is Kind.SCENE:
                    scene = scene_sample(ingredients, seed, i, height, width, (40.0, 0.9 * width))
                else:
                    scene = plate_sample(ingredients, seed, i)
                name = f"{i:06d}.png"
                if not cv2.imwrite(str(out / name), cv2.cvtColor(scene.picture, cv2.COLOR_RGB2BGR)):
                    fail(f"{out / name}: cannot be written")
                for plate in scene.plates:
                    (x, y), (right, bottom) = plate.corners.min(0), plate.corners.max(0)
                    box = [round(float(v), 1) for v in (x, y, right - x, bottom - y)]
                    corners = [round(float(v), 2) for v in plate.corners.ravel()]
                    labels.writerow([name, *box, plate.text, plate.design, *corners])
                if not scene.plates:
                    labels.writerow([name, *[""] * 14])
                if i < _SHOWN:
                    shown.append(outlined(scene))
                    captions.append(", ".join(f"{p.text} {p.design}" for p in scene.plates) or "no plate")
    except BackgroundError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    cell = (160, 240) if kind is Kind.SCENE else (70, 180)
    cv2.imwrite(
        str(out / "sheet.png"), cv2.cvtColor(contact_sheet(shown, captions, 8, cell), cv2.COLOR_RGB2BGR)
    )
    print(f"{number} pictures, labels.csv and sheet.png are in {out}")
