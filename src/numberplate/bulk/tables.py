"""The tables that a run writes, and the rows that a report gives."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from numberplate.reading import Report

_KEY = [
    pa.field("part", pa.int32(), nullable=False),
    pa.field("row", pa.int32(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
]
"""`part` and `row` together are one picture: the source's name may be there twice, or be shortened."""

_TEXTS = pa.list_(pa.struct([("text", pa.string()), ("confidence", pa.float32())]))

_NUMBERS = (
    "box_x",
    "box_y",
    "box_width",
    "box_height",
    *(f"{axis}{i}" for i in range(1, 5) for axis in "xy"),
)

PICTURES = pa.schema(
    [
        *_KEY,
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("plates", pa.int32()),
        ("milliseconds", pa.float32()),
        ("warnings", pa.list_(pa.string())),
    ]
)
"""A row a picture that was read."""

PLATES = pa.schema(
    [
        *_KEY,
        ("plate", pa.int16()),
        ("text", pa.string()),
        ("latin", pa.string()),
        ("script", pa.string()),
        ("confidence", pa.float32()),
        ("detection_confidence", pa.float32()),
        *((name, pa.float32()) for name in _NUMBERS),
        ("characters", _TEXTS),
        ("candidates", _TEXTS),
        ("regions", pa.list_(pa.struct([("code", pa.string()), ("confidence", pa.float32())]))),
        ("cut", pa.list_(pa.string())),
        ("rows", pa.list_(pa.string())),
    ]
)
"""A row a plate; `plate` counts those of a picture from 0, best first."""

BAD = pa.schema([*_KEY, ("error", pa.string())])
"""A row a picture, or a tar, that could not be read."""

SCHEMAS = {"pictures": PICTURES, "plates": PLATES, "bad": BAD}


_ROWS_AT_ONCE = 1000
"""Rows that are held as they are: those before are packed, so that a tar of a million pictures fits too."""


class _Table:
    """The rows of one table, as Parquet."""

    def __init__(self, schema: pa.Schema):
        self.count = 0
        self._held: list[dict[str, Any]] = []
        self._buffer = io.BytesIO()
        self._writer = pq.ParquetWriter(self._buffer, schema, compression="zstd")

    def add(self, row: dict[str, Any]) -> None:
        self.count += 1
        self._held.append(row)
        if len(self._held) == _ROWS_AT_ONCE:
            self._pack()

    def parquet(self) -> bytes:
        """All of it; nothing can be added then."""
        if self._held:
            self._pack()
        self._writer.close()
        return self._buffer.getvalue()

    def _pack(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._held, schema=self._writer.schema))
        self._held.clear()


class Rows:
    """The rows of one part."""

    def __init__(self, part: int):
        self.part = part
        self._tables = {name: _Table(schema) for name, schema in SCHEMAS.items()}

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return self._tables[table].count

    def add(self, row: int, report: Report) -> None:
        """The rows of a picture."""
        if report.error is not None:
            self.add_bad(row, report.source, report.error)
            return
        key = {"part": self.part, "row": row, "source": _storable(report.source)}
        found = report.to_dict()
        self._tables["pictures"].add(
            {
                **key,
                "width": report.width,
                "height": report.height,
                "plates": len(report.plates),
                "milliseconds": report.milliseconds,
                "warnings": list(report.warnings),
            }
        )
        for number, plate in enumerate(found["plates"]):
            corners = [value for corner in plate.pop("corners") for value in corner]
            numbers = dict(zip(_NUMBERS, [*plate.pop("box"), *corners], strict=True))
            self._tables["plates"].add({**key, "plate": number, **plate, **numbers})

    def add_bad(self, row: int, source: str, error: str) -> None:
        """The row of what could not be read."""
        self._tables["bad"].add(
            {"part": self.part, "row": row, "source": _storable(source), "error": _storable(error)}
        )

    def files(self) -> dict[str, bytes | None]:
        """Each table as Parquet, by its name; None for one without rows, but for that of pictures."""
        return {
            name: table.parquet() if name == "pictures" or table.count else None
            for name, table in self._tables.items()
        }


def _storable(text: str) -> str:
    """A name that is no Unicode, as files here may have, in a form that is."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
