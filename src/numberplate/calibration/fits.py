"""Each fit: numbers in, cases to judge them by, better numbers out, with the figure before and after."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from numberplate.calibration.cases import Found, Vehicle
from numberplate.models.calibration import log_loss, logistic_weights
from numberplate.models.cards.acceptance import AcceptanceCard
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import Bands, Head, Jitter, Lines, Prior, RecognizerCard
from numberplate.models.cards.vote import VoteCard
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.models.probability import logit, sigmoid, softmax
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import alphabets
from numberplate.plates.design import shipped_designs
from numberplate.plates.formats import Regions
from numberplate.reading import bands, ctc
from numberplate.reading.acceptance import features, plate_probability
from numberplate.reading.decoding import decode
from numberplate.reading.look import Look
from numberplate.reading.recognizer import Recognizer
from numberplate.synthesis.samples import crop_sample
from numberplate.synthesis.scene import Ingredients

T = TypeVar("T")

_SURE_GAIN = 2.0
"""Standard errors by which a gain exceeds 0 that is not by chance."""

UNLISTED = 0.1
"""Share of plates, in the streets, that are of no listed design; among samples there are more."""

LEAST = 1e-3
"""A true text counts as this probable at least: what cannot be read says nothing of how texts compare."""

POWERS, BOUNDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8), (10.0, 30.0, 100.0)
TEMPERATURES = tuple(round(float(t), 3) for t in np.geomspace(0.5, 2.4, 20))
"""Times the temperature before."""

REACHES = (0.5, 1.0, 1.5)
"""Times the scales and shifts of the views."""

INDEPENDENCES, FUSED = (0.05, 0.1, 0.2, 0.3, 0.45), (0.5, 0.9, 1.3, 1.8, 2.5)
FLOORS, OTHERS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2), (5e-5, 2e-4, 5e-4, 2e-3, 1e-2)
OFFERED = 32


@dataclass(frozen=True)
class Crop:
    """A plate of one line as the recognizer sees it.

    `logits`: (steps, classes), and `views`: those of each of REACHES, (views, steps, classes), None where
    the first leave no doubt; `offered`: the texts that the logits offer; `text`: the truth; `listed`: whether
    it is of a listed design.
    """

    logits: npt.NDArray[np.float32]
    views: dict[float, npt.NDArray[np.float32]] | None
    offered: tuple[str, ...]
    text: str
    listed: bool


def reaching(views: Sequence[Jitter], reach: float) -> tuple[Jitter, ...]:
    """Views that scale and shift so many times as much."""
    return tuple(
        Jitter(round(1 + (v.scale - 1) * reach, 4), round(v.right * reach, 3), round(v.down * reach, 3))
        for v in views
    )


def crops(
    recognizer: Recognizer,
    scenes: Sequence[Found],
    looks: Sequence[Sequence[Look]],
    listed: frozenset[str],
) -> list[Crop]:
    """The plates of one line among what was found and looked at."""
    card, made = recognizer.card, []
    for scene, seen in zip(scenes, looks, strict=True):
        for look, truth in zip(seen, scene.truths, strict=True):
            if truth is None or len(truth.lines) != 1 or look.crop.shape != (card.height, card.width):
                continue
            logits = recognizer.look(look.crop[None]).latin
            views = None
            if float(recognizer.alignment_probabilities(logits)[0]) < card.refinement.below:
                views = {}
                for reach in REACHES:
                    other = recognizer.with_card(replace(card, views=reaching(card.views, reach)))
                    views[reach] = other.jittered_logits(look.crop)[LATIN]
            made.append(Crop(logits[0], views, offered(logits[0], card), truth.text, truth.design in listed))
    return made


def script_crops(
    recognizer: Recognizer, head: Head, ingredients: Ingredients, seed: int, count: int
) -> list[Crop]:
    """The plates among so many crops of a script's designs, as its head sees them; none without a design."""
    designs = shipped_designs(head.script)
    if not designs:
        return []
    card = replace(recognizer.card, heads=(head,))
    own = recognizer.with_card(card)
    of_script = Ingredients(ingredients.letterings, ingredients.backgrounds, designs, generic=0.0)
    made = []
    for index in range(count):
        crop = crop_sample(of_script, seed, index, card.height, card.width)
        if not crop.text or not crop.is_whole or crop.script != head.script:
            continue
        logits = own.look(crop.picture[None]).logits[head.script]
        doubtful = float(own.alignment_probabilities(logits)[0]) < card.refinement.below
        views = {1.0: own.jittered_logits(crop.picture)[head.script]} if doubtful else None
        made.append(Crop(logits[0], views, offered(logits[0], card), crop.text, listed=True))
    return made


