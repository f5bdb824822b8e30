"""How long sightings are kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

Age = Literal["stored", "seen"]


@dataclass(frozen=True)
class Retention:
    """What `Sightings.purge` leaves. None: no limit.

    Attributes:
        age: sightings older than this go, with their pictures.
        count: only so many of the newest sightings stay.
        picture_age: pictures of sightings older than this go; the rows stay.
        picture_count: only so many of the newest sightings keep their pictures.
        by: what `age` and `picture_age` count from: "stored", when the sighting was added, or "seen", when
            the vehicle was last seen. An old recording that is watched today is stored today.

    Raises ValueError, on construction, for what is negative, and for another `by`.
    """

    age: timedelta | None = None
    count: int | None = None
    picture_age: timedelta | None = None
    picture_count: int | None = None
    by: Age = "stored"

    def __post_init__(self) -> None:
        for name in ("age", "picture_age"):
            value = getattr(self, name)
            if value is not None and value < timedelta(0):
                raise ValueError(f"Retention.{name}: expected no negative time, got {value}")
        if self.by not in get_args(Age):
            raise ValueError(f"Retention.by: expected stored or seen, got {self.by!r}")
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
