"""An exported network in integers of 8 bits."""

import tempfile
from collections.abc import Iterable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from numberplate.training.rounding import MOST_WEIGHT, round_weights

_RESHAPING = ("Add", "Cast", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""What may follow the convolution that gives an output: changes of shape, and the bias."""

_PERCENTILE = 99.999
"""Of a layer's values, the largest that its 8 bits hold: the few beyond would make all steps coarse."""


def quantize(path: Path, pictures: Iterable[np.ndarray], float_first: int, zero: int | None = None) -> None:
    """Turns an ONNX network of convolutions into integers, in place (Jacob et al. 2018, arXiv 1712.05877).

    `pictures`: inputs of the network, each a batch, float32, like those that it will be given: the range of
    each layer is the range that it has on them, and its weights are rounded by them (see `rounding`).
    `float_first`: convolutions at the beginning that stay in floats. The weights of the last one before each
    output have 14 bits, since its numbers are the answer. `zero`: where the inputs are whole numbers, 0..255,
    of which the network takes away this one, it is given them as uint8 from then on.
    """
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    pictures = list(pictures)

    class Reader(CalibrationDataReader):
        def __init__(self, name: str) -> None:
            self._left = ({name: picture} for picture in pictures)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self._left, None)

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        model = onnx.load(prepared)
        graph = model.graph
        convolutions = [node for node in graph.node if node.op_type == "Conv"]
        answers = _last_convolutions(graph)
        left_out = [*(node.name for node in convolutions[:float_first]), *answers]
        # What is pooled in floats has a quarter of the numbers to turn into integers.
        left_out += [
            node.name
            for node in graph.node
            if node.op_type == "MaxPool"
            and any(one.name in left_out for one in _before(graph, node.input[0])[:2])
        ]
        options: dict[str, Any] = {}
        first = convolutions[0].input[0]
        # Contrast is evened in floats: in the steps of 8 bits a faint picture would have another one.
        left_out += [node.name for node in _all_before(graph, first)]
        if zero is not None:
            # What the first convolution takes is then whole numbers too: their steps are 1.
            one = {"scale": np.array(1, np.float32), "zero_point": np.array(zero, np.uint8)}
            options["TensorQuantOverrides"] = {first: [{**one, "quant_type": QuantType.QUInt8}]}
        round_weights(model, pictures, left_out)
        onnx.save(model, prepared)
        options["CalibPercentile"] = _PERCENTILE
        with redirect_stdout(StringIO()):  # it prints what it is doing
            quantize_static(
                prepared,
                path,
                Reader(graph.input[0].name),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                nodes_to_exclude=left_out,
                calibrate_method=CalibrationMethod.Percentile,
                op_types_to_quantize=["Add", "Concat", "Conv", "MaxPool", "Relu", "Reshape", "Transpose"],
                extra_options=options,
            )
    model = onnx.load(path)
    if zero is not None:
        _take_bytes(model.graph)
    _state_shapes(model.graph)
    _answer_in_integers(model)
    onnx.save(model, path)


def _before(graph: Any, name: str) -> list[Any]:
    """The nodes by which an input of the graph becomes this value, the last one first; each takes one."""
    made_by = {output: node for node in graph.node for output in node.output}
    found = []
    while name in made_by:
        found.append(made_by[name])
        name = found[-1].input[0]
    return found


def _all_before(graph: Any, name: str) -> list[Any]:
    """All nodes that a value is computed by."""
    made_by = {output: node for node in graph.node for output in node.output}
    found: dict[str, Any] = {}
    left = [name]
    while left:
        node = made_by.get(left.pop())
        if node is not None and node.name not in found:
            found[node.name] = node
            left += node.input
    return list(found.values())


def _take_bytes(graph: Any) -> None:
    """Has the input in uint8, as it is at the first convolution, but for its order there."""
    from onnx import TensorProto

    first = next(node for node in graph.node if node.op_type == "Conv")
    dequantize, quantize, *others = _before(graph, first.input[0])
    name = graph.input[0].name
    kept = [node for node in reversed(others) if node.op_type == "Transpose"]
    for node in kept:
        node.input[0], name = name, node.output[0]
    dequantize.input[0] = name
    graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    _remove(graph, [quantize, *(node for node in others if node not in kept)])


