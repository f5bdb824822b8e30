"""What all interfaces share: pictures from requests are read in the pool, each with its own options."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from numberplate.server.metrics import Metrics
from numberplate.server.refusal import Refusal
from numberplate.server.uploads.memory import Upload, UploadMemory
from numberplate.server.workers.pool import Pool
from numberplate.server.workers.worker import Job, Reading, TooLargeError, UnreadableError

_MOST_REGIONS = 400
_MOST_CODE = 40
"""Characters; the longest code has six, and what is no code is looked for among those that are."""


class Reads:
    """Reads pictures for the interfaces. `memory`: that uploads may take."""

    def __init__(self, pool: Pool, metrics: Metrics, memory: UploadMemory):
        self.pool = pool
        self.metrics = metrics
        self.memory = memory

    @contextmanager
    def admit(self, request: Request) -> Iterator[Upload]:
        """Around what receives a request's picture and has it read.

        Raises Busy where it would be received in vain.
        """
        with self.pool.hold() as request.state.place, self.memory.upload() as upload:
            yield upload

    async def read(self, request: Request, job: Job) -> Reading:
        """Reads a picture.

        Raises Refusal for one that cannot be read, and Busy at once when too many are waiting. A client that
        goes before its reading began is not waited for.
        """
        codes = job.options.regions or ()
        if len(codes) > _MOST_REGIONS or any(len(code) > _MOST_CODE for code in codes):
            raise Refusal(400, f"regions: expected at most {_MOST_REGIONS}, of {_MOST_CODE} characters each")
        future = asyncio.wrap_future(self.pool.submit(job, request.state.place))
        gone = asyncio.ensure_future(_gone(request))
        waited: set[asyncio.Future[Any]] = {future, gone}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                raise ClientDisconnect
            reading = future.result()
        except UnreadableError as error:
            self.metrics.unreadable.inc()
            raise Refusal(413 if isinstance(error, TooLargeError) else 400, str(error)) from None
        finally:
            future.cancel()
            gone.cancel()
        self.metrics.read(reading.report)
        request.state.plates = [plate.text for plate in reading.report.plates]
        return reading


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
