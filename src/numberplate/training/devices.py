"""Several GPUs that share each batch, where Keras distributes: with JAX."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np


def sharing(batch: int) -> int:
    """How many devices can share batches of this size: as many as divide it.

    One with other backends than JAX, for which Keras distributes nothing by itself.
    """
    if keras.backend.backend() != "jax":
        return 1
    available = len(keras.distribution.list_devices())
    return max(number for number in range(1, available + 1) if batch % number == 0)


@contextmanager
def shared(devices: int) -> Iterator[None]:
    """Networks that are made, loaded and used within are computed by so many devices.

    Each holds all weights and gets a part of a batch.
    """
    if devices == 1:
        yield
        return
    chosen = keras.distribution.list_devices()[:devices]
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=chosen))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def predict(network: keras.Model, pictures: np.ndarray, devices: int = 1) -> Any:
    """What a network gives for pictures, by 16 at a time on each device that shares its batches."""
    # All of them must get as many.
    filled = np.concatenate([pictures, pictures[:1].repeat(-len(pictures) % devices, axis=0)])
    outputs = network.predict(filled, batch_size=16 * devices, verbose=0)
    return keras.tree.map_structure(lambda array: array[: len(pictures)], outputs)
