"""CodeProject.AI's interface, which cameras' recorders speak."""

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from numberplate.server.body import Form, read_form
from numberplate.server.interfaces.openapi import form_of, responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import services
from numberplate.server.worker import Job, Options

router = APIRouter(tags=["CodeProject.AI"])

_MIN_CONFIDENCE = 0.4
"""CodeProject.AI's own."""


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
    shared = services(request)
    with shared.reads.admit() as upload:
        form = await read_form(request, shared.settings, upload)
        least = form.number("min_confidence", _MIN_CONFIDENCE)
        picture, filename = _picture(form)
        job = Job(
            picture, filename or "upload", Options(min_confidence=least), keep_as=shared.keep_as("alpr")
        )
        reading = await shared.reads.read(request, job)
        headers = await shared.keep(reading)
    shared.statistics.count()
    found = [_prediction(plate.to_dict()) for plate in reading.report.plates]
    texts = ", ".join(prediction["plate"] for prediction in found)
    milliseconds = round(1000 * (time.perf_counter() - start))
    return JSONResponse(
        {
            "success": True,
            "message": f"Found {texts}" if found else "No plates found",
            "count": len(found),
            "predictions": found,
            "inferenceMs": round(reading.report.milliseconds),
            "processMs": milliseconds,
            "analysisRoundTripMs": milliseconds,
            "code": 200,
            "command": "alpr",
            "moduleId": "numberplate",
            "moduleName": "numberplate",
            "executionProvider": "CPU",
            "canUseGPU": False,
        },
        headers=headers,
    )


def _picture(form: Form) -> tuple[bytes | str, str]:
    for name in ("upload", "image"):
        if name in form.files:
            return form.files[name]
        text = form.text(name)
        if text:
            return text, ""
    raise Refusal(400, "upload: a picture is needed, as a file")


def _prediction(plate: dict[str, Any]) -> dict[str, Any]:
    x, y, width, height = plate["box"]
    return {
        "label": f"Plate: {plate['text']}",
        "plate": plate["text"],
        "confidence": plate["confidence"],
        "x_min": round(x),
        "y_min": round(y),
        "x_max": round(x + width),
        "y_max": round(y + height),
    }