def _state_shapes(graph: Any) -> None:
    """Says in what shape an output is, where it was computed from the batch in a dozen small steps."""
    from onnx import numpy_helper

    made_by = {output: node for node in graph.node for output in node.output}
    for output in graph.output:
        node = made_by[output.name]
        sizes = [size.dim_value for size in output.type.tensor_type.shape.dim]
        if node.op_type == "Reshape" and all(sizes[1:]):
            shape = numpy_helper.from_array(np.array([-1, *sizes[1:]], np.int64), f"{output.name}_shape")
            graph.initializer.append(shape)
            node.input[1] = shape.name
    _remove(graph, ())


def _answer_in_integers(model: Any) -> None:
    """Multiplies integers in the last convolutions too: by each weight's upper and lower 7 bits."""
    from onnx import helper, numpy_helper

    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    for name in _last_convolutions(graph):
        (convolution,) = (node for node in graph.node if node.name == name)
        users = [node for node in graph.node if convolution.output[0] in node.input]
        floats = made_by[convolution.input[0]]
        kernel = numpy_helper.to_array(constants[convolution.input[1]])
        if (
            floats.op_type != "DequantizeLinear"
            or kernel.shape[2:] != (1, 1)
            or [node.op_type for node in users] != ["Transpose"]
        ):
            continue
        weights = kernel[:, :, 0, 0].T
        unit = np.maximum(np.abs(weights).max(0), 1e-9) / MOST_WEIGHT**2
        upper = np.round(weights / unit / MOST_WEIGHT)
        lower = np.round(weights / unit) - MOST_WEIGHT * upper
        bias = numpy_helper.to_array(constants[convolution.input[2]])
        values = {
            "upper": upper.astype(np.int8),
            "lower": lower.astype(np.int8),
            "upper_unit": (unit * MOST_WEIGHT).astype(np.float32),
            "lower_unit": unit.astype(np.float32),
            "bias": bias.astype(np.float32),
        }
        graph.initializer.extend(
            numpy_helper.from_array(value, f"{name}_{key}") for key, value in values.items()
        )
        integers, scale, zero = floats.input
        steps = [
            helper.make_node("Transpose", [integers], [f"{name}_integers"], perm=[0, 2, 3, 1]),
            *(
                helper.make_node(
                    "MatMulIntegerToFloat",
                    [f"{name}_integers", f"{name}_{part}", scale, f"{name}_{part}_unit", zero, "", bias],
                    [f"{name}_by_{part}"],
                    domain="com.microsoft",
                )
                for part, bias in (("upper", f"{name}_bias"), ("lower", ""))
            ),
            helper.make_node("Add", [f"{name}_by_upper", f"{name}_by_lower"], [users[0].output[0]]),
        ]
        at = list(graph.node).index(users[0])
        for step in reversed(steps):
            graph.node.insert(at, step)
        _remove(graph, users)
    if "com.microsoft" not in [one.domain for one in model.opset_import]:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _remove(graph: Any, nodes: Iterable[Any]) -> None:
    """Removes nodes, then those that nothing needs any more, and constants likewise; and what is said of
    values between the ends, which may not be true any more.
    """
    for node in nodes:
        graph.node.remove(node)
    while True:
        needed = {name for node in graph.node for name in node.input} | {one.name for one in graph.output}
        idle = [node for node in graph.node if not needed & set(node.output)]
        if not idle:
            break
        for node in idle:
            graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in needed]:
        graph.initializer.remove(tensor)
    del graph.value_info[:]


def _last_convolutions(graph: Any) -> list[str]:
    """The names of the convolutions after which nothing but changes of shape leads to an output."""
    made_by = {name: node for node in graph.node for name in node.output}
    found = []
    for output in graph.output:
        node = made_by.get(output.name)
        while node is not None and node.op_type in _RESHAPING:
            node = made_by.get(node.input[0])
        if node is not None and node.op_type == "Conv":
            found.append(node.name)
    return found
