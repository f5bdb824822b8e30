from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.initial import ACCEPTANCE
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH
from numberplate.reading import acceptance

PROBABILITIES = st.floats(0, 1)
plate_probability = partial(acceptance.plate_probability, card=ACCEPTANCE)
least_presence = partial(acceptance.least_presence, card=ACCEPTANCE)


TEXTS = st.text(ALPHABET, min_size=2, max_size=MAX_LENGTH)


@given(PROBABILITIES, PROBABILITIES, TEXTS, st.floats(0, 0.5))
def test_more_evidence_makes_a_plate_more_probable(
    presence: float, confidence: float, text: str, more: float
) -> None:
    probability = plate_probability(presence, confidence, text)
    assert 0 < probability < 1
    assert plate_probability(min(1, presence + more), confidence, text) >= probability
    assert plate_probability(presence, min(1, confidence + more), text) >= probability
    assert plate_probability(presence, confidence, "AB12") >= probability


@given(st.floats(0.05, 0.9))
def test_below_the_least_presence_no_text_makes_a_plate(probability: float) -> None:
    least = least_presence(probability)
    assert plate_probability(least, 1.0, "AB12") == pytest.approx(probability, abs=1e-6)
    for presence in np.linspace(0, least, 5)[:-1]:
        assert plate_probability(presence, 1.0, "AB12") < probability


def test_a_sure_text_makes_up_for_a_faint_plate_and_an_unsure_one_unmakes_it() -> None:
    assert plate_probability(0.25, 0.999, "LA51ABC") > 0.6 > 0.5 > plate_probability(0.5, 0.02, "LA51ABC")


def test_a_name_on_bodywork_is_no_plate_unless_the_detector_is_very_sure() -> None:
    assert plate_probability(0.6, 0.99, "CITROEN") < 0.5 < plate_probability(0.99, 0.99, "CITROEN")
