"""Whether there is a plate at all: what the detector and the recognizer say of it, taken together."""

import math

IS_PLATE = 0.4
"""Least probability of a plate that is reported."""

_WEIGHTS = (0.9, 0.36, -2.78, -0.9, 0.3)
"""Of the `features`: those of the greatest likelihood on held-out scenes (`benchmarks/evidence.py`)."""

_SUREST = 0.999
_SUREST_TEXT = 0.99
"""Probabilities, of presence and of the text, count as this at most, and as what this lacks of 1 at least.

With a text that could count as more, fainter places would have to be read: more time for 2 of 1,528 plates.
"""


def features(presence: float, confidence: float, text: str) -> tuple[float, ...]:
    """What speaks for or against a plate: logits of presence and text, letters alone, digits alone, and 1.

    `presence`, of the detector, and `confidence`, of the text, are in 0..1. Names on bodywork are letters
    alone and telephone numbers digits alone, and few plates are either.
    """
    said = _logit(presence, _SUREST), _logit(confidence, _SUREST_TEXT)
    return *said, float(text.isalpha()), float(text.isdigit()), 1.0


def plate_probability(presence: float, confidence: float, text: str) -> float:
    """The probability, 0..1, that there is a plate; the arguments are those of `features`."""
    evidence = zip(_WEIGHTS, features(presence, confidence, text), strict=True)
    return 1 / (1 + math.exp(-sum(weight * value for weight, value in evidence)))


def least_presence(probability: float) -> float:
    """The least presence, 0..1, with which the surest text makes a plate of this probability, 0..1."""
    rest = zip(_WEIGHTS[1:], features(0.5, 1.0, "A1")[1:], strict=True)
    wanted = (_logit(probability, _SUREST) - sum(weight * value for weight, value in rest)) / _WEIGHTS[0]
    return 1 / (1 + math.exp(-wanted))


def _logit(probability: float, surest: float) -> float:
    bounded = min(max(probability, 1 - surest), surest)
    return math.log(bounded / (1 - bounded))
