"""A sighting as it waits to be added: all that the database keeps of it, as values and as bytes."""

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from numberplate.geometry.quads import Picture
from numberplate.live import Sighting
from numberplate.pictures.encode import EncodeError, encode
from numberplate.plates.alphabet import fold, known_characters, latin
from numberplate.sightings import tables
from numberplate.sightings.columns import storable_source

JPEG_QUALITY = 90

_MAGIC = b"numberplate sightings 1\n"
_TIMES = ("first_seen", "last_seen")
_NEEDED = {*_TIMES, "text", "folded", "candidates", "path", "identity", "recording"}
"""Without which a sighting cannot be looked for, whatever other columns may be empty."""


_NO_RECORDS = (
    struct.error,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What damaged bytes end in: JSON of other kinds, numbers that no type holds, and less than they say."""


class RecordError(ValueError):
    """Bytes that hold no records, or not all of what they should."""


@dataclass(frozen=True)
class Record:
    """A sighting with its pictures encoded.

    Attributes:
        row: the columns of `tables.sighting`, but for those that are known when it is added.
        crop, frame: JPEG.
    """

    row: dict[str, Any]
    crop: bytes
    frame: bytes

    @classmethod
    def of(cls, sighting: Sighting, identity: str | None = None, recording: str | None = None) -> "Record":
        """`identity`, `recording`: see `Sightings.add`.

        Raises ValueError for a text with other characters than plates have, and for pictures that cannot be
        encoded.
        """
        for c in sighting.text:
            if c not in known_characters():
                raise ValueError(f"Sighting.text: expected characters of plates alone, got {sighting.text!r}")
        row = {
            "source": storable_source(sighting.source),
            "text": sighting.text,
            "folded": fold(sighting.text),
            "reversed": latin(sighting.text)[::-1],
            "confidence": float(sighting.confidence),
            "first_seen": sighting.first_seen,
            "last_seen": sighting.last_seen,
            "frames": sighting.frames,
            "direction": sighting.direction,
            "zone": sighting.zone,
            "cut": list(sighting.cut),
            "characters": [[c.text, float(c.confidence)] for c in sighting.characters],
            "candidates": [[c.text, float(c.confidence)] for c in sighting.candidates],
            "regions": [[r.code, float(r.confidence)] for r in sighting.regions],
            "corners": sighting.corners.tolist(),
            "path": sighting.path.astype("<f4").tobytes(),
            "identity": identity,
            "recording": recording,
        }
        return cls(row, _jpeg(sighting.crop, "crop"), _jpeg(sighting.picture, "picture"))

    def with_identity(self, identity: str) -> "Record":
        """The same under an identity."""
        return replace(self, row=self.row | {"identity": identity})


def to_bytes(records: Iterable[Record]) -> bytes:
    """Records for a file; pictures that several have are in it once."""
    blobs: dict[bytes, int] = {}
    rows = []
    for record in records:
        row = dict(record.row)
        for name in _TIMES:
            row[name] = row[name].isoformat()
        row["path"] = np.frombuffer(row["path"], "<f4").tolist()
        for name, blob in (("crop", record.crop), ("frame", record.frame)):
            row[name] = blobs.setdefault(blob, len(blobs))
        rows.append(row)
    head = json.dumps({"blobs": [len(blob) for blob in blobs], "rows": rows}).encode()
    return b"".join([_MAGIC, struct.pack("<I", len(head)), head, *blobs])


def from_bytes(data: bytes) -> list[Record]:
    """What `to_bytes` was given. Raises RecordError for other bytes."""
    if not data.startswith(_MAGIC):
        raise RecordError("holds no sightings")
    start = len(_MAGIC) + 4
    try:
        (length,) = struct.unpack_from("<I", data, len(_MAGIC))
        head = json.loads(data[start : start + length])
        blobs, place = [], start + length
        for size in head["blobs"]:
            blobs.append(data[place : place + size])
            place += size
        if place != len(data):
            raise RecordError("breaks off before its end")
        return [_record(row, blobs) for row in head["rows"]]
    except _NO_RECORDS as error:
        raise error if isinstance(error, RecordError) else RecordError("is damaged") from error


def _record(row: dict[str, Any], blobs: Sequence[bytes]) -> Record:
    crop, frame = blobs[row.pop("crop")], blobs[row.pop("frame")]
    unknown = sorted(set(row) - set(tables.sighting.c.keys()))
    if unknown:
        raise RecordError(f"was written by another version: {', '.join(unknown)} is not known here")
    if missing := sorted(_NEEDED - set(row)):
        raise RecordError(f"is damaged: no {', '.join(missing)} in it")
    row = {"direction": None, "zone": None, "cut": []} | row  # an older version knew the first alone
    for name in _TIMES:
        row[name] = datetime.fromisoformat(row[name])
    row["path"] = np.array(row["path"], "<f4").tobytes()
    return Record(row, crop, frame)


def _jpeg(picture: Picture | None, name: str) -> bytes:
    if picture is None:
        raise ValueError(f"Sighting.{name}: expected a picture to keep")
    try:
        return encode(picture, quality=JPEG_QUALITY)
    except EncodeError as error:
        raise ValueError(f"Sighting.{name}: {error}") from error
