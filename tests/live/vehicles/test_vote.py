from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.live.vehicles.vote import Vote
from numberplate.models.initial import RECOGNIZER, VOTE
from numberplate.plates.alphabet import ALPHABET
from numberplate.plates.formats import Regions
from numberplate.reading.decoding import Reading, decode

REGIONS = Regions(formats=())


def reading(characters: list[dict[str, float]], shift: int = 0) -> Reading:
    """What a recognizer states of characters, each with the probabilities of some; the rest is a blank's."""
    steps = np.full((30, 37), 1e-9)
    steps[:, 36] = 1.0
    for i, odds in enumerate(characters):
        step = shift + 2 * i
        steps[step, 36] = max(1e-9, 1 - sum(odds.values()))
        for character, p in odds.items():
            steps[step, ALPHABET.index(character)] = p
    return decode(np.log(steps / steps.sum(1, keepdims=True)).astype(np.float32), RECOGNIZER, REGIONS)


def sure(text: str) -> list[dict[str, float]]:
    return [{c: 0.999} for c in text]


def unsure(text: str, place: int, other: str, p: float = 0.3) -> list[dict[str, float]]:
    """Sure of all of a text but the character at `place`, which looks rather like another."""
    odds = sure(text)
    odds[place] = {text[place]: p, other: 0.99 - p}
    return odds


def voted(*readings: Reading) -> Vote:
    vote = Vote(REGIONS, RECOGNIZER, VOTE)
    for one in readings:
        vote.add(one)
    return vote


def test_nothing_read_is_no_text() -> None:
    assert Vote(REGIONS, RECOGNIZER, VOTE).final().text == ""
    vote = Vote(REGIONS, RECOGNIZER, VOTE)
    vote.add(Reading("", 1.0, (), ()))
    assert len(vote) == 0
    assert vote.verdict().text == ""


def test_a_text_that_comes_and_goes_is_no_plate() -> None:
    # A grille: 88 in half of the frames, and in the others nothing, or one character.
    grille = [reading([{"8": 0.9}, {"8": 0.9}]) for _ in range(6)]
    nothing = [reading([{"8": 0.5}]) for _ in range(6)]
    assert not any(frame.text for frame in nothing)
    assert voted(*grille).final().confidence > 0.8
    assert voted(*grille, *nothing).final().confidence < 0.5


def test_frames_that_show_nothing_do_not_veto_a_plate_that_others_show() -> None:
    nothing = [reading([{"8": 0.5}]) for _ in range(2)]
    said = voted(*(reading(sure("AB123")) for _ in range(6)), *nothing).final()
    assert said.text == "AB123"
    assert said.confidence > 0.5


def test_one_reading_is_what_it_was() -> None:
    one = reading(unsure("AB123", 2, "7", 0.6))
    vote = voted(one)
    assert vote.final().text == one.text == "AB123"
    assert vote.final().confidence == pytest.approx(one.confidence, abs=0.05)


def test_readings_count_by_how_independent_they_are() -> None:
    one = reading(unsure("AB123", 2, "7", 0.6))
    alone = voted(one).verdict().confidence
    nine = voted(*[one] * 9)

    def odds(independence: float) -> float:
        confidence = nine.with_card(replace(VOTE, independence=independence)).verdict().confidence
        return confidence / (1 - confidence)

    assert odds(0.0) == pytest.approx(alone / (1 - alone), rel=0.01)  # nine of the same are one
    assert odds(0.5) == pytest.approx((alone / (1 - alone)) ** 3, rel=0.1)


def test_a_text_that_no_frame_is_sure_of_is_marked_as_doubtful() -> None:
    vote = voted(*(reading(unsure("AB12CD", i % 6, "Z", 0.05)) for i in range(18)))
    made_up = vote.final()
    assert made_up.text == "AB12CD"
    assert made_up.confidence <= 0.6
    # How doubtful is the bundle's.
    assert vote.with_card(replace(VOTE, made_up=0.2)).final().confidence <= 0.3
    assert vote.with_card(replace(VOTE, shown=0.01)).final().confidence > 0.9
    assert made_up.candidates[0].confidence == made_up.confidence
    one_sure = [reading(unsure("AB12CD", i % 6, "Z", 0.05)) for i in range(17)]
    assert voted(*one_sure, reading(sure("AB12CD"))).final().confidence > 0.9


