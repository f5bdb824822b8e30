"""What is kept comes back, in order, and goes when it is deleted."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from numberplate.live import Sighting
from numberplate.reading import Candidate, Region
from numberplate.sightings import Purged, Query, Retention, Sightings, tables
from numberplate.sightings.record import Record, RecordError, from_bytes, to_bytes

from .conftest import NOON, sighting

Add = Callable[..., int]


def test_all_of_a_sighting_comes_back(store: Sightings) -> None:
    given = sighting(
        source="rtsp://gate/1 – Tür",
        confidence=1 / 3,
        candidates=(Candidate("AB12CDE", 1 / 3), Candidate("A812CDE", 0.1)),
        direction=None,
        first_seen=NOON + timedelta(microseconds=1),
    )
    added = store.add(given)
    for found in (added, store.get(added.id), store.search().sightings[0], *store.since(0)):
        assert found is not None
        for field in fields(Sighting):
            if field.name not in ("picture", "crop"):
                wanted, got = getattr(given, field.name), getattr(found, field.name)
                assert np.array_equal(wanted, got) if isinstance(wanted, np.ndarray) else wanted == got
        assert (found.id, found.hits, found.pictures) == (added.id, (), ("crop", "frame"))
        assert found.added == added.added
        assert not found.corners.flags.writeable
        assert found.to_dict().items() >= given.to_dict().items()


def test_pictures_come_back_in_their_colours(store: Sightings) -> None:
    red = np.zeros((30, 40, 3), np.uint8)
    red[..., 0] = 200
    id = store.add(sighting(picture=red, crop=red[:8, :24])).id
    for kind, shape in (("frame", (30, 40, 3)), ("crop", (8, 24, 3))):
        data = store.picture(id, kind)
        assert data is not None
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert decoded.shape == shape
        assert np.abs(decoded.astype(int) - [200, 0, 0]).max() < 12


def test_nothing_there(store: Sightings) -> None:
    assert store.search().sightings == ()
    assert (store.count(), store.last_id(), store.sources(), store.since(0)) == (0, 0, [], [])
    for id in (1, 0, -1, 2**63, 10**30):
        assert store.get(id) is None
        assert store.picture(id, "crop") is None
    assert store.delete([1, 10**30]) == 0
    assert store.add_all([]) == []


def test_what_no_database_takes_is_repaired_or_refused(store: Sightings) -> None:
    odd = "caf\udce9.mp4\0"  # a name of a file that is not UTF-8, and NUL
    added = store.add(sighting(source=odd))
    assert added.source == "caf\N{REPLACEMENT CHARACTER}.mp4\N{REPLACEMENT CHARACTER}"
    assert store.search(Query(source=odd)).sightings[0].source == added.source
    with pytest.raises(ValueError, match=r"Sighting.text: expected characters of plates alone, got 'Ψ1'"):
        store.add(sighting("Ψ1"))


@pytest.mark.parametrize("shape", [(0, 0, 3), (70_000, 1, 3)])
def test_pictures_that_are_no_jpeg(store: Sightings, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"Sighting.crop: no .jpg can be made of shape {shape}")):
        store.add(sighting(crop=np.zeros(shape, np.uint8)))
    assert store.count() == 0


def test_many_are_kept_or_none(store: Sightings) -> None:
    assert [s.text for s in store.add_all(sighting(f"A{i}", i) for i in range(1200))] == [
        f"A{i}" for i in range(1200)
    ]
    with pytest.raises(ValueError, match="Ψ"):
        store.add_all([sighting("B1"), sighting("Ψ")])
    assert store.count() == 1200
    assert [s.text for s in store.iterate()] == [f"A{i}" for i in reversed(range(1200))]


def test_pages_are_stable(store: Sightings, add: Add) -> None:
    for i in range(7):
        add(f"A{i}", minutes=i // 3)  # some at the same time
    wanted = [s.text for s in store.search(limit=100).sightings]
    assert wanted == ["A6", "A5", "A4", "A3", "A2", "A1", "A0"]
    got, after = [], None
    while True:
        page = store.search(limit=2, after=after)
        got += [s.text for s in page.sightings]
        after = page.after
        if after is None:
            break
        add("NEW1", minutes=100)  # comes before the first page and shifts nothing
        store.delete([page.sightings[-1].id])  # the page's own place goes
    assert got == wanted


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_each_sighting_is_on_one_page(store: Sightings, add: Add, limit: int) -> None:
    ids = [add(f"A{i}", minutes=minutes) for i, minutes in enumerate((1, 0, 1, 1, 2, 1))]
    got: list[int] = []
    after = None
    for _ in ids:  # no more pages than sightings
        page = store.search(limit=limit, after=after)
        got += [one.id for one in page.sightings]
        after = page.after
        if after is None:
            break
    assert got == [ids[i] for i in (4, 5, 3, 2, 0, 1)]


@pytest.mark.parametrize("after", ["", "x", "1", "1-x", "9" * 40 + "-1", "1-" + "9" * 40])
def test_a_place_that_no_page_gave(store: Sightings, after: str) -> None:
    with pytest.raises(ValueError, match="is not the place of a page"):
        store.search(after=after)


def test_limits_are_positive(store: Sightings) -> None:
    for ask in (lambda: store.search(limit=0), lambda: store.since(0, limit=0)):
        with pytest.raises(ValueError, match="limit: expected at least 1, got 0"):
            ask()


def test_following(store: Sightings, add: Add) -> None:
    add("A1")
    last = store.last_id()
    assert store.since(last) == []
    add("A2", minutes=-60)  # of an old video: later added, earlier seen
    add("A3")
    new = store.since(last)
    assert [s.text for s in new] == ["A2", "A3"]
    assert [s.text for s in store.since(last, limit=1)] == ["A2"]
    # Ids are never used again, so that what is added after a deletion is new.
    store.delete([s.id for s in new])
    add("A4")
    assert [s.text for s in store.since(new[-1].id)] == ["A4"]


def test_the_newest_of_each_source_and_how_many(store: Sightings, add: Add) -> None:
    assert store.by_source(["gate"]) == {}
    secret = "rtsp://user:password@yard/1"
    for minutes, source in ((0, "gate"), (5, "gate"), (3, "gate"), (5, "gate"), (9, "other"), (1, secret)):
        add(minutes=minutes, source=source)
    found = store.by_source(["none", secret, "gate", "gate"])
    assert {source: (count, newest.id) for source, (count, newest) in found.items()} == {
        "gate": (4, 4),  # of those that were seen at one time, the one that was added last
        secret: (1, 6),
    }
    assert found["gate"][1].to_dict() == store.get(4).to_dict()  # type: ignore[union-attr]
    since = {minutes: store.by_source(["gate"], NOON + timedelta(minutes=minutes)) for minutes in (3, 4, 6)}
    assert {minutes: (found["gate"][0], found["gate"][1].id) for minutes, found in since.items()} == {
        3: (3, 4),
        4: (2, 4),
        6: (0, 4),
    }
    many = [*map(str, range(600)), "gate"]
    assert set(store.by_source(many)) == {"gate"}
    with pytest.raises(ValueError, match="with its zone"):
        store.by_source([], datetime(2026, 1, 1))


def test_sources(store: Sightings, add: Add) -> None:
    for source in ("b", "a", "b", "", "c", "a"):
        add(source=source)
    assert store.sources() == ["", "a", "b", "c"]


def test_deleting(store: Sightings) -> None:
    entry = store.watch_list.add("A?", "alert")
    ids = [s.id for s in store.add_all([sighting("A1"), sighting("A2"), sighting("B1")])]
    assert store.delete([ids[0], 999]) == 1
    assert store.get(ids[0]) is None
    assert store.picture(ids[0], "frame") is None
    assert store.count(Query(hit=entry.id)) == store.count(Query("A?", candidates=True)) == 1
    assert store.delete_matching(Query(source="gate", text="A*")) == 1
    assert [s.text for s in store.search().sightings] == ["B1"]
    assert store.delete_matching(Query()) == 1
    assert store.count() == 0


def minutes_left(store: Sightings, pictures: bool = False) -> list[float]:
    return [
        (s.first_seen - NOON) / timedelta(minutes=1)
        for s in reversed(store.search(limit=1000).sightings)
        if s.pictures or not pictures
    ]


def test_retention_by_count(store: Sightings) -> None:
    store.add_all(sighting(minutes=i) for i in (3, 1, 0, 2, 4))  # the newest by time, not by order of adding
    purged = store.purge(Retention(count=3, picture_count=2))
    assert (purged.sightings, purged.pictures) == (2, 6)
    assert minutes_left(store) == [2, 3, 4]
    assert minutes_left(store, pictures=True) == [3, 4]
    purged = store.purge(Retention(count=3, picture_count=2))
    assert (purged.sightings, purged.pictures) == (0, 0)
    assert store.purge(Retention(count=0)).sightings == 3


def test_retention_by_age(store: Sightings) -> None:
    now = datetime.now(UTC)
    ages = [timedelta(days=d) for d in (40, 20, 1)]
    for age in ages:
        store.add(sighting("A1", first_seen=now - age, last_seen=now - age))
    # Parked there for long: first seen long ago, but last seen just now.
    store.add(sighting("P1", first_seen=now - ages[0], last_seen=now))
    by_age = Retention(age=timedelta(days=30), picture_age=timedelta(days=10), by="seen")
    purged = store.purge(by_age)
    assert (purged.sightings, purged.pictures) == (1, 4)
    assert [(s.text, bool(s.pictures)) for s in store.search().sightings] == [
        ("A1", True),
        ("A1", False),
        ("P1", True),
    ]


def test_what_is_stored_today_is_young(store: Sightings) -> None:
    # An old recording, watched today: its first nightly purge would delete it, if its own times counted.
    store.add(sighting("A1"))
    old = datetime.now(UTC) - timedelta(days=40)
    store.add(sighting("B1", first_seen=datetime.now(UTC), last_seen=datetime.now(UTC)))
    with store._writing() as connection:
        connection.execute(update(tables.sighting).where(tables.sighting.c.text == "B1").values(added=old))
    purged = store.purge(Retention(age=timedelta(days=30), picture_age=timedelta(days=1)))
    assert (purged.sightings, purged.pictures) == (1, 2)
    assert [(s.text, bool(s.pictures)) for s in store.search().sightings] == [("A1", True)]
    with pytest.raises(ValueError, match=r"Retention.by: expected stored or seen, got 'x'"):
        Retention(by="x")  # type: ignore[arg-type]


def test_an_identity_is_kept_once(store: Sightings) -> None:
    first = store.add(sighting("A1"), identity="one")
    again = store.add(sighting("A1"), identity="one")
    assert (again.id, again.to_dict()) == (first.id, first.to_dict())
    records = [Record.of(sighting(text), identity) for text, identity in (("A1", "one"), ("B1", "two"))]
    assert [s.id for s in store.add_records([*records, records[1]])] == [first.id, first.id + 1, first.id + 1]
    assert store.add(sighting("A1")).id == first.id + 2  # what has none is another one always
    assert store.count() == 3


def test_a_vehicle_of_one_frame_of_a_recording_is_kept_once(store: Sightings) -> None:
    for minutes in (0, 1, 0):
        when = NOON + timedelta(minutes=minutes)
        store.add(sighting(first_seen=when, last_seen=when), recording="gate.mp4")
    assert store.count() == 2


def test_a_recording_that_is_watched_again(store: Sightings) -> None:
    def add(text: str, minutes: float, recording: str | None = "gate.mp4") -> int:
        return store.add(sighting(text, minutes), recording=recording).id

    first = [add("KMX4827", 0), add("KMX4828", 0.03), add("KMX4827", 10)]
    assert len(set(first)) == 3  # a fleet, and one that came back
    again = [add("KMX4827", 0), add("KMX4828", 0.03), add("KMX4827", 10.01)]
    assert again == first
    assert add("KMX4827", 0, "yard.mp4") not in first
    assert add("KMX4827", 0, None) not in first


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("AB12", min_size=2, max_size=7), max_size=4), st.integers(0, 2**32))
def test_records_come_back_from_bytes(texts: list[str], seed: int) -> None:
    path = np.random.default_rng(seed).random((3, 2)).astype(np.float32)
    records = [Record.of(sighting(text, path=path), identity=f"{i}") for i, text in enumerate(texts)]
    data = to_bytes(records)
    assert from_bytes(data) == records
    for cut in {0, 10, len(data) // 2, len(data) - 1}:
        with pytest.raises(RecordError):
            from_bytes(data[:cut])
    with pytest.raises(RecordError):
        from_bytes(data + b"x")


def test_retention_in_many_batches(store: Sightings) -> None:
    store.add_all(sighting(f"A{i}", minutes=i) for i in range(1300))
    purged = store.purge(Retention(count=10, picture_count=5))
    assert (purged.sightings, purged.pictures) == (1290, 2 * 1295)
    assert minutes_left(store, pictures=True) == [1295, 1296, 1297, 1298, 1299]


def test_nothing_is_older_than_the_calendar_or_beyond_what_is_counted(store: Sightings) -> None:
    store.add(sighting())
    longest, most = timedelta.max, 10**30
    for by in ("stored", "seen"):
        assert store.purge(Retention(longest, most, longest, most, by)) == Purged(0, 0)
    assert store.count() == 1


def test_more_at_once_than_a_database_takes_values(tmp_path: Path) -> None:
    with Sightings(tmp_path / "a.db") as store:
        store.add_all(sighting(f"A{i}", minutes=i) for i in range(1300))
        with closing(store._engine.raw_connection()) as connection:  # as one that takes fewer
            connection.driver_connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        page = store.search(limit=1200)
        assert [len(s.pictures) for s in page.sightings] == [2] * 1200
        assert len(store.since(0, 1300)) == 1300


@pytest.mark.parametrize(
    "values", [{"age": timedelta(-1)}, {"count": -1}, {"picture_age": timedelta(-1)}, {"picture_count": -1}]
)
def test_retention_is_not_negative(values: dict) -> None:
    with pytest.raises(ValueError, match=f"Retention.{next(iter(values))}: expected no negative"):
        Retention(**values)


def test_times_of_other_zones(store: Sightings, add: Add) -> None:
    add()
    zone = timezone(timedelta(hours=5, minutes=30))
    start = NOON.astimezone(zone)
    assert store.count(Query(start=start, end=start + timedelta(seconds=1))) == 1
    assert store.count(Query(start=start + timedelta(microseconds=1))) == 0
    assert store.count(Query(end=start)) == 0
    with pytest.raises(ValueError, match=r"Query.start: expected a time with its zone"):
        Query(start=datetime(2026, 1, 1))


def test_regions_and_candidates_may_be_none(store: Sightings) -> None:
    added = store.add(sighting("", characters=(), candidates=(), regions=()))
    found = store.get(added.id)
    assert found is not None
    assert (found.text, found.characters, found.candidates, found.regions) == ("", (), (), ())
    assert store.add(sighting(regions=(Region("gb", 1.0),))).regions[0].code == "gb"


def test_a_closed_database_keeps_all(database: str) -> None:
    with Sightings(database) as store:
        id = store.add(sighting()).id
    with Sightings(database, create=False) as store:
        assert store.get(id) is not None
