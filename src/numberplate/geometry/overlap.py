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


_TINY = float(np.finfo(np.float64).tiny)
"""What is divided by at least."""

_COMPARED_AT_ONCE = 64
"""Detections of which each is compared with each at once."""

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the picture; x and y are the top left corner."""


def boxes(corners: Floats) -> npt.NDArray[np.float64]:
    """The upright boxes around corners (..., 4, 2), as float64 (..., 4): x0, y0, x1, y1."""
    # Of four alone, without a loop over each.
    a, b, c, d = (corners[..., i, :] for i in range(4))
    least, most = (
        np.minimum(np.minimum(a, b), np.minimum(c, d)),
        np.maximum(np.maximum(a, b), np.maximum(c, d)),
    )
    return np.concatenate([least, most], -1).astype(np.float64)


def overlaps(
    box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The overlap of one box (4,) with others (n, 4): over the union, and over the smaller one, each (n,).

    Of many boxes, (..., 4), each with its own others, as NumPy broadcasts them.
    """
    shared, area, areas = _shared(box, others)
    return shared / np.maximum(area + areas - shared, _TINY), shared / np.maximum(
        np.minimum(area, areas), _TINY
    )


def over_union(box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The first of the two `overlaps`."""
    shared, area, areas = _shared(box, others)
    return np.asarray(shared / np.maximum(area + areas - shared, _TINY))


def _shared(
    box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], ...]:
    """The areas that boxes have in common, and their own: of `box` and of `others`."""
    sides = np.minimum(box[..., 2:], others[..., 2:]) - np.maximum(box[..., :2], others[..., :2])
    np.maximum(sides, 0, out=sides)
    own, their = box[..., 2:] - box[..., :2], others[..., 2:] - others[..., :2]
    return sides[..., 0] * sides[..., 1], own[..., 0] * own[..., 1], their[..., 0] * their[..., 1]


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
        if len(scores) <= _COMPARED_AT_ONCE and not _overlap(corners, iou):
            break
    return corners, scores


def _overlap(corners: Floats, iou: float) -> bool:
    """Whether any two of these, (n, 4, 2), overlap by more than `iou`."""
    framed = boxes(corners)
    shared = over_union(framed[:, None], framed) > iou
    np.fill_diagonal(shared, False)
    return bool(shared.any())


def _fuse_once(corners: Floats, scores: Floats, iou: float) -> tuple[Floats, Floats]:
    order = np.argsort(-scores, kind="stable")
    corners, scores = corners[order], scores[order]
    framed = boxes(corners)
    left = np.arange(len(scores))
    middles, kept = [], []
    while len(left):
        i = int(left[0])
        near = over_union(framed[i], framed[left]) > iou
        near[0] = True
        group = left[near]
        left = left[~near]
        middles.append(_median(corners[group[scores[group] >= _COUNTED * scores[i]]]))
        kept.append(i)
    fused = np.asarray(middles, np.float32).reshape(-1, 4, 2)
    # Of detections that disagree on which way is up, the median is no plate.
    return np.where(is_convex(fused)[:, None, None], fused, corners[kept]), scores[kept]


def _median(corners: Floats) -> Floats:
    """The median of each coordinate of corners (n, 4, 2), n > 0: (4, 2). NumPy's takes ten times as long."""
    ordered = np.sort(corners, 0)
    upper = len(corners) // 2
    if len(corners) % 2:
        return np.asarray(ordered[upper])
    return np.asarray((ordered[upper - 1] + ordered[upper]) / np.float32(2))


def without_parts(corners: Floats, scores: Floats, contained: float = CONTAINED) -> list[int]:
    """The indices of the detections that are no part of another, best first.

    Of two that have more than `contained` of the smaller one's box in common, the more confident one stays.
    But one less than half as large as another that is hardly less confident (by less than HARDLY) is a part
    of that plate, such as the name of a state, and goes.
    """
    if len(corners) == 1:
        return [0]
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
