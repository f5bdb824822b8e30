from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from numberplate.results.plate import Candidate, Character
from numberplate.results.sighting import Sighting

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CORNERS = np.array([(1.5, 2), (50, 2), (50, 12.25), (1, 12)], np.float32)
SEEN = Sighting(
    source="rtsp://user:secret@gate/1",
    text="皖A1",
    confidence=0.9,
    characters=tuple(Character(c, 0.98) for c in "皖A1"),
    candidates=(Candidate("皖A1", 0.9),),
    regions=(),
    first_seen=NOON,
    last_seen=NOON,
    frames=1,
    corners=CORNERS,
    path=CORNERS[:1],
    direction=None,
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confidence": 1.01}, "confidence: expected a probability"),
        ({"confidence": float("nan")}, "confidence: expected a probability"),
        ({"first_seen": NOON + timedelta(seconds=1)}, "last_seen: .* is before"),
        ({"last_seen": NOON.astimezone(timezone(timedelta(hours=1)))}, "last_seen: expected a time in UTC"),
        ({"first_seen": NOON.replace(tzinfo=None)}, "first_seen: expected a time in UTC"),
        ({"frames": 0}, "frames: expected at least 1"),
        ({"direction": "up"}, "direction: got 'up'"),
        ({"cut": ("front",)}, "cut: expected some of"),
        ({"corners": CORNERS[:3]}, r"corners: expected shape \(4, 2\)"),
        ({"path": CORNERS[:0]}, r"path: expected shape \(n, 2\)"),
    ],
)
def test_what_is_out_of_range_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(SEEN, **changes)


def test_it_keeps_neither_a_password_nor_its_makers_arrays() -> None:
    assert SEEN.source == "rtsp://gate/1"
    assert SEEN.latin == "AHA1"
    with pytest.raises(ValueError, match="read-only"):
        SEEN.corners[0] = 0
    CORNERS[0, 0] += 1
    try:
        assert SEEN.corners[0, 0] == SEEN.path[0, 0] == 1.5
    finally:
        CORNERS[0, 0] -= 1
