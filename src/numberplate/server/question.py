"""A question to the database that many requests ask."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

_FRESH_SECONDS = 2.0
"""For which a reply counts: whoever asks more often costs the disk nothing."""


class Question(Generic[T]):
    """Asks in a thread of its own, at most once at a time and now and then. For one event loop alone.

    Args:
        name: of the thread.
        ask: gives the reply.
    """

    def __init__(self, name: str, ask: Callable[[], T]):
        self._ask = ask
        self._thread = ThreadPoolExecutor(1, name)
        self._asked: tuple[float, Future[T]] | None = None

    async def reply(self, seconds: float) -> T:
        """Raises TimeoutError where there is none in that time; it is asked no second time meanwhile."""
        asked, now = self._asked, time.monotonic()
        if asked is None or (asked[1].done() and now - asked[0] > _FRESH_SECONDS):
            asked = self._asked = now, self._thread.submit(self._ask)
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(asked[1])), seconds)

    def close(self) -> None:
        """Asks no more, and does not wait for a reply."""
        self._thread.shutdown(wait=False, cancel_futures=True)
