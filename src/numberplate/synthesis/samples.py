"""The endless stream of samples: sample i of seed s is the same picture on every machine."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from numberplate.geometry.quads import (
    LOWER,
    MARGIN_X,
    MARGIN_Y,
    TWO_LINES_ASPECT,
    UPPER,
    halves,
    is_convex,
    offsets,
    rectify,
    side_lengths,
    strip,
)
from numberplate.models.spec import LATIN, MIDDLE_GREY
from numberplate.plates.shares import Shares
from numberplate.synthesis.scene import (
    Ingredients,
    PlacedPlate,
    Scene,
    cut_corners,
    draw_no_plate,
    draw_plate,
    draw_scene,
)

PLATE_WIDTHS = (42.0, 300.0)
"""Widths in pixels of the plates that crops are cut from."""

NO_PLATE = 0.05
"""Share of crops that show no plate."""

_WHOLE = 1 / 3
"""Share of the plates of two lines that are shown whole, which is no text: the recognizer reads single lines.

Reading looks at three crops of such a plate, the whole and both halves; so does training, alike often.
"""

_HALF = 0.12
"""Share of the plates of one line that are no longer than those of two, of which half is shown: no text."""

_OUTWARDS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32)
"""The way out of the crop at each of the corners."""

_SEEN = 0.85
"""A half that shows so much of a line's height has the line's text; one that shows less of it has none."""

_CUT_OFF = (MARGIN_X / (1 + 2 * MARGIN_X) + 0.02, MARGIN_Y / (1 + 2 * MARGIN_Y) + 0.12)
"""Corners further out than this, in fractions of the crop's width and height, leave some text outside."""

_JITTERS = Shares({0.4: 0.3, 1.0: 0.3, 2.0: 0.25, 4.0: 0.15})
"""How far a detector's corners are off, and how often. The most is what reading refines and cuts again."""

_REFINED = Shares({0.4: 0.5, 1.0: 0.35, 2.0: 0.15})
"""The same where the corners are refined already: reading halves a plate after it has looked at the whole."""

_SPLIT_OFF = 0.03
"""How far off the place between two lines is taken to be, as a share of the plate's height: one in three
times more.
"""

_TRIMMED, _TRIM = 0.12, (-0.015, 0.12)
"""Share of the crops whose picture ends at the plate, or soon after: how far beyond, in the plate's heights.

There the crop's corners are the picture's, as where a person hands in a picture of a plate and nothing else.
"""

_CUT, _GONE = 0.06, (0.04, 0.6)
"""Share of the crops whose plate is cut by the picture's edge, and how much of the plate is gone then."""

_LOOSE = 0.12
"""Share of plates that are shown whole whose crop has the recess or frame around them as well."""

_BEYOND = (1.0, 0.4)
"""How far such a crop reaches beyond the plate, at most, on each side, above and below, in its heights."""

_TIGHT = 0.25
"""Share of the close-ups that show hardly anything but the plate."""

_RUN = 32
"""Neighbouring samples that lie on one background, which is then decoded once for all of them."""


