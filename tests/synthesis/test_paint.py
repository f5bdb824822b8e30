import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.synthesis.paint import blend, shade, tint


def random_picture(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def random_mask(seed: int, height: int, width: int) -> np.ndarray:
    levels = np.random.default_rng(seed).integers(-200, 456, (height, width))
    return np.clip(levels, 0, 255).astype(np.uint8)


sides = st.integers(1, 9)
places = st.integers(-12, 12)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 999), sides, sides, sides, sides, places, places, st.sampled_from([1.0, 0.5, 0.0]))
def test_tint_is_the_mix_by_the_mask_cut_at_the_edges(
    seed: int, height: int, width: int, rows: int, columns: int, x: int, y: int, strength: float
) -> None:
    picture, mask = random_picture(seed, height, width), random_mask(seed + 1, rows, columns)
    colour = np.array([250.0, -3.0, 99.6])  # what is out of range is clipped
    expected = picture.astype(float)
    for i in range(rows):
        for j in range(columns):
            if 0 <= y + i < height and 0 <= x + j < width:
                share = strength * mask[i, j] / 255
                expected[y + i, x + j] += share * (np.clip(colour, 0, 255) - expected[y + i, x + j])
    tint(picture, mask, x, y, colour, strength)
    assert np.abs(picture - expected).max() <= 2


def test_an_empty_mask_changes_nothing() -> None:
    picture = random_picture(0, 5, 7)
    before = picture.copy()
    tint(picture, np.zeros((5, 7), np.uint8), 0, 0, (9, 9, 9))
    assert (picture == before).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (4, 1), (6, 5)])
def test_blend_and_shade(size: tuple[int, int]) -> None:
    above, below, mask = random_picture(1, *size), random_picture(2, *size), random_mask(3, *size)
    share = mask[..., None] / 255
    assert np.abs(blend(above, below, mask) - (share * above + (1 - share) * below)).max() <= 1.01
    assert (blend(above, below, np.full(size, 255, np.uint8)) == above).all()
    assert (blend(above, below, np.zeros(size, np.uint8)) == below).all()
    assert np.abs(shade(above, mask) - share * above).max() <= 0.51
    assert (shade(above, np.full(size, 255, np.uint8)) == above).all()
