"""OpenALPR's cloud (Rekor CarCheck), versions 2 and 3: what its clients send, and what they expect."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, cast, get_args
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from numberplate.plates.formats import RegionError
from numberplate.reading import Report
from numberplate.reading.openalpr import openalpr_regions, to_openalpr
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import Services, services
from numberplate.server.uploads.body import read_bytes, read_form
from numberplate.server.uploads.fetch import fetch_picture
from numberplate.server.usage import NO_LIMIT
from numberplate.server.workers.worker import Job, Options

router = APIRouter(tags=["OpenALPR"])

_STATUSES = (200, 400, 408, 413, 415, 422, 503)


_MOST_TEXTS = 1000
"""OpenALPR's own bound of `topn`."""

_MOST_READ = 100
"""Texts that are looked for: beyond them none has a probability to speak of."""

_Switch = Literal["0", "1", "true", "false", "True", "False"]


@dataclass(frozen=True)
class _Asked:
    """The parameters that all addresses have."""

    country: Annotated[str, Query(max_length=200, description="Such as us, eu, gb or au,auwide.")] = ""
    state: Annotated[str, Query(max_length=10, description="A state or country within: md, fr.")] = ""
    topn: Annotated[int, Query(ge=1, le=_MOST_TEXTS, description="Texts that each plate offers.")] = 10
    return_image: Annotated[_Switch, Query()] = "0"
    secret_key: Annotated[
        str, Query(max_length=200, description="A token, where the server asks for one.")
    ] = ""


Asked = Annotated[_Asked, Depends()]


@router.post("/v3/recognize", openapi_extra=form_of(image="picture"), responses=responses(*_STATUSES))
@router.post("/v2/recognize", openapi_extra=form_of(image="picture"), responses=responses(*_STATUSES))
async def recognize(request: Request, asked: Asked) -> JSONResponse:
    """Reads a picture, the file `image` of a form. Vehicles are not recognized."""
    shared = services(request)
    with shared.reads.admit(request) as upload:
        form = await read_form(request, shared.settings, upload)
        # Some clients send what belongs to the address with the form.
        asked = replace(
            asked,
            country=form.text("country", 200) or asked.country,
            state=form.text("state", 10) or asked.state,
            topn=_top(form.text("topn", 10)) or asked.topn,
            return_image=_switch(form.text("return_image", 10)) or asked.return_image,
        )
        if "image" in form.files:
            picture: bytes | str = form.files["image"][0]
        elif text := form.text("image_bytes") or form.text("image"):
            picture = text
        else:
            raise Refusal(400, "image: a picture is needed, as a file")
        return await _reply(request, shared, picture, asked)


def _top(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_TEXTS:
        raise Refusal(422, f"topn: expected a number in 1..{_MOST_TEXTS}, got {text!r}")
    return int(text)


def _switch(text: str | None) -> _Switch | None:
    if not text:
        return None
    if text not in get_args(_Switch):
        raise Refusal(422, f"return_image: expected 0 or 1, got {text!r}")
    return cast(_Switch, text)


_BYTES = {"requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.post("/v3/recognize_bytes", openapi_extra=_BYTES, responses=responses(*_STATUSES))
@router.post("/v2/recognize_bytes", openapi_extra=_BYTES, responses=responses(*_STATUSES))
async def recognize_bytes(request: Request, asked: Asked) -> JSONResponse:
    """Reads a picture, the body in Base64, also as a string of JSON, whatever its Content-Type. Vehicles are
    not recognized."""
    shared = services(request)
    with shared.reads.admit(request) as upload:
        body = await read_bytes(request, shared.settings, upload)
        if not body:
            raise Refusal(400, "a picture is needed, as the body in Base64")
        picture = await asyncio.to_thread(_base64, body)
        return await _reply(request, shared, picture, asked)


def _base64(body: bytes) -> str:
    """The text of a body, which its generated clients send as a string of JSON. Raises Refusal."""
    text = body.decode("latin-1").strip()
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        raise Refusal(400, "the body: neither Base64 nor a string of JSON") from None


@router.post("/v3/recognize_url", responses=responses(*_STATUSES))
@router.post("/v2/recognize_url", responses=responses(*_STATUSES))
async def recognize_url(
    request: Request,
    image_url: Annotated[str, Query(max_length=2000)],
    asked: Asked,
) -> JSONResponse:
    """Reads the picture at a public address, where the settings have `fetch_urls`."""
    shared = services(request)
    with shared.reads.admit(request) as upload:
        picture = await fetch_picture("image_url", image_url, shared.settings, upload)
        return await _reply(request, shared, picture, asked)


async def _reply(request: Request, shared: Services, picture: bytes | str, asked: _Asked) -> JSONResponse:
    start = time.perf_counter()
    try:
        regions = openalpr_regions(asked.country, asked.state) if asked.country else None
    except RegionError as error:
        raise Refusal(400, str(error)) from None
    options = Options(regions=regions, candidates=min(asked.topn, _MOST_READ))
    job = Job(picture, "", options, keep_as=await shared.keep_as("openalpr"))
    reading = await shared.reads.read(request, job)
    headers = await shared.keep(job, reading)
    shared.statistics.count()
    body = _body(reading.report, asked.topn, 1000 * (time.perf_counter() - start), shared)
    if asked.return_image.lower() not in ("1", "true"):
        return JSONResponse(body, headers=headers)
    # Megabytes of JSON: not on the event loop.
    return await asyncio.to_thread(_with_picture, body, picture, headers)


def _with_picture(body: dict[str, Any], picture: bytes | str, headers: dict[str, str]) -> JSONResponse:
    encoded = picture if isinstance(picture, str) else base64.b64encode(picture).decode("ascii")
    return JSONResponse(body | {"image_bytes": encoded}, headers=headers)


def _body(report: Report, top: int, milliseconds: float, shared: Services) -> dict[str, Any]:
    found = to_openalpr(report, time.time_ns() // 1_000_000, top)
    reading = found.pop("processing_time_ms")
    # Vehicles are not known here: the lists that clients look into are empty.
    none: dict[str, list[Any]] = {
        name: [] for name in ("color", "make", "make_model", "body_type", "year", "orientation")
    }
    whole = {"x": 0, "y": 0, "width": 0, "height": 0}
    results = [result | {"vehicle": none, "vehicle_region": whole} for result in found.pop("results")]
    return found | {
        "uuid": str(uuid4()),
        "error": False,
        "results": results,
        "vehicles": [],
        "processing_time": {"plates": reading, "vehicles": 0.0, "total": round(milliseconds, 3)},
        "credit_cost": 0,
        "credits_monthly_used": shared.statistics.to_dict()["usage"]["calls"],
        "credits_monthly_total": NO_LIMIT,
    }
