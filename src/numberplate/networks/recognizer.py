"""The recognizer: a flat crop of one plate in; its text out, and by how much the crop was off."""

from typing import Any, Literal

import keras
from keras import layers, ops

from numberplate.models.spec import BLANK, CLASSES, INPUT_HEIGHT, INPUT_WIDTH, UNCOUNTED_TEXT
from numberplate.plates.alphabet import MAX_LENGTH

Head = Literal["ctc", "slots"]

_LEAST_CONTRAST = 4.0
"""Added to the standard deviation of a crop's grey, 0..255, which divides it: noise alone stays small."""


_STRICT = 0.1
"""Share of the negative log-likelihood in a lenient loss."""


@keras.saving.register_keras_serializable("numberplate")
class CTCLoss(keras.losses.Loss):
    """Connectionist temporal classification from logits (Graves et al. 2006).

    `y_true`: int32 (batch, MAX_LENGTH), the characters' indices in the alphabet, padded with BLANK; an
    empty text (no plate in the crop) is all BLANK, and one of UNCOUNTED_TEXT has no loss.
    `y_pred`: logits (batch, steps, CLASSES).

    Some crops nobody can read: with -log p, of the text's probability p, they would make most of the
    gradient, and it would be noise. So most of the loss is (1 - p ** leniency) / leniency (Zhang and Sabuncu
    2018, arXiv 1805.07836), and a tenth stays -log p, from which a network with fresh weights learns. A
    `leniency` of 0 is -log p.
    """

    def __init__(self, leniency: float = 0.2, **kwargs):  # type: ignore[no-untyped-def]
        super().__init__(**kwargs)
        self.leniency = leniency

    def call(self, y_true, y_pred):  # type: ignore[no-untyped-def]
        y_true, counted = _counted(y_true)
        steps = ops.shape(y_pred)[1]
        lengths = ops.sum(ops.cast(y_true != BLANK, "int32"), axis=-1)
        # Keras fixes CTC's blank at class 0 on no backend but takes it as `mask_index` on all.
        losses = ops.ctc_loss(
            y_true,
            y_pred,
            lengths,
            ops.ones_like(lengths) * steps,
            mask_index=BLANK,
        )
        if self.leniency:
            lenient = (1 - ops.exp(-self.leniency * losses)) / self.leniency
            losses = _STRICT * losses + (1 - _STRICT) * lenient
        return counted * losses

    def get_config(self) -> dict:
        return {**super().get_config(), "leniency": self.leniency}


@keras.saving.register_keras_serializable("numberplate")
class SlotsLoss(keras.losses.Loss):
    """Softmax cross-entropy at each of MAX_LENGTH positions, summed; a position past the end is BLANK.

    The positions past the end state the length, so one set of logits carries both factors of Goodfellow et
    al. 2013 (arXiv 1312.6082): the length and each character given the length.
    """

    def call(self, y_true, y_pred):  # type: ignore[no-untyped-def]
        y_true, counted = _counted(y_true)
        losses = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        return counted * ops.sum(losses, axis=-1)


def _counted(y_true: Any) -> tuple[Any, Any]:
    """The target without UNCOUNTED_TEXT, which is no class, and 1 or 0 for each text: whether it counts."""
    y_true = ops.cast(y_true, "int32")
    counted = ops.cast(y_true[:, 0] != UNCOUNTED_TEXT, "float32")
    return ops.where(y_true == UNCOUNTED_TEXT, BLANK, y_true), counted


@keras.saving.register_keras_serializable("numberplate")
class CropCornersLoss(keras.losses.Loss):
    """Smooth L1 on the offsets of a plate's corners from where its crop has them, (batch, 8).

    A target that is not a number counts in no loss. `weight`: of this loss beside that of the text.
    """

    def __init__(self, weight: float = 20.0, **kwargs):  # type: ignore[no-untyped-def]
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true, y_pred):  # type: ignore[no-untyped-def]
        distance = ops.abs(ops.where(ops.isnan(y_true), y_pred, y_true) - y_pred)
        smooth = ops.where(distance < 0.02, 25.0 * distance * distance, distance - 0.01)
        return self.weight * ops.mean(smooth, axis=-1)

    def get_config(self) -> dict:
        return {**super().get_config(), "weight": self.weight}


_Size = int | tuple[int, int]


