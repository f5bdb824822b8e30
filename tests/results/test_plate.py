import json

import numpy as np
import pytest

from numberplate.reading import Candidate, Character, Plate, Region

CORNERS = np.array([(10.123, 20), (110, 25.5), (109, 55), (9, 50)], np.float32)


def make(**changes: object) -> Plate:
    values = {
        "text": "AB1",
        "confidence": 0.912345,
        "detection_confidence": 0.99,
        "corners": CORNERS,
        "characters": tuple(Character(c, 0.95) for c in "AB1"),
        "candidates": (Candidate("AB1", 0.912345), Candidate("A81", 0.05)),
        "regions": (Region("xa", 0.712345), Region("xb-c", 0.2)),
    }
    return Plate(**(values | changes))  # type: ignore[arg-type]


def test_json_is_what_others_rely_on() -> None:
    assert json.loads(json.dumps(make().to_dict())) == {
        "text": "AB1",
        "confidence": 0.9123,
        "detection_confidence": 0.99,
        "corners": [[10.12, 20.0], [110.0, 25.5], [109.0, 55.0], [9.0, 50.0]],
        "box": [9.0, 20.0, 101.0, 35.0],
        "characters": [{"text": c, "confidence": 0.95} for c in "AB1"],
        "candidates": [{"text": "AB1", "confidence": 0.9123}, {"text": "A81", "confidence": 0.05}],
        "region": {"code": "xa", "confidence": 0.7123},
        "regions": [{"code": "xa", "confidence": 0.7123}, {"code": "xb-c", "confidence": 0.2}],
        "script": "latin",
        "latin": "AB1",
        "cut": [],
        "rows": ["AB1"],
    }


def test_rows_are_told_from_the_top() -> None:
    plate = make(rows=("A", "B1"))
    assert plate.rows == ("A", "B1")
    assert plate.to_dict()["rows"] == ["A", "B1"]


@pytest.mark.parametrize(
    ("regions", "named"),
    [
        ([], None),
        ([("gb", 0.5), ("ie", 0.4)], None),
        ([("gb", 0.51)], ("gb", 0.51)),
        ([("us-tx", 0.3), ("gb", 0.2), ("us-ca", 0.25), ("us", 0.1)], ("us", 0.65)),
        ([("us-tx", 0.6), ("us-ca", 0.3)], ("us-tx", 0.6)),
    ],
)
def test_a_region_is_named_only_where_it_is_more_likely_than_not(
    regions: list[tuple[str, float]], named: tuple[str, float] | None
) -> None:
    region = make(regions=tuple(Region(*r) for r in regions)).region
    assert (None if region is None else (region.code, pytest.approx(region.confidence))) == named


def test_a_text_of_another_script_has_latin_letters_too() -> None:
    text = "皖A12345"
    plate = make(
        text=text,
        script="han",
        characters=tuple(Character(c, 0.9) for c in text),
        candidates=(Candidate(text, 0.9),),
        cut=("left", "top"),
    )
    assert plate.latin == "AHA12345"
    assert plate.to_dict()["cut"] == ["left", "top"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"corners": CORNERS[:3]}, r"expected shape \(4, 2\), got \(3, 2\)"),
        ({"corners": CORNERS.ravel()}, r"expected shape \(4, 2\), got \(8,\)"),
        ({"corners": CORNERS * np.inf}, "finite"),
        ({"cut": ("north",)}, "Plate.cut: expected some of"),
        ({"confidence": 1.2}, r"Plate.confidence: .* 0\.\.1, got 1\.2"),
        ({"detection_confidence": float("nan")}, "detection_confidence"),
        ({"text": "AB12"}, "expected those of 'AB12', got 'AB1'"),
        ({"candidates": (Candidate("A81", 0.05),)}, "expected 'AB1' first"),
        (
            {"regions": (Region("xa", 0.7), Region("xb", 0.4))},
            r"Plate.regions: .* sum of 1 at most, got 1\.1",
        ),
    ],
)
def test_fields_are_checked(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_plate_does_not_change_with_its_callers_array() -> None:
    corners = CORNERS.copy()
    plate = make(corners=corners)
    corners[:] = 0
    assert (plate.corners == CORNERS).all()
    with pytest.raises(ValueError, match="read-only"):
        plate.corners[0] = 0
