"""A sighting as it comes back from the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from numberplate.results.sighting import Sighting
from numberplate.sightings.entry import Hit

PictureKind = Literal["crop", "frame"]
"""`crop`: the flat plate. `frame`: the whole picture that shows it best."""


@dataclass(frozen=True)
class Pass:
    """A sighting as a timeline shows it. `allow`, `alert`: whether it hit an entry of that kind."""

    id: int
    source: str
    text: str
    first_seen: datetime
    last_seen: datetime
    allow: bool
    alert: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredSighting(Sighting):
    """One vehicle that passed a camera, as it was kept: a `Sighting` whose pictures stay in the database.

    Attributes:
        id: grows in the order of adding, and is never used again.
        added: when it was kept, in UTC.
        hits: the entries of the watch list that it hit when it was added.
        correction: what the plate says, by a person who looked at it; None where nobody said that `text` is
            wrong.
        pictures: those that are still kept; `Sightings.picture` gets them, and `picture` and `crop` are None.
    """

    id: int
    added: datetime
    hits: tuple[Hit, ...]
    pictures: tuple[PictureKind, ...]
    correction: str | None = None

    def __post_init__(self) -> None:
        # Not checked again: it was on its way in, and searches load many.
        self.corners.flags.writeable = self.path.flags.writeable = False

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output: confidences with four decimals, pixels with two, times in UTC."""
        return {
            "id": self.id,
            "added": self.added.isoformat(timespec="milliseconds"),
            **super().to_dict(),
            "hits": [h.to_dict() for h in self.hits],
            "pictures": list(self.pictures),
            "correction": self.correction,
        }
