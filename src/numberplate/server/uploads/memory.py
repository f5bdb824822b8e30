"""What uploads may take of the memory, in bytes and over all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVar

from numberplate.server.refusal import Busy

T = TypeVar("T")


class UploadMemory:
    """The bytes of all uploads, from their first byte until their picture was read.

    When they are too many, the upload that has been arriving for the longest time is given up: whoever sends
    slowly, to fill the memory, makes room for those who do not. For one event loop alone.

    Args:
        most: bytes of all uploads together.
    """

    def __init__(self, most: int):
        self.most = most
        self._held = 0
        self._arriving: dict[Upload, asyncio.Timeout] = {}  # in the order of their beginnings

    @property
    def held(self) -> int:
        """Bytes at this moment."""
        return self._held

    def upload(self) -> "Upload":
        """For `with`, around what receives a picture and has it read."""
        return Upload(self)


class Upload:
    """The bytes of one request."""

    def __init__(self, memory: UploadMemory):
        self._memory = memory
        self._size = 0
        self._given_up = False

    def __enter__(self) -> "Upload":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._let_go()

    async def receive(self, receive: Callable[[], Awaitable[T]], seconds: float | None = None) -> T:
        """What `receive` gives, which says `took` of each part that arrives. It is ended after that time, and
        where others need the room; what has arrived stays.

        Raises TimeoutError in the first case, Busy in the second, and what `receive` does.
        """
        try:
            async with asyncio.timeout(seconds) as limit:
                self._memory._arriving[self] = limit
                received = await receive()
        except TimeoutError:
            if not self._given_up:
                raise
        finally:
            self._memory._arriving.pop(self, None)
        if self._given_up:  # also where it was there just when others needed its room
            raise Busy
        return received

    def took(self, size: int) -> None:
        """Notes bytes that arrived. Raises Busy where there is no room for them."""
        memory = self._memory
        while memory._held + size > memory.most:
            longest = next(iter(memory._arriving), self)
            longest._give_up()
            if longest is self:
                raise Busy
        self._size += size
        memory._held += size

    def _give_up(self) -> None:
        self._given_up = True
        self._let_go()
        limit = self._memory._arriving.pop(self, None)
        if limit is not None:
            limit.reschedule(asyncio.get_running_loop().time())

    def _let_go(self) -> None:
        self._memory._held -= self._size
        self._size = 0
