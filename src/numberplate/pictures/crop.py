"""The flat, coloured crop of a plate, to look at."""

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture, homography, side_lengths

_LEAST, _MOST = 120, 480
"""Width of a crop in pixels."""


def flat_crop(picture: Picture, corners: npt.NDArray[np.float32]) -> Picture:
    """The plate with a margin, uint8 (height, width, 3), RGB, some as large as it is in the picture."""
    width, height = side_lengths(corners)
    across = int(np.clip(width, _LEAST, _MOST))
    down = int(np.clip(round(across * height / max(width, 1.0)), 16, _MOST))
    # OpenCV counts from the centres of pixels.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ homography(corners, down, across) @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpPerspective(picture, matrix, (across, down), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def as_jpeg(picture: Picture) -> bytes:
    """An RGB picture as JPEG."""
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
