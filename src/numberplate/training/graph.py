"""A network of Keras's as an ONNX file, whichever backend it was computed by.

Keras exports with TensorFlow and PyTorch, by a converter of each, and with JAX not at all where a picture may
have any size. The networks here are of a dozen kinds of layer, and each is a node or two of ONNX's operators.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers

from numberplate.networks.detector import Doubled

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

OPSET = 15
"""Of ONNX's operators; every ONNX Runtime that the package takes knows it."""

_IR = 8
"""The format of ONNX's files that came with these operators."""


class GraphError(ValueError):
    """A network has a layer that this knows no operators for; the message names it."""


def write_onnx(network: keras.Model, path: Path) -> None:
    """Writes a network as ONNX, for inputs of any number and, where it takes any, of any size.

    `network`: float32, of one input (batch, rows, columns, maps), with an output or a mapping of them.
    They keep their names and shapes; the one output has the name of its layer. Layers that learn alone do
    nothing. Raises GraphError.
    """
    import onnx
    from onnx import TensorProto, helper

    given = network.inputs[0]
    graph = _Graph()
    start = _Value(given.name, channels_first=False)
    copied = keras.Input(batch_shape=given.shape, dtype=given.dtype)
    graph.known[id(copied)] = start
    # Keras goes through a network in the order of its layers only where it copies one.
    copy = keras.models.clone_model(
        network, input_tensors=copied, clone_function=lambda layer: layer, call_function=graph.add
    )
    named = copy.output if isinstance(copy.output, dict) else {network.layers[-1].name: copy.output}
    outputs = []
    for name, tensor in named.items():
        graph.rename(graph.rows_first(graph.known[id(tensor)]), name)
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, _shape(tensor.shape)))
    inputs = [helper.make_tensor_value_info(given.name, TensorProto.FLOAT, _shape(given.shape))]
    made = helper.make_graph(graph.nodes, network.name, inputs, outputs, graph.constants)
    model = helper.make_model(
        made, producer_name="numberplate", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR
    )
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _shape(sizes: tuple[int | None, ...]) -> list[int | str]:
    """Of an input or output; what is free has a name."""
    names = ("batch", "rows", "columns")
    return [names[axis] if size is None else size for axis, size in enumerate(sizes)]


@dataclass(frozen=True)
class _Value:
    """A value of the graph. `channels_first`: whether it is (batch, maps, rows, columns), as ONNX's
    convolutions take it; else it is as Keras has it."""

    name: str
    channels_first: bool


class _Graph:
    """The nodes and constants so far, and which value of theirs each of Keras's tensors is."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.known: dict[int, _Value] = {}
        self._kept: list[Any] = []  # else another tensor might come to have the number of one that is gone
        self._turned: dict[str, str] = {}

    def add(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds what Keras calls an operation: a layer, or a function of tensors. Returns its output."""
        write = _FUNCTIONS.get(type(operation).__name__)
        if isinstance(operation, layers.Layer):
            write = next((write for kind, write in _LAYERS.items() if isinstance(operation, kind)), None)
        if write is None:
            raise GraphError(
                f"{operation.name}: ONNX export knows no layer of the kind {type(operation).__name__}"
            )
        output = operation(*args, **kwargs)
        self._kept.append(output)
        self.known[id(output)] = write(self, operation, args)
        return output

    def node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Returns the name of its output, which no output of the network has."""
        from onnx import helper

        output = f"{name}/output"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=name, **attributes))
        return output

    def rename(self, old: str, new: str) -> None:
        for node in self.nodes:
            for names in (node.input, node.output):
                names[:] = [new if name == old else name for name in names]

    def constant(self, name: str, value: Any, dtype: Any = np.float32) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def maps_first(self, value: _Value) -> str:
        return value.name if value.channels_first else self._turn(value.name, "maps_first", [0, 3, 1, 2])

    def rows_first(self, value: _Value) -> str:
        return self._turn(value.name, "rows_first", [0, 2, 3, 1]) if value.channels_first else value.name

    def _turn(self, name: str, order: str, axes: list[int]) -> str:
        turned = f"{name}/{order}"
        if turned not in self._turned:
            self._turned[turned] = self.node("Transpose", [name], turned, perm=axes)
        return self._turned[turned]


def _convolution(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    kernel, *bias = layer.get_weights()
    inputs = [
        graph.maps_first(graph.known[id(args[0])]),
        graph.constant(f"{layer.name}/kernel", kernel.transpose(3, 2, 0, 1)),
        *(graph.constant(f"{layer.name}/bias", values) for values in bias),
    ]
    padding = {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding]
    name = graph.node(
        "Conv",
        inputs,
        layer.name,
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
        dilations=layer.dilation_rate,
        auto_pad=padding,
    )
    return _Value(_activated(graph, layer, name), channels_first=True)


def _dense(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    """Of (batch, numbers)."""
    kernel, bias = layer.get_weights()
    inputs = [
        graph.rows_first(graph.known[id(args[0])]),
        graph.constant(f"{layer.name}/kernel", kernel),
        graph.constant(f"{layer.name}/bias", bias),
    ]
    return _Value(_activated(graph, layer, graph.node("Gemm", inputs, layer.name)), channels_first=False)


def _activated(graph: _Graph, layer: Any, name: str) -> str:
    kind = layer.activation.__name__
    if kind == "linear":
        return name
    if kind == "relu":
        return graph.node("Relu", [name], f"{layer.name}/relu")
    raise GraphError(f"{layer.name}: ONNX export knows no activation of the kind {kind}")


def _activation(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    value = graph.known[id(args[0])]
    return _Value(_activated(graph, layer, value.name), value.channels_first)


def _relu(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    value = graph.known[id(args[0])]
    return _Value(graph.node("Relu", [value.name], layer.name), value.channels_first)


def _batch_normalization(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    names = ("gamma", "beta", "mean", "variance")
    inputs = [
        graph.maps_first(graph.known[id(args[0])]),
        *(
            graph.constant(f"{layer.name}/{name}", w)
            for name, w in zip(names, layer.get_weights(), strict=True)
        ),
    ]
    return _Value(
        graph.node("BatchNormalization", inputs, layer.name, epsilon=layer.epsilon), channels_first=True
    )


def _pooling(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    """Without padding: what does not fill a window is left out."""
    name = graph.maps_first(graph.known[id(args[0])])
    sizes = {"kernel_shape": layer.pool_size, "strides": layer.strides}
    return _Value(graph.node("MaxPool", [name], layer.name, **sizes), channels_first=True)


def _sum(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    inputs = [graph.maps_first(graph.known[id(tensor)]) for tensor in args[0]]
    return _Value(graph.node("Add", inputs, layer.name), channels_first=True)


def _rescaling(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    value = graph.known[id(args[0])]
    name = value.name
    if layer.scale != 1:
        scale = graph.constant(f"{layer.name}/scale", layer.scale)
        name = graph.node("Mul", [name, scale], f"{layer.name}/scaled")
    offset = graph.constant(f"{layer.name}/offset", layer.offset)
    return _Value(graph.node("Add", [name, offset], layer.name), value.channels_first)


def _reshaping(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    """To sizes that are known, but for the batch's."""
    name = graph.rows_first(graph.known[id(args[0])])
    sizes = getattr(layer, "target_shape", (-1,))
    shape = graph.constant(f"{layer.name}/shape", [0, *sizes], np.int64)
    return _Value(graph.node("Reshape", [name, shape], layer.name), channels_first=False)


