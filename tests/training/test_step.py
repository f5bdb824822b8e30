"""A step gives what Keras's own gives, and does not wait for it."""

import keras
import numpy as np

from numberplate.training.step import stepping


def network() -> keras.Model:
    """Of two outputs, whose losses Keras adds up."""
    keras.utils.set_random_seed(3)
    given = keras.Input((4,))
    made = keras.Model(given, {name: keras.layers.Dense(2, name=name)(given) for name in ("first", "second")})
    made.compile(keras.optimizers.AdamW(0.1), {"first": "mse", "second": "mae"})
    return made


def test_steps_are_those_of_keras_and_the_loss_is_not_waited_for() -> None:
    rng = np.random.default_rng(1)
    batches = [
        (rng.normal(size=(6, 4)), {name: rng.normal(size=(6, 2)) for name in ("first", "second")})
        for _ in range(4)
    ]
    theirs, ours = network(), network()
    step = stepping(ours)
    expected = [float(np.ravel(theirs.train_on_batch(x, y))[0]) for x, y in batches]
    found = [step(x, y) for x, y in batches]
    # A number of Python's or NumPy's would be one that was waited for.
    assert not any(isinstance(loss, float | np.ndarray | np.generic) for loss in found[1:])
    np.testing.assert_allclose([float(loss) for loss in found], expected, rtol=1e-5)
    for one, other in zip(theirs.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    assert int(ours.optimizer.iterations) == len(batches)
