"""A plate's four corners, and the flat crop that they cut from a picture.

Training and reading both cut their crops here, so that the recognizer sees the same thing in both. Corners
are float32 (4, 2), (x, y) in pixels, in reading order: top left, top right, bottom right, bottom left as the
plate is read. Coordinates are continuous: (0, 0) is the outer edge of the first pixel, whose centre is at
(0.5, 0.5); a box that covers a whole picture is (0, 0, width, height).
"""

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

MARGIN_X = 0.06
"""Fraction of the plate's width that a crop shows beyond its left edge, and again beyond its right one."""

MARGIN_Y = 0.10
"""Fraction of the plate's height that a crop shows above the plate, and again below it."""

MARGIN = (MARGIN_X, MARGIN_Y)

_SHARED = 0.04
"""How far each of two lines' strips reaches beyond the place between them, as a share of the height."""

TWO_LINES_ASPECT = 3.0
"""Plates of two lines are less wide than this, over their height; so are some of one line."""

_MOST_SAMPLES = 16
"""Samples along each side of an output pixel at most: enough for a plate 2300 pixels wide."""

_LONGEST_SOURCE = 16384
"""OpenCV's warp takes no source of 32767 pixels or more a side; beyond this one is shrunk first."""

_FOLLOWING = np.array([1, 2, 3, 0])
"""Of each corner, the next one clockwise. An index: np.roll takes ten times as long on so little."""

_LEAST_FLAT, _MOST_FLAT = 120, 480
"""Width of a flat crop to look at, in pixels; and its greatest height."""

_LEAST_FLAT_HEIGHT = 16

Corners = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def halves(split: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the strips of two lines begin and end, in fractions of the plate's height.

    `split`: where the first line ends and the second begins, 0..1.
    """
    return (0.0, split + _SHARED), (split - _SHARED, 1.0)


UPPER, LOWER = halves(0.5)
"""Where the halves of a plate begin and end, in fractions of its height: each may hold a line of its own."""


def as_corners(corners: npt.ArrayLike) -> Corners:
    """The corners as float32 (4, 2). Raises ValueError for another shape or for what is not finite."""
    array = np.asarray(corners, np.float32)
    if array.shape != (4, 2):
        raise ValueError(f"corners: expected shape (4, 2), got {array.shape}")
    if not all(map(math.isfinite, array.ravel().tolist())):
        raise ValueError(f"corners: expected finite numbers, got {array.tolist()}")
    return array


def is_convex(corners: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether each quadrilateral is strictly convex and runs clockwise on the screen, as reading order does.

    `corners`: (..., 4, 2). Returns bool (...). A mirrored plate runs the other way, and is False.
    """
    quads = np.asarray(corners, np.float64)
    sides = quads[..., _FOLLOWING, :] - quads
    following = sides[..., _FOLLOWING, :]
    turns = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
    return np.asarray((turns > 0).all(-1), np.bool_)


def side_lengths(corners: npt.ArrayLike) -> tuple[Any, Any]:
    """Width and height of each plate in pixels: the means of its two long and of its two short sides.

    `corners`: (..., 4, 2). Returns two arrays (...), or two numbers for one plate.
    """
    quads = np.asarray(corners, np.float64)
    if quads.ndim == 2:
        # One plate, of which synthesis asks many times a sample: NumPy takes five times as long on so little.
        a, b, c, d = quads.tolist()
        return (math.dist(a, b) + math.dist(c, d)) / 2, (math.dist(b, c) + math.dist(d, a)) / 2
    sides = quads[..., _FOLLOWING, :] - quads
    sides = np.sqrt(sides[..., 0] ** 2 + sides[..., 1] ** 2)
    return (sides[..., 0] + sides[..., 2]) / 2, (sides[..., 1] + sides[..., 3]) / 2


def homography(
    corners: npt.ArrayLike, height: int, width: int, margin: tuple[float, float] = MARGIN
) -> npt.NDArray[np.float64]:
    """The 3×3 matrix that takes a point of the (height, width) crop to the picture's, both continuous.

    The plate fills the crop but for `margin`, in fractions of the plate's own width and height per side. The
    margin follows the plate's perspective: it is what lies around the plate in its own plane.

    Raises ValueError for corners that are not a convex quadrilateral in reading order.
    """
    quad = as_corners(corners)
    # As `is_convex`, in plain numbers: NumPy takes five times as long on so little.
    a, b, c, d = quad.tolist()
    turns = (
        (q[0] - p[0]) * (r[1] - q[1]) - (q[1] - p[1]) * (r[0] - q[0])
        for p, q, r in ((a, b, c), (b, c, d), (c, d, a), (d, a, b))
    )
    if not all(turn > 0 for turn in turns):
        raise ValueError(
            f"corners: expected a convex quadrilateral in reading order (clockwise), got {[a, b, c, d]}"
        )
    inner = _inner(height, width, margin).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(inner, quad), np.float64)


