from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.initial import ACCEPTANCE
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH
from numberplate.plates.formats import Regions
from numberplate.reading import acceptance

PROBABILITIES = st.floats(0, 1)
CARD = replace(ACCEPTANCE, format=0.2)
MOST = CARD.most_odds
plate_probability = partial(acceptance.plate_probability, card=CARD)
least_presence = partial(acceptance.least_presence, card=CARD)


TEXTS = st.text(ALPHABET, min_size=2, max_size=MAX_LENGTH)


@given(PROBABILITIES, PROBABILITIES, TEXTS, st.floats(1, 1e9), st.floats(0, 0.5))
def test_more_evidence_makes_a_plate_more_probable(
    presence: float, confidence: float, text: str, odds: float, more: float
) -> None:
    probability = plate_probability(presence, confidence, text, odds)
    assert 0 < probability < 1
    assert plate_probability(min(1, presence + more), confidence, text, odds) >= probability
    assert plate_probability(presence, min(1, confidence + more), text, odds) >= probability
    assert plate_probability(presence, confidence, text, odds * (1 + more)) >= probability
    assert plate_probability(presence, confidence, "AB12", odds) >= probability


@given(st.floats(0.1, 0.9))
def test_below_the_least_presence_no_text_makes_a_plate(probability: float) -> None:
    least = least_presence(probability)
    assert plate_probability(least, 1.0, "AB12", MOST) == pytest.approx(probability, abs=1e-6)
    for presence in np.linspace(0, least, 5)[:-1]:
        assert plate_probability(presence, 1.0, "AB12", 10 * MOST) < probability


@given(st.floats(0.1, 0.9), st.floats(0.05, 0.5))
def test_below_the_least_confidence_no_format_makes_a_plate(probability: float, presence: float) -> None:
    least = acceptance.least_confidence(probability, presence, CARD)
    for confidence in np.linspace(0, least, 5)[:-1]:
        if confidence > 1 - CARD.most_text:
            assert plate_probability(presence, confidence, "AB12", MOST) <= probability + 1e-6


def test_where_texts_count_nothing_any_is_confident_enough_or_none_is() -> None:
    card = replace(CARD, text=0.0)
    assert acceptance.least_confidence(0.5, 0.99, card) == 0
    assert acceptance.least_confidence(0.9, 0.01, card) == 1


def test_a_sure_text_makes_up_for_a_faint_plate_and_an_unsure_one_unmakes_it() -> None:
    sure, unsure = plate_probability(0.25, 0.999, "LA51ABC", 1), plate_probability(0.5, 0.02, "LA51ABC", 1)
    assert sure > 0.6 > 0.5 > unsure


def test_a_text_of_a_format_makes_up_for_a_faint_plate() -> None:
    odds = Regions().odds
    indian, telephone = ((text, odds(text)) for text in ("PB08CX2959", "9842769899"))
    assert plate_probability(0.1, 0.9, *indian) > plate_probability(0.2, 0.9, *telephone)


def test_a_name_on_bodywork_is_no_plate_unless_the_detector_is_very_sure() -> None:
    assert plate_probability(0.6, 0.99, "CITROEN", 1) < 0.5 < plate_probability(0.99, 0.99, "CITROEN", 1)
