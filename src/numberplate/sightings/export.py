"""Sightings for other programs: CSV, JSON lines and Parquet."""

import csv
import json
import os
import re
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TextIO

from numberplate.replacing import replacing, write_whole
from numberplate.sightings.columns import shown
from numberplate.sightings.errors import SightingsError
from numberplate.sightings.store import Sightings
from numberplate.sightings.stored import StoredSighting

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "jsonl", "parquet"]

CSV_COLUMNS = (
    "id",
    "text",
    "confidence",
    "first_seen",
    "last_seen",
    "source",
    "direction",
    "frames",
    "region",
    "candidates",
    "hits",
    "zone",
    "correction",
    "latin",
)

LABEL_COLUMNS = ("image", "x", "y", "width", "height", "text")
"""Of labels.csv, as `numberplate evaluate` and training read it."""

_BATCH = 2000

# The signs as such, in full, small, raised and lowered width, and the minus of mathematics.
_FORMULA = re.compile(r"((?:^|[;,|\t\"])\s*)(?=[=+\-@＝＋－＠﹦﹢﹣﹫⁼₌⁺₊⁻₋−])")


def export(sightings: Iterable[StoredSighting], path: str | os.PathLike[str], format: Format) -> int:
    """Writes a file, which replaces an older one once it is whole. Returns how many sightings.

    Of several that write one file at once, the last one's stays. A pipe or a device is written to as it is.
    Raises SightingsError where the file cannot be written, or where Parquet's library is missing.
    """
    real = Path(os.path.realpath(path))
    try:
        # A pipe or a device is written to as it is.
        with nullcontext(real) if real.exists() and not real.is_file() else replacing(real) as part:
            if format == "parquet":
                with part.open("wb") as data:
                    number = write_parquet(sightings, data)
            else:
                with part.open("w", encoding="utf-8", newline="") as file:
                    number = (write_csv if format == "csv" else write_jsonl)(sightings, file)
    except OSError as error:
        raise SightingsError(f"{path}: {error.strerror or error}") from error
    return number


def write_csv(sightings: Iterable[StoredSighting], file: TextIO) -> int:
    """Writes a row for each sighting below the names of `CSV_COLUMNS`. Returns how many there were.

    Times are in UTC. Candidates are `TEXT:CONFIDENCE` with spaces between them, hits `KIND PATTERN` with
    semicolons. Open the file with newline="".
    """
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    number = 0
    for sighting in sightings:
        rows.writerow(_csv_row(sighting))
        number += 1
    return number


def write_jsonl(sightings: Iterable[StoredSighting], file: TextIO) -> int:
    """Writes `StoredSighting.to_dict` for each, a line each. Returns how many there were."""
    number = 0
    for sighting in sightings:
        file.write(json.dumps(sighting.to_dict()) + "\n")
        number += 1
    return number


def write_parquet(sightings: Iterable[StoredSighting], file: BinaryIO) -> int:
    """Writes Parquet with the fields of `StoredSighting.to_dict`, times as timestamps in UTC.

    Returns how many there were. Raises SightingsError where pyarrow is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise SightingsError(f"Parquet needs {error.name}: pip install 'numberplate[parquet]'") from error
    schema = _schema()
    number = 0
    remaining = iter(sightings)
    with pq.ParquetWriter(file, schema) as writer:
        while batch := [_parquet_row(sighting) for sighting in islice(remaining, _BATCH)]:
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            number += len(batch)
    return number


def harmless(text: str) -> str:
    """A user's text that no spreadsheet takes for a formula, and that stays on its line.

    What starts like a formula gets a ' before it: at the text's start, and after whatever a spreadsheet may
    take for the end of a cell. What does not print is replaced.
    """
    return _FORMULA.sub(r"\1'", shown(text))


def _csv_row(sighting: StoredSighting) -> list[Any]:
    found = sighting.to_dict()
    return [
        found["id"],
        found["text"],
        found["confidence"],
        found["first_seen"],
        found["last_seen"],
        harmless(found["source"]),
        found["direction"],
        found["frames"],
        found["region"]["code"] if found["region"] else None,
        " ".join(f"{c['text']}:{c['confidence']}" for c in found["candidates"]),
        "; ".join(f"{h['kind']} {h['pattern']}" for h in found["hits"]),
        None if found["zone"] is None else harmless(found["zone"]),
        found["correction"],
        found["latin"],
    ]


def _parquet_row(sighting: StoredSighting) -> dict[str, Any]:
    times: dict[str, datetime] = {
        name: getattr(sighting, name) for name in ("added", "first_seen", "last_seen")
    }
    return sighting.to_dict() | times


def _schema() -> "pa.Schema":
    import pyarrow as pa

    time = pa.timestamp("us", tz="UTC")
    points = pa.list_(pa.list_(pa.float32()))
    texts = pa.list_(pa.struct([("text", pa.string()), ("confidence", pa.float64())]))
    region = pa.struct([("code", pa.string()), ("confidence", pa.float64())])
    hit = [
        ("entry_id", pa.int64()),
        ("kind", pa.string()),
        ("pattern", pa.string()),
        ("note", pa.string()),
        ("text", pa.string()),
        ("distance", pa.int8()),
    ]
    return pa.schema(
        [
            ("id", pa.int64()),
            ("added", time),
            ("source", pa.string()),
            ("text", pa.string()),
            ("latin", pa.string()),
            ("confidence", pa.float64()),
            ("first_seen", time),
            ("last_seen", time),
            ("frames", pa.int32()),
            ("direction", pa.string()),
            ("zone", pa.string()),
            ("cut", pa.list_(pa.string())),
            ("corners", points),
            ("path", points),
            ("characters", texts),
            ("candidates", texts),
            ("region", region),
            ("regions", pa.list_(region)),
            ("hits", pa.list_(pa.struct(hit))),
            ("pictures", pa.list_(pa.string())),
            ("correction", pa.string()),
        ]
    )


def write_labels(store: Sightings, folder: str | os.PathLike[str]) -> int:
    """Writes the frames of all corrected sightings, with what a person says that they show as labels.csv.

    The corrections become labels to measure with (`numberplate evaluate`) and to train with. Files of earlier
    calls stay, and labels.csv is rewritten. Returns how many pictures there are; a sighting whose picture
    is no longer kept has none. Raises SightingsError where the folder cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            replacing(folder / "labels.csv") as part,
            part.open("w", encoding="utf-8", newline="") as file,
        ):
            number = _write_labelled(store, folder, file)
    except OSError as error:
        raise SightingsError(f"{error.filename or folder}: {error.strerror or error}") from error
    return number


def _write_labelled(store: Sightings, folder: Path, file: TextIO) -> int:
    """The pictures into the folder, and their rows into the file. Returns how many there are."""
    rows, number = csv.writer(file), 0
    rows.writerow(LABEL_COLUMNS)
    for sighting in store.corrected():
        jpeg = store.picture(sighting.id, "frame")
        if jpeg is None:
            continue
        name = f"{sighting.id}.jpg"
        write_whole(folder / name, jpeg)
        low, high = sighting.corners.min(0), sighting.corners.max(0)
        box = [f"{value:.1f}" for value in (*low, *(high - low))]
        rows.writerow([name, *box, sighting.correction])
        number += 1
    return number
