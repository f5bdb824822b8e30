"""Crops of one plate, laid over each other: the mean has less noise than any of them.

The detector's corners tremble, so the crops are aligned first, by the enhanced correlation coefficient
(Evangelidis and Psarakis 2008), to something and then to their own mean. What they are aligned to matters
where all are bad, so that there are several: the crop with the most confident reading; the mean of crops
cut along a smooth path; and the same again, once the recognizer has said by how much that path was off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numpy.polynomial import polynomial

from numberplate.geometry.quads import Corners, Floats, Picture, homography, is_convex, moved, side_lengths

_ROUNDS = 2
_SMOOTH = 9
"""Side in pixels of the Gaussian through which the correlation sees them: odd."""

_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 25, 1e-3)

_FIT = 8
"""Power of a crop's correlation with the mean that it counts as: one that is aligned badly blurs the mean
more than it takes from its noise."""

_SHARPEN = (1.0, 2.0)
"""Each mean has so much of its detail added, in a version each: what blurred the crops blurs the mean."""

_DEGREE = 2
"""Of the polynomials in time that a plate's corners move along."""

_FEWEST = 5
"""Views from which a path is drawn at least."""

_REWEIGHINGS = 8
_OUTLYING = 1.5
"""A view counts less for a path from so many median distances on."""

_ASTRAY = 0.3
"""Heights of the plate: of views that are further from their path in the median, the path is none."""


@dataclass(frozen=True)
class View:
    """What one frame shows of a plate.

    `crop`: uint8 (height, width), grey; `corners`: what it was cut along, float32 (4, 2), in pixels of the
    frame; `seconds`: when.
    """

    crop: Picture
    corners: Corners
    seconds: float


Offsets = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32] | None]
"""Of crops (n, height, width), how far their plates' corners are off, (n, 4, 2): see `Recognizer.look`."""


def fuse(views: Sequence[View], offsets: Offsets) -> npt.NDArray[np.uint8]:
    """Means of aligned crops: uint8 (n, height, width), each sharpened in two versions.

    `views`: with crops of one size, the most confident one first; fewer than two give none.
    """
    if len(views) < 2:
        return np.zeros((0, *views[0].crop.shape) if views else (0, 0, 0), np.uint8)
    crops = [view.crop.astype(np.float32) for view in views]
    means = [_aligned_mean(crops, crops[0])]
    path = _path(np.stack([view.corners for view in views]), np.array([view.seconds for view in views]))
    if path is not None:
        recut = _recut(views, path)
        means.append(_aligned_mean(recut, np.mean(recut, 0, dtype=np.float32)))
        off = offsets(_as_picture(means[-1])[None])
        if off is not None:
            recut = _recut(views, np.stack([moved(quad, off[0]) for quad in path]))
            means.append(_aligned_mean(recut, np.mean(recut, 0, dtype=np.float32)))
    details = [mean - cv2.GaussianBlur(mean, (0, 0), 2) for mean in means]
    return np.stack(
        [_as_picture(mean + s * d) for mean, d in zip(means, details, strict=True) for s in _SHARPEN]
    )


def _as_picture(values: Floats) -> Picture:
    return np.clip(values, 0, 255).round().astype(np.uint8)


def _aligned_mean(crops: Sequence[Floats], target: Floats) -> Floats:
    """The mean of the crops, each moved onto the target and then onto the mean so far.

    Those that fit it better count more.
    """
    height, width = target.shape
    everywhere = np.full((height, width), 255, np.uint8)
    for _ in range(_ROUNDS):
        total, weights = np.zeros_like(target), 0.0
        for crop in crops:
            start = np.eye(2, 3, dtype=np.float32)
            try:
                fit, move = cv2.findTransformECC(
                    target, crop, start, cv2.MOTION_AFFINE, _CRITERIA, everywhere, _SMOOTH
                )
            except cv2.error:  # it does not converge: the crop shows something else
                continue
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            laid = cv2.warpAffine(crop, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            weight = max(0.0, fit) ** _FIT
            total += weight * laid
            weights += weight
        target = np.asarray(total / weights if weights else target, np.float32)
    return target


def _path(corners: Floats, seconds: npt.NDArray[np.float64]) -> Floats | None:
    """Where a plate that moves smoothly has its corners (n, 4, 2) at these times, (n,); None if it does not.

    Polynomials by least squares, in which outlying views count less (Huber 1964).
    """
    count = len(corners)
    if count < _FEWEST:
        return None
    times, flat = seconds - seconds.mean(), corners.reshape(count, 8).astype(np.float64)
    times = times / max(float(np.abs(times).max()), 1e-6)
    weights = np.ones(count)
    for _ in range(_REWEIGHINGS):
        # NumPy weighs the distances, not their squares.
        curves = polynomial.polyfit(times, flat, _DEGREE, w=np.sqrt(weights))
        path = polynomial.polyval(times, curves).T
        far = np.abs(path - flat).max(-1)
        weights = 1 / np.maximum(1.0, far / (_OUTLYING * np.median(far) + 1e-9))
    heights = side_lengths(corners)[1]
    quads = np.asarray(path.reshape(count, 4, 2), np.float32)
    if np.median(far / heights) > _ASTRAY or not is_convex(quads).all():
        return None
    return quads


def _recut(views: Sequence[View], corners: Floats) -> list[Floats]:
    """The crops as if cut along these corners, (n, 4, 2), where those are a plate's."""
    # OpenCV counts from the centres of pixels, and the homography from their edges.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    crops = []
    for view, quad in zip(views, corners, strict=True):
        crop = view.crop.astype(np.float32)
        if is_convex(quad):
            height, width = crop.shape
            back = np.linalg.inv(homography(view.corners, height, width) @ half)
            matrix = back @ homography(quad, height, width) @ half
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            crop = np.asarray(
                cv2.warpPerspective(
                    crop, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
                ),
                np.float32,
            )
        crops.append(crop)
    return crops
