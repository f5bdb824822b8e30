"""Plate Recognizer's interface: what its clients send, and what they expect."""

import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from numberplate.plates.formats import known_codes
from numberplate.reading import Plate
from numberplate.server.body import Form, read_form
from numberplate.server.fetch import FetchError, fetch
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.memory import Upload
from numberplate.server.refusal import Refusal
from numberplate.server.services import Services, services
from numberplate.server.worker import Job, Options

router = APIRouter(tags=["Plate Recognizer"])

_NO_BOX = {"xmin": 0, "ymin": 0, "xmax": 0, "ymax": 0}


@router.post(
    "/v1/plate-reader/",
    status_code=201,
    openapi_extra=form_of(
        upload="picture",
        regions="list",
        camera_id="string",
        timestamp="string",
        mmc="string",
        config="string",
    ),
    responses=responses(201, 400, 408, 413, 415, 429),
)
@router.post("/v1/plate-reader", status_code=201, include_in_schema=False)
async def plate_reader(request: Request) -> JSONResponse:
    """Reads a picture: `upload` is a file or Base64. Regions are preferred, or with `{"region": "strict"}` in
    `config` the only ones; those that are not known here are passed over. Makes, models, colours and vehicles
    are not known here: their fields are empty."""
    shared = services(request)
    with shared.reads.admit() as upload:
        form = await read_form(request, shared.settings, upload)
        camera_id, timestamp = form.text("camera_id", 200), form.text("timestamp", 100)
        config = _config(form)
        regions = tuple(sorted(_regions(form) & known_codes()))
        strict = config.get("region") == "strict"
        if strict and not regions:
            raise Refusal(400, "config: region is strict, but no region is given that is known here")
        least_detection, least_text = _threshold(config, "threshold_d"), _threshold(config, "threshold_o")
        picture, filename = await _picture(form, shared, upload)
        keep_as = shared.keep_as(camera_id or "plate-reader")
        job = Job(picture, filename or "upload", Options(regions=regions or None), keep_as=keep_as)
        reading = await shared.reads.read(request, job)
        headers = await shared.keep(reading)
    mmc = form.text("mmc") in ("true", "True", "1")
    report = reading.report
    results = [
        _result(plate, regions if strict else (), mmc)
        for plate in report.plates
        if plate.detection_confidence >= least_detection and plate.confidence >= least_text
    ]
    shared.statistics.count()
    usage = shared.statistics.to_dict()["usage"]
    reply = {
        "processing_time": round(report.milliseconds, 3),
        "results": [result for result in results if result is not None],
        "filename": filename,
        "version": 1,
        "camera_id": camera_id or None,
        "timestamp": timestamp or _now(),
        "image_width": report.width,
        "image_height": report.height,
        # Nothing is metered here: the number is there for clients that subtract from it.
        "usage": {"calls": usage["calls"], "max_calls": 2**31 - 1},
    }
    return JSONResponse(reply, 201, headers)


@router.get("/v1/statistics/", responses=responses(200))
@router.get("/v1/statistics", include_in_schema=False)
async def statistics(request: Request) -> JSONResponse:
    """Calls in this month and since the server was started."""
    return JSONResponse(services(request).statistics.to_dict())


async def _picture(form: Form, shared: Services, upload: Upload) -> tuple[bytes | str, str]:
    if "upload" in form.files:
        return form.files["upload"]
    text = form.text("upload")
    if text:
        return text, ""
    url = form.text("upload_url")
    if not url:
        raise Refusal(400, "upload: a picture is needed, as a file or in Base64")
    if not shared.settings.fetch_urls:
        raise Refusal(400, "upload_url: this server fetches nothing; send the picture itself as upload")
    seconds, limit = shared.settings.upload_seconds, shared.settings.max_bytes
    try:
        return await fetch(url, limit, seconds, took=upload.took), ""
    except FetchError as error:
        raise Refusal(400, f"upload_url: {error}") from None


def _regions(form: Form) -> set[str]:
    """In lower case; those that are longer than any code are none."""
    given = ",".join(form.texts.get("regions", []))
    return {code.strip().lower() for code in given.split(",")}


def _config(form: Form) -> dict[str, Any]:
    text = form.text("config")
    if not text:
        return {}
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(400, "config: not JSON that can be read") from None
    if not isinstance(config, dict):
        raise Refusal(400, "config: expected a JSON object")
    return config


def _threshold(config: dict[str, Any], name: str) -> float:
    value = config.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Refusal(400, f"config: {name}: expected a number in 0..1")
    return float(value)


def _result(plate: Plate, only: tuple[str, ...], mmc: bool) -> dict[str, Any] | None:
    """One plate; None where its text is of none of the regions `only`, if there are any."""
    regions = list(plate.regions)
    if only:
        regions = [r for r in regions if r.code in only or r.code.partition("-")[0] in only]
        if not regions:
            return None
    x, y, width, height = plate.box
    result: dict[str, Any] = {
        "box": {"xmin": round(x), "ymin": round(y), "xmax": round(x + width), "ymax": round(y + height)},
        "plate": plate.text.lower(),
        "region": {
            "code": regions[0].code if regions else "",
            "score": round(regions[0].confidence, 3) if regions else 0.0,
        },
        "score": round(plate.confidence, 3),
        "candidates": [{"score": round(c.confidence, 3), "plate": c.text.lower()} for c in plate.candidates],
        "dscore": round(plate.detection_confidence, 3),
        "vehicle": {"score": 0.0, "type": "Unknown", "box": _NO_BOX},
    }
    if mmc:
        result |= {"model_make": [], "color": [], "orientation": []}
    return result


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
