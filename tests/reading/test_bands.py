"""What the bands of a plate say beside the whole."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.cards.recognizer import Band, Bands
from numberplate.models.initial import RECOGNIZER
from numberplate.models.probability import logit, sigmoid
from numberplate.reading.bands import agreed, confident
from numberplate.reading.decoding import Reading
from numberplate.results.plate import Candidate

CARD = replace(RECOGNIZER.bands, weight=0.8, shorter=3.0)
DOUBT = 0.3


def reading(text: str, confidence: float, script: str = "latin") -> Reading:
    candidates = (Candidate(text, confidence),) if text else ()
    return Reading(text, confidence, (), candidates, script=script)


def best_of(readings: list[Reading], card: Bands = CARD) -> tuple[int, Reading]:
    found = agreed(readings, DOUBT, card)
    assert found is not None
    return found.place, confident(found, card)


def test_a_band_that_reads_the_row_alone_wins() -> None:
    found = agreed([reading("G2954F", 0.4), reading("G2954FE", 0.98), reading("", 0.9)], DOUBT, CARD)
    assert found is not None
    assert (found.place, found.reading.text, found.in_band, found.views) == (1, "G2954FE", True, 3)
    # 0.4 of the whole and 0.8 × 0.98 of the band.
    assert found.share == pytest.approx(0.784 / 1.184)


def test_the_confidence_is_what_the_card_makes_of_the_share() -> None:
    whole = replace(reading("AB12", 0.6), candidates=(Candidate("AB12", 0.6), Candidate("AB13", 0.3)))
    found = agreed([whole, reading("CD34", 0.5)], DOUBT, CARD)
    assert found is not None
    card = replace(CARD, confidence=0.8, agreement=1.5, in_band=-2.0, bias=0.1)
    confidence = sigmoid(0.8 * logit(0.6) + 1.5 * math.log(0.6) + 0.1)
    best = confident(found, card)
    assert best.confidence == pytest.approx(confidence)
    assert best.candidates[0] == Candidate("AB12", best.confidence)
    # What was half as probable is so again: the first one lost to what is no text of this reading.
    assert best.candidates[1].confidence == pytest.approx(best.confidence / 2)
    assert best.views == 2
    alone = confident(replace(found, in_band=True), card)
    assert logit(alone.confidence) == pytest.approx(logit(confidence) - 2)


def test_other_texts_share_what_the_first_leaves() -> None:
    whole = replace(reading("AB12", 0.6), candidates=(Candidate("AB12", 0.6), Candidate("AB13", 0.4)))
    _, best = best_of([whole, reading("AB12", 0.5)], replace(CARD, bias=2.0))
    assert best.confidence > 0.6
    assert sum(candidate.confidence for candidate in best.candidates) == pytest.approx(1)


def test_readings_that_agree_count_together() -> None:
    whole, others = reading("AB12", 0.5), [reading("AB13", 0.35), reading("AB13", 0.4)]
    assert best_of([whole, others[0]])[1].text == "AB12"
    place, best = best_of([whole, *others])
    assert (place, best.text) == (2, "AB13")
    assert best.confidence < 0.4


def test_what_all_agree_on_is_as_sure_as_the_surest() -> None:
    assert best_of([reading("AB12", 0.5), reading("AB12", 0.9)])[1].confidence == pytest.approx(0.9)


def test_a_band_that_cuts_characters_off_counts_less() -> None:
    assert best_of([reading("B1388DFX", 0.4), reading("1388DFX", 0.95)])[0] == 0
    assert best_of([reading("B1388DFX", 0.4), reading("R1388DFX", 0.95)])[0] == 1


def test_a_part_of_a_character_is_no_other_script() -> None:
    whole, band = reading("JX5721", 0.7), reading("沪JX5721", 0.99, "han")
    assert best_of([whole, band])[0] == 0
    assert best_of([reading("?X5721", 0.2), band])[0] == 1


def test_without_a_text_nothing_is_said() -> None:
    whole = reading("", 0.8)
    assert agreed([whole, reading("", 0.9)], DOUBT, CARD) is None
    assert best_of([whole, reading("AB12", 0.3)])[1].text == "AB12"


@given(
    st.lists(
        st.builds(
            reading,
            st.sampled_from(["", "AB12", "AB1", "CD34", "沪A1234"]),
            st.floats(0, 1),
            st.sampled_from(["latin", "han"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.floats(0, 3),
    st.floats(0, 3),
    st.floats(-5, 5),
    st.floats(-3, 3),
)
def test_confidences_are_probabilities_best_first(
    readings: list[Reading], weight: float, agreement: float, in_band: float, bias: float
) -> None:
    card = replace(CARD, confidence=weight, agreement=agreement, in_band=in_band, bias=bias)
    found = agreed(readings, DOUBT, card)
    if found is None:
        assert not any(reading.text and reading.confidence for reading in readings)
        return
    assert found.reading == readings[found.place]
    assert 0 < found.share <= 1
    best = confident(found, card)
    assert 0 <= best.confidence <= 1
    said = [candidate.confidence for candidate in best.candidates]
    assert said == sorted(said, reverse=True)
    assert sum(said) <= 1 + 1e-9


def test_bands_have_bounds() -> None:
    with pytest.raises(ValueError, match="top, bottom"):
        Band(0.5, 0.5)
    with pytest.raises(ValueError, match="spans: expected at most 8, got 9"):
        replace(CARD, spans=(Band(0, 1),) * 9)
    for name in ("confidence", "agreement"):
        with pytest.raises(ValueError, match=f"{name}: expected 0 or more"):
            replace(CARD, **{name: -0.1})
    with pytest.raises(ValueError, match="most: expected a probability"):
        replace(CARD, most=1.0)
