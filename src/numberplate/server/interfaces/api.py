"""Our own interface: the same JSON as the command line's, and what the page needs."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from numberplate import __version__
from numberplate.geometry.quads import flat_crop
from numberplate.pictures.encode import as_jpeg
from numberplate.plates.formats import known_codes
from numberplate.reading import Report
from numberplate.server.body import read_bytes, read_form
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.metrics import CONTENT_TYPE
from numberplate.server.middleware.guard import COOKIE, is_known, shown_token
from numberplate.server.reading import Options
from numberplate.server.refusal import Refusal
from numberplate.server.services import services
from numberplate.sightings import SightingsError

router = APIRouter(tags=["numberplate"])

_YEAR = 365 * 24 * 3600
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_READ_BODY = form_of(picture="picture")
_READ_BODY["requestBody"]["content"]["image/*"] = _BINARY


@router.post("/api/read", openapi_extra=_READ_BODY, responses=responses(200, 400, 408, 413, 415, 422, 503))
async def read(
    request: Request,
    region: Annotated[list[str] | None, Query(description="Expected regions, such as gb or gb,de.")] = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, description="Least probability.")] = None,
    top: Annotated[int | None, Query(ge=1, le=100, description="Texts that each plate offers.")] = None,
    crops: Annotated[bool, Query(description="Give each plate its flat crop, a JPEG as data URL.")] = False,
    source: Annotated[str, Query(max_length=200, description="The picture's name.")] = "",
) -> JSONResponse:
    """Reads a picture: the body itself, with a Content-Type of image/*, or the file `picture` of a form.

    The reply is the object that `numberplate read --format jsonl` prints.
    """
    shared = services(request)
    kind = request.headers.get("content-type", "").lower()
    with shared.reads.admit():
        if kind.startswith("image/") or kind == "application/octet-stream":
            picture, filename = await read_bytes(request, shared.settings), ""
        else:
            form = await read_form(request, shared.settings)
            if "picture" not in form.files:
                raise Refusal(400, "picture: a file is needed")
            picture, filename = form.files["picture"]

    def finish(report: Report) -> dict[str, Any]:
        if shared.keeper is not None:
            shared.keeper.keep(report, source or "api")
        result = report.to_dict()
        if crops and report.picture is not None:
            for plate, found in zip(report.plates, result["plates"], strict=True):
                jpeg = base64.b64encode(as_jpeg(flat_crop(report.picture, plate.corners)))
                found["crop"] = f"data:image/jpeg;base64,{jpeg.decode('ascii')}"
        return result

    codes = [code.strip().lower() for given in region or () for code in given.split(",") if code.strip()]
    options = Options(tuple(sorted(set(codes))) or None, min_confidence, top)
    reply = await shared.reads.read(request, picture, source or filename, options, finish)
    shared.statistics.count()
    return JSONResponse(reply)


@router.get("/api/about", responses=responses(200))
async def about(request: Request) -> dict[str, Any]:
    """The version, the regions that may be expected, and whether there are sightings."""
    shared = services(request)
    return {
        "version": __version__,
        "regions": sorted(known_codes()),
        "sightings": shared.sightings is not None,
        "keeps_uploads": shared.keeper is not None,
        "max_upload_megabytes": shared.settings.max_upload_megabytes,
    }


@router.get("/api/session", include_in_schema=False)
async def session(request: Request) -> dict[str, bool]:
    """Whether a token is needed, and whether the page has shown one."""
    tokens = services(request).settings.tokens
    token = shown_token(request.headers)
    return {"needed": bool(tokens), "signed_in": token is not None and is_known(token, tokens)}


@router.post("/api/session", include_in_schema=False)
async def sign_in(request: Request) -> Response:
    """Keeps the token in a cookie that the page's own code cannot read."""
    settings = services(request).settings
    form = await read_form(request, settings.model_copy(update={"max_upload_megabytes": 0.01}))
    token = form.text("token") or ""
    if not is_known(token, settings.tokens):
        raise Refusal(403, "the token is not known here")
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
def readyz(request: Request) -> JSONResponse:
    """Whether the next picture would be read: there is a place for it, and the database replies."""
    shared = services(request)
    problems = []
    if shared.pool.accepted >= shared.pool.places:
        problems.append("the queue is full")
    if shared.sightings is not None:
        try:
            shared.sightings.last_id()
        except SightingsError:
            problems.append("the database cannot be used")
    if problems:
        return JSONResponse({"status": "not ready", "reasons": problems}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics", tags=["operating"], responses=responses(200))
async def metrics(request: Request) -> Response:
    """The figures for Prometheus."""
    return Response(services(request).metrics.text(), media_type=CONTENT_TYPE)
