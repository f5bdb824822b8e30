from pathlib import Path

import keras
import numpy as np
import pytest

from numberplate.models.spec import WINDOW_STRIDE
from numberplate.networks.window import WINDOW_OUTPUTS, WindowLoss, sliding_window, window

HEIGHT, WIDTH = 92, 148
"""Of a window with its margins."""


def pictures(height: int = HEIGHT, width: int = WIDTH, count: int = 1) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, height, width, 1)).astype(np.float32)


def test_the_full_network_is_the_articles() -> None:
    network = window()
    assert round(network.count_params() / 1e6) == 68
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [(c.filters, c.kernel_size) for c in convolutions] == [(48, (5, 5)), (64, (5, 5)), (128, (5, 5))]
    pools = [layer.pool_size for layer in network.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    assert pools == [(2, 2), (2, 1), (2, 2)]
    assert network.get_layer("hidden").units == 2048
    assert network.output_shape == (None, 1 + 7 * 36)


def test_width_scales_it() -> None:
    counts = [window(width).count_params() for width in (0.05, 0.25, 0.5)]
    assert counts == sorted(set(counts))
    assert counts[1] * 2 < 10e6  # bytes of what ships, in half precision


@pytest.mark.parametrize("around", [0, 1])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 2), (2, 5)])
def test_fully_convolutional_equals_windowed_window_by_window(around: int, rows: int, columns: int) -> None:
    windowed = window(0.1, around)
    sliding = sliding_window(windowed)
    one = window(0.1)
    one.set_weights(windowed.get_weights())
    taken = pictures(HEIGHT + WINDOW_STRIDE * (rows - 1), WIDTH + WINDOW_STRIDE * (columns - 1))
    grid = sliding.predict(taken, verbose=0)
    assert grid.shape == (1, rows, columns, WINDOW_OUTPUTS)
    assert np.ptp(grid[0, :, :, 0]) > 0 or rows == columns == 1  # they do differ
    for row in range(rows):
        for column in range(columns):
            y, x = WINDOW_STRIDE * row, WINDOW_STRIDE * column
            alone = one.predict(taken[:, y : y + HEIGHT, x : x + WIDTH], verbose=0)
            assert np.abs(alone - grid[:, row, column]).max() < 1e-4


def test_several_windows_of_one_picture_are_each_as_alone() -> None:
    several, one = window(0.1, around=1), window(0.1)
    one.set_weights(several.get_weights())
    taken = pictures(HEIGHT + 2 * WINDOW_STRIDE, WIDTH + 2 * WINDOW_STRIDE, 2)
    found = several.predict(taken, verbose=0)
    assert found.shape == (2, 3, 3, WINDOW_OUTPUTS)
    for row in range(3):
        for column in range(3):
            y, x = WINDOW_STRIDE * row, WINDOW_STRIDE * column
            alone = one.predict(taken[:, y : y + HEIGHT, x : x + WIDTH], verbose=0)
            assert np.abs(alone - found[:, row, column]).max() < 1e-4


def test_saved_and_loaded_it_gives_the_same(tmp_path: Path) -> None:
    network = window(0.1, 1)
    network.compile("sgd", WindowLoss())
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert isinstance(loaded.loss, WindowLoss)
    taken = pictures(HEIGHT + 16, WIDTH + 16)
    assert np.abs(network.predict(taken, verbose=0) - loaded.predict(taken, verbose=0)).max() < 1e-5


CODES = [10, 11, 0, 1, 20, 21, 35]


def target(present: int) -> np.ndarray:
    return np.array([[present, *CODES]], np.int32)


def reading(present: int, certainty: float = 20.0) -> np.ndarray:
    """Outputs sure of presence, or of none, and of the characters."""
    outputs = np.zeros((1, WINDOW_OUTPUTS), np.float32)
    outputs[0, 0] = certainty if present else -certainty
    outputs[0, 1 + np.arange(7) * 36 + CODES] = certainty
    return outputs


def loss(truth: np.ndarray, read: np.ndarray) -> float:
    return float(WindowLoss()(truth, read))


@pytest.mark.parametrize("present", [0, 1])
def test_loss_of_a_sure_reading_is_near_nought(present: int) -> None:
    assert 0 <= loss(target(present), reading(present)) < 1e-3
    assert loss(target(present), reading(1 - present)) > 15


def test_characters_count_only_where_a_plate_is_present() -> None:
    wrong = reading(1)
    wrong[0, 1 : 1 + 36] = 0
    wrong[0, 1 + 5] = 20
    assert loss(target(1), wrong) > 15
    absent = wrong.copy()
    absent[0, 0] = -20
    assert loss(target(0), absent) < 1e-3


def test_uncounted_windows_do_not_count() -> None:
    for outputs in (reading(0), reading(1)):
        assert loss(target(2), outputs) == 0


def test_loss_is_the_cross_entropies() -> None:
    """Without any knowledge: the logarithm of 2 for presence, and of 36 for each character."""
    flat = np.zeros((1, WINDOW_OUTPUTS), np.float32)
    assert loss(target(0), flat) == pytest.approx(np.log(2), rel=1e-5)
    assert loss(target(1), flat) == pytest.approx(np.log(2) + 7 * np.log(36), rel=1e-5)


def test_each_of_several_windows_weighs_the_same() -> None:
    truth = np.stack([target(1), target(0), target(0), target(0)], axis=1).reshape(1, 2, 2, 8)
    flat = np.zeros((1, 2, 2, WINDOW_OUTPUTS), np.float32)
    assert loss(truth, flat) == pytest.approx(np.log(2) + 7 / 4 * np.log(36), rel=1e-5)
