"""From scores to probabilities: of all that is said with 0.9, nine in ten should be right."""

import numpy as np
import numpy.typing as npt

from numberplate.models.probability import sigmoid

Array = npt.NDArray[np.float64]

LEAST_PROBABILITY = 1e-6
"""Probabilities count as this at least, as what it lacks of 1 at most: one case is not to decide all."""

_RIDGE = 0.01
"""Of logistic regression: where cases can be separated completely there is no greatest likelihood."""


def log_loss(probability: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """The mean negative log-likelihood of what came true, `right` (n,), given its probability (n,)."""
    bounded = np.clip(np.asarray(probability, np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return float(-np.log(np.where(np.asarray(right, bool), bounded, 1 - bounded)).mean())


def logistic_weights(features: Array, true: Array) -> Array:
    """The likeliest weights (features,) for `true` (n,), 0 or 1, given `features` (n, features).

    Logistic regression by Newton's method.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(30):
        p = sigmoid(features @ weights)
        curvature = (features * (p * (1 - p))[:, None]).T @ features + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, features.T @ (true - p) - _RIDGE * weights)
    return weights
