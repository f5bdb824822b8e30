"""One step of training after another, without waiting for each."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Step = Callable[[np.ndarray, Any], Any]
"""From a batch's input and targets to the loss, a number of the backend's that may be still to come."""


def stepping(network: keras.Model) -> Step:
    """`Model.train_on_batch` of a compiled network, but for its figures.

    Keras makes each of them a number of Python's, so that the host waits until the step is computed: a GPU
    stands still while the next batch is prepared. Here the loss stays where it is; `float` of it waits.
    """
    kept: dict[str, Any] = {}

    def step(x: np.ndarray, y: Any) -> Any:
        if not kept:  # by the first step Keras has made all that it keeps figures in
            kept["loss"] = np.ravel(network.train_on_batch(x, y))[0]
            network.train_function = without_figures(network.train_function)
        else:
            network.train_on_batch(x, y)
        return kept["loss"]

    def without_figures(compiled: Callable[..., Any]) -> Callable[..., Any]:
        def keep(*given: Any) -> Any:
            result = compiled(*given)
            # JAX gives the network's new state besides.
            figures, *state = result if isinstance(result, tuple) else (result,)
            kept.update(figures)
            return ({}, *state) if state else {}

        return keep

    return step
