"""The detector: a picture in, the corners of its plates out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import IOU, boxes, fuse, over_union
from numberplate.geometry.quads import Floats, Picture, is_convex, side_lengths
from numberplate.models.bundle import load_detector
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.codec.detector import decode_cells, in_blocks
from numberplate.models.device import CPU
from numberplate.models.probability import logit, sigmoid
from numberplate.models.spec import MULTIPLE

LONGEST_SIDE = 1280
"""Longest side of the largest picture that the network sees, in pixels."""

_SHRINK = 2.0
"""From one level to the next, so that each plate is near the middle of the range of widths at one of them."""

_PADDING = 128
"""Grey, which is nothing to the network, as what its own convolutions pad with."""

_MOST_CELLS = 400
"""Cells of one level that are looked at, the most probable ones: bounds the work on a picture of grilles."""

_MOST_PARTS = 32
"""Parts in one run: beyond it a batch takes memory and saves no time."""

_TILE, _MARGIN = 160, 48
"""Pixels of the largest level that a tile is wide and high, and that are seen around it besides: wider plates
than fit are found on the next level.
"""

_NEARLY_ALL = 0.7
"""Share of the largest level from which on it is seen whole: tiles see their margins twice."""

_NOTHING = -100.0
"""The logit of presence where nobody looked."""


@dataclass(frozen=True)
class Level:
    """One size at which the network sees the picture: `width`, `height` in pixels, before padding."""

    width: int
    height: int


@dataclass(frozen=True)
class Detections:
    """The plates found in one picture, and all that led to them.

    `corners`, float32 (n, 4, 2), in pixels of the picture, reading order, and `scores`, float32 (n,), the
    probabilities of presence by both looks, best first; `looks`, float64 (n, 2): the logits of it by the
    first and by the second look. `all_corners` and `all_scores`: the plates before suppression and by the
    first look alone, in the order of the levels, those of at least `least`. `levels`: the sizes, largest
    first, at which the network saw the picture; `grids`: what it gave at each, float32 (rows, columns, 9),
    the logit of presence and the corners of each cell.
    """

    corners: Floats
    scores: Floats
    all_corners: Floats
    all_scores: Floats
    least: float
    looks: npt.NDArray[np.float64]
    levels: tuple[Level, ...]
    grids: tuple[Floats, ...]

    @classmethod
    def none(cls) -> "Detections":
        """Those of a picture in which nothing was looked for."""
        corners, scores = np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
        return cls(corners, scores, corners, scores, 1.0, np.zeros((0, 2)), (), ())


def levels(width: int, height: int, card: DetectorCard, longest_side: int = LONGEST_SIDE) -> list[Level]:
    """The sizes at which the network sees a picture of (width, height), largest first.

    The first is the picture's own, or that with `longest_side`, if that is smaller; each further one is
    half of the one before, until a plate as wide as the picture is no wider than the card's max_width. A
    plate from min_width (in pixels of the first level) to the whole width is in the card's range at one of
    them.
    """
    longest = max(width, height)
    scale = min(1.0, longest_side / longest)
    found = [_level(width, height, scale)]
    while longest * scale > card.max_width:
        scale /= _SHRINK
        found.append(_level(width, height, scale))
    return found


def _level(width: int, height: int, scale: float) -> Level:
    return Level(max(1, round(width * scale)), max(1, round(height * scale)))


class Detector:
    """Finds plates.

    Args:
        weights: folder of a bundle with a detector; None for the package's own.
        threads: to run on.
        longest_side: of the largest picture that the network sees, in pixels; larger finds smaller plates in
            large pictures, and takes longer.
        device: that the network runs on; see `numberplate.models.device`.

    Raises WeightsError when the weights cannot be used.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        longest_side: int = LONGEST_SIDE,
        device: str = CPU,
    ):
        if longest_side < MULTIPLE:
            raise ValueError(f"longest_side: expected at least {MULTIPLE} pixels, got {longest_side}")
        self._network, self.card = load_detector(weights, threads, device)
        self.longest_side = longest_side

    def detect(self, picture: Picture, threshold: float | None = None) -> tuple[Floats, Floats]:
        """The plates of a picture, uint8 (height, width, 3), RGB, or (height, width), grey.

        `threshold`: least probability of presence that counts as a detection, above 0 and up to 1; None for
        the bundle's own.

        Returns: corners, float32 (n, 4, 2), in pixels of the picture, reading order; and confidences, float32
        (n,), the probabilities of presence, best first. Raises ValueError for a threshold out of range.
        """
        found = self.search(picture, threshold)
        return found.corners, found.scores

    def search(self, picture: Picture, threshold: float | None = None) -> Detections:
        """The same, with all that led to it."""
        if threshold is None:
            threshold = self.card.threshold
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold: expected a probability above 0, got {threshold}")
        height, width = picture.shape[:2]
        sizes = levels(width, height, self.card, self.longest_side)
        # What is fainter than this at first is not made plain by a second look.
        least = min(threshold, self.card.second_look.faint)
        # Neither paper nor ink has one colour everywhere, and a third of the numbers take less time.
        smaller = (
            picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        )
        pictures: list[Picture] = []
        for level in sizes:
            # From the level before, which is a quarter of the pixels to average.
            smaller = _resize(smaller, level)
            pictures.append(smaller)
        grids = [self._grid(smaller) for smaller in pictures[1:]]
        hinted = grids and self.card.hint > 0
        grids.insert(0, self._finest_grid(pictures[0], grids[0]) if hinted else self._grid(pictures[0]))
        all_corners, all_scores = self._decode(
            grids, [(width / level.width, height / level.height) for level in sizes], least
        )
        corners, sure = fuse(all_corners, all_scores)
        looks = self._look_again(pictures, corners * np.float32(sizes[0].width / width), sure)
        again = self.card.second_look
        sure = sigmoid(looks @ (again.first, again.again) + again.bias).astype(np.float32)
        kept = np.argsort(-sure, kind="stable")
        kept = kept[sure[kept] >= threshold]
        return Detections(
            corners[kept],
            sure[kept],
            all_corners,
            all_scores,
            least,
            looks[kept],
            tuple(sizes),
            tuple(grids),
        )

    def finest(self, picture: Picture) -> Picture:
        """A grey picture, (height, width), as the largest level has it."""
        height, width = picture.shape
        return _resize(picture, levels(width, height, self.card, self.longest_side)[0])

    def _look_again(
        self, pictures: list[Picture], corners: Floats, scores: Floats
    ) -> npt.NDArray[np.float64]:
        """The logits of presence, (n, 2), by the first look, whose `scores` are given, and by a second one.

        Each plate, its corners (n, 4, 2) in pixels of the first of `pictures`, is seen in the middle of a
        part of one of them, at the width at which plates are detected best, whatever it was at first.
        """
        if not len(corners):
            return np.zeros((0, 2))
        again_at = self.card.second_look
        height, width = again_at.height, again_at.width
        wanted = again_at.plate_width * self.card.max_width
        parts: npt.NDArray[np.uint8] = np.empty((len(corners), height, width), np.uint8)
        again = np.empty_like(corners)
        broad = side_lengths(corners)[0]
        zooms = wanted / broad
        middles = corners.mean(1)
        again[:] = (corners - middles[:, None]) * zooms[:, None, None] + (width / 2, height / 2)
        shifts = again.mean(1) - zooms[:, None] * middles
        first_height, first_width = pictures[0].shape
        for part, wide, zoom, (right, down) in zip(
            parts, broad.tolist(), zooms.tolist(), shifts.tolist(), strict=True
        ):
            halvings = math.floor(math.log(max(1.0, wide / wanted), _SHRINK))
            source = pictures[min(halvings, len(pictures) - 1)]
            across, along = zoom * first_width / source.shape[1], zoom * first_height / source.shape[0]
            # OpenCV counts from the centres of pixels, and corners from their edges.
            matrix = np.array([[across, 0, right + (across - 1) / 2], [0, along, down + (along - 1) / 2]])
            cv2.warpAffine(source, matrix, (width, height), part, borderValue=_PADDING)
        runs = range(0, len(parts), _MOST_PARTS)
        grids = np.concatenate([self._grids(parts[start : start + _MOST_PARTS]) for start in runs])
        logits = self._logits_of(grids, boxes(again))
        first = np.clip(scores.astype(np.float64), 1e-9, 1 - 1e-9)
        most = again_at.most_logit
        return np.clip(np.stack([logit(first), logits], 1), -most, most)

    def _logits_of(self, grids: Floats, wanted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Of each grid, (rows, columns, 9), the greatest logit of cells whose plate overlaps a box, (n, 4).

        -inf where there is none.
        """
        columns = grids.shape[2]
        cells = grids.reshape(len(grids), -1, 9)
        # In most cases it is the greatest of all.
        best = cells[..., 0].argmax(1)
        likeliest = cells[np.arange(len(cells)), best]
        logits = (likeliest[:, 0] / self.card.temperature).astype(np.float64)
        stated = boxes(decode_cells(likeliest, best // columns, best % columns, self.card))
        others = np.flatnonzero(over_union(wanted, stated) <= IOU)
        if len(others):
            count = cells.shape[1]
            every = np.tile(np.arange(count), len(others))
            stated = boxes(
                decode_cells(cells[others].reshape(-1, 9), every // columns, every % columns, self.card)
            )
            same = over_union(wanted[others, None], stated.reshape(len(others), count, 4)) > IOU
            found = np.where(same, cells[others, :, 0], -np.inf).max(1)
            logits[others] = found / self.card.temperature
        return np.asarray(logits)

    def _grid(self, picture: Picture) -> Floats:
        """What the network gives for the grey picture of a level."""
        height, width = picture.shape[:2]
        padded_height, padded_width = (math.ceil(n / MULTIPLE) * MULTIPLE for n in (height, width))
        if (height, width) == (padded_height, padded_width):
            return np.asarray(self._grids(picture[None])[0])
        padded = cv2.copyMakeBorder(
            picture, 0, padded_height - height, 0, padded_width - width, cv2.BORDER_CONSTANT, value=_PADDING
        )
        return np.asarray(self._grids(np.asarray(padded, np.uint8)[None])[0])

    def _grids(self, pictures: npt.NDArray[np.uint8]) -> Floats:
        """What the network gives for grey pictures, (n, height, width)."""
        if self._network.takes_bytes:
            return self._network(in_blocks(pictures))
        return self._network(pictures[..., None].astype(np.float32) - np.float32(self.card.mean))

    def _finest_grid(self, picture: Picture, coarser: Floats) -> Floats:
        """What the network gives for the grey picture of the largest level, where the next one has hints.

        `coarser`: the grid of that level, of half the size.
        """
        height, width = picture.shape
        cells, around = _TILE // self.card.stride, _MARGIN // self.card.stride
        rows, columns = (math.ceil(n / _TILE) for n in (height, width))
        hinted = np.zeros((rows, columns), bool)
        at = np.nonzero(coarser[..., 0] / self.card.temperature >= logit(self.card.hint))
        # The coarser grid is padded, and reaches beyond the picture.
        row, column = (
            np.minimum(2 * n // cells, last - 1) for n, last in zip(at, (rows, columns), strict=True)
        )
        hinted[row, column] = True
        seen = _TILE + 2 * _MARGIN
        if hinted.sum() * seen**2 > _NEARLY_ALL * height * width:
            return self._grid(picture)
        shape = (rows * _TILE + 2 * _MARGIN, columns * _TILE + 2 * _MARGIN)
        padded = np.full(shape, _PADDING, np.uint8)
        padded[_MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width] = picture
        grid = np.zeros((rows * cells, columns * cells, 9), np.float32)
        grid[..., 0] = _NOTHING
        places = np.argwhere(hinted)
        for start in range(0, len(places), _MOST_PARTS):
            some = places[start : start + _MOST_PARTS]
            tiles = np.stack(
                [padded[row : row + seen, column : column + seen] for row, column in some * _TILE]
            )
            inner = self._grids(tiles)[:, around : around + cells, around : around + cells]
            for part, (row, column) in zip(inner, some * cells, strict=True):
                grid[row : row + cells, column : column + cells] = part
        return grid[: math.ceil(height / self.card.stride), : math.ceil(width / self.card.stride)]

    def _decode(
        self, grids: Sequence[Floats], scales: Sequence[tuple[float, float]], threshold: float
    ) -> tuple[Floats, Floats]:
        """The detections of all levels, in their order, before suppression: corners and scores.

        `scales`: of each level, what its corners are multiplied by, across and down.
        """
        card = self.card
        # The threshold as a logit; 1 has none, and nothing is that sure.
        least = logit(threshold)
        cells, rows, columns, logits, zooms = [], [], [], [], []
        for grid, scale in zip(grids, scales, strict=True):
            said = grid[..., 0].ravel() / card.temperature
            places = np.flatnonzero(said >= least)
            if len(places) > _MOST_CELLS:
                places = places[np.argsort(-said[places], kind="stable")[:_MOST_CELLS]]
            row, column = places // grid.shape[1], places % grid.shape[1]
            cells.append(grid[row, column])
            rows.append(row)
            columns.append(column)
            logits.append(said[places])
            zooms.append(np.full((len(places), 1, 2), scale, np.float32))
        corners = decode_cells(np.concatenate(cells), np.concatenate(rows), np.concatenate(columns), card)
        widths, heights = side_lengths(corners)
        sound = (
            is_convex(corners)
            & (widths >= card.min_width / card.tolerance)
            & (widths <= card.max_width * card.tolerance)
            & (heights >= card.least_height)
        )
        scores = sigmoid(np.concatenate(logits)[sound])
        return corners[sound] * np.concatenate(zooms)[sound], scores.astype(np.float32)


def _resize(picture: Picture, level: Level) -> Picture:
    if picture.shape[:2] == (level.height, level.width):
        return picture
    size = (level.width, level.height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
