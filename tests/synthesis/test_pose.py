import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.geometry.quads import is_convex, side_lengths
from numberplate.synthesis.pose import Pose, homography, random_pose

widths = st.floats(20, 800)
aspects = st.floats(1.3, 6)
seeds = st.integers(0, 2**32 - 1)


@given(widths, aspects, st.floats(-100, 900), st.floats(-100, 900), st.floats(3, 16))
def test_straight_on_it_is_the_rectangle(
    width: float, aspect: float, x: float, y: float, distance: float
) -> None:
    corners = Pose(0, 0, 0, width, (x, y), distance).corners(aspect)
    half = np.array([width, width / aspect]) / 2
    expected = np.array([x, y]) + half * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    assert corners.dtype == np.float32
    assert np.abs(corners - expected).max() < 1e-3


@given(seeds, widths, aspects)
def test_random_poses_are_convex_and_in_reading_order(seed: int, width: float, aspect: float) -> None:
    corners = random_pose(np.random.default_rng(seed), width, (300.0, 200.0)).corners(aspect)
    assert corners.shape == (4, 2)
    assert is_convex(corners)
    # As the plate is read: it is never turned so far that left is right, or its top below its bottom.
    assert corners[0, 0] < corners[1, 0]
    assert corners[3, 0] < corners[2, 0]
    assert corners[0, 1] < corners[3, 1]
    assert corners[1, 1] < corners[2, 1]
    # Turned aside it looks narrower; its near side, wider. It is never out of all proportion.
    assert 0.4 * width < side_lengths(corners)[0] < 1.25 * width


@given(st.floats(-3, 3), aspects)
def test_roll_rotates_clockwise_on_the_screen(roll: float, aspect: float) -> None:
    flat = Pose(0, 0, 0, 100, (0.0, 0.0)).corners(aspect)
    rolled = Pose(roll, 0, 0, 100, (0.0, 0.0)).corners(aspect)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    assert np.abs(rolled - flat @ turn).max() < 1e-3


@given(st.floats(-0.6, 0.6), st.floats(-1, 1), aspects)
def test_from_far_away_it_is_a_parallelogram(pitch: float, yaw: float, aspect: float) -> None:
    def skew(distance: float) -> float:
        a, b, c, d = Pose(0, pitch, yaw, 100, (0.0, 0.0), distance).corners(aspect)
        return float(np.abs(a - b + c - d).max())

    assert skew(3000) < 0.05
    assert skew(3) >= skew(30) - 1e-3  # the nearer, the stronger the perspective


@pytest.mark.parametrize(
    ("pose", "shorter", "longer"),
    [
        # The side turned away from the camera is the smaller one.
        (Pose(0, 0, 0.5, 100, (0.0, 0.0), 4), (3, 0), (1, 2)),
        (Pose(0, 0, -0.5, 100, (0.0, 0.0), 4), (1, 2), (3, 0)),
        (Pose(0, 0.5, 0, 100, (0.0, 0.0), 4), (2, 3), (0, 1)),
        (Pose(0, -0.5, 0, 100, (0.0, 0.0), 4), (0, 1), (2, 3)),
    ],
)
def test_perspective(pose: Pose, shorter: tuple[int, int], longer: tuple[int, int]) -> None:
    corners = pose.corners(2)
    lengths = [np.linalg.norm(corners[i] - corners[j]) for i, j in (shorter, longer)]
    assert lengths[0] < 0.95 * lengths[1]


def test_homography_takes_one_quadrilateral_to_the_other() -> None:
    source = np.array([[0, 0], [10, 0], [10, 5], [0, 5]], float)
    target = Pose(0.1, 0.2, 0.3, 80, (50.0, 40.0)).corners(2)
    points = np.c_[source, np.ones(4)] @ homography(source, target).T
    assert np.abs(points[:, :2] / points[:, 2:] - target).max() < 1e-3
