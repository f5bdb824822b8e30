"""Logits and the probabilities that they stand for."""

import math

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.float64]


def sigmoid(logits: npt.ArrayLike) -> Probabilities:
    """The probability of each logit, 0..1, of any size without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -np.asarray(logits, np.float64))), np.float64)


def logit(probabilities: npt.ArrayLike, least: float = 0.0) -> Probabilities:
    """The logit of each probability, which counts as `least` at least and as 1 - `least` at most."""
    bounded = np.clip(np.asarray(probabilities, np.float64), least, 1 - least)
    with np.errstate(divide="ignore"):  # of 0 and 1: -inf and inf
        return np.asarray(np.log(bounded) - np.log1p(-bounded), np.float64)


def sigmoid_of(logit: float) -> float:
    """The same as `sigmoid` of one number: NumPy takes ten times as long."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1 + odds)


def logit_of(probability: float, least: float = 0.0) -> float:
    """The same as `logit` of one number."""
    bounded = min(max(probability, least), 1 - least)
    if bounded in (0, 1):
        return math.copysign(math.inf, bounded - 0.5)
    return math.log(bounded) - math.log1p(-bounded)


def softmax(logits: npt.NDArray[np.floating], temperature: float = 1.0) -> Probabilities:
    """The probabilities of classes (..., classes), from their logits divided by `temperature`."""
    scaled = logits.astype(np.float64) / temperature
    odds = np.exp(scaled - scaled.max(-1, keepdims=True))
    return np.asarray(odds / odds.sum(-1, keepdims=True), np.float64)
