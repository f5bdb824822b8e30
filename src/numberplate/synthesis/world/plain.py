"""What plates lie on that are photographed by themselves: paper, a table, a wall, or nothing at all."""

import cv2
import numpy as np

from numberplate.plates.shares import Shares

_GREYS = Shares({"black": 0.25, "white": 0.35, "any": 0.4})

_LIGHT = 0.3
"""How far the light may differ between two sides of such a surface, as a share of the brighter one."""

_GRAIN = 6.0
"""Standard deviation, in grey levels, of the roughest surface."""


def plain_surface(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A surface of one colour, unevenly lit and more or less rough: uint8 (height, width, 3), RGB."""
    kind = _GREYS.draw(rng)
    if kind == "black":
        colour = np.full(3, rng.uniform(0, 25))
    elif kind == "white":
        colour = rng.uniform(225, 255) + rng.uniform(-12, 0, 3)
    else:
        colour = rng.uniform(20, 240) + rng.normal(0, 20, 3)
    angle = rng.uniform(0, 2 * np.pi)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    along = np.cos(angle) * across / width + np.sin(angle) * down / height
    light = 1 - rng.uniform(0, _LIGHT) * (along - along.min()) / max(1e-6, float(np.ptp(along)))
    coarse = rng.standard_normal((height, width), dtype=np.float32)
    side = 2 * int(rng.integers(0, 4)) + 1
    rough = cv2.blur(coarse, (side, side)) * side * rng.uniform(0, _GRAIN)
    picture = light[..., None] * colour.astype(np.float32) + rough[..., None]
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