def _doubled(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    """Each column twice, then each row: what is copied lies together in memory."""
    name, given = layer.name, graph.rows_first(graph.known[id(args[0])])
    maps = args[0].shape[-1]
    wide = graph.node("Concat", [given, given], f"{name}/wide", axis=3)
    shape = graph.constant(f"{name}/columns/shape", [0, 0, -1, maps], np.int64)
    columns = graph.node("Reshape", [wide, shape], f"{name}/columns")
    flat = graph.node(
        "Reshape", [columns, graph.constant(f"{name}/flat/shape", [0, 0, 1, -1], np.int64)], f"{name}/flat"
    )
    high = graph.node("Concat", [flat, flat], f"{name}/high", axis=2)
    before = graph.node("Shape", [columns], f"{name}/before")
    twice = graph.constant(f"{name}/twice", [1, 2, 1, 1], np.int64)
    after = graph.node("Mul", [before, twice], f"{name}/after")
    return _Value(graph.node("Reshape", [high, after], name), channels_first=False)


def _nothing(graph: _Graph, layer: Any, args: tuple[Any, ...]) -> _Value:
    """In reading."""
    return graph.known[id(args[0])]


def _of_numbers(kind: str) -> Callable[[_Graph, Any, tuple[Any, ...]], _Value]:
    """A function of numbers, or of pairs of them."""

    def write(graph: _Graph, operation: Any, args: tuple[Any, ...]) -> _Value:
        inputs = [
            graph.rows_first(graph.known[id(value)])
            if id(value) in graph.known
            else graph.constant(f"{operation.name}/constant", value)
            for value in args
        ]
        return _Value(graph.node(kind, inputs, operation.name), channels_first=False)

    return write


def _mean(graph: _Graph, operation: Any, args: tuple[Any, ...]) -> _Value:
    name = graph.rows_first(graph.known[id(args[0])])
    how = {"axes": operation.axis, "keepdims": int(operation.keepdims)}
    return _Value(graph.node("ReduceMean", [name], operation.name, **how), channels_first=False)


_Writer = Callable[[_Graph, Any, tuple[Any, ...]], _Value]

_LAYERS: Mapping[type[layers.Layer], _Writer] = {
    layers.Conv2D: _convolution,
    layers.Dense: _dense,
    layers.Activation: _activation,
    layers.ReLU: _relu,
    layers.BatchNormalization: _batch_normalization,
    layers.MaxPooling2D: _pooling,
    layers.Add: _sum,
    layers.Rescaling: _rescaling,
    layers.Flatten: _reshaping,
    layers.Reshape: _reshaping,
    layers.Dropout: _nothing,
    Doubled: _doubled,
}

_FUNCTIONS: Mapping[str, _Writer] = {
    "Mean": _mean,
    "Sqrt": _of_numbers("Sqrt"),
    "Add": _of_numbers("Add"),
    "Subtract": _of_numbers("Sub"),
    "Multiply": _of_numbers("Mul"),
    "TrueDivide": _of_numbers("Div"),
}
"""By the names that Keras has for their classes, which are none of its public ones."""
