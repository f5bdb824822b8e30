"""What commands print of a picture."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from numberplate.peers.answers import Found, parse_output
from numberplate.peers.programs import may_be_a_plate

OPENALPR = {
    "version": 2,
    "results": [
        {
            "plate": "AB12CDE",
            "confidence": 91.5,
            "coordinates": [{"x": 10, "y": 20}, {"x": 60, "y": 22}, {"x": 59, "y": 40}, {"x": 9, "y": 38}],
        }
    ],
}
OURS = {"source": "x", "plates": [{"text": "AB12CDE", "confidence": 0.9, "box": [1, 2, 3, 4], "more": 1}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("AB12CDE\n\nGOKX417 0.5\n", [Found("AB12CDE"), Found("GOKX417", 0.5)]),
        ("AB 12 CDE 0.75", [Found("AB 12 CDE", 0.75)]),
        ("AB 12", [Found("AB 12")]),  # no confidence, but a part of the text
        ("AB 1", [Found("AB 1")]),
        ("B MW 0", [Found("B MW 0")]),
        ("AB12CDE 1", [Found("AB12CDE", 1.0)]),
        ("TAXI 1.0", [Found("TAXI", 1.0)]),
        ("0.5", [Found("0.5")]),
        (json.dumps(OPENALPR), [Found("AB12CDE", 0.915, (9, 20, 51, 20))]),
        (json.dumps(OURS), [Found("AB12CDE", 0.9, (1, 2, 3, 4))]),
        ('{"plates": []}', []),
    ],
)
def test_output(text: str, expected: list[Found]) -> None:
    assert parse_output(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"plates": 1}',
        '{"results": [{}]}',
        '{"plates": [{"text": "A"}]}',
        '{"plates": ' + "[" * 100_000,
        '{"plates": [{"text": "A", "confidence": 1, "box": [1, 2, 1e300, 4]}]}',
        '{"plates": [{"text": "A", "confidence": 1, "box": [NaN, 2, 3, 4]}]}',
        '{"plates": [{"text": "A", "confidence": 1' + "0" * 400 + ', "box": [1, 2, 3, 4]}]}',
    ],
)
def test_what_is_not_understood(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_output(text)


@given(
    st.text()
    | st.builds(json.dumps, st.dictionaries(st.sampled_from(["plates", "results"]), st.lists(st.none())))
)
@example('{"plates": [{"text": "A", "confidence": Infinity, "box": [1, 2, 3, 4]}]}')
def test_any_text_gives_plates_or_a_value_error(text: str) -> None:
    try:
        found = parse_output(text)
    except ValueError:
        return
    assert all(0 <= one.confidence <= 1 for one in found)


def test_texts_that_may_be_plates() -> None:
    assert [
        t for t in ("TAXI", "AB 12-CD", "2026", "12", "A1B2C3D4E5", "A1B2C3D4E5F") if may_be_a_plate(t)
    ] == [
        "AB 12-CD",
        "2026",
        "A1B2C3D4E5",
    ]
