"""Searches find what the words say, on both databases, compared with a plain loop over all sightings."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.dialects import sqlite

from numberplate.plates.alphabet import ALPHABET, alphabet, alphabets, fold
from numberplate.reading import Candidate
from numberplate.sightings import Entry, Query, Sightings, WildcardError, tables
from numberplate.sightings.conditions import conditions, says
from numberplate.sightings.matcher import Matcher
from numberplate.sightings.wildcard import expression, neighbours, normalize_wildcard, one_off

from .conftest import NOON, sighting

TEXTS = [
    "AB12CDE",
    "AB12CDF",
    "A812CDE",
    "AB12CD",
    "AB12CDEF",
    "XAB12CDE",
    "ABI2CDE",
    "AB120DE",
    "AB12ODE",
    "AB1",
    "A",
    "0O1I",
    "ZZ99ZZZ",
    "BA12CDE",
    "AB21CDE",
]
PATTERNS = [
    "AB12CDE",
    "OO11",
    "AB?2*",
    "*CDE",
    "*B12*",
    "A*",
    "?",
    "*",
    "??12CDE",
    "*2*D?",
    "Z*Z",
    "AB12C?E*",
]


def distance(a: str, b: str) -> int:
    """Levenshtein's, by its definition."""
    if not a or not b:
        return len(a) + len(b)
    return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))


def wanted(pattern: str, fuzzy: bool, text: str) -> bool:
    """Whether `text` is to be found, without any of what finds it."""
    if not fuzzy:
        return re.fullmatch(expression(pattern), text) is not None
    if "?" not in pattern and "*" not in pattern:
        return distance(fold(pattern), fold(text)) <= 1
    # One character off a text that matches: try all of them.
    text, whole = fold(text), re.compile(expression(fold(pattern)))
    near = {text}
    for i, c in product(range(len(text) + 1), {*fold(pattern), "A", "0"} - {"?", "*"}):
        near |= {text[:i] + text[i + 1 :], text[:i] + c + text[i:], text[:i] + c + text[i + 1 :]}
    return any(whole.fullmatch(n) for n in near)


@pytest.fixture
def full(store: Sightings) -> Sightings:
    store.add_all(sighting(text, minutes=i) for i, text in enumerate(TEXTS))
    return store


def found(store: Sightings, query: Query) -> list[str]:
    texts = [s.text for s in store.search(query).sightings]
    assert store.count(query) == len(texts)
    return texts[::-1]


@pytest.mark.parametrize("fuzzy", [False, True])
def test_texts_and_wildcards(full: Sightings, fuzzy: bool) -> None:
    for pattern in PATTERNS:
        expected = [text for text in TEXTS if wanted(pattern, fuzzy, text)]
        assert found(full, Query(pattern, fuzzy=fuzzy)) == expected, pattern


def test_examples_of_fuzzy(full: Sightings) -> None:
    # Replaced, missing, too much, 0 for O and I for 1; but no two characters that changed places.
    assert found(full, Query("AB12CDE", fuzzy=True)) == [
        *("AB12CDE", "AB12CDF", "A812CDE", "AB12CD", "AB12CDEF", "XAB12CDE", "ABI2CDE", "AB120DE", "AB12ODE")
    ]
    assert found(full, Query("ab 12-ode")) == ["AB12ODE"]


def test_plates_of_other_scripts(store: Sightings) -> None:
    texts = ("皖A12345", "12가3456", "MÜAB123", "طبج٣٩٤٥", "AB12CDE")
    for minutes, text in enumerate(texts):
        store.add(sighting(text, minutes=minutes))
    for query, expected in (
        ("皖A·12345", "皖A12345"),
        ("AHA12345", "皖A12345"),
        ("aha1*", "皖A12345"),
        ("*2345", "皖A12345"),
        ("皖*", "皖A12345"),
        ("?A12345", "皖A12345"),
        ("*ga*", "12가3456"),
        ("12ga3456", "12가3456"),
        ("MÜ*", "MÜAB123"),
        ("mu ab 123", "MÜAB123"),
        ("TBJ3945", "طبج٣٩٤٥"),
        ("ط ب ج ٣٩٤٥", "طبج٣٩٤٥"),
    ):
        assert found(store, Query(query)) == [expected], query
    for query, expected in (("皖A12346", "皖A12345"), ("AHA1234", "皖A12345"), ("MOAB123", "MÜAB123")):
        assert found(store, Query(query, fuzzy=True)) == [expected], query
    assert found(store, Query("京A12345")) == []
    store.watch_list.add("皖A12345", "alert")
    assert [hit.pattern for hit in store.add(sighting("皖A12345")).hits] == ["皖A12345"]


