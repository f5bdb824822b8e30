import numpy as np
import pytest

from numberplate.synthesis.world.backgrounds import Backgrounds
from numberplate.synthesis.world.car import PLATES
from numberplate.synthesis.world.street import street

SIZES = [(300, 400), (450, 600), (601, 333), (97, 301)]
"""Height and width; upright ones and odd ones."""


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_picture_and_the_place_of_its_plate(size: tuple[int, int]) -> None:
    height, width = size
    for seed in range(12):
        picture, (x, y, w, h) = street(np.random.default_rng(seed), height, width)
        assert picture.shape == (height, width, 3)
        assert picture.dtype == np.uint8
        assert picture.std() > 10
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        assert w >= 4
        assert h >= 2


@pytest.mark.parametrize("plate", PLATES, ids=str)
def test_the_place_has_the_shape_asked_for(plate: tuple[float, float]) -> None:
    for seed in range(8):
        _, (_, _, w, h) = street(np.random.default_rng(seed), 600, 800, plate)
        # Rounded to whole pixels.
        assert (w - 1) / (h + 1) < plate[0] / plate[1] < (w + 1) / (h - 1)


def test_the_place_is_empty() -> None:
    for seed in range(30):
        picture, (x, y, w, h) = street(np.random.default_rng(seed), 450, 600)
        place = picture[y + 1 : y + h - 1, x + 1 : x + w - 1].astype(float)
        assert place.size
        # Nothing but a faint gradient and grain.
        assert place.std((0, 1)).max() < 8


def test_the_same_seed_draws_the_same() -> None:
    (one, box), (other, same) = (street(np.random.default_rng(5), 200, 300) for _ in range(2))
    assert (one == other).all()
    assert box == same
    assert (one != street(np.random.default_rng(6), 200, 300)[0]).any()


def test_half_of_the_drawn_backgrounds_are_streets() -> None:
    backgrounds = Backgrounds()
    count = 40
    streets = [i for i in range(count) if backgrounds.boxes(i)]
    assert count / 4 < len(streets) < 3 * count / 4
    for i in range(count):
        height, width = backgrounds.picture(i).shape[:2]
        assert ((height, width) == (450, 600)) == (i in streets)
        for x, y, w, h in backgrounds.boxes(i):
            assert 0 <= x < x + w <= width
            assert 0 <= y < y + h <= height
        assert backgrounds.boxes(i + len(backgrounds)) == backgrounds.boxes(i)  # the index goes round
        # The same where the boxes are asked for before, after or without the picture.
        assert i % 8 or Backgrounds().boxes(i) == backgrounds.boxes(i)
