"""The cascade: detect the plates, rectify each, recognize its text."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import without_parts
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
from numberplate.models.bundle import load_manifest
from numberplate.models.cards.acceptance import AcceptanceCard, WholePicture
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import MissedRow, RecognizerCard
from numberplate.models.cards.vote import VoteCard
from numberplate.models.device import CPU
from numberplate.models.manifest import WeightsError
from numberplate.models.probability import sigmoid
from numberplate.models.spec import LATIN, MIDDLE_GREY
from numberplate.pictures.decode import MIN_SIDE
from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.plates.formats import Regions
from numberplate.reading.acceptance import least_confidence, least_presence, plate_probability
from numberplate.reading.bands import Agreed, agreed, confident
from numberplate.reading.decoding import Reading, likeliest_regions
from numberplate.reading.detector import LONGEST_SIDE, Detections, Detector
from numberplate.reading.recognizer import Recognizer, Seen
from numberplate.results.plate import SIDES, Plate

IS_CUT = 0.5
"""Probability from which on a side of a plate is said to be cut off: more likely than not."""


@dataclass(frozen=True)
class Look:
    """What was made of one plate.

    `corners`: float32 (4, 2), as the recognizer corrected them; `crop`: what was read, uint8 (height, width),
    grey, two lines side by side; `reading`: what it says; `cut`: the probabilities, 0..1, that the picture's
    edge cuts the plate on its left, top, right and bottom, (4,), 0 where it reaches no edge; `together`: what
    the plate and its bands say, None where these were not read; `is_of_two_lines`: whether two lines were.
    """

    corners: npt.NDArray[np.float32]
    crop: npt.NDArray[np.uint8]
    reading: Reading
    cut: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(4, np.float32))
    together: Agreed | None = None
    is_of_two_lines: bool = False


@dataclass(frozen=True)
class _Lines:
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
class Search:
    """All that was looked at in one picture.

    `detections`: of the detector; `looks`: one for each of them, then those at the picture as a whole and at
    the picture turned, where these found plates; `presences`: the probability of a plate, 0..1, at each;
    `plates`: those that are left in the end, best first.
    """

    detections: Detections
    looks: tuple[Look, ...]
    presences: tuple[float, ...]
    plates: tuple[Plate, ...]


class Cascade:
    """Detector and recognizer, one after the other; see both for the arguments.

    Args:
        threshold: least probability that there is a plate, by what both say of it, above 0 and up to 1; None
            for the bundle's own. The recognizer is shown all that its text may make a plate.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        threshold: float | None = None,
        longest_side: int = LONGEST_SIDE,
        regions: Regions | None = None,
        device: str = CPU,
    ):
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"threshold: expected a probability above 0, got {threshold}")
        manifest = load_manifest(weights)
        if manifest.acceptance is None or manifest.vote is None:
            raise WeightsError(f"{weights}: a bundle without the numbers of detector and recognizer together")
        self._accept(manifest.acceptance, threshold)
        self.vote = manifest.vote
        """How readings of one plate in many frames count together."""
        self.detector = Detector(weights, threads, longest_side, device)
        self.recognizer = Recognizer(weights, threads, regions, device)

    def _accept(self, card: AcceptanceCard, threshold: float | None) -> None:
        self.acceptance = card
        self.threshold = card.threshold if threshold is None else threshold

    def with_numbers(
        self,
        detector: DetectorCard,
        recognizer: RecognizerCard,
        acceptance: AcceptanceCard,
        vote: VoteCard,
        threshold: float | None = None,
    ) -> "Cascade":
        """One with the same networks and other numbers; `threshold`: as of the class."""
        other = copy.copy(self)
        other._accept(acceptance, threshold)
        other.vote = vote
        other.detector = copy.copy(self.detector)
        other.detector.card = detector
        other.recognizer = self.recognizer.with_card(recognizer)
        return other

    def with_regions(self, regions: Regions) -> "Cascade":
        """One that expects plates of other regions, with the same networks."""
        other = copy.copy(self)
        other.recognizer = self.recognizer.with_regions(regions)
        return other

    @property
    def faintest(self) -> float:
        """The least presence of what the recognizer is shown."""
        # To read all that the best text would make a plate takes long and finds hardly any more.
        faint = min(self.threshold, self.detector.card.second_look.faint)
        return max(least_presence(self.threshold, self.acceptance), faint)

    @property
    def smallest(self) -> tuple[int, int]:
        """Width and height of the smallest picture that can be read, in pixels."""
        return MIN_SIDE, MIN_SIDE

    @property
    def min_confidence(self) -> float:
        """Any: a text that says little is weighed already when it is told whether there is a plate."""
        return 0.0

    @property
    def grey_side(self) -> int:
        """Pixels that the longest side of a picture needs at least: those of the detector's largest level."""
        return self.detector.longest_side

    def read(self, picture: Picture, candidates: int = 5) -> list[Plate]:
        """The plates of a picture, uint8 (height, width, 3), RGB, best first.

        A detection with no text of a plate's length is none, nor is a part of a plate that is surer, nor what
        detector and recognizer together make none.
        """
        return list(self.search(picture, candidates).plates)

    def search(
        self, picture: Picture, candidates: int = 5, whole: Callable[[], Picture] | None = None
    ) -> Search:
        """The same, with all that led to it; see `numberplate.reading.scheme.Scheme`."""
        if picture.ndim == 3:
            # Neither paper nor ink has one colour everywhere, and a third of the numbers take less time.
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        found = self.detector.search(picture, self.faintest)
        looks = self._recognize_in(picture, whole, found, candidates)
        presences = tuple(found.scores.tolist())
        plates = [
            self._plate(presence, look)
            for presence, look in zip(presences, looks, strict=True)
            if look.reading.characters
        ]
        plates = self._accepted(plates)
        card = self.acceptance.whole_picture
        if not plates and _may_be_a_plate(picture, card):
            look = self.look_at_crop(picture, candidates)
            plates = [self._plate(card.presence, look)] if look.reading.confidence >= card.confidence else []
            plates = [p for p in plates if p.text and p.detection_confidence >= self.threshold]
            if plates:
                looks, presences = (*looks, look), (*presences, card.presence)
        highest = max((plate.confidence for plate in plates), default=0.0)
        if highest < self.acceptance.turned.below and not any(map(self._is_upright, plates)):
            turned = self._turned(picture, candidates)
            if any(plate.confidence > highest for plate in turned.plates):
                looks, presences = (*looks, *turned.looks), (*presences, *turned.presences)
                plates = list(turned.plates)
        return Search(found, looks, presences, tuple(plates))

    def _accepted(self, plates: list[Plate]) -> list[Plate]:
        """Those that are no part of another, and probable enough, best first."""
        if plates:
            confidences = np.array([p.detection_confidence * p.confidence for p in plates])
            plates = [plates[i] for i in without_parts(np.stack([p.corners for p in plates]), confidences)]
        return list(filter(self._is_reported, plates))

    def _is_reported(self, plate: Plate) -> bool:
        card, probability = self.acceptance, plate.detection_confidence
        read = plate.confidence >= card.least_text or probability >= card.plain
        return read and probability >= self.threshold

    def _recognize_in(
        self, picture: Picture, whole: Callable[[], Picture] | None, found: Detections, candidates: int
    ) -> tuple[Look, ...]:
        """What the detections in a picture say: read in the whole picture if one is too small in this one."""
        small = side_lengths(found.corners)[0] < self.recognizer.card.width
        if whole is None or not small.any():
            return self.recognize(picture, found.corners, candidates, presences=found.scores)
        larger = whole()
        (height, width), (larger_height, larger_width) = picture.shape[:2], larger.shape[:2]
        scale = np.array([larger_width / width, larger_height / height], np.float32)
        corners = np.asarray(found.corners * scale, np.float32)
        looks = self.recognize(larger, corners, candidates, presences=found.scores)
        return tuple(replace(look, corners=np.asarray(look.corners / scale, np.float32)) for look in looks)

    def _is_upright(self, plate: Plate) -> bool:
        """Whether a plate shows that the picture stands upright: what lies is no text of any format."""
        card = self.acceptance.turned
        plain = plate.confidence >= card.upright and plate.detection_confidence >= card.plain
        return plain and plate.script == LATIN and self.recognizer.regions.odds(plate.text) > 1

    def _turned(self, picture: Picture, candidates: int) -> Search:
        """The most confident search of a picture that was taken lying on its side or upside down."""
        height, width = picture.shape[:2]
        card = self.acceptance.turned
        detector = copy.copy(self.detector)
        detector.longest_side = min(detector.longest_side, card.side)
        # What the detector sees is turned, and the texts are read in the picture as it lies: a picture of
        # 100 megapixels takes a second for each turn.
        small = detector.finest(picture)
        small_height, small_width = small.shape
        scale = np.array([width / small_width, height / small_height], np.float32)
        best = Search(Detections.none(), (), (), ())
        for quarters in (2, 1, 3):
            found = detector.search(np.ascontiguousarray(np.rot90(small, quarters)), card.presence)
            corners = _turned_back(found.corners, quarters, small_width, small_height) * scale
            looks = self.recognize(picture, corners, candidates, False, found.scores)
            presences = tuple(found.scores.tolist())
            plates = [
                self._plate(presence, look)
                for presence, look in zip(presences, looks, strict=True)
                if len(look.reading.text) >= card.length and look.reading.confidence >= card.confidence
            ]
            turned = Search(found, looks, presences, tuple(self._accepted(plates)))
            best = max(best, turned, key=lambda search: sum(plate.confidence for plate in search.plates))
        return best

    def search_crop(self, picture: Picture, candidates: int = 5) -> Search:
        """The plate of a picture that shows a plate and little else; none where it has no text of a plate.

        The detector is not asked: `detection_confidence` is what the text says.
        """
        look = self.look_at_crop(picture, candidates)
        presence = self.acceptance.whole_picture.presence
        plates = (self._plate(presence, look),) if look.reading.text else ()
        return Search(Detections.none(), (look,), (presence,), plates)

    def look_at_crop(self, picture: Picture, candidates: int = 5) -> Look:
        """The look at a picture that shows a plate and little else: the best of a few crops."""
        if picture.ndim == 3:
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        height, width = picture.shape[:2]
        card = self.acceptance.whole_picture
        pad_x, pad_y = (max(1, round(side * card.margin)) for side in (width, height))
        padded = cv2.copyMakeBorder(
            picture, pad_y, pad_y, pad_x, pad_x, cv2.BORDER_CONSTANT, value=round(MIDDLE_GREY)
        )
        outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32) * min(height, width)
        corner = np.array([pad_x, pad_y], np.float32)
        quads = np.stack([outline + inset * inwards for inset in card.insets]) + corner
        bordered = np.asarray(padded, np.uint8)
        looks = self.recognize(bordered, quads[:1], candidates)
        if not looks[0].reading.text or looks[0].reading.confidence < card.sure:
            looks += self.recognize(bordered, quads[1:], candidates)
        best = most_agreed(looks)
        return replace(best, corners=best.corners - corner)

    def _plate(self, presence: float, look: Look) -> Plate:
        """The plate that a look with a text gives, and that the detector gives this presence, 0..1."""
        whole = 1 - float(look.cut.max())
        reading = look.reading
        shape = look.corners if whole > IS_CUT else None
        return Plate(
            reading.text,
            reading.confidence * whole,
            self.plate_probability(presence, reading),
            look.corners,
            tuple(reading.characters),
            tuple(replace(c, confidence=c.confidence * whole) for c in reading.candidates),
            likeliest_regions(self.recognizer.regions, reading.text, shape),
            reading.script,
            tuple(side for side, p in zip(SIDES, look.cut.tolist(), strict=True) if p >= IS_CUT),
            () if reading.rows is None else reading.rows(),
        )

    def plate_probability(self, presence: float, reading: Reading) -> float:
        """The probability, 0..1, that there is a plate where the detector and this reading say there is."""
        odds = self.recognizer.regions.odds(reading.text)
        return plate_probability(presence, reading.confidence, reading.text, odds, self.acceptance)

    def recognize(
        self,
        picture: Picture,
        corners: npt.NDArray[np.float32],
        candidates: int = 5,
        again: bool = True,
        presences: npt.NDArray[np.float32] | None = None,
    ) -> tuple[Look, ...]:
        """What the plates at `corners`, float32 (n, 4, 2), of a picture say, in their order.

        `again`: whether those that leave a doubt are looked at again, a little scaled and shifted, and in
        bands.
        `presences`: the detector's, (n,); where no text makes a plate of such a presence, little is done.
        """
        if not len(corners):
            return ()
        least = np.zeros(len(corners))
        if presences is not None:
            needed = [least_confidence(self.threshold, p, self.acceptance) for p in presences.tolist()]
            least = self.recognizer.card.refinement.hopeless * np.array(needed)
        corrected, crops, seen = self._look(picture, corners, least)
        stated = [None] * len(corrected) if seen.lines is None else list(seen.lines)
        # What more likely has two lines is read so first: where they beat any text, the whole is not read.
        lines = {
            i: self._in_lines(picture, quad, said, 0.0, candidates)
            for i, (quad, said) in enumerate(zip(corrected, stated, strict=True))
            if said is not None and said[0] >= 0
        }
        whole = [i for i in range(len(stated)) if (two := lines.get(i)) is None or not two.beat(1.0)]
        readings: dict[int, Reading] = {}
        if whole:
            given = crops[whole] if again else None
            read = self.recognizer.decode(seen.of(whole), candidates, given, least[whole].tolist())
            readings = dict(zip(whole, read, strict=True))
        looks = []
        for i, (quad, crop) in enumerate(zip(corrected, crops, strict=True)):
            cut = self._cut_by(picture, quad, seen, i)
            reading = readings.get(i)
            confidence = reading.confidence if reading is not None and reading.text else 0.0
            if i not in lines and confidence < self.recognizer.card.refinement.one_line:
                lines[i] = self._in_lines(picture, quad, stated[i], confidence, candidates)
            two = lines.get(i)
            if two is not None and (reading is None or two.beat(confidence)):
                crop, reading = two.crop, two.reading
            assert reading is not None  # whose lines beat any
            looks.append(Look(quad, crop, reading, cut, is_of_two_lines=reading is not readings.get(i)))
        if again:
            one_line = np.ones(len(looks), bool) if seen.lines is None else seen.lines[:, 0] < 0
            looks = self._in_bands(picture, looks, one_line, presences, candidates)
            looks = self._with_missed_ends(picture, looks, presences, candidates)
            looks = self._with_missed_rows(picture, looks, presences, candidates)
        return tuple(looks)

    def _look(
        self, picture: Picture, corners: npt.NDArray[np.float32], least: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], Seen]:
        """The corners (n, 4, 2) as the recognizer refines them, the crops that were read, and what was seen.

        A crop that was much off is cut and looked at again (Björklund et al. 2019: a second look at what was
        first cut out imprecisely) until its corners hold still, but not where its text would still hardly be
        as probable as `least`, (n,).
        """
        crops = self._cut(picture, corners)
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
            crops[off] = self._cut(picture, corners[off])
            again = self.recognizer.look(crops[off])
            seen = seen.replaced(off, again)
            if again.corners is not None:
                offsets[off] = again.corners
                corners[off] = _corrected(corners[off], again.corners)
            least_off = refinement.still_off
        return corners, crops, seen

    def _cut(self, picture: Picture, corners: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        card = self.recognizer.card
        crops = np.zeros((len(corners), card.height, card.width), np.uint8)
        for crop, quad in zip(crops, corners, strict=True):
            crop[:] = rectify(picture, quad, card.height, card.width)
        return crops

    def _cut_by(
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

    def _in_bands(
        self,
        picture: Picture,
        looks: Sequence[Look],
        one_line: npt.NDArray[np.bool_],
        presences: npt.NDArray[np.float32] | None,
        candidates: int,
    ) -> list[Look]:
        """The looks; those at plates of `one_line`, (n,), that leave a doubt are read in bands as well."""
        card = self.recognizer.card.bands
        found = list(looks)
        doubtful = [
            i
            for i, look in enumerate(looks)
            if one_line[i]
            and not look.is_of_two_lines
            and (not look.reading.text or look.reading.confidence < card.below)
            and (presences is None or self._may_be(float(presences[i]), look.reading))
        ]
        if not doubtful or not card.spans:
            return found
        quads = [strip(looks[i].corners, (band.top, band.bottom)) for i in doubtful for band in card.spans]
        crops = self._cut(picture, np.stack(quads))
        seen = self.recognizer.look(crops)
        doubt, count = self.recognizer.card.scripts.doubt, len(card.spans)
        for number, i in enumerate(doubtful):
            whole, some = looks[i].reading, slice(number * count, (number + 1) * count)
            # Another script than that of a text which leaves little doubt has no say.
            known = whole.text and whole.confidence >= doubt
            logits = {s: said[some] for s, said in seen.logits.items() if not known or s == whole.script}
            readings = self.recognizer.decode(Seen(logits), candidates)
            together = agreed([whole, *readings], doubt, card)
            if together is not None:
                crop = crops[some][together.place - 1] if together.place else looks[i].crop
                found[i] = replace(looks[i], crop=crop, reading=confident(together, card), together=together)
        return found

    def _with_missed_ends(
        self,
        picture: Picture,
        looks: Sequence[Look],
        presences: npt.NDArray[np.float32] | None,
        candidates: int,
    ) -> list[Look]:
        """The looks; where characters stand apart, outside of what was found, the look at all of them."""
        card = self.recognizer.card.missed_ends
        found = list(looks)
        whole = (0.0, 1.0)
        tried = [
            (i, quad)
            for i, look in enumerate(looks)
            if not look.is_of_two_lines
            and 0 < len(look.reading.text) < MAX_LENGTH
            and card.above <= look.reading.confidence < card.below
            and self._is_plate(presences, i, look.reading)
            for span in card.spans
            if is_convex(quad := strip(look.corners, whole, (span.left, span.right)))
        ]
        if not tried:
            return found
        # Few show more, and what the likeliest alignment says takes little time.
        seen = self.recognizer.look(self._cut(picture, np.stack([quad for _, quad in tried])))
        texts = [
            self.recognizer.greedy_text(seen, k, looks[i].reading.script) for k, (i, _) in enumerate(tried)
        ]
        tried = [
            (i, quad)
            for (i, quad), text in zip(tried, texts, strict=True)
            if _is_longer(text, looks[i].reading.text)
        ]
        if not tried:
            return found
        least = np.array([card.confidence * looks[i].reading.confidence for i, _ in tried])
        quads = np.stack([quad for _, quad in tried])
        corners, crops, seen = self._look(picture, quads, self.recognizer.card.refinement.hopeless * least)
        readings = self.recognizer.decode(seen, candidates)
        for place, ((i, _), reading) in enumerate(zip(tried, readings, strict=True)):
            alone, best = looks[i].reading, found[i].reading
            enough = float(least[place]) if best is alone else best.confidence
            if _is_longer(reading.text, alone.text) and reading.confidence >= enough:
                cut = self._cut_by(picture, corners[place], seen, place)
                found[i] = Look(corners[place], crops[place], reading, cut)
        return found

    def _with_missed_rows(
        self,
        picture: Picture,
        looks: Sequence[Look],
        presences: npt.NDArray[np.float32] | None,
        candidates: int,
    ) -> list[Look]:
        """The looks; where a row of two, or little more, was taken for all of a plate, that at both."""
        card = self.recognizer.card.missed_row
        found = list(looks)
        widths, heights = side_lengths(np.stack([look.corners for look in looks]))
        doubtful = [
            i
            for i, look in enumerate(looks)
            if 0 < len(look.reading.text) <= card.longest
            and widths[i] >= card.least_aspect * heights[i]
            and look.reading.confidence < self.recognizer.card.bands.below
            and self._is_plate(presences, i, look.reading)
        ]
        tried = [
            (i, above, quad) for i in doubtful for above, quad in _both_rows(looks[i].corners, picture, card)
        ]
        if not tried:
            return found
        quads = np.stack([quad for *_, quad in tried])
        corners, _, seen = self._look(picture, quads, np.zeros(len(quads)))
        if seen.lines is None:
            return found
        for place in np.flatnonzero(seen.lines[:, 0] >= 0):
            i, above, _ = tried[place]
            both = self._in_lines(picture, corners[place], seen.lines[place], 0.0, candidates)
            if both is None or both.reading.confidence * both.two < card.confidence:
                continue
            row, text = looks[i].reading.text, both.reading.text
            longer = len(text) > max(len(row), len(found[i].reading.text))
            if longer and (text.endswith(row) if above else text.startswith(row)):
                cut = self._cut_by(picture, corners[place], seen, int(place))
                found[i] = Look(corners[place], both.crop, both.reading, cut, is_of_two_lines=True)
        return found

    def _is_plate(self, presences: npt.NDArray[np.float32] | None, place: int, reading: Reading) -> bool:
        """Whether there is a plate where the recognizer was asked for one, with the detector's presences."""
        return presences is None or self.plate_probability(float(presences[place]), reading) >= self.threshold

    def _may_be(self, presence: float, reading: Reading) -> bool:
        """Whether there may be a plate where this reading, of the whole alone, leaves a doubt."""
        card = self.recognizer.card.bands
        if not reading.text:
            return presence >= card.presence
        return self.plate_probability(presence, reading) >= card.plate

    def _in_lines(
        self,
        picture: Picture,
        corners: npt.NDArray[np.float32],
        stated: npt.NDArray[np.float32] | None,
        confidence: float,
        candidates: int,
    ) -> _Lines | None:
        """The plate at `corners`, (4, 2), read as one of two lines; None where it has one.

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
        lines = self._cut(picture, np.stack([strip(corners, part) for part in parts]))
        return _Lines(np.hstack(list(lines)), self.recognizer.read_lines(lines, candidates), two)


def _both_rows(
    row: npt.NDArray[np.float32], picture: Picture, card: MissedRow
) -> Iterator[tuple[bool, npt.NDArray[np.float32]]]:
    """Whether the row at these corners, (4, 2), would be the lower one of a plate, and that plate's corners.

    None beyond the picture's edge: most pictures of nothing but a plate end where it does. Nor beyond the
    horizon of a plate that is seen at a steep angle.
    """
    height, width = picture.shape[:2]
    for above, band in ((True, card.above), (False, card.below)):
        quad = strip(row, (band.top, band.bottom))
        x, y = (quad[:2] if above else quad[2:]).mean(0)
        if 0 <= x < width and 0 <= y < height and is_convex(quad):
            yield above, quad


def _is_longer(text: str, part: str) -> bool:
    """Whether a text begins or ends with another one, and has more."""
    return len(text) > len(part) and (text.startswith(part) or text.endswith(part))


def most_agreed(looks: Sequence[Look]) -> Look:
    """Of looks at one plate, one at least, the most confident with the text that all together say most.

    Any text counts for more than none.
    """
    given: dict[str, float] = {}
    for look in looks:
        given[look.reading.text] = given.get(look.reading.text, 0.0) + look.reading.confidence
    given[""] = -1.0
    return max(looks, key=lambda look: (given[look.reading.text], look.reading.confidence))


def _turned_back(
    corners: npt.NDArray[np.float32], quarters: int, width: int, height: int
) -> npt.NDArray[np.float32]:
    """Corners, (..., 4, 2), in a picture of `width` × `height` that was turned counterclockwise by quarters,
    in itself."""
    x, y = corners[..., 0], corners[..., 1]
    there = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[quarters]
    return np.stack(there, -1).astype(np.float32)


def _may_be_a_plate(picture: Picture, card: WholePicture) -> bool:
    height, width = picture.shape[:2]
    small = width <= card.width and height <= card.height
    return bool(small and card.least_aspect <= width / height <= card.most_aspect)


def _corrected(corners: npt.NDArray[np.float32], offsets: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Corners (n, 4, 2) moved by `offsets`, where that leaves a plate."""
    quads = np.array([moved(quad, by) for quad, by in zip(corners, offsets, strict=True)], np.float32)
    quads = quads.reshape(-1, 4, 2)
    return np.where(is_convex(quads)[:, None, None], quads, corners)
