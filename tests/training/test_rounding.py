import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from numberplate.training.rounding import MOST_WEIGHT, round_weights, rounded_rows


def steps_of(weights: np.ndarray) -> np.ndarray:
    return np.abs(weights).max(1, keepdims=True) / MOST_WEIGHT


def nearest(weights: np.ndarray) -> np.ndarray:
    step = np.maximum(steps_of(weights), 1e-30)
    return np.round(weights / step) * step


def error(weights: np.ndarray, rounded: np.ndarray, products: np.ndarray) -> float:
    off = rounded - weights
    return float(np.einsum("ok,kl,ol->", off, products, off))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 12))
def test_weights_are_on_steps_of_the_largest_which_stays(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < 0.8)
    inputs = rng.normal(size=(50, columns))
    rounded = rounded_rows(weights, inputs.T @ inputs)
    whole = rounded / np.maximum(steps_of(weights), 1e-30)
    assert np.abs(whole - np.round(whole)).max() < 1e-6
    assert np.abs(whole).max(initial=0) <= MOST_WEIGHT + 1e-6
    assert ((weights != 0) | (rounded == 0)).all()
    largest = np.abs(weights).argmax(1)
    np.testing.assert_allclose(
        rounded[np.arange(rows), largest], weights[np.arange(rows), largest], rtol=1e-9
    )


def test_inputs_that_go_together_lose_less_than_each_rounded_on_its_own() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(16, 27))
    # As neighbouring pixels do: most of what they are is common to all.
    inputs = rng.normal(size=(500, 1)) + 0.3 * rng.normal(size=(500, 27))
    products = inputs.T @ inputs
    rounded = rounded_rows(weights, products)
    assert error(weights, rounded, products) < 0.3 * error(weights, nearest(weights), products)


@pytest.mark.parametrize("padding", [{"auto_pad": "SAME_UPPER"}, {"pads": [1, 1, 1, 1]}, {}])
def test_a_network_computes_nearly_the_same_and_what_is_left_out_stays(padding: dict[str, object]) -> None:
    rng = np.random.default_rng(0)
    kernels = [rng.normal(size=shape).astype(np.float32) for shape in ((8, 3, 3, 3), (4, 8, 1, 1))]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["in", "first"], ["a"], "one", strides=[2, 2], **padding),
            helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("Conv", ["b", "second"], ["out"], "other"),
        ],
        "network",
        [helper.make_tensor_value_info("in", onnx.TensorProto.FLOAT, [1, 3, 12, 17])],
        [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(k, name) for k, name in zip(kernels, ("first", "second"), strict=True)],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    pictures = [rng.normal(size=(1, 3, 12, 17)).astype(np.float32) for _ in range(4)]
    round_weights(model, pictures, ["other"])
    first, second = (numpy_helper.to_array(tensor) for tensor in model.graph.initializer)
    assert (second == kernels[1]).all()
    assert 0 < np.abs(first - kernels[0]).max() < 0.1


def test_convolutions_in_groups_are_refused() -> None:
    kernel = numpy_helper.from_array(np.ones((2, 1, 3, 3), np.float32), "kernel")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["in", "kernel"], ["out"], "grouped", group=2)],
        "network",
        [helper.make_tensor_value_info("in", onnx.TensorProto.FLOAT, [1, 2, 8, 8])],
        [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, None)],
        [kernel],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    with pytest.raises(ValueError, match="grouped: convolutions in groups"):
        round_weights(model, [np.ones((1, 2, 8, 8), np.float32)])
