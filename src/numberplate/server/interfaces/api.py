"""Our own interface: the same JSON as the command line's, and what the page needs."""

import base64
import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from numberplate import __version__
from numberplate.plates.formats import known_codes
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.metrics import CONTENT_TYPE
from numberplate.server.middleware.guard import COOKIE, client_of, shown_token
from numberplate.server.refusal import Refusal
from numberplate.server.samples import samples
from numberplate.server.services import services
from numberplate.server.uploads.body import read_bytes, read_form
from numberplate.server.workers.worker import Job, Options

router = APIRouter(tags=["numberplate"])

_YEAR = 365 * 24 * 3600
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_READ_BODY = form_of(picture="picture")
_READ_BODY["requestBody"]["content"]["image/*"] = _BINARY


@router.post(
    "/api/read", openapi_extra=_READ_BODY, responses=responses(200, 400, 408, 409, 413, 415, 422, 503)
)
async def read(
    request: Request,
    region: Annotated[list[str] | None, Query(description="Expected regions, such as gb or gb,de.")] = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, description="Least probability.")] = None,
    top: Annotated[int | None, Query(ge=1, le=100, description="Texts that each plate offers.")] = None,
    plate_only: Annotated[bool, Query(description="The picture shows a plate and little else.")] = False,
    crops: Annotated[bool, Query(description="Give each plate its flat crop, a JPEG as data URL.")] = False,
    source: Annotated[
        str, Query(max_length=200, description="The picture's name, and the source of what is kept.")
    ] = "",
) -> JSONResponse:
    """Reads a picture: the body itself, with a Content-Type of image/*, or the file `picture` of a form.

    The reply is the object that `numberplate read --format jsonl` prints.
    """
    shared = services(request)
    kind = request.headers.get("content-type", "").lower()
    codes = {code.strip().lower() for given in region or () for code in given.split(",") if code.strip()}
    options = Options(tuple(sorted(codes)) or None, min_confidence, top, plate_only)
    with shared.reads.admit(request) as upload:
        if kind.startswith("image/") or kind == "application/octet-stream":
            picture, filename = await read_bytes(request, shared.settings, upload), ""
        else:
            form = await read_form(request, shared.settings, upload)
            if "picture" not in form.files:
                raise Refusal(400, "picture: a file is needed")
            picture, filename = form.files["picture"]
        job = Job(picture, source or filename, options, crops, keep_as=await shared.keep_as("api", source))
        reading = await shared.reads.read(request, job)
        headers = await shared.keep(job, reading)
    shared.statistics.count()
    reply = reading.report.to_dict()
    for found, jpeg in zip(reply["plates"], reading.crops, strict=False):  # none, where none were asked for
        found["crop"] = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
    return JSONResponse(reply, headers=headers)


@router.get("/api/about", responses=responses(200))
async def about(request: Request) -> dict[str, Any]:
    """The version, the regions that may be expected, and whether there are sightings."""
    shared = services(request)
    return {
        "version": __version__,
        "regions": sorted(known_codes()),
        "sightings": shared.sightings is not None,
        "database": shared.sightings.name if shared.sightings is not None else None,
        "keeps_uploads": shared.keeper is not None,
        "max_upload_megabytes": shared.settings.max_upload_megabytes,
        "samples": sorted(samples()),
    }


@router.get("/api/session", include_in_schema=False)
async def session(request: Request) -> dict[str, Any]:
    """Whether a token is needed, whether the page has shown one, and what that permits."""
    tokens = services(request).tokens
    shown, roles = shown_token(request.headers), []
    if tokens.needed and shown is not None:
        with contextlib.suppress(Refusal):
            roles = sorted(tokens.find(shown, client_of(request.scope)).roles)
    return {"needed": tokens.needed, "signed_in": bool(roles), "roles": roles}


@router.post("/api/session", include_in_schema=False)
async def sign_in(request: Request) -> Response:
    """Keeps the token in a cookie that the page's own code cannot read."""
    settings = services(request).settings
    with services(request).reads.memory.upload() as upload:
        form = await read_form(request, settings.model_copy(update={"max_upload_megabytes": 0.01}), upload)
    token = form.text("token") or ""
    services(request).tokens.find(token, client_of(request.scope))
    response = Response(status_code=204)
    https = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, _YEAR, httponly=True, samesite="strict", secure=https)
    return response


@router.delete("/api/session", include_in_schema=False)
async def sign_out() -> Response:
    """Forgets the cookie."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


@router.get("/healthz", tags=["operating"])
async def healthz() -> dict[str, str]:
    """Whether the server runs at all."""
    return {"status": "ok"}


@router.get("/readyz", tags=["operating"], responses={503: {"description": "Not ready."}})
async def readyz(request: Request) -> JSONResponse:
    """Whether the next picture would be read: there is a place for it, and the database takes and gives."""
    problems = await services(request).readiness.problems()
    if problems:
        return JSONResponse({"status": "not ready", "reasons": problems}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics", tags=["operating"], responses=responses(200))
async def metrics(request: Request) -> Response:
    """The figures for Prometheus."""
    return Response(services(request).metrics.text(), media_type=CONTENT_TYPE)
