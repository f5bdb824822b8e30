"""What all interfaces share: pictures from requests are read in the pool, each with its own options."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from numberplate.plates.formats import RegionError, Regions
from numberplate.reading import PlateReader, Report
from numberplate.server.metrics import Metrics
from numberplate.server.pool import Pool
from numberplate.server.refusal import Busy, Refusal

_UPLOADS_A_PLACE = 4
"""Uploads under way at a time, for each place in the pool: a crowd of slow ones would fill memory."""

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """What a request may ask for.

    Attributes:
        regions: codes of expected ones; None: those of the settings.
        min_confidence: least probability of a text; None: that of the settings.
        candidates: how many texts each plate offers; None: as in the settings.
    """

    regions: tuple[str, ...] | None = None
    min_confidence: float | None = None
    candidates: int | None = None


class Reads:
    """Reads pictures for the interfaces."""

    def __init__(self, reader: PlateReader, pool: Pool, metrics: Metrics):
        self.reader = reader
        self.pool = pool
        self.metrics = metrics
        self._uploads = 0

    def admit(self) -> "_Upload":
        """For `with`, around what receives a picture. Raises Busy where it would be received in vain."""
        self.pool.check()
        return _Upload(self)

    async def read(
        self,
        request: Request,
        picture: bytes | str,
        name: str,
        options: Options,
        finish: Callable[[Report], T],
    ) -> T:
        """Reads an encoded picture, or one in Base64, and makes the reply of it, both in the pool.

        Raises Refusal for one that cannot be read, and Busy at once when too many are waiting.
        """

        def work() -> tuple[Report, T | None]:
            data = decode_base64(picture) if isinstance(picture, str) else picture
            report = self._reader(options).report(data, name)
            return report, finish(report) if report.error is None else None

        report, result = await self._in_pool(request, work)
        if report.error is not None or result is None:
            self.metrics.unreadable.inc()
            raise Refusal(_status(report.error), f"{name}: {report.error}" if name else str(report.error))
        self.metrics.read(report)
        request.state.plates = [plate.text for plate in report.plates]
        return result

    def _reader(self, options: Options) -> PlateReader:
        regions = None if options.regions is None else _tables(options.regions)
        return self.reader.with_options(regions, options.min_confidence, options.candidates)

    async def _in_pool(self, request: Request, work: Callable[[], T]) -> T:
        """The work's result; a client that goes before it was begun is not waited for."""
        future = asyncio.wrap_future(self.pool.submit(work))
        gone = asyncio.ensure_future(_gone(request))
        waited: set[asyncio.Future[Any]] = {future, gone}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                raise ClientDisconnect
            return future.result()
        finally:
            future.cancel()
            gone.cancel()


class _Upload:
    def __init__(self, reads: Reads):
        self._reads = reads

    def __enter__(self) -> None:
        if self._reads._uploads >= _UPLOADS_A_PLACE * self._reads.pool.places:
            raise Busy
        self._reads._uploads += 1

    def __exit__(self, *_: object) -> None:
        self._reads._uploads -= 1


@lru_cache(maxsize=64)  # a client asks for the same ones always, and tables take as long as a picture
def _tables(codes: tuple[str, ...]) -> Regions:
    try:
        return Regions(codes)
    except RegionError as error:
        raise Refusal(400, f"regions: {error}") from None


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def decode_base64(text: str) -> bytes:
    """The bytes of a text in Base64, bare or as a data URL. Raises Refusal where it is none."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, "the picture is neither a file nor valid Base64") from None


def _status(error: str | None) -> int:
    return 413 if error is not None and error.startswith("too large") else 400
