"""The article's pictures: a window over a photograph, with a British plate in it, or in part, or none."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from numberplate.models.spec import (
    WINDOW_HEIGHT,
    WINDOW_MARGIN_X,
    WINDOW_MARGIN_Y,
    WINDOW_STRIDE,
    WINDOW_WIDTH,
)
from numberplate.plates.pattern import MARKS, Pattern
from numberplate.synthesis.pose import Pose, homography
from numberplate.synthesis.samples import background_of, sample_rng
from numberplate.synthesis.scene import Ingredients, uncovered_view
from numberplate.synthesis.type.lettering import Lettering, Letterings

State = Literal["present", "partial", "too small", "too large", "no plate"]

STATES: tuple[State, ...] = ("present", "partial", "too small", "too large", "no plate")

_SHARES = (0.5, 0.15, 0.08, 0.08, 0.19)
"""How often each state is drawn."""

_SIZE = np.array([WINDOW_WIDTH, WINDOW_HEIGHT], np.float64)
_MARGIN = np.array([WINDOW_MARGIN_X, WINDOW_MARGIN_Y], np.float64)

_LARGEST = np.array([0.8, 0.875]) * _SIZE
"""A plate's box is smaller than this in both directions, in pixels."""

_SMALLEST = 0.6 * _SIZE
"""A plate's box is larger than this in one direction at least."""

PATTERN = Pattern("@@## @@@")
"""The British format since 2001."""

_CAP = 32
"""Height in pixels at which the flat plate is lettered: more than a plate in a window ever has."""

_CONTRAST = 76
"""Grey levels by which the text is darker than its plate, at least."""


@dataclass(frozen=True)
class Window:
    """A window as the network sees it.

    `picture`: uint8 (height, width), grey: the window and what the network sees around it; `corners`:
    float32 (4, 2), the plate's, in pixels from the window's own top left, or None without a plate; `text`:
    of the plate, also where it is not present; `state`: "present", or why it is not.
    """

    picture: np.ndarray
    corners: np.ndarray | None
    text: str
    state: State

    @property
    def inside(self) -> np.ndarray:
        """The picture without its margins: uint8 (WINDOW_HEIGHT, WINDOW_WIDTH)."""
        y, x = (
            (n - inner) // 2
            for n, inner in zip(self.picture.shape, (WINDOW_HEIGHT, WINDOW_WIDTH), strict=True)
        )
        return self.picture[y : y + WINDOW_HEIGHT, x : x + WINDOW_WIDTH]


def presence(corners: np.ndarray) -> State:
    """The state of a plate with these corners (4, 2), in pixels from the window's top left.

    It is present if and only if it lies wholly inside the window, is less than 80 % as wide and less than
    87.5 % as high as it, and is more than 60 % as wide or more than 60 % as high.
    """
    low, high = corners.min(0), corners.max(0)
    size = high - low
    if (size >= _LARGEST).any():
        return "too large"
    if (size <= _SMALLEST).all():
        return "too small"
    return "present" if (low >= 0).all() and (high <= _SIZE).all() else "partial"


def window_sample(
    ingredients: Ingredients,
    seed: int,
    index: int,
    typefaces: tuple[str, ...] = ("drawn-british",),
    around: int = 0,
    variation: float = 1.0,
) -> Window:
    """Window `index` of `seed`.

    `typefaces` are names of letterings as shell patterns. The picture shows the margins of `models.spec`
    around the window, and `around` windows more on each side, WINDOW_STRIDE pixels apart. `variation`, 0..1,
    scales the range of a plate's angles, size and distance from the middle, and the noise.
    """
    rng = sample_rng(seed, index)
    margin = _MARGIN + around * WINDOW_STRIDE
    height, width = (int(v) for v in (_SIZE + 2 * margin)[::-1])
    view = uncovered_view(ingredients, background_of(seed, index), height, width, rng, closest=1.2)
    picture = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    wanted = STATES[int(rng.choice(len(STATES), p=_SHARES))]
    marked = PATTERN.generate(rng)
    text = "".join(c for c in marked if c not in MARKS)
    corners = None
    if wanted != "no plate":
        plate = _flat(ingredients.letterings, typefaces, marked, rng)
        corners = _corners(wanted, plate.shape[1] / plate.shape[0], variation, rng)
        _lay(picture, plate, corners + margin)
    if rng.random() < 0.5 * variation:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.9))
    deviation = rng.uniform(1, 1 + 12 * variation)
    grain = rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(deviation)
    return Window(np.clip(picture + grain, 0, 255).astype(np.uint8), corners, text, wanted)


