"""How far programs that follow the sightings have come, and what they had to put aside."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from numberplate.sightings import tables
from numberplate.sightings.columns import storable

_LONGEST_REASON = 500


@dataclass(frozen=True)
class Failure:
    """A sighting that a follower could not deal with, and put aside.

    Attributes:
        id: never used again.
        follower: who put it aside.
        sighting_id: which one; deleted with it.
        failed: when, in UTC.
        attempts: how often it was tried.
        reason: why the last attempt failed.
    """

    id: int
    follower: str
    sighting_id: int
    failed: datetime
    attempts: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output."""
        return vars(self) | {"failed": self.failed.isoformat(timespec="milliseconds")}


class Progress:
    """Of followers by name, kept in the database: `Sightings.progress` is one.

    A follower asks for `Sightings.since(after)`, deals with what comes in order, and says `advance`. However
    it ends, it goes on where it was: each sighting is dealt with at least once.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        writing: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._reading, self._writing = reading, writing

    def after(self, follower: str) -> int | None:
        """The id of the last sighting that it dealt with; None where it never followed."""
        row = tables.follower.c
        with self._reading() as connection:
            return connection.execute(select(row.after).where(row.name == follower)).scalar()

    def advance(self, follower: str, id: int) -> None:
        """Sightings up to that id are dealt with. It is on the disk when this returns."""
        with self._writing() as connection:
            _advance(connection, follower, id)

    def put_aside(self, follower: str, id: int, attempts: int, reason: str) -> None:
        """As `advance`, and notes that it could not be dealt with, unless it was deleted meanwhile."""
        values = {
            "follower": follower,
            "sighting_id": id,
            "failed": datetime.now(UTC),
            "attempts": attempts,
            "reason": storable(reason)[:_LONGEST_REASON],
        }
        with self._writing() as connection:
            _advance(connection, follower, id)
            if connection.execute(select(tables.sighting.c.id).where(tables.sighting.c.id == id)).first():
                connection.execute(insert(tables.failure).values(values))

    def failures(self) -> list[Failure]:
        """All that was put aside, the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(tables.failure).order_by(tables.failure.c.id))
            return [Failure(**row._mapping) for row in rows]

    def forget(self, ids: Collection[int]) -> int:
        """Removes what was put aside, by its ids. Returns how many there were."""
        wanted = sorted({id for id in ids if 0 < id < 2**63})
        with self._writing() as connection:
            return connection.execute(delete(tables.failure).where(tables.failure.c.id.in_(wanted))).rowcount


def _advance(connection: Connection, follower: str, id: int) -> None:
    table = tables.follower
    values = {"after": id, "advanced": datetime.now(UTC)}
    if not connection.execute(update(table).where(table.c.name == follower).values(values)).rowcount:
        connection.execute(insert(table).values(values | {"name": follower}))
