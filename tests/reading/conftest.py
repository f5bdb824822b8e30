"""Small networks whose answers are known: what is around the networks is tested, not what they learnt."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.cards.window import WindowCard
from numberplate.models.initial import DETECTOR, EMPTY, RECOGNIZER, WINDOW, with_network
from numberplate.models.manifest import MANIFEST, Manifest
from numberplate.plates.alphabet import ALPHABET

PLATE_WIDTH, PLATE_HEIGHT = 128, 32
"""Of what the detector states around every red cell, in pixels of its input."""

MakeWeights = Callable[..., Path]


def _save(
    path: Path,
    nodes: list,
    constants: dict[str, np.ndarray],
    taken: list,
    given: dict[str, list],
) -> None:
    graph = helper.make_graph(
        nodes,
        "known",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, taken)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in given.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def add_card(folder: Path, card: DetectorCard | RecognizerCard | WindowCard) -> None:
    """Writes a network's numbers into the folder's manifest, with the starting ones for the rest."""
    path = folder / MANIFEST
    before = Manifest.read(path) if path.exists() else EMPTY
    with_network(before, card).write(path)


def change_card(folder: Path, network: str, **changes: object) -> None:
    """Changes values of a network's card in the folder's manifest, whether they make sense or not."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest[network] |= changes
    path.write_text(json.dumps(manifest), encoding="utf-8")