def test_two_votes_contradict_each_other_where_both_are_sure() -> None:
    one, other = voted(*[reading(sure("AB123"))] * 3), voted(*[reading(sure("AB124"))] * 3)
    assert one.contradiction(other) > 3
    assert one.contradiction(one.digest()) == 0
    assert one.contradiction(voted(reading(unsure("AB124", 4, "3", 0.6)))) < 3
    assert one.contradiction(voted(reading(sure("AB1Z3")), reading(sure("AB123")))) < 3
    assert voted(reading(sure("ABO1"))).contradiction(voted(reading(sure("AB01")))) == 0
    assert one.contradiction(Vote(REGIONS, RECOGNIZER, VOTE)) == 0


def test_a_plate_unreadable_in_every_frame_is_read() -> None:
    # Each frame is wrong in another character, and offers only texts that are wrong in it.
    frames = [reading(unsure("AB12CD", i, "Z", 0.05)) for i in range(6)]
    assert all(frame.text != "AB12CD" for frame in frames)
    vote = voted(*frames)
    assert vote.final().text == "AB12CD"
    assert vote.final().confidence > 0.5


def test_frames_of_other_lengths_and_places_agree() -> None:
    lost = [{"A": 0.999}, {"B": 0.999}, {"1": 0.3}, {"2": 0.999}, {"3": 0.999}]
    vote = voted(reading(lost, 0), reading(lost, 7), reading(lost, 3), reading(sure("AB123"), 5))
    assert reading(lost).text == "AB23"
    assert vote.final().text == "AB123"


def test_one_bad_frame_vetoes_nothing() -> None:
    vote = voted(*(reading(sure("AB123")) for _ in range(3)), reading(sure("XYZ99")))
    assert vote.final().text == "AB123"
    assert vote.final().candidates[0].text == "AB123"


def test_frames_that_agree_raise_the_confidence_and_frames_that_differ_lower_it() -> None:
    def confidence(*frames: Reading) -> float:
        vote = voted(*frames)
        return vote.final().confidence

    likely = reading(unsure("AB123", 0, "4", 0.7))
    assert confidence(likely, likely, likely) > confidence(likely)
    assert confidence(likely, reading(unsure("AB123", 0, "4", 0.2))) < confidence(likely)


def test_characters_say_which_one_is_in_doubt() -> None:
    vote = voted(*(reading(unsure("AB123", 2, "7", 0.55)) for _ in range(3)))
    said = vote.final()
    assert "".join(c.text for c in said.characters) == said.text == "AB123"
    assert min(said.characters, key=lambda c: c.confidence) is said.characters[2]


def test_what_the_fused_crops_say_decides_where_the_frames_do_not() -> None:
    vote = voted(*(reading(unsure("AB123", 2, "7", 0.495)) for _ in range(4)))
    assert vote.final([reading(sure("AB723"))]).text == "AB723"
    assert vote.final([reading(sure("AB123"))]).text == "AB123"


def test_absorbing_another_vote_is_adding_its_readings() -> None:
    frames = [reading(unsure("AB12CD", i, "Z", 0.1)) for i in range(6)]
    one, first, second = voted(*frames), voted(*frames[:3]), voted(*frames[3:])
    first.absorb(second)
    assert first.final() == one.final()


@given(st.lists(st.lists(st.floats(0.02, 0.98), min_size=5, max_size=5), min_size=1, max_size=5))
def test_confidences_are_probabilities_and_the_order_of_frames_does_not_matter(
    shares: list[list[float]],
) -> None:
    frames = [reading([{c: p, "Z": 0.99 - p} for c, p in zip("AB123", row, strict=True)]) for row in shares]
    there, back = voted(*frames), voted(*reversed(frames))
    said = there.final()
    assert said.text == back.final().text
    assert sum(c.confidence for c in said.candidates) <= 1 + 1e-9
    assert [c.confidence for c in said.candidates] == sorted(
        (c.confidence for c in said.candidates), reverse=True
    )
