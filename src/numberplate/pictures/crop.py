"""The flat, coloured crop of a plate, to look at."""

import cv2
import numpy as np

from numberplate.geometry.quads import Corners, Picture, homography, side_lengths

_LEAST, _MOST = 120, 480
"""Width of a crop in pixels."""


def flat_crop(picture: Picture, corners: Corners, size: tuple[int, int] | None = None) -> Picture:
    """The plate with a margin, uint8 (height, width, 3), RGB.

    `size`: its width and height in pixels; None for some as large as it is in the picture.
    """
    across, down = _size(corners) if size is None else size
    # OpenCV counts from the centres of pixels.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ homography(corners, down, across) @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpPerspective(picture, matrix, (across, down), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def _size(corners: Corners) -> tuple[int, int]:
    width, height = side_lengths(corners)
    across = int(np.clip(width, _LEAST, _MOST))
    return across, int(np.clip(round(across * height / max(width, 1.0)), 16, _MOST))
