"""Whether there is a plate at all: what the detector and the recognizer say of it, taken together."""

import math

IS_PLATE = 0.4
"""Least probability of a plate that is reported."""

_WEIGHTS = (0.81, 0.25, 0.3, -2.79)
"""Of the `features`: those of the greatest likelihood on held-out scenes (`benchmarks/evidence.py`)."""

_LONGEST = 7
"""Characters: beyond it a text is no more a plate's."""

_SUREST = 0.999
"""A probability counts as this at most, and as what this lacks of 1 at least."""


def features(presence: float, confidence: float, length: int) -> tuple[float, float, float, float]:
    """What speaks for a plate: the logits of presence and of the whole text, the text's length, and 1.

    `presence`, of the detector, and `confidence`, of the text, are in 0..1; `length` is in characters.
    """
    return _logit(presence), _logit(confidence), float(min(length, _LONGEST)), 1.0


def plate_probability(presence: float, confidence: float, length: int) -> float:
    """The probability, 0..1, that there is a plate; the arguments are those of `features`."""
    evidence = zip(_WEIGHTS, features(presence, confidence, length), strict=True)
    return 1 / (1 + math.exp(-sum(weight * value for weight, value in evidence)))


def least_presence(probability: float) -> float:
    """The least presence, 0..1, with which the surest text makes a plate of this probability, 0..1."""
    rest = zip(_WEIGHTS[1:], features(0.5, 1.0, _LONGEST)[1:], strict=True)
    wanted = (_logit(probability) - sum(weight * value for weight, value in rest)) / _WEIGHTS[0]
    return 1 / (1 + math.exp(-wanted))


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1 - _SUREST), _SUREST)
    return math.log(bounded / (1 - bounded))
