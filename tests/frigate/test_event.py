"""Frigate's messages, and others'."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.frigate import EventError
from numberplate.frigate.event import parse_event, parse_events, parse_update

from .conftest import changed, stored


def parsed(message: Any) -> Any:
    return parse_event(json.dumps(message).encode())


def test_an_event() -> None:
    event = parsed(changed("update", sub_label=["AB123", 0.9]))
    assert (event.id, event.camera, event.label) == ("1607123955.475377-mxklsc", "driveway", "car")
    assert event.start == datetime(2020, 12, 4, 23, 19, 15, 475377, tzinfo=UTC)
    assert event.zones == {"gate", "yard"}
    assert (event.ended, event.has_snapshot, event.has_clip) == (False, True, False)
    assert event.sub_label == "AB123"
    assert parsed(changed(sub_label="")).sub_label is None
    assert parsed(changed(entered_zones=[])).zones == {"gate"}
    assert parsed(changed("end")).ended


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ([], "no JSON object"),
        ({"type": "new"}, "no object `after`"),
        (changed(id="../../config"), "id: expected one of an event"),
        (changed(id=".."), "id: expected one of an event"),
        (changed(id="a/b?c"), "id: expected one of an event"),
        (changed(camera=7), "camera: expected a text"),
        (changed(start_time="now"), "start_time: expected seconds"),
        (changed(start_time=1e300), "start_time: expected seconds"),
    ],
)
def test_what_is_none(message: Any, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        parsed(message)


def test_an_event_whose_end_is_known_has_ended_whatever_the_message_says() -> None:
    event = parsed(changed("update", end_time=1607123970.1))
    assert event.ended
    assert event.end == datetime(2020, 12, 4, 23, 19, 30, 100000, tzinfo=UTC)


def test_events_that_frigate_lists() -> None:
    rows = [
        stored("1.0-a", 1.0, 3.5),
        stored("2.0-b", 2.0, None, sub_label="Ann"),
        stored("..", 3.0, None),
        7,
    ]
    over, under_way = parse_events(json.dumps(rows).encode())
    assert (over.id, over.ended, over.end) == (
        "1.0-a",
        True,
        datetime(1970, 1, 1, 0, 0, 3, 500000, tzinfo=UTC),
    )
    assert (under_way.id, under_way.ended, under_way.end) == ("2.0-b", False, None)
    assert (over.sub_label, under_way.sub_label) == (None, "Ann")
    assert under_way.zones == {"yard", "gate"}
    for other in (b"{}", b"[", b"[" * 100_000):
        with pytest.raises(EventError):
            parse_events(other)


def test_a_message_of_more_than_a_megabyte_is_not_read() -> None:
    message = json.dumps(changed()).encode()
    assert parse_event(message + b" " * (1_000_000 - len(message))).label == "car"
    with pytest.raises(EventError, match="larger than 1 MB"):
        parse_event(message + b" " * (1_000_001 - len(message)))


def test_recognitions() -> None:
    said = {"type": "lpr", "id": "1.2-a", "camera": "gate", "plate": "AB123", "name": "Ann", "score": 0.9}
    found = parse_update(json.dumps(said).encode())
    assert found is not None
    assert (found.id, found.plate, found.name) == ("1.2-a", "AB123", "Ann")
    for other in ("face", "description", None):
        assert parse_update(json.dumps({"type": other, "id": "1.2-a"}).encode()) is None


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_give_an_event_or_its_error(data: bytes) -> None:
    for parse in (parse_event, parse_update):
        with suppress(EventError):
            parse(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(sorted(changed()["after"])), JSON)
def test_any_value_in_any_place_gives_an_event_or_its_error(name: str, value: Any) -> None:
    with suppress(EventError):
        parsed(changed(**{name: value}))
