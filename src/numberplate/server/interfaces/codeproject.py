"""CodeProject.AI's interface, and DeepStack's before it, which cameras' recorders and home automation speak.

Of objects, plates alone are known here: detection and custom models find these, and give their texts too.
"""

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse

from numberplate import __version__
from numberplate.models.device import CPU, candidates
from numberplate.reading import Plate, Report
from numberplate.server.interfaces.box import box_within
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import services
from numberplate.server.uploads.body import Form, read_form
from numberplate.server.workers.worker import Job, Options, Reading

router = APIRouter(tags=["CodeProject.AI"])

_MIN_CONFIDENCE = 0.4
"""CodeProject.AI's own."""

CUSTOM_MODELS = ("license-plate",)
"""The custom models that there are: called as CodeProject.AI's with the labels DayPlate and NightPlate."""

_MODULE = {"moduleId": "ALPR", "name": "License Plate Reader", "version": __version__}


@router.post(
    "/v1/vision/alpr",
    openapi_extra=form_of(upload="picture", min_confidence="string", operation="string"),
    responses=responses(200, 400, 408, 413, 415, 503),
)
@router.post("/v1/image/alpr", include_in_schema=False)
async def alpr(request: Request) -> JSONResponse:
    """Reads a picture, the file `upload` or `image`. Plates less sure than `min_confidence`, 0.4 if it is not
    given, are left out."""
    start = time.perf_counter()
    reading, plates, headers = await _read(request, objects=False)
    found = [_plate(plate, reading.report) for plate in plates]
    texts = ", ".join(prediction["plate"] for prediction in found)
    message = f"Found {texts}" if found else "No plates found"
    return JSONResponse(_reply(request, "alpr", message, found, reading, start), headers=headers)


@router.post(
    "/v1/vision/detection",
    openapi_extra=form_of(image="picture", min_confidence="string"),
    responses=responses(200, 400, 408, 413, 415, 503),
)
async def detection(request: Request) -> JSONResponse:
    """Finds objects in a picture, the file `image` or `upload`. Plates alone are known, with the label
    `license_plate`; each has its text as `plate`. Those less sure to be plates than `min_confidence` are left
    out."""
    start = time.perf_counter()
    reading, plates, headers = await _read(request, objects=True)
    found = [_object(plate, reading.report, "license_plate") for plate in plates]
    return JSONResponse(_reply(request, "detect", _labels(found), found, reading, start), headers=headers)


@router.get("/v1/vision/custom/list", responses=responses(200))
@router.post("/v1/vision/custom/list", responses=responses(200))
async def custom_models(request: Request) -> dict[str, Any]:
    """The names of the custom models."""
    found = {"success": True, "models": list(CUSTOM_MODELS), "code": 200, "command": "list-custom"}
    return found | _who(request)


@router.post(
    "/v1/vision/custom/{model}",
    openapi_extra=form_of(image="picture", min_confidence="string"),
    responses=responses(200, 400, 404, 408, 413, 415, 503),
)
async def custom(request: Request, model: Annotated[str, Path(max_length=100)]) -> JSONResponse:
    """Finds objects with a custom model, of which there is one: `license-plate` finds plates, with the label
    `DayPlate`, or `NightPlate` where the picture has no colours. Each has its text as `plate`."""
    if model.lower() not in CUSTOM_MODELS:
        raise Refusal(404, f"no custom model {model!r}; there are {', '.join(CUSTOM_MODELS)}")
    start = time.perf_counter()
    reading, plates, headers = await _read(request, objects=True)
    label = "NightPlate" if reading.grey else "DayPlate"
    found = [_object(plate, reading.report, label) for plate in plates]
    return JSONResponse(_reply(request, "custom", _labels(found), found, reading, start), headers=headers)


@router.get("/v1/status/ping", responses=responses(200))
@router.get("/v1/server/status/ping", include_in_schema=False)
async def ping() -> dict[str, Any]:
    """Whether the server runs."""
    return {"success": True}


@router.get("/v1/status/version", responses=responses(200))
@router.get("/v1/server/status/version", include_in_schema=False)
async def version() -> dict[str, Any]:
    """The version of numberplate."""
    major, minor, patch = map(int, re.findall(r"\d+", __version__)[:3])  # 1.0.0rc1 is one, too
    return {
        "success": True,
        "message": __version__,
        "version": {"major": major, "minor": minor, "patch": patch, "preRelease": ""},
    }


