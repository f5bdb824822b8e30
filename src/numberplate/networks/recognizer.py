"""The recognizer: a flat crop of one plate in, its text out."""

from typing import Literal

import keras
from keras import layers, ops

from numberplate.networks.layout import BLANK, CLASSES, INPUT_HEIGHT, INPUT_WIDTH
from numberplate.plates.alphabet import MAX_LENGTH

Head = Literal["ctc", "slots"]


@keras.saving.register_keras_serializable("numberplate")
class CTCLoss(keras.losses.Loss):
    """Connectionist temporal classification from logits (Graves et al. 2006).

    `y_true`: int32 (batch, MAX_LENGTH), the characters' indices in the alphabet, padded with BLANK; an
    empty text (no plate in the crop) is all BLANK. `y_pred`: logits (batch, steps, CLASSES).
    """

    def call(self, y_true, y_pred):  # type: ignore[no-untyped-def]
        y_true = ops.cast(y_true, "int32")
        steps = ops.shape(y_pred)[1]
        lengths = ops.sum(ops.cast(y_true != BLANK, "int32"), axis=-1)
        # Keras fixes CTC's blank at class 0 on no backend but takes it as `mask_index` on all.
        return ops.ctc_loss(
            y_true,
            y_pred,
            lengths,
            ops.ones_like(lengths) * steps,
            mask_index=BLANK,
        )


@keras.saving.register_keras_serializable("numberplate")
class SlotsLoss(keras.losses.Loss):
    """Softmax cross-entropy at each of MAX_LENGTH positions, summed; a position past the end is BLANK.

    The positions past the end state the length, so one set of logits carries both factors of Goodfellow et
    al. 2013 (arXiv 1312.6082): the length and each character given the length.
    """

    def call(self, y_true, y_pred):  # type: ignore[no-untyped-def]
        losses = keras.losses.sparse_categorical_crossentropy(
            ops.cast(y_true, "int32"), y_pred, from_logits=True
        )
        return ops.sum(losses, axis=-1)


_Size = int | tuple[int, int]


def _convolve(x, filters: int, kernel: _Size = 3, strides: _Size = 1, padding: str = "same"):  # type: ignore[no-untyped-def]
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.99)(x)
    return layers.Activation("relu")(x)


def recognizer(head: Head = "ctc", width: float = 1.0) -> keras.Model:
    """The recognizer's network.

    Input: float32 (batch, INPUT_HEIGHT, INPUT_WIDTH, 1), grey, 0..255. Output: logits, (batch, 36, CLASSES)
    for `head="ctc"` and (batch, MAX_LENGTH, CLASSES) for `head="slots"`. `width` scales the number of maps.
    """
    maps = [max(8, round(n * width / 8) * 8) for n in (24, 48, 72, 96, 128)]
    picture = keras.Input((INPUT_HEIGHT, INPUT_WIDTH, 1), name="crop")
    x = layers.Rescaling(1 / 127.5, -1.0)(picture)
    x = _convolve(x, maps[0], strides=(2, 1))
    x = layers.MaxPooling2D((1, 2))(x)  # 24 × 72
    x = _convolve(x, maps[1])
    x = layers.MaxPooling2D(2)(x)  # 12 × 36
    x = _convolve(x, maps[2])
    x = _convolve(x, maps[2])
    x = layers.MaxPooling2D((2, 1))(x)  # 6 × 36
    x = _convolve(x, maps[3])
    x = _convolve(x, maps[3])
    if head == "ctc":
        x = _convolve(x, maps[4], kernel=(6, 1), padding="valid")  # 1 × 36
        for _ in range(2):
            x = layers.Add()([x, _convolve(x, maps[4], kernel=(1, 5))])
        x = layers.Dropout(0.1)(x)
        x = layers.Conv2D(CLASSES, 1)(x)
        logits = layers.Reshape((INPUT_WIDTH // 4, CLASSES), name="logits")(x)
    elif head == "slots":
        x = layers.MaxPooling2D((2, 2))(x)  # 3 × 18
        x = _convolve(x, maps[3], kernel=1)
        x = layers.Flatten()(x)
        x = layers.Dense(512, activation="relu")(x)
        x = layers.Dropout(0.1)(x)
        x = layers.Dense(MAX_LENGTH * CLASSES)(x)
        logits = layers.Reshape((MAX_LENGTH, CLASSES), name="logits")(x)
    else:
        raise ValueError(f"unknown head {head!r}: 'ctc' or 'slots'")
    return keras.Model(picture, logits, name="recognizer")


def recognizer_loss(head: Head) -> keras.losses.Loss:
    """The loss that fits `recognizer(head)`."""
    return CTCLoss() if head == "ctc" else SlotsLoss()
