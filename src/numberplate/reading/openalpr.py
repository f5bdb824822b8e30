"""A reading as OpenALPR's command `alpr` prints it, for programs that take that: as JSON, and as text."""

from collections.abc import Iterator, Sequence
from typing import Any

from numberplate.plates.formats import RegionError, canonical_code, known_codes
from numberplate.reading.report import Report
from numberplate.results.plate import Candidate, Plate, Region

_COUNTRIES = {
    "auwide": ("au",),
    "br2": ("br",),
    "eu": tuple(
        [
            "ad",
            "al",
            "at",
            "ax",
            "ba",
            "be",
            "bg",
            "by",
            "ch",
            "cy",
            "cz",
            "de",
            "dk",
            "ee",
            "es",
            "fi",
            "fo",
            "fr",
            "gb",
            "gg",
            "gi",
            "gr",
            "hr",
            "hu",
            "ie",
            "im",
            "is",
            "it",
            "je",
            "li",
            "lt",
            "lu",
            "lv",
            "mc",
            "md",
            "me",
            "mk",
            "mt",
            "nl",
            "no",
            "pl",
            "pt",
            "ro",
            "rs",
            "se",
            "si",
            "sk",
            "sm",
            "ua",
            "va",
            "xk",
        ]
    ),
    "kr2": ("kr",),
    "na": ("us", "ca", "mx"),
    "us": ("us", "ca"),
    "vn2": ("vn",),
}
"""OpenALPR's names of training data that are no codes of regions."""


def openalpr_regions(country: str, pattern: str = "") -> tuple[str, ...]:
    """The regions to expect for OpenALPR's country, such as `us`, `eu` or `au,auwide`, and its pattern.

    `pattern`: a state or country within, such as `md` of `us` or `fr` of `eu`, expected alone. Raises
    RegionError where one of them is not known.
    """
    known = known_codes()
    found: dict[str, None] = {}
    for name in country.split(","):
        code = canonical_code(name)
        regions = _COUNTRIES.get(code, (code,))
        if not known.intersection(regions):
            countries = sorted({*_COUNTRIES, *(c for c in known if "-" not in c)})
            raise RegionError(f"no country {name!r}; known: {', '.join(countries)}")
        found |= dict.fromkeys(r for r in regions if r in known)
    if pattern:
        wanted = canonical_code(pattern)
        within = [r for r in (*(f"{region}-{wanted}" for region in found), wanted) if r in known]
        if not within:
            raise RegionError(f"no pattern {pattern!r} of the country {country!r}")
        return (within[0],)
    return tuple(found)


def openalpr_lines(report: Report, requested: int = 10, with_region: bool = False) -> Iterator[str]:
    """The lines of `alpr` without -j. `with_region`: as its option -d has it.

    Raises ValueError for a picture that could not be read.
    """
    results = to_openalpr(report, 0, requested)["results"]
    if not results:
        yield "No license plates found."
    for i, result in enumerate(results):
        yield f"plate{i}: {len(result['candidates'])} results"
        if with_region and result["region"]:
            yield f"State ID: {result['region']} ({result['region_confidence']}% confidence)"
        for candidate in result["candidates"]:
            yield (
                f"    - {candidate['plate']}\t confidence: {candidate['confidence']:.6g}"
                f"\t pattern_match: {candidate['matches_template']}"
            )


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
    region = plate.region or Region("", 0.0)
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