@router.get("/v1/status/updateavailable", responses=responses(200))
@router.get("/v1/server/status/updateavailable", include_in_schema=False)
async def update_available() -> dict[str, Any]:
    """That nothing is asked of anybody about updates."""
    return {"success": True, "updateAvailable": False, "message": __version__}


@router.get("/v1/status/analysis/list", responses=responses(200))
@router.get("/v1/server/status/analysis/list", include_in_schema=False)
async def statuses(request: Request) -> dict[str, Any]:
    """What runs: the reading of plates."""
    calls = services(request).statistics.total
    return {"success": True, "statuses": [_MODULE | {"status": "Started", "processed": calls}]}


@router.get("/v1/module/list", responses=responses(200))
@router.get("/v1/module/list/", include_in_schema=False)
@router.get("/v1/module/list/installed", include_in_schema=False)
@router.get("/v1/module/list/running", include_in_schema=False)
async def modules() -> dict[str, Any]:
    """The modules that are installed: the one that reads plates."""
    installed = {"installed": True, "status": "Installed", "description": "Reads vehicle number plates"}
    return {"success": True, "modules": [_MODULE | installed]}


async def _read(request: Request, objects: bool) -> tuple[Reading, list[Plate], dict[str, str]]:
    """What the picture of a request gave, the plates that are sure enough for it, and the reply's headers.

    Of `objects`, the confidence is that of there being a plate, else that of the text.
    """
    shared = services(request)
    with shared.reads.admit(request) as upload:
        form = await read_form(request, shared.settings, upload)
        least = form.number("min_confidence", _MIN_CONFIDENCE)
        picture, filename = _picture(form)
        options = Options() if objects else Options(min_confidence=least)
        job = Job(picture, filename or "upload", options, keep_as=await shared.keep_as("alpr"))
        reading = await shared.reads.read(request, job)
        headers = await shared.keep(job, reading)
    shared.statistics.count()
    plates = [plate for plate in reading.report.plates if not objects or plate.detection_confidence >= least]
    return reading, plates, headers


def _who(request: Request) -> dict[str, Any]:
    # Each process takes the fastest of its own accord where several may be.
    devices = candidates(services(request).settings.device)
    return {
        "moduleId": _MODULE["moduleId"],
        "moduleName": _MODULE["name"],
        "executionProvider": " or ".join(device.upper() for device in devices),
        "canUseGPU": devices != [CPU],
    }


def _reply(
    request: Request,
    command: str,
    message: str,
    found: list[dict[str, Any]],
    reading: Reading,
    start: float,
) -> dict[str, Any]:
    milliseconds = round(1000 * (time.perf_counter() - start))
    return {
        "success": True,
        "message": message,
        "count": len(found),
        "predictions": found,
        "inferenceMs": round(reading.report.milliseconds),
        "processMs": milliseconds,
        "analysisRoundTripMs": milliseconds,
        "code": 200,
        "command": command,
    } | _who(request)


def _labels(found: list[dict[str, Any]]) -> str:
    return f"Found {', '.join(f['label'] for f in found)}" if found else "No objects found"


def _picture(form: Form) -> tuple[bytes | str, str]:
    for name in ("upload", "image"):
        if name in form.files:
            return form.files[name]
        text = form.text(name)
        if text:
            return text, ""
    raise Refusal(400, "upload: a picture is needed, as a file")


def _plate(plate: Plate, report: Report) -> dict[str, Any]:
    return _box(plate, report) | {
        "label": f"Plate: {plate.text}",
        "plate": plate.text,
        "confidence": round(plate.confidence, 4),
    }


def _object(plate: Plate, report: Report, label: str) -> dict[str, Any]:
    """A plate as an object: its confidence is that there is one."""
    return _box(plate, report) | {
        "label": label,
        "plate": plate.text,
        "confidence": round(plate.detection_confidence, 4),
    }


def _box(plate: Plate, report: Report) -> dict[str, Any]:
    return dict(zip(("x_min", "y_min", "x_max", "y_max"), box_within(plate, report), strict=True))
