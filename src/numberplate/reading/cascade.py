"""The cascade: detect the plates, rectify each, recognize its text."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from numberplate.plates.rectify import (
    LOWER,
    TWO_LINES_ASPECT,
    UPPER,
    Corners,
    Picture,
    is_convex,
    moved,
    rectify,
    side_lengths,
    strip,
)
from numberplate.plates.regions import Regions
from numberplate.reading.detector import LONGEST_SIDE, THRESHOLD, Detections, Detector
from numberplate.reading.picture import MIN_SIDE
from numberplate.reading.plate import Plate
from numberplate.reading.recognizer import Reading, Recognizer
from numberplate.reading.suppression import without_parts

_OFF = 0.02
"""A crop is cut again where a corner is further off than this, in fractions of its width or height."""

_CERTAIN = 0.9
"""A plate that is read as one line with this confidence is not looked at as one of two."""


@dataclass(frozen=True)
class Search:
    """All that was looked at in one picture.

    `detections`: of the detector; `corners`: theirs, float32 (n, 4, 2), as the recognizer mended them;
    `crops`: what was read of each, uint8 (height, width), grey, two lines side by side; `readings`: what each
    says; `plates`: those that are left in the end, best first.
    """

    detections: Detections
    corners: npt.NDArray[np.float32]
    crops: tuple[npt.NDArray[np.uint8], ...]
    readings: tuple[Reading, ...]
    plates: tuple[Plate, ...]


class Cascade:
    """Detector and recognizer, one after the other; see both for the arguments."""

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        threshold: float = THRESHOLD,
        longest_side: int = LONGEST_SIDE,
        regions: Regions | None = None,
    ):
        self.detector = Detector(weights, threads, threshold, longest_side)
        self.recognizer = Recognizer(weights, threads, regions)

    def with_regions(self, regions: Regions) -> "Cascade":
        """One that expects plates of other regions, with the same networks."""
        other = copy.copy(self)
        other.recognizer = self.recognizer.with_regions(regions)
        return other

    @property
    def smallest(self) -> tuple[int, int]:
        """Width and height of the smallest picture that can be read, in pixels."""
        return MIN_SIDE, MIN_SIDE

    def read(self, picture: Picture, candidates: int = 5) -> list[Plate]:
        """The plates of a picture, uint8 (height, width, 3), RGB, best first.

        A detection with no text of a plate's length is none, nor is a part of a plate that is read surer.
        """
        return list(self.search(picture, candidates).plates)

    def search(self, picture: Picture, candidates: int = 5) -> Search:
        """The same, with all that led to it."""
        found = self.detector.search(picture)
        corners, crops, logits = self._look(picture, found.corners)
        read = [
            self._in_lines(picture, quad, crop, whole, candidates)
            for quad, crop, whole in zip(
                corners, crops, self.recognizer.decode(logits, candidates), strict=True
            )
        ]
        readings = tuple(reading for reading, _ in read)
        plates = [
            Plate(
                reading.text,
                reading.confidence,
                float(presence),
                quad,
                reading.characters,
                reading.candidates,
                reading.regions,
            )
            for quad, presence, reading in zip(corners, found.scores, readings, strict=True)
            if reading.text
        ]
        if plates:
            surest = np.array([p.confidence for p in plates])
            plates = [plates[i] for i in without_parts(np.stack([p.corners for p in plates]), surest)]
        return Search(found, corners, tuple(crop for _, crop in read), readings, tuple(plates))

    def _look(
        self, picture: Picture, corners: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """The corners (n, 4, 2) as the recognizer mends them, the crops that were read, and their logits.

        A crop that was much off is cut and looked at again (Björklund et al. 2019: a second look at what was
        first cut out imprecisely).
        """
        crops = self._cut(picture, corners)
        logits, offsets = self.recognizer.look(crops)
        if offsets is None:
            return corners, crops, logits
        corners = _mended(corners, offsets)
        off = np.abs(offsets).max((1, 2)) > _OFF
        if off.any():
            crops[off] = self._cut(picture, corners[off])
            logits[off], still = self.recognizer.look(crops[off])
            if still is not None:
                corners[off] = _mended(corners[off], still)
        return corners, crops, logits

    def _cut(self, picture: Picture, corners: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        card = self.recognizer.card
        crops = np.zeros((len(corners), card.height, card.width), np.uint8)
        for crop, quad in zip(crops, corners, strict=True):
            crop[:] = rectify(picture, quad, card.height, card.width)
        return crops

    def _in_lines(
        self,
        picture: Picture,
        corners: Corners,
        crop: npt.NDArray[np.uint8],
        whole: Reading,
        candidates: int,
    ) -> tuple[Reading, npt.NDArray[np.uint8]]:
        """A plate's `whole` reading and crop, or those of its halves as two lines, if they are surer."""
        width, height = side_lengths(corners)
        card = self.recognizer.card
        certain = whole.text and whole.confidence >= _CERTAIN
        if card.head != "ctc" or width >= TWO_LINES_ASPECT * height or certain:
            return whole, crop
        halves = [rectify(picture, strip(corners, part), card.height, card.width) for part in (UPPER, LOWER)]
        both = self.recognizer.read_lines(np.stack(halves), candidates)
        if both.text and (not whole.text or both.confidence > whole.confidence):
            return both, np.hstack(halves)
        return whole, crop


def _mended(corners: npt.NDArray[np.float32], offsets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Corners (n, 4, 2) moved by `offsets`, where that leaves a plate."""
    quads = np.array([moved(quad, by) for quad, by in zip(corners, offsets, strict=True)], np.float32)
    quads = quads.reshape(-1, 4, 2)
    return np.where(is_convex(quads)[:, None, None], quads, corners)