@dataclass(frozen=True)
class Crop:
    """What the recognizer sees: uint8 (height, width), grey; and its text, empty where no plate is.

    `offsets`: how far the plate's corners lie from where the crop has them, float32 (4, 2), in fractions of
    the crop's width and height; None where no whole plate is shown.

    `script`: that of the text. `cut`: which of the plate's sides, left, top, right and bottom as it is read,
    the picture's edge cuts off; None where it cannot be known. `split`: where the second of two lines
    begins, as a share of the plate's height; 0 for one line; None where it cannot be known.
    """

    picture: np.ndarray
    text: str
    design: str
    offsets: np.ndarray | None
    script: str = LATIN
    cut: tuple[bool, bool, bool, bool] | None = None
    split: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of the text is to be seen."""
        if self.cut is not None and any(self.cut):
            return False
        return self.offsets is None or bool((self.offsets * _OUTWARDS < _CUT_OFF).all())


def sample_rng(seed: int, index: int) -> np.random.Generator:
    """The generator of sample `index`."""
    return np.random.default_rng([seed, index])


def background_of(seed: int, index: int) -> int:
    """The background of sample `index`, before it is taken modulo their number."""
    return _background_of_run(seed, index // _RUN)


@lru_cache(maxsize=16)
def _background_of_run(seed: int, run: int) -> int:
    return int(np.random.default_rng([seed, run, 1]).integers(1 << 30))


def scene_sample(
    ingredients: Ingredients,
    seed: int,
    index: int,
    height: int = 480,
    width: int = 640,
    plate_widths: tuple[float, float] = (40.0, 400.0),
    grey: bool = False,
) -> Scene:
    """Scene `index` of `seed`, in colour or `grey`."""
    rng = sample_rng(seed, index)
    background = background_of(seed, index // 4 * _RUN)
    return draw_scene(ingredients, background, height, width, plate_widths, rng, grey)


def close_up(scene: Scene, rng: np.random.Generator) -> Scene:
    """A part of a scene of one plate that shows little else, at the top left of a picture of the same size.

    The rest is of the grey with which reading pads a picture.
    """
    (plate,) = scene.plates
    height, width = scene.picture.shape[:2]
    most_around = side_lengths(plate.corners)[0] * (0.08 if rng.random() < _TIGHT else 0.6)
    least, most = plate.corners.min(0), plate.corners.max(0)
    left, top = np.maximum(0, least - 1 - rng.uniform(0, most_around, 2)).astype(int).tolist()
    right, bottom = np.ceil(most + 1 + rng.uniform(0, most_around, 2)).astype(int).tolist()
    part = scene.picture[top : min(bottom, height), left : min(right, width)]
    picture = np.full_like(scene.picture, round(MIDDLE_GREY))
    picture[: part.shape[0], : part.shape[1]] = part
    corners = plate.corners - np.array([left, top], np.float32)
    return Scene(picture, (replace(plate, corners=corners),))


def plate_sample(
    ingredients: Ingredients, seed: int, index: int, grey: bool = False, around: float = 0.3
) -> Scene:
    """One plate and its surroundings, `index` of `seed`; a share of NO_PLATE shows none.

    `around`: what is shown beyond the plate on each side, in its heights.
    """
    rng = sample_rng(seed, index)
    background = background_of(seed, index)
    if rng.random() < NO_PLATE:
        return draw_no_plate(ingredients, background, rng, grey)
    return draw_plate(ingredients, background, PLATE_WIDTHS, rng, grey, around)


def crop_sample(ingredients: Ingredients, seed: int, index: int, height: int, width: int) -> Crop:
    """The rectified crop of plate `index` of `seed`, its corners off by as much as a detector's are."""
    rng = np.random.default_rng([seed, index, 2])
    loose = bool(rng.random() < _LOOSE)
    scene = plate_sample(ingredients, seed, index, grey=True, around=1.2 * _BEYOND[0] if loose else 0.3)
    if not scene.plates:
        h, w = scene.picture.shape[:2]
        around = jittered(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), rng)
        return Crop(rectify(scene.picture, around, height, width), "", "none", None)
    (plate,) = scene.plates
    kind = rng.random()
    if kind < _CUT:
        return _cut_crop(scene, rng, height, width)
    trimmed = kind < _CUT + _TRIMMED
    found = None
    if trimmed:
        scene, found = _trimmed(scene, rng)
        (plate,) = scene.plates
    part, text = _single_line(plate, rng)
    whole, split = (False, False, False, False), plate.split or 0.0
    if part is None:
        if found is None:
            found = (
                jittered(enlarged(plate.corners, rng), rng, _REFINED)
                if loose
                else jittered(plate.corners, rng)
            )
        # Of half a plate nothing but the text would tell where the plate ends: only the whole has offsets.
        off = offsets(found, plate.corners)
        picture = rectify(scene.picture, found, height, width)
        return Crop(picture, text, plate.design, off, plate.script, whole, split)
    half = strip(jittered(plate.corners, rng, _REFINED), part)
    return Crop(rectify(scene.picture, half, height, width), text, plate.design, None, plate.script)


def _trimmed(scene: Scene, rng: np.random.Generator) -> tuple[Scene, np.ndarray]:
    """The picture of a plate with little or nothing around it, and the corners of all of it."""
    (plate,) = scene.plates
    height, width = scene.picture.shape[:2]
    high = side_lengths(plate.corners)[1]
    beyond = rng.uniform(*_TRIM) * high + rng.uniform(0, 0.04, 4) * high
    left, top = np.maximum(0, plate.corners.min(0) - beyond[:2]).astype(int).tolist()
    right, bottom = (plate.corners.max(0) + beyond[2:]).round().astype(int).tolist()
    picture = scene.picture[top : min(bottom, height), left : min(right, width)]
    rows, columns = picture.shape[:2]
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    moved = replace(plate, corners=plate.corners - np.array([left, top], np.float32))
    return Scene(picture, (moved,)), corners


