"""Devices that share a batch get as many samples each; with JAX alone there are several."""

import keras
import numpy as np
import pytest

from numberplate.training.devices import predict, shared, sharing


@pytest.mark.parametrize("count", [1, 5, 32, 33])
@pytest.mark.parametrize("batch", [8, 7])
def test_any_number_of_pictures_is_predicted(batch: int, count: int) -> None:
    available = len(keras.distribution.list_devices()) if keras.backend.backend() == "jax" else 1
    devices = sharing(batch)
    assert devices == (available if batch % available == 0 else 1)
    pictures = np.random.default_rng(0).uniform(size=(count, 3)).astype(np.float32)
    with shared(devices):
        given = keras.Input((3,))
        network = keras.Model(given, {"twice": given * 2, "sum": keras.layers.Dense(1)(given)})
        found = predict(network, pictures, devices)
    np.testing.assert_allclose(found["twice"], 2 * pictures, rtol=1e-6)
    assert found["sum"].shape == (count, 1)
    assert keras.distribution.distribution() is None  # what is made outside is as ever
