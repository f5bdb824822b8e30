"""From one crop's logits to its text."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.cards.recognizer import Head
from numberplate.models.initial import RECOGNIZER
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH, alphabet
from numberplate.plates.formats import Format, Regions
from numberplate.reading import Plate
from numberplate.reading.decoding import Reading, decode, likeliest_regions, of_lines
from numberplate.results.plate import Candidate

FORMATS = [Format("xa", "A land", 1, ("@@##@@@",)), Format("xb", "B land", 1, ("#{4}@@@",))]
NOTHING: list[Format] = []
EMPTY = len(ALPHABET)

CARD = replace(RECOGNIZER, height=48, width=144)
PRIOR = RECOGNIZER.prior


def logits(places: list[dict[str, float]]) -> np.ndarray:
    """What a network says that sees a character at each place, with these probabilities; "" is none."""
    rows = np.full((36, EMPTY + 1), 1e-12)
    rows[:, EMPTY] = 1
    for i, place in enumerate(places):
        row = rows[2 * i]
        row[EMPTY] = 1e-12
        for character, p in place.items():
            row[ALPHABET.index(character) if character else EMPTY] = p
    return np.log(rows).astype(np.float32)


def unsure(text: str, place: int, other: str, p: float) -> list[dict[str, float]]:
    """The text, but for one place where its character has 1 - p and the other p."""
    places = [{c: 1.0} for c in text]
    places[place] = {text[place]: 1 - p, other: p}
    return places


def test_the_formats_decide_what_the_picture_leaves_open() -> None:
    places = unsure("AB1OCDE", 3, "0", 0.4)
    alone = decode(logits(places), CARD, Regions((), NOTHING))
    assert alone.text == "AB1OCDE"
    assert alone.confidence == pytest.approx(0.6, abs=1e-3)
    reading = decode(logits(places), CARD, Regions((), FORMATS))
    assert reading.text == "AB10CDE"
    assert [c.text for c in reading.candidates[:2]] == ["AB10CDE", "AB1OCDE"]
    favour = Regions((), FORMATS).favour("AB10CDE", PRIOR.power, PRIOR.bound)
    assert reading.confidence == pytest.approx(0.4 * favour / (0.4 * favour + 0.6), abs=1e-3)
    # All else being sure, the text is as sure as its one open character.
    assert [c.confidence for c in reading.characters] == pytest.approx(
        [1, 1, 1, reading.confidence, 1, 1, 1], abs=1e-3
    )
    assert [r.code for r in likeliest_regions(Regions((), FORMATS), reading.text, None)] == ["xa"]


def test_an_odd_plate_that_is_read_well_stays_as_it_is() -> None:
    places = unsure("AB1OCDE", 3, "0", 0.9 / (1 + PRIOR.bound))
    reading = decode(logits(places), CARD, Regions("xa", FORMATS))
    assert reading.text == "AB1OCDE"
    assert likeliest_regions(Regions("xa", FORMATS), reading.text, None) == ()


@pytest.mark.slow
@given(st.integers(0, 10_000), st.sampled_from([0.5, 2.0, 6.0]), st.integers(1, 8), st.booleans())
def test_a_reading_is_of_one_piece(seed: int, sharpness: float, wanted: int, known: bool) -> None:
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("AB01O"), int(rng.integers(1, 9))))
    noise = rng.normal(0, 1, (36, EMPTY + 1))
    seen = (sharpness * noise + logits([{c: 1.0} for c in text]) / 5).astype(np.float32)
    reading = decode(seen, CARD, Regions((), FORMATS if known else NOTHING), wanted)
    if not reading.text:
        assert reading == Reading("", reading.confidence, (), ())
        return
    corners = np.array([(0, 0), (4, 0), (4, 1), (0, 1)], np.float32)
    Plate(  # which checks what belongs together
        reading.text,
        reading.confidence,
        1.0,
        corners,
        reading.characters,
        reading.candidates,
        likeliest_regions(Regions((), FORMATS), reading.text, corners),
    )
    assert MIN_LENGTH <= len(reading.text) <= MAX_LENGTH
    assert reading.candidates[0].confidence == reading.confidence
    found = [c.confidence for c in reading.candidates]
    assert found == sorted(found, reverse=True)
    assert 1 <= len(found) <= wanted
    assert len({c.text for c in reading.candidates}) == len(found)
    assert sum(found) <= 1 + 1e-6
    # By the picture alone, a text is no surer than the least sure of its characters.
    if not known:
        assert reading.confidence <= min(c.confidence for c in reading.characters) + 1e-3


@pytest.mark.parametrize("text", ["", "A"])
def test_the_formats_make_no_plate_of_nothing(text: str) -> None:
    places = [{c: 1.0} for c in text] + [{"": 0.6, "7": 0.4}]
    reading = decode(logits(places), CARD, Regions("xa", [Format("xa", "A land", 1, ("A7",))]))
    assert reading == Reading("", pytest.approx(0.6, abs=1e-3), (), ())


def test_what_leaves_a_doubt_is_decided_by_the_mean_of_all_views() -> None:
    seen = logits(unsure("AB1OCDE", 3, "0", 0.4))
    others = np.stack([logits(unsure("AB1OCDE", 3, "0", p)) for p in (0.4, 0.9, 0.9)])
    reading = decode(seen, CARD, Regions((), NOTHING), again=lambda: others)
    assert reading.text == "AB10CDE"
    assert reading.confidence == pytest.approx((0.4 + 0.4 + 0.9 + 0.9) / 4, abs=1e-3)
    assert reading.characters[3].confidence == pytest.approx(reading.confidence, abs=1e-3)
    assert reading.candidates[1].text == "AB1OCDE"


def no_views() -> np.ndarray:
    raise AssertionError


def test_what_is_sure_is_not_looked_at_again() -> None:
    seen = logits(unsure("AB1OCDE", 3, "0", 0.5 / PRIOR.bound))
    reading = decode(seen, CARD, Regions((), NOTHING), again=no_views)
    assert reading.text == "AB1OCDE"


def test_what_the_card_has_no_doubt_of_is_not_looked_at_again() -> None:
    card = replace(CARD, refinement=replace(CARD.refinement, views_below=0.55))
    reading = decode(logits(unsure("AB1OCDE", 3, "0", 0.4)), card, Regions((), NOTHING), again=no_views)
    assert (reading.text, reading.views) == ("AB1OCDE", 1)


def test_what_can_hardly_be_read_is_not_looked_at_again() -> None:
    card = replace(CARD, prior=replace(PRIOR, least=0.1))
    seen = logits([{c: 0.5 for c in pair} for pair in ("AB", "CD", "EF", "GH")])
    assert decode(seen, card, Regions((), NOTHING), again=no_views).views == 1


def test_texts_of_several_views_have_a_temperature_of_their_own() -> None:
    seen = logits(unsure("AB1OCDE", 3, "0", 0.4))
    sure, others = logits(unsure("AB1OCDE", 3, "0", 0.1)), np.stack([seen, seen])
    latin = replace(CARD.latin, views_temperature=2.0)
    reading = decode(seen, replace(CARD, heads=(latin,)), Regions((), NOTHING), again=lambda: others)
    # 0.6 against 0.4, each raised to 1 / 2.
    assert reading.confidence == pytest.approx(0.6**0.5 / (0.6**0.5 + 0.4**0.5), abs=1e-3)
    assert decode(sure, replace(CARD, heads=(latin,)), Regions((), NOTHING)).confidence == pytest.approx(0.9)


def test_as_many_candidates_as_are_asked_for() -> None:
    seen = logits([{c: 0.5 for c in pair} for pair in ("AB", "CD", "EF", "GH", "KL", "MN")])
    assert len(decode(seen, CARD, Regions((), NOTHING), candidates=50).candidates) == 50


def test_a_text_may_be_more_probable_than_its_likeliest_alignment() -> None:
    """As one is whose characters lie between the steps: each is of two alignments here."""
    rows = np.log(np.full((36, EMPTY + 1), 1e-12))
    rows[:, EMPTY] = 0
    for i, c in enumerate("AB1"):
        rows[3 * i : 3 * i + 2] = rows[3 * i]
        rows[3 * i : 3 * i + 2, ALPHABET.index(c)] = rows[3 * i : 3 * i + 2, EMPTY] = np.log(0.5)
    seen = rows.astype(np.float32)
    text = decode(seen, CARD, Regions((), NOTHING), least=0.1)  # no alignment of it has more than 0.5**6
    assert (text.text, text.confidence) == ("AB1", pytest.approx(0.75**3, abs=1e-3))
    assert len(text.characters) == 3
    assert not decode(seen, CARD, Regions((), NOTHING), least=0.9).characters


def test_characters_read_from_the_right_keep_their_confidence() -> None:
    """Letters from the right, and digits after them from the left."""
    known = alphabet("arabic")
    characters = known.characters
    head = Head("arabic", "arabic", characters, True, 1.0, 1.0)
    printed = known.printed("سبق١٢٣٤")
    rows = np.full((36, len(characters) + 2), 1e-12)
    rows[:, -1] = 1
    for i, c in enumerate(printed):
        rows[2 * i, [characters.index(c), -1]] = 1, 1e-12
    for c, other, p in (("ب", "س", 0.7), ("١", "٤", 0.8)):
        rows[2 * printed.index(c), [characters.index(c), characters.index(other)]] = p, 1 - p
    reading = decode(np.log(rows).astype(np.float32), CARD, Regions((), NOTHING), head=head)
    assert reading.text == "سبق١٢٣٤"
    assert [c.text for c in reading.characters] == list("سبق١٢٣٤")
    assert [c.confidence for c in reading.characters] == pytest.approx([1, 0.7, 1, 0.8, 1, 1, 1], abs=0.01)


def test_regions_are_told_apart_by_how_wide_the_plate_is() -> None:
    wide, high = (Format(code, code, 1, ("@{3}#{3}",), aspect=a) for code, a in (("xa", 4.6), ("xb", 2.0)))
    regions = Regions((), [wide, high])
    for width, code in ((46, "xa"), (20, "xb")):
        corners = np.array([(0, 0), (width, 0), (width, 10), (0, 10)], np.float32)
        assert likeliest_regions(regions, "ABC123", corners)[0].code == code
    nothing = np.zeros((4, 2), np.float32)
    assert likeliest_regions(regions, "ABC123", nothing) == likeliest_regions(regions, "ABC123", None)


def test_where_texts_have_too_little_together_none_is_told() -> None:
    seen = logits([{"A": 0.9, "": 0.1}, {"B": 0.1, "": 0.9}])  # AB with a tenth; A alone is no plate's text
    ranked = decode(seen, CARD, Regions((), NOTHING), together=0.05)
    assert (ranked.text, ranked.candidates) == ("", ())
    assert ranked.confidence > 0.5
    sure = logits([{"A": 1.0}, {"B": 0.8, "8": 0.2}])
    assert decode(sure, CARD, Regions((), NOTHING), together=0.9).characters
    left = decode(sure, CARD, Regions((), NOTHING), together=1.1)
    assert (left.text, tuple(left.characters), left.candidates) == ("AB", (), ())


def test_a_text_of_two_lines_is_as_confident_as_views_are_right() -> None:
    card = replace(RECOGNIZER.lines, confidence=1.0, bias=1.0)
    seen = Reading("AB12", 0.5, (), (Candidate("AB12", 0.5), Candidate("A812", 0.4)), views=5)
    found = of_lines(seen, card)
    assert found.confidence == pytest.approx(1 / (1 + np.exp(-1)))
    first, second = found.candidates
    assert first.confidence == found.confidence
    assert 0 < second.confidence <= 1 - found.confidence
    for other in (replace(seen, views=1), replace(seen, text="", candidates=())):
        assert of_lines(other, card) == other
    assert of_lines(seen, RECOGNIZER.lines) == seen  # what nothing is fitted to is left as it is
