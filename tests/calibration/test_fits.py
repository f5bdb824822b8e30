from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.calibration import fits
from numberplate.calibration.cases import Vehicle
from numberplate.calibration.fits import Crop, Detection
from numberplate.live.vehicles.vote import Vote
from numberplate.models.calibration import LEAST_PROBABILITY, log_loss, logistic_weights
from numberplate.models.cards.recognizer import Head
from numberplate.models.initial import ACCEPTANCE, DETECTOR, RECOGNIZER, VOTE
from numberplate.models.probability import logit, sigmoid
from numberplate.models.spec import BLANK
from numberplate.plates.alphabet import ALPHABET, alphabets
from numberplate.plates.formats import Format, Regions
from numberplate.reading.bands import Agreed, confident
from numberplate.reading.decoding import Reading, decode
from numberplate.reading.recognizer import Recognizer
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

NOTHING = Regions(formats=())
PLAIN = fits.Favours(NOTHING)
STEPS = 20


def logits(text: str, place: int, other: str, margin: float) -> np.ndarray:
    """Sure of all of a text but one character, whose logit is greater than another's by `margin`."""
    rows = np.full((STEPS, BLANK + 1), -30, np.float32)
    rows[:, BLANK] = 0
    for i, character in enumerate(text):
        rows[2 * i] = -30
        rows[2 * i, ALPHABET.index(character)] = 0
    rows[2 * place, ALPHABET.index(other)] = -margin
    return rows


def crops(margin: float, right: int, wrong: int, views: bool = False) -> list[Crop]:
    """So many crops that the network reads right, and wrong, each with the same margin."""
    seen = logits("AB12CD", 2, "7", margin)
    again = {reach: np.stack([seen] * 4) for reach in fits.REACHES} if views else None
    truths = ["AB12CD"] * right + ["AB72CD"] * wrong
    return [Crop(seen, again, fits.offered(seen, RECOGNIZER), truth, False) for truth in truths]


@pytest.mark.parametrize("views", [False, True])
@pytest.mark.parametrize(("right", "wrong"), [(80, 20), (93, 7), (60, 40)])
def test_after_the_temperatures_confidence_is_the_share_that_is_right(
    right: int, wrong: int, views: bool
) -> None:
    cases = crops(1.4, right, wrong, views)
    card, before, after = fits.fit_temperatures(cases, RECOGNIZER, PLAIN)
    assert after <= before
    share = right / (right + wrong)
    assert np.mean([p for p, _ in fits.confidences(cases, card, PLAIN)]) == pytest.approx(share, abs=0.03)
    # It is what reading makes of them.
    case = cases[0]
    again = None if case.views is None else partial(case.views.get, 1.0)
    assert decode(case.logits, card, NOTHING, again=again).confidence == pytest.approx(share, abs=0.03)


def test_other_heads_keep_their_temperatures() -> None:
    other = replace(RECOGNIZER.latin, script="cyrillic", output="logits_cyrillic", temperature=2.0)
    card = fits.with_temperatures(replace(RECOGNIZER, heads=(RECOGNIZER.latin, other)), 1.5, 0.5)
    assert (card.latin.temperature, card.latin.views_temperature) == (1.5, 0.5)
    assert card.heads[1] == other


def test_a_label_is_what_reading_makes_the_text_of() -> None:
    arabic = Head("arabic", "logits_arabic", alphabets()["arabic"].characters, True, 1.0, 1.0)
    card = replace(RECOGNIZER, heads=(arabic,))
    for head, text in ((RECOGNIZER.latin, "AB1?"), (arabic, "سبأ١٢"), (arabic, "٢٥٨")):
        label = fits.label_of(text, head)
        rows = np.full((STEPS, head.classes), -30, np.float32)
        rows[:, -1] = 0
        for i, c in enumerate(label):
            rows[2 * i] = -30
            rows[2 * i, c] = 0
        assert decode(rows, replace(card, heads=(head,)), NOTHING).text == text


@given(st.floats(0.6, 2.0), st.integers(0, 1000))
@settings(max_examples=20)
def test_presence_is_scaled_back(temperature: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 3, 3000)
    true = (rng.random(3000) < 1 / (1 + np.exp(-truth))).tolist()
    # The second look knows nothing.
    looks = np.stack([truth * temperature, rng.normal(0, 3, 3000)], 1)
    start = replace(DETECTOR, temperature=1.7)
    card, before, after = fits.fit_presence(looks, true, start)
    assert after <= before + 1e-12
    assert card.temperature / start.temperature == pytest.approx(temperature, rel=0.2)
    assert card.second_look.first == pytest.approx(1, abs=0.2)
    assert card.second_look.again == pytest.approx(0, abs=0.1)


def test_each_look_counts_as_it_tells() -> None:
    rng = np.random.default_rng(1)
    looks = rng.normal(0, 3, (4000, 2))
    p = sigmoid(looks @ [0.7, 0.3] - 1.5)
    card, before, after = fits.fit_presence(looks, (rng.random(4000) < p).tolist(), DETECTOR)
    again, scale = card.second_look, card.temperature / DETECTOR.temperature
    assert after < before
    assert [again.first / scale, again.again / scale, again.bias] == pytest.approx([0.7, 0.3, -1.5], abs=0.15)