def save_detector(folder: Path) -> None:
    """Says "plate" at every red cell of 8×8 pixels, with the same upright corners around its centre.

    Of such a square between four cells, as the second look has it, all four say so.
    """
    weight = np.zeros((9, 2, 1, 1), np.float32)
    weight[0] = [[[-0.6]], [[-3]]]
    x, y = PLATE_WIDTH / 2 / 32, PLATE_HEIGHT / 2 / 32
    bias = np.array([8, -x, -y, x, -y, x, y, -x, y], np.float32)
    nodes = [
        helper.make_node("Transpose", ["in"], ["first"], perm=[0, 3, 1, 2]),
        # How far a cell's lightest pixel is from the grey of red, 76 ...
        helper.make_node("MaxPool", ["first"], ["lightest"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Sub", ["lightest", "red"], ["off"]),
        helper.make_node("Abs", ["off"], ["far"]),
        # ... and how much too dark it is around it: what is red has 8×8 pixels of these 16×16.
        helper.make_node(
            "AveragePool", ["first"], ["around"], kernel_shape=[16, 16], strides=[8, 8], pads=[4] * 4
        ),
        helper.make_node("Sub", ["enough", "around"], ["lacking"]),
        helper.make_node("Relu", ["lacking"], ["dark"]),
        helper.make_node("Concat", ["far", "dark"], ["both"], axis=1),
        helper.make_node("Conv", ["both", "weight", "bias"], ["last"]),
        helper.make_node("Transpose", ["last"], ["out"], perm=[0, 2, 3, 1]),
    ]
    constants = {"weight": weight, "bias": bias, "red": np.float32(76), "enough": np.float32(15.5)}
    shapes = ["n", "h", "w", 1], {"out": ["n", "rows", "columns", 9]}
    _save(folder / "detector.onnx", nodes, constants, *shapes)
    # Half of the greatest width is the plate's: the second look sees it as large as the first.
    card = {"stride": 8, "corner_scale": 32.0, "min_width": 20.0, "max_width": 2.0 * PLATE_WIDTH, "mean": 0.0}
    add_card(folder, replace(DETECTOR, **card))


def save_recognizer(
    folder: Path,
    text: str,
    off: np.ndarray | None = None,
    lines: tuple[float, float] | None = None,
    cut: tuple[float, float, float, float] | None = None,
    light: str | None = None,
) -> None:
    """Reads the same text in every crop; the last character a little less surely, as the one after it.

    `off`: by how much each crop is off, (4, 2); `lines`: the logit of two lines and where they part; `cut`:
    the logits of the picture's edge cutting the left, top, right and bottom; None for a network that does not
    tell. `light`: the text of crops that are lighter than half; None for the same.
    """
    dark = _logits(text)
    nodes = [
        helper.make_node("ReduceMean", ["in"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Greater", ["mean", "half"], ["is light"]),
        helper.make_node("Cast", ["is light"], ["lightness"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["lightness", "shape"], ["column"]),
        helper.make_node("Mul", ["column", "lighter"], ["more"]),
        helper.make_node("Add", ["more", "known"], ["logits"]),
    ]
    constants = {
        "zero": np.zeros((1, 1), np.float32),
        "half": np.full((1, 1), 127.5, np.float32),
        "shape": np.array([-1, 1, 1], np.int64),
        "known": dark[None],
        "lighter": (dark if light is None else _logits(light))[None] - dark[None],
    }
    outputs = {"logits": ["n", *dark.shape]}
    for name, stated in (("corners", off), ("lines", lines), ("cut", cut)):
        if stated is not None:
            values = np.asarray(stated, np.float32).reshape(1, -1)
            nodes.append(helper.make_node("Add", ["nothing", f"{name} stated"], [name]))
            constants[f"{name} stated"] = values
            outputs[name] = ["n", values.size]
    _save(folder / "recognizer.onnx", nodes, constants, ["n", 48, 144, 1], outputs)
    heads = (replace(RECOGNIZER.latin, unknown=False),)
    add_card(folder, replace(RECOGNIZER, height=48, width=144, heads=heads))


def _logits(text: str) -> np.ndarray:
    """Of the steps that say a text, (36, 37)."""
    logits = np.full((36, 37), -20, np.float32)
    logits[:, 36] = 3
    for i, character in enumerate(text):
        step = 2 * i
        logits[step, 36] = -20
        logits[step, ALPHABET.index(character)] = 3
        if i == len(text) - 1:
            logits[step, (ALPHABET.index(character) + 1) % 36] = 1
    return logits


def save_window(folder: Path, text: str) -> None:
    """Says "plate" of windows whose middle, 8×8 pixels, is white; reads the same text of seven in each.

    The last character is a little less sure, as the one after it. The corners of what the network sees of a
    window, the margin included, show at the first two positions, in characters that are never likely.
    """
    logits = np.full((7, 36), -20, np.float32)
    logits[range(7), [ALPHABET.index(c) for c in text]] = 3
    last = ALPHABET.index(text[-1])
    logits[6, (last + 1) % 36] = 1
    outputs = 1 + logits.size
    weight = np.zeros((outputs, 3, 1, 1), np.float32)
    weight[0, 0] = 0.2  # the logit of presence: 11 for white, 0 for 200, -40 for black
    for position in (0, 1):
        unlikely = (ALPHABET.index(text[position]) + 18) % 36
        weight[1 + 36 * position + unlikely, 1 + position] = 0.01
    # Each part of what it sees of a window, 92 pixels high and 148 wide, that counts.
    starts = {"middle": (42, 70), "first": (0, 0), "last": (84, 140)}
    ends = {"middle": (-42, -70), "first": (-84, -140), "last": (1 << 31, 1 << 31)}
    nodes = [helper.make_node("Transpose", ["in"], ["picture"], perm=[0, 3, 1, 2])]
    nodes += [
        helper.make_node("Slice", ["picture", f"{name} starts", f"{name} ends", "axes"], [name])
        for name in starts
    ]
    nodes += [
        helper.make_node("Concat", list(starts), ["parts"], axis=1),
        helper.make_node("AveragePool", ["parts"], ["windows"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Conv", ["windows", "weight", "bias"], ["outputs"]),
        helper.make_node("Transpose", ["outputs"], ["out"], perm=[0, 2, 3, 1]),
    ]
    constants = {
        "axes": np.array([2, 3], np.int64),
        "weight": weight,
        "bias": np.concatenate([[-40], logits.ravel()]).astype(np.float32),
    }
    for name in starts:
        constants[f"{name} starts"] = np.array(starts[name], np.int64)
        constants[f"{name} ends"] = np.array(ends[name], np.int64)
    shapes = ["n", "h", "w", 1], {"out": ["n", "rows", "columns", outputs]}
    _save(folder / "window.onnx", nodes, constants, *shapes)
    sizes = {"width": 128, "height": 64, "margin_x": 10, "margin_y": 14, "stride": 8, "characters": 7}
    add_card(folder, replace(WINDOW, **sizes))


@pytest.fixture
def make_weights(tmp_path: Path) -> MakeWeights:
    """Makes a folder of weights: `make_weights(text="AB123", window="AB12CDE", off=None)`; what else is given
    is `save_recognizer`'s.
    """

    def make(
        text: str = "AB123", window: str = "AB12CDE", off: np.ndarray | None = None, **stated: Any
    ) -> Path:
        folder = tmp_path / "weights"
        folder.mkdir(exist_ok=True)
        save_detector(folder)
        save_recognizer(folder, text, off, **stated)
        save_window(folder, window)
        return folder

    return make
