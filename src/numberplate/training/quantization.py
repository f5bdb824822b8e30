"""An exported network in integers of 8 bits."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

_RESHAPING = ("Add", "Cast", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""What may follow the convolution that gives an output: changes of shape, and the bias."""

FLOAT_FIRST = {"detector": 2, "recognizer": 1}
"""Convolutions at each network's beginning that stay in floats.

Much goes in and out of them and little is computed between: changing its form costs more than it saves.
"""


def quantize(path: Path, pictures: Iterable[np.ndarray], float_first: int) -> None:
    """Turns an ONNX network of convolutions into integers, in place (Jacob et al. 2018, arXiv 1712.05877).

    `pictures`: inputs of the network, each a batch, float32, like those that it will be given: the range of
    each layer is the range that it has on them. Weights have 7 bits, since processors without VNNI add two
    products in 16. `float_first`: convolutions at the beginning that stay in floats. The last one before each
    output does too: its numbers are the answer.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self, name: str) -> None:
            self._left = ({name: picture} for picture in pictures)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self._left, None)

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        convolutions = [node.name for node in graph.node if node.op_type == "Conv"]
        answers = _last_convolutions(graph)
        quantize_static(
            prepared,
            path,
            Reader(graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=[*convolutions[:float_first], *answers],
            op_types_to_quantize=["Add", "Conv", "Relu", "Reshape", "Tile", "Transpose", "Unsqueeze"],
        )


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
