"""The article's network: a window in; whether it shows a plate, and the seven characters of it."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from numberplate.models.spec import (
    UNCOUNTED,
    WINDOW_CHARACTERS,
    WINDOW_HEIGHT,
    WINDOW_MARGIN_X,
    WINDOW_MARGIN_Y,
    WINDOW_STRIDE,
    WINDOW_WIDTH,
)
from numberplate.plates.alphabet import ALPHABET

WINDOW_OUTPUTS = 1 + WINDOW_CHARACTERS * len(ALPHABET)

_ROWS, _COLUMNS = WINDOW_HEIGHT // 8, WINDOW_WIDTH // 4
"""Of the map that the dense layer sees."""


@keras.saving.register_keras_serializable("numberplate")
class WindowLoss(keras.losses.Loss):
    """Sigmoid cross-entropy on presence and softmax cross-entropy at each position, from logits.

    `y_true`: (..., 1 + WINDOW_CHARACTERS): presence (1, 0 or UNCOUNTED) and the characters' indices
    in the alphabet, which count only where a plate is present. `y_pred`: (..., WINDOW_OUTPUTS), see `window`.
    Each window weighs the same.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.reshape(y_true, (-1, 1 + WINDOW_CHARACTERS))
        y_pred = ops.reshape(y_pred, (-1, WINDOW_OUTPUTS))
        present = ops.cast(y_true[:, 0] == 1, y_pred.dtype)
        counted = ops.cast(y_true[:, 0] != UNCOUNTED, y_pred.dtype)
        presence = ops.softplus(y_pred[:, 0]) - present * y_pred[:, 0]
        logits = ops.reshape(y_pred[:, 1:], (-1, WINDOW_CHARACTERS, len(ALPHABET)))
        characters = keras.losses.sparse_categorical_crossentropy(
            ops.cast(y_true[:, 1:], "int32"), logits, from_logits=True
        )
        return counted * presence + present * ops.sum(characters, axis=-1)


def _features(x: Any, maps: Sequence[int]) -> Any:
    """The convolutions: the map is 1/8 as high and 1/4 as wide as the picture without its margin."""
    x = layers.Rescaling(1 / 127.5, -1.0)(x)
    # Without padding, so that a window gives the same whatever lies around it beyond the margin.
    for place, (count, pool) in enumerate(zip(maps, ((2, 2), (2, 1), (2, 2)), strict=True), 1):
        x = layers.Conv2D(count, 5, kernel_initializer="he_normal", name=f"convolution{place}")(x)
        # After the pooling, which gives the same, of a quarter of the numbers.
        x = layers.ReLU()(layers.MaxPooling2D(pool)(x))
    return x


def window(width: float = 1.0, around: int = 0) -> keras.Model:
    """The windowed network, after Stark et al. 2015 ("CAPTCHA recognition with active deep learning").

    Input: float32 (batch, WINDOW_HEIGHT + 2 WINDOW_MARGIN_Y, WINDOW_WIDTH + 2 WINDOW_MARGIN_X, 1), grey,
    0..255: a window and the margin around it. Output: (batch, WINDOW_OUTPUTS): the logit of presence, then
    the logits of the alphabet at each position in turn. `width` scales the maps and the dense layer; 1 is
    the article's network, of 68 million weights.

    `around`: so many windows on each side of the first one are looked at besides. The picture is larger by
    WINDOW_STRIDE a window, and the output is (batch, 1 + 2 around, 1 + 2 around, WINDOW_OUTPUTS). The weights
    are the same; in training, one pass of the convolutions teaches the dense layer a plate at many places.
    """
    beyond = 2 * around * WINDOW_STRIDE
    shape = (
        WINDOW_HEIGHT + 2 * WINDOW_MARGIN_Y + beyond,
        WINDOW_WIDTH + 2 * WINDOW_MARGIN_X + beyond,
        1,
    )
    picture = keras.Input(shape, name="window")
    x = _features(picture, [max(4, round(n * width)) for n in (48, 64, 128)])
    places = range(1 + 2 * around)
    if around:
        parts = [
            layers.Flatten()(x[:, row : row + _ROWS, 2 * column : 2 * column + _COLUMNS])
            for row in places
            for column in places
        ]
        x = ops.reshape(ops.stack(parts, axis=1), (-1, len(places), len(places), parts[0].shape[-1]))
    else:
        x = layers.Flatten()(x)
    hidden = max(16, round(2048 * width))
    x = layers.Dense(hidden, activation="relu", kernel_initializer="he_normal", name="hidden")(x)
    outputs = layers.Dense(WINDOW_OUTPUTS, dtype="float32", name="outputs")(x)
    return keras.Model(picture, outputs, name="window")


def sliding_window(windowed: keras.Model) -> keras.Model:
    """The same weights made fully convolutional, to run over a whole picture at once.

    `windowed`: a network of `window`. Input of the result: float32 (batch, height + 2 WINDOW_MARGIN_Y,
    width + 2 WINDOW_MARGIN_X, 1), where height and width are those of a window plus multiples of
    WINDOW_STRIDE. Output: (batch, rows, columns, WINDOW_OUTPUTS): what `windowed` gives for each window,
    WINDOW_STRIDE pixels apart in both directions.
    """
    hidden, outputs = windowed.get_layer("hidden"), windowed.get_layer("outputs")
    picture = keras.Input((None, None, 1), name="picture")
    maps = tuple(layer.filters for layer in windowed.layers if layer.name.startswith("convolution"))
    x = _features(picture, maps)
    # A column of the map is 4 pixels, a row 8: the window moves as far in both directions.
    x = layers.Conv2D(hidden.units, (_ROWS, _COLUMNS), (1, 2), activation="relu", name="hidden")(x)
    network = keras.Model(picture, layers.Conv2D(WINDOW_OUTPUTS, 1, name="outputs")(x), name="sliding_window")
    for layer in windowed.layers:
        if layer.name.startswith("convolution"):
            network.get_layer(layer.name).set_weights(layer.get_weights())
    kernel, bias = hidden.get_weights()
    network.get_layer("hidden").set_weights([kernel.reshape(_ROWS, _COLUMNS, -1, hidden.units), bias])
    kernel, bias = outputs.get_weights()
    network.get_layer("outputs").set_weights([kernel[None, None], bias])
    return network
