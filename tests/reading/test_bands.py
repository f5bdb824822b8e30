"""What the bands of a plate say beside the whole."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.initial import RECOGNIZER
from numberplate.models.manifest import Band
from numberplate.reading.bands import best_of
from numberplate.reading.recognizer import Reading
from numberplate.results.plate import Candidate

CARD = replace(RECOGNIZER.bands, weight=0.8, shorter=3.0)
DOUBT = 0.3


def reading(text: str, confidence: float, script: str = "latin") -> Reading:
    candidates = (Candidate(text, confidence),) if text else ()
    return Reading(text, confidence, (), candidates, script=script)


def test_a_band_that_reads_the_row_alone_wins() -> None:
    whole, upper, lower = reading("G2954F", 0.4), reading("G2954FE", 0.98), reading("", 0.9)
    place, best = best_of([whole, upper, lower], DOUBT, CARD)
    assert (place, best.text) == (1, "G2954FE")
    # As sure as its share of what is said: 0.4 of the whole and 0.8 × 0.98 of the band.
    assert best.confidence == pytest.approx(0.98 * 0.784 / 1.184)
    assert best.candidates == (Candidate("G2954FE", best.confidence),)


def test_readings_that_agree_count_together() -> None:
    whole, others = reading("AB12", 0.5), [reading("AB13", 0.35), reading("AB13", 0.4)]
    assert best_of([whole, others[0]], DOUBT, CARD)[1].text == "AB12"
    place, best = best_of([whole, *others], DOUBT, CARD)
    assert (place, best.text) == (2, "AB13")
    assert best.confidence < 0.4


def test_what_all_agree_on_is_as_sure_as_the_surest() -> None:
    assert best_of([reading("AB12", 0.5), reading("AB12", 0.9)], DOUBT, CARD)[1].confidence == 0.9


def test_a_band_that_cuts_characters_off_counts_less() -> None:
    assert best_of([reading("B1388DFX", 0.4), reading("1388DFX", 0.95)], DOUBT, CARD)[0] == 0
    assert best_of([reading("B1388DFX", 0.4), reading("R1388DFX", 0.95)], DOUBT, CARD)[0] == 1


def test_a_part_of_a_character_is_no_other_script() -> None:
    whole, band = reading("JX5721", 0.7), reading("沪JX5721", 0.99, "han")
    assert best_of([whole, band], DOUBT, CARD)[0] == 0
    assert best_of([reading("?X5721", 0.2), band], DOUBT, CARD)[0] == 1


def test_without_a_text_there_is_the_whole() -> None:
    whole = reading("", 0.8)
    assert best_of([whole, reading("", 0.9)], DOUBT, CARD) == (0, whole)
    assert best_of([whole, reading("AB12", 0.3)], DOUBT, CARD)[1].text == "AB12"


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
    )
)
def test_the_confidence_is_a_probability_that_some_reading_gives_at_least(readings: list[Reading]) -> None:
    place, best = best_of(readings, DOUBT, CARD)
    assert best.text == readings[place].text
    assert 0 <= best.confidence <= readings[place].confidence


def test_bands_have_bounds() -> None:
    with pytest.raises(ValueError, match="top, bottom"):
        Band(0.5, 0.5)
    with pytest.raises(ValueError, match="spans: expected at most 8, got 9"):
        replace(CARD, spans=(Band(0, 1),) * 9)