def test_acceptance_learns_what_speaks_for_a_plate() -> None:
    rng = np.random.default_rng(3)
    cases = []
    for _ in range(800):
        presence, confidence = rng.random(2)
        text = str(rng.choice(["LOGO", "A?12", "AB12"], p=[0.3, 0.2, 0.5]))
        odds = float(np.exp(rng.uniform(0, 6)))
        evidence = logit([presence, confidence], LEAST_PROBABILITY) @ [1, 0.5] + 0.4 * (np.log(odds) - 3)
        p = float(sigmoid(evidence - 2 * (text == "LOGO") - (text == "A?12")))
        cases.append(Detection(float(presence), float(confidence), text, odds, bool(rng.random() < p)))
    card, before, after = fits.fit_acceptance(cases, replace(ACCEPTANCE, presence=0.1, letters=2.0))
    assert after < before
    assert card.presence == pytest.approx(1, abs=0.4)
    assert card.letters == pytest.approx(-2, abs=0.7)
    assert card.unknown == pytest.approx(-1, abs=0.5)
    assert card.format == pytest.approx(0.4, abs=0.2)
    assert fits.fit_acceptance(cases, card)[0] == card  # there is nothing better


def test_bands_learn_what_their_agreement_says() -> None:
    rng = np.random.default_rng(5)
    true = replace(RECOGNIZER.bands, confidence=0.7, agreement=1.5, in_band=-1.5, bias=0.3)
    cases = []
    for _ in range(4000):
        alone = Reading("AB12", float(rng.uniform(0.1, 0.99)), (), ())
        found = Agreed(alone, 1, float(rng.uniform(0.3, 1)), bool(rng.random() < 0.3), 4)
        cases.append((found, bool(rng.random() < confident(found, true).confidence)))
    card, before, after = fits.fit_bands(cases, RECOGNIZER.bands)
    assert after < before
    fitted = card.confidence, card.agreement, card.in_band, card.bias
    assert fitted == pytest.approx((0.7, 1.5, -1.5, 0.3), abs=0.25)
    said = np.array([confident(found, card).confidence for found, _ in cases])
    assert said.mean() == pytest.approx(np.mean([right for _, right in cases]), abs=0.01)


def test_lines_learn_what_their_views_say() -> None:
    rng = np.random.default_rng(6)
    said = rng.uniform(0.1, 0.9, 3000)
    right = rng.random(3000) < sigmoid(1.2 * logit(said) + 0.5)
    cases = list(zip(said.tolist(), right.tolist(), strict=True))
    card, before, after = fits.fit_lines(cases, RECOGNIZER.lines)
    assert after < before
    assert (card.confidence, card.bias) == pytest.approx((1.2, 0.5), abs=0.15)
    assert fits.fit_lines(cases, card)[0] == card


def test_numbers_that_would_be_worse_are_left() -> None:
    """The more confident, the less often right: no number of those allowed says that."""
    start = replace(RECOGNIZER.lines, confidence=0.01, bias=0.0)
    cases = [(0.9, right) for right in [True] * 3 + [False] * 7]
    cases += [(0.6, right) for right in [True] * 7 + [False] * 3]
    card, before, after = fits.fit_lines(cases, start)
    assert card == start
    assert before == after == pytest.approx(np.log(2), abs=0.01)


def test_what_speaks_for_a_plate_never_counts_against_it() -> None:
    rng = np.random.default_rng(7)
    cases, agreed = [], []
    for said in rng.uniform(0.1, 0.9, 400).tolist():
        right = bool(rng.random() > said)
        cases.append(Detection(said, 0.5, "AB12", 1.0, right))
        agreed.append((Agreed(Reading("AB12", said, (), ()), 1, 0.5, False, 4), right))
    assert fits.fit_acceptance(cases, ACCEPTANCE)[0].presence > 0
    assert fits.fit_bands(agreed, RECOGNIZER.bands)[0].confidence >= 0


@given(st.floats(0.42, 2.4))
def test_the_temperature_of_the_least_loss_is_found(true: float) -> None:
    assert fits.coolest(1.0, lambda t: abs(np.log(t / true))) == pytest.approx(true, rel=0.05)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.floats(0, 2), st.floats(1, 50))
def test_formats_weigh_as_in_reading(p: list[float], power: float, bound: float) -> None:
    regions = Regions((), [Format("xa", "A land", 1, ("@@##@@",))])
    texts = ["AB1OCD", "AB10CD", "A"]
    prior = replace(RECOGNIZER.prior, power=power, bound=bound)
    found = fits.Favours(regions).weighed(texts, np.array(p), prior)
    expected = dict(regions.reorder(zip(texts, p, strict=True), power, bound))
    assert found == pytest.approx([expected[text] for text in texts])


