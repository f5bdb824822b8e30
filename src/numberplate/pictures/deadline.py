"""The time that a request may take in all, however slowly its reply comes."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Deadline:
    """Ends connections after so many seconds: a host that sends a byte now and then meets no other limit.

    It begins when it is made, and is a context at whose end it waits no more.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    @property
    def has_ended(self) -> bool:
        """Whether it has ended a connection."""
        return self.is_over and bool(self._held)

    def check(self) -> None:
        """Raises TimeoutError when it is over."""
        if self.is_over:
            raise TimeoutError

    def hold(self, connection: socket.socket) -> None:
        """Has a connection end as well, whatever is made of it. Raises TimeoutError when it is over."""
        # A copy, and not of TLS: http.client drops a connection that ends with its reply before that is read,
        # and TLS's own end takes away under its reader's hands what that reads with.
        with self._lock:
            self._held.append(socket.fromfd(connection.fileno(), connection.family, connection.type))
        self.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        # One that is ending now is waited for: the next request may have the same connection.
        self._timer.join()
        for connection in self._held:
            connection.close()

    def _end(self) -> None:
        self._over.set()
        with self._lock:
            for connection in self._held:
                with suppress(OSError):  # it has ended by itself
                    connection.shutdown(socket.SHUT_RDWR)
