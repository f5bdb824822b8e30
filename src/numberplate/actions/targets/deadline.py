"""The time that a request to a receiver may take in all, however slowly its reply comes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Deadline:
    """Ends the connection of a request that takes too long. One request at a time.

    `has_ended`: whether it did that to the last one.
    """

    def __init__(self) -> None:
        self.has_ended = False
        self._is_over = False
        self._lock = threading.Lock()
        self._held: socket.socket | None = None

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        """So much time for what is done within."""
        self.has_ended, self._is_over, self._held = False, False, None
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            # One that is ending now is waited for: the next request may have the same connection.
            timer.join()

    def hold(self, connection: socket.socket) -> None:
        """Has a connection end when the time is over, or now where it is."""
        with self._lock:
            self._held = connection
            if self._is_over:
                self._shut(connection)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            if self._held is not None:
                self._shut(self._held)

    def _shut(self, connection: socket.socket) -> None:
        self.has_ended = True
        with suppress(OSError):  # it has ended by itself
            # Not TLS's own, which takes away under its reader's hands what that reads with.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def pools_within(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """By scheme, what makes urllib3's connections, so that those of requests end with `deadline`."""

    class Http(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.hold(self.sock)

        def putrequest(self, *given: Any, **named: Any) -> None:
            if self.sock is not None:  # kept from the request before
                deadline.hold(self.sock)
            super().putrequest(*given, **named)

    class Https(Http, HTTPSConnection):
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}
