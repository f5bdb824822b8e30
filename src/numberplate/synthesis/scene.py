"""Scenes: plates posed over photographs, among things that are no plates, seen by a camera."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.models.spec import LATIN, MIDDLE_GREY
from numberplate.plates.design import Design, shipped_designs
from numberplate.plates.shares import Shares
from numberplate.synthesis.camera import (
    DEFAULT_CHANCES,
    Chances,
    Flash,
    darken,
    photograph,
    random_flash,
    rolling_shutter,
)
from numberplate.synthesis.paint import blend, shade
from numberplate.synthesis.plate.flat import FlatPlate, draw_flat
from numberplate.synthesis.plate.generic import generic_design
from numberplate.synthesis.plate.surface import glow, weather
from numberplate.synthesis.pose import homography, random_pose
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds
from numberplate.synthesis.world.distractors import distract, imitate
from numberplate.synthesis.world.plain import plain_surface
from numberplate.synthesis.world.surroundings import cast_shade, match_brightness, occlude, surround

_CROP_CHANCES = Chances(averaged=0.1)
"""Of the camera's steps where the recognizer's crops are cut: it reads the mean of a video's frames too."""

_NIGHT = 0.12
"""Share of the pictures that are taken with a flash, by headlamps or by an infra-red lamp."""

_BODYWORK = 0.6
"""Share of the plates around which bodywork is drawn, where the background offers no place for one."""

_BARE, _DARK = 0.25, 80
"""Share of the dark plates, darker than so much of 255, that have no edge: as black ones on a black bumper.

It is part of the share above. Where characters stand on light bodywork they are mostly no plate.
"""

_EDGE, _SAME = 0.06, 20
"""How much of such a plate is left out along its edge, in its heights, and by how much, of 255, a colour may
differ from the paper's and still be of it.
"""

_BODYWORK_CROP = 0.4
"""The same for the recognizer's crops, which show hardly more than the plate."""

_CLOSEST_CROP = 1.3
"""How far a background is enlarged at most around the recognizer's crops: beyond it, it is all blur."""

_PLATES = Shares({0: 0.2, 1: 0.4, 2: 0.25, 3: 0.15})
"""How many plates are tried in a scene."""

_DETAILED, _SHARP = 0.7, 1.15
"""Share of the backgrounds enlarged by more than the second number that are given new detail."""

_ON_VEHICLES = 0.5
"""Share of the scenes in which a plate lies where a photographed vehicle has its own."""

_CLOSEST = 5.0
"""How many times its own size such a photograph is enlarged at most."""

_PLAIN = 0.06
"""Share of the scenes that show plates by themselves, on a plain surface."""

_TURNED, _MOST_TURN = 0.25, math.radians(55)
"""Share of the scenes with one plate that the camera sees turned, and by how much in either direction.

Beyond that reading turns the picture by right angles.
"""

_CUT, _LEAST_LEFT = 0.1, 0.35
"""Share of the scenes with one plate whose edge cuts it, and how much of the plate's width or height is left
at least.
"""

_DIMMER = 0.35
"""Share of the plates that get less light by day than what is around: they face the ground, or lie deep."""

_SHADED = 0.3
"""Share of a scene's plates that are in the shade by day."""

_MATCHED = 0.3
"""Share of a scene's plates by day that hardly stand out from what is around them."""

_OCCLUDED = 0.08
"""Share of the plates with something before their edge."""


@dataclass(frozen=True)
class PlacedPlate:
    """A plate in a scene: its corners, float32 (4, 2) in reading order; its text; the code of its design.

    `lines`: the text line by line, from the top; `span`: where they begin and end, in fractions of the
    plate's height; `split`: where the first of two ends and the second begins, None for one line; `cut`: the
    sides, of left, top, right and bottom, at which the picture's edge cuts the plate: `corners` are those of
    what is left of it then; `script`: of the text.
    """

    corners: np.ndarray
    text: str
    design: str
    lines: tuple[str, ...]
    span: tuple[float, float]
    split: float | None = None
    cut: tuple[bool, bool, bool, bool] = (False, False, False, False)
    script: str = LATIN


