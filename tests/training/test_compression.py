"""Smaller files of networks, on graphs of two convolutions."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from numberplate.training import compression
from numberplate.training.compression import factor, store_in_few_bits

MAPS, OUTPUTS, DIRECTIONS = 8, 64, 5

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Saves a network of a small convolution and a large one, whose outputs vary in few directions."""

    def write(seed: int = 0, outputs: int = OUTPUTS, directions: int = DIRECTIONS, bias: bool = True) -> Path:
        rng = np.random.default_rng(seed)
        shapes = {"small": (MAPS, 1, 3, 3), "large": (outputs, MAPS, 4, 8)}
        tensors = {f"{name}/bias": rng.normal(size=shape[0]) for name, shape in shapes.items()}
        tensors["small"] = rng.normal(size=shapes["small"])
        few = rng.normal(size=(directions, MAPS * 4 * 8))
        tensors["large"] = (rng.normal(size=(outputs, directions)) @ few).reshape(shapes["large"])
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["picture", "small", "small/bias"], ["maps"], name="small"),
                helper.make_node("Relu", ["maps"], ["positive"]),
                helper.make_node(
                    "Conv",
                    ["positive", "large", *["large/bias"][:bias]],
                    ["logits"],
                    name="large",
                    strides=[1, 2],
                ),
            ],
            "network",
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [None, 1, None, None])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, outputs, None, None])],
            [numpy_helper.from_array(v.astype(np.float32), name) for name, v in tensors.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
        onnx.checker.check_model(model)
        path = tmp_path / "network.onnx"
        onnx.save(model, path)
        return path

    return write


def pictures(count: int = 20) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=(1, 1, 9, 17)).astype(np.float32) for _ in range(count)]


def outputs(path: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"picture": p})[0] for p in pictures()])


def stored(path: Path) -> int:
    """Bytes of all tensors."""
    return sum(numpy_helper.to_array(t).nbytes for t in onnx.load(path).graph.initializer)


@pytest.mark.parametrize("bias", [True, False])
def test_factored_through_as_many_maps_as_it_uses_it_gives_the_same(save: Save, bias: bool) -> None:
    path = save(bias=bias)
    before, size = outputs(path), stored(path)
    factor(path, pictures(), DIRECTIONS)
    onnx.checker.check_model(onnx.load(path))
    assert outputs(path) == pytest.approx(before, abs=1e-3 * float(before.std()))
    assert stored(path) < 0.15 * size


def test_fewer_maps_lose_what_varies_least(save: Save) -> None:
    path = save()
    before = outputs(path)
    least = np.linalg.eigvalsh(np.cov(np.moveaxis(before, 1, -1).reshape(-1, OUTPUTS), rowvar=False))
    factor(path, pictures(), DIRECTIONS - 1)
    lost = ((outputs(path) - before) ** 2).mean(axis=(0, 2, 3)).sum()
    assert lost == pytest.approx(np.sort(least)[-DIRECTIONS], rel=0.02)


def test_a_layer_of_few_outputs_is_left_as_it_is(save: Save) -> None:
    path = save()
    before = path.read_bytes()
    factor(path, pictures(), OUTPUTS)
    assert path.read_bytes() == before


def test_nothing_to_factor_by(save: Save) -> None:
    with pytest.raises(ValueError, match="at least one batch"):
        factor(save(), [], 3)


def test_a_byte_a_number(save: Save) -> None:
    path = save()
    before, size = outputs(path), stored(path)
    large = numpy_helper.to_array(onnx.load(path).graph.initializer[3])
    assert large.shape == (OUTPUTS, MAPS, 4, 8)
    store_in_few_bits(path)
    onnx.checker.check_model(onnx.load(path))
    after = outputs(path)
    assert np.abs(after - before).max() > 0
    assert np.sqrt(((after - before) ** 2).mean()) < 0.02 * before.std()
    assert stored(path) < 0.28 * size


@pytest.mark.parametrize("seed", range(3))
def test_half_a_byte_a_number(save: Save, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    path = save(seed, directions=OUTPUTS)
    before, size = outputs(path), stored(path)
    monkeypatch.setattr(compression, "HUGE", 10_000)
    store_in_few_bits(path)
    onnx.checker.check_model(onnx.load(path))
    after = outputs(path)
    # Eight steps from end to end: the error of each weight is some fifth of the weights' deviation.
    assert 0 < np.sqrt(((after - before) ** 2).mean()) < 0.25 * before.std()
    assert stored(path) < 0.16 * size


def test_weights_that_are_nothing_stay_nothing(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "HUGE", 10_000)
    path = save()
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if not tensor.name.endswith("bias"):
            tensor.CopyFrom(numpy_helper.from_array(np.zeros(list(tensor.dims), np.float32), tensor.name))
    onnx.save(model, path)
    before = outputs(path)
    store_in_few_bits(path)
    assert (outputs(path) == before).all()
