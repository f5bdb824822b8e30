"""Painting through masks: uint8 pictures (height, width, 3) and masks (height, width), 255 where it covers.

`shade` takes grey pictures, (height, width), as well.

All in integers: arithmetic of NumPy's on (…, 1) masks and (…, 3) pictures takes five times as long.
"""

from collections.abc import Sequence

import cv2
import numpy as np


def blend(above: np.ndarray, below: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`above` where the mask is 255, `below` where it is 0, and a mix between; all of one size."""
    cover = cv2.merge([mask] * 3)
    seen = cv2.multiply(above, cover, scale=1 / 255)
    return cv2.add(seen, cv2.multiply(below, cv2.bitwise_not(cover), scale=1 / 255))


def tint(
    picture: np.ndarray,
    mask: np.ndarray,
    x: int,
    y: int,
    colour: np.ndarray | Sequence[float],
    strength: float = 1.0,
) -> None:
    """Lays `colour`, 0..255, on `picture`, in place, through `mask` with its top left corner at (x, y).

    What lies beyond the picture is cut off. `strength` 0..1 makes the mask fainter.
    """
    # Most masks are as large as the picture and nearly empty.
    first, upper, across, down = cv2.boundingRect(mask)
    x, y = x + first, y + upper
    height, width = picture.shape[:2]
    top, left = max(0, y), max(0, x)
    bottom, right = min(height, y + down), min(width, x + across)
    if bottom <= top or right <= left:
        return
    mask = mask[top - y + upper : bottom - y + upper, left - x + first : right - x + first]
    if strength < 1:
        mask = cv2.convertScaleAbs(mask, alpha=strength)
    cover = cv2.merge([mask] * 3)
    part = cv2.multiply(picture[top:bottom, left:right], cv2.bitwise_not(cover), scale=1 / 255)
    paint = np.empty_like(part)
    cv2.rectangle(paint, (0, 0), (right - left, bottom - top), [float(c) for c in colour], -1)
    picture[top:bottom, left:right] = cv2.add(part, cv2.multiply(paint, cover, scale=1 / 255))


def shade(picture: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The picture darkened where `light`, a mask, is less than 255."""
    return cv2.multiply(picture, light if picture.ndim == 2 else cv2.merge([light] * 3), scale=1 / 255)
