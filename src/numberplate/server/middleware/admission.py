"""Refuses pictures that would be uploaded in vain, before anything else is done for them."""

from starlette.types import ASGIApp, Receive, Scope, Send

from numberplate.server.refusal import Busy, respond
from numberplate.server.workers.pool import Pool

READING = (
    "/api/read",
    *("/v1/plate-reader", "/v1/plate-reader/"),
    *("/v1/vision/alpr", "/v1/image/alpr", "/v1/vision/detection"),
    *(f"/v{v}/recognize{way}" for v in (2, 3) for way in ("", "_bytes", "_url")),
)
"""Where pictures are sent to, besides what is below CUSTOM."""

CUSTOM = "/v1/vision/custom/"


def reads(method: str, path: str) -> bool:
    """Whether a request brings a picture to read."""
    if method != "POST":
        return False
    return path in READING or (path.startswith(CUSTOM) and path != f"{CUSTOM}list")


class Admission:
    """ASGI middleware, the innermost: where no more may wait, a flood of pictures costs next to nothing."""

    def __init__(self, app: ASGIApp, pool: Pool):
        self._app = app
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] == "http" and reads(scope["method"], scope["path"]):
            try:
                self._pool.check()
            except Busy as busy:
                await respond(scope["path"], busy)(scope, receive, send)
                return
        await self._app(scope, receive, send)
