"""Scenes: plates posed over photographs, among things that are no plates, seen by a camera."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from numberplate.plates.design import Design, shipped_designs
from numberplate.plates.generic import generic_design
from numberplate.plates.rectify import side_lengths
from numberplate.synthesis.backgrounds import Backgrounds
from numberplate.synthesis.camera import photograph
from numberplate.synthesis.distractors import distract
from numberplate.synthesis.flat import FlatPlate, draw_flat
from numberplate.synthesis.lettering import Letterings
from numberplate.synthesis.pose import homography, random_pose


@dataclass(frozen=True)
class PlacedPlate:
    """A plate in a scene: its corners, float32 (4, 2) in reading order; its text; the code of its design."""

    corners: np.ndarray
    text: str
    design: str


@dataclass(frozen=True)
class Scene:
    """A picture, uint8 (height, width, 3) RGB, and the plates in it."""

    picture: np.ndarray
    plates: tuple[PlacedPlate, ...]


@dataclass(frozen=True)
class Ingredients:
    """What scenes are made of. `generic` is the share of plates of no listed country."""

    letterings: Letterings
    backgrounds: Backgrounds
    designs: tuple[Design, ...] = ()
    generic: float = 0.5

    @cached_property
    def _all(self) -> tuple[tuple[Design, ...], np.ndarray]:
        designs = self.designs or shipped_designs()
        weights = np.array([design.weight for design in designs])
        return designs, weights / weights.sum()

    def design(self, rng: np.random.Generator) -> Design:
        """A shipped design by its weight, or a generic one."""
        if rng.random() < self.generic:
            return generic_design(rng)
        designs, weights = self._all
        return designs[int(rng.choice(len(designs), p=weights))]


def _view(
    ingredients: Ingredients, index: int, height: int, width: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A random part of background `index` at (height, width), and (n, 4) boxes where real plates were."""
    source = ingredients.backgrounds.picture(index)
    rows, columns = source.shape[:2]
    zoom = max(height / rows, width / columns) * float(np.exp(rng.uniform(0, 0.9)))
    across, down = width / zoom, height / zoom
    x, y = rng.uniform(0, max(0.0, columns - across)), rng.uniform(0, max(0.0, rows - down))
    matrix = np.array([[zoom, 0, -x * zoom], [0, zoom, -y * zoom]])
    mirrored = rng.random() < 0.5
    if mirrored:
        matrix = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1.0]])[:2] @ np.vstack([matrix, [0, 0, 1]])
    how = cv2.INTER_LINEAR if zoom > 0.6 else cv2.INTER_AREA
    picture = cv2.warpAffine(source, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REFLECT)
    boxes = np.array(ingredients.backgrounds.boxes(index), np.float64).reshape(-1, 4)
    boxes = boxes * zoom - [x * zoom, y * zoom, 0, 0]
    if mirrored:
        boxes[:, 0] = width - boxes[:, 0] - boxes[:, 2]
    return picture, boxes


