import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.geometry.quads import expand
from numberplate.synthesis.pose import Pose, random_pose
from numberplate.synthesis.world.surroundings import cast_shade, match_brightness, occlude, surround

BLUE = (20, 30, 200)
"""No car is painted so."""


def wall(height: int = 200, width: int = 300) -> np.ndarray:
    return np.full((height, width, 3), BLUE, np.uint8)


def inside(corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape[:2], np.uint8)
    return cv2.fillConvexPoly(mask, corners.round().astype(np.int32), 1).astype(bool)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.floats(8, 280),
    aspect=st.sampled_from([1.0, 2.0, 4.7, 7.0]),
    everywhere=st.booleans(),
)
def test_bodywork_is_drawn_around_any_plate(seed: int, width: float, aspect: float, everywhere: bool) -> None:
    rng = np.random.default_rng(seed)
    corners = random_pose(rng, width, (rng.uniform(0, 300), rng.uniform(0, 200))).corners(aspect)
    picture = wall()
    surround(picture, corners, (230, 230, 220), rng, everywhere)
    assert picture.shape == (200, 300, 3)
    again = wall()
    rng = np.random.default_rng(seed)
    corners = random_pose(rng, width, (rng.uniform(0, 300), rng.uniform(0, 200))).corners(aspect)
    surround(again, corners, (230, 230, 220), rng, everywhere)
    assert (picture == again).all()


@pytest.mark.parametrize("everywhere", [False, True])
def test_where_it_is_drawn(everywhere: bool) -> None:
    corners = Pose(0.05, 0.1, -0.2, 70.0, (150.0, 100.0)).corners(3.0)
    around = inside(expand(corners, (0.05, 0.1)), (200, 300))
    covered, beyond = [], []
    for seed in range(30):
        picture = wall()
        surround(picture, corners, (230, 230, 220), np.random.default_rng(seed), everywhere)
        changed = (picture != BLUE).any(-1)
        covered.append(changed[around].mean())
        beyond.append(changed[:4].mean())
    assert min(covered) > 0.98
    assert min(beyond) > 0.98 if everywhere else np.mean(beyond) < 0.2


def test_some_bodywork_has_nearly_the_plates_colour() -> None:
    corners = Pose(0, 0, 0, 90.0, (150.0, 100.0)).corners(3.0)
    edge = inside(expand(corners, (0.02, 0.06)), (200, 300)) & ~inside(corners, (200, 300))
    near = 0
    for seed in range(100):
        picture = wall()
        surround(picture, corners, (236, 200, 40), np.random.default_rng(seed))
        near += np.abs(np.median(picture[edge], axis=0) - (236, 200, 40)).max() < 60
    assert 4 < near < 40


def test_what_stands_before_a_plate_hides_a_sliver_of_its_characters() -> None:
    hidden, shown = [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        corners = random_pose(rng, 160, (150.0, 100.0)).corners(float(rng.uniform(2, 5)))
        picture = wall()
        occlude(picture, corners, rng)
        changed = (picture != BLUE).any(-1)
        # Characters leave a sixth of the height free above and below, and some of the width at the sides.
        text = expand(corners, (-0.06, -0.17))
        hidden.append(changed[inside(text, (200, 300))].mean())
        shown += changed[inside(corners, (200, 300))].any()
    assert max(hidden) < 0.04
    assert np.mean(hidden) < 0.01
    assert shown > 150


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.floats(8, 280),
    x=st.floats(0, 300),
    y=st.floats(0, 200),
)
def test_shade_falls_on_any_plate(seed: int, width: float, x: float, y: float) -> None:
    corners = Pose(0, 0, 0, width, (x, y)).corners(3.0)
    picture = np.full((200, 300, 3), 200, np.uint8)
    cast_shade(picture, corners, np.random.default_rng(seed))
    # Nothing gets lighter, and the plate's middle, where it is in the picture, is the darkest.
    assert picture.max() <= 200
    middle = picture[min(199, round(y)), min(299, round(x))].max()
    assert middle < 165
    assert middle <= picture.min() + 2


def test_shade_makes_a_plate_flat() -> None:
    corners = Pose(0, 0, 0, 30.0, (150.0, 100.0)).corners(3.0)
    contrasts = []
    for seed in range(50):
        picture = np.full((200, 300, 3), 220, np.uint8)
        picture[98:102, 140:160] = 20
        cast_shade(picture, corners, np.random.default_rng(seed))
        contrasts.append(np.ptp(picture[90:110, 135:165].astype(int)))
        assert (picture[0, 0] == 220).all()
    assert max(contrasts) < 150
    assert min(contrasts) < 40


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), bright=st.integers(60, 230), width=st.floats(8, 280))
def test_what_is_around_a_plate_gets_the_brightness_of_the_plate(
    seed: int, bright: int, width: float
) -> None:
    corners = Pose(0, 0, 0, width, (150.0, 100.0)).corners(3.0)
    rng = np.random.default_rng(seed)
    picture = rng.integers(20, 60, (200, 300, 3)).astype(np.uint8)
    match_brightness(picture, corners, (bright, bright, bright), rng)
    # The plate will cover its middle; within a factor of what bodywork of the plate's own colour has.
    around = picture[95:105, 145:155].mean()
    assert 0.6 * bright < around < 1.7 * bright
