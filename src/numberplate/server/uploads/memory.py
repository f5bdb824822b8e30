"""What uploads may take of the memory, in bytes and over all of them."""

import asyncio
from types import TracebackType

from numberplate.server.refusal import Busy


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
        self._arriving: dict[Upload, None] = {}  # in the order of their beginnings

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
        self._limit: asyncio.Timeout | None = None
        self._given_up = False

    def __enter__(self) -> "Upload":
        self._memory._arriving[self] = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._memory._arriving.pop(self, None)
        self._memory._held -= self._size
        self._size = 0

    def within(self, limit: asyncio.Timeout) -> None:
        """`limit`: of the time that the upload has; it is cut short where the upload is given up."""
        self._limit = limit

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

    def arrived(self) -> None:
        """All is there: it is not given up any more."""
        self._memory._arriving.pop(self, None)

    @property
    def given_up(self) -> bool:
        """Whether others needed its room."""
        return self._given_up

    def _give_up(self) -> None:
        self._given_up = True
        self._memory._arriving.pop(self, None)
        self._memory._held -= self._size
        self._size = 0
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())
