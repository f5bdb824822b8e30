"""The cascade: detect the plates, rectify each, recognize its text."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import without_parts
from numberplate.geometry.quads import (
    LOWER,
    TWO_LINES_ASPECT,
    UPPER,
    Picture,
    is_convex,
    moved,
    rectify,
    side_lengths,
    strip,
)
from numberplate.pictures.decode import MIN_SIDE
from numberplate.plates.formats import Regions
from numberplate.reading.acceptance import IS_PLATE, least_presence, plate_probability
from numberplate.reading.detector import LONGEST_SIDE, Detections, Detector
from numberplate.reading.recognizer import Reading, Recognizer
from numberplate.results.plate import Plate

_OFF = 0.02
"""A crop is cut again where a corner is further off than this, in fractions of its width or height."""

_PLAIN = 0.99
"""But not where its likeliest alignment is so probable already: it would read the same."""

_CERTAIN = 0.9
"""A plate that is read as one line with this confidence is not looked at as one of two."""


@dataclass(frozen=True)
class Look:
    """What was made of one plate.

    `corners`: float32 (4, 2), as the recognizer mended them; `crop`: what was read, uint8 (height, width),
    grey, two lines side by side; `reading`: what it says.
    """

    corners: npt.NDArray[np.float32]
    crop: npt.NDArray[np.uint8]
    reading: Reading


@dataclass(frozen=True)
class Search:
    """All that was looked at in one picture.

    `detections`: of the detector; `looks`: one for each of them; `plates`: those that are left in the end,
    best first.
    """

    detections: Detections
    looks: tuple[Look, ...]
    plates: tuple[Plate, ...]


class Cascade:
    """Detector and recognizer, one after the other; see both for the arguments.

    Args:
        threshold: least probability that there is a plate, by what both say of it, above 0 and up to 1. The
            recognizer is shown all that its text may make a plate.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        threshold: float = IS_PLATE,
        longest_side: int = LONGEST_SIDE,
        regions: Regions | None = None,
    ):
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold: expected a probability above 0, got {threshold}")
        self.threshold = threshold
        self.faintest = least_presence(threshold)
        """The least presence of what the recognizer is shown."""
        self.detector = Detector(weights, threads, longest_side)
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

        A detection with no text of a plate's length is none, nor is a part of a plate that is surer, nor what
        detector and recognizer together make none.
        """
        return list(self.search(picture, candidates).plates)

    def search(self, picture: Picture, candidates: int = 5) -> Search:
        """The same, with all that led to it."""
        found = self.detector.search(picture, self.faintest)
        looks = self.recognize(picture, found.corners, candidates)
        plates = [
            Plate(
                look.reading.text,
                look.reading.confidence,
                plate_probability(float(presence), look.reading.confidence, look.reading.text),
                look.corners,
                look.reading.characters,
                look.reading.candidates,
                look.reading.regions,
            )
            for presence, look in zip(found.scores, looks, strict=True)
            if look.reading.text
        ]
        if plates:
            surest = np.array([p.detection_confidence * p.confidence for p in plates])
            plates = [plates[i] for i in without_parts(np.stack([p.corners for p in plates]), surest)]
        plates = [plate for plate in plates if plate.detection_confidence >= self.threshold]
        return Search(found, looks, tuple(plates))

    def recognize(
        self, picture: Picture, corners: npt.NDArray[np.float32], candidates: int = 5, again: bool = True
    ) -> tuple[Look, ...]:
        """What the plates at `corners`, float32 (n, 4, 2), of a picture say, in their order.

        `again`: whether those that leave a doubt are looked at again, a little scaled and shifted.
        """
        if not len(corners):
            return ()
        mended, crops, logits = self._look(picture, corners)
        readings = self.recognizer.decode(logits, candidates, crops if again else None)
        return tuple(
            self._in_lines(picture, Look(quad, crop, reading), candidates)
            for quad, crop, reading in zip(mended, crops, readings, strict=True)
        )

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
        off = (np.abs(offsets).max((1, 2)) > _OFF) & (self.recognizer.surenesses(logits) < _PLAIN)
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

    def _in_lines(self, picture: Picture, whole: Look, candidates: int) -> Look:
        """The look at a whole plate, or that at its halves as two lines, if they are surer."""
        width, height = side_lengths(whole.corners)
        card, reading = self.recognizer.card, whole.reading
        certain = reading.text and reading.confidence >= _CERTAIN
        if card.head != "ctc" or width >= TWO_LINES_ASPECT * height or certain:
            return whole
        halves = self._cut(picture, np.stack([strip(whole.corners, part) for part in (UPPER, LOWER)]))
        both = self.recognizer.read_lines(halves, candidates)
        if both.text and (not reading.text or both.confidence > reading.confidence):
            return Look(whole.corners, np.hstack(list(halves)), both)
        return whole


def _mended(corners: npt.NDArray[np.float32], offsets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Corners (n, 4, 2) moved by `offsets`, where that leaves a plate."""
    quads = np.array([moved(quad, by) for quad, by in zip(corners, offsets, strict=True)], np.float32)
    quads = quads.reshape(-1, 4, 2)
    return np.where(is_convex(quads)[:, None, None], quads, corners)
