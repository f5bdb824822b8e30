"""Uploads kept as sightings, where the settings ask for it."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from numberplate.server.workers.keeping import can_be_kept
from numberplate.server.workers.worker import Reading
from numberplate.sightings import SightingsError
from numberplate.sightings.spool import Spool

log = logging.getLogger("numberplate.server")

_WRITERS = 4
"""Threads that wait for the disk."""

_WAIT_SECONDS = 1.0
"""For which the database is waited for before a client gets its reply: then it finds there what it sent."""


class Keeper:
    """Keeps the plates of uploaded pictures. A database that is locked, full or gone holds none up."""

    def __init__(self, spool: Spool):
        self.spool = spool
        self._writers = ThreadPoolExecutor(_WRITERS, "keeper")

    async def keep(self, reading: Reading) -> bool:
        """Whether all plates of the reading are safe: on the disk, and in the database now or later."""
        whole = all(map(can_be_kept, reading.report.plates))
        if not reading.records:
            return whole
        try:
            put = asyncio.get_running_loop().run_in_executor(self._writers, self.spool.put, reading.records)
            added = await put
            if self.spool.fault is None:
                # A wait that ends leaves what it waited for alone.
                await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(added)), _WAIT_SECONDS)
        except TimeoutError:
            return whole
        except SightingsError as error:
            log.error("sightings of an upload are not kept: %s", error)
            return False
        return whole

    def close(self) -> None:
        """Waits a moment for what waits; what is left then is on the disk, for the next time."""
        self._writers.shutdown()
        self.spool.close()
