"""The diagrams of the networks are drawn from the networks."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "networks.py"

_spec = importlib.util.spec_from_file_location("networks_drawing", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
networks = importlib.util.module_from_spec(_spec)
sys.modules["networks_drawing"] = networks
_spec.loader.exec_module(networks)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A convolution, two equal residual blocks, pooling, and two heads, of 5 and of 7 numbers."""
    weights = {
        "first": np.zeros((4, 1, 3, 3), np.float32),
        "same": np.zeros((4, 4, 3, 3), np.float32),
        "five": np.zeros((5, 4, 1, 1), np.float32),
        "seven": np.zeros((7, 4, 1, 1), np.float32),
    }

    def convolution(given: str, kernel: str, out: str, **settings: object) -> onnx.NodeProto:
        pads = [1, 1, 1, 1] if kernel in ("first", "same") else [0, 0, 0, 0]
        return helper.make_node("Conv", [given, kernel], [out], pads=pads, **settings)

    nodes = [
        helper.make_node("Transpose", ["crop"], ["planes"], perm=[0, 3, 1, 2]),
        convolution("planes", "first", "a", strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        convolution("b", "same", "c"),
        helper.make_node("Add", ["b", "c"], ["d"]),
        convolution("d", "same", "e"),
        helper.make_node("Add", ["e", "d"], ["f"]),
        helper.make_node("MaxPool", ["f"], ["g"], kernel_shape=[2, 1], strides=[2, 1]),
        convolution("g", "five", "left"),
        convolution("g", "seven", "right"),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, [1, 8, 16, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("left", "right")],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    found = tmp_path / "small.onnx"
    onnx.save(model, found)
    return found


def test_layers_are_read_from_the_file(path: Path) -> None:
    layers = networks.condensed(networks.layers_of(path, (1, 8, 16, 1)))
    assert [(layer.lines, layer.shape) for layer in layers.values()] == [
        (("crop",), (1, 8, 16, 1)),
        (("convolution 3 × 3, stride 2 × 2, 4 channels",), (1, 4, 8, 4)),
        (("2 times:", "convolution 3 × 3, 4 channels, residual"), (1, 4, 8, 4)),
        (("max pooling 2 × 1",), (1, 2, 8, 4)),
        (("2 branches:", "convolution 1 × 1"), (1, 2, 8)),
    ]
    assert list(layers.values())[-1].outputs == ("left: 5", "right: 7")
    drawn = networks.drawing("small", layers, "Small", "a crop")
    assert drawn.count("<rect") == 1 + len(layers)
    assert "→ 4 × 8 × 4" in drawn


def test_diagrams_are_up_to_date() -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_each_diagram_is_shown() -> None:
    text = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    for name in networks.INPUTS:
        assert f"](network-{name}.svg)" in text
