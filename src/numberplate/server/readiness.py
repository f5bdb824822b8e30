"""Whether the server would do its work now."""

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor

from numberplate.server.refusal import Busy
from numberplate.server.workers.archive import Keeper
from numberplate.server.workers.pool import Pool
from numberplate.sightings import Sightings, SightingsError

_WAIT_SECONDS = 2.0
"""For which the database is waited for."""

_FRESH_SECONDS = 2.0
"""For which its reply counts: whoever asks more often costs the disk nothing."""


class Readiness:
    """Asks all that has to work, the database at most once at a time and now and then."""

    def __init__(self, pool: Pool, sightings: Sightings | None, keeper: Keeper | None):
        self._pool = pool
        self._sightings = sightings
        self._keeper = keeper
        self._thread = ThreadPoolExecutor(1, "readiness")
        self._asked: tuple[float, Future[str | None]] | None = None

    def close(self) -> None:
        """Asks the database no more, and does not wait for its reply."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def problems(self) -> list[str]:
        """What keeps the next picture from being read or kept; none where all is well."""
        found = []
        try:
            self._pool.check()
        except Busy:
            found.append("the queue is full")
        if not self._pool.alive:
            found.append("no process that reads is running")
        if self._sightings is not None:
            problem = await self._database(self._sightings)
            found += [problem] if problem else []
        if self._keeper is not None and self._keeper.spool.held >= self._keeper.spool.most / 2:
            found.append("too many sightings wait for the database")
        return found

    async def _database(self, sightings: Sightings) -> str | None:
        asked, now = self._asked, time.monotonic()
        if asked is None or (asked[1].done() and now - asked[0] > _FRESH_SECONDS):
            asked = self._asked = now, self._thread.submit(_ask, sightings)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(asked[1])), _WAIT_SECONDS)
        except TimeoutError:
            return "the database does not reply"


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
