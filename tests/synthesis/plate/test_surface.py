from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.synthesis.plate.surface import Wear, dirt, emboss, fade, glow, scratches, sheen, weather

Step = Callable[[np.ndarray, np.random.Generator], np.ndarray]

WORST = Wear(fade=1, dirt=1, scratches=1, sheen=1)

STEPS: dict[str, Step] = {
    "fade": lambda picture, rng: fade(picture, rng, 0.4),
    "dirt": lambda picture, rng: dirt(picture, rng, 0.6),
    "scratches": lambda picture, rng: scratches(picture, rng, 0.8),
    "sheen": lambda picture, rng: sheen(picture, rng, 0.6),
    "glow": lambda picture, rng: glow(picture, 1.4),
    "weather": lambda picture, rng: weather(picture, rng, WORST),
}

SIZES = [(48, 200), (31, 57), (5, 4), (300, 90)]
"""Height and width; odd ones, a tiny one, and one upright."""


def plate(height: int, width: int) -> np.ndarray:
    """A picture that cannot be written to: dark bars on white."""
    picture = np.full((height, width, 3), 240, np.uint8)
    picture[height // 4 : -height // 4, :: max(2, width // 8)] = 15
    picture.setflags(write=False)
    return picture


@pytest.mark.parametrize("name", STEPS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_each_step_keeps_shape_and_type_and_leaves_its_input(
    name: str, seed: int, size: tuple[int, int]
) -> None:
    picture = plate(*size)
    before = picture.copy()
    worn = STEPS[name](picture, np.random.default_rng(seed))
    assert worn.shape == picture.shape
    assert worn.dtype == np.uint8
    assert (picture == before).all()
    assert (STEPS[name](picture, np.random.default_rng(seed)) == worn).all()


@pytest.mark.parametrize("step", [fade, dirt, sheen], ids=lambda step: step.__name__)
@pytest.mark.parametrize("seed", range(6))
def test_more_changes_more(step: Callable[..., np.ndarray], seed: int) -> None:
    picture = plate(60, 240)

    def change(amount: float) -> float:
        return float(np.abs(step(picture, np.random.default_rng(seed), amount).astype(int) - picture).mean())

    assert change(0.0) < 1
    assert change(0.2) < change(0.4) < change(0.6)


def test_a_plate_stays_readable() -> None:
    """Bars and paper stay apart in most places of most plates, however they are worn."""
    picture = plate(60, 240)
    ink = picture[..., 0] < 100
    apart = []
    for seed in range(40):
        worn = weather(picture, np.random.default_rng(seed), WORST).astype(int).mean(-1)
        apart.append(np.median(worn[~ink]) - np.median(worn[ink]))
    assert np.median(apart) > 90
    assert min(apart) > 25


def test_weather_leaves_most_plates_as_they_were() -> None:
    picture = plate(60, 240)
    smooth = Wear(grain=0.0)
    kept = sum(weather(picture, np.random.default_rng(seed), smooth) is picture for seed in range(200))
    assert 80 < kept < 160


def test_grain_is_on_nearly_all_plates_and_faint() -> None:
    picture = plate(60, 240)
    only = Wear(fade=0.0, dirt=0.0, scratches=0.0, sheen=0.0)
    worn = [weather(picture, np.random.default_rng(seed), only).astype(int) for seed in range(60)]
    assert sum(bool((w != picture).any()) for w in worn) > 45
    for w in worn:
        assert (w <= picture).all()
        assert (w >= 0.6 * picture - 2).all()


def test_a_flash_makes_paper_shine_and_leaves_ink_dark() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, 2)
    lit = glow(levels, 1.5)[0, :, 0].astype(int)
    assert (np.diff(lit) >= 0).all()
    assert lit[200] == 255
    assert lit[20] < 23
    assert (glow(levels, 1.0) == levels).all()


def test_embossing_is_light_on_one_side_and_dark_on_the_other() -> None:
    relief = np.zeros((60, 80), np.uint8)
    relief[20:40, 30:50] = 255
    for seed in range(8):
        slope = emboss(relief, np.random.default_rng(seed), 2.0, 0.4)
        assert slope.dtype == np.float32
        assert slope.shape == relief.shape
        assert slope.max() > 30
        assert slope.min() < -30
        assert np.abs(slope[:10]).max() < 1  # only where something is raised
        assert abs(slope[30, 40]) < 1  # flat on top