@pytest.mark.parametrize(
    "query",
    [
        Query("?A12345", candidates=True),
        Query("?A12345", fuzzy=True),
        Query("?A12346", fuzzy=True),
        Query("皖?1?346", fuzzy=True, candidates=True),
    ],
)
def test_a_wildcard_stands_for_one_character_of_any_script(store: Sightings, query: Query) -> None:
    # In Latin letters 皖 is two: AH.
    right = store.add(sighting("皖A12345")).id
    corrected = store.add(sighting("AB12CDE")).id
    store.correct(corrected, "皖A12345")
    store.add(sighting("BXA12345"))
    assert {s.id for s in store.search(query).sightings} >= {right, corrected}
    assert [h.entry_id for h in Matcher([entry_of(query)]).match("皖A12345")] == [1]


def entry_of(query: Query) -> Entry:
    assert query.text is not None
    return Entry(1, "alert", query.text, int(query.fuzzy), "", NOON)


def test_either_row_of_a_plate_in_two_scripts(store: Sightings) -> None:
    store.add(sighting("7653TNJ"))
    for query in ("7653 TNJ", "ح ن ط ٧٦٥٣", "٧٦٥٣ ح ن ط", "حنط 7653"):
        for options in ({}, {"fuzzy": True}, {"candidates": True}):
            assert found(store, Query(query, **options)) == ["7653TNJ"], (query, options)
    assert found(store, Query("ط ن ح ٧٦٥٤", fuzzy=True)) == []
    store.watch_list.add("حنط ٧٦٥٣", "allow")
    assert [hit.text for hit in store.watch_list.match("7653TNJ")] == ["7653TNJ"]


def test_one_character_off_in_other_scripts(store: Sightings) -> None:
    """A character that is one in print counts as one, though in Latin letters it is two and more."""
    texts = ("皖A12345", "12가3456", "品川330あ1234", "أبج١٢٣", "۱۲م۳۴۵۶۷", "AB12CDE")
    for minutes, text in enumerate(texts):
        store.add(sighting(text, minutes=minutes))
    for query, expected in (
        ("陕A12345", "皖A12345"),
        ("A12345", "皖A12345"),
        ("皖挂A12345", "皖A12345"),
        ("12버3456", "12가3456"),
        ("123456", "12가3456"),
        ("品川 330 つ 12-34", "品川330あ1234"),
        ("أبش ١٢٣", "أبج١٢٣"),
        ("陕A1*", "皖A12345"),
        ("12버3??6", "12가3456"),
    ):
        # Of a query in Latin letters nothing tells that two of them are one in print.
        wanted = [] if query.isascii() else [expected]
        for candidates in (False, True):
            assert found(store, Query(query, fuzzy=True, candidates=candidates)) == wanted, query
    assert found(store, Query("京B12345", fuzzy=True)) == []
    assert found(store, Query("12 م 345 67")) == ["۱۲م۳۴۵۶۷"]  # in digits of another keyboard
    assert found(store, Query("12م345*")) == ["۱۲م۳۴۵۶۷"]
    assert found(store, Query("١٢٣ أ ب ج")) == ["أبج١٢٣"]  # with the digits first, as they stand on the left
    for query in (Query("陕A12345", fuzzy=True), Query("12버3456", fuzzy=True)):
        for text in texts:
            assert says(query)(text) == (text in found(store, query)), (query, text)