@dataclass(frozen=True)
class Scene:
    """A picture and the plates in it.

    It is uint8 (height, width, 3) RGB, or (height, width) where it was drawn in grey.
    """

    picture: np.ndarray
    plates: tuple[PlacedPlate, ...]


@dataclass(frozen=True)
class Ingredients:
    """What scenes are made of. `generic` is the share of plates of no listed country.

    `extremes`: share of the pictures that are taken badly, as in `camera.Chances`.
    """

    letterings: Letterings
    backgrounds: Backgrounds
    designs: tuple[Design, ...] = ()
    generic: float = 0.5
    extremes: float = DEFAULT_CHANCES.extremes

    @cached_property
    def _listed(self) -> tuple[tuple[Design, ...], Shares[int]]:
        designs = self.designs or shipped_designs()
        return designs, Shares({i: design.weight for i, design in enumerate(designs)})

    def design(self, rng: np.random.Generator) -> Design:
        """A shipped design by its weight, or a generic one."""
        if rng.random() < self.generic:
            return generic_design(rng)
        designs, shares = self._listed
        return designs[shares.draw(rng)]


def _view(
    ingredients: Ingredients,
    index: int,
    height: int,
    width: int,
    rng: np.random.Generator,
    closest: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """A random part of background `index` at (height, width), and (n, 4) boxes where real plates were.

    It is as much of the picture as fits, or a part, enlarged up to 2.5 times beyond that, or up to `closest`
    times the picture's own size.
    """
    source = ingredients.backgrounds.picture(index)
    rows, columns = source.shape[:2]
    fitting = max(height / rows, width / columns)
    most = 0.9 if closest is None else max(0.0, float(np.log(closest / fitting)))
    zoom = fitting * float(np.exp(rng.uniform(0, most)))
    halvings = 0
    while zoom < 0.4 and halvings < 3:
        zoom, halvings = 2 * zoom, halvings + 1
    source = ingredients.backgrounds.picture(index, halvings)
    rows, columns = source.shape[:2]
    across, down = width / zoom, height / zoom
    x, y = rng.uniform(0, max(0.0, columns - across)), rng.uniform(0, max(0.0, rows - down))
    left, top = int(x), int(y)
    part = source[top : top + max(1, round(down)), left : left + max(1, round(across))]
    how = cv2.INTER_LINEAR if zoom > 0.8 else cv2.INTER_AREA
    picture = cv2.resize(part, (width, height), interpolation=how)
    if closest is None:
        _detail(ingredients, picture, width / part.shape[1], rng)
    zooms = np.array([width / part.shape[1], height / part.shape[0]] * 2)
    boxes = np.array(ingredients.backgrounds.boxes(index), np.float64).reshape(-1, 4)
    boxes = (boxes / 2**halvings - [left, top, 0, 0]) * zooms
    if rng.random() < 0.5:
        picture = cv2.flip(picture, 1)
        boxes[:, 0] = width - boxes[:, 0] - boxes[:, 2]
    return picture, boxes


def _view_of_vehicle(
    ingredients: Ingredients, index: int, height: int, width: int, size: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int]:
    """A part of background `index`, a vehicle, in which its plate is about `size` pixels wide.

    Returns the picture, (n, 4) boxes where real plates were, and which of them is meant.
    """
    source = ingredients.backgrounds.picture(index)
    boxes = np.array(ingredients.backgrounds.boxes(index), np.float64).reshape(-1, 4)
    place = int(np.argmax(boxes[:, 2])) if rng.random() < 0.7 else int(rng.integers(len(boxes)))
    zoom = min(_CLOSEST, size * rng.uniform(0.8, 1.1) / max(8.0, boxes[place, 2]))
    # Never so far away that the photograph does not fill the scene.
    zoom = max(zoom, height / source.shape[0], width / source.shape[1])
    across, down = width / zoom, height / zoom
    x, y = boxes[place, :2] + boxes[place, 2:] / 2
    left, top = (
        float(np.clip(middle - rng.uniform(0.15, 0.85) * seen, 0, max(0.0, whole - seen)))
        for middle, seen, whole in ((x, across, source.shape[1]), (y, down, source.shape[0]))
    )
    part = source[int(top) : int(top) + max(1, round(down)), int(left) : int(left) + max(1, round(across))]
    how = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
    picture = cv2.resize(part, (width, height), interpolation=how)
    _detail(ingredients, picture, width / part.shape[1], rng)
    zooms = np.array([width / part.shape[1], height / part.shape[0]] * 2)
    boxes = (boxes - [int(left), int(top), 0, 0]) * zooms
    if rng.random() < 0.5:
        picture = cv2.flip(picture, 1)
        boxes[:, 0] = width - boxes[:, 0] - boxes[:, 2]
    return picture, boxes, place


def _detail(ingredients: Ingredients, picture: np.ndarray, zoom: float, rng: np.random.Generator) -> None:
    """Gives a background that was enlarged by `zoom` the fine detail that it lacks, in place, now and then.

    It is that of another background. What is around a plate in a photograph is as sharp as the plate; where
    it never is in training, sharp edges around a plate speak against it.
    """
    if zoom < _SHARP or rng.random() > _DETAILED:
        return
    height, width = picture.shape[:2]
    index = int(rng.integers(len(ingredients.backgrounds)))
    if len(ingredients.backgrounds.boxes(index)):
        return  # the letters of real plates would show
    other = ingredients.backgrounds.picture(index)
    rows, columns = other.shape[:2]
    enlarged = max(1.0, height / rows, width / columns)
    across, down = width / enlarged, height / enlarged
    left, top = int(rng.uniform(0, columns - across + 1e-6)), int(rng.uniform(0, rows - down + 1e-6))
    part = other[top : top + max(1, int(down)), left : left + max(1, int(across))]
    part = cv2.resize(cv2.flip(part, int(rng.integers(-1, 2))), (width, height)).astype(np.int16)
    side = 2 * round(min(zoom, 4.0)) + 1
    fine = part - cv2.blur(cv2.blur(part, (side, side)), (side, side))
    gain = rng.uniform(0.4, 1.4)
    picture[:] = np.clip(picture + gain * fine, 0, 255).astype(np.uint8)


def uncovered_view(
    ingredients: Ingredients,
    background: int,
    height: int,
    width: int,
    rng: np.random.Generator,
    closest: float | None = None,
) -> np.ndarray:
    """A random part of a background, uint8 (height, width, 3) RGB, in which no real plate shows."""
    picture, boxes = _view(ingredients, background, height, width, rng, closest)
    for box in boxes:
        _hide(picture, box)
    return picture


def lay(picture: np.ndarray, flat: FlatPlate, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Warps the plate over `picture` with its mask, and darkens what lies just below it."""
    pixels, mask, place = _as_large_as_seen(flat, corners)
    # OpenCV counts from the middles of pixels.
    matrix = homography(place - 0.5, corners - 0.5)
    height, width = picture.shape[:2]
    plate_height = float(side_lengths(corners)[1])
    grow = plate_height * 0.4 + 2
    (x, y), (far, low) = corners.min(0).tolist(), corners.max(0).tolist()
    left, top = (int(min(max(v - grow, 0), end - 1)) for v, end in ((x, width), (y, height)))
    right = int(min(max(far + grow + 1, left + 1), width))
    bottom = int(min(max(low + grow + 1, top + 1), height))
    size = (right - left, bottom - top)
    move = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ matrix
    # One warp of four channels takes a third of the time of one of three and another of one.
    seen = cv2.warpPerspective(cv2.merge([pixels, mask]), move, size)
    mask = cv2.extractChannel(seen, 3)
    part = picture[top:bottom, left:right]
    if rng.random() < 0.6:
        side = 2 * round(plate_height * rng.uniform(0.02, 0.12)) + 1
        offset = np.array(
            [[1, 0, rng.normal(0, 0.04) * plate_height], [0, 1, rng.uniform(0, 0.1) * plate_height]]
        )
        below = cv2.warpAffine(mask, offset, size)
        below = cv2.blur(cv2.blur(below, (side, side)), (side, side))
        light = cv2.LUT(below, (255 - rng.uniform(0.2, 0.9) * np.arange(256)).astype(np.uint8))
        part = shade(part, light)
    picture[top:bottom, left:right] = blend(cv2.cvtColor(seen, cv2.COLOR_RGBA2RGB), part, mask)


def _as_large_as_seen(flat: FlatPlate, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The flat plate's picture, mask and corners, shrunk where it is much larger than it will be seen.

    A warp takes samples, so that thin strokes would break up; here they are averaged.
    """
    larger = (flat.corners[2] - flat.corners[0]) / np.maximum(1, side_lengths(corners))
    if larger.max() < 1.6:
        return flat.picture, flat.mask, flat.corners
    rows, columns = flat.mask.shape
    shrink = np.minimum(1, 1.2 / larger)
    size = (max(1, round(columns * shrink[0])), max(1, round(rows * shrink[1])))
    picture, mask = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (flat.picture, flat.mask))
    return picture, mask, flat.corners * np.array([size[0] / columns, size[1] / rows], np.float32)


def _mounted(
    picture: np.ndarray,
    flats: Sequence[tuple[FlatPlate, np.ndarray]],
    flash: Flash | None,
    rng: np.random.Generator,
    matched: float = 0.0,
) -> np.ndarray:
    """The picture with the flat plates at their corners, lit by the flash if there is one.

    `matched`: share of the plates by day whose surroundings are given their brightness.
    """
    if flash is not None:
        picture = darken(picture, flash.surroundings)
    for flat, corners in flats:
        surface = weather(flat.picture, rng)
        if flash is not None:
            surface = glow(surface, flash.plate)
        elif rng.random() < _DIMMER:
            surface = darken(surface, float(np.exp(rng.uniform(np.log(0.3), np.log(0.95)))))
        if flash is None and rng.random() < matched:
            match_brightness(picture, corners, _paper(replace(flat, picture=surface)), rng)
        lay(picture, replace(flat, picture=surface), corners, rng)
        if rng.random() < _OCCLUDED:
            occlude(picture, corners, rng)
    return picture


def _paper(flat: FlatPlate) -> np.ndarray:
    """The colour that most of a plate has."""
    (left, top), (right, bottom) = flat.corners[0].astype(int), flat.corners[2].astype(int)
    some = flat.picture[top:bottom:5, left:right:7].reshape(-1, 3)
    return np.asarray(np.sort(some, axis=0)[len(some) // 2])


def _bare(flat: FlatPlate) -> FlatPlate:
    """The plate without its paper and what is along its edge: its characters, on what it lies on."""
    inset = round(_EDGE * float(side_lengths(flat.corners)[1]))
    (left, top), (right, bottom) = flat.corners[0].astype(int) + inset, flat.corners[2].astype(int) - inset
    inner = np.s_[top:bottom, left:right]
    off = np.abs(flat.picture[inner].astype(np.int16) - _paper(flat).astype(np.int16)).max(-1)
    mask = np.zeros_like(flat.mask)
    mask[inner] = np.clip(3 * (off - _SAME), 0, 255)
    return replace(flat, mask=mask)


def _posed(rng: np.random.Generator, size: float, centre: tuple[float, float], aspect: float) -> np.ndarray:
    """The corners of a plate in a random pose, now and then leaning as before a rolling shutter."""
    corners = random_pose(rng, size, centre).corners(aspect)
    return rolling_shutter(corners, float(rng.uniform(-0.2, 0.2))) if rng.random() < 0.1 else corners


def _flat(ingredients: Ingredients, design: Design, width: float, rng: np.random.Generator) -> FlatPlate:
    """A flat plate drawn as large as it will be seen, a small one a little larger."""
    height = min(400.0, max(22.0, (1.25 if width < 120 else 1.05) * width / design.aspect))
    return draw_flat(design, ingredients.letterings, height / design.size[1], rng)


def draw_scene(
    ingredients: Ingredients,
    background: int,
    height: int,
    width: int,
    plate_widths: tuple[float, float],
    rng: np.random.Generator,
    grey: bool = False,
) -> Scene:
    """A scene with up to three plates, in colour or `grey`.

    Each lies wholly in the picture, but for some that are alone in it and that its edge cuts.

    `plate_widths`: least and greatest width in pixels; widths are spread evenly over its logarithm.
    """
    low, high = np.log(plate_widths[0]), np.log(min(plate_widths[1], 0.9 * width))
    sizes = [float(np.exp(rng.uniform(low, high))) for _ in range(_PLATES.draw(rng))]
    own: int | None = None
    plain = rng.random() < _PLAIN
    if plain:
        sizes = sizes or [float(np.exp(rng.uniform(low, high)))]
        picture, boxes = plain_surface(height, width, rng), np.empty((0, 4))
    elif (
        ingredients.backgrounds.vehicles
        and rng.random() < _ON_VEHICLES
        and (vehicle := ingredients.backgrounds.vehicle(background)) is not None
    ):
        sizes = sizes or [float(np.exp(rng.uniform(low, high)))]
        picture, boxes, own = _view_of_vehicle(ingredients, vehicle, height, width, sizes[0], rng)
    else:
        picture, boxes = _view(ingredients, background, height, width, rng)
    for box in boxes:
        _hide(picture, box)
    if not plain:
        distract(picture, ingredients.letterings, rng, [_around(box) for box in boxes])
    placed: list[PlacedPlate] = []
    flats: list[tuple[FlatPlate, np.ndarray]] = []
    for size in sizes:
        design = ingredients.design(rng)
        at_real = own is not None
        if own is not None:
            (x, y, w, h), own = boxes[own], None
            size = w * float(rng.uniform(0.9, 1.25))
            if not plate_widths[0] <= size <= min(plate_widths[1], 0.9 * width):
                continue
            corners = _posed(rng, size, (x + w / 2, y + h / 2), design.aspect)
        else:
            corners = _posed(rng, size, (0.0, 0.0), design.aspect)
            least, most = 1 - corners.min(0), np.array([width - 1, height - 1]) - corners.max(0)
            corners = corners + rng.uniform(least, np.maximum(least, most)).astype(np.float32)
        if corners.min() < 1 or (corners.max(0) > [width - 1, height - 1]).any():
            continue
        if any(_touch(corners, other.corners) for other in placed):
            continue
        if side_lengths(corners)[1] < 5:
            continue
        flat = _flat(ingredients, design, size, rng)
        if not plain and not at_real and (kind := rng.random()) < _BODYWORK:
            paper = _paper(flat)
            bare = kind < _BARE and paper.mean() < _DARK
            surround(picture, corners, paper, rng, like_paper=bare)
            flat = _bare(flat) if bare else flat
        flats.append((flat, corners))
        placed.append(_placed(flat, corners, design))
    flash = random_flash(rng) if rng.random() < _NIGHT else None
    picture = _mounted(picture, flats, flash, rng, _MATCHED)
    for plate in placed:
        if flash is None and rng.random() < _SHADED:
            cast_shade(picture, plate.corners, rng)
    heights = [side_lengths(plate.corners)[1] for plate in placed]
    detail = 0.7 * float(min(heights, default=20.0))
    if len(placed) == 1 and rng.random() < _TURNED:
        picture, placed = _turned(picture, placed[0], float(rng.uniform(-_MOST_TURN, _MOST_TURN)))
    chances = replace(DEFAULT_CHANCES, extremes=ingredients.extremes)
    picture = photograph(picture, rng, detail, chances, flash, grey)
    if len(placed) == 1 and rng.random() < _CUT:
        picture, placed = _cut_by_edge(picture, placed[0], rng)
    return Scene(picture, tuple(placed))


def _turned(picture: np.ndarray, plate: PlacedPlate, angle: float) -> tuple[np.ndarray, list[PlacedPlate]]:
    """The picture turned about its plate by `angle`, in radians, where the plate stays within it."""
    height, width = picture.shape[:2]
    x, y = plate.corners.mean(0).tolist()
    # OpenCV counts from the middles of pixels.
    matrix = cv2.getRotationMatrix2D((x - 0.5, y - 0.5), math.degrees(angle), 1.0)
    corners = ((plate.corners - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5).astype(np.float32)
    if corners.min() < 1 or (corners.max(0) > [width - 1, height - 1]).any():
        return picture, [plate]
    seen = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return seen, [replace(plate, corners=corners)]


def _cut_by_edge(
    picture: np.ndarray, plate: PlacedPlate, rng: np.random.Generator
) -> tuple[np.ndarray, list[PlacedPlate]]:
    """The picture with a strip of its content gone, so that one of its edges cuts the plate.

    What is left lies at the same edge, and the colour that pictures are padded with takes the strip's place.
    """
    side = int(rng.choice(4, p=(0.35, 0.15, 0.35, 0.15)))
    axis = side % 2
    left = rng.uniform(_LEAST_LEFT, 0.95)
    low, high = plate.corners[:, axis].min(), plate.corners[:, axis].max()
    at = round(float(high - left * (high - low) if side < 2 else low + left * (high - low)))
    corners = cut_corners(plate.corners, side, at)
    if corners is None:
        return picture, [plate]
    seen = np.full_like(picture, round(MIDDLE_GREY))
    kept = picture.swapaxes(0, 1) if axis == 0 else picture
    into = seen.swapaxes(0, 1) if axis == 0 else seen
    if side < 2:
        into[: len(kept) - at] = kept[at:]
        corners[:, axis] -= at
    else:
        into[:at] = kept[:at]
    cut = [False] * 4
    cut[side] = True
    return seen, [replace(plate, corners=corners, cut=(cut[0], cut[1], cut[2], cut[3]))]


def cut_corners(corners: np.ndarray, side: int, at: float) -> np.ndarray | None:
    """The corners, float32 (4, 2), of what is left of a plate that an edge of the picture cuts.

    `side`: of the picture, 0 to 3 for left, top, right and bottom; `at`: where its edge is, in pixels. None
    where the edge does not pass through two opposite sides of the plate.
    """
    axis = side % 2
    before = corners[:, axis] < at if side < 2 else corners[:, axis] > at
    gone = np.flatnonzero(before)
    if len(gone) != 2 or abs(int(gone[0]) - int(gone[1])) == 2:
        return None
    found = corners.astype(np.float64).copy()
    for i in gone.tolist():
        # Along the plate's side that crosses the edge.
        other = next(j for j in ((i + 1) % 4, (i - 1) % 4) if not before[j])
        share = (at - corners[i, axis]) / (corners[other, axis] - corners[i, axis])
        found[i] = corners[i] + share * (corners[other] - corners[i])
    return found.astype(np.float32)


def draw_plate(
    ingredients: Ingredients,
    background: int,
    plate_widths: tuple[float, float],
    rng: np.random.Generator,
    grey: bool = False,
    around: float = 0.3,
) -> Scene:
    """One plate and what is just around it, in colour or `grey`: the recognizer's crops are cut from it.

    `around`: what is shown beyond the plate on each side, in its heights.
    """
    design = ingredients.design(rng)
    size = float(np.exp(rng.uniform(*np.log(plate_widths))))
    corners = _posed(rng, size, (0.0, 0.0), design.aspect)
    pad = around * side_lengths(corners)[1] + 3
    corners = (corners - corners.min(0) + pad).astype(np.float32)
    width, height = (int(v) for v in np.ceil(corners.max(0) + pad))
    picture = uncovered_view(ingredients, background, height, width, rng, _CLOSEST_CROP)
    flat = _flat(ingredients, design, size, rng)
    if rng.random() < _BODYWORK_CROP:
        surround(picture, corners, _paper(flat), rng, everywhere=True)
    flash = random_flash(rng) if rng.random() < _NIGHT else None
    picture = _mounted(picture, [(flat, corners)], flash, rng)
    detail = 0.65 * float(side_lengths(corners)[1])
    chances = replace(_CROP_CHANCES, extremes=ingredients.extremes)
    picture = photograph(picture, rng, detail, chances, flash, grey)
    return Scene(picture, (_placed(flat, corners, design),))


def draw_no_plate(
    ingredients: Ingredients, background: int, rng: np.random.Generator, grey: bool = False
) -> Scene:
    """What a detector may take for a plate and is none: background, bodywork, lights, lettering."""
    height, width = int(rng.integers(24, 80)), int(rng.integers(60, 220))
    picture = uncovered_view(ingredients, background, height, width, rng)
    kind = rng.random()
    if kind < 0.55:
        imitate(picture, ingredients.letterings, rng)
    elif kind < 0.8:
        distract(picture, ingredients.letterings, rng)
    chances = replace(DEFAULT_CHANCES, extremes=ingredients.extremes)
    return Scene(photograph(picture, rng, 0.5 * height, chances, grey=grey), ())


def _placed(flat: FlatPlate, corners: np.ndarray, design: Design) -> PlacedPlate:
    top, bottom = min(line.top for line in design.lines), max(line.bottom for line in design.lines)
    span = (top / design.size[1], bottom / design.size[1])
    first = flat.lines[0].corners[:, 1].max() - flat.corners[:, 1].min()
    split = float(first / np.ptp(flat.corners[:, 1])) if len(flat.lines) == 2 else None
    lines = tuple(line.text for line in flat.lines)
    return PlacedPlate(corners, flat.text, design.code, lines, span, split, script=design.script)


def _touch(one: np.ndarray, other: np.ndarray) -> bool:
    gap = np.maximum(one.min(0) - other.max(0), other.min(0) - one.max(0)).max()
    return bool(gap < 4)


def _around(box: np.ndarray) -> tuple[float, float, float, float]:
    """Where the vehicle of a plate's box is likely to be: x, y, width, height."""
    x, y, width, _ = (float(v) for v in box)
    return x - 1.3 * width, y - 1.7 * width, 3.6 * width, 2.5 * width


def _hide(picture: np.ndarray, box: np.ndarray) -> None:
    """Fills a box, a little enlarged, with a smooth blend of the colours along its edges."""
    x, y, width, height = box
    left, right = (int(v) for v in np.clip([x - width / 8, x + width * 1.125 + 1], 0, picture.shape[1]))
    top, bottom = (int(v) for v in np.clip([y - height / 5, y + height * 1.2 + 1], 0, picture.shape[0]))
    if right - left < 2 or bottom - top < 2:
        return
    part = picture[top:bottom, left:right].astype(np.float32)
    across = np.linspace(0, 1, right - left, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None, None]
    sides = cv2.blur(part[:, [0, -1]], (1, 5))
    ends = cv2.blur(part[[0, -1]], (5, 1))
    blend = sides[:, :1] * (1 - across) + sides[:, 1:] * across + ends[:1] * (1 - down) + ends[1:] * down
    picture[top:bottom, left:right] = (blend / 2).astype(np.uint8)
