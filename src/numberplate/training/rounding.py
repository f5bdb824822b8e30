"""Rounding a network's weights so that what it computes changes least.

Each weight on its own is rounded by up to half a step, and a layer's errors add up where its inputs go
together, as neighbouring pixels do. So weights are rounded one after the other, and those still to come make
up for what the last one lost, by how its inputs go with theirs (Frantar et al. 2022, arXiv 2210.17323).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_WEIGHT = 64
"""Steps from 0 to a map's largest weight: 7 bits, as some processors add two products of 8 in 16."""

_PLACES = 3000
"""Of each picture, at which a layer's inputs are looked at."""

_DAMPING = 0.005
"""Added to each input's mean square, as a share of all inputs' mean: some may be all alike."""

_Doubles = npt.NDArray[np.float64]


def round_weights(model: Any, pictures: Iterable[np.ndarray], left_out: Iterable[str] = ()) -> None:
    """Rounds the kernels of an ONNX model's convolutions, in place, to MOST_WEIGHT steps of their own.

    `pictures`: inputs of the network, each a batch, float32, like those that it will be given. `left_out`:
    names of convolutions that keep their kernels.
    """
    from onnx import numpy_helper

    left_out = set(left_out)
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    layers = [node for node in graph.node if node.op_type == "Conv" and node.name not in left_out]
    kernels = {node.name: numpy_helper.to_array(constants[node.input[1]]) for node in layers}
    products = _products(model, layers, kernels, pictures)
    for node in layers:
        kernel = kernels[node.name]
        rounded = rounded_rows(kernel.reshape(len(kernel), -1).astype(np.float64), products[node.name])
        fresh = numpy_helper.from_array(rounded.reshape(kernel.shape).astype(np.float32), node.input[1])
        constants[node.input[1]].CopyFrom(fresh)


def rounded_rows(weights: _Doubles, products: _Doubles) -> _Doubles:
    """Rows of weights (n, k) on steps of a MOST_WEIGHT-th of each row's largest, which stays as it is.

    `products`: (k, k), of each two of their inputs, on average or added up. Weights of 0 stay 0.
    """
    steps = np.abs(weights).max(1) / MOST_WEIGHT
    steps[steps == 0] = 1
    rounded = np.zeros_like(weights)
    # Rows with weights at the same places are rounded together.
    patterns, pattern_of = np.unique(weights != 0, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        rows, columns = np.flatnonzero(pattern_of.ravel() == number), np.flatnonzero(pattern)
        # The inputs that weigh most first: as many others as can be are left to make up for their error.
        columns = columns[np.argsort(-np.diag(products)[columns], kind="stable")]
        if not len(columns):
            continue
        own = products[np.ix_(columns, columns)]
        own = own + np.eye(len(columns)) * max(_DAMPING * float(np.trace(own)) / len(columns), 1e-12)
        factor = np.linalg.cholesky(np.linalg.inv(own)).T
        left = weights[np.ix_(rows, columns)]
        largest, step = np.abs(left).argmax(1), steps[rows]
        sign = np.sign(left[np.arange(len(rows)), largest])
        for k in range(len(columns)):
            whole = np.clip(np.round(left[:, k] / step), -MOST_WEIGHT, MOST_WEIGHT)
            # The steps are what the largest weight makes them.
            whole = np.where(largest == k, sign * MOST_WEIGHT, whole)
            lost = (left[:, k] - whole * step) / factor[k, k]
            left[:, k + 1 :] -= lost[:, None] * factor[k, k + 1 :]
            left[:, k] = whole * step
        rounded[np.ix_(rows, columns)] = left
    return rounded


def _products(
    model: Any, layers: list[Any], kernels: dict[str, np.ndarray], pictures: Iterable[np.ndarray]
) -> dict[str, _Doubles]:
    """Of each two inputs of each layer, added up over places of the pictures."""
    import onnxruntime
    from onnx import ModelProto, TensorProto, helper

    seen_by = ModelProto()
    seen_by.CopyFrom(model)
    (given,) = model.graph.input
    names = list(dict.fromkeys(node.input[0] for node in layers if node.input[0] != given.name))
    stated = {output.name for output in model.graph.output}
    seen_by.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names if name not in stated
    )
    session = onnxruntime.InferenceSession(seen_by.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    found: dict[str, _Doubles] = {}
    for picture in pictures:
        values = {given.name: picture}
        if names:  # with none it would give all
            values |= zip(names, session.run(names, {given.name: picture}), strict=True)
        for node in layers:
            inputs = _inputs(values[node.input[0]], node, kernels[node.name].shape, rng)
            found[node.name] = found.get(node.name, 0.0) + inputs.T @ inputs
    return found


def _inputs(maps: np.ndarray, node: Any, shape: tuple[int, ...], rng: np.random.Generator) -> _Doubles:
    """What a convolution with a kernel of that shape takes at places of maps (n, channels, rows, columns)."""
    attributes = {attribute.name: attribute for attribute in node.attribute}
    if "group" in attributes and attributes["group"].i != 1:
        raise ValueError(f"{node.name}: convolutions in groups are not rounded")
    height, width = shape[2:]
    down, right = attributes["strides"].ints if "strides" in attributes else (1, 1)
    pads = list(attributes["pads"].ints) if "pads" in attributes else [0, 0, 0, 0]
    if "auto_pad" in attributes and attributes["auto_pad"].s == b"SAME_UPPER":
        above = [
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, stride, kernel in zip(maps.shape[2:], (down, right), (height, width), strict=True)
        ]
        pads = [above[0] // 2, above[1] // 2, above[0] - above[0] // 2, above[1] - above[1] // 2]
    padded = np.pad(maps, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (2, 3))[:, :, ::down, ::right]
    count, _, rows, columns = windows.shape[:4]
    places = rng.choice(count * rows * columns, min(_PLACES, count * rows * columns), replace=False)
    i, y, x = np.unravel_index(places, (count, rows, columns))
    return np.asarray(windows[i, :, y, x].reshape(len(places), -1), np.float64)