@lru_cache(64)
def _inner(height: int, width: int, margin: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Where a crop of this size has the corners of its plate, (4, 2); it is not to be changed."""
    left, top = (m / (1 + 2 * m) * size for m, size in zip(margin, (width, height), strict=True))
    right, bottom = width - left, height - top
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def offsets(
    corners: npt.ArrayLike, true: npt.ArrayLike, margin: tuple[float, float] = MARGIN
) -> npt.NDArray[np.float32]:
    """How far the corners `true`, (4, 2), lie from where the crop of `corners` has a plate's, (4, 2) too.

    In fractions of the crop's width and height. Raises ValueError as `homography` does.
    """
    inverse = np.linalg.inv(homography(corners, 1, 1, margin))
    places, _ = _transform(np.asarray(inverse, np.float64), as_corners(true))
    return (places - _inner(1, 1, margin)).astype(np.float32)


def moved(corners: npt.ArrayLike, by: npt.ArrayLike, margin: tuple[float, float] = MARGIN) -> Corners:
    """The corners whose `offsets` from `corners` are `by`, (4, 2): float32 (4, 2), in pixels of the picture.

    Raises ValueError as `homography` does.
    """
    points = _inner(1, 1, margin) + np.asarray(by, np.float64)
    return _transform(homography(corners, 1, 1, margin), points)[0].astype(np.float32)


def expand(corners: npt.ArrayLike, margin: tuple[float, float] = MARGIN) -> Corners:
    """The corners of what a crop with this margin shows: float32 (4, 2), in the plate's perspective."""
    matrix = homography(corners, 1, 1, margin)
    return _transform(matrix, np.array([(0, 0), (1, 0), (1, 1), (0, 1)]))[0].astype(np.float32)


def strip(
    corners: npt.ArrayLike, part: tuple[float, float], across: tuple[float, float] = (0.0, 1.0)
) -> Corners:
    """The corners of a part of a plate, or of more than it, float32 (4, 2), in the plate's perspective.

    `part`: where it begins and ends, in fractions of the plate's height; `across`: the same of its width.
    Raises ValueError as `homography` does.
    """
    (top, bottom), (left, right) = part, across
    matrix = homography(corners, 1, 1, (0.0, 0.0))
    outline = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return _transform(matrix, outline)[0].astype(np.float32)


def rectify(
    picture: Picture,
    corners: npt.ArrayLike,
    height: int,
    width: int,
    margin: tuple[float, float] = MARGIN,
) -> Picture:
    """The flat, grey crop of one plate.

    Args:
        picture: uint8 (h, w, 3), RGB, or (h, w), grey.
        corners: (4, 2), in pixels of the picture, reading order. They may lie outside of the picture; what
            is not in the picture repeats its edge.
        height, width: of the crop, in pixels.
        margin: see `homography`.

    Returns: uint8 (height, width), grey. A plate larger than its crop is averaged, not sampled, so that
    thin strokes do not break up.

    Raises ValueError for a picture or corners of another shape, or corners that are not convex.
    """
    _check_picture(picture)
    matrix = homography(corners, height, width, margin)
    plate_width, plate_height = side_lengths(as_corners(corners))
    across = _samples(plate_width * (1 + 2 * margin[0]) / width)
    down = _samples(plate_height * (1 + 2 * margin[1]) / height)

    # Only the part around the plate is made grey: the picture may have a hundred times the pixels.
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    outline, in_front = _transform(matrix, frame)
    x0, y0, x1, y1 = _region(outline if in_front else None, picture.shape[0], picture.shape[1])
    part = picture[y0:y1, x0:x1]
    grey = part if part.ndim == 2 else cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    shrink = min(1.0, _LONGEST_SOURCE / max(grey.shape))
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    scale_x, scale_y = grey.shape[1] / (x1 - x0), grey.shape[0] / (y1 - y0)

    # OpenCV counts from the centres of pixels: half a pixel on the way in, and half on the way out.
    into_crop = np.array([[1 / across, 0, 0.5 / across], [0, 1 / down, 0.5 / down], [0, 0, 1]])
    out_of_picture = np.array(
        [[scale_x, 0, -x0 * scale_x - 0.5], [0, scale_y, -y0 * scale_y - 0.5], [0, 0, 1]]
    )
    fine = cv2.warpPerspective(
        grey,
        out_of_picture @ matrix @ into_crop,
        (width * across, height * down),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if across == down == 1:
        return np.asarray(fine, np.uint8)
    return np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def flat_crop(picture: Picture, corners: npt.ArrayLike) -> Picture:
    """The flat, coloured crop of one plate, to look at: with a margin, and about as large as in the picture.

    `picture`: uint8 (h, w, 3), or (h, w), grey; `corners`: (4, 2), in pixels of it, reading order. Returns
    uint8 (height, width, 3) or (height, width), 120 to 480 pixels wide, its channels in the picture's order.
    What is not in the picture repeats its edge. Raises ValueError for a picture or corners of another shape,
    or corners that are not convex.
    """
    _check_picture(picture)
    width, height = side_lengths(as_corners(corners))
    across = int(np.clip(width, _LEAST_FLAT, _MOST_FLAT))
    down = int(np.clip(round(across * height / max(width, 1.0)), _LEAST_FLAT_HEIGHT, _MOST_FLAT))
    # OpenCV counts from the centres of pixels.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = homography(corners, down, across)
    outline, in_front = _transform(matrix, np.array([(0, 0), (across, 0), (across, down), (0, down)]))
    x0, y0, x1, y1 = _region(outline if in_front else None, picture.shape[0], picture.shape[1])
    # Of the part around the plate alone: OpenCV's warp takes no source of 32767 pixels or more a side.
    shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpPerspective(
        picture[y0:y1, x0:x1],
        np.linalg.inv(half) @ shift @ matrix @ half,
        (across, down),
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)


def _check_picture(picture: Picture) -> None:
    shaped = picture.ndim > 1 and picture.shape[2:] in ((), (3,))
    if not shaped or picture.dtype != np.uint8 or not picture.size:
        raise ValueError(f"picture: expected uint8 (h, w, 3) or (h, w), got {picture.dtype} {picture.shape}")


def _samples(minified: float) -> int:
    return _within(math.ceil(minified - 0.25), 1, _MOST_SAMPLES)


def _transform(
    matrix: npt.NDArray[np.float64], points: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.float64], bool]:
    """The points (n, 2) through the matrix, and whether all of them stay in front of the horizon."""
    homogeneous = np.ones((3, len(points)))
    homogeneous[:2] = points.T
    x, y, w = matrix @ homogeneous
    in_front = bool(w.min() > 1e-6)
    if not in_front:
        w = np.where(np.abs(w) > 1e-6, w, 1e-6)
    places = np.empty((len(points), 2))
    np.divide(x, w, places[:, 0])
    np.divide(y, w, places[:, 1])
    return places, in_front


def _region(outline: npt.NDArray[np.float64] | None, height: int, width: int) -> tuple[int, int, int, int]:
    """The part of the picture that a warp reads, as x0, y0, x1, y1: never empty; all without outline."""
    if outline is None:
        return 0, 0, width, height
    # Two pixels around, for the interpolation.
    (left, top), (right, bottom) = outline.min(0).tolist(), outline.max(0).tolist()
    x0, y0 = _within(math.floor(left) - 2, 0, width - 1), _within(math.floor(top) - 2, 0, height - 1)
    x1, y1 = _within(math.ceil(right) + 2, x0 + 1, width), _within(math.ceil(bottom) + 2, y0 + 1, height)
    return x0, y0, x1, y1


def _within(number: int, least: int, most: int) -> int:
    return min(max(number, least), most)
