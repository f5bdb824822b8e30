"""The recognizer: a flat crop of one plate in; its text out, and what the crop shows of the plate."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import keras
from keras import layers, ops

from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, LATIN, UNCOUNTED_TEXT, logits_of
from numberplate.networks.kernels import BatchNormalization, ctc_losses

HEAD = "head_"
"""Beginning of the name of the last layer of each script's head."""

SCRIPTS = "scripts"
"""Name of the first layer that all scripts of other letters than Latin ones share; beginning of the names of
the other layers that they do."""

_LEAST_CONTRAST = 4.0
"""Added to the standard deviation of a crop's grey, 0..255, which divides it: noise alone stays small."""


_STRICT = 0.1
"""Share of the negative log-likelihood in a lenient loss."""


@keras.saving.register_keras_serializable("numberplate")
class CTCLoss(keras.losses.Loss):
    """Connectionist temporal classification from logits (Graves et al. 2006).

    `y_true`: int32 (batch, longest text), the classes of the characters, then PADDING; an empty text (no
    plate in the crop) is all PADDING, and one of UNCOUNTED_TEXT has no loss.
    `y_pred`: logits (batch, steps, classes), of which the last class is the blank.

    Some crops nobody can read: with -log p, of the text's probability p, they would make most of the
    gradient, and it would be noise. So most of the loss is (1 - p ** leniency) / leniency (Zhang and Sabuncu
    2018, arXiv 1805.07836), and a tenth stays -log p, from which a network with fresh weights learns. A
    `leniency` of 0 is -log p. `weight`: of this loss beside others.
    """

    def __init__(self, leniency: float = 0.2, weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.leniency = leniency
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "int32")
        counted = ops.cast(y_true[:, 0] != UNCOUNTED_TEXT, "float32")
        losses = ctc_losses(y_true, y_pred)
        if self.leniency:
            lenient = (1 - ops.exp(-self.leniency * losses)) / self.leniency
            losses = _STRICT * losses + (1 - _STRICT) * lenient
        return self.weight * counted * losses

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "leniency": self.leniency, "weight": self.weight}


