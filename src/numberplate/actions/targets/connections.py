"""Connections of urllib3 that are told of before each request, so that somebody may end them."""

import socket
from collections.abc import Callable
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


def pools_telling(hold: Callable[[socket.socket], None]) -> dict[str, type[HTTPConnectionPool]]:
    """By scheme, what makes urllib3's connections: `hold` is given that of each request."""

    class Http(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            hold(self.sock)

        def putrequest(self, *given: Any, **named: Any) -> None:
            if self.sock is not None:  # kept from the request before
                hold(self.sock)
            super().putrequest(*given, **named)

    class Https(Http, HTTPSConnection):
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}
