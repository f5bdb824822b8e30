"""An exported network in integers of 8 bits."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

FLOAT_FIRST = 2
"""Convolutions at a network's beginning that stay in floats.

Much goes in and out of them and little is computed between: changing its form costs more than it saves.
"""

FLOAT_LAST = 1
"""Convolutions at its end that stay in floats: their numbers are the answer."""


def quantize(path: Path, pictures: Iterable[np.ndarray]) -> None:
    """Turns an ONNX network of convolutions into integers, in place (Jacob et al. 2018, arXiv 1712.05877).

    `pictures`: inputs of the network, each a batch, float32, like those that it will be given: the range of
    each layer is the range that it has on them. Weights have 7 bits, since processors without VNNI add two
    products in 16.
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
        quantize_static(
            prepared,
            path,
            Reader(graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=convolutions[:FLOAT_FIRST] + convolutions[-FLOAT_LAST:],
            op_types_to_quantize=["Add", "Conv", "Relu", "Reshape", "Tile", "Transpose", "Unsqueeze"],
        )
