"""How long sightings are kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Retention:
    """What `Sightings.purge` leaves. None: no limit.

    Attributes:
        age: sightings that were last seen longer ago than this go, with their pictures.
        count: only so many of the newest sightings stay.
        picture_age: pictures of sightings that were last seen longer ago than this go; the rows stay.
        picture_count: only so many of the newest sightings keep their pictures.

    Raises ValueError, on construction, for what is negative.
    """

    age: timedelta | None = None
    count: int | None = None
    picture_age: timedelta | None = None
    picture_count: int | None = None

    def __post_init__(self) -> None:
        for name in ("age", "picture_age"):
            value = getattr(self, name)
            if value is not None and value < timedelta(0):
                raise ValueError(f"Retention.{name}: expected no negative time, got {value}")
        for name in ("count", "picture_count"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"Retention.{name}: expected no negative number, got {value}")


@dataclass(frozen=True)
class Purged:
    """How much a purge deleted.

    Attributes:
        sightings: rows that went.
        pictures: pictures that went, with their rows or alone.
    """

    sightings: int
    pictures: int
