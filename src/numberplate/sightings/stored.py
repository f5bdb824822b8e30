"""A sighting as it comes back from the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from numberplate.live import Direction
from numberplate.results.plate import Candidate, Character, Region
from numberplate.sightings.entry import Hit

PictureKind = Literal["crop", "frame"]
"""`crop`: the flat plate. `frame`: the whole picture that shows it best."""


@dataclass(frozen=True, eq=False)
class StoredSighting:
    """One vehicle that passed a camera, as it was kept. The fields that `live.Sighting` has are the same.

    Attributes:
        id: grows in the order of adding, and is never used again.
        added: when it was kept, in UTC.
        hits: the entries of the watch list that it hit when it was added.
        pictures: those that are still kept; `Sightings.picture` gets them.
    """

    id: int
    added: datetime
    source: str
    text: str
    confidence: float
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]
    regions: tuple[Region, ...]
    first_seen: datetime
    last_seen: datetime
    frames: int
    corners: npt.NDArray[np.float32]
    path: npt.NDArray[np.float32]
    direction: Direction | None
    hits: tuple[Hit, ...]
    pictures: tuple[PictureKind, ...]

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output: confidences with four decimals, pixels with two, times in UTC."""
        return {
            "id": self.id,
            "added": self.added.isoformat(timespec="milliseconds"),
            "source": self.source,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "first_seen": self.first_seen.isoformat(timespec="milliseconds"),
            "last_seen": self.last_seen.isoformat(timespec="milliseconds"),
            "frames": self.frames,
            "direction": self.direction,
            "corners": [[round(float(v), 2) for v in point] for point in self.corners],
            "path": [[round(float(v), 2) for v in point] for point in self.path],
            "characters": [c.to_dict() for c in self.characters],
            "candidates": [c.to_dict() for c in self.candidates],
            "regions": [r.to_dict() for r in self.regions],
            "hits": [h.to_dict() for h in self.hits],
            "pictures": list(self.pictures),
        }
