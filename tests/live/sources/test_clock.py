"""Time from stamps and clocks that jump."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.live.sources import clock
from numberplate.live.sources.clock import Clock, Elapsed


def seconds(stamps: list[float | None], rate: float = 10.0, broadcast: bool = False) -> list[float]:
    elapsed = Elapsed(rate, broadcast)
    return [elapsed.at(stamp) for stamp in stamps]


def test_stamps_count_from_the_first() -> None:
    assert seconds([5.0, 5.1, 5.4, 25.4]) == pytest.approx([0, 0.1, 0.4, 20.4])


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([0.0, 0.1, 0.0, 0.1], [0, 0.1, 0.2, 0.3]),
        ([3.0, 3.0, 3.0], [0, 0.1, 0.2]),
        ([0.0, 72000.0, 72000.1], [0, 0.1, 0.2]),
        ([None, None, None], [0, 0.1, 0.2]),
        ([0.0, None, 0.2, 0.3], [0, 0.1, 0.2, 0.3]),
        ([3.0, 3.0, 3.0, 3.1], [0, 0.1, 0.2, 0.3]),
    ],
)
def test_where_stamps_reset_stand_or_leap_a_frame_has_passed(
    stamps: list[float | None], expected: list[float]
) -> None:
    assert seconds(stamps) == pytest.approx(expected)


def test_a_camera_that_counts_whole_seconds_is_no_faster_than_others() -> None:
    assert seconds([float(number // 10) for number in range(100)]) == pytest.approx(
        [number / 10 for number in range(100)]
    )


def test_stamps_that_stood_still_and_catch_up_are_right_in_the_end() -> None:
    assert seconds([0.0, 0.1, 0.1, 0.1, 0.6, 0.7]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.6, 0.7])


def test_a_long_pause_is_kept_where_a_file_has_an_index() -> None:
    assert seconds([0.0, 600.0]) == [0, 600]
    assert seconds([0.0, 600.0], broadcast=True) == pytest.approx([0, 0.1])


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=30))
def test_time_always_goes_on(stamps: list[float | None]) -> None:
    found = seconds(stamps)
    assert all(a < b <= a + 3600 for a, b in pairwise(found))


def test_a_wall_clock_that_is_set_moves_the_time_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = datetime(2026, 5, 1, 8, tzinfo=UTC), 100.0

    class Wall(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return wall

    monkeypatch.setattr(clock, "datetime", Wall)
    monkeypatch.setattr(clock.time, "monotonic", lambda: steady)
    told = Clock()
    wall, steady = wall + timedelta(seconds=10.3), steady + 10
    # A time server corrects a little: nothing jumps.
    assert told.now() == (datetime(2026, 5, 1, 8, 0, 10, tzinfo=UTC), 10.0)
    wall, steady = wall - timedelta(hours=1), steady + 1
    assert told.now() == (wall, 11.0)
    wall, steady = wall + timedelta(seconds=2), steady + 2
    assert told.now() == (wall, 13.0)
