"""An entry of a watch list, and a sighting's hit of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["allow", "alert"]
"""`allow`: a vehicle that is expected, such as a resident's. `alert`: one that somebody wants to hear of."""


@dataclass(frozen=True)
class Entry:
    """One line of a watch list.

    Attributes:
        id: never used again once the entry is removed.
        kind: `allow` or `alert`.
        pattern: a text, or one with the wildcards `?` (one character) and `*` (any number).
        distance: 0, or 1 where one character may be replaced, missing or too much. O and 0 are alike in both,
            so are I and 1.
        note: the user's own words.
        added: in UTC.
    """

    id: int
    kind: Kind
    pattern: str
    distance: int
    note: str
    added: datetime

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output."""
        return vars(self) | {"added": self.added.isoformat(timespec="milliseconds")}


@dataclass(frozen=True)
class Hit:
    """A sighting's hit of a watch list's entry, as the entry was then.

    Attributes:
        entry_id: of the entry, which may have been removed since.
        kind, pattern, note: the entry's.
        text: the text that matched: the sighting's own, or another of its candidates.
        distance: how many characters `text` is off, 0 or 1.
    """

    entry_id: int
    kind: Kind
    pattern: str
    note: str
    text: str
    distance: int

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output."""
        return dict(vars(self))
