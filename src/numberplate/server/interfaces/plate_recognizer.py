"""Plate Recognizer's interface: what its clients send, and what they expect."""

import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from numberplate.plates.formats import canonical_code, known_codes
from numberplate.reading import Plate, Region, Report
from numberplate.results.plate import likely_region
from numberplate.server.interfaces.box import box_within
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import Services, services
from numberplate.server.uploads.body import Form, read_form
from numberplate.server.uploads.fetch import fetch_picture
from numberplate.server.uploads.memory import Upload
from numberplate.server.usage import NO_LIMIT
from numberplate.server.workers.worker import Job, Options

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
    responses=responses(201, 400, 408, 409, 413, 415, 429),
)
@router.post("/v1/plate-reader", status_code=201, include_in_schema=False)
async def plate_reader(request: Request) -> JSONResponse:
    """Reads a picture: `upload` is a file or Base64. Regions are preferred, or with `{"region": "strict"}` in
    `config` the only ones; those that are not known here are passed over. With
    `{"detection_mode": "vehicle"}` each result is a vehicle with its plate. Makes, models, colours and
    vehicles are not known here: their fields are empty."""
    shared = services(request)
    with shared.reads.admit(request) as upload:
        form = await read_form(request, shared.settings, upload)
        camera_id, timestamp = form.text("camera_id", 200), form.text("timestamp", 100)
        config = _config(form)
        wanted = _regions(form)
        regions = tuple(sorted(wanted & known_codes()))
        # Where no region is given, none is the wrong one.
        strict = config.get("region") == "strict" and bool(wanted)
        if strict and not regions:
            raise Refusal(400, "config: region is strict, but no region is given that is known here")
        least_detection, least_text = _threshold(config, "threshold_d"), _threshold(config, "threshold_o")
        picture, filename = await _picture(form, shared, upload)
        keep_as = await shared.keep_as("plate-reader", camera_id or "")
        job = Job(picture, filename or "upload", Options(regions=regions or None), keep_as=keep_as)
        reading = await shared.reads.read(request, job)
        headers = await shared.keep(job, reading)
    mmc = form.text("mmc") in ("true", "True", "1")
    report = reading.report
    plates = [
        plate
        for plate in report.plates
        if plate.detection_confidence >= least_detection
        and plate.confidence >= least_text
        and (not strict or _within(plate, regions))
    ]
    only = regions if strict else ()
    if config.get("detection_mode") == "vehicle":
        results = [_vehicle(plate, report, only, mmc) for plate in plates]
    else:
        results = [_result(plate, report, only, mmc) for plate in plates]
    shared.statistics.count()
    usage = shared.statistics.to_dict()["usage"]
    reply = {
        "processing_time": round(report.milliseconds, 3),
        "results": results,
        "filename": filename,
        "version": 1,
        "camera_id": camera_id or None,
        "timestamp": timestamp or _now(),
        "image_width": report.width,
        "image_height": report.height,
        "usage": {"calls": usage["calls"], "max_calls": NO_LIMIT},
    }
    return JSONResponse(reply, 201, headers)


@router.get("/v1/statistics/", responses=responses(200))
@router.get("/v1/statistics", include_in_schema=False)
async def statistics(request: Request) -> JSONResponse:
    """Calls in this month since the server was started, and `total_calls`: how many there may be."""
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
    return await fetch_picture("upload_url", url, shared.settings, upload), ""


def _regions(form: Form) -> set[str]:
    """In lower case; those that are longer than any code are none."""
    given = ",".join(form.texts.get("regions", []))
    return {canonical_code(code) for code in given.split(",") if code.strip()}


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


def _within(plate: Plate, only: tuple[str, ...]) -> tuple[Region, ...]:
    """The plate's regions that are of `only`, or parts of these."""
    return tuple(r for r in plate.regions if r.code in only or r.code.partition("-")[0] in only)


def _region(plate: Plate, only: tuple[str, ...]) -> Region | None:
    """The region to name, which is more likely than not: of `only`, if there are any, for it is certain then
    that the plate is of one of these."""
    if not only:
        return plate.region
    found = _within(plate, only)
    whole = sum(region.confidence for region in found)
    return likely_region(tuple(Region(region.code, region.confidence / whole) for region in found))


def _result(plate: Plate, report: Report, only: tuple[str, ...], mmc: bool) -> dict[str, Any]:
    region = _region(plate, only) or Region("", 0.0)
    result: dict[str, Any] = {
        "box": _box(plate, report),
        "plate": plate.text.lower(),
        "region": {"code": region.code, "score": round(region.confidence, 3)},
        "score": round(plate.confidence, 3),
        "candidates": [{"score": round(c.confidence, 3), "plate": c.text.lower()} for c in plate.candidates],
        "dscore": round(plate.detection_confidence, 3),
        "vehicle": {"score": 0.0, "type": "Unknown", "box": _NO_BOX},
    }
    if mmc:
        result |= {"model_make": [], "color": [], "orientation": []}
    return result


def _vehicle(plate: Plate, report: Report, only: tuple[str, ...], mmc: bool) -> dict[str, Any]:
    """The same in the shape of the detection mode "vehicle", where a plate belongs to a vehicle."""
    region = _region(plate, only)
    return {
        "plate": {
            "type": "Plate",
            "score": round(plate.detection_confidence, 3),
            "box": _box(plate, report),
            "props": {
                "plate": [
                    {"value": c.text.lower(), "score": round(c.confidence, 3)} for c in plate.candidates
                ],
                "region": [{"value": region.code, "score": round(region.confidence, 3)}] if region else [],
            },
        },
        "vehicle": {
            "type": "Unknown",
            "score": 0.0,
            "box": _NO_BOX,
            "props": {"make_model": [], "color": [], "orientation": []} if mmc else {},
        },
    }


def _box(plate: Plate, report: Report) -> dict[str, int]:
    return dict(zip(("xmin", "ymin", "xmax", "ymax"), box_within(plate, report), strict=True))


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
