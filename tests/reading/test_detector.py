from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.codec.detector import decode_corners
from numberplate.models.initial import DETECTOR
from numberplate.reading.detector import levels

CARD = replace(DETECTOR, stride=8, corner_scale=32.0, min_width=20, max_width=160)


def test_offsets_of_nought_are_the_centre_of_the_cell() -> None:
    # Row 2, column 3: x comes before y, and the centre is half a stride in.
    found = decode_corners(np.zeros((5, 5, 9), np.float32), np.array([2]), np.array([3]), CARD)
    assert found.tolist() == [[[28.0, 20.0]] * 4]


sides = st.integers(10, 12_000)


@given(sides, sides, st.integers(160, 2000), st.floats(0, 1))
def test_every_width_is_in_range_at_some_level(width: int, height: int, longest: int, part: float) -> None:
    found = levels(width, height, CARD, longest)
    # From the least that the first level can show up to the whole picture's width.
    least = CARD.min_width * width / found[0].width
    plate = least + part * max(0.0, width - least)
    seen = [plate * level.width / width for level in found]
    if least <= width:
        # A level's sides are whole pixels: a pixel at most is lost to rounding at the upper end.
        assert any(CARD.min_width - 1e-6 <= w <= CARD.max_width + 1 for w in seen)


@given(sides, sides, st.integers(32, 2000))
def test_levels_shrink_within_the_limit(width: int, height: int, longest: int) -> None:
    found = levels(width, height, CARD, longest)
    assert max(found[0].width, found[0].height) <= longest
    assert found[0].width <= width
    assert found[0].height <= height
    for level, smaller in pairwise(found):
        assert max(smaller.width, smaller.height) < max(level.width, level.height)
    for level in found:
        assert min(level.width, level.height) >= 1
        # The same proportions, but for whole pixels.
        assert level.height == pytest.approx(
            height * max(level.width, level.height) / max(width, height), abs=1
        )


def test_levels_of_an_ordinary_picture() -> None:
    assert [(level.width, level.height) for level in levels(640, 480, CARD)] == [
        (640, 480),
        (320, 240),
        (160, 120),
    ]
