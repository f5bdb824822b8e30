"""Draws docs/realism.png, a sheet of every effect at three strengths: `python docs/realism.py`.

It needs what training needs (`pip install -e '.[train]'`), but no fonts and no photographs.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
from PIL import Image

from numberplate.plates.design import Variant, shipped_designs
from numberplate.synthesis import camera
from numberplate.synthesis.plate import fittings, surface
from numberplate.synthesis.plate.flat import FlatPlate, draw_flat
from numberplate.synthesis.pose import Pose
from numberplate.synthesis.scene import lay
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.distractors import KINDS
from numberplate.synthesis.world.street import street
from numberplate.synthesis.world.surroundings import cast_shade, occlude, surround

CELL = (84, 168)
"""Height and width of a picture of the sheet."""

PLATE = 132.0
"""Width in pixels of the plate in it."""

Rng = np.random.Generator
Draw = Callable[[float], np.ndarray]

LETTERINGS = Letterings()
YELLOW = Variant(paper="#eec02a", ink="#161616")
DESIGN = next(design for design in shipped_designs() if design.code == "nl" and design.aspect > 4).model_copy(
    update={"captions": (), "frame": 0.0, "variants": (YELLOW,)}
)


def rng(seed: int = 5) -> Rng:
    """The same for every picture, so that only the effect differs."""
    return np.random.default_rng(seed)


def background() -> np.ndarray:
    """The back of a drawn car, with the place of its plate in the middle."""
    height, width = CELL
    picture, (x, y, w, h) = street(rng(11), 900, 1200, (520.0, 110.0))
    scale = PLATE / w
    middle = (x + w / 2, y + h / 2)
    matrix = np.array([[scale, 0, width / 2 - scale * middle[0]], [0, scale, height / 2 - scale * middle[1]]])
    whole = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top = round(-matrix[0, 2]), round(-matrix[1, 2])
    return whole[top : top + height, left : left + width].copy()


BACKGROUND = background()
CORNERS = Pose(0.0, 0.05, 0.12, PLATE, (CELL[1] / 2, CELL[0] / 2)).corners(DESIGN.aspect)


def plate() -> FlatPlate:
    """The plate seen straight on."""
    return draw_flat(DESIGN, LETTERINGS, 1.3 * PLATE / DESIGN.size[0], rng(3))


def scene(
    wear: Callable[[np.ndarray], np.ndarray] = lambda picture: picture,
    corners: np.ndarray = CORNERS,
    gain: float = 1.0,
) -> np.ndarray:
    """The car with its plate; `wear` is what happens to the plate, `gain` the light on the rest."""
    picture = camera.darken(BACKGROUND, gain) if gain < 1 else BACKGROUND.copy()
    new = plate()
    lay(picture, replace(new, picture=wear(new.picture)), corners, rng())
    return picture


def embossed(strength: float) -> np.ndarray:
    """The scene with a plate pressed by `strength`."""

    def emboss(relief: np.ndarray, generator: Rng, depth: float, _: float) -> np.ndarray:
        return surface.emboss(relief, generator, depth, strength)

    with mock.patch.object(fittings, "emboss", emboss):
        return scene()


def flashed(surroundings: float) -> np.ndarray:
    """A flash in the dusk, ever later."""
    picture = scene(lambda worn: surface.glow(worn, 1.4), gain=surroundings)
    return camera.bloom(picture, rng(), 5.0)


def at_night(falloff: float) -> np.ndarray:
    """What a night camera's infra-red lamp shows."""
    picture = scene(lambda worn: surface.glow(worn, 1.4), gain=0.25)
    return camera.infrared(camera.bloom(picture, rng(), 4.0), rng(), falloff)


def around(seed: float) -> np.ndarray:
    """Bodywork drawn around a plate, by seed."""
    picture = BACKGROUND.copy()
    surround(picture, CORNERS, (250.0, 200.0, 20.0), rng(int(seed)))
    lay(picture, plate(), CORNERS, rng())
    return picture


def hidden(seed: float) -> np.ndarray:
    """What stands before a plate's edge, by seed."""
    picture = scene()
    occlude(picture, CORNERS, rng(int(seed)))
    return picture


def shaded(seed: float) -> np.ndarray:
    """The car in the shade, by seed."""
    picture = scene()
    cast_shade(picture, CORNERS, rng(int(seed)))
    return picture


def dim_and_noisy(deviation: float) -> np.ndarray:
    """Little light: the shot and read noise of an amplified picture."""
    return camera.noise(camera.darken(scene(), 0.35), rng(), deviation, 0.7, gain=0.35)


def twice(quality: float) -> np.ndarray:
    """JPEG, and JPEG again with its blocks elsewhere."""
    return camera.compress(camera.compress(scene(), int(quality)), int(quality) + 10, (3, 5))


def resampled(factor: float) -> np.ndarray:
    """Down and up again, by other resamplers in each picture."""
    return camera.shrink(scene(), rng(int(10 * factor)), factor)


