"""The recognizer: flat crops in, their texts out."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.models.bundle import RecognizerCard, load_recognizer
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH
from numberplate.plates.formats import BOUND, Regions
from numberplate.reading import ctc, slots
from numberplate.results.plate import Candidate, Character, Region

_MOST_CROPS = 32
"""Crops in one run: beyond it a batch takes memory and saves no time."""

_HYPOTHESES = 32
"""Texts of a crop that the formats of plates put in order; more are taken where more are asked for."""

_NONSENSE, _SETTLED = 0.002, BOUND / (1 + BOUND)
"""Beyond these probabilities of the likeliest text of a crop the formats cannot change what comes of it."""

_NUDGES = ((1.05, 0.0, 0.0), (0.95, 0.0, 0.0), (1.0, 2.0, 0.0), (1.0, 0.0, 1.5))
"""Scales of a crop, with shifts to the right and down in pixels, of which a step of CTC has four."""

_SURE = 50.0
"""A logit beside which its negative has no probability."""

_LEAST_REGION = 0.01
"""Regions less probable than this are not named."""


@dataclass(frozen=True)
class Reading:
    """What one crop says.

    Attributes:
        text: empty when the crop shows no plate: fewer than MIN_LENGTH characters, or more than MAX_LENGTH.
        confidence: the probability of the whole text, 0..1; of there being no plate when it is empty.
        characters: one for each character of the text.
        candidates: the likeliest texts, best first, the text itself among them; empty when the text is.
        regions: the likeliest regions of the text, best first.
        probabilities: what all that was decoded from, float64 (steps or slots, classes); the last class is
            the blank, or no character.
    """

    text: str
    confidence: float
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]
    regions: tuple[Region, ...] = ()
    probabilities: npt.NDArray[np.float64] | None = field(default=None, repr=False, compare=False)


class Recognizer:
    """Reads crops of plates.

    Args:
        weights: folder with recognizer.onnx and recognizer.json; None for the package's own.
        threads: to run on.
        regions: what is known of the texts of plates; None prefers no region.

    Raises WeightsError when the weights cannot be used.
    """

    def __init__(self, weights: str | Path | None = None, threads: int = 1, regions: Regions | None = None):
        self._network, self.card = load_recognizer(weights, threads)
        self._regions = Regions() if regions is None else regions

    def with_regions(self, regions: Regions) -> "Recognizer":
        """One that knows something else of the texts, with the same network."""
        other = copy.copy(self)
        other._regions = regions
        return other

    def read(self, crops: npt.NDArray[np.uint8], candidates: int = 5) -> list[Reading]:
        """Reads crops, uint8 (n, height, width), grey, of the card's height and width: one reading each.

        `candidates`: how many texts each reading has at most, 1 or more.
        """
        return self.decode(self.look(crops)[0], candidates, crops)

    def surenesses(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """For each crop of `look`, the probability of the likeliest class at every step or slot at once.

        It is a lower bound of the confidence of what `decode` makes of the crop, in far less time.
        """
        scaled = logits / np.float32(self.card.temperature)
        best = scaled.max(-1)
        surest = 1 / np.exp(scaled - best[..., None]).sum(-1)
        return np.asarray(surest.prod(-1), np.float32)

    def decode(
        self,
        logits: npt.NDArray[np.float32],
        candidates: int = 5,
        crops: npt.NDArray[np.uint8] | None = None,
    ) -> list[Reading]:
        """The readings of crops whose logits, (n, steps or slots, classes), `look` gave.

        With the `crops` themselves, those that leave a doubt are looked at again, `nudged`.
        """
        again = [None] * len(logits) if crops is None else [partial(self._nudged, c) for c in crops]
        return [
            decode(crop, self.card, self._regions, candidates, other)
            for crop, other in zip(logits, again, strict=True)
        ]

    def _nudged(self, *lines: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The logits of other views of a crop, or of the lines of a plate, (views, steps, classes)."""
        seen = np.stack([self.look(nudged(line))[0] for line in lines], 1)
        return seen[:, 0] if len(lines) == 1 else np.stack([_joined(view) for view in seen])

    def read_lines(self, crops: npt.NDArray[np.uint8], candidates: int = 5) -> Reading:
        """Reads the lines of one plate, from the top, each a crop as in `read`, as one text.

        Its text is empty unless each line has at least one character. Only for a recognizer with the head
        "ctc": its steps, those of all lines one after the other, are read as if they were of one line.
        """
        lines = self.look(crops)[0]
        if (lines.argmax(-1) == lines.shape[-1] - 1).all(-1).any():
            return Reading("", 1.0, (), ())
        again = partial(self._nudged, *crops)
        return decode(_joined(lines), self.card, self._regions, candidates, again)

    def look(
        self, crops: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """What the network makes of crops, uint8 (n, height, width), grey.

        Returns the logits, (n, steps or slots, classes); and how far the corners of each crop's plate lie
        from where the crop has them, (n, 4, 2), in fractions of its width and height, as
        `numberplate.geometry.quads.offsets` has it: None from a network that does not tell.
        """
        expected = (self.card.height, self.card.width)
        if crops.ndim != 3 or crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise ValueError(f"crops: expected uint8 (n, {expected[0]}, {expected[1]}), got {crops.shape}")
        given = [
            self._network.outputs(crops[start : start + _MOST_CROPS, :, :, None].astype(np.float32))
            # At least once, if for no crops: the outputs have the shapes.
            for start in range(0, max(1, len(crops)), _MOST_CROPS)
        ]
        logits = np.concatenate([outputs["logits"] for outputs in given])
        if "corners" not in given[0]:
            return logits, None
        return logits, np.concatenate([outputs["corners"] for outputs in given]).reshape(-1, 4, 2)


def nudged(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The same crop, uint8 (height, width), a little scaled or shifted: uint8 (views, height, width).

    What the network makes of it wavers with where the characters lie between its steps.
    """
    height, width = crop.shape
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    seen = []
    for scale, *shift in _NUDGES:
        matrix = np.column_stack([scale * np.eye(2), (1 - scale) * centre + shift])
        seen.append(cv2.warpAffine(crop, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))
    return np.stack(seen).astype(np.uint8, copy=False)


def decode(
    logits: npt.NDArray[np.float32],
    card: RecognizerCard,
    regions: Regions,
    candidates: int = 5,
    again: Callable[[], npt.NDArray[np.float32]] | None = None,
) -> Reading:
    """One crop's logits, (steps or slots, classes), to its reading.

    The head "ctc" is searched with a beam, and what it ends with is measured exactly; "slots" is exact. The
    network alone says whether there is a plate; of the texts, `regions` says which are likelier than others.

    `again` gives the logits of other views of the crop, (views, steps, classes). With the head "ctc" it is
    asked for where the text is in doubt; the mean of what all views give to each text counts then.
    """
    if candidates < 1:
        raise ValueError(f"candidates: expected at least 1, got {candidates}")
    rows = seen = _probabilities(logits, card)
    few, many = max(10, 2 * candidates), max(_HYPOTHESES, 2 * candidates)
    if card.head == "ctc":
        ranked = _search(rows, few)
        # No format makes up for so little, nor puts another text before one that is so sure.
        if _NONSENSE < ranked[0][1] < _SETTLED:
            ranked = _search(rows, many)
            if again is not None:
                seen = np.concatenate([rows[None], _probabilities(again(), card)])
                ranked = _ranked(seen, [label for label, _ in ranked])
    else:
        ranked = slots.best_labels(rows, many)
    likeliest, confidence = ranked[0]
    if not MIN_LENGTH <= len(likeliest) <= MAX_LENGTH:
        return Reading("", min(1.0, confidence), (), (), probabilities=rows)
    texts = regions.reorder(
        (_text(label), p) for label, p in ranked if MIN_LENGTH <= len(label) <= MAX_LENGTH
    )
    best = texts[0][0]
    head = ctc if card.head == "ctc" else slots
    sure = head.character_confidences(
        seen, tuple(map(ALPHABET.index, best)), lambda label: regions.favour(_text(label))
    )
    offered = tuple(Candidate(text, min(1.0, p)) for text, p in texts[:candidates])
    return Reading(
        best,
        offered[0].confidence,
        tuple(Character(c, min(1.0, p)) for c, p in zip(best, sure, strict=True)),
        offered,
        likeliest_regions(regions, best),
        rows,
    )


def _probabilities(logits: npt.NDArray[np.float32], card: RecognizerCard) -> npt.NDArray[np.float64]:
    scaled = logits.astype(np.float64) / card.temperature
    odds = np.exp(scaled - scaled.max(-1, keepdims=True))
    return np.asarray(odds / odds.sum(-1, keepdims=True), np.float64)


def _joined(lines: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The logits of lines, (lines, steps, classes), as if they were of one: (steps, classes)."""
    # A blank between two lines: the first character of one may be the last of the other.
    between = np.full((len(lines), 1, lines.shape[-1]), -_SURE, np.float32)
    between[..., -1] = _SURE
    return np.concatenate([lines, between], 1).reshape(-1, lines.shape[-1])


def _search(rows: ctc.Steps, width: int) -> list[tuple[ctc.Label, float]]:
    """The likeliest labels of a CTC head's steps with their probabilities, best first."""
    return _ranked(rows[None], ctc.beam_search(rows, width))


def _ranked(seen: npt.NDArray[np.float64], labels: list[ctc.Label]) -> list[tuple[ctc.Label, float]]:
    """Labels with their mean probabilities in several views, (views, steps, classes), best first."""
    found = ctc.probabilities(seen, labels).mean(0).tolist()
    return sorted(zip(labels, found, strict=True), key=lambda item: -item[1])


def likeliest_regions(regions: Regions, text: str) -> tuple[Region, ...]:
    """The regions that `text` may be of, best first, without those less probable than 0.01."""
    found = regions.probabilities(text)
    return tuple(Region(code, p) for code, p in found.items() if p >= _LEAST_REGION)


def _text(label: tuple[int, ...]) -> str:
    return "".join(ALPHABET[c] for c in label)