def lay(picture: np.ndarray, flat: FlatPlate, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Warps the plate over `picture` with its mask, and darkens what lies just below it."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ homography(flat.corners, corners) @ half
    height, width = picture.shape[:2]
    plate_height = side_lengths(corners)[1]
    grow = plate_height * 0.6 + 2
    left, top = np.clip(np.floor(corners.min(0) - grow), 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(0) + grow), [left + 1, top + 1], [width, height]).astype(int)
    size = (int(right - left), int(bottom - top))
    move = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ matrix
    pixels = cv2.warpPerspective(
        flat.picture, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = cv2.warpPerspective(flat.mask, move, size, flags=cv2.INTER_LINEAR)
    part = picture[top:bottom, left:right].astype(np.float32)
    if rng.random() < 0.6:
        soft = max(0.5, plate_height * rng.uniform(0.02, 0.12))
        offset = np.array(
            [[1, 0, rng.normal(0, 0.04) * plate_height], [0, 1, rng.uniform(0, 0.1) * plate_height]]
        )
        shade = cv2.stackBlur(cv2.warpAffine(mask, offset, size), (2 * round(1.5 * soft) + 1,) * 2)
        part *= 1 - (shade.astype(np.float32) * (rng.uniform(0.2, 0.9) / 255))[..., None]
    part += (mask.astype(np.float32) / 255)[..., None] * (pixels - part)
    picture[top:bottom, left:right] = part.astype(np.uint8)


def _panel(picture: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Bodywork about a plate: a panel of one colour with a gradient, or a recess darker than the rest."""
    centre = corners.mean(0)
    widen = np.array([rng.uniform(1.1, 2.6), rng.uniform(1.2, 3.2)])
    outline = (corners - centre) * widen + centre + rng.normal(0, 0.1, 2) * np.ptp(corners, axis=0)
    mask: np.ndarray = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
    soft = np.ptp(corners[:, 1]) * rng.uniform(0.01, 0.35)
    if soft > 0.4:
        mask = np.asarray(cv2.stackBlur(mask, (2 * round(1.5 * soft) + 1,) * 2))
    grey = rng.uniform(0, 255)
    colour = np.clip(grey + rng.normal(0, 45, 3), 0, 255) if rng.random() < 0.5 else np.full(3, grey)
    ramp = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.6, 1), picture.shape[0], dtype=np.float32)
    paint = np.clip(colour.astype(np.float32) * ramp[:, None, None], 0, 255)
    alpha = mask.astype(np.float32)[..., None] * (rng.uniform(0.75, 1) / 255)
    picture[:] = (picture + alpha * (paint - picture)).astype(np.uint8)


def _flat(ingredients: Ingredients, design: Design, width: float, rng: np.random.Generator) -> FlatPlate:
    """A flat plate drawn a little larger than it will be seen, so that the warp only shrinks it a little."""
    height = float(np.clip(1.25 * width / design.aspect, 22, 400))
    return draw_flat(design, ingredients.letterings, height / design.size[1], rng)


def draw_scene(
    ingredients: Ingredients,
    background: int,
    height: int,
    width: int,
    plate_widths: tuple[float, float],
    rng: np.random.Generator,
) -> Scene:
    """A scene with no, one or two plates, each lying wholly in the picture.

    `plate_widths`: least and greatest width in pixels; widths are spread evenly over its logarithm.
    """
    picture, boxes = _view(ingredients, background, height, width, rng)
    picture = np.ascontiguousarray(picture)
    for box in boxes:
        _hide(picture, box)
    distract(picture, ingredients.letterings, rng)
    low, high = np.log(plate_widths[0]), np.log(min(plate_widths[1], 0.9 * width))
    placed: list[PlacedPlate] = []
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.2, 0.5, 0.2, 0.1]))):
        design = ingredients.design(rng)
        size = float(np.exp(rng.uniform(low, high)))
        centre = (rng.uniform(0, width), rng.uniform(0, height))
        real = boxes[(boxes[:, 2] > plate_widths[0]) & (boxes[:, 2] < plate_widths[1])]
        at_real = len(real) > 0 and not placed and rng.random() < 0.7
        if at_real:
            x, y, w, h = real[int(rng.integers(len(real)))]
            size, centre = w * rng.uniform(0.9, 1.25), (x + w / 2, y + h / 2)
        corners = random_pose(rng, size, centre).corners(design.aspect)
        if corners.min() < 1 or (corners.max(0) > [width - 1, height - 1]).any():
            continue
        if any(_touch(corners, other.corners) for other in placed):
            continue
        if side_lengths(corners)[1] < 5:
            continue
        if not at_real and rng.random() < 0.5:
            _panel(picture, corners, rng)
        flat = _flat(ingredients, design, size, rng)
        lay(picture, flat, corners, rng)
        placed.append(PlacedPlate(corners, flat.text, design.code))
    heights = [side_lengths(plate.corners)[1] for plate in placed]
    return Scene(photograph(picture, rng, 0.7 * min(heights, default=20.0)), tuple(placed))


def draw_plate(
    ingredients: Ingredients, background: int, plate_widths: tuple[float, float], rng: np.random.Generator
) -> Scene:
    """One plate with what is just around it: what the recognizer's crops are cut from."""
    design = ingredients.design(rng)
    size = float(np.exp(rng.uniform(*np.log(plate_widths))))
    corners = random_pose(rng, size, (0.0, 0.0)).corners(design.aspect)
    pad = 0.3 * side_lengths(corners)[1] + 3
    corners = (corners - corners.min(0) + pad).astype(np.float32)
    width, height = (int(v) for v in np.ceil(corners.max(0) + pad))
    picture, boxes = _view(ingredients, background, height, width, rng)
    picture = np.ascontiguousarray(picture)
    for box in boxes:
        _hide(picture, box)
    if rng.random() < 0.6:
        _panel(picture, corners, rng)
    flat = _flat(ingredients, design, size, rng)
    lay(picture, flat, corners, rng)
    text_height = 0.65 * side_lengths(corners)[1]
    return Scene(
        photograph(picture, rng, float(text_height)), (PlacedPlate(corners, flat.text, design.code),)
    )


def draw_no_plate(ingredients: Ingredients, background: int, rng: np.random.Generator) -> Scene:
    """What a detector may take for a plate and is none: background, bodywork, lights, lettering."""
    height, width = int(rng.integers(24, 80)), int(rng.integers(60, 220))
    picture, boxes = _view(ingredients, background, height, width, rng)
    picture = np.ascontiguousarray(picture)
    for box in boxes:
        _hide(picture, box)
    if rng.random() < 0.7:
        distract(picture, ingredients.letterings, rng)
    return Scene(photograph(picture, rng, 0.5 * height), ())


def _touch(one: np.ndarray, other: np.ndarray) -> bool:
    gap = np.maximum(one.min(0) - other.max(0), other.min(0) - one.max(0)).max()
    return bool(gap < 4)


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