def test_candidates(store: Sightings) -> None:
    others = (Candidate("AB12CDE", 0.6), Candidate("A812CDE", 0.3), Candidate("AB12CD0", 0.1))
    store.add(sighting("AB12CDE", candidates=others))
    store.add(sighting("XY99ZZZ"))
    assert found(store, Query("A812CDE")) == []
    for text in ("A812CDE", "AB12CDE", "AB12CDO", "A8*", "*D0"):
        assert found(store, Query(text, candidates=True)) == ["AB12CDE"], text
    assert found(store, Query("A912CDE", candidates=True)) == []
    assert found(store, Query("A813CDE", candidates=True, fuzzy=True)) == ["AB12CDE"]


def test_all_conditions_hold_at_once(store: Sightings) -> None:
    entry = store.watch_list.add("AB*", "alert")
    for i, (text, source) in enumerate(product(("AB1", "AB2", "XY1"), ("gate", "yard"))):
        store.add(sighting(text, minutes=i, source=source))
    whole = store.search().sightings
    for text, source, hit in product((None, "AB1", "*1"), (None, "gate"), (None, "alert", "allow", entry.id)):
        query = Query(text, source=source, hit=hit, start=whole[-2].first_seen, end=whole[0].first_seen)
        expected = [
            s.text
            for s in reversed(whole[1:-1])
            if (text is None or wanted(text, False, s.text))
            and source in (None, s.source)
            and (hit is None or hit in {k for h in s.hits for k in (h.kind, h.entry_id)})
        ]
        assert found(store, query) == expected, query


@pytest.mark.parametrize("code", alphabets())
def test_the_longest_texts_are_searched_for(store: Sightings, code: str) -> None:
    store.add(sighting("AB12CDE"))
    letter = (alphabet(code).own or "A")[-1]
    for text in (f"{letter}?" * 20, letter * 40, f"{letter * 20}*{'1' * 19}"):
        assert found(store, Query(text, fuzzy=True, candidates=True)) == [], text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "holds no character"),
        (" - ", "holds no character"),
        ("AΨ1", "'Ψ' is neither"),
        ("A%", "'%' is neither"),
        ("A?" * 500, r"^'(A\?){20}' …: has more characters than any plate$"),
    ],
)
def test_texts_that_no_plate_has(source: str, reason: str) -> None:
    with pytest.raises(WildcardError, match=reason):
        Query(source)


def test_a_hit_is_a_list_or_an_entry() -> None:
    for hit in ("x", -1, 2**63):
        with pytest.raises(
            ValueError, match=f"Query.hit: expected allow, alert or an entry's number, got {hit!r}"
        ):
            Query(hit=hit)  # type: ignore[arg-type]


texts = st.text("01OIAB8", min_size=1, max_size=5)


@settings(deadline=None)
@given(texts, texts)
def test_neighbours_are_those_at_distance_one(a: str, b: str) -> None:
    assert (fold(b) in neighbours(a)) == (distance(fold(a), fold(b)) <= 1)
    assert fold(a) in neighbours(a)
    assert set("".join(neighbours(a))) <= set(ALPHABET) - set("OI")


@settings(deadline=None)
@given(st.text("01OAB?*", min_size=1, max_size=4), texts)
def test_one_off_a_wildcard(source: str, text: str) -> None:
    pattern = normalize_wildcard(source)
    matched = any(re.fullmatch(expression(w), fold(text)) for w in one_off(fold(pattern)))
    assert matched == wanted(pattern, True, text)


@pytest.mark.parametrize("text", ["AB12CDE", "AB*", "*DE"])
def test_the_index_of_a_text_serves_whatever_else_is_asked(text: str, tmp_path: Path) -> None:
    Sightings(tmp_path / "a.db").close()
    statement = select(tables.sighting.c.id).where(*conditions(Query(text, source="gate")))
    plain = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with create_engine(f"sqlite:///{tmp_path / 'a.db'}").connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {plain}").all())
    assert re.search("USING (COVERING )?INDEX ix_sighting_(text|reversed)_first_seen", plan)