def _corners(wanted: State, aspect: float, variation: float, rng: np.random.Generator) -> np.ndarray:
    """The corners of a plate in a random pose whose state is `wanted`: float32 (4, 2)."""
    while True:
        pose = Pose(
            roll=rng.uniform(-0.3, 0.3) * variation,
            pitch=rng.uniform(-0.2, 0.2) * variation,
            yaw=rng.uniform(-1.2, 1.2) * variation,
            width=1.0,
            centre=(0.0, 0.0),
            distance=1000.0,  # so far that the pose is affine, as the article's is
        )
        unit = pose.corners(aspect).astype(np.float64)
        size = np.ptp(unit, axis=0)
        least, most = (_SMALLEST / size).min(), (_LARGEST / size).min()
        low, high = {"too small": (0.3 * least, least), "too large": (most, 1.7 * most)}.get(
            wanted, (least, most)
        )
        scale = (low + high) / 2 + rng.uniform(-0.5, 0.5) * (high - low) * variation
        room = np.abs(_SIZE - size * scale) / 2
        # Mostly near the middle, as the article's: there another window has it off the middle.
        offset = rng.uniform(-1, 1, 2) ** 3 * room * variation
        if wanted == "partial":
            offset = rng.uniform(-1, 1, 2) * (room + 0.6 * size * scale)
        corners = np.asarray(unit * scale + _SIZE / 2 + offset, np.float32)
        if presence(corners) == wanted:
            return corners


def _flat(
    letterings: Letterings, typefaces: tuple[str, ...], marked: str, rng: np.random.Generator
) -> np.ndarray:
    """A plate seen straight on: uint8 (height, width, 2), grey and mask."""
    lettering = letterings.pick(typefaces, rng)
    gap = max(1, round(_CAP * rng.uniform(0.08, 0.2)))
    parts = [_glyph(lettering, c) for c in marked]
    columns = sum(part.shape[1] for part in parts) + gap * (len(parts) - 1)
    side, above = round(_CAP * rng.uniform(0.15, 0.4)), round(_CAP * rng.uniform(0.1, 0.3))
    ink = np.zeros((_CAP + 2 * above, columns + 2 * side), np.uint8)
    x = side
    for part in parts:
        ink[above : above + _CAP, x : x + part.shape[1]] = part
        x += part.shape[1] + gap
    dark = rng.uniform(0, 255 - _CONTRAST)
    light = rng.uniform(dark + _CONTRAST, 255)
    mask = np.zeros_like(ink)
    radius = 1 + int(_CAP * 0.15 * rng.random())
    height, width = ink.shape
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1)
    grey = light - ink.astype(np.float32) * ((light - dark) / 255)
    return np.dstack([grey.astype(np.uint8), mask])


def _glyph(lettering: Lettering, character: str) -> np.ndarray:
    if character in MARKS:
        return np.zeros((_CAP, round(0.28 * _CAP)), np.uint8)
    mask = lettering.glyph(character)
    width = max(2, round(mask.shape[1] * _CAP / mask.shape[0]))
    return cv2.resize(mask, (width, _CAP), interpolation=cv2.INTER_AREA)


def _lay(picture: np.ndarray, plate: np.ndarray, corners: np.ndarray) -> None:
    """Warps the plate over `picture`, at twice its resolution and averaged: thin strokes stay whole."""
    height, width = picture.shape
    rows, columns = plate.shape[:2]
    edges = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) - 0.5
    low = np.clip(np.floor(corners.min(0)), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(corners.max(0)), low + 1, [width, height]).astype(int)
    matrix = homography(edges, 2 * (corners - low) - 0.5)
    across, down = (int(n) for n in high - low)
    fine = cv2.warpPerspective(plate, matrix, (2 * across, 2 * down), flags=cv2.INTER_LINEAR)
    # Weighed by the mask before they are averaged, so that no black from beyond the plate mixes in.
    alpha = fine[..., 1].astype(np.float32) / 255
    small = cv2.resize(np.dstack([fine[..., 0] * alpha, alpha]), (across, down), interpolation=cv2.INTER_AREA)
    part = picture[low[1] : high[1], low[0] : high[0]]
    part[:] = (part * (1 - small[..., 1]) + small[..., 0]).astype(np.uint8)