def _convolve(x, filters: int, kernel: _Size = 3, strides: _Size = 1, padding: str = "same"):  # type: ignore[no-untyped-def]
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.99)(x)
    return layers.Activation("relu")(x)


def _residual(x):  # type: ignore[no-untyped-def]
    y = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(x)
    # It begins as what comes in (Goyal et al. 2017, arXiv 1706.02677): a deep network learns like a flat one.
    y = layers.BatchNormalization(momentum=0.99, gamma_initializer="zeros")(y)
    return layers.Activation("relu")(layers.Add()([x, y]))


def recognizer(head: Head = "ctc", width: float = 1.0) -> keras.Model:
    """The recognizer's network.

    Input: float32 (batch, INPUT_HEIGHT, INPUT_WIDTH, 1), grey, 0..255. Outputs: `logits`, (batch, 36,
    CLASSES) for `head="ctc"` and (batch, MAX_LENGTH, CLASSES) for `head="slots"`; and `corners`, (batch, 8):
    for each corner, in reading order and x before y, how far the plate's own lies from where the crop has
    it, in fractions of the crop's width or height. `width` scales the number of maps.
    """
    # ONNX Runtime computes 16 maps at a time on processors with AVX-512, and 8 on others.
    maps = [max(8, round(n * width / 16) * 16) for n in (16, 32, 64, 128, 192)]
    picture = keras.Input((INPUT_HEIGHT, INPUT_WIDTH, 1), name="crop")
    # What is dark on dark paper is as plain as black on white; a crop of one grey stays a crop of one grey.
    mean = ops.mean(picture, axis=(1, 2, 3), keepdims=True)
    x = picture - mean
    x = x / (ops.sqrt(ops.mean(x * x, axis=(1, 2, 3), keepdims=True)) + _LEAST_CONTRAST)
    x = _convolve(x, maps[0], strides=(2, 1))
    x = layers.MaxPooling2D((1, 2))(x)  # 24 × 72
    x = _residual(_convolve(x, maps[1]))
    x = layers.MaxPooling2D(2)(x)  # 12 × 36
    x = _residual(_convolve(_convolve(x, maps[2]), maps[2]))
    x = layers.MaxPooling2D((2, 1))(x)  # 6 × 36
    x = _residual(_residual(_convolve(_convolve(x, maps[3]), maps[3])))
    corners = _corners(x, maps[0])
    if head == "ctc":
        x = _convolve(x, maps[4], kernel=(6, 1), padding="valid")  # 1 × 36
        for _ in range(4):
            x = layers.Add()([x, _convolve(x, maps[4], kernel=(1, 5))])
        x = layers.Dropout(0.1)(x)
        x = layers.Conv2D(CLASSES, 1, dtype="float32")(x)
        logits = layers.Reshape((INPUT_WIDTH // 4, CLASSES), dtype="float32", name="logits")(x)
    elif head == "slots":
        x = layers.MaxPooling2D((2, 2))(x)  # 3 × 18
        x = _convolve(x, maps[3], kernel=1)
        x = layers.Flatten()(x)
        x = layers.Dense(512, activation="relu")(x)
        x = layers.Dropout(0.1)(x)
        x = layers.Dense(MAX_LENGTH * CLASSES, dtype="float32")(x)
        logits = layers.Reshape((MAX_LENGTH, CLASSES), dtype="float32", name="logits")(x)
    else:
        raise ValueError(f"unknown head {head!r}: 'ctc' or 'slots'")
    return keras.Model(picture, {"logits": logits, "corners": corners}, name="recognizer")


def _corners(x: Any, maps: int) -> Any:
    """The corners' offsets from the map of the convolutions, all of it: they are where the plate ends."""
    x = _convolve(x, maps, strides=2)  # 3 × 18
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    # Begins with no offset at all, the best guess as long as nothing is known.
    return layers.Dense(8, kernel_initializer="zeros", dtype="float32", name="corners")(x)


def text_surprise(head: Head) -> keras.losses.Loss:
    """The negative log-likelihood of the text, given as to CTCLoss or SlotsLoss."""
    return CTCLoss(leniency=0.0) if head == "ctc" else SlotsLoss()


def recognizer_loss(head: Head) -> dict[str, keras.losses.Loss]:
    """The losses that fit the outputs of `recognizer(head)`."""
    return {"logits": CTCLoss() if head == "ctc" else SlotsLoss(), "corners": CropCornersLoss()}
