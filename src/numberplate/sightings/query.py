"""What to search for, and the pages that come back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

from numberplate.sightings.entry import Kind
from numberplate.sightings.stored import StoredSighting
from numberplate.sightings.wildcard import normalize_wildcard

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Query:
    """Which sightings: those that meet all that is given. `Query()` is all of them.

    Attributes:
        text: the text, or one with the wildcards `?` (one character) and `*` (any number, none too); also as
            a plate has it printed, such as `GÖ-KX 417`. One that was corrected is found by either text.
        fuzzy: O and 0 are alike, so are I and 1, and one character may be replaced, missing or too much.
        candidates: sightings with such a text among their candidates as well; O and 0 are alike, so are I
            and 1.
        start: first seen then or later.
        end: first seen before.
        source: the whole name.
        hit: `allow` or `alert`: hit an entry of that kind when it was added; a number: hit that entry.

    Raises WildcardError, on construction, for a text that no plate can have, and ValueError for a time
    without its zone or beyond the calendar, or another hit.
    """

    text: str | None = None
    fuzzy: bool = False
    candidates: bool = False
    start: datetime | None = None
    end: datetime | None = None
    source: str | None = None
    hit: Kind | int | None = None

    def __post_init__(self) -> None:
        if self.text is not None:
            object.__setattr__(self, "text", normalize_wildcard(self.text))
        for name in ("start", "end"):
            time = getattr(self, name)
            if time is not None and time.utcoffset() is None:
                raise ValueError(f"Query.{name}: expected a time with its zone, got {time}")
            if time is not None:
                object.__setattr__(self, name, _in_utc(name, time))
        known = self.hit in get_args(Kind) if isinstance(self.hit, str) else 0 <= (self.hit or 0) < 2**63
        if not known:
            raise ValueError(f"Query.hit: expected allow, alert or an entry's number, got {self.hit!r}")


def _in_utc(name: str, time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:  # in the year 1, or in 9999, of another zone
        raise ValueError(f"Query.{name}: {time.isoformat()} is no time in UTC") from None


@dataclass(frozen=True)
class Page:
    """A part of what was found.

    Attributes:
        sightings: the newest first (by `first_seen`, then by id).
        after: what to pass to `Sightings.search` for the next page; None where this is the last. Sightings
            that are added or deleted meanwhile shift nothing.
    """

    sightings: tuple[StoredSighting, ...]
    after: str | None


def write_cursor(first_seen: datetime, id: int) -> str:
    """A place in the order of pages, fit for a URL."""
    return f"{(first_seen - _EPOCH) // timedelta(microseconds=1)}-{id}"


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """What `write_cursor` was given. Raises ValueError for another text."""
    time, _, id = cursor.rpartition("-")
    try:
        place = _EPOCH + timedelta(microseconds=int(time)), int(id)
    except (ValueError, OverflowError):
        place = _EPOCH, -1
    if not 0 <= place[1] < 2**63:
        raise ValueError(f"{cursor!r} is not the place of a page")
    return place
