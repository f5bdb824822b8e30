"""Whether there is a plate at all: what the detector and the recognizer say of it, taken together."""

import math

IS_PLATE = 0.4
"""Least probability of a plate that is reported."""

_WEIGHTS = (0.84, 0.3, -2.4, -1.06, -0.34)
"""Of the `features`: those of the greatest likelihood on held-out scenes (`benchmarks/evidence.py`)."""

_SUREST = 0.999
"""A probability counts as this at most, and as what this lacks of 1 at least."""


def features(presence: float, confidence: float, text: str) -> tuple[float, ...]:
    """What speaks for or against a plate: logits of presence and text, letters alone, digits alone, and 1.

    `presence`, of the detector, and `confidence`, of the text, are in 0..1. Names on bodywork are letters
    alone and telephone numbers digits alone, and few plates are either.
    """
    return _logit(presence), _logit(confidence), float(text.isalpha()), float(text.isdigit()), 1.0


def plate_probability(presence: float, confidence: float, text: str) -> float:
    """The probability, 0..1, that there is a plate; the arguments are those of `features`."""
    evidence = zip(_WEIGHTS, features(presence, confidence, text), strict=True)
    return 1 / (1 + math.exp(-sum(weight * value for weight, value in evidence)))


def least_presence(probability: float) -> float:
    """The least presence, 0..1, with which the surest text makes a plate of this probability, 0..1."""
    rest = zip(_WEIGHTS[1:], features(0.5, 1.0, "A1")[1:], strict=True)
    wanted = (_logit(probability) - sum(weight * value for weight, value in rest)) / _WEIGHTS[0]
    return 1 / (1 + math.exp(-wanted))


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1 - _SUREST), _SUREST)
    return math.log(bounded / (1 - bounded))
