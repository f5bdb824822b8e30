"""A network of Keras's and its ONNX file give the same, whatever the picture's size and number."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from keras import layers, ops

from numberplate.networks.detector import blocks_network, detector
from numberplate.networks.recognizer import recognizer
from numberplate.networks.window import sliding_window, window
from numberplate.training.graph import GraphError, write_onnx

NETWORKS: dict[str, tuple[Callable[[], keras.Model], list[tuple[int, ...]]]] = {
    "recognizer": (
        lambda: trained(recognizer({"latin": 37, "han": 60}, 0.17)),
        [(1, 48, 144, 1), (3, 48, 144, 1)],
    ),
    "detector": (lambda: trained(detector(0.17)), [(1, 64, 96, 1), (2, 128, 32, 1)]),
    "detector in blocks": (
        lambda: blocks_network(trained(detector(0.17)), 0.17),
        [(1, 16, 24, 16), (2, 8, 32, 16)],
    ),
    "windows": (lambda: sliding_window(trained(window(0.06))), [(1, 108, 164, 1), (2, 124, 196, 1)]),
}


def trained(network: keras.Model) -> keras.Model:
    """As if: no weight is what it begins with, and all variances are above 0."""
    rng = np.random.default_rng(0)
    network.set_weights(
        [
            weights + rng.normal(0, 0.05, weights.shape)
            if weights.ndim > 1
            else rng.uniform(0.5, 1.5, weights.shape)
            for weights in network.get_weights()
        ]
    )
    return network


def run(path: Path, pictures: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {session.get_inputs()[0].name: pictures}), strict=True))


@pytest.mark.parametrize("name", NETWORKS)
def test_it_gives_the_same(tmp_path: Path, name: str) -> None:
    make, sizes = NETWORKS[name]
    network = make()
    write_onnx(network, tmp_path / "network.onnx")
    for size in sizes:
        pictures = np.random.default_rng(1).uniform(0, 255, size).astype(np.float32)
        expected = network.predict(pictures, verbose=0)
        if not isinstance(expected, dict):
            expected = {network.layers[-1].name: expected}
        computed = run(tmp_path / "network.onnx", pictures)
        assert set(computed) == set(expected)
        for output, values in expected.items():
            np.testing.assert_allclose(computed[output], values, rtol=1e-4, atol=1e-4 * np.abs(values).max())


def test_the_file_is_the_same_each_time_and_says_what_is_free(tmp_path: Path) -> None:
    network = trained(detector(0.17))
    for name in ("once", "again"):
        write_onnx(network, tmp_path / name)
    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()
    graph = onnx.load(tmp_path / "once").graph
    (picture,) = graph.input
    sizes = [side.dim_value or side.dim_param for side in picture.type.tensor_type.shape.dim]
    assert (picture.name, sizes) == ("picture", ["batch", "rows", "columns", 1])


def test_numbers_beside_tensors(tmp_path: Path) -> None:
    picture = keras.Input((4, 6, 2), name="picture")
    mean = ops.mean(picture, axis=(1, 2), keepdims=True)
    network = keras.Model(picture, layers.Flatten(name="flat")(ops.sqrt(picture * 2.0 + 1.0) - mean / 3.0))
    write_onnx(network, tmp_path / "network.onnx")
    pictures = np.random.default_rng(0).uniform(0, 9, (2, 4, 6, 2)).astype(np.float32)
    expected = np.sqrt(2 * pictures + 1) - pictures.mean((1, 2), keepdims=True) / 3
    np.testing.assert_allclose(
        run(tmp_path / "network.onnx", pictures)["flat"], expected.reshape(2, -1), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (layers.UpSampling2D(2, name="up"), "up: ONNX export knows no layer of the kind UpSampling2D"),
        (layers.Activation("gelu", name="bent"), "bent: ONNX export knows no activation of the kind gelu"),
        (
            layers.Conv2D(2, 3, activation="tanh", name="bent"),
            "bent: ONNX export knows no activation of the kind tanh",
        ),
    ],
)
def test_what_it_does_not_know_is_named(tmp_path: Path, layer: layers.Layer, said: str) -> None:
    picture = keras.Input((8, 8, 1))
    with pytest.raises(GraphError, match=f"^{said}$"):
        write_onnx(keras.Model(picture, layer(picture)), tmp_path / "network.onnx")
    assert not list(tmp_path.iterdir())
