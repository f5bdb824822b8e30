"""Reads the plates at given corners of a picture: makes each flat, and asks the recognizer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import (
    LOWER,
    TWO_LINES_ASPECT,
    UPPER,
    Picture,
    halves,
    is_convex,
    moved,
    rectify,
    side_lengths,
    strip,
)
from numberplate.models.probability import sigmoid
from numberplate.reading.acceptance import Acceptance
from numberplate.reading.decoding import Reading
from numberplate.reading.look import Look
from numberplate.reading.recognizer import Recognizer, Seen


@dataclass(frozen=True)
class Lines:
    """A plate read as one of two lines: the crops of its lines, side by side, and what they say together.

    `two`: the probability, 0..1, that it has two.
    """

    crop: npt.NDArray[np.uint8]
    reading: Reading
    two: float

    def beat(self, confidence: float) -> bool:
        """Whether they have a text, and more likely so than one of this confidence is that of the whole."""
        return bool(self.reading.text) and self.reading.confidence * self.two > confidence * (1 - self.two)


@dataclass(frozen=True)
class Looker:
    """Reads plates with a recognizer. `acceptance`: what makes one of what is read."""

    recognizer: Recognizer
    acceptance: Acceptance

    def looks(
        self,
        picture: Picture,
        corners: npt.NDArray[np.float32],
        candidates: int = 5,
        views: bool = True,
        presences: npt.NDArray[np.float32] | None = None,
    ) -> list[Look]:
        """What the plates at `corners`, float32 (n, 4, 2), of a picture say, in their order.

        `views`: whether those that leave a doubt are seen a little scaled and shifted besides. `presences`:
        the detector's, (n,); where no text makes a plate of such a presence, little is done.
        """
        if not len(corners):
            return []
        least = np.zeros(len(corners))
        if presences is not None:
            needed = [self.acceptance.least_confidence(p) for p in presences.tolist()]
            least = self.recognizer.card.refinement.hopeless * np.array(needed)
        corrected, crops, seen = self.look(picture, corners, least)
        stated = [None] * len(corrected) if seen.lines is None else list(seen.lines)
        # What more likely has two lines is read so first: where they beat any text, the whole is not read.
        lines = {
            i: self.in_lines(picture, quad, said, 0.0, candidates)
            for i, (quad, said) in enumerate(zip(corrected, stated, strict=True))
            if said is not None and said[0] >= 0
        }
        whole = [i for i in range(len(stated)) if (two := lines.get(i)) is None or not two.beat(1.0)]
        readings: dict[int, Reading] = {}
        if whole:
            given = crops[whole] if views else None
            read = self.recognizer.decode(seen.of(whole), candidates, given, least[whole].tolist())
            readings = dict(zip(whole, read, strict=True))
        looks = []
        for i, (quad, crop) in enumerate(zip(corrected, crops, strict=True)):
            cut = self.cut_by(picture, quad, seen, i)
            reading = readings.get(i)
            confidence = reading.confidence if reading is not None and reading.text else 0.0
            if i not in lines and confidence < self.recognizer.card.refinement.one_line:
                lines[i] = self.in_lines(picture, quad, stated[i], confidence, candidates)
            two = lines.get(i)
            if two is not None and (reading is None or two.beat(confidence)):
                crop, reading = two.crop, two.reading
            assert reading is not None  # whose lines beat any
            is_of_two_lines = reading is not readings.get(i)
            one_line = seen.lines is None or bool(seen.lines[i, 0] < 0)
            looks.append(Look(quad, crop, reading, cut, None, is_of_two_lines, one_line))
        return looks

    def look(
        self, picture: Picture, corners: npt.NDArray[np.float32], least: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], Seen]:
        """The corners (n, 4, 2) as the recognizer refines them, the crops that were read, and what was seen.

        A crop that was much off is cut and looked at again (Björklund et al. 2019: a second look at what was
        first cut out imprecisely) until its corners hold still, but not where its text would still hardly be
        as probable as `least`, (n,).
        """
        crops = self.cut(picture, corners)
        seen = self.recognizer.look(crops)
        if seen.corners is None:
            return corners, crops, seen
        offsets = seen.corners.copy()
        corners = _corrected(corners, offsets)
        refinement = self.recognizer.card.refinement
        off, least_off = np.ones(len(corners), bool), refinement.off
        for _ in range(refinement.cuts):
            said = self.recognizer.alignment_probabilities(seen.latin)
            doubtful = (said < refinement.below) & (said * refinement.clearer >= least)
            off &= doubtful & (np.abs(offsets).max((1, 2)) > least_off)
            if not off.any():
                break
            crops[off] = self.cut(picture, corners[off])
            again = self.recognizer.look(crops[off])
            seen = seen.replaced(off, again)
            if again.corners is not None:
                offsets[off] = again.corners
                corners[off] = _corrected(corners[off], again.corners)
            least_off = refinement.still_off
        return corners, crops, seen

    def cut(self, picture: Picture, corners: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        """The plates at `corners`, (n, 4, 2), flat, as the recognizer sees them: (n, height, width), grey."""
        card = self.recognizer.card
        crops = np.zeros((len(corners), card.height, card.width), np.uint8)
        for crop, quad in zip(crops, corners, strict=True):
            crop[:] = rectify(picture, quad, card.height, card.width)
        return crops

    def cut_by(
        self, picture: Picture, corners: npt.NDArray[np.float32], seen: Seen, place: int
    ) -> npt.NDArray[np.float32]:
        """The probabilities that the picture's edge cuts a plate's sides, (4,), as was seen in a crop.

        0 of those far from the edge, and where the recognizer does not say.
        """
        if seen.cut is None:
            return np.zeros(4, np.float32)
        height, width = picture.shape[:2]
        refinement = self.recognizer.card.refinement
        near = max(refinement.edge, refinement.edge_heights * side_lengths(corners)[1])
        (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
        if min(left, top, width - right, height - bottom) > near + 1:  # as most are: what follows takes long
            return np.zeros(4, np.float32)
        at_edge = (corners < near).any(1) | (corners > np.array([width, height]) - near).any(1)
        sides = at_edge & np.roll(at_edge, -1)  # top, right, bottom, left
        return np.asarray(np.roll(sides, 1) * sigmoid(seen.cut[place]), np.float32)

    def in_lines(
        self,
        picture: Picture,
        corners: npt.NDArray[np.float32],
        stated: npt.NDArray[np.float32] | None,
        confidence: float,
        candidates: int,
    ) -> Lines | None:
        """The plate at `corners`, (4, 2), read as one of two lines; None where it has one, or no room.

        `stated`: the recognizer's logit of two lines and where they part, (2,); None where it states none:
        then the halves of what is high enough are read. `confidence`: of the text of the whole; where no
        lines can beat it, they are not read.
        """
        refinement = self.recognizer.card.refinement
        if stated is None:
            width, height = side_lengths(corners)
            if width >= TWO_LINES_ASPECT * height:
                return None
            two, parts = 0.5, (UPPER, LOWER)
        else:
            two = float(sigmoid(stated[0]))
            if two < refinement.two_lines or two <= confidence * (1 - two):
                return None
            parts = halves(float(np.clip(stated[1], refinement.split_from, refinement.split_to)))
        strips = np.stack([strip(corners, part) for part in parts])
        # Of a plate that is hardly more than a triangle, rounding may leave a strip no area.
        if not is_convex(strips).all():
            return None
        lines = self.cut(picture, strips)
        return Lines(np.hstack(list(lines)), self.recognizer.read_lines(lines, candidates), two)

    def is_plate(self, presences: npt.NDArray[np.float32] | None, place: int, reading: Reading) -> bool:
        """Whether there is a plate where the recognizer was asked for one, with the detector's presences."""
        return presences is None or self.acceptance.accepts(float(presences[place]), reading)


def _corrected(corners: npt.NDArray[np.float32], offsets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Corners (n, 4, 2) moved by `offsets`, where that leaves a plate."""
    quads = np.array([moved(quad, by) for quad, by in zip(corners, offsets, strict=True)], np.float32)
    quads = quads.reshape(-1, 4, 2)
    return np.where(is_convex(quads)[:, None, None], quads, corners)
