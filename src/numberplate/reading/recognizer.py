"""The recognizer: flat crops in, their texts out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH
from numberplate.reading import ctc, slots
from numberplate.reading.plate import Candidate, Character
from numberplate.reading.weights import RecognizerCard, load_recognizer

_MOST_CROPS = 32
"""Crops in one run: beyond it a batch takes memory and saves no time."""


@dataclass(frozen=True)
class Reading:
    """What one crop says.

    Attributes:
        text: empty when the crop shows no plate: fewer than MIN_LENGTH characters, or more than MAX_LENGTH.
        confidence: the probability of the whole text, 0..1; of there being no plate when it is empty.
        characters: one for each character of the text.
        candidates: the likeliest texts, best first, the text itself among them; empty when the text is.
    """

    text: str
    confidence: float
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]


class Recognizer:
    """Reads crops of plates.

    Args:
        weights: folder with recognizer.onnx and recognizer.json; None for the package's own.
        threads: to run on.

    Raises WeightsError when the weights cannot be used.
    """

    def __init__(self, weights: str | Path | None = None, threads: int = 1):
        self._network, self.card = load_recognizer(weights, threads)

    def read(self, crops: npt.NDArray[np.uint8], candidates: int = 5) -> list[Reading]:
        """Reads crops, uint8 (n, height, width), grey, of the card's height and width: one reading each.

        `candidates`: how many texts each reading has at most, 1 or more.
        """
        expected = (self.card.height, self.card.width)
        if crops.ndim != 3 or crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise ValueError(f"crops: expected uint8 (n, {expected[0]}, {expected[1]}), got {crops.shape}")
        readings: list[Reading] = []
        for start in range(0, len(crops), _MOST_CROPS):
            batch = crops[start : start + _MOST_CROPS, :, :, None].astype(np.float32)
            readings += [decode(logits, self.card, candidates) for logits in self._network(batch)]
        return readings


def decode(logits: npt.NDArray[np.float32], card: RecognizerCard, candidates: int = 5) -> Reading:
    """One crop's logits, (steps or slots, classes), to its reading.

    The head "ctc" is searched with a beam, and what it ends with is measured exactly; "slots" is exact.
    """
    if candidates < 1:
        raise ValueError(f"candidates: expected at least 1, got {candidates}")
    scaled = logits.astype(np.float64) / card.temperature
    odds = np.exp(scaled - scaled.max(-1, keepdims=True))
    rows = odds / odds.sum(-1, keepdims=True)
    if card.head == "ctc":
        labels = ctc.beam_search(rows, max(10, 2 * candidates))
        found = ctc.probabilities(rows, labels).tolist()
        ranked = sorted(zip(labels, found, strict=True), key=lambda item: -item[1])
        best, confidence = ranked[0]
        sure = ctc.character_confidences(rows, best)
    else:
        # More than asked for: some of the best may be too short to be a plate's.
        ranked = slots.best_labels(rows, candidates + 5)
        best, confidence = ranked[0]
        sure = slots.character_confidences(rows, best)
    if not MIN_LENGTH <= len(best) <= MAX_LENGTH:
        return Reading("", min(1.0, confidence), (), ())
    texts = tuple(
        Candidate(_text(label), min(1.0, p))  # a sum of products may pass 1 by a rounding
        for label, p in ranked
        if MIN_LENGTH <= len(label) <= MAX_LENGTH
    )
    characters = tuple(Character(ALPHABET[c], min(1.0, p)) for c, p in zip(best, sure, strict=True))
    return Reading(_text(best), min(1.0, confidence), characters, texts[:candidates])


def _text(label: tuple[int, ...]) -> str:
    return "".join(ALPHABET[c] for c in label)
