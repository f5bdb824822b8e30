import copy
import json
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from numberplate.models.bundle import load_detector, load_recognizer, load_window
from numberplate.models.onnx_file import ModelError, check_self_contained
from numberplate.reading import PlateReader, WeightsError

from ..reading.conftest import MakeWeights


@pytest.mark.parametrize("name", ["detector.onnx", "detector.json", "recognizer.onnx", "recognizer.json"])
def test_missing_file_is_named(make_weights: MakeWeights, name: str) -> None:
    folder = make_weights()
    (folder / name).unlink()
    with pytest.raises(WeightsError, match=name):
        PlateReader(folder)


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x08"])
def test_file_that_is_no_network(make_weights: MakeWeights, content: bytes) -> None:
    folder = make_weights()
    (folder / "recognizer.onnx").write_bytes(content)
    with pytest.raises(WeightsError, match=r"recognizer\.onnx: not a network"):
        PlateReader(folder)


def test_truncated_network(make_weights: MakeWeights) -> None:
    path = make_weights() / "detector.onnx"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(WeightsError, match=r"detector\.onnx"):
        PlateReader(path.parent)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("detector", {"stride": None}, "stride must be a number in"),
        ("detector", {"stride": 8.5}, "stride must be a whole number"),
        ("detector", {"corner_scale": "32"}, "corner_scale must be a number"),
        ("detector", {"temperature": 0}, "temperature must be a number in 0.001"),
        # Each level is a quarter of the one before: plates between two levels would be seen at neither.
        ("detector", {"min_width": 80}, "four times"),
        ("recognizer", {"head": "attention"}, "head must be 'ctc' or 'slots'"),
        ("recognizer", {"width": 160}, r"expected shape \(None, 48, 160, 1\)"),
    ],
)
def test_card_that_does_not_fit(make_weights: MakeWeights, name: str, changes: dict, reason: str) -> None:
    path = make_weights() / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(WeightsError, match=reason):
        PlateReader(path.parent)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{"])
def test_card_that_is_none(make_weights: MakeWeights, content: str) -> None:
    path = make_weights() / "detector.json"
    path.write_text(content)
    with pytest.raises(WeightsError, match=r"detector\.json: not a card"):
        PlateReader(path.parent)


def test_networks_that_are_swapped(make_weights: MakeWeights) -> None:
    folder: Path = make_weights()
    (folder / "detector.onnx").write_bytes((folder / "recognizer.onnx").read_bytes())
    with pytest.raises(WeightsError, match=r"expected shape \(None, None, None, 9\), got"):
        PlateReader(folder)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_empty_batches_are_never_run(make_weights: MakeWeights, threads: int) -> None:
    # ONNX Runtime ends the process there, of networks with several threads.
    for folder in (None, make_weights()):
        recognizer, card = load_recognizer(folder, threads)
        given = recognizer.outputs(np.zeros((0, card.height, card.width, 1), np.float32))
        assert given["logits"].shape == (0, 36, 37)
        assert given["logits"].dtype == np.float32
        detector, _ = load_detector(folder, threads)
        assert detector(np.zeros((0, 96, 64, 1), np.float32)).shape == (0, 12, 8, 9)
        window, _ = load_window(folder, threads)
        assert window(np.zeros((0, 92, 148, 1), np.float32)).shape == (0, 1, 1, 253)


def test_networks_are_copied_and_pickled(make_weights: MakeWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_weights()
    monkeypatch.chdir(folder.parent)
    network, card = load_recognizer(folder.name)
    batch = np.zeros((2, card.height, card.width, 1), np.float32)
    assert copy.copy(network) is network
    assert copy.deepcopy(network) is network
    pickled = pickle.dumps(network)
    assert len(pickled) < 1000
    monkeypatch.chdir("/")
    assert (pickle.loads(pickled).outputs(batch)["logits"] == network.outputs(batch)["logits"]).all()


def test_network_that_fails_as_it_runs(make_weights: MakeWeights) -> None:
    network, _ = load_window(make_weights())
    with pytest.raises(WeightsError, match=r"window\.onnx: fails on \(1, 3, 3, 1\)"):
        network(np.zeros((1, 3, 3, 1), np.float32))


def _saved(folder: Path, change: Callable[[onnx.ModelProto], None]) -> None:
    path = folder / "detector.onnx"
    model = onnx.load(path)
    change(model)
    path.write_bytes(model.SerializeToString())


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "/etc/passwd"), ("offset", "0"), ("length", "72")):
        tensor.external_data.add(key=key, value=value)


def _external_in_attribute(model: onnx.ModelProto) -> None:
    node = helper.make_node(
        "Constant", [], ["far off"], value=numpy_helper.from_array(np.zeros(3, np.float32))
    )
    node.attribute[0].t.external_data.add(key="location", value="../secret")
    model.graph.node.append(node)


def _nested(model: onnx.ModelProto) -> None:
    graph = helper.make_graph([], "innermost", [], [])
    for i in range(20):
        node = helper.make_node(
            "If", ["condition"], [f"out {i}"], then_branch=graph, else_branch=graph.__class__()
        )
        graph = helper.make_graph([node], f"level {i}", [], [])
    model.graph.node.extend(graph.node)


def _functions(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 13)]
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [], opset))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_external, "a part of it lies in another file"),
        (_external_in_attribute, "a part of it lies in another file"),
        (_nested, "graphs within its graph"),
        (_functions, "functions of its own"),
    ],
)
def test_network_that_is_not_whole_in_itself(
    make_weights: MakeWeights, change: Callable[[onnx.ModelProto], None], reason: str
) -> None:
    folder = make_weights()
    _saved(folder, lambda model: None)
    load_detector(folder)
    _saved(folder, change)
    with pytest.raises(WeightsError, match=rf"detector\.onnx: not a network that can be run: .*{reason}"):
        load_detector(folder)


@given(st.binary(max_size=300))
def test_any_bytes_for_a_network(data: bytes) -> None:
    with suppress(ModelError):
        check_self_contained(data)


@pytest.mark.parametrize("value", [10**400, 1e300, 1025, 1e-9, -1, True, "1e3"])
def test_numbers_of_a_card_are_bounded(make_weights: MakeWeights, value: object) -> None:
    path = make_weights() / "recognizer.json"
    sys.set_int_max_str_digits(0)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"temperature": value}))
    sys.set_int_max_str_digits(4300)
    with pytest.raises(WeightsError, match=r"not a card|temperature must be a number in 0\.001\.\.1024"):
        load_recognizer(path.parent)


@pytest.mark.parametrize("card", ["[" * 200_000, '{"a":' * 200_000, " " * 4_000_001])
def test_card_without_end(make_weights: MakeWeights, card: str) -> None:
    path = make_weights() / "detector.json"
    path.write_text(card)
    with pytest.raises(WeightsError, match=r"detector\.json: (not a card|too large)"):
        load_detector(path.parent)
