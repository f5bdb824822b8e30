"""TensorFlow's kernels say what Keras's own steps do."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from numberplate.networks.kernels import BatchNormalization, ctc_losses

BLANK, STEPS = 11, 20


def by_keras(texts: np.ndarray, logits: Any) -> Any:
    filled, lengths = np.where(texts < 0, BLANK, texts), (texts >= 0).sum(-1)
    return ops.ctc_loss(filled, logits, lengths, np.full(len(texts), STEPS), mask_index=BLANK)


def gradient(losses: Callable[..., Any], texts: np.ndarray, logits: np.ndarray) -> np.ndarray:
    tf = pytest.importorskip("tensorflow")
    with tf.GradientTape() as tape:
        given = tf.constant(logits)
        tape.watch(given)
        total = tf.reduce_sum(losses(texts, given))
    return np.asarray(tape.gradient(total, given))


def test_losses_of_texts_are_those_of_keras() -> None:
    rng = np.random.default_rng(3)
    texts = np.full((24, 8), -1, np.int32)
    for row, length in zip(texts, np.arange(24) % 9, strict=True):  # from none at all to all that fit
        row[:length] = rng.integers(0, BLANK, length)
    texts[3, :3] = 5  # the same ones after each other need blanks in between
    logits = rng.normal(0, 3, (24, STEPS, BLANK + 1)).astype(np.float32)
    ours, theirs = (ops.convert_to_numpy(losses(texts, logits)) for losses in (ctc_losses, by_keras))
    assert np.allclose(ours, theirs, rtol=1e-4)
    assert np.allclose(gradient(ctc_losses, texts, logits), gradient(by_keras, texts, logits), atol=1e-4)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_batch_is_normalized_as_by_keras(policy: str) -> None:
    maps = np.random.default_rng(4).normal(3, 5, (16, 6, 9, 4)).astype(np.float32)
    ours = BatchNormalization(momentum=0.9, dtype=policy)
    theirs = layers.BatchNormalization(momentum=0.9, dtype=policy)
    for layer in (ours, theirs):
        layer.build(maps.shape)
        layer.gamma.assign([0.5, 1.0, 2.0, 3.0])
        layer.beta.assign([1.0, 0.0, -1.0, 2.0])
    for training in (True, False):
        seen, expected = (ops.cast(layer(maps, training=training), "float32") for layer in (ours, theirs))
        # A bfloat16 has three digits.
        near = {"rtol": 0.01, "atol": 0.02}
        assert np.allclose(ops.convert_to_numpy(seen), ops.convert_to_numpy(expected), **near)
    for moving in ("moving_mean", "moving_variance"):
        # The variance of a sample is a little more than that of its numbers alone.
        seen, expected = (ops.convert_to_numpy(getattr(layer, moving)) for layer in (ours, theirs))
        assert np.allclose(seen, expected, rtol=3e-3)


def test_what_does_not_train_stays_as_it_is() -> None:
    layer = BatchNormalization()
    layer.build((None, 3, 3, 2))
    layer.trainable = False
    maps = np.ones((2, 3, 3, 2), np.float32)
    assert np.allclose(ops.convert_to_numpy(layer(maps, training=True)), maps, atol=1e-3)
    assert (ops.convert_to_numpy(layer.moving_mean) == 0).all()


def test_networks_keep_it_when_they_are_saved(tmp_path: object) -> None:
    network = keras.Sequential([keras.Input((4, 4, 1)), BatchNormalization()])
    network.save(f"{tmp_path}/network.keras")
    loaded = keras.saving.load_model(f"{tmp_path}/network.keras")
    assert isinstance(loaded.layers[-1], BatchNormalization)