def _cut_crop(scene: Scene, rng: np.random.Generator, height: int, width: int) -> Crop:
    """A crop of what is left of a plate that the picture's edge cuts."""
    (plate,) = scene.plates
    side = int(rng.choice(4, p=(0.38, 0.12, 0.38, 0.12)))
    axis = side % 2
    low, high = plate.corners[:, axis].min(), plate.corners[:, axis].max()
    gone = rng.uniform(*_GONE) * (high - low)
    at = round(float(low + gone if side < 2 else high - gone))
    corners = cut_corners(plate.corners, side, at)
    if corners is None:
        # The edge would pass through two neighbouring sides: the plate is shown whole, with its text.
        text = plate.text if len(plate.lines) == 1 else ""
        crop = rectify(scene.picture, plate.corners, height, width)
        return Crop(crop, text, plate.design, None, plate.script)
    picture = scene.picture.swapaxes(0, 1) if axis == 0 else scene.picture
    picture = picture[at:] if side < 2 else picture[:at]
    if side < 2:
        corners[:, axis] -= at
    picture = np.ascontiguousarray(picture.swapaxes(0, 1) if axis == 0 else picture)
    crop = rectify(picture, jittered(corners, rng, _REFINED), height, width)
    cut = tuple(i == side for i in range(4))
    return Crop(crop, "", plate.design, None, plate.script, (cut[0], cut[1], cut[2], cut[3]))


def _single_line(plate: PlacedPlate, rng: np.random.Generator) -> tuple[tuple[float, float] | None, str]:
    """The part of a plate that is shown, None for the whole, and its text.

    Half is shown of a plate that is as high as if it had two lines: reading tells those of one line from
    those of two by what the recognizer makes of the whole and of the halves, so it must learn that half a
    line, or two lines at once, are no text.
    """
    width, height = side_lengths(plate.corners)
    half = int(rng.integers(2))
    part = (UPPER, LOWER)[half] if plate.split is None else halves(_misplaced(plate.split, rng))[half]
    if len(plate.lines) == 1 and width < TWO_LINES_ASPECT * height and rng.random() < _HALF:
        top, bottom = plate.span
        beyond = MARGIN_Y * (part[1] - part[0])
        seen = (min(bottom, part[1] + beyond) - max(top, part[0] - beyond)) / (bottom - top)
        return part, plate.text if seen >= _SEEN else ""
    if len(plate.lines) == 2 and rng.random() >= _WHOLE:
        return part, plate.lines[half]
    return None, plate.text if len(plate.lines) == 1 else ""


def _misplaced(split: float, rng: np.random.Generator) -> float:
    """Where the recognizer may take the place between two lines to be."""
    return float(np.clip(split + rng.normal(0, _SPLIT_OFF), 0.15, 0.85))


def enlarged(corners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The corners of what a plate lies in, a recess or a frame, as a detector finds it that is mistaken."""
    a, b, c, d = corners.astype(np.float64)
    across, down = (b - a + c - d) / 2, (d - a + c - b) / 2
    across *= np.linalg.norm(down) / np.linalg.norm(across)
    left, right = rng.uniform(0, _BEYOND[0], 2)
    above, below = rng.uniform(0, _BEYOND[1], 2)
    outwards = [-left * across - above * down, right * across - above * down]
    outwards += [right * across + below * down, below * down - left * across]
    return np.asarray(corners + outwards, np.float32)


def jittered(
    corners: np.ndarray, rng: np.random.Generator, amounts: Shares[float] | None = None
) -> np.ndarray:
    """The corners as a detector would find them: each a little off, and all together shifted and scaled.

    `amounts`: by how much, and how often; None for those of a detector. They are convex, as a detector's are.
    """
    # Along the plate's own sides, so that a turned plate is not sheared more than an upright one.
    a, b, c, d = corners.astype(np.float64)
    sides = np.stack([b - a + c - d, d - a + c - b]) / 2
    centre = (a + b + c + d) / 4
    while True:
        amount = (amounts or _JITTERS).draw(rng)
        drawn = rng.standard_normal((6, 2)) * amount
        own, shift, scale = drawn[:4] * (0.012, 0.03), drawn[4] * (0.012, 0.03), 1 + drawn[5] * (0.015, 0.035)
        stretch = np.linalg.inv(sides) @ (scale[:, None] * sides)
        found = np.asarray((corners - centre) @ stretch + (own + shift) @ sides + centre, np.float32)
        if is_convex(found):
            return found
