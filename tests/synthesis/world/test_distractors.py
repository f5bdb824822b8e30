import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world import distractors
from numberplate.synthesis.world.distractors import KINDS, distract, imitate

GREY = (120, 121, 119)


def wall(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), GREY, np.uint8)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    x=st.floats(-60, 160),
    y=st.floats(-60, 100),
    width=st.floats(10, 120),
    share=st.floats(0.15, 0.7),
)
def test_each_kind_is_drawn_anywhere(
    letterings: Letterings, kind: str, seed: int, x: float, y: float, width: float, share: float
) -> None:
    """Also half outside of the picture, or wholly, and as small as can be."""
    draw, _ = KINDS[kind]
    one, other = wall(90, 150), wall(90, 150)
    draw(one, letterings, (x, y, width, width * share), np.random.default_rng(seed))
    draw(other, letterings, (x, y, width, width * share), np.random.default_rng(seed))
    assert one.shape == (90, 150, 3)
    assert (one == other).all()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_seen(letterings: Letterings, font: Path, kind: str) -> None:
    draw, share = KINDS[kind]
    assert share > 0
    for given_letterings in (letterings, Letterings([font])):
        pictures = set()
        for seed in range(12):
            picture = wall(160, 240)
            draw(picture, given_letterings, (60.0, 40.0, 110.0, 44.0), np.random.default_rng(seed))
            assert (np.abs(picture.astype(int) - GREY).max(-1) > 12).mean() > 0.001
            pictures.add(picture.tobytes())
        assert len(pictures) == 12


def test_none_to_five_are_drawn(letterings: Letterings) -> None:
    changed = []
    for seed in range(60):
        picture = wall(120, 180)
        distract(picture, letterings, np.random.default_rng(seed))
        changed.append((picture != GREY).any())
    assert 35 < sum(changed) < 60


def test_some_lie_on_vehicles(letterings: Letterings) -> None:
    """Those given a vehicle's box are drawn there far more often than elsewhere."""
    marked = np.zeros((200, 300))
    for seed in range(80):
        picture = wall(200, 300)
        distract(picture, letterings, np.random.default_rng(seed), vehicles=[(200.0, 110.0, 80.0, 70.0)])
        marked += (picture != GREY).any(-1)
    there, mirrored = marked[110:180, 200:280].mean(), marked[110:180, 20:100].mean()
    assert there > 2 * mirrored


def test_an_imitation_fills_its_picture(letterings: Letterings) -> None:
    for seed in range(30):
        picture = wall(50, 150)
        imitate(picture, letterings, np.random.default_rng(seed))
        changed = (np.abs(picture.astype(int) - GREY).max(-1) > 12).any(0)
        assert changed.mean() > 0.3, seed


def test_what_stands_on_panels_is_no_plates_text() -> None:
    """No plate has small letters, a sign of currency, a per cent or more than twelve characters."""
    for seed in range(2000):
        text = distractors._no_plate_text(np.random.default_rng(seed))
        characters = re.sub("[ .-]", "", text)
        assert not set(characters) <= set(ALPHABET) or len(characters) > MAX_LENGTH, text
        made_up = distractors._made_up(np.random.default_rng(seed))
        assert not made_up.isupper() or len(made_up) > MAX_LENGTH, made_up
