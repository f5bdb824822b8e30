"""OpenALPR's JSON."""

import numpy as np
import pytest

from numberplate.reading import Candidate, Character, Plate, Region, RegionError, Report
from numberplate.reading.openalpr import openalpr_lines, openalpr_regions, to_openalpr


def plate(text: str, *regions: Region) -> Plate:
    return Plate(
        text,
        0.875,
        0.99,
        np.array([(10.4, 20.6), (110, 20), (110, 45), (10, 45)], np.float32),
        tuple(Character(c, 0.9) for c in text),
        (Candidate(text, 0.875), Candidate("AB12", 0.0625), Candidate("AB1", 0.01)),
        regions,
    )


def test_fields_units_and_ranges() -> None:
    report = Report("car.jpg", 640, 480, 12.5, (plate("AB123", Region("gb", 0.666)), plate("AB123")))
    found = to_openalpr(report, 1_700_000_000_123, 2)
    assert {name: value for name, value in found.items() if name != "results"} == {
        "version": 2,
        "data_type": "alpr_results",
        "epoch_time": 1_700_000_000_123,
        "img_width": 640,
        "img_height": 480,
        "processing_time_ms": 12.5,
        "regions_of_interest": [{"x": 0, "y": 0, "width": 640, "height": 480}],
    }
    first, second = found["results"]
    assert first == {
        "plate": "AB123",
        "confidence": 87.5,
        "matches_template": 1,
        "plate_index": 0,
        "region": "gb",
        "region_confidence": 67,
        "processing_time_ms": 0.0,
        "requested_topn": 2,
        "coordinates": [{"x": 10, "y": 21}, {"x": 110, "y": 20}, {"x": 110, "y": 45}, {"x": 10, "y": 45}],
        "candidates": [
            {"plate": "AB123", "confidence": 87.5, "matches_template": 1},
            {"plate": "AB12", "confidence": 6.25, "matches_template": 0},
        ],
    }
    assert (second["plate_index"], second["region"], second["matches_template"]) == (1, "", 0)


def test_unreadable_picture_has_none() -> None:
    with pytest.raises(ValueError, match="truncated"):
        to_openalpr(Report("car.jpg", error="truncated JPEG"), 0)


def test_lines() -> None:
    report = Report("car.jpg", 640, 480, 12.5, (plate("AB123", Region("gb", 0.666)), plate("AB124")))
    assert list(openalpr_lines(report, 2, with_region=True)) == [
        "plate0: 2 results",
        "State ID: gb (67% confidence)",
        "    - AB123\t confidence: 87.5\t pattern_match: 1",
        "    - AB12\t confidence: 6.25\t pattern_match: 0",
        "plate1: 2 results",
        "    - AB124\t confidence: 87.5\t pattern_match: 0",
        "    - AB12\t confidence: 6.25\t pattern_match: 0",
    ]
    assert list(openalpr_lines(Report("car.jpg", 640, 480))) == ["No license plates found."]


@pytest.mark.parametrize(
    ("country", "pattern", "regions"),
    [
        ("us", "", {"us", "ca"}),
        ("us", "md", {"us-md"}),
        ("eu", "fr", {"fr"}),
        ("au,auwide", "", {"au"}),
        ("uk", "", {"gb"}),
        ("br2", "", {"br"}),
    ],
)
def test_countries(country: str, pattern: str, regions: set[str]) -> None:
    assert set(openalpr_regions(country, pattern)) == regions


def test_europe_is_all_of_it() -> None:
    assert {"de", "fr", "gb", "pl", "ua"} <= set(openalpr_regions("eu"))
    assert not {"us", "br"} & set(openalpr_regions("eu"))


@pytest.mark.parametrize(("country", "pattern"), [("xx", ""), ("", ""), ("us", "zz")])
def test_unknown_countries(country: str, pattern: str) -> None:
    with pytest.raises(RegionError, match=r"no (country|pattern)"):
        openalpr_regions(country, pattern)
