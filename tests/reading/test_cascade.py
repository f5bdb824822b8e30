"""What is made of several looks at one plate."""

import numpy as np
import pytest

from numberplate.reading.cascade import Look, most_agreed
from numberplate.reading.decoding import Reading


def look(text: str, confidence: float) -> Look:
    reading = Reading(text, confidence, (), ())
    return Look(np.zeros((4, 2), np.float32), np.zeros((48, 144), np.uint8), reading)


@pytest.mark.parametrize(
    ("said", "text", "confidence"),
    [
        ([("AB12", 0.6)], "AB12", 0.6),
        ([("AB12", 0.6), ("AB17", 0.7)], "AB17", 0.7),
        # Two that agree are more than a surer one alone.
        ([("AB17", 0.7), ("AB12", 0.4), ("AB12", 0.5)], "AB12", 0.5),
        ([("", 0.99), ("AB12", 0.1), ("", 0.98)], "AB12", 0.1),
        ([("", 0.9), ("", 0.99)], "", 0.99),
    ],
)
def test_the_surest_look_at_what_most_confidence_is_given_to(
    said: list[tuple[str, float]], text: str, confidence: float
) -> None:
    best = most_agreed([look(*one) for one in said]).reading
    assert (best.text, best.confidence) == (text, confidence)
