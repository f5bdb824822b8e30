from collections import Counter

import numpy as np
import pytest

from numberplate.models.spec import WINDOW_HEIGHT, WINDOW_MARGIN_X, WINDOW_MARGIN_Y, WINDOW_WIDTH
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.window import PATTERN, STATES, presence, window_sample
from numberplate.synthesis.world.backgrounds import Backgrounds


def box(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)


@pytest.mark.parametrize(
    ("corners", "state"),
    [
        (box(20, 20, 90, 20), "present"),
        (box(0, 0, 90, 20), "present"),  # touching the edges is inside
        (box(38, 44, 90, 20), "present"),
        (box(-0.5, 20, 90, 20), "partial"),
        (box(20, 45, 90, 20), "partial"),
        (box(20, 20, 102.3, 20), "present"),
        (box(10, 20, 102.5, 20), "too large"),  # 80 % of the width is 102.4
        (box(20, 2, 60, 55.9), "present"),  # high enough, however narrow
        (box(20, 2, 60, 56), "too large"),  # 87.5 % of the height
        (box(20, 20, 76.7, 38.3), "too small"),  # 60 % of either
        (box(20, 20, 76.9, 10), "present"),
        (box(20, 20, 30, 38.5), "present"),
        (box(-5, 20, 70, 20), "too small"),  # the size is judged first
    ],
)
def test_presence(corners: np.ndarray, state: str) -> None:
    assert presence(corners) == state


def test_presence_is_of_the_box_around_a_turned_plate() -> None:
    turned = np.array([(20, 30), (100, 10), (104, 25), (24, 45)], np.float32)
    assert presence(turned) == "present"
    assert presence(turned + np.float32([25, 0])) == "partial"


def test_windows(ingredients: Ingredients) -> None:
    windows = [window_sample(ingredients, 3, i) for i in range(300)]
    for window in windows:
        height, width = WINDOW_HEIGHT + 2 * WINDOW_MARGIN_Y, WINDOW_WIDTH + 2 * WINDOW_MARGIN_X
        assert window.picture.shape == (height, width)
        assert window.picture.dtype == np.uint8
        assert window.inside.shape == (64, 128)
        assert PATTERN.matches(window.text)
        if window.corners is None:
            assert window.state == "no plate"
        else:
            assert window.state == presence(window.corners)
    counts = Counter(window.state for window in windows)
    assert set(counts) == set(STATES)
    assert 0.4 < counts["present"] / len(windows) < 0.6


def test_the_text_is_darker_than_its_plate(ingredients: Ingredients) -> None:
    seen = 0
    for i in range(200):
        window = window_sample(ingredients, 4, i)
        if window.state != "present" or window.corners is None:
            continue
        low, high = window.corners.min(0), window.corners.max(0)
        x, y = ((low + high) / 2).astype(int)
        part = window.inside[y - 3 : y + 4, x - 20 : x + 21].astype(float)
        # About the plate's middle both the paper and the ink show, at least 76 apart, less what blur takes.
        assert np.ptp(part) > 30
        seen += 1
    assert seen > 50


def test_around_shows_more_of_the_same(ingredients: Ingredients) -> None:
    window = window_sample(ingredients, 3, 0, around=2)
    assert window.picture.shape == (64 + 2 * (14 + 16), 128 + 2 * (10 + 16))
    assert window.inside.shape == (64, 128)


def test_a_plate_lies_where_its_corners_are() -> None:
    """On black, without what a camera adds, the plate is what is bright."""

    class Black(Backgrounds):
        def picture(self, index: int, halvings: int = 0) -> np.ndarray:
            return np.zeros((200, 300, 3), np.uint8)

        def boxes(self, index: int) -> list:
            return []

    seen = 0
    for i in range(80):
        window = window_sample(Ingredients(Letterings(), Black()), 5, i)
        if window.state == "no plate":
            assert window.picture.mean() < 12  # nothing but noise
        if window.state != "present" or window.corners is None:
            continue
        seen += 1
        inside = window.inside.astype(float)
        low, high = np.floor(window.corners.min(0)).astype(int), np.ceil(window.corners.max(0)).astype(int)
        on = inside[low[1] : high[1], low[0] : high[0]]
        outside = inside.sum() - on.sum()
        assert outside / (inside.size - on.size) < 14
        assert on.mean() > 15
    assert seen > 20


def test_sample_i_of_a_seed_is_always_the_same(ingredients: Ingredients) -> None:
    first = [window_sample(ingredients, 6, i) for i in range(5)]
    other = Ingredients(Letterings(), Backgrounds())
    for i in (4, 0, 2):
        again = window_sample(other, 6, i)
        assert (again.picture == first[i].picture).all()
        assert (again.text, again.state) == (first[i].text, first[i].state)
    assert len({window.picture.tobytes() for window in first}) == 5


def test_less_variation_is_straighter_and_nearer_the_middle(ingredients: Ingredients) -> None:
    def spread(variation: float) -> tuple[float, float]:
        windows = [window_sample(ingredients, 7, i, variation=variation) for i in range(150)]
        corners = np.stack([w.corners for w in windows if w.state == "present" and w.corners is not None])
        slopes = (corners[:, 1, 1] - corners[:, 0, 1]) / (corners[:, 1, 0] - corners[:, 0, 0])
        return float(np.abs(slopes).mean()), float(corners.mean(1).std(0).sum())

    tilt, offset = spread(1.0)
    less_tilt, less_offset = spread(0.2)
    assert less_tilt < 0.5 * tilt
    assert less_offset < 0.5 * offset
