"""The plate in the making: its design, what is random but alike all over it, and the picture."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from numberplate.plates.design import Design
from numberplate.plates.shares import Shares
from numberplate.synthesis.type.lettering import FontLettering, Letterings


class Blank:
    """A plate on which nothing lies yet but its colour.

    `scale`: pixels to the millimetre; `picture`: uint8 (height, width, 3) RGB; `relief`: uint8
    (height, width), 255 where characters and border are embossed; `paper`, `ink`: colours, float32 (3,),
    0..255; `left`, `right`, `top`, `bottom`: what the bands leave, in pixels; `margin`: of a line, as a share
    of that width; `stray`: how far lines are off the middle, -0.5..0.5 of what is free; `weight`: by how many
    of a glyph's columns and rows its strokes grow.
    """

    def __init__(
        self, design: Design, letterings: Letterings, scale: float, rng: np.random.Generator
    ) -> None:
        self.design, self.letterings, self.scale, self.rng = design, letterings, scale, rng
        self.width, self.height = (max(8, round(side * scale)) for side in design.size)
        shares = Shares({i: variant.weight for i, variant in enumerate(design.variants)})
        variant = design.variants[shares.draw(rng)]
        self.paper, self.ink = rgb(variant.paper), rgb(variant.ink)
        self.picture: np.ndarray = np.empty((self.height, self.width, 3), np.uint8)
        cv2.rectangle(self.picture, (0, 0), (self.width, self.height), self.paper.tolist(), -1)
        self.relief = np.zeros((self.height, self.width), np.uint8)
        self.lettering = letterings.pick(design.letterings, rng)
        weight = int(rng.integers(-5, 7)) if isinstance(self.lettering, FontLettering) else 0
        self.weight = (weight, weight)
        # All lines have their margin and stray from the middle alike.
        self.margin, self.stray = rng.uniform(0.03, 0.12), rng.uniform(-0.5, 0.5)
        self.left, self.right = 0.0, float(self.width)
        self.top, self.bottom = 0.0, float(self.height)


def luma(colour: Sequence[float] | np.ndarray) -> float:
    """Rec. 601 luma, 0..255, of red, green and blue."""
    return 0.299 * float(colour[0]) + 0.587 * float(colour[1]) + 0.114 * float(colour[2])


def rgb(colour: str) -> np.ndarray:
    """float32 (3,), 0..255, of a colour such as `#ffd21e`."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def scaled(mask: np.ndarray, width: float, height: float) -> np.ndarray:
    """A mask scaled to a size in pixels, of one at least."""
    size = (max(1, round(width)), max(1, round(height)))
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


def rectangle(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Its corners, float32 (4, 2), in reading order."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


@lru_cache(maxsize=4096)
def _rounded_cached(height: int, width: int, radius: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    radius = min(radius, (min(height, width) - 1) // 2)
    if radius <= 0:
        mask[:] = 255
        return mask
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    return mask


def rounded(height: int, width: int, radius: float) -> np.ndarray:
    """uint8 mask of a rectangle with rounded corners."""
    return _rounded_cached(height, width, round(radius)).copy()
