"""HTTP connections that nobody can keep open by doing nothing."""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""A client has this long to send a request's head, or what is left of a body that was refused."""


class TimedProtocol(HttpToolsProtocol):
    """uvicorn's own, which waits for ever for a request that was begun, with a limit to that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: TimerHandle | None = None
        self._whole = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection without a request is none either."""
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The head of a request begins."""
        super().on_message_begin()
        self._whole = False
        self._start()

    def on_headers_complete(self) -> None:
        """The head is there; its body is the application's to wait for."""
        self._stop()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there as well."""
        self._whole = True
        self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The application is done: what is left of the body is waited for a little, and thrown away."""
        super().on_response_complete()
        if not self._whole:
            self._start()

    def _start(self) -> None:
        self._stop()
        self._timer = self.loop.call_later(HEAD_SECONDS, self._close)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
