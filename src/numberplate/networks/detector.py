"""The detector: a grey picture in; at each cell of a coarse grid, if a plate is there, and its corners."""

from typing import Any

import keras
from keras import layers, ops

from numberplate.models.spec import ABSENT, CORNER_SCALE, MIDDLE_GREY, PRESENT

_MIN_HEIGHT = 8.0


@keras.saving.register_keras_serializable("numberplate")
class DetectorLoss(keras.losses.Loss):
    """Focal loss on presence (Lin et al. 2017, arXiv 1708.02002) and smooth L1 on corners, for each picture.

    `y_true`: (batch, rows, columns, 9): presence (PRESENT, ABSENT or IGNORED) and the eight offsets, which
    count only where a plate is present. `y_pred` has the same shape with a logit for presence.

    A present cell weighs `present_weight` absent ones: a plate not found is lost, while the recognizer
    still has its say on what is found in vain. All is divided by the number of present cells, so that a
    picture with a large plate weighs no more.

    Some plates nobody can see, and the focal loss would make most of them: for a present cell it has
    (1 - p ** leniency) / leniency in place of -log p, of which a `leniency` of 0 is the limit (Zhang and
    Sabuncu 2018, arXiv 1805.07836).
    """

    def __init__(
        self,
        focus: float = 2.0,
        present_weight: float = 4.0,
        corner_weight: float = 1.0,
        leniency: float = 0.3,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.focus = focus
        self.leniency = leniency
        self.present_weight = present_weight
        self.corner_weight = corner_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        presence, logit = y_true[..., 0], y_pred[..., 0]
        present = ops.cast(presence == PRESENT, logit.dtype)
        absent = ops.cast(presence == ABSENT, logit.dtype)
        p = ops.sigmoid(logit)
        nll = ops.softplus(-logit)
        if self.leniency:
            nll = (1 - ops.exp(-self.leniency * nll)) / self.leniency
        positive = present * nll * ops.power(1 - p, self.focus)
        negative = absent * ops.softplus(logit) * ops.power(p, self.focus)
        # In heights of the plate: an error of two pixels is nothing to a large plate and half of a small one.
        left = y_true[..., 1:3] - y_true[..., 7:9]
        right = y_true[..., 3:5] - y_true[..., 5:7]
        height = 0.5 * ops.sqrt(ops.sum(left * left + right * right, axis=-1, keepdims=True) * 2 + 1e-6)
        distance = ops.abs(y_true[..., 1:] - y_pred[..., 1:]) / ops.maximum(
            height, _MIN_HEIGHT / CORNER_SCALE
        )
        smooth = ops.where(distance < 0.1, 5.0 * distance * distance, distance - 0.05)
        corners = present[..., None] * smooth
        # At least 1: a picture without a plate teaches too, but cannot divide by zero.
        count = ops.maximum(ops.sum(present, axis=(1, 2)), 1.0)
        return (
            ops.sum(self.present_weight * positive + negative, axis=(1, 2))
            + self.corner_weight * ops.sum(corners, axis=(1, 2, 3))
        ) / count

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "focus": self.focus,
            "present_weight": self.present_weight,
            "corner_weight": self.corner_weight,
            "leniency": self.leniency,
        }


def _convolve(x: Any, filters: int, strides: int = 1, kernel: int = 3) -> Any:
    x = layers.Conv2D(filters, kernel, strides, "same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.99)(x)
    return layers.Activation("relu")(x)


def _residual(x: Any) -> Any:
    return layers.Add()([x, _convolve(_convolve(x, x.shape[-1] // 2, kernel=1), x.shape[-1])])


@keras.saving.register_keras_serializable("numberplate")
def _first_guess(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Presence is rare: a first guess of one half would drown the first steps. A sigmoid of -4 is 2 %."""
    return ops.concatenate([ops.full((1,), -4.0, dtype), ops.zeros((shape[0] - 1,), dtype)])


def detector(width: float = 1.0, rescaling: bool = True) -> keras.Model:
    """The detector's network.

    Input: float32 (batch, height, width, 1), grey, 0..255, height and width multiples of 32. Output:
    (batch, height / STRIDE, width / STRIDE, 9): the logit of presence, then for each corner (in reading
    order, x before y) its offset from the cell's centre in units of CORNER_SCALE pixels. `width` scales the
    maps. Without `rescaling` the input is -MIDDLE_GREY..MIDDLE_GREY; see `without_rescaling`.
    """
    # ONNX Runtime computes 16 maps at a time on processors with AVX-512, and 8 on others.
    maps = [max(8, round(n * width / 16) * 16) for n in (16, 16, 32, 64, 96)]
    picture = keras.Input((None, None, 1), name="picture")
    x = layers.Rescaling(1 / MIDDLE_GREY, -1.0)(picture) if rescaling else picture
    x = _convolve(x, maps[0], 2)
    x = _convolve(x, maps[1], 2)
    x = _convolve(x, maps[2], 2)
    fine = _residual(_residual(x))  # stride 8
    x = _convolve(fine, maps[3], 2)
    middle = _residual(_residual(_residual(x)))  # stride 16
    x = _convolve(middle, maps[4], 2)
    x = _residual(_residual(_residual(x)))  # stride 32: sees the whole plate and the car around it
    x = layers.UpSampling2D(2)(_convolve(x, maps[3], kernel=1))
    x = _residual(layers.Add()([middle, x]))
    x = layers.UpSampling2D(2)(_convolve(x, maps[2], kernel=1))
    x = _residual(layers.Add()([fine, x]))
    x = _convolve(x, maps[3])
    grid = layers.Conv2D(9, 1, bias_initializer=_first_guess, dtype="float32", name="grid")(x)
    return keras.Model(picture, grid, name="detector")


def without_rescaling(network: keras.Model, width: float) -> keras.Model:
    """A copy of the detector `network` of this width, for pictures less MIDDLE_GREY.

    It gives the same, and saves passing over the whole picture twice: the scale is in the first kernel.
    """
    bare = detector(width, rescaling=False)
    first, *others = network.get_weights()
    bare.set_weights([first / MIDDLE_GREY, *others])
    return bare
