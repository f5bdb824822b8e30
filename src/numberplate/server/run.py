"""Runs the server until it is told to stop."""

import signal
import socket
from collections.abc import Callable

import uvicorn

from numberplate.server.app import create_app
from numberplate.server.logs import set_up_logs
from numberplate.server.protocol import TimedProtocol
from numberplate.server.settings import Settings, SettingsError

_MOST_CONNECTIONS = 1000
"""Beyond it uvicorn itself refuses: the last resort, far above what the queue takes."""


def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM, then finishes what was accepted.

    `started`: is given the server's address once it listens.

    Raises SettingsError where the address or the certificate cannot be used, and what `create_app` does.
    """
    app = create_app(settings)
    set_up_logs(settings.log_format)
    config = uvicorn.Config(
        app,
        http=TimedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=settings.stop_seconds,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    try:
        config.load()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"tls_certificate, tls_key: {settings.tls_certificate}: {reason}") from error
    listening = _listen(settings)
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.tls_certificate else "http"
    started(f"{scheme}://{name}:{listening.getsockname()[1]}/")
    # uvicorn raises the signal again when all is done, for whoever has another use for it; we have none.
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: None)
    uvicorn.Server(config).run([listening])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else a reply may wait for 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"{settings.host}, port {settings.port}: {reason}") from error
    return listening