EFFECTS: tuple[tuple[str, Draw, tuple[float, float, float]], ...] = (
    ("embossing: strength", embossed, (0.1, 0.3, 0.6)),
    ("grain: amount", lambda v: scene(lambda p: surface.grain(p, rng(), v)), (0.1, 0.2, 0.3)),
    ("fading: amount", lambda v: scene(lambda p: surface.fade(p, rng(), v)), (0.15, 0.35, 0.6)),
    ("dirt: amount", lambda v: scene(lambda p: surface.dirt(p, rng(12), v)), (0.25, 0.5, 0.8)),
    ("scratches: amount", lambda v: scene(lambda p: surface.scratches(p, rng(), v)), (0.1, 0.5, 1.0)),
    ("sheen: amount", lambda v: scene(lambda p: surface.sheen(p, rng(2), v)), (0.2, 0.45, 0.7)),
    ("flash: light on the rest", flashed, (0.6, 0.3, 0.1)),
    ("infra-red: falloff", at_night, (0.1, 0.3, 0.5)),
    ("bodywork: three of many", around, (1, 4, 10)),
    ("occlusion: three of many", hidden, (0, 3, 5)),
    ("shade: three of many", shaded, (0, 1, 2)),
    ("exposure: gain", lambda v: camera.light(scene(), rng(6), v), (0.35, 1.0, 1.4)),
    ("shadow: darkness", lambda v: camera.shadow(scene(), rng(1), v), (0.25, 0.5, 0.8)),
    ("glare: strength", lambda v: camera.glare(scene(), rng(5), v), (0.25, 0.5, 0.8)),
    ("bloom: reach in px", lambda v: camera.bloom(scene(), rng(), v, 1.0), (2, 6, 12)),
    ("chromatic shift in px", lambda v: camera.chromatic(scene(), rng(), v), (0.5, 1.0, 2.0)),
    ("scattered light: share", lambda v: camera.scatter(scene(), 9, v), (0.15, 0.3, 0.45)),
    ("black point: share", lambda v: camera.stretch(camera.scatter(scene(), 9, 0.4), v), (0.3, 0.6, 1.0)),
    ("soft lens: radius in px", lambda v: camera.soften(scene(), v), (0.8, 1.6, 2.4)),
    ("defocus: radius in px", lambda v: camera.defocus(scene(), v), (0.8, 1.6, 2.4)),
    ("motion to the side in px", lambda v: camera.motion(scene(), v, 0.0), (2, 4, 7)),
    ("motion aslant in px", lambda v: camera.motion(scene(), v, 1.0), (2, 4, 7)),
    (
        "rolling shutter: shear",
        lambda v: scene(corners=camera.rolling_shutter(CORNERS, v)),
        (0.1, 0.2, 0.3),
    ),
    ("interlacing: shift in px", lambda v: camera.interlace(scene(), int(v)), (1, 2, 3)),
    ("low resolution: factor", resampled, (1.5, 2.0, 2.8)),
    ("noise: grey levels", lambda v: camera.noise(scene(), rng(), v, 0.3), (3, 7, 14)),
    ("noise in the dark", dim_and_noisy, (2, 5, 9)),
    ("sharpening: amount", lambda v: camera.sharpen(scene(), rng(), v), (0.5, 1.0, 1.5)),
    ("JPEG: quality", lambda v: camera.compress(scene(), int(v)), (60, 30, 12)),
    ("JPEG twice: quality", twice, (60, 30, 12)),
)
"""Label, what draws it, and its weak, middle and strong values."""


def labelled(picture: np.ndarray, text: str) -> np.ndarray:
    """A picture with a line of text below it."""
    bar: np.ndarray = np.full((15, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(bar, text, (3, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([picture, bar])


def sheet() -> np.ndarray:
    """uint8 (height, width, 3) RGB: two effects a row, three strengths each, then the hard negatives."""
    rows, gap = [], np.full((CELL[0] + 15, 10, 3), 255, np.uint8)
    strips = []
    for name, draw, values in EFFECTS:
        first = name if "three" in name else f"{name} {values[0]:g}"
        texts = [first, *("" if "three" in name else f"{v:g}" for v in values[1:])]
        cells = [labelled(draw(v), text) for v, text in zip(values, texts, strict=True)]
        strips.append(np.hstack(cells))
    strips += [np.full_like(strips[0], 255)] * (len(strips) % 2)
    for i in range(0, len(strips), 2):
        rows.append(np.hstack([strips[i], gap, strips[i + 1]]))
    negatives = []
    for seed, (name, (draw, _)) in enumerate(KINDS.items()):
        picture = BACKGROUND.copy()
        draw(picture, LETTERINGS, (20.0, 10.0, 120.0, 40.0), rng(seed + 20))
        negatives.append(labelled(picture, f"negative: {name}"))
    blank = np.full_like(negatives[0], 255)
    negatives += [blank] * (-len(negatives) % 6)
    for i in range(0, len(negatives), 6):
        rows.append(np.hstack([*negatives[i : i + 3], gap, *negatives[i + 3 : i + 6]]))
    return np.vstack(rows)


def main() -> None:
    """Writes the sheet, in 256 colours: it is a third as large as in all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".png"))
    out = parser.parse_args().out
    Image.fromarray(sheet()).quantize(256, dither=Image.Dither.NONE).save(out, optimize=True)


if __name__ == "__main__":
    main()
