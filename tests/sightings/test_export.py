"""Sightings for other programs, read back by other programs' readers."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.cli.output.sightings import details, entries_table, sightings_table
from numberplate.reading import Candidate
from numberplate.sightings import Sightings, SightingsError, StoredSighting
from numberplate.sightings.export import CSV_COLUMNS, export, harmless, write_csv, write_jsonl, write_parquet
from numberplate.sightings.times import parse_age, parse_time

from .conftest import NOON, sighting


@pytest.fixture
def full(tmp_path: Path) -> Sightings:
    store = Sightings(tmp_path / "a.db")
    store.watch_list.add("AB*", "alert", note="mine")
    store.add(sighting("XY1", source="gate", minutes=1, direction=None, regions=()))
    others = (Candidate("AB12CDE", 0.9), Candidate("A812CDE", 0.05))
    place = {"source": '=cmd("x"),', "zone": "drive", "cut": ("left",)}
    store.add(sighting("AB12CDE", minutes=2, candidates=others, **place))
    return store


def test_csv(full: Sightings) -> None:
    text = io.StringIO(newline="")
    assert write_csv(full.iterate(), text) == 2
    first, second = csv.DictReader(io.StringIO(text.getvalue()))
    assert tuple(first) == CSV_COLUMNS
    assert first | {"id": ""} == {
        "id": "",
        "text": "AB12CDE",
        "confidence": "0.9",
        "first_seen": "2026-11-24T12:02:00.000+00:00",
        "last_seen": "2026-11-24T12:02:02.500+00:00",
        "source": '\'=cmd("x"),',  # no formula
        "direction": "towards",
        "frames": "9",
        "region": "gb",
        "candidates": "AB12CDE:0.9 A812CDE:0.05",
        "hits": "alert AB*",
        "zone": "drive",
        "correction": "",
        "latin": "AB12CDE",
    }
    assert (second["direction"], second["region"], second["hits"]) == ("", "", "")


@pytest.mark.parametrize("source", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_no_source_is_a_formula(tmp_path: Path, source: str) -> None:
    with Sightings(tmp_path / "a.db") as store:
        store.add(sighting(source=source))
        text = io.StringIO(newline="")
        write_csv(store.iterate(), text)
    (row,) = csv.DictReader(io.StringIO(text.getvalue(), newline=""))
    assert row["source"][0] in ("'", "\N{REPLACEMENT CHARACTER}")
    assert row["source"][-1] == source[-1]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gate - north", "gate - north"),
        ("a+b@c.example", "a+b@c.example"),
        ("x;=1+1", "x;'=1+1"),  # where cells end with semicolons
        ("x,=1", "x,'=1"),
        ("x| @SUM(A1)", "x| '@SUM(A1)"),
        ('x"=1', "x\"'=1"),
        ("  =1", "  '=1"),
        ("＝1", "'＝1"),
        ("x;＋1", "x;'＋1"),
        ("﹣1", "'﹣1"),
        ("−1", "'−1"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_formulas_in_every_position_and_width(text: str, written: str) -> None:
    assert harmless(text) == written
    assert harmless(written) == written


@given(st.text('=+-@＝－; ,|"ab\t\n'), st.sampled_from(",;|\t"))
def test_no_cell_is_a_formula_wherever_cells_end(text: str, end: str) -> None:
    for cell in harmless(text).replace('"', end).split(end):
        assert not cell.strip().startswith(tuple("=+-@＝－"))


def test_json_lines(full: Sightings) -> None:
    text = io.StringIO()
    assert write_jsonl(full.iterate(), text) == 2
    assert [json.loads(line) for line in text.getvalue().splitlines()] == [
        s.to_dict() for s in full.search().sightings
    ]


def test_parquet(full: Sightings, tmp_path: Path) -> None:
    with (tmp_path / "a.parquet").open("wb") as file:
        assert write_parquet(full.iterate(), file) == 2
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    for row, found in zip(rows, full.search().sightings, strict=True):
        wanted = found.to_dict()
        for name in ("added", "first_seen", "last_seen"):
            assert row.pop(name) == getattr(found, name)
            del wanted[name]
        for name in ("corners", "path"):
            assert row.pop(name) == [pytest.approx(point) for point in wanted.pop(name)]
        assert row == wanted


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_file_is_replaced_once_it_is_whole(full: Sightings, tmp_path: Path, format: str) -> None:
    path = tmp_path / "out"
    assert export([], path, format) == 0  # type: ignore[arg-type]
    before = path.read_bytes()

    def broken():  # type: ignore[no-untyped-def]
        yield full.search().sightings[0]
        raise SightingsError("the database: gone")

    with pytest.raises(SightingsError, match="the database: gone"):
        export(broken(), path, format)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if "db" not in p.name) == ["out"]
    assert export(full.iterate(), path, format) == 2  # type: ignore[arg-type]
    with pytest.raises(SightingsError, match="no/a: No such file"):
        export(full.iterate(), tmp_path / "no" / "a", format)  # type: ignore[arg-type]


def test_two_exports_to_one_file_at_once(full: Sightings, tmp_path: Path) -> None:
    path = tmp_path / "out"

    def interrupted() -> Iterator[StoredSighting]:
        found = full.iterate()
        yield next(found)
        assert export([], path, "jsonl") == 0
        yield from found

    assert export(interrupted(), path, "jsonl") == 2
    assert len(path.read_text().splitlines()) == 2
    assert sorted(p.name for p in tmp_path.iterdir() if "db" not in p.name) == ["out"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_is_no_file_is_written_to_and_stays(full: Sightings, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as threads:
        read = threads.submit(pipe.read_text)
        number = export(full.iterate(), pipe, "jsonl")
        assert len(read.result(20).splitlines()) == number > 0
    assert pipe.is_fifo()
    with pytest.raises(SightingsError, match="directory"):
        export(full.iterate(), tmp_path, "csv")
    link, file = tmp_path / "link.csv", tmp_path / "file.csv"
    link.symlink_to(file)
    export(full.iterate(), link, "csv")
    assert link.is_symlink()
    assert file.read_text().startswith("id,")


def test_parquets_library_is_missing() -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from numberplate.sightings import SightingsError\n"
        "from numberplate.sightings.export import write_parquet\n"
        "try: write_parquet([], None)\n"
        "except SightingsError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Parquet needs pyarrow: pip install 'numberplate[parquet]'\n"


def test_tables(full: Sightings) -> None:
    lines = sightings_table(full.search().sightings).splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["AB12CDE", "XY1"]
    assert lines[2].endswith("alert AB*")
    assert "mine" in entries_table(full.watch_list.entries())
    text = details(full.search().sightings[0])
    assert "A812CDE 5.0%" in text
    assert "AB* by AB12CDE, 0 off  mine" in text
    full.add(sighting(source="bad\x1b[31m", minutes=3))
    assert "\x1b" not in sightings_table(full.search().sightings)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("7d", timedelta(7)),
        ("4w", timedelta(28)),
    ],
)
def test_ages(text: str, age: timedelta) -> None:
    assert parse_age(text) == age
    assert parse_time(text, NOON) == NOON - age


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "7 days", "1e5d", "9" * 30 + "w"])
def test_no_ages(text: str) -> None:
    with pytest.raises(ValueError, match=r"age such as|longer ago"):
        parse_age(text)


def test_times() -> None:
    here = datetime(2026, 11, 24, 8).astimezone()
    assert parse_time("2026-11-24T08:00", NOON) == here
    assert parse_time("2026-11-24T08:00Z", NOON) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert parse_time("2026-11-24", NOON) == datetime(2026, 11, 24).astimezone()
    for text in ("", "yesterday", "24.11.2026", "99999999w"):
        with pytest.raises(ValueError, match="neither a time"):
            parse_time(text, NOON)


def test_a_text_of_another_script_is_exported_in_latin_too(store: Sightings) -> None:
    store.add(sighting("皖A12345"))
    file = io.StringIO()
    write_csv(store.search().sightings, file)
    (row,) = csv.DictReader(io.StringIO(file.getvalue()))
    assert (row["text"], row["latin"]) == ("皖A12345", "AHA12345")
    file = io.StringIO()
    write_jsonl(store.search().sightings, file)
    assert json.loads(file.getvalue())["latin"] == "AHA12345"
