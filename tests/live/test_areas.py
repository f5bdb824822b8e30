"""Zones, masks and lines, from what a person writes."""

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.live import AreaError, Areas, Line, Mask, WatchOptions, Zone

share = st.floats(0, 1, allow_nan=False).map(lambda v: round(v, 3))


def test_a_zone_as_it_is_written() -> None:
    zone = Zone.parse("north gate=0.1,0.2 0.9,0.2 0.5,0.8 width=60 length=5")
    assert zone == Zone("north gate", ((0.1, 0.2), (0.9, 0.2), (0.5, 0.8)), 60, 5)
    assert zone.contains(0.5, 0.4)
    assert not zone.contains(0.1, 0.8)


def test_two_points_are_a_rectangle() -> None:
    mask = Mask.parse("0,0 0.4,0.1")
    assert mask.points == ((0, 0), (0.4, 0), (0.4, 0.1), (0, 0.1))
    assert mask.contains(0.4, 0.05)
    assert not mask.contains(0.41, 0.05)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0,0 1,1", "expected NAME="),
        ("=0,0 1,1", "name"),
        ("a/b=0,0 1,1", "name"),
        ("gate=0,0 1,2", "0..1, got 1,2"),
        ("gate=0,0", "two to 64 points, got 1"),
        ("gate=0,0 0.5,0.5 1,1", "enclose nothing"),
        ("gate=0,0 x,1", "'x,1': expected x,y"),
        ("gate=0,0 1,1 width=x", "width: expected a number"),
        ("gate=0,0 1,1 height=3", "'height': expected width"),
        ("gate=0,0 1,nan", "0..1"),
        ("gate=0,0 1,1 width=inf", "min_width: expected 0 or more, got inf"),
        ("gate=" + "0,0 1,0 1,1 " * 30, "64 points, got 90"),
    ],
)
def test_what_is_no_zone_is_refused(text: str, reason: str) -> None:
    with pytest.raises(AreaError) as caught:
        Zone.parse(text)
    assert reason in str(caught.value)


def test_zones_have_names_of_their_own() -> None:
    zone = Zone.parse("gate=0,0 1,1")
    with pytest.raises(ValueError, match="zones: expected a name once"):
        WatchOptions(zones=(zone, zone))


@given(st.text(max_size=40))
def test_any_text_is_a_mask_or_an_error(text: str) -> None:
    with suppress(AreaError):
        assert len(Mask.parse(text).points) >= 3


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=6),
    st.none() | st.floats(0, 1e6),
)
def test_what_is_written_is_parsed_again(points: list[tuple[float, float]], width: float | None) -> None:
    with suppress(AreaError):
        zone = Zone("north gate", tuple(points), width, 5)
        assert Zone.parse(zone.written()) == zone
        assert Mask.parse(Mask(tuple(points)).written()).points == zone.points
    with suppress(AreaError):
        line = Line(points[0], points[1])
        assert Line.parse(line.written()) == line


def test_areas_of_other_kinds_or_places_are_of_other_versions() -> None:
    zone, mask, line = Zone.parse("a=0,0 1,1"), Mask.parse("0,0 1,1"), Line.parse("0,0 1,1")
    some = [
        Areas(),
        Areas((zone,)),
        Areas((), (mask,)),
        Areas((), (), line),
        Areas((Zone("a", zone.points, 3),)),
        Areas((Zone("a", zone.points, None, 3),)),
    ]
    assert len({areas.version for areas in some}) == len(some)
    assert Areas((zone,), [mask]).version == Areas((zone,), (mask,)).version  # type: ignore[arg-type]
    with pytest.raises(AreaError, match="a name once"):
        Areas((zone, zone))


@given(share, share, share, share, share, share)
def test_a_rectangle_contains_what_is_between_its_corners(
    left: float, top: float, right: float, bottom: float, x: float, y: float
) -> None:
    if abs(right - left) < 0.01 or abs(bottom - top) < 0.01:
        return
    mask = Mask(((left, top), (right, bottom)))
    inside = min(left, right) <= x <= max(left, right) and min(top, bottom) <= y <= max(top, bottom)
    near = any(
        math.isclose(v, edge, abs_tol=1e-6) for v, edge in ((x, left), (x, right), (y, top), (y, bottom))
    )
    assert near or mask.contains(x, y) == inside


def test_the_way_a_line_is_crossed() -> None:
    # Who walks up the picture has its left on the left.
    line = Line.parse("0.5,0.9 0.5,0.1")
    path = np.array([(0.3, 0.5), (0.45, 0.5), (0.6, 0.5)], np.float32)
    assert line.crossed(path) == "in"
    assert line.crossed(path[::-1]) == "out"
    assert line.crossed(path[:2]) is None
    assert line.crossed(np.concatenate([path, path[::-1]])) is None
    assert line.crossed(path + np.array([0, 0.6], np.float32)) is None, "it passed beside the line"
    assert line.crossed(path - np.array([0, 0.45], np.float32)) is None, "it passed beyond its end"
    assert line.crossed(path[:1]) is None


@given(st.lists(st.tuples(share, share), min_size=2, max_size=20))
def test_a_path_back_is_crossed_the_other_way(points: list[tuple[float, float]]) -> None:
    # No point of the path on the line itself.
    path = np.array(points, np.float64) * 0.999 + 0.0003
    line = Line((0.1, 0.5001234), (0.9, 0.5001234))
    there, back = line.crossed(path), line.crossed(path[::-1])
    assert (there, back) in {("in", "out"), ("out", "in"), (None, None)}


@pytest.mark.parametrize("text", ["0.5,0.5 0.5,0.5", "0,0", "0,0 0.5,0.5 1,1", "0,0 2,0"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(AreaError, match="a line"):
        Line.parse(text)
