"""The article's promise: no plate that is large enough falls between the windows of the pyramid."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.models.initial import WINDOW
from numberplate.reading.windows import pyramid, window_counts
from numberplate.synthesis.pose import Pose
from numberplate.synthesis.window import presence

CARD = replace(
    WINDOW, width=128, height=64, margin_x=10, margin_y=14, stride=8, characters=7, overlap=0.2, zoom=1.3
)


def present_somewhere(corners: np.ndarray, width: int, height: int, zoom: float) -> bool:
    """Whether the plate is present in at least one window of the picture's pyramid."""
    for level in pyramid(width, height, replace(CARD, zoom=zoom)):
        scaled = corners * [level.width / width, level.height / height]
        rows, columns = window_counts(level, CARD)
        low, high = scaled.min(0), scaled.max(0)
        # Only windows that begin before the plate and end after it can have it whole.
        for row in range(max(0, int((high[1] - 64) // 8)), min(rows, int(low[1] // 8) + 1)):
            for column in range(max(0, int((high[0] - 128) // 8)), min(columns, int(low[0] // 8) + 1)):
                if presence(scaled - [8 * column, 8 * row]) == "present":
                    return True
    return False


angles = st.floats(-1.0, 1.0)


@given(
    width=st.integers(200, 1400),
    height=st.integers(100, 1000),
    roll=angles,
    pitch=angles,
    yaw=angles,
    distance=st.floats(3, 50),
    aspect=st.floats(0.7, 6),
    share=st.floats(0, 1),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)
@settings(max_examples=300, deadline=None)
def test_every_plate_in_range_is_present_in_a_window(
    width: int,
    height: int,
    roll: float,
    pitch: float,
    yaw: float,
    distance: float,
    aspect: float,
    share: float,
    x: float,
    y: float,
) -> None:
    pose = Pose(0.3 * roll, 0.4 * pitch, 1.2 * yaw, 1.0, (0.0, 0.0), distance)
    unit = pose.corners(aspect).astype(np.float64)
    size = np.ptp(unit, axis=0)
    # In range: at the largest level no smaller than the least that is present, at the smallest one no larger
    # than the most, with half a per cent for the levels' whole sizes.
    smallest = pyramid(width, height, CARD)[-1]
    shrunk = np.array([smallest.width / width, smallest.height / height])
    least = (np.array([76.8, 38.4]) / size).min() * 1.005
    most = (np.array([102.4, 56.0]) / (size * shrunk)).min() / 1.005
    most = min(most, (np.array([width, height]) / size).min())
    if most <= least:
        return
    corners = unit * (least * (most / least) ** share)
    # A hair's breadth around, or rounding puts a plate at the picture's edge outside of it.
    room = np.array([width, height]) - np.ptp(corners, axis=0) - 2e-6
    corners += 1e-6 - corners.min(0) + room * [x, y]
    assert present_somewhere(corners, width, height, 1.3)


def test_levels_as_far_apart_as_the_articles_pass_over_some_plates() -> None:
    """A plate of 59 % of the window's width is too small, and √2 times as large, 83 %, too large."""
    low = np.array([100.0, 100.0])
    plate = low + np.array([(0, 0), (107, 0), (107, 23), (0, 23)])
    assert not present_somewhere(plate, 640, 480, 2**0.5)
    assert present_somewhere(plate, 640, 480, 1.3)
