"""Options of the bridge that cannot be."""

from typing import Any

import pytest

from numberplate.frigate import BridgeOptions


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"min_confidence": 1.5}, "min_confidence: expected a probability in 0..1, got 1.5"),
        ({"min_confidence": float("nan")}, "min_confidence: expected a probability"),
        ({"clip_wait": -1.0}, "clip_wait: expected seconds"),
        ({"topic": ""}, "topic: expected a topic without wildcards"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        BridgeOptions(**options)
