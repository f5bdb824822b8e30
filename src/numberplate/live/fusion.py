"""Crops of one plate, laid over each other: the mean has less noise than any of them.

The detector's corners tremble, so the crops are aligned first, by the enhanced correlation coefficient
(Evangelidis and Psarakis 2008), to one of them and then to their own mean. Which one matters where all are
bad, so that several are tried.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.plates.rectify import Picture

_STARTS = 3
"""Crops that the others are aligned to, the first ones."""

_ROUNDS = 2
_SMOOTH = 9
"""Side in pixels of the Gaussian through which the correlation sees them: odd."""

_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 25, 1e-3)

_FIT = 8
"""Power of a crop's correlation with the mean that it counts as: one that is aligned badly blurs the mean
more than it takes from its noise."""

_SHARPEN = (1.0, 2.0)
"""Each mean has so much of its detail added, in a version each: what blurred the crops blurs the mean."""

Floats = npt.NDArray[np.float32]


def fuse(crops: Sequence[Picture]) -> npt.NDArray[np.uint8]:
    """Means of aligned crops: uint8 (n, height, width), two for each crop that the others were aligned to.

    `crops`: uint8 (height, width), grey, all of one size, the first to begin with; fewer than two give none.
    """
    given = [crop.astype(np.float32) for crop in crops]
    means: list[npt.NDArray[np.uint8]] = []
    for start in given[: _STARTS if len(given) > 1 else 0]:
        mean = start
        for _ in range(_ROUNDS):
            mean = _aligned_mean(given, mean)
        detail = mean - cv2.GaussianBlur(mean, (0, 0), 2)
        means += [np.clip(m, 0, 255).round().astype(np.uint8) for m in (mean + s * detail for s in _SHARPEN)]
    return np.stack(means) if means else np.zeros((0, *crops[0].shape) if len(crops) else (0, 0, 0), np.uint8)


def _aligned_mean(crops: Sequence[Floats], target: Floats) -> Floats:
    """The mean of the crops, each moved onto the target; those that fit it better count more."""
    height, width = target.shape
    total, weights = np.zeros_like(target), 0.0
    everywhere = np.full((height, width), 255, np.uint8)
    for crop in crops:
        start = np.eye(2, 3, dtype=np.float32)
        try:
            fit, move = cv2.findTransformECC(
                target, crop, start, cv2.MOTION_AFFINE, _CRITERIA, everywhere, _SMOOTH
            )
        except cv2.error:  # it does not converge: the crop shows something else
            continue
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(crop, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        weight = max(0.0, fit) ** _FIT
        total += weight * moved
        weights += weight
    return np.asarray(total / weights if weights else target, np.float32)
