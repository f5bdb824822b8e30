"""What is made of several looks at one plate."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from numberplate.geometry.quads import Picture
from numberplate.reading.cascade import Cascade, Look, most_agreed
from numberplate.reading.decoding import Reading

from .conftest import MakeWeights


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


class Counting(Cascade):
    """Counts the crops that it reads."""

    count = 0

    def recognize(self, picture: Picture, corners: npt.NDArray[np.float32], *given: int) -> tuple[Look, ...]:
        self.count += len(corners)
        return super().recognize(picture, corners, *given)


@pytest.mark.parametrize(("sure", "count"), [(0.01, 1), (0.999999, 3)])
def test_a_picture_that_is_a_plate_is_looked_at_again_where_its_text_is_in_doubt(
    make_weights: MakeWeights, sure: float, count: int
) -> None:
    cascade = Counting(make_weights("AB123"))
    whole = replace(cascade.acceptance.whole_picture, sure=sure, insets=(0.04, 0.0, 0.09))
    acceptance = replace(cascade.acceptance, whole_picture=whole)
    cascade = cascade.with_numbers(cascade.detector.card, cascade.recognizer.card, acceptance, cascade.vote)
    found = cascade.look_at_crop(np.full((30, 100), 200, np.uint8))
    assert found.reading.text == "AB123"
    assert cascade.count == count
