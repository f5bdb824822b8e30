"""Watch lists: whom to let in, and whom to raise the alarm for."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import Connection, delete, func, insert, select

from numberplate.results.plate import Candidate
from numberplate.sightings import tables
from numberplate.sightings.columns import storable
from numberplate.sightings.entry import Entry, Hit, Kind
from numberplate.sightings.errors import EntryExistsError
from numberplate.sightings.matcher import Matcher
from numberplate.sightings.wildcard import normalize_wildcard


class WatchList:
    """The entries in a database; `Sightings.watch_list` is one."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        writing: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._reading, self._writing = reading, writing
        self._prepared: tuple[tuple[object, ...], Matcher] = (), Matcher(())

    def add(self, pattern: str, kind: Kind, *, distance: int = 0, note: str = "") -> Entry:
        """Adds an entry; sightings added from then on are matched with it.

        Raises WildcardError for a pattern that no plate can have, ValueError for another kind or distance,
        and EntryExistsError where the pattern is on the list already.
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
        with self._writing() as connection:  # nobody else writes in between
            there = connection.execute(select(tables.entry.c.id).where(same)).scalar()
            if there is not None:
                raise EntryExistsError(pattern, kind, there)
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
            matcher = self.matcher(connection)
        return matcher.match(text, candidates)

    def matcher(self, connection: Connection) -> Matcher:
        """The entries as the transaction of a connection has them, ready for many matches."""
        # Entries never change and their ids are never used again: another list has other figures. That of a
        # database that was made anew may have the same ids, but no entry of the same time.
        columns = tables.entry.c
        figures = select(func.count(), func.max(columns.id), func.max(columns.added))
        found = tuple(connection.execute(figures).one())
        known, matcher = self._prepared
        if found != known:
            matcher = Matcher(_entries(connection))
            self._prepared = found, matcher
        return matcher


def _entries(connection: Connection) -> list[Entry]:
    rows = connection.execute(select(tables.entry).order_by(tables.entry.c.id))
    return [Entry(**row._mapping) for row in rows]
