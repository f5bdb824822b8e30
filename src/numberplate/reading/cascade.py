"""The cascade: detect the plates, rectify each, recognize its text."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import without_parts
from numberplate.geometry.quads import Picture, side_lengths
from numberplate.models.bundle import load_manifest
from numberplate.models.cards.acceptance import AcceptanceCard, WholePicture
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.cards.vote import VoteCard
from numberplate.models.device import CPU
from numberplate.models.manifest import WeightsError
from numberplate.models.spec import LATIN, MIDDLE_GREY
from numberplate.pictures.decode import MIN_SIDE
from numberplate.plates.formats import Regions
from numberplate.reading.acceptance import Acceptance, least_presence
from numberplate.reading.decoding import likeliest_regions
from numberplate.reading.detector import LONGEST_SIDE, Detections, Detector
from numberplate.reading.doubts import in_bands, with_missed_ends, with_missed_rows
from numberplate.reading.look import IS_CUT, Look, most_agreed
from numberplate.reading.looker import Looker
from numberplate.reading.recognizer import Recognizer
from numberplate.results.plate import SIDES, Plate

_OF_SOME_FORMAT, _OF_NO_FORMAT = 2.0, 0.5
"""From which odds on a text counts as one of a country's formats, and what one of none counts against it
where a picture may lie on its side.
"""


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

    Raises WeightsError when the weights cannot be used, ValueError for an argument out of range.
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
        self.acceptance = manifest.acceptance
        self.threshold = self.acceptance.threshold if threshold is None else threshold
        self.vote = manifest.vote
        """How readings of one plate in many frames count together."""
        self.detector = Detector(weights, threads, longest_side, device)
        self.recognizer = Recognizer(weights, threads, regions, device)

    def with_numbers(
        self,
        detector: DetectorCard,
        recognizer: RecognizerCard,
        acceptance: AcceptanceCard,
        vote: VoteCard,
    ) -> "Cascade":
        """One with the same networks and other numbers, the threshold of `acceptance` among them."""
        other = copy.copy(self)
        other.acceptance, other.threshold = acceptance, acceptance.threshold
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
            most = max(map(self._uprightness, plates), default=0.0)
            if any(self._uprightness(plate) > most for plate in turned.plates):
                looks, presences = (*looks, *turned.looks), (*presences, *turned.presences)
                plates = list(turned.plates)
        return Search(found, looks, presences, tuple(plates))

    def _accepted(self, plates: list[Plate]) -> list[Plate]:
        """Those that are no part of another, and probable enough, best first."""
        if plates:
            confidences = np.array([p.detection_confidence * p.confidence for p in plates])
            plates = [plates[i] for i in without_parts(np.stack([p.corners for p in plates]), confidences)]
        return list(filter(self._is_reported, plates))

    def reports(self, presence: float, look: Look) -> bool:
        """Whether what a look with a text says is reported where it is no part of another plate.

        `presence`: of the detector, 0..1.
        """
        return self._is_reported(self._plate(presence, look))

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
            best = max(best, turned, key=lambda search: sum(map(self._uprightness, search.plates)))
        return best

    def _uprightness(self, plate: Plate) -> float:
        """How much a plate says that it is read the right way up: upside down some texts are others."""
        known = self.recognizer.regions.odds(plate.text) > _OF_SOME_FORMAT
        return plate.confidence * (1.0 if known else _OF_NO_FORMAT)

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

    @property
    def _looker(self) -> Looker:
        return Looker(self.recognizer, Acceptance(self.acceptance, self.threshold, self.recognizer.regions))

    def recognize(
        self,
        picture: Picture,
        corners: npt.NDArray[np.float32],
        candidates: int = 5,
        again: bool = True,
        presences: npt.NDArray[np.float32] | None = None,
    ) -> tuple[Look, ...]:
        """What the plates at `corners`, float32 (n, 4, 2), of a picture say, in their order.

        `again`: whether those that leave a doubt are looked at again, a little scaled and shifted, in bands,
        and with what is beside them. `presences`: the detector's, (n,); where no text makes a plate of such a
        presence, little is done.
        """
        looker = self._looker
        looks = looker.looks(picture, corners, candidates, again, presences)
        if again and looks:
            for look_again in (in_bands, with_missed_ends, with_missed_rows):
                looks = look_again(looker, picture, looks, presences, candidates)
        return tuple(looks)

    def _plate(self, presence: float, look: Look) -> Plate:
        """The plate that a look with a text gives, and that the detector gives this presence, 0..1."""
        whole = 1 - float(look.cut.max())
        reading = look.reading
        shape = look.corners if whole > IS_CUT else None
        return Plate(
            reading.text,
            reading.confidence * whole,
            self._looker.acceptance.probability(presence, reading),
            look.corners,
            tuple(reading.characters),
            tuple(replace(c, confidence=c.confidence * whole) for c in reading.candidates),
            likeliest_regions(self.recognizer.regions, reading.text, shape),
            reading.script,
            tuple(side for side, p in zip(SIDES, look.cut.tolist(), strict=True) if p >= IS_CUT),
            () if reading.rows is None else reading.rows(),
        )


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
