"""Watch lists: whom to let in, and whom to raise the alarm for."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, delete, func, insert, select

from numberplate.plates.alphabet import fold
from numberplate.reading.plate import Candidate
from numberplate.sightings import tables
from numberplate.sightings.errors import SightingsError
from numberplate.sightings.user_text import storable
from numberplate.sightings.wildcard import (
    expression,
    has_wildcards,
    neighbours,
    normalize_wildcard,
    one_off,
)

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


class WatchList:
    """The entries in a database; `Sightings.watch_list` is one."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        writing: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._reading, self._writing = reading, writing
        self._version: tuple[int, int] = (0, 0)
        self._matcher = _Matcher(())

    def add(self, pattern: str, kind: Kind, *, distance: int = 0, note: str = "") -> Entry:
        """Adds an entry; sightings added from then on are matched with it.

        Raises WildcardError for a pattern that no plate can have, ValueError for another kind or distance,
        and SightingsError where the pattern is on the list already.
        """
        pattern = normalize_wildcard(pattern)
        if kind not in get_args(Kind):
            raise ValueError(f"kind: expected allow or alert, got {kind!r}")
        if distance not in (0, 1):
            raise ValueError(f"distance: expected 0 or 1, got {distance}")
        values = {
            "kind": kind,
            "pattern": pattern,
            "distance": distance,
            "note": storable(note),
            "added": datetime.now(UTC),
        }
        same = (tables.entry.c.kind == kind) & (tables.entry.c.pattern == pattern)
        with self._writing() as connection:
            there = connection.execute(select(tables.entry.c.id).where(same)).scalar()
            if there is not None:
                raise SightingsError(f"{pattern} is on the {kind} list already, as entry {there}")
            key = connection.execute(insert(tables.entry).values(values)).inserted_primary_key
        assert key is not None  # both databases return it
        return Entry(id=key[0], **values)  # type: ignore[arg-type]

    def remove(self, id: int) -> bool:
        """Removes an entry; hits of it stay with their sightings. Returns whether it was there."""
        if not 0 < id < 2**63:
            return False
        with self._writing() as connection:
            return connection.execute(delete(tables.entry).where(tables.entry.c.id == id)).rowcount > 0

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        with self._reading() as connection:
            return _entries(connection)

    def match(self, text: str, candidates: Sequence[Candidate] = ()) -> tuple[Hit, ...]:
        """Which entries a reading hits, oldest entry first.

        An alert is hit by the text or by any of the candidates: a missed alarm is worse than a false one. An
        allowance is hit by the text alone, since a stranger's plate may have a resident's text among its
        candidates. The nearest text counts; of equally near ones, the likeliest.
        """
        with self._reading() as connection:
            return self.match_within(connection, text, candidates)

    def match_within(
        self, connection: Connection, text: str, candidates: Sequence[Candidate]
    ) -> tuple[Hit, ...]:
        """`match`, within the transaction of a connection."""
        # Entries never change and their ids are never used again: another list has other figures.
        count, last = connection.execute(select(func.count(), func.max(tables.entry.c.id))).one()
        if (count, last or 0) != self._version:
            self._matcher = _Matcher(_entries(connection))
            self._version = count, last or 0
        return self._matcher.match(text, [c.text for c in candidates])


def _entries(connection: Connection) -> list[Entry]:
    rows = connection.execute(select(tables.entry).order_by(tables.entry.c.id))
    return [Entry(**row._mapping) for row in rows]


class _Matcher:
    """Entries prepared for many matches: plain texts are looked up, only wildcards are tried one by one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._plain: dict[str, list[Entry]] = defaultdict(list)
        self._near: dict[str, list[Entry]] = defaultdict(list)
        self._wild: list[tuple[Entry, re.Pattern[str], re.Pattern[str] | None]] = []
        for entry in entries:
            if not has_wildcards(entry.pattern):
                self._plain[fold(entry.pattern)].append(entry)
                if entry.distance:
                    self._near[fold(entry.pattern)].append(entry)
                continue
            exact = re.compile(expression(fold(entry.pattern)))
            near = "|".join(expression(w) for w in one_off(entry.pattern))
            self._wild.append((entry, exact, re.compile(near) if entry.distance else None))

    def match(self, text: str, candidates: Sequence[str]) -> tuple[Hit, ...]:
        found: dict[int, Hit] = {}
        for i, reading in enumerate(dict.fromkeys([text, *candidates])):
            for entry, distance in self._of(reading):
                if i and entry.kind == "allow":
                    continue
                if entry.id not in found or distance < found[entry.id].distance:
                    found[entry.id] = Hit(entry.id, entry.kind, entry.pattern, entry.note, reading, distance)
        return tuple(found[id] for id in sorted(found))

    def _of(self, text: str) -> Iterable[tuple[Entry, int]]:
        folded = fold(text)
        yield from ((entry, 0) for entry in self._plain.get(folded, ()))
        if self._near:
            for near in neighbours(folded) - {folded}:
                yield from ((entry, 1) for entry in self._near.get(near, ()))
        for entry, exact, near_by in self._wild:
            if exact.fullmatch(folded):
                yield entry, 0
            elif near_by is not None and near_by.fullmatch(folded):
                yield entry, 1
