"""Why a request is refused, and how that is said: each interface has a shape of its own for it."""

import math
from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

RETRY_SECONDS = 1
"""After which, at least, a client that came when the queue was full may try again."""


class Refusal(Exception):
    """A request is not done. `status`: HTTP's; `reason`: one sentence for the client, without a secret."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None):
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})


class Busy(Refusal):
    """Too much is waiting already. Interfaces say so with 503, Plate Recognizer's with 429.

    `seconds`: after which there will be a place again, as far as is known.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        reason = "too many pictures are waiting to be read; try again later"
        super().__init__(503, reason, {"Retry-After": str(max(RETRY_SECONDS, math.ceil(seconds)))})


def respond(path: str, refusal: Refusal) -> JSONResponse:
    """The reply in the shape of the interface that `path` belongs to."""
    status, body = refusal.status, _bodies(path, refusal)
    if path.startswith(PLATE_RECOGNIZER) and isinstance(refusal, Busy):
        status = 429
        body["status_code"] = 429
    return JSONResponse(body, status, refusal.headers)


PLATE_RECOGNIZER = ("/v1/plate-reader", "/v1/statistics")
CODEPROJECT = ("/v1/vision", "/v1/image", "/v1/status", "/v1/module", "/v1/server")
OPENALPR = ("/v2/", "/v3/")


def _bodies(path: str, refusal: Refusal) -> dict[str, Any]:
    if path.startswith(PLATE_RECOGNIZER):
        return {"detail": refusal.reason, "status_code": refusal.status}
    if path.startswith(CODEPROJECT):
        return {"success": False, "error": refusal.reason, "code": refusal.status}
    if path.startswith(OPENALPR):
        return {"error": refusal.reason, "error_code": refusal.status}
    return {"error": refusal.reason}
