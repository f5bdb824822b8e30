"""Where it is looked at in a frame: wherever something moved."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.live.attention import Attention, Regions
from numberplate.live.sources.frame import Frame

START = datetime(2026, 1, 1, tzinfo=UTC)
HEIGHT, WIDTH = 720, 1280
STREET = np.random.default_rng(7).integers(40, 180, (HEIGHT // 40, WIDTH // 40, 1), np.uint8)
STREET = STREET.repeat(40, 0).repeat(40, 1).repeat(3, 2)


def scene(place: tuple[int, int] | None = None, grain: float = 0.0, seed: int = 0) -> np.ndarray:
    """A street that stays, with a striped plate of 50×12 pixels at (x, y)."""
    picture = STREET.copy()
    if place is not None:
        x, y = place
        picture[y : y + 12, x : x + 50] = 220
        picture[y + 2 : y + 10, x + 3 : x + 48 : 4] = 20
    if grain:
        noise = np.random.default_rng(seed).normal(0, grain, (HEIGHT, WIDTH)).astype(np.int16)
        picture = cv2.add(picture, cv2.merge([noise] * 3), dtype=cv2.CV_8U)
    return picture


def frame(picture: np.ndarray, seconds: float) -> Frame:
    return Frame(picture, START + timedelta(seconds=seconds), seconds)


def covers(regions: Regions, x: float, y: float) -> bool:
    middle = np.array([[(x, y)] * 4], np.float32)
    return not regions.outside(middle)[0]


def test_the_first_frame_is_looked_at_whole_and_a_still_one_not_at_all() -> None:
    attention = Attention()
    assert attention.regions(frame(scene(), 0.0)) == Regions(None)
    assert attention.regions(frame(scene(), 0.1)) == Regions(())
    assert attention.regions(frame(scene(), 5.0)) == Regions(None), "once in a while it is looked at anyway"


@pytest.mark.parametrize("grain", [0.0, 10.0])
@settings(max_examples=6, deadline=None)
@given(st.integers(0, WIDTH - 50), st.integers(0, HEIGHT - 12))
def test_a_plate_that_comes_and_moves_is_looked_at(grain: float, x: int, y: int) -> None:
    attention = Attention()
    attention.regions(frame(scene(grain=grain, seed=1), 0.0))
    steps = [min(x + by, WIDTH - 50) for by in (0, 8, 16, 24)]
    looked = []
    for number, left in enumerate(steps, 1):
        found = attention.regions(frame(scene((left, y), grain, number), number / 10))
        looked.append(covers(found, left + 25, y + 6))
    assert looked[0]
    assert any(looked[1:]) or steps[-1] - steps[0] < 20


def test_what_moves_slowly_is_looked_at_in_time() -> None:
    attention = Attention()
    attention.regions(frame(scene((300, 300)), 0.0))
    looked = [
        covers(attention.regions(frame(scene((300 + number // 5, 300)), number / 50)), 330, 306)
        for number in range(1, 60)
    ]
    assert 3 <= sum(looked) < 59


def test_what_came_and_stands_is_not_looked_at_again_and_again() -> None:
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    assert covers(attention.regions(frame(scene((300, 300)), 0.1)), 325, 306)
    assert attention.regions(frame(scene((300, 300)), 0.2)) == Regions(())


def test_no_part_overlaps_another() -> None:
    # A change like an L, and one between its arms, which would be looked at twice.
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    picture = scene((400, 180))
    picture[100:400, 100:130] = 255 - picture[100:400, 100:130]
    picture[370:400, 100:600] = 255 - picture[370:400, 100:600]
    found = attention.regions(frame(picture, 0.1))
    assert found.parts is not None
    assert len(found.parts) == 1
    assert covers(found, 115, 250)
    assert covers(found, 350, 385)
    assert covers(found, 425, 186)


def test_a_region_is_small_has_room_around_the_plate_and_begins_on_the_grid() -> None:
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    (part,) = attention.regions(frame(scene((600, 400)), 0.1)).parts
    left, top, right, bottom = part
    assert left <= 600 - 40
    assert top <= 400 - 40
    assert right >= 650 + 40
    assert bottom >= 412 + 40
    assert (right - left) * (bottom - top) < 0.15 * WIDTH * HEIGHT
    assert left % 32 == top % 32 == 0


def test_a_plate_that_a_region_touches_is_in_it_whole_and_has_room_around_it() -> None:
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    attention.plates = np.array([[(500, 390), (700, 390), (700, 430), (500, 430)]], np.float32)
    (part,) = attention.regions(frame(scene((600, 400)), 0.1)).parts
    assert part[0] <= 400
    assert part[2] >= 800


def test_where_everything_changes_all_is_looked_at() -> None:
    for other in (np.roll(scene(), 9, 1), scene()[::-1], scene(grain=60.0)):
        attention = Attention()
        attention.regions(frame(scene(), 0.0))
        assert attention.regions(frame(np.ascontiguousarray(other), 0.1)) == Regions(None)


def test_where_nearly_half_changes_all_is_looked_at() -> None:
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    picture = scene()
    picture[:, : int(0.44 * WIDTH)] = picture[::-1, : int(0.44 * WIDTH)]
    assert attention.regions(frame(picture, 0.1)) == Regions(None)


def test_light_that_changes_as_a_whole_is_nothing_that_moves() -> None:
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    assert attention.regions(frame(scene() + np.uint8(9), 0.1)) == Regions(())


def test_a_frame_of_another_size_is_looked_at_whole() -> None:
    attention = Attention()
    attention.regions(frame(scene(), 0.0))
    assert attention.regions(frame(scene()[:360, :640], 0.1)) == Regions(None)
