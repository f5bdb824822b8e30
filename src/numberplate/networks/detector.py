"""The detector: a grey picture in; at each cell of a coarse grid, if a plate is there, and its corners."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from numberplate.models.spec import ABSENT, BLOCK, BLOCKS_ZERO, CORNER_SCALE, MIDDLE_GREY, PRESENT
from numberplate.networks.kernels import BatchNormalization

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
    x = BatchNormalization(momentum=0.99)(x)
    return layers.Activation("relu")(x)


def _residual(x: Any) -> Any:
    return layers.Add()([x, _convolve(_convolve(x, x.shape[-1] // 2, kernel=1), x.shape[-1])])


@keras.saving.register_keras_serializable("numberplate")
def _first_guess(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Presence is rare: a first guess of one half would drown the first steps. A sigmoid of -4 is 2 %."""
    return ops.concatenate([ops.full((1,), -4.0, dtype), ops.zeros((shape[0] - 1,), dtype)])


@keras.saving.register_keras_serializable("numberplate")
class Doubled(layers.Layer):
    """Each row and each column twice: (batch, rows, columns, maps) to (batch, 2 rows, 2 columns, maps).

    As `UpSampling2D(2)`, but rows of memory are copied: in ONNX Runtime that takes a fifth of the time.
    """

    def call(self, x: Any) -> Any:
        _, rows, columns, maps = ops.shape(x)
        x = ops.reshape(ops.concatenate([x, x], -1), (-1, rows, 1, 2 * columns * maps))
        return ops.reshape(ops.concatenate([x, x], -1), (-1, 2 * rows, 2 * columns, maps))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, rows, columns, maps = input_shape
        return batch, rows and 2 * rows, columns and 2 * columns, maps


def detector(width: float = 1.0, in_blocks: bool = False) -> keras.Model:
    """The detector's network.

    Input: float32 (batch, height, width, 1), grey, 0..255, height and width multiples of 32. Output:
    (batch, height / STRIDE, width / STRIDE, 9): the logit of presence, then for each corner (in reading
    order, x before y) its offset from the cell's centre in units of CORNER_SCALE pixels. `width` scales the
    maps. `in_blocks`: with the input that `blocks_network` says.
    """
    # ONNX Runtime computes 16 maps at a time on processors with AVX-512, and 8 on others.
    maps = [max(8, round(n * width / 16) * 16) for n in (16, 16, 32, 64, 96)]
    if in_blocks:
        picture = keras.Input((None, None, BLOCK * BLOCK), name="picture")
        x = layers.Rescaling(1.0, -BLOCKS_ZERO)(picture)
        x = _convolve(x, 4 * maps[0], kernel=2)
        x = _convolve(x, maps[1], kernel=2)
    else:
        picture = keras.Input((None, None, 1), name="picture")
        x = layers.Rescaling(1 / MIDDLE_GREY, -1.0)(picture)
        x = _convolve(x, maps[0], 2)
        x = _convolve(x, maps[1], 2)
    x = _convolve(x, maps[2], 2)
    fine = _residual(_residual(x))  # stride 8
    x = _convolve(fine, maps[3], 2)
    middle = _residual(_residual(_residual(x)))  # stride 16
    x = _convolve(middle, maps[4], 2)
    x = _residual(_residual(_residual(x)))  # stride 32: sees the whole plate and the car around it
    x = Doubled()(_convolve(x, maps[3], kernel=1))
    x = _residual(layers.Add()([middle, x]))
    x = Doubled()(_convolve(x, maps[2], kernel=1))
    x = _residual(layers.Add()([fine, x]))
    x = _convolve(x, maps[3])
    grid = layers.Conv2D(9, 1, bias_initializer=_first_guess, dtype="float32", name="grid")(x)
    return keras.Model(picture, grid, name="detector")


def blocks_network(network: keras.Model, width: float) -> keras.Model:
    """A copy of the detector `network` of this width that gives the same for pictures in blocks.

    Its input is float32 (batch, height / BLOCK, width / BLOCK, BLOCK²), 0..255; see
    `models.codec.detector.in_blocks`. The first convolution gives the four places that it has in a block, and
    the second one takes these. A part of their products is by zero, and yet in integers the two take half
    the time: there is more to compute for each piece of memory that is moved.
    """
    blocks = detector(width, in_blocks=True)
    first, *scales, second = network.get_weights()[:6]
    others = network.get_weights()[6:]
    first = first / MIDDLE_GREY
    gamma, beta, mean, variance = (np.tile(values, 4) for values in scales)
    mean += (MIDDLE_GREY - BLOCKS_ZERO) * np.tile(first.sum((0, 1, 2)), 4)
    # Two blocks are four places of the first convolution's or eight pixels wide.
    maps = first.shape[-1]
    wide = np.zeros((8, 8, 2, 2, maps), np.float32)
    for y, x in np.ndindex(2, 2):
        wide[2 * y : 2 * y + 3, 2 * x : 2 * x + 3, y, x] = first[:, :, 0]
    places = np.zeros((4, 4, *second.shape[2:]), np.float32)
    places[:3, :3] = second
    blocks.set_weights(
        [
            _by_block(wide.reshape(8, 8, 1, -1)),
            *(gamma, beta, mean, variance),
            _by_block(places),
            *others,
        ]
    )
    return blocks


def _by_block(kernel: np.ndarray) -> np.ndarray:
    """A kernel over two blocks, (2 n, 2 n, maps, …), as one over blocks, (2, 2, n² maps, …)."""
    side, _, maps, *rest = kernel.shape
    n = side // 2
    parts = kernel.reshape(2, n, 2, n, maps, *rest)
    return parts.transpose(0, 2, 1, 3, 4, *range(5, parts.ndim)).reshape(2, 2, n * n * maps, *rest)