def test_plates_of_no_format_count_as_often_as_streets_have_them() -> None:
    regions = Regions((), [Format("xa", "A land", 1, ("@@##@@",))])
    seen = logits("AB1OCD", 3, "0", 0.3)
    texts = fits.offered(seen, RECOGNIZER)
    cases = [Crop(seen, None, texts, "AB10CD", True)] * 5 + [Crop(seen, None, texts, "AB1OCD", False)] * 15
    prior = fits.fit_prior(cases, RECOGNIZER, fits.Favours(regions))[0]
    said = decode(seen, replace(RECOGNIZER, prior=prior), regions)
    assert said.text == "AB10CD"
    assert said.confidence == pytest.approx(1 - fits.UNLISTED, abs=0.05)


def test_views_do_not_count_where_there_is_no_doubt() -> None:
    sure, other = logits("AB12CD", 2, "7", 6), logits("AB72CD", 2, "1", 6)
    case = Crop(sure, {1.0: np.stack([other] * 4)}, fits.offered(sure, RECOGNIZER), "AB12CD", True)
    expected = fits.text_probabilities(replace(case, views=None), RECOGNIZER)
    assert fits.text_probabilities(case, RECOGNIZER) == pytest.approx(expected)


def test_formats_count_as_much_as_they_are_right() -> None:
    regions = Regions((), [Format("xa", "A land", 1, ("@@##@@",))])
    seen = logits("AB1OCD", 3, "0", 0.3)
    texts, favours = fits.offered(seen, RECOGNIZER), fits.Favours(regions)
    kept = [Crop(seen, None, texts, "AB10CD", True)] * 20
    assert fits.fit_prior(kept, RECOGNIZER, favours)[0].power > 0.5
    misled = [Crop(seen, None, texts, "AB1OCD", True)] * 20
    prior, before, after = fits.fit_prior(misled, RECOGNIZER, favours)
    assert prior.power == 0
    assert after < before


def test_views_reach_as_far_as_reads_best() -> None:
    seen, wrong = logits("AB12CD", 2, "7", 0.2), logits("AB72CD", 2, "1", 4)
    views = {reach: np.stack([wrong if reach != 1.5 else seen] * 4) for reach in fits.REACHES}
    views_card, reach, before, after = fits.fit_reach(
        [Crop(seen, views, fits.offered(seen, RECOGNIZER), "AB12CD", False)], RECOGNIZER
    )
    assert reach == 1.5
    assert after < before
    assert views_card[0].scale == pytest.approx(1.075)
    assert views_card[2].right == 3
    for with_views in (False, True):  # where they all say the same, they stay
        same = fits.fit_reach(crops(1, 3, 1, with_views), RECOGNIZER)
        assert same[:2] == (RECOGNIZER.views, 1.0)


def test_vote_learns_how_much_frames_agree_by_chance() -> None:
    # Frames that err alike: eight of them say the same wrong thing, and are as sure of it as one.
    vehicles = []
    for truth in ["AB12CD", "AB72CD", "AB72CD"] * 14:
        vote = Vote(NOTHING, RECOGNIZER, VOTE)
        for _ in range(8):
            vote.add(decode(logits("AB12CD", 2, "7", 0.8), RECOGNIZER, NOTHING))
        vehicles.append(Vehicle(vote, (), truth))
    start = replace(VOTE, independence=1.0)
    # What a few vehicles gain is chance, and stays.
    assert fits.fit_vote(vehicles[:4], start)[0] == start
    card, before, after = fits.fit_vote(vehicles, start)
    assert after < before
    assert card.independence < start.independence
    assert card.fused == start.fused  # nothing was fused, and of equals the first stays
    assert after == pytest.approx(fits.vote_losses(vehicles, card).mean())
    # A third of them is read right.
    card, before, after = fits.fit_vote_temperature(vehicles, card)
    assert after <= before
    assert vehicles[0].vote.with_card(card).final().confidence == pytest.approx(1 / 3, abs=0.15)


def test_a_script_has_crops_of_its_own() -> None:
    # Chinese characters are drawn where no font has them.
    recognizer, drawn = Recognizer(), Ingredients(Letterings(), Backgrounds(), (), 0.5)
    head = next(head for head in recognizer.card.heads if head.script == "han")
    made = fits.script_crops(recognizer, head, drawn, 5, 30)
    assert len(made) > 10
    assert np.mean([any(c not in ALPHABET for c in crop.text) for crop in made]) > 0.8
    assert np.mean([crop.text in crop.offered for crop in made]) > 0.5
    warmer = replace(head, temperature=4 * head.temperature)
    card, before, after = fits.fit_temperatures(made, replace(recognizer.card, heads=(warmer,)), PLAIN)
    assert after < before
    assert card.latin.script == head.script
    assert card.latin.temperature < warmer.temperature


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_log_loss_is_least_at_the_truth(cases: list[tuple[float, bool]]) -> None:
    said, true = zip(*cases, strict=True)
    assert 0 <= log_loss(np.array(true, float), true) < 1e-5
    assert log_loss(said, true) >= log_loss(np.array(true, float), true)


def test_logistic_weights_are_finite_where_cases_are_told_apart_wholly() -> None:
    features = np.array([[-1.0, 1], [-2, 1], [1, 1], [2, 1]])
    weights = logistic_weights(features, np.array([0.0, 0, 1, 1]))
    assert np.isfinite(weights).all()
    assert weights[0] > 1
