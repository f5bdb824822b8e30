"""HTTP connections that nobody can keep open by doing nothing, and never more of them than there may be."""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""A client has this long to send a request's head, or what is left of a body that was refused."""

_MOST_HEAD = 65_536
"""Bytes of a request's head, its address and all headers together; and of what comes after it and is no body:
headers behind the body (trailers), which uvicorn keeps, and words beside the sizes of chunks."""


_MOST_PIPELINED = 8
"""Requests that wait for the reply to the one before them, on one connection."""

_OF_A_BODY = (b"content-length", b"transfer-encoding")

_LEAST_RATE = 1000
"""Bytes a second that a client takes of its reply, at least."""


class Connections:
    """All connections of a server.

    Args:
        most: of them at a time. One more closes the one that has been without a request for the longest time;
            where each has one, it is closed itself.
        write_seconds: a client that takes nothing more of its reply has this long.
    """

    def __init__(self, most: int, write_seconds: float):
        self.most = most
        self.write_seconds = write_seconds
        self._open: set[TimedProtocol] = set()
        self._idle: dict[TimedProtocol, None] = {}  # in the order in which they became so

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: "TimedProtocol") -> None:
        """One more, for which another may have to go."""
        self._open.add(connection)
        self._idle[connection] = None
        if len(self._open) > self.most:
            next(iter(self._idle)).abort()

    def closed(self, connection: "TimedProtocol") -> None:
        """It is gone, or as good as that."""
        self._open.discard(connection)
        self._idle.pop(connection, None)

    def busy(self, connection: "TimedProtocol") -> None:
        """It has a request."""
        self._idle.pop(connection, None)

    def idle(self, connection: "TimedProtocol") -> None:
        """It waits for a request."""
        if connection in self._open:
            self._idle.setdefault(connection)


class TimedProtocol(HttpToolsProtocol):
    """uvicorn's own, which waits for ever for a request that was begun and for a reply that nobody takes,
    with limits to both. Use a subclass that has `limits`."""

    limits: Connections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: TimerHandle | None = None
        self._writing: TimerHandle | None = None
        self._whole = True
        self._head = 0
        self._reason = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection without a request is none either."""
        super().connection_made(transport)
        self._start()
        self.limits.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._stop()
        self._stop_writing()
        self.limits.closed(self)
        super().connection_lost(exc)

    def abort(self) -> None:
        """Closes at once, whatever is still to be sent."""
        self.limits.closed(self)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Counts what came since the last that was a body."""
        self._head += len(data)
        super().data_received(data)
        if self._head > _MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too long.")

    def on_message_begin(self) -> None:
        """The head of a request begins."""
        if len(self.pipeline) >= _MOST_PIPELINED:
            raise ValueError("too many requests at once")  # which ends the parsing, and the connection
        super().on_message_begin()
        self._whole = False
        self._start()

    def on_headers_complete(self) -> None:
        """The head is there; its body is the application's to wait for."""
        if self.parser.should_upgrade() and any(
            name in _OF_A_BODY and value.strip(b" 0") for name, value in self.headers
        ):
            # The parser takes what follows for another protocol's, and uvicorn takes it for a request.
            self._reason = "A request with a body cannot ask for another protocol (Upgrade)."
            raise ValueError(self._reason)
        self._stop()
        self._head = 0
        self.limits.busy(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body is there, of which the application has its own limit."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is there as well."""
        self._whole = True
        self._head = 0
        self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The application is done: what is left of the body is waited for a little, and thrown away."""
        super().on_response_complete()
        if not self._whole:
            self._start()
        if not self.pipeline:
            self.limits.idle(self)
            self._watch_writing()

    def send_400_response(self, msg: str) -> None:
        """As uvicorn's, with the reason where it is known."""
        super().send_400_response(self._reason or msg)

    def pause_writing(self) -> None:
        """The client takes less than there is."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """It took nearly all."""
        self._stop_writing()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """No other request came."""
        self._close()

    def _start(self) -> None:
        self._stop()
        self._timer = self.loop.call_later(HEAD_SECONDS, self._close)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():
            self._watch_writing()  # closing waits until all is sent, for ever if need be
        self.transport.close()

    def _watch_writing(self) -> None:
        if self._writing is None and self.transport.get_write_buffer_size():
            size = self.transport.get_write_buffer_size()
            self._writing = self.loop.call_later(self.limits.write_seconds, self._check_writing, size)

    def _check_writing(self, before: int) -> None:
        self._writing = None
        left = self.transport.get_write_buffer_size()
        if left > before - _LEAST_RATE * self.limits.write_seconds and left:
            self.abort()
        elif left:
            self._watch_writing()

    def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
