import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.reading.evidence import least_presence, plate_probability

PROBABILITIES = st.floats(0, 1)


@given(PROBABILITIES, PROBABILITIES, st.integers(1, MAX_LENGTH), st.floats(0, 0.5))
def test_more_evidence_makes_a_plate_more_probable(
    presence: float, confidence: float, length: int, more: float
) -> None:
    probability = plate_probability(presence, confidence, length)
    assert 0 < probability < 1
    assert plate_probability(min(1, presence + more), confidence, length) >= probability
    assert plate_probability(presence, min(1, confidence + more), length) >= probability
    assert plate_probability(presence, confidence, length + 1) >= probability


@given(st.floats(0.05, 0.9))
def test_below_the_least_presence_no_text_makes_a_plate(probability: float) -> None:
    least = least_presence(probability)
    assert plate_probability(least, 1.0, MAX_LENGTH) == pytest.approx(probability, abs=1e-6)
    for presence in np.linspace(0, least, 5)[:-1]:
        assert plate_probability(presence, 1.0, MAX_LENGTH) < probability


def test_a_sure_text_makes_up_for_a_faint_plate_and_a_short_unsure_one_unmakes_it() -> None:
    assert plate_probability(0.35, 0.999, 7) > 0.5 > plate_probability(0.7, 0.1, 2)
