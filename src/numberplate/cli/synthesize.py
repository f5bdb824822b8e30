"""`numberplate synthesize`: pictures of plates with labels, and a contact sheet to look at."""

import csv
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import Designs, Fonts, Photographs, Seed, Typefaces, named_path
from numberplate.cli.output.lines import complain
from numberplate.cli.output.progress import progress

if TYPE_CHECKING:
    import numpy as np

    from numberplate.synthesis.scene import Ingredients

_SHOWN = 96

_LARGEST = 8192
"""Pixels a side that a scene has at most; drawing takes some 55 bytes for each."""


class Kind(StrEnum):
    """What is drawn."""

    SCENE = "scene"
    PLATE = "plate"
    WINDOW = "window"


def synthesize(
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default=False, help="Write the pictures there.", parser=named_path),
    ] = None,
    kind: Annotated[
        Kind,
        typer.Option(
            help="scene: photographs with no plate, one or a few. plate: one plate and its surroundings. "
            "window: the article's grey 128×64 pictures, with a British plate, a part of one, or none."
        ),
    ] = Kind.SCENE,
    number: Annotated[
        int | None,
        typer.Option(
            "--number",
            "-n",
            min=1,
            show_default="100, 10000 with --stats, or 600 with --against",
            help="How many pictures or texts.",
        ),
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of a scene in pixels.")] = "640x480",
    seed: Seed = 1,
    fonts: Fonts = None,
    backgrounds: Photographs = None,
    design: Designs = None,
    script: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            show_default="latin",
            help="Draw only the designs of this script, such as han or kana, or `all`. May be given again.",
        ),
    ] = None,
    typeface: Typefaces = None,
    generic: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            show_default="0.5, or 0 with --design or --script",
            help="Share of plates of no listed country.",
        ),
    ] = None,
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out", help="Use only the fonts and photographs, one in twelve, that training never sees."
        ),
    ] = False,
    designs_only: Annotated[
        bool,
        typer.Option("--designs", help="Write designs.png alone: a plate of each design, seen straight on."),
    ] = False,
    stats: Annotated[
        bool,
        typer.Option(
            "--stats", help="Write nothing; print how often the texts have each length and character."
        ),
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="A folder of real pictures, each nothing but a plate: print statistics of these and of "
            "synthesized crops side by side, and how well they separate the two. Nothing else is done with "
            "them.",
            parser=named_path,
        ),
    ] = None,
) -> None:
    """Draw pictures of plates with their truth.

    Writes the pictures as PNG files, labels.csv (image, the box x,y,width,height, text, the design, and the
    corners x1,y1 to x4,y4 in reading order; a scene without a plate has an empty row) and sheet.png, a
    contact sheet of the first 96. A window's row also says whether its plate is present, or why it is not.

    \b
      numberplate synthesize -n 200 --out scenes/ --backgrounds photos/
      numberplate synthesize --kind plate --design mine.yaml --out plates/
      numberplate synthesize --kind window --out windows/ --backgrounds photos/
      numberplate synthesize --held-out -n 300 --out held/ --fonts fonts/
      numberplate synthesize --script han --out han/ --fonts fonts/
      numberplate synthesize --designs --out docs/
      numberplate synthesize --stats
      numberplate synthesize --against crops/ --out sheets/ --fonts fonts/

    --against writes real.png and synthesized.png alone, two sheets to look at. An AUC of 0.5 means that the
    statistics cannot distinguish the two, 1 that they always can.
    """
    with extra("train"):
        import cv2

        from numberplate.pictures.encode import write_picture
        from numberplate.plates.alphabet import AlphabetError, alphabets
        from numberplate.plates.design import DesignError, named_design, shipped_designs
        from numberplate.synthesis.held_out import letterings_and_backgrounds
        from numberplate.synthesis.likeness import FEWEST
        from numberplate.synthesis.samples import plate_sample, scene_sample
        from numberplate.synthesis.scene import Ingredients, PlacedPlate, Scene
        from numberplate.synthesis.sheet import contact_sheet, design_sheet, outlined, write_palette
        from numberplate.synthesis.statistics import count, table, texts
        from numberplate.synthesis.type.lettering import FontError, Letterings, named_font_files
        from numberplate.synthesis.window import window_sample
        from numberplate.synthesis.world.backgrounds import BackgroundError, Backgrounds

    try:
        width, height = (int(side) for side in size.lower().split("x"))
    except ValueError:
        raise typer.BadParameter(f"{size!r} is not a size such as 640x480") from None
    if min(width, height) < 64 or max(width, height) > _LARGEST:
        raise typer.BadParameter(f"{size}: a scene has 64 to {_LARGEST} pixels a side")
    if stats and kind is Kind.WINDOW:
        raise typer.BadParameter("--stats counts the texts of scenes and plates; a window's are all @@## @@@")
    if out is None and not stats:
        raise typer.BadParameter("--out DIR is missing: where to write the pictures")
    if against is not None and (stats or designs_only or kind is Kind.WINDOW):
        raise typer.BadParameter("--against compares crops: not with --stats, --designs or --kind window")
    if against is not None and number is not None and number < FEWEST:
        raise typer.BadParameter(f"--against compares {FEWEST} crops or more", param_hint="--number")
    if stats and (out is not None or designs_only):
        raise typer.BadParameter("--stats writes nothing: not with --out or --designs")
    if kind is Kind.WINDOW and (design or script or generic is not None or designs_only):
        raise typer.BadParameter(
            "--kind window draws one British design: not with --design, --script, --generic or --designs"
        )
    try:
        letterings = Letterings(named_font_files(fonts or ()))
        for pattern in typeface or ():
            if not any(fnmatch(name, pattern) for name in letterings.names):
                raise FontError(f"no typeface {pattern!r}; there are {', '.join(letterings.names)}")
        scripts = alphabets() if "all" in (script or ()) else script or ()
        designs = tuple(named_design(str(one)) for one in design or ())
        designs += tuple(one for code in scripts for one in shipped_designs(code))
        for one in designs:
            if not letterings.has(one.script):
                raise FontError(f"no font has the characters of {alphabets()[one.script].name} plates")
        if stats and any(one.script != "latin" for one in designs):
            raise typer.BadParameter("--stats counts digits and Latin letters alone")
        share = generic if generic is not None else 0.0 if designs else 0.5
        if held_out:
            held = letterings_and_backgrounds(fonts or (), backgrounds, held_out=True)
            ingredients = Ingredients(*held, designs, share)
        else:
            ingredients = Ingredients(letterings, Backgrounds(backgrounds), designs, share)
        if out is None:
            print(table(count(texts(ingredients, seed, number or 10_000))))
            return
        out.mkdir(parents=True, exist_ok=True)
        if designs_only:
            write_palette(out / "designs.png", design_sheet(designs or shipped_designs(), letterings, seed))
            print(f"{len(designs or shipped_designs())} designs are in {out / 'designs.png'}")
            return
    except (AlphabetError, BackgroundError, DesignError, FontError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    for line in letterings.refused:
        complain(f"numberplate: left out {line}")
    if against is not None:
        _compare(against, ingredients, seed, number or 600, out)
        return
    number = number or 100

    shown, captions = [], []
    try:
        with (
            progress("drawing", number) as done,
            (out / "labels.csv").open("w", newline="", encoding="utf-8") as file,
        ):
            labels = csv.writer(file)
            corner_names = [f"{axis}{i}" for i in range(1, 5) for axis in "xy"]
            state = ["state"] if kind is Kind.WINDOW else []
            labels.writerow(["image", "x", "y", "width", "height", "text", "design", *corner_names, *state])
            for i in range(number):
                if kind is Kind.SCENE:
                    scene = scene_sample(ingredients, seed, i, height, width, (40.0, 0.9 * width))
                elif kind is Kind.PLATE:
                    scene = plate_sample(ingredients, seed, i)
                else:
                    window = window_sample(ingredients, seed, i, tuple(typeface or ("drawn-british",)))
                    placed = []
                    if window.corners is not None:
                        placed.append(PlacedPlate(window.corners, window.text, "gb", (window.text,), (0, 1)))
                    scene = Scene(cv2.cvtColor(window.inside, cv2.COLOR_GRAY2RGB), tuple(placed))
                    state = [window.state]
                name = f"{i:06d}.png"
                write_picture(out / name, scene.picture[..., 0] if kind is Kind.WINDOW else scene.picture)
                for plate in scene.plates:
                    (x, y), (right, bottom) = plate.corners.min(0), plate.corners.max(0)
                    box = [round(float(v), 1) for v in (x, y, right - x, bottom - y)]
                    corners = [round(float(v), 2) for v in plate.corners.ravel()]
                    labels.writerow([name, *box, plate.text, plate.design, *corners, *state])
                if not scene.plates:
                    labels.writerow([name, *[""] * 14, *state])
                file.flush()  # the labels of all that is drawn, should this be killed
                if i < _SHOWN and kind is Kind.WINDOW:
                    shown.append(scene.picture)
                    captions.append(" ".join([*(p.text for p in scene.plates), *state]))
                elif i < _SHOWN:
                    shown.append(outlined(scene))
                    captions.append(", ".join(f"{p.text} {p.design}" for p in scene.plates) or "no plate")
                done.advance()
        cell = {Kind.SCENE: (160, 240), Kind.PLATE: (70, 180), Kind.WINDOW: (96, 192)}[kind]
        write_picture(out / "sheet.png", contact_sheet(shown, captions, 8, cell))
    except (BackgroundError, FontError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out / 'labels.csv'}: {error.strerror or error}")
    print(f"{number} pictures, labels.csv and sheet.png are in {out}")


def _compare(folder: Path, ingredients: "Ingredients", seed: int, number: int, out: Path) -> None:
    """Prints how like the folder's pictures synthesized crops are, and writes a sheet of either."""
    import cv2
    import numpy as np

    from numberplate.pictures.decode import PictureError, read_picture
    from numberplate.pictures.files import find_pictures
    from numberplate.synthesis.likeness import FEWEST, compared, crops, statistics_of, table
    from numberplate.synthesis.type.lettering import FontError
    from numberplate.synthesis.world.backgrounds import BackgroundError

    if not folder.is_dir():
        fail(f"{folder}: no such folder")
    real, sizes, sheet = [], [], []
    every = 1
    for file in find_pictures([str(folder)]):
        try:
            if file.error is not None:
                raise PictureError(file.source, file.error)
            picture = cv2.cvtColor(read_picture(file.source), cv2.COLOR_RGB2GRAY)
        except PictureError as error:
            complain(f"numberplate: left out {error}")
            continue
        real.append(statistics_of(picture))
        sizes.append(picture.shape)
        # Few are shown: of a large folder only some need be kept, from its beginning to its end.
        if (len(sizes) - 1) % every == 0:
            sheet.append(picture)
            if len(sheet) > 2 * _SHOWN:
                del sheet[1::2]
                every *= 2
    if len(real) < FEWEST:
        fail(f"{folder}: {len(real)} crops: expected {FEWEST} or more")
    _write_sheet(out / "real.png", sheet)
    try:
        drawn = list(crops(ingredients, seed, number, sizes))
        trained = [statistics_of(*crop) for crop in crops(ingredients, seed, number)]
        alike = [statistics_of(*crop) for crop in drawn]
        likeness = compared(np.array(real), np.array(alike))
        as_trained = compared(np.array(real), np.array(trained))
    except (BackgroundError, FontError) as error:
        fail(str(error))
    except ValueError as error:
        fail(f"{folder}: {error}")
    _write_sheet(out / "synthesized.png", [picture for picture, _ in drawn])
    print(f"AUC {likeness.auc:.3f}, synthesized crops as large and as long as the real ones")
    print(f"AUC {as_trained.auc:.3f}, in the sizes and shapes that training draws\n")
    print(table(likeness))
    print(f"\nreal.png and synthesized.png are in {out}")


def _write_sheet(path: Path, pictures: "list[np.ndarray]") -> None:
    """Writes a contact sheet of some grey pictures, from all of them alike."""
    import cv2

    from numberplate.pictures.encode import write_picture
    from numberplate.synthesis.sheet import contact_sheet

    some = pictures[:: max(1, len(pictures) // _SHOWN)][:_SHOWN]
    if some:
        sheet = contact_sheet(
            [cv2.cvtColor(p, cv2.COLOR_GRAY2RGB) for p in some], [""] * len(some), 8, (70, 180)
        )
        try:
            write_picture(path, sheet)
        except OSError as error:
            fail(f"{path}: {error.strerror or error}")