def offered(logits: npt.NDArray[np.float32], card: RecognizerCard) -> tuple[str, ...]:
    """The likeliest texts of a crop, without what formats say of them."""
    return tuple(c.text for c in decode(logits, card, Regions(formats=()), OFFERED).candidates)


def text_probabilities(case: Crop, card: RecognizerCard, reach: float = 1.0) -> npt.NDArray[np.float64]:
    """The probability in the picture of each text that a crop offers, as reading has it, (texts,).

    In its views where they leave a doubt. The texts are those of the card that the crop was made with: which
    they are hardly changes with its numbers, and looking for them anew takes ten times as long.
    """
    head, prior = card.latin, card.prior
    labels = [label_of(text, head) for text in case.offered]
    if not labels:
        return np.zeros(0)
    alone = ctc.probabilities(softmax(case.logits, head.temperature), labels)
    if case.views is None or not prior.least < alone.max() < prior.bound / (1 + prior.bound):
        return np.minimum(alone, 1.0)
    seen = np.concatenate([case.logits[None], case.views[reach]])
    together = ctc.probabilities(softmax(seen, head.views_temperature), labels).mean(0)
    return np.asarray(np.minimum(together, 1.0))


def label_of(text: str, head: Head) -> ctc.Label:
    """The classes of a text in reading order, `?` standing for what the head does not know."""
    printed = alphabets()[head.script].printed(text) if head.script in alphabets() else text
    return tuple(len(head.alphabet) if c == UNKNOWN_CHARACTER else head.alphabet.index(c) for c in printed)


class Favours:
    """What formats say of texts; see `Regions.favour`. Each text is looked up once, however often weighed."""

    def __init__(self, regions: Regions) -> None:
        self._odds = cache(lambda text: regions.favour(text, 1.0, math.inf))

    def weighed(
        self, texts: Sequence[str], probabilities: npt.NDArray[np.float64], prior: Prior
    ) -> npt.NDArray[np.float64]:
        """Probabilities of texts, (texts,), as `Regions.reorder` has them, in the order of the texts."""
        favours = np.array([min(prior.bound, self._odds(text) ** prior.power) for text in texts])
        weighed = probabilities * favours
        return np.asarray(weighed * (probabilities.sum() / max(weighed.sum(), 1e-300)), np.float64)


def confidences(cases: Sequence[Crop], card: RecognizerCard, favours: Favours) -> list[tuple[float, bool]]:
    """How sure each crop's likeliest text is, 0..1, and whether it is the true one."""
    said = []
    for case in cases:
        found = favours.weighed(case.offered, text_probabilities(case, card), card.prior)
        if len(found):
            best = int(found.argmax())
            said.append((float(min(1.0, found[best])), case.offered[best] == case.text))
        else:
            said.append((0.0, False))
    return said


def confidence_loss(cases: Sequence[Crop], card: RecognizerCard, favours: Favours) -> float:
    """Mean negative log-likelihood of readings being right, or wrong, as their confidences have it."""
    said = confidences(cases, card, favours)
    return log_loss([p for p, _ in said], [right for _, right in said])


