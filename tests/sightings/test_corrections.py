"""What somebody says that a plate says: kept with its sighting, written as labels, deleted with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import cv2
import pytest

from numberplate.evaluation.labels import read_labels
from numberplate.sightings import Query, Retention, Sightings, SightingsError
from numberplate.sightings.export import LABEL_COLUMNS, write_labels

from .conftest import NOON, sighting
from .test_search import PATTERNS, TEXTS, wanted


def test_a_correction_stays_with_its_sighting(store: Sightings) -> None:
    id = store.add(sighting("AB12CDE")).id
    corrected = store.correct(id, "ab12 cdf")
    assert corrected is not None
    assert (corrected.text, corrected.correction) == ("AB12CDE", "AB12CDF")
    assert store.correct(id, "AB12CDG") is not None  # the last word counts
    found = store.get(id)
    assert found is not None
    assert found.correction == found.to_dict()["correction"] == "AB12CDG"
    undone = store.correct(id, None)
    assert undone is not None
    assert undone.correction is None
    assert list(store.corrected()) == []


@pytest.mark.parametrize(
    "text", ["", "!", "A", "A" * 13, "AB?12", "AB12*", "ab12\N{GREEK CAPITAL LETTER OMEGA}"]
)
def test_a_text_that_no_plate_has(store: Sightings, text: str) -> None:
    id = store.add(sighting()).id
    with pytest.raises(ValueError, match=r"text|alphabet"):
        store.correct(id, text)
    assert list(store.corrected()) == []


@pytest.mark.parametrize("id", [0, 7, 2**63])
def test_a_sighting_that_is_not_there(store: Sightings, id: int) -> None:
    assert store.correct(id, "AB12CDE") is None


@pytest.mark.parametrize("fuzzy", [False, True])
def test_a_corrected_sighting_is_found_by_either_text(store: Sightings, fuzzy: bool) -> None:
    for minutes, text in enumerate(t for t in TEXTS if len(t) > 1):
        id = store.add(sighting("QQ77QQ", minutes=minutes)).id
        store.correct(id, text)
    store.add(sighting("ZZ99ZZZ", minutes=99))
    known = [text for text in TEXTS if len(text) > 1]  # what has one character is no plate's
    for pattern in PATTERNS:
        expected = [text for text in known if wanted(pattern, fuzzy, text)]
        found = store.search(Query(pattern, fuzzy=fuzzy)).sightings
        got = [s.correction for s in found if s.correction]
        by_what_was_read = wanted(pattern, fuzzy, "QQ77QQ")
        assert sorted(got) == sorted(known if by_what_was_read else expected), pattern
        assert store.count(Query(pattern, fuzzy=fuzzy)) == len(found)
    assert store.count(Query("qq-77 qq")) == len(known)


def test_corrections_in_other_scripts_and_with_all_else_that_is_asked(store: Sightings) -> None:
    id = store.add(sighting("AHA12345", source="gate")).id
    store.correct(id, "皖A12346")
    for text in ("皖A·12346", "aha12346", "*12346", "皖*", "AHA12345"):
        assert [s.id for s in store.search(Query(text, source="gate")).sightings] == [id], text
        assert store.search(Query(text, source="yard")).sightings == ()
    assert store.count(Query("AHA12346", candidates=True)) == 1
    page = store.search(Query("皖*"), limit=1)
    assert page.after is None
    assert store.delete_matching(Query("皖A12346")) == 1
    assert store.count() == 0


def test_corrections_are_labels(store: Sightings, tmp_path: Path) -> None:
    ids = [store.add(sighting(f"AB1{i}", minutes=i)).id for i in range(3)]
    for id, text in ((ids[0], "AB10X"), (ids[2], "皖A12345")):
        store.correct(id, text)
    folder = tmp_path / "corrected"
    for _ in range(2):
        assert write_labels(store, folder) == 2
        first, second = read_labels(folder / "labels.csv")
    assert (first.image, first.truths[0].text) == (f"{ids[0]}.jpg", "AB10X")
    assert second.truths[0].text == "皖A12345"
    assert first.truths[0].box == pytest.approx((1.0, 2.0, 49.0, 10.2), abs=0.06)
    assert cv2.imread(str(folder / first.image)).shape == (30, 40, 3)  # type: ignore[union-attr]
    assert (folder / "labels.csv").read_text().startswith(",".join(LABEL_COLUMNS))


def test_labels_are_written_by_several_programs_at_once(store: Sightings, tmp_path: Path) -> None:
    for i in range(20):
        store.correct(store.add(sighting(minutes=i)).id, "AB10X")
    with ThreadPoolExecutor(4) as threads:
        written = [*threads.map(lambda _: write_labels(store, tmp_path / "corrected"), range(12))]
    assert written == [20] * 12
    assert len(read_labels(tmp_path / "corrected" / "labels.csv")) == 20
    assert len([*(tmp_path / "corrected").glob(".*")]) == 0


def test_labels_that_cannot_be_written_leave_those_of_before(store: Sightings, tmp_path: Path) -> None:
    ids = [store.add(sighting(minutes=i)).id for i in range(2)]
    store.correct(ids[0], "AB10X")
    write_labels(store, tmp_path)
    before = (tmp_path / "labels.csv").read_text()
    store.correct(ids[1], "AB11X")
    (tmp_path / f"{ids[1]}.jpg").mkdir()
    with pytest.raises(SightingsError, match=rf"{ids[1]}\.jpg: Is a directory"):
        write_labels(store, tmp_path)
    assert (tmp_path / "labels.csv").read_text() == before
    assert len([*tmp_path.glob(".*")]) == 0


def test_what_is_deleted_is_no_label(store: Sightings, tmp_path: Path) -> None:
    kept, gone = (store.add(sighting(minutes=i)).id for i in range(2))
    for id in (kept, gone):
        store.correct(id, "AB12CDF")
    store.delete([gone])
    assert [s.id for s in store.corrected()] == [kept]
    store.purge(Retention(picture_age=timedelta(0)))
    assert write_labels(store, tmp_path) == 0  # there is nothing to look at
    assert [s.id for s in store.corrected()] == [kept]


def test_passes_are_a_timeline(store: Sightings) -> None:
    store.watch_list.add("AB?2*", "alert")
    for i, text in enumerate(("AB12CDE", "XY99ZZZ", "AB12CDF")):
        store.add(sighting(text, minutes=-i, source=f"camera {i % 2}"))
    found = store.passes(NOON - timedelta(minutes=2), NOON)
    assert [(p.text, p.source, p.alert) for p in found] == [
        ("AB12CDF", "camera 0", True),
        ("XY99ZZZ", "camera 1", False),
    ]
    assert found[0].last_seen - found[0].first_seen == timedelta(seconds=2.5)
    assert len(store.passes(NOON - timedelta(days=1), NOON + timedelta(days=1), limit=2)) == 2
