"""Small networks whose answers are known: what is around the networks is tested, not what they learnt."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from numberplate.plates.alphabet import ALPHABET

PLATE_WIDTH, PLATE_HEIGHT = 128, 32
"""Of what the detector states around every red cell, in pixels of its input."""

MakeWeights = Callable[..., Path]


def _save(path: Path, nodes: list, constants: dict[str, np.ndarray], shapes: tuple[list, list]) -> None:
    graph = helper.make_graph(
        nodes,
        "known",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shapes[1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def save_detector(folder: Path) -> None:
    """Says "plate" at every red cell of 8×8 pixels, with the same upright corners around its centre."""
    weight = np.zeros((9, 3, 1, 1), np.float32)
    weight[0, :, 0, 0] = 0.1, -0.1, -0.1
    x, y = PLATE_WIDTH / 2 / 32, PLATE_HEIGHT / 2 / 32
    bias = np.array([-20, -x, -y, x, -y, x, y, -x, y], np.float32)
    nodes = [
        helper.make_node("Transpose", ["in"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["first"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Conv", ["cells", "weight", "bias"], ["last"]),
        helper.make_node("Transpose", ["last"], ["out"], perm=[0, 2, 3, 1]),
    ]
    shapes = ["n", "h", "w", 3], ["n", "rows", "columns", 9]
    _save(folder / "detector.onnx", nodes, {"weight": weight, "bias": bias}, shapes)
    card = {"stride": 8, "corner_scale": 32.0, "min_width": 20, "max_width": 160, "recipe": "none"}
    (folder / "detector.json").write_text(json.dumps(card))


def save_recognizer(folder: Path, text: str, head: str = "ctc") -> None:
    """Reads the same text in every crop; the last character a little less surely, as the one after it."""
    logits = np.full((36 if head == "ctc" else 10, 37), -20, np.float32)
    logits[:, 36] = 3
    for i, character in enumerate(text):
        step = 2 * i if head == "ctc" else i
        logits[step, 36] = -20
        logits[step, ALPHABET.index(character)] = 3
        if i == len(text) - 1:
            logits[step, (ALPHABET.index(character) + 1) % 36] = 1
    nodes = [
        helper.make_node("ReduceMean", ["in"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["nothing"]),
        helper.make_node("Reshape", ["nothing", "shape"], ["column"]),
        helper.make_node("Add", ["column", "logits"], ["out"]),
    ]
    constants = {
        "nought": np.zeros((1, 1), np.float32),
        "shape": np.array([-1, 1, 1], np.int64),
        "logits": logits[None],
    }
    shapes = ["n", 48, 144, 1], ["n", logits.shape[0], 37]
    _save(folder / "recognizer.onnx", nodes, constants, shapes)
    card = {"head": head, "height": 48, "width": 144, "temperature": 1.0, "samples": 0}
    (folder / "recognizer.json").write_text(json.dumps(card))


@pytest.fixture
def make_weights(tmp_path: Path) -> MakeWeights:
    """Makes a folder of weights: `make_weights(text="AB123", head="ctc")`."""

    def make(text: str = "AB123", head: str = "ctc") -> Path:
        folder = tmp_path / "weights"
        folder.mkdir(exist_ok=True)
        save_detector(folder)
        save_recognizer(folder, text, head)
        return folder

    return make