def text_losses(said: Sequence[Iterable[tuple[str, float]]], texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Negative log-likelihood of each true text, (n,), among those that are offered with probabilities."""
    true = [
        sum(p for candidate, p in offered if candidate == text)
        for offered, text in zip(said, texts, strict=True)
    ]
    return np.asarray(-np.log(np.clip(true, LEAST, 1)), np.float64)


def coolest(start: float, loss: Callable[[float], float]) -> float:
    """The temperature of the least loss, within 4 %: by large steps from `start`, then by small ones."""
    best, least_loss = start, loss(start)
    for factors in ((0.5, 0.7, 1.4, 2.0), (0.84, 1.19), (0.92, 1.09), (0.96, 1.04)):
        middle = best
        for factor in factors:
            found = loss(middle * factor)
            if found < least_loss:
                best, least_loss = middle * factor, found
    return best


def least(tried: Sequence[T], loss: Callable[[T], float]) -> tuple[T, float]:
    """The one of the least loss, and that; of equals the first."""
    losses = [loss(value) for value in tried]
    best = int(np.argmin(losses))
    return tried[best], losses[best]


def with_temperatures(card: RecognizerCard, one: float, several: float) -> RecognizerCard:
    """The card with other temperatures of its first head."""
    first = replace(card.latin, temperature=round(one, 4), views_temperature=round(several, 4))
    return replace(card, heads=(first, *card.heads[1:]))


def fit_reach(cases: Sequence[Crop], card: RecognizerCard) -> tuple[tuple[Jitter, ...], float, float, float]:
    """The views, how far they reach, and the loss of the true texts before and after."""
    doubtful = [case for case in cases if case.views is not None]
    if not doubtful:
        return card.views, 1.0, 0.0, 0.0

    def loss(reach: float) -> float:
        said = [zip(case.offered, text_probabilities(case, card, reach), strict=True) for case in doubtful]
        return float(text_losses(said, [case.text for case in doubtful]).mean())

    before = loss(1.0)
    reach, after = least(sorted(REACHES, key=lambda r: r != 1.0), lambda r: before if r == 1.0 else loss(r))
    return reaching(card.views, reach), reach, before, after


def fit_prior(cases: Sequence[Crop], card: RecognizerCard, favours: Favours) -> tuple[Prior, float, float]:
    """Power and bound of the formats, and the loss of the true texts before and after."""
    alone = [text_probabilities(case, card) for case in cases]
    listed = np.array([case.listed for case in cases])
    weights = np.where(listed, (1 - UNLISTED) / max(1, listed.sum()), UNLISTED / max(1, (~listed).sum()))

    def loss(prior: Prior) -> float:
        total = 0.0
        for case, found, weight in zip(cases, alone, weights, strict=True):
            weighed = favours.weighed(case.offered, found, prior)
            true = sum(p for text, p in zip(case.offered, weighed, strict=True) if text == case.text)
            total -= weight * float(np.log(np.clip(true, LEAST, 1)))
        return total / float(weights.sum())

    tried = [card.prior]
    tried += [replace(card.prior, power=power, bound=bound) for bound in BOUNDS for power in POWERS]
    best, after = least(tried, loss)
    return best, loss(card.prior), after


def fit_temperatures(
    cases: Sequence[Crop], card: RecognizerCard, favours: Favours
) -> tuple[RecognizerCard, float, float]:
    """The card with temperatures of one view and of several, and the loss of confidences before and after."""
    before = confidence_loss(cases, card, favours)
    # What is read in one view alone, in video for instance, is every crop: its temperature is fitted to all.
    alone = [replace(case, views=None) for case in cases]
    several = card.latin.views_temperature
    one = coolest(
        card.latin.temperature,
        lambda t: confidence_loss(alone, with_temperatures(card, t, several), favours),
    )
    doubtful = [case for case in cases if case.views is not None]
    if doubtful:
        several = coolest(
            several, lambda t: confidence_loss(doubtful, with_temperatures(card, one, t), favours)
        )
    cooled = with_temperatures(card, one, several)
    return cooled, before, confidence_loss(cases, cooled, favours)


@dataclass(frozen=True)
class Detection:
    """What acceptance judges, as `reading.acceptance` has it, and whether there is a plate."""

    presence: float
    confidence: float
    text: str
    odds: float
    true: bool


def _where_better(fitted: T, card: T, loss: Callable[[T], float]) -> tuple[T, float, float]:
    """The fitted numbers, or those of before where they are no better, and the loss before and after."""
    before, after = loss(card), loss(fitted)
    return (fitted, before, after) if after < before else (card, before, before)


def fit_acceptance(cases: Sequence[Detection], card: AcceptanceCard) -> tuple[AcceptanceCard, float, float]:
    """The weights of the evidence, and the loss of there being a plate before and after."""
    x = np.array([features(case.presence, case.confidence, case.text, case.odds, card) for case in cases])
    true = np.array([case.true for case in cases], float)
    names = ("presence", "text", "letters", "digits", "unknown", "format", "bias")
    # What no case shows says nothing of its weight.
    weights: dict[str, Any] = {
        name: round(float(weight), 3)
        for name, weight, shows in zip(names, logistic_weights(x, true), x.T, strict=True)
        if shows.any()
    }
    for name, least in (("presence", 0.01), ("text", 0.0), ("format", 0.0)):
        weights[name] = max(weights.get(name, 0.0), least)
    fitted = replace(card, **weights)

    def loss(tried: AcceptanceCard) -> float:
        said = [
            plate_probability(case.presence, case.confidence, case.text, case.odds, tried) for case in cases
        ]
        return log_loss(said, true)

    return _where_better(fitted, card, loss)


def fit_bands(cases: Sequence[tuple[bands.Agreed, bool]], card: Bands) -> tuple[Bands, float, float]:
    """How plates and their bands together make confidences, and the loss of these before and after.

    `cases`: what a plate and its bands say, and whether the text is right.
    """
    x = np.array([bands.features(found, card) for found, _ in cases])
    right = np.array([right for _, right in cases], float)
    confidence, agreement, in_band, bias = (round(float(w), 3) for w in logistic_weights(x, right))
    fitted = replace(
        card,
        confidence=max(confidence, 0.0),
        agreement=max(agreement, 0.0),
        in_band=in_band,
        bias=bias,
    )

    def loss(tried: Bands) -> float:
        return log_loss([bands.confident(found, tried).confidence for found, _ in cases], right)

    return _where_better(fitted, card, loss)


def fit_lines(cases: Sequence[tuple[float, bool]], card: Lines) -> tuple[Lines, float, float]:
    """How confident texts of two lines are that were read in several views; the loss before and after.

    `cases`: the confidence that the views give such a text, 0..1, and whether it is right.
    """
    x = np.column_stack([logit([said for said, _ in cases], 1 - card.most), np.ones(len(cases))])
    right = np.array([right for _, right in cases], float)
    confidence, bias = (round(float(w), 3) for w in logistic_weights(x, right))

    def loss(tried: Lines) -> float:
        return log_loss(sigmoid(x @ (tried.confidence, tried.bias)), right)

    return _where_better(replace(card, confidence=max(confidence, 0.01), bias=bias), card, loss)


def fit_presence(
    looks: npt.NDArray[np.float64], true: Sequence[bool], card: DetectorCard
) -> tuple[DetectorCard, float, float]:
    """The detector's temperature, by the first look alone, and what both looks count; the loss of presence
    before and after.

    `looks`: their logits, (n, 2), with the card's numbers.
    """
    scale, _ = least((1.0, *TEMPERATURES), lambda t: log_loss(sigmoid(looks[:, 0] / t), true))
    x = np.column_stack([looks / scale, np.ones(len(looks))])
    first, again, bias = (round(float(w), 3) for w in logistic_weights(x, np.array(true, float)))
    weighed = replace(card.second_look, first=max(first, 0.01), again=max(again, 0.0), bias=bias)
    fitted = replace(card, temperature=round(card.temperature * scale, 4), second_look=weighed)

    def loss(tried: DetectorCard) -> float:
        counts = tried.second_look
        logits = looks * (card.temperature / tried.temperature) @ (counts.first, counts.again) + counts.bias
        return log_loss(sigmoid(logits), true)

    return _where_better(fitted, card, loss)


def vote_losses(cases: Sequence[Vehicle], card: VoteCard) -> npt.NDArray[np.float64]:
    """Negative log-likelihood of the true text of each vehicle, (n,)."""
    said = [vehicle.vote.with_card(card).final(vehicle.fused, OFFERED) for vehicle in cases]
    texts = [[(c.text, c.confidence) for c in reading.candidates] for reading in said]
    return text_losses(texts, [vehicle.text for vehicle in cases])


def fit_vote(cases: Sequence[Vehicle], card: VoteCard) -> tuple[VoteCard, float, float]:
    """How readings count together, one number after the other, and the true texts' loss before and after.

    A number is changed only where the vehicles gain more than chance gives so few of them.
    """
    before = best = vote_losses(cases, card)
    for name, tried in (
        ("independence", INDEPENDENCES),
        ("fused", FUSED),
        ("floor", FLOORS),
        ("another", OTHERS),
    ):
        start, base = card, best
        for value in tried:
            changed = replace(start, **{name: value})
            losses = vote_losses(cases, changed) if changed != start else base
            if _is_gain(base, losses) and losses.mean() < best.mean():
                card, best = changed, losses
    return card, float(before.mean()), float(best.mean())


def fit_vote_temperature(cases: Sequence[Vehicle], card: VoteCard) -> tuple[VoteCard, float, float]:
    """The vote's temperature, and the loss of its being right, or wrong, before and after.

    It is changed as in `fit_vote`.
    """

    def losses(temperature: float) -> npt.NDArray[np.float64]:
        changed = replace(card, temperature=temperature)
        said = [vehicle.vote.with_card(changed).final(vehicle.fused) for vehicle in cases]
        right = [reading.text == vehicle.text for reading, vehicle in zip(said, cases, strict=True)]
        p = np.array([reading.confidence if reading.text else 0.0 for reading in said])
        return np.asarray(-np.log(np.clip(np.where(right, p, 1 - p), LEAST, 1)), np.float64)

    best = round(coolest(card.temperature, lambda temperature: float(losses(temperature).mean())), 4)
    before, after = losses(card.temperature), losses(best)
    if not _is_gain(before, after):
        return card, float(before.mean()), float(before.mean())
    return replace(card, temperature=best), float(before.mean()), float(after.mean())


def _is_gain(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> bool:
    """Whether cases, (n,), lose so much less that it is not by chance."""
    gains = before - after
    return bool(gains.mean() > _SURE_GAIN * gains.std() / np.sqrt(len(gains)))
