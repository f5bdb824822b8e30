"""A reading in the JSON of OpenALPR's command `alpr -j`, for programs that take that."""

from collections.abc import Sequence
from typing import Any

from numberplate.reading.report import Report
from numberplate.results.plate import Candidate, Plate, Region


def to_openalpr(report: Report, epoch_milliseconds: int, requested: int = 5) -> dict[str, Any]:
    """One picture and its plates as `alpr -j` prints them: confidences are 0..100, corners whole pixels.

    The corners run clockwise from the plate's own top left. A plate's time is not measured apart from its
    picture's and is 0. `matches_template` is 1 for a text that is of the plate's region.

    Args:
        report: of a picture that could be read; ValueError otherwise.
        epoch_milliseconds: when it was read, since 1970.
        requested: how many candidates each plate was asked for.
    """
    if report.error is not None:
        raise ValueError(f"{report.source}: expected a picture that could be read, got {report.error!r}")
    return {
        "version": 2,
        "data_type": "alpr_results",
        "epoch_time": epoch_milliseconds,
        "img_width": report.width,
        "img_height": report.height,
        "processing_time_ms": round(report.milliseconds, 6),
        "regions_of_interest": [{"x": 0, "y": 0, "width": report.width, "height": report.height}],
        "results": [_result(plate, index, requested) for index, plate in enumerate(report.plates)],
    }


def _result(plate: Plate, index: int, requested: int) -> dict[str, Any]:
    region = plate.regions[0] if plate.regions else Region("", 0.0)
    return {
        "plate": plate.text,
        "confidence": _percent(plate.confidence),
        "matches_template": int(bool(region.code)),
        "plate_index": index,
        "region": region.code,
        "region_confidence": round(100 * region.confidence),
        "processing_time_ms": 0.0,
        "requested_topn": requested,
        "coordinates": [{"x": round(float(x)), "y": round(float(y))} for x, y in plate.corners],
        "candidates": _candidates(plate.candidates[:requested], plate.text, bool(region.code)),
    }


def _candidates(candidates: Sequence[Candidate], text: str, matches: bool) -> list[dict[str, Any]]:
    return [
        {
            "plate": candidate.text,
            "confidence": _percent(candidate.confidence),
            # Of the others it is not known which region they are of.
            "matches_template": int(matches and candidate.text == text),
        }
        for candidate in candidates
    ]


def _percent(probability: float) -> float:
    return round(100 * float(probability), 6)
