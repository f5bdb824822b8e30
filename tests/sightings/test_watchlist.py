"""Watch lists: what hits an entry, and what a sighting keeps of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.plates.alphabet import fold
from numberplate.reading import Candidate
from numberplate.sightings import Entry, EntryExistsError, Query, Sightings, WildcardError
from numberplate.sightings.matcher import Matcher

from .conftest import NOON, make_anew, sighting
from .test_search import distance, wanted


def hits(store: Sightings, text: str, *candidates: str) -> list[tuple[str, str, int]]:
    given = [Candidate(c, 0.1) for c in candidates]
    return [(h.pattern, h.text, h.distance) for h in store.watch_list.match(text, given)]


def test_exact_fuzzy_and_wildcards(store: Sightings) -> None:
    store.watch_list.add("AB12CDE", "alert")
    store.watch_list.add("XY99ZZZ", "alert", distance=1)
    store.watch_list.add("Q?7*", "alert")
    store.watch_list.add("W?8*", "alert", distance=1)
    assert hits(store, "AB12CDE") == [("AB12CDE", "AB12CDE", 0)]
    assert hits(store, "AB12CDF") == []
    assert hits(store, "XY99ZZZ") == [("XY99ZZZ", "XY99ZZZ", 0)]
    assert hits(store, "XY9ZZZ") == [("XY99ZZZ", "XY9ZZZ", 1)]
    assert hits(store, "XY9ZZ") == []
    assert hits(store, "QA7") == [("Q?7*", "QA7", 0)]
    assert hits(store, "Q7") == []
    assert hits(store, "W8B") == [("W?8*", "W8B", 1)]


def test_o_and_0_are_alike(store: Sightings) -> None:
    store.watch_list.add("AB10OOI", "allow")
    assert hits(store, "ABI0001") == [("AB10OOI", "ABI0001", 0)]


def test_an_alert_takes_candidates_and_an_allowance_does_not(store: Sightings) -> None:
    store.watch_list.add("AB12CDE", "alert")
    store.watch_list.add("AB12CDE", "allow")
    store.watch_list.add("A81?CDE", "alert", distance=1)
    found = store.watch_list.match("A812CDE", [Candidate("A812CDE", 0.6), Candidate("AB12CDE", 0.4)])
    # The nearest text counts: the second entry is hit by the first text without being off.
    assert [(h.kind, h.text, h.distance) for h in found] == [("alert", "AB12CDE", 0), ("alert", "A812CDE", 0)]


def test_of_texts_that_are_as_near_the_likeliest_counts_and_a_nearer_one_before_it(store: Sightings) -> None:
    store.watch_list.add("AB12CDE", "alert", distance=1)
    likely = [Candidate("AB12CDX", 0.5), Candidate("AB12CDY", 0.3), Candidate("AB12CDE", 0.1)]
    (hit,) = store.watch_list.match("AB12CDX", likely[:2])
    assert (hit.text, hit.distance) == ("AB12CDX", 1)
    (hit,) = store.watch_list.match("AB12CDX", likely)
    assert (hit.text, hit.distance) == ("AB12CDE", 0)


def test_a_sighting_keeps_its_hits(store: Sightings) -> None:
    entry = store.watch_list.add("ab12*", "alert", distance=1, note="stolen, 2 of May")
    before = store.add(sighting("AB12CDE"))
    assert store.watch_list.remove(entry.id)
    assert not store.watch_list.remove(entry.id)
    assert not store.watch_list.remove(10**30)
    after = store.add(sighting("AB12CDF"))
    found = store.get(before.id)
    assert found is not None
    assert [h.to_dict() for h in found.hits] == [
        {
            "entry_id": entry.id,
            "kind": "alert",
            "pattern": "AB12*",
            "note": "stolen, 2 of May",
            "text": "AB12CDE",
            "distance": 0,
        }
    ]
    assert before.hits == found.hits
    assert after.hits == ()
    for hit in ("alert", entry.id):
        assert [s.id for s in store.search(Query(hit=hit)).sightings] == [before.id]
    assert store.count(Query(hit="allow")) == 0


def test_entries_of_another_program_count_at_once(database: str) -> None:
    with Sightings(database) as one, Sightings(database) as other:
        assert one.add(sighting("AB12CDE")).hits == ()
        entry = other.watch_list.add("AB12CDE", "alert")
        assert len(one.add(sighting("AB12CDE")).hits) == 1
        other.watch_list.remove(entry.id)
        other.watch_list.add("XY99ZZZ", "alert")  # as many entries as before
        assert one.add(sighting("AB12CDE")).hits == ()
        assert len(one.add(sighting("XY99ZZZ")).hits) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_entries_of_a_database_that_is_made_anew_count(database: str, store: Sightings) -> None:
    # Once a list of as many entries was taken for the one before, and a gate opened for who was on it.
    store.watch_list.add("AB12CDE", "allow")
    assert hits(store, "AB12CDE")
    make_anew(database)
    with Sightings(database) as other:
        other.watch_list.add("XY99ZZZ", "allow")
    assert hits(store, "AB12CDE") == []
    assert hits(store, "XY99ZZZ")


def test_entries(store: Sightings) -> None:
    first = store.watch_list.add("AB12", "alert", note="a\0b")
    second = store.watch_list.add("AB12", "allow", distance=1)
    assert store.watch_list.entries() == [first, second]
    assert first.note == "a\N{REPLACEMENT CHARACTER}b"
    assert second.to_dict()["pattern"] == "AB12"
    with pytest.raises(EntryExistsError, match=rf"AB12 is on the alert list already, as entry {first.id}"):
        store.watch_list.add("ab-12", "alert", distance=1)
    with pytest.raises(WildcardError, match="'Ψ'"):
        store.watch_list.add("Ψ", "alert")
    with pytest.raises(ValueError, match="kind: expected allow or alert, got 'x'"):
        store.watch_list.add("A", "x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="distance: expected 0 or 1, got 2"):
        store.watch_list.add("A", "alert", distance=2)
    assert len(store.watch_list.entries()) == 2


def test_plates_as_they_are_printed(store: Sightings) -> None:
    store.watch_list.add("GÖ–KX 417", "alert")
    store.add(sighting("GOKX417"))
    assert [h.pattern for h in store.search(Query("gö-kx 417")).sightings[0].hits] == ["GÖKX417"]
    with pytest.raises(EntryExistsError) as error:
        store.watch_list.add("göKX-417", "alert")
    assert (error.value.pattern, error.value.kind, error.value.id) == ("GÖKX417", "alert", 1)


def test_many_add_one_pattern_at_once(database: str) -> None:
    def add(_: int) -> str:
        try:
            return store.watch_list.add("AB12", "alert").pattern
        except EntryExistsError:
            return "there"

    with Sightings(database) as store, ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(add, range(32))) == ["AB12"] + ["there"] * 31


@settings(deadline=None)
@given(
    st.lists(st.text("01OAB", min_size=1, max_size=5), min_size=1), st.text("01OAB", min_size=1, max_size=5)
)
def test_a_long_list_misses_nothing(patterns: list[str], text: str) -> None:
    entries = [Entry(i, "alert", p, i % 2, "", NOON) for i, p in enumerate(patterns, 1)]
    found = {h.entry_id: h.distance for h in Matcher(entries).match(text)}
    far = {e.id: distance(fold(e.pattern), fold(text)) for e in entries}
    assert found == {e.id: far[e.id] for e in entries if far[e.id] <= e.distance}


@settings(deadline=None)
@given(
    st.from_regex(r"[01OAB?]{1,3}\*?[01AB]{0,2}", fullmatch=True), st.text("01OAB", min_size=1, max_size=5)
)
def test_wildcards_on_a_list_mean_what_they_mean_in_a_search(pattern: str, text: str) -> None:
    hit = Matcher([Entry(1, "alert", pattern, 1, "", NOON)]).match(text)
    assert bool(hit) == wanted(pattern, True, text)


def test_entries_in_other_scripts(store: Sightings) -> None:
    for pattern, off in (
        ("陕A12345", 1),
        ("12 م 345 67", 0),
        ("粵*", 0),
        ("12나34??", 1),
        ("12345-هـ-6", 0),
    ):
        store.watch_list.add(pattern, "alert", distance=off)
    for text, pattern, off in (
        ("陕A12345", "陕A12345", 0),
        ("皖A12345", "陕A12345", 1),
        ("۱۲م۳۴۵۶۷", "12م34567", 0),
        ("粤B1", "粤*", 0),
        ("12가3456", "12나34??", 1),
        ("12345ھ6", "12345ھ6", 0),
    ):
        assert [(h.pattern, h.distance) for h in store.watch_list.match(text)] == [(pattern, off)], text
    assert store.watch_list.match("皖B12345") == ()


@pytest.mark.parametrize("pattern", ["?A12345", "?O12345", "皖?12345", "12?3456", "12?*"])
def test_a_wildcard_stands_for_one_character_as_it_is_printed(pattern: str) -> None:
    # In Latin letters 皖 is AH, and 가 is GA.
    text = {"?A12345": "皖A12345", "?O12345": "皖012345", "皖?12345": "皖가12345"}.get(pattern, "12가3456")
    assert [hit.distance for hit in Matcher([Entry(1, "allow", pattern, 0, "", NOON)]).match(text)] == [0]
    assert Matcher([Entry(1, "allow", pattern, 0, "", NOON)]).match(f"9{text}") == ()
