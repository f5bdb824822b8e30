"""Whether the server would do its work now."""

from functools import partial

from numberplate.server.question import Question
from numberplate.server.refusal import Busy
from numberplate.server.workers.archive import Keeper
from numberplate.server.workers.pool import Pool
from numberplate.sightings import Sightings, SightingsError

_WAIT_SECONDS = 2.0
"""For which the database is waited for."""


class Readiness:
    """Asks all that has to work."""

    def __init__(self, pool: Pool, sightings: Sightings | None, keeper: Keeper | None):
        self._pool = pool
        self._database = None if sightings is None else Question("readiness", partial(_ask, sightings))
        self._keeper = keeper

    def close(self) -> None:
        """Asks the database no more, and does not wait for its reply."""
        if self._database is not None:
            self._database.close()

    async def problems(self) -> list[str]:
        """What keeps the next picture from being read or kept; none where all is well."""
        found = []
        try:
            self._pool.check()
        except Busy:
            found.append("the queue is full")
        if not self._pool.alive:
            found.append("no process that reads is running")
        if self._database is not None:
            try:
                problem = await self._database.reply(_WAIT_SECONDS)
            except TimeoutError:
                problem = "the database does not reply"
            found += [problem] if problem else []
        if self._keeper is not None and self._keeper.spool.held >= self._keeper.spool.most / 2:
            found.append("too many sightings wait for the database")
        return found


def _ask(sightings: Sightings) -> str | None:
    try:
        sightings.last_id()
    except SightingsError:
        return "the database cannot be read"
    try:
        sightings.check_writing()
    except SightingsError:
        return "the database cannot be written"
    return None
