"""A log line and figures for every request."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from numberplate.server.metrics import Metrics
from numberplate.server.middleware.admission import CUSTOM, READING

log = logging.getLogger("numberplate.server")


class Observe:
    """ASGI middleware, the outermost. Neither the log nor the figures have what a client searched for.

    `plates`: whether the log tells which plates were read, and not only how many.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, plates: bool):
        self._app = app
        self._metrics = metrics
        self._plates = plates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0
        scope.setdefault("state", {})

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            self._note(scope, status or 500, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _route(scope), scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.request(route, method, status, seconds)
        extra = {
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(1000 * seconds, 1),
        }
        plates = scope["state"].get("plates")
        if plates is not None:
            extra["plates"] = plates if self._plates else len(plates)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        log.log(level, "request", extra=extra)


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_QUIET = ("/healthz", "/readyz", "/metrics", "/page/{path}", "/api/sightings/since/{id}")
"""Asked for every few seconds by programs: in the log with DEBUG alone."""


def _route(scope: Scope) -> str:
    """The pattern of the request's path: paths as they come are without number, and may hold a plate."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if path is None and scope["path"] in READING:
        return str(scope["path"])
    if path is None and scope["path"].startswith(CUSTOM):
        return f"{CUSTOM}{{model}}"
    if path is None:
        return "/page/{path}" if scope["path"].startswith("/page/") else "other"
    return str(path)
