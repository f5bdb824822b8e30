"""Of many detections of one plate, one.

Overlap is measured on the upright boxes around the corners.
"""

import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Floats, is_convex

IOU = 0.4
"""Detections whose boxes overlap more are of one plate; tilted neighbours' boxes overlap somewhat."""

CONTAINED = 0.6
"""A reading that lies inside a more confident one by more than this share is a part of it, or the reverse."""

HARDLY = 0.1
"""How much less confident a plate's reading may be than that of a part of it."""

_COUNTED = 0.6
"""Detections of one plate count for its corners from this share of the best one's probability on."""


Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the picture; x and y are the top left corner."""


def boxes(corners: Floats) -> npt.NDArray[np.float64]:
    """The upright boxes around corners (n, 4, 2), as float64 (n, 4): x0, y0, x1, y1."""
    return np.concatenate([corners.min(-2), corners.max(-2)], -1).astype(np.float64)


def overlaps(
    box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The overlap of one box (4,) with others (n, 4): over the union, and over the smaller one, each (n,)."""
    sides = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None)
    shared = sides.prod(-1)
    area, areas = (box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(-1)
    tiny = np.finfo(np.float64).tiny
    return shared / np.maximum(area + areas - shared, tiny), shared / np.maximum(
        np.minimum(area, areas), tiny
    )


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height), in 0..1.

    Boxes that only touch, or that have no area, have 0.

    >>> iou((0, 0, 10, 10), (5, 0, 10, 10))  # 50 shared of 150
    0.3333333333333333
    """
    edges = np.array([(x, y, x + width, y + height) for x, y, width, height in (a, b)], np.float64)
    # The sides are rounded when added to the corner, so that equal boxes may otherwise come out just above 1.
    return float(min(1.0, overlaps(edges[0], edges[1:])[0][0]))


def fuse(corners: Floats, scores: Floats, iou: float = IOU) -> tuple[Floats, Floats]:
    """Non-maximum suppression that fuses (after Solovyev et al. 2019, arXiv 1910.13302).

    The best detection and all that overlap it by more than `iou` become one. Its corners are the medians of
    those hardly less confident, its score is the best one's. Then comes the best of the rest, and so on,
    until no two overlap by more. What many cells agree on is nearer to the plate than the best cell's
    corners; unlike a mean, the median is not drawn aside by cells that saw only a part of the plate.

    Args:
        corners: (n, 4, 2), convex, in reading order.
        scores: (n,), above 0.

    Returns: corners and scores of what remains, best first.
    """
    count = -1
    # What is fused may overlap where the originals did not; each round leaves fewer, or is the last.
    while count != len(scores):
        count = len(scores)
        corners, scores = _fuse_once(corners, scores, iou)
    return corners, scores


def _fuse_once(corners: Floats, scores: Floats, iou: float) -> tuple[Floats, Floats]:
    order = np.argsort(-scores, kind="stable")
    corners, scores = corners[order], scores[order]
    framed = boxes(corners)
    left = np.ones(len(scores), bool)
    fused, kept = [], []
    for i in range(len(scores)):
        if not left[i]:
            continue
        group = left & (overlaps(framed[i], framed)[0] > iou)
        group[i] = True
        left &= ~group
        counted = group & (scores >= _COUNTED * scores[i])
        middle = np.median(corners[counted], 0).astype(np.float32)
        # Of detections that disagree on which way is up, the median is no plate.
        fused.append(middle if is_convex(middle) else corners[i])
        kept.append(i)
    return np.asarray(fused, np.float32).reshape(-1, 4, 2), scores[kept]


def without_parts(corners: Floats, scores: Floats, contained: float = CONTAINED) -> list[int]:
    """The indices of the detections that are no part of another, best first.

    Of two that have more than `contained` of the smaller one's box in common, the more confident one stays.
    But one less than half as large as another that is hardly less confident (by less than HARDLY) is a part
    of that plate, such as the name of a state, and goes.
    """
    framed = boxes(corners)
    areas = (framed[:, 2:] - framed[:, :2]).prod(-1)
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable").tolist():
        shared = overlaps(framed[i], framed)[1] > contained
        if (
            not shared[kept].any()
            and not (shared & (areas > 2 * areas[i]) & (scores > scores[i] - HARDLY)).any()
        ):
            kept.append(i)
    return kept
