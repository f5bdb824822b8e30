"""The tables' columns are those that the page names, and hold any name of a picture."""

import io
import re
import tracemalloc
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from numberplate.bulk.tables import SCHEMAS, Rows
from numberplate.reading import Report

PAGE = Path(__file__).parents[2] / "docs" / "bulk.md"


@pytest.mark.parametrize("table", SCHEMAS)
def test_the_page_names_the_columns(table: str) -> None:
    (line,) = re.findall(rf"^\| `{table}/` \| .*? \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert re.findall(r"`(\w+)`", line) == SCHEMAS[table].names


def test_rows_are_packed() -> None:
    """A tar has any number of pictures, and is one part."""
    rows = Rows(0)
    tracemalloc.start()
    for row in range(20_500):
        rows.add_bad(row, f"shard.tar/{row}.jpg", f"{row} is one of very many bad ones")
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 3e6
    assert rows.count("bad") == 20_500
    data = rows.files()["bad"]
    assert data is not None
    assert pq.read_table(io.BytesIO(data)).column("row").to_pylist() == list(range(20_500))


@example(
    [("caf\udce9.jpg", None), ("caf\udce9.jpg", "no such file"), ("b.jpg", "\ud800")]
)  # seldom come upon
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=())), st.none() | st.text())))
def test_any_names_and_reasons(reports: list[tuple[str, str | None]]) -> None:
    rows = Rows(7)
    for row, (source, error) in enumerate(reports):
        rows.add(row, Report(source, 10, 20, error=error))
    found = {
        name: [] if data is None else pq.read_table(io.BytesIO(data)).to_pylist()
        for name, data in rows.files().items()
    }
    assert [row["row"] for row in found["bad"]] == [
        i for i, (_, error) in enumerate(reports) if error is not None
    ]
    assert len(found["pictures"]) + len(found["bad"]) == len(reports)
    assert found["plates"] == []
    for row in found["pictures"]:
        source = reports[row["row"]][0]
        assert row["source"] == source.encode("utf-8", "backslashreplace").decode("utf-8")
