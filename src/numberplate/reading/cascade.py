"""The cascade: detect the plates, rectify each, recognize its text."""

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

_CERTAIN = 0.9
"""A plate that is read as one line with this confidence is not looked at as one of two."""


@dataclass(frozen=True)
class Search:
    """All that was looked at in one picture.

    `detections`: of the detector; `crops`: what was read of each, uint8 (height, width), grey, two lines
    side by side; `readings`: what each says; `plates`: those that are left in the end, best first.
    """

    detections: Detections
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
        read = self.recognize(picture, found.corners, candidates)
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
            for quad, presence, reading in zip(found.corners, found.scores, readings, strict=True)
            if reading.text
        ]
        if plates:
            surest = np.array([p.confidence for p in plates])
            plates = [plates[i] for i in without_parts(np.stack([p.corners for p in plates]), surest)]
        return Search(found, tuple(crop for _, crop in read), readings, tuple(plates))

    def recognize(
        self, picture: Picture, corners: Corners, candidates: int = 5
    ) -> list[tuple[Reading, npt.NDArray[np.uint8]]]:
        """What the plates at `corners`, float32 (n, 4, 2), of a picture say: of each its reading and crop.

        A crop is uint8 (height, width), grey, two lines side by side.
        """
        height, width = self.recognizer.card.height, self.recognizer.card.width
        crops = np.zeros((len(corners), height, width), np.uint8)
        for crop, quad in zip(crops, corners, strict=True):
            crop[:] = rectify(picture, quad, height, width)
        readings = self.recognizer.read(crops, candidates)
        return [
            self._in_lines(picture, quad, crop, whole, candidates)
            for quad, crop, whole in zip(corners, crops, readings, strict=True)
        ]

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