@keras.saving.register_keras_serializable("numberplate")
class CropCornersLoss(keras.losses.Loss):
    """Smooth L1 on the offsets of a plate's corners from where its crop has them, (batch, 8).

    A target that is not a number counts in no loss. `weight`: of this loss beside that of the text.
    """

    def __init__(self, weight: float = 20.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        distance = ops.abs(ops.where(ops.isnan(y_true), y_pred, y_true) - y_pred)
        smooth = ops.where(distance < 0.02, 25.0 * distance * distance, distance - 0.01)
        return self.weight * ops.mean(smooth, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable("numberplate")
class CutLoss(keras.losses.Loss):
    """Binary cross-entropy of logits (batch, 4): whether the picture's edge cuts each side of the plate.

    A target that is not a number counts in no loss. `weight`: of this loss beside that of the text.
    """

    def __init__(self, weight: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.weight * ops.mean(_cross_entropy(y_true, y_pred), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable("numberplate")
class LinesLoss(keras.losses.Loss):
    """Whether a plate has two lines, and where the second begins, (batch, 2).

    `y_true`: 1 for two lines or 0 for one, and the place as a share of the plate's height, each of no loss
    where it is not a number. `y_pred`: a logit, and that share. `weight`: of this loss beside that of the
    text.
    """

    def __init__(self, weight: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        distance = ops.abs(ops.where(ops.isnan(y_true[:, 1]), y_pred[:, 1], y_true[:, 1]) - y_pred[:, 1])
        return self.weight * (_cross_entropy(y_true[:, 0], y_pred[:, 0]) + 10.0 * distance)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight": self.weight}


def _cross_entropy(y_true: Any, logit: Any) -> Any:
    """Of each logit with its target 1 or 0; 0 where the target is not a number."""
    known = ops.logical_not(ops.isnan(y_true))
    losses = ops.softplus(logit) - ops.where(known, y_true, 0.0) * logit
    return ops.where(known, losses, 0.0)


_Size = int | tuple[int, int]


def _convolve(
    x: Any,
    filters: int,
    kernel: _Size = 3,
    strides: _Size = 1,
    padding: str = "same",
    name: str | None = None,
) -> Any:
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=False, name=name)(x)
    x = BatchNormalization(momentum=0.99, name=f"{name}_norm" if name else None)(x)
    return layers.Activation("relu")(x)


def _residual(x: Any) -> Any:
    y = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(x)
    # It begins as what comes in (Goyal et al. 2017, arXiv 1706.02677): a deep network learns like a flat one.
    y = BatchNormalization(momentum=0.99, gamma_initializer="zeros")(y)
    return layers.Activation("relu")(layers.Add()([x, y]))


def is_latin(script: str) -> bool:
    """Whether a script's characters are Latin letters, with accents or without."""
    return script.split("-")[0] == LATIN


def recognizer(classes: Mapping[str, int], width: float = 1.0) -> keras.Model:
    """The recognizer's network: one trunk, and a head for each script.

    Input: float32 (batch, INPUT_HEIGHT, INPUT_WIDTH, 1), grey, 0..255. `classes`: how many classes each
    script's head tells apart, LATIN among them. Outputs: `logits_of` each script, (batch, 36, classes);
    `corners`, (batch, 8): for each corner, in reading order and x before y, how far the plate's own lies from
    where the crop has it, in fractions of the crop's width or height; `cut`, (batch, 4): the logits of the
    picture's edge cutting the plate on the left, top, right and bottom; `lines`, (batch, 2): the logit of
    the plate having two lines, and where the second begins, as a share of the plate's height. `width` scales
    the number of maps.
    """
    # ONNX Runtime computes 16 maps at a time on processors with AVX-512, and 8 on others.
    maps = [max(8, round(n * width / 16) * 16) for n in (16, 32, 64, 128)]
    latin_maps, other_maps = (max(8, round(n * width / 16) * 16) for n in (192, 160))
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
    outputs = _whole(x, maps[0])
    latin = _convolve(x, latin_maps, kernel=(6, 1), padding="valid")  # 1 × 36
    for _ in range(4):
        latin = layers.Add()([latin, _convolve(latin, latin_maps, kernel=(1, 5))])
    others = None
    if any(not is_latin(script) for script in classes):
        # What is left of a character's height and strokes where the maps become one row is what Latin
        # letters need. The others have a row of their own.
        others = _convolve(x, other_maps, kernel=(6, 1), padding="valid", name=SCRIPTS)
        for number in (1, 2):
            context = _convolve(others, other_maps, kernel=(1, 5), name=f"{SCRIPTS}_{number}")
            others = layers.Add()([others, context])
    for script, count in classes.items():
        y = latin if is_latin(script) else others
        if script != LATIN:
            y = _convolve(y, maps[2], kernel=(1, 5), name=f"{HEAD}{script}_context")
        y = layers.Dropout(0.1)(y)
        y = layers.Conv2D(count, 1, dtype="float32", name=f"{HEAD}{script}")(y)
        name = logits_of(script)
        outputs[name] = layers.Reshape((INPUT_WIDTH // 4, count), dtype="float32", name=name)(y)
    return keras.Model(picture, outputs, name="recognizer")


def learn_heads_alone(network: keras.Model, heads: Collection[str], scripts: Iterable[str]) -> None:
    """Has nothing of a `recognizer` of these scripts learn but some heads, and layers that only these use."""
    learning = {f"{HEAD}{script}{part}" for script in heads for part in ("", "_context", "_context_norm")}
    shared_learns = all(script in heads for script in scripts if not is_latin(script))
    for layer in network.layers:
        is_shared = layer.name.split("_")[0] == SCRIPTS
        layer.trainable = layer.name in learning or (is_shared and shared_learns)


def _whole(x: Any, maps: int) -> dict[str, Any]:
    """What is predicted of the whole plate, from all of the convolutions' map: where it ends, and how."""
    x = _convolve(x, maps, strides=2, name="whole")  # 3 × 18
    x = layers.Dense(64, activation="relu", name="whole_summary")(layers.Flatten()(x))
    return {
        # Each begins with the best guess as long as nothing is known: no offset, not cut, one line.
        name: layers.Dense(count, kernel_initializer="zeros", dtype="float32", name=name)(x)
        for name, count in (("corners", 8), ("cut", 4), ("lines", 2))
    }


def text_nll() -> keras.losses.Loss:
    """The negative log-likelihood of the text, given as to CTCLoss."""
    return CTCLoss(leniency=0.0)


def recognizer_loss(scripts: Iterable[str]) -> dict[str, keras.losses.Loss]:
    """The losses that fit the outputs of a `recognizer` of these scripts."""
    return {
        **{logits_of(script): CTCLoss() for script in scripts},
        "corners": CropCornersLoss(),
        "cut": CutLoss(),
        "lines": LinesLoss(),
    }
