from pathlib import Path

import keras
import numpy as np
import pytest

from numberplate.models.codec.detector import in_blocks
from numberplate.models.spec import ABSENT, IGNORED, PRESENT, STRIDE
from numberplate.networks.detector import DetectorLoss, blocks_network, detector


def pictures(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (1, height, width, 1)).astype(np.float32)


@pytest.fixture
def network() -> keras.Model:
    """One for each test: what a test sets in it stays there."""
    return detector(0.3)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 160), (224, 96)])
def test_shapes(network: keras.Model, height: int, width: int) -> None:
    grid = network.predict(pictures(height, width), verbose=0)
    assert grid.shape == (1, height // STRIDE, width // STRIDE, 9)
    assert np.isfinite(grid).all()


def test_in_blocks_it_gives_the_same(network: keras.Model) -> None:
    for layer in network.layers:
        if isinstance(
            layer, keras.layers.BatchNormalization
        ):  # as after training, of which it knows something
            rng = np.random.default_rng(1)
            layer.set_weights([rng.uniform(0.5, 1.5, values.shape) for values in layer.get_weights()])
    seen = np.full((1, 160, 224, 1), 128, np.float32)  # what lies around a picture differs by half a grey
    seen[:, 48:112, 64:160] = pictures(64, 96)
    blocks = in_blocks(seen[..., 0])
    assert blocks.shape == (1, 40, 56, 16)
    whole = network.predict(seen, verbose=0)
    np.testing.assert_allclose(
        blocks_network(network, 0.3).predict(blocks, verbose=0), whole, atol=0.01 * np.abs(whole).max()
    )


def test_before_training_it_sees_next_to_nothing(network: keras.Model) -> None:
    logits = network.predict(pictures(64, 64), verbose=0)[..., 0]
    assert logits.mean() < -1


def test_width_scales_it() -> None:
    counts = [detector(width).count_params() for width in (0.1, 0.5, 1.0)]
    assert counts == sorted(set(counts))
    assert counts[-1] > 5 * counts[0]


def test_saved_and_loaded_it_gives_the_same(network: keras.Model, tmp_path: Path) -> None:
    network.compile("sgd", DetectorLoss(focus=1.5, corner_weight=0.7, leniency=0.1))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert (loaded.loss.focus, loaded.loss.corner_weight, loaded.loss.leniency) == (1.5, 0.7, 0.1)
    taken = pictures(64, 96)
    assert np.abs(network.predict(taken, verbose=0) - loaded.predict(taken, verbose=0)).max() < 1e-5


CORNERS = np.array([-2, -0.5, 2, -0.5, 2, 0.5, -2, 0.5], np.float32)


def target(*cells: tuple[int, int, float]) -> np.ndarray:
    """One picture's target (1, 4, 6, 9): `cells` with what is there, the others ABSENT."""
    grid = np.zeros((1, 4, 6, 9), np.float32)
    grid[..., 0] = ABSENT
    for row, column, presence in cells:
        grid[0, row, column, 0] = presence
        if presence == PRESENT:
            grid[0, row, column, 1:] = CORNERS
    return grid


def reading(truth: np.ndarray, certainty: float = 12.0) -> np.ndarray:
    """The output that meets `truth`, sure of it."""
    grid = truth.copy()
    grid[..., 0] = np.where(truth[..., 0] == PRESENT, certainty, -certainty)
    return grid


def loss(truth: np.ndarray, read: np.ndarray) -> float:
    value = float(DetectorLoss()(truth, read))
    assert np.isfinite(value)
    return value


def test_loss_of_a_sure_reading_is_near_nought() -> None:
    for truth in (target((1, 2, PRESENT)), target((0, 0, PRESENT), (3, 5, PRESENT)), target()):
        assert 0 <= loss(truth, reading(truth)) < 1e-3


def test_loss_grows_with_each_kind_of_error() -> None:
    truth = target((1, 2, PRESENT))
    right = loss(truth, reading(truth))
    missed, false, shifted = (reading(truth) for _ in range(3))
    missed[0, 1, 2, 0] = -12
    false[0, 3, 3, 0] = 12
    shifted[0, 1, 2, 1:] += 0.5
    for wrong in (missed, false, shifted):
        assert loss(truth, wrong) > right + 1
    further = shifted.copy()
    further[0, 1, 2, 1:] += 0.5
    assert loss(truth, further) > loss(truth, shifted)


def test_leniency_makes_a_hopeless_plate_cost_less() -> None:
    truth = target((1, 2, PRESENT))
    missed, likely = reading(truth), reading(truth)
    missed[0, 1, 2, 0], likely[0, 1, 2, 0] = -12, 2
    strict, lenient = DetectorLoss(leniency=0), DetectorLoss(leniency=0.5)
    assert float(strict(truth, missed)) > 40
    assert float(lenient(truth, missed)) < 4 / 0.5 + 0.01
    assert float(lenient(truth, likely)) == pytest.approx(float(strict(truth, likely)), rel=0.05)


def test_ignored_cells_and_corners_of_absent_ones_do_not_count() -> None:
    truth = target((1, 2, PRESENT), (1, 3, IGNORED))
    read = reading(truth)
    before = loss(truth, read)
    for logit in (-30.0, 0.0, 30.0):
        other = read.copy()
        other[0, 1, 3] = logit  # an ignored cell, its corners too
        other[0, 0, 0, 1:] = 99  # the corners of a cell where no plate is
        assert loss(truth, other) == pytest.approx(before)


def test_pictures_without_a_plate() -> None:
    truth = target()
    read = np.zeros_like(truth)
    assert loss(truth, read) > 1
    assert loss(target((0, 0, IGNORED)), read) < loss(truth, read)


def test_a_plate_of_many_cells_weighs_no_more() -> None:
    one, three = target((1, 2, PRESENT)), target(*((1, c, PRESENT) for c in (1, 2, 3)))
    unsure = [loss(truth, reading(truth, 0.0) * [1, *[1.1] * 8]) for truth in (one, three)]
    # Absent cells are counted once a picture; the present ones' part is the same.
    assert unsure[1] < unsure[0]


def test_errors_are_measured_in_heights_of_the_plate() -> None:
    small, large = target((1, 2, PRESENT)), target((1, 2, PRESENT))
    large[0, 1, 2, 1:] *= 3
    errors = []
    for truth in (small, large):
        read = reading(truth)
        read[0, 1, 2, 1:] += 0.4
        errors.append(loss(truth, read))
    assert errors[1] < 0.6 * errors[0]
