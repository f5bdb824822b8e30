"""A smaller file for a network whose weights are mostly one layer: fewer numbers, and fewer bits a number."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

LARGE = 15_000
"""Numbers in a tensor from which on it is worth storing in fewer bits."""

HUGE = 1_000_000
"""Numbers in a tensor from which on 4 bits must do; between the two limits they are 8."""

BLOCK = 64
"""Neighbouring 4-bit numbers that share a scale."""

LEVELS = 4
"""Steps from 0 to the greatest number of a block.

4 bits could say 7, but a wheel is compressed, and these nine levels, not equally frequent, take 3 bits there.
"""


def factor(path: Path, pictures: Iterable[npt.NDArray[np.float32]], rank: int) -> None:
    """Splits the largest convolution of an ONNX network into two, with `rank` maps between them, in place.

    `pictures`: inputs of the network, each a batch, like those that it will be given. What the layer gives
    for them varies mostly in few directions (its principal components); the first convolution gives the
    `rank` of them that vary most, the second the layer's outputs from these. Of all ways to pass through
    `rank` maps, this has the least mean squared error on the pictures (Zhang et al. 2015, arXiv 1505.06798).
    A layer of no more than `rank` outputs is left as it is. Raises ValueError where `pictures` is empty.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path)
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    place, layer = max(
        ((i, node) for i, node in enumerate(graph.node) if node.op_type == "Conv"),
        key=lambda pair: math.prod(tensors[pair[1].input[1]].dims),
    )
    weights = numpy_helper.to_array(tensors[layer.input[1]])
    count = len(weights)
    # A layer may leave its bias to a later one.
    bias = numpy_helper.to_array(tensors[layer.input[2]]) if len(layer.input) > 2 else np.zeros(count)
    if count <= rank:
        return
    outputs = _given(model, layer.output[0], pictures)
    mean = outputs.mean(0)
    variances, directions = np.linalg.eigh(np.cov(outputs, rowvar=False))
    kept = directions[:, np.argsort(-variances)[:rank]].astype(np.float32)
    first = (kept.T @ weights.reshape(count, -1)).reshape(rank, *weights.shape[1:])
    between = f"{layer.output[0]}/factored"
    parts = {
        f"{layer.input[1]}/first": first,
        f"{layer.input[1]}/first/bias": kept.T @ (bias - mean),
        f"{layer.input[1]}/second": kept[:, :, None, None],
        f"{layer.input[1]}/second/bias": mean,
    }
    names = list(parts)
    second = helper.make_node("Conv", [between, *names[2:]], list(layer.output), name=f"{layer.name}/second")
    for name in layer.input[1:]:
        graph.initializer.remove(tensors[name])
    layer.input[1:] = names[:2]
    layer.output[0] = between
    graph.node.insert(place + 1, second)
    graph.initializer.extend(
        numpy_helper.from_array(values.astype(np.float32), name) for name, values in parts.items()
    )
    onnx.save(model, path)


def _given(
    model: "ModelProto", name: str, pictures: Iterable[npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """What a layer gives for pictures: (places, maps), the places of all pictures together."""
    import onnx
    import onnxruntime
    from onnx import helper

    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    seen.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(seen.SerializeToString(), providers=["CPUExecutionProvider"])
    taken = session.get_inputs()[0].name
    maps = [session.run([name], {taken: batch})[0] for batch in pictures]
    if not maps:
        raise ValueError("pictures: expected at least one batch")
    return np.concatenate([np.moveaxis(some, 1, -1).reshape(-1, some.shape[1]) for some in maps])


def store_in_few_bits(path: Path) -> None:
    """Stores the weights of an ONNX file in 4 or 8 bits each, in place.

    Tensors of at least LARGE numbers get a scale for each of their rows (what their first axis counts) and
    8 bits a number; those of at least HUGE numbers a scale for each BLOCK of numbers and 4 bits. They are
    written out in floats by operators that every ONNX Runtime has, once, on loading: the network computes
    as before, and only its weights are rounded.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    graph = model.graph
    nodes = []
    for tensor in list(graph.initializer):
        size = math.prod(tensor.dims)
        if tensor.data_type != onnx.TensorProto.FLOAT or size < LARGE:
            continue
        weights = numpy_helper.to_array(tensor)
        four = size >= HUGE and size % (2 * BLOCK) == 0
        parts, made = (_four_bits if four else _eight_bits)(weights, tensor.name)
        graph.initializer.remove(tensor)
        graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in parts.items())
        nodes += made
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.save(model, path)


Tensors = dict[str, npt.NDArray[np.generic]]
Stored = tuple[Tensors, list["NodeProto"]]
"""What is stored by name, and the nodes that make the weights of it."""


def _eight_bits(weights: npt.NDArray[np.float32], name: str) -> Stored:
    from onnx import TensorProto, helper

    rows = weights.reshape(len(weights), -1)
    scales = np.maximum(np.abs(rows).max(1), 1e-12) / 127
    scales = scales.reshape(-1, *[1] * (weights.ndim - 1)).astype(np.float32)
    parts: Tensors = {f"{name}/8": np.round(weights / scales).astype(np.int8), f"{name}/scales": scales}
    return parts, [
        helper.make_node("Cast", [f"{name}/8"], [f"{name}/whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}/whole", f"{name}/scales"], [name]),
    ]


def _four_bits(weights: npt.NDArray[np.float32], name: str) -> Stored:
    """Numbers 0..15, two a byte: the tensor's first half in the high bits, its second in the low.

    ONNX Runtime's own 4-bit type is younger than the oldest release that reads here.
    """
    from onnx import TensorProto, helper

    blocks = weights.reshape(-1, BLOCK)
    # Halves keep three figures of a scale, which is all it needs; they say nothing below 6e-8.
    scales = np.maximum(np.abs(blocks).max(1, keepdims=True) / LEVELS, 6e-8).astype(np.float16)
    levels = np.clip(np.round(blocks / scales.astype(np.float32)), -8, 7)
    high, low = (levels + 8).astype(np.uint8).reshape(2, -1)
    parts: Tensors = {
        f"{name}/4": high * 16 + low,
        f"{name}/scales": scales,
        f"{name}/16": np.array(16, np.float32),
        f"{name}/middle": np.array(8, np.float32),
        f"{name}/blocks": np.array([-1, BLOCK], np.int64),
        f"{name}/shape": np.array(weights.shape, np.int64),
    }
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Cast", ["4"], "bytes", {"to": TensorProto.FLOAT}),
        ("Div", ["bytes", "16"], "sixteenths", {}),
        ("Floor", ["sixteenths"], "high", {}),
        ("Mul", ["high", "16"], "shifted", {}),
        ("Sub", ["bytes", "shifted"], "low", {}),
        ("Concat", ["high", "low"], "flat", {"axis": 0}),
        ("Sub", ["flat", "middle"], "levels", {}),
        ("Reshape", ["levels", "blocks"], "blocked", {}),
        ("Cast", ["scales"], "scale", {"to": TensorProto.FLOAT}),
        ("Mul", ["blocked", "scale"], "scaled", {}),
    ]
    nodes = [
        helper.make_node(kind, [f"{name}/{part}" for part in taken], [f"{name}/{made}"], **options)
        for kind, taken, made, options in steps
    ]
    return parts, [*nodes, helper.make_node("Reshape", [f"{name}/scaled", f"{name}/shape"], [name])]
