"""Runs the server until it is stopped."""

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from numberplate.server.app import create_app
from numberplate.server.logs import set_up_logs
from numberplate.server.protocol import Connections, TimedProtocol
from numberplate.server.settings import Settings, SettingsError

log = logging.getLogger("numberplate.server")

_BACKLOG = 128
"""Connections that the system holds for the server, and that the server accepts at one time."""

_OTHER_FILES = 100
"""That the server may have open besides connections: the database, pictures of the page, pipes."""

_FILES_A_WORKER = 4

_NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Errors of accepting when the system has no more to give."""


def serve(settings: Settings, started: Callable[[str], None], installation: Path | None = None) -> None:
    """Serves until SIGINT or SIGTERM, then finishes what was accepted.

    Args:
        settings: of the server.
        started: is given the server's address once it listens.
        installation: the file whose cameras are shown with their zones, which may be changed in it.

    Raises SettingsError where the address or the certificate cannot be used, and what `create_app` does.
    """
    app = create_app(settings, installation)
    set_up_logs(settings.log_format)

    class Protocol(TimedProtocol):
        limits = Connections(_most_connections(settings), settings.write_seconds)

    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
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
    _Server(config).run([listening])


class _Server(uvicorn.Server):
    """uvicorn's own, which logs each connection that cannot be accepted, with its traceback."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        asyncio.get_running_loop().set_exception_handler(_handle)
        await super().startup(sockets)


def _handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in _NO_MORE:
        log.error("no connection can be accepted for a moment: %s", error.strerror)
    else:
        loop.default_exception_handler(context)


def _most_connections(settings: Settings) -> int:
    """As many as the settings want, or as the system lets one process have."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return settings.max_connections
    others = _BACKLOG + _OTHER_FILES + _FILES_A_WORKER * settings.worker_count
    wanted = settings.max_connections + others
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return settings.max_connections
    if soft - others < 10:
        reason = f"the system allows {soft} open files, at least {others + 10} are needed"
        raise SettingsError(f"max_connections: {reason} (ulimit -n)")
    log.warning("the system allows %d open files: at most %d connections", soft, soft - others)
    return soft - others


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else a reply may wait for 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"{settings.host}, port {settings.port}: {reason}") from error
    return listening
