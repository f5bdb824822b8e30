"""The vote: many readings of one plate, together.

Each reading has the recognizer's probabilities of classes at its steps, from which CTC gives the exact
probability of any text. So a text is judged by every frame, at whatever steps and whatever length that frame
saw it, and nothing has to be aligned: the evidence is the sum of the logarithms over the frames. Frames of
one vehicle resemble each other and err alike, so that n of them count as n ** `independence`.

What the fused crops say (`numberplate.live.vehicles.fusion`) counts besides: as one more witness, the mean
of them.

That there is no plate is judged like a text, by what each reading gives to labels too short for one.
Readings without a text count as well: what reads as 88 in half of the frames, and as nothing in the others,
is no plate.

The texts judged are those that the frames offer, and what is one character away from the best of them: a
plate that no frame shows whole is found all the same.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from numberplate.live.vehicles.fusion import View
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.cards.vote import VoteCard
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH, fold
from numberplate.plates.formats import Regions
from numberplate.reading import ctc
from numberplate.reading.decoding import Reading
from numberplate.results.plate import Candidate, Character

_MOST_READINGS = 40
"""Readings that are kept, the most confident ones: more cost time and add nothing."""

_TELLING = 0.02
"""Least probability, in the mean of the frames at some step, of a class that is tried in another's place."""

_SURE = 0.8
"""Confidence from which on a text of another script than Latin tells vehicles apart."""

_DIGEST = 8
"""Readings that are kept of a vehicle that was reported: enough to know it again."""

_CANDIDATES = 5
"""Texts that a verdict offers."""

_MOST_CLASSES = 12
_MOST_TEXTS = 32
_ROUNDS = 8


class Vote:
    """Readings of one plate.

    Args:
        regions: what is known of the texts of plates.
        recognizer: whose readings they are.
        card: how they count together.

    `regions`: as given.
    """

    def __init__(self, regions: Regions, recognizer: RecognizerCard, card: VoteCard):
        self.regions = regions
        self._card = card
        self._prior = recognizer.prior
        self._alphabet = recognizer.latin.alphabet
        self._seen: list[tuple[Reading, View | None]] = []
        self._other: list[Reading] = []
        """Readings in other scripts than Latin."""
        self._verdict: Reading | None = None

    @property
    def certain(self) -> float:
        """The confidence from which on more readings are not worth their time."""
        return self._card.certain

    def with_card(self, card: VoteCard) -> "Vote":
        """The same readings, counted together in another way."""
        other = copy.copy(self)
        other._seen, other._card, other._verdict = list(self._seen), card, None
        other._other = list(self._other)
        return other

    def empty(self) -> "Vote":
        """One without readings, of the same recognizer and numbers."""
        other = self.with_card(self._card)
        other._seen, other._other = [], []
        return other

    def __len__(self) -> int:
        return len(self._seen) + len(self._other)

    def add(self, reading: Reading, view: View | None = None) -> None:
        """Adds a reading, and what was read."""
        if reading.script != LATIN:
            self._other = sorted([*self._other, reading], key=lambda r: -r.confidence)[:_MOST_READINGS]
            self._verdict = None
        elif reading.probabilities is not None:
            self._seen.append((reading, view))
            self._keep_best()

    def _keep_best(self) -> None:
        # Those without a text come last, the most confident at the very end. The first of equals stay.
        self._seen.sort(key=lambda seen: -seen[0].confidence if seen[0].text else seen[0].confidence)
        del self._seen[_MOST_READINGS:]
        self._verdict = None

    def absorb(self, other: "Vote") -> None:
        """Adds the readings of another vote."""
        self._seen += other._seen
        self._other = sorted(self._other + other._other, key=lambda r: -r.confidence)[:_MOST_READINGS]
        self._keep_best()

    def digest(self) -> "Vote":
        """The most confident readings alone, without what was read: small enough to be kept for long."""
        other = self.with_card(self._card)
        other._seen = [(reading, None) for reading, _ in self._seen[:_DIGEST]]
        other._other = self._other[:_DIGEST]
        other._verdict = self.verdict()
        return other

    def contradiction(self, other: "Vote") -> float:
        """How much two votes speak against being of one plate: the logarithm of the odds by which they are
        surer of a text each than of any one text that both may show. 0 for one text, inf where nothing that
        one of them offers is in the other's script.
        """
        ours, theirs = self.verdict(), other.verdict()
        if fold(ours.text) == fold(theirs.text) or not ours.text or not theirs.text:
            return 0.0
        if ours.script != LATIN or theirs.script != LATIN:
            return float("inf") if min(ours.confidence, theirs.confidence) >= _SURE else 0.0
        texts = list(dict.fromkeys(c.text for said in (ours, theirs) for c in said.candidates[:3]))
        costs = []
        for vote in (self, other):
            readings = [reading for reading, _ in vote._seen]
            evidence = dict(vote._ranked(texts, vote._steps(readings), None))
            of_texts = np.array([evidence[text] for text in texts])
            costs.append(of_texts.max() - of_texts)
        return float(np.min(costs[0] + costs[1]) / self._card.temperature)

    def views(self, height: int, width: int) -> list[View]:
        """Those with a crop of this size, most confident first, also where nothing was read: the mean of all
        may show what none of them does.
        """
        return [
            view for reading, view in self._seen if view is not None and view.crop.shape == (height, width)
        ]

    def verdict(self) -> Reading:
        """What the readings say together, among the texts that they offer; no text where there is none."""
        if self._verdict is None:
            self._verdict = self._in_other_script() or self._judge(self._offered(), _CANDIDATES)
        return self._verdict

    def _in_other_script(self) -> Reading | None:
        """The text of another script that most readings give, weighed by their confidence; None where Latin
        readings weigh more.
        """
        weights: dict[str, float] = {}
        for reading in self._other:
            weights[reading.text] = weights.get(reading.text, 0.0) + reading.confidence
        latin = sum(r.confidence for r, _ in self._seen if r.text and UNKNOWN_CHARACTER not in r.text)
        if not weights or sum(weights.values()) <= latin:
            return None
        text = max(weights, key=lambda found: weights[found])
        best = max((r for r in self._other if r.text == text), key=lambda r: r.confidence)
        share = weights[text] / (sum(weights.values()) + latin)
        offered = tuple(replace(c, confidence=c.confidence * share) for c in best.candidates)
        return replace(best, confidence=best.confidence * share, candidates=offered)

    def final(self, fused: Sequence[Reading] = (), candidates: int = _CANDIDATES) -> Reading:
        """The same, with a wider search: texts that no reading offers are found too. It takes longer.

        `fused`: what the crops say that were made of all of them.
        """
        other = self._in_other_script()
        if other is not None:
            return other
        texts = self._offered()
        if not texts:
            return self._judge(texts, candidates)
        fused = [reading for reading in fused if reading.probabilities is not None]
        texts |= {c.text for reading in fused for c in reading.candidates if UNKNOWN_CHARACTER not in c.text}
        steps = self._steps([reading for reading, _ in self._seen])
        others = self._steps(fused) if fused else None
        mean = steps.mean(0)
        texts |= {self._text(label) for label in ctc.beam_search(mean, _MOST_TEXTS)}
        geometric = np.exp(np.log(np.maximum(steps, 1e-6)).mean(0))
        texts |= {
            self._text(label)
            for label in ctc.beam_search(geometric / geometric.sum(-1, keepdims=True), _MOST_TEXTS)
        }
        texts = {text for text in texts if MIN_LENGTH <= len(text) <= MAX_LENGTH}
        peaks = mean[:, : len(self._alphabet)].max(0)
        classes = [int(c) for c in np.argsort(-peaks)[:_MOST_CLASSES] if peaks[c] >= _TELLING]
        best = ""
        for _ in range(_ROUNDS):
            ranked = self._ranked(sorted(texts), steps, others)
            texts = {text for text, _ in ranked[:_MOST_TEXTS]}
            if ranked[0][0] == best:
                break
            best = ranked[0][0]
            texts |= _neighbours(best, [self._alphabet[c] for c in classes])
        return self._as_sure_as_seen(self._judge(texts, candidates, others), steps, others)

    def _as_sure_as_seen(
        self, said: Reading, steps: npt.NDArray[np.float64], fused: npt.NDArray[np.float64] | None
    ) -> Reading:
        """The same, less sure where no single picture shows the text: the vote alone made it up."""
        label = [tuple(map(self._alphabet.index, said.text))]
        shares = [
            _shares(seen, label, self._card.another)[:, 0] for seen in (steps, fused) if seen is not None
        ]
        shown = min(1.0, float(np.concatenate(shares).max()) / self._card.shown)
        most = self._card.made_up + (1 - self._card.made_up) * shown
        if said.confidence <= most:
            return said
        by = most / said.confidence
        offered = tuple(replace(c, confidence=c.confidence * by) for c in said.candidates)
        return replace(said, confidence=most, candidates=offered)

    def _text(self, label: ctc.Label) -> str:
        """Empty where it has a character that the recognizer does not know."""
        known = max(label, default=0) < len(self._alphabet)
        return "".join(self._alphabet[c] for c in label) if known else ""

    def _offered(self) -> set[str]:
        offered = {c.text for reading, _ in self._seen for c in reading.candidates[:3]}
        return {text for text in offered if UNKNOWN_CHARACTER not in text}

    def _steps(self, readings: Sequence[Reading]) -> npt.NDArray[np.float64]:
        """The readings' probabilities, float64 (readings, steps, classes), all as long as the longest."""
        rows = [r.probabilities for r in readings if r.probabilities is not None]
        longest = max(len(row) for row in rows)
        steps = np.zeros((len(rows), longest, rows[0].shape[1]))
        steps[..., -1] = 1.0  # blanks at the end change nothing
        for place, row in zip(steps, rows, strict=True):
            place[: len(row)] = row
        return steps

    def _ranked(
        self, texts: Sequence[str], steps: npt.NDArray[np.float64], fused: npt.NDArray[np.float64] | None
    ) -> list[tuple[str, float]]:
        """Texts with their evidence, a logarithm, best first. The text "" stands for no plate or another."""
        labels = [tuple(map(self._alphabet.index, text)) for text in texts]
        card = self._card
        evidence = np.log(_shares(steps, labels, card.another) + card.floor).sum(0)
        evidence *= len(steps) ** (card.independence - 1)
        if fused is not None:
            # Each of them may have been aligned to a wrong one: a text must be in one of them, not in all.
            evidence += card.fused * np.log(_shares(fused, labels, card.another).mean(0) + card.floor)
        return sorted(zip([*texts, ""], evidence.tolist(), strict=True), key=lambda item: -item[1])

    def _judge(
        self, texts: set[str], candidates: int, fused: npt.NDArray[np.float64] | None = None
    ) -> Reading:
        if not texts:
            return Reading("", 1.0, (), ())
        steps = self._steps([reading for reading, _ in self._seen])
        ranked = self._ranked(sorted(texts), steps, fused)
        odds = np.exp((np.array([e for _, e in ranked]) - ranked[0][1]) / self._card.temperature)
        odds /= odds.sum()
        known = [(text, p) for (text, _), p in zip(ranked, odds.tolist(), strict=True) if text]
        ordered = self.regions.reorder(known[:_MOST_TEXTS], self._prior.power, self._prior.bound)
        best = ordered[0][0]
        offered = tuple(Candidate(text, min(1.0, p)) for text, p in ordered[:candidates])
        return Reading(
            best,
            offered[0].confidence,
            tuple(Character(c, p) for c, p in zip(best, self._characters(best, dict(ordered)), strict=True)),
            offered,
        )

    def _characters(self, best: str, shares: dict[str, float]) -> list[float]:
        """Confidence of each character of the best text: against texts that differ in that one alone."""
        found = []
        for i in range(len(best)):
            head, tail = best[:i], best[i + 1 :]
            others = sum(
                p
                for text, p in shares.items()
                if text != best
                and text.startswith(head)
                and text.endswith(tail)
                and len(text) in (len(best), len(best) - 1)
            )
            found.append(shares[best] / max(shares[best] + others, 1e-300))
        return found


def _shares(
    steps: npt.NDArray[np.float64], labels: Sequence[ctc.Label], another: float
) -> npt.NDArray[np.float64]:
    """What each picture gives to each label, and last to no plate or any other label, `another` of the rest.

    Returns float64 (pictures, labels + 1).
    """
    shares = np.minimum(ctc.probabilities(steps, labels), 1.0)
    # The labels of fewer than MIN_LENGTH characters: what the recognizer says where there is no plate.
    short: list[ctc.Label] = [(), *((c,) for c in range(steps.shape[-1] - 1))]
    none = np.minimum(ctc.probabilities(steps, short).sum(-1, keepdims=True), 1.0)
    others = np.maximum(1 - shares.sum(-1, keepdims=True) - none, 0.0)
    return np.concatenate([shares, none + another * others], -1)


def _neighbours(text: str, letters: Sequence[str]) -> set[str]:
    """The texts that differ in one character, have one more of the letters, or one less."""
    near = {text[:i] + c + text[i + 1 :] for i in range(len(text)) for c in letters}
    near |= {text[:i] + text[i + 1 :] for i in range(len(text))}
    near |= {text[:i] + c + text[i:] for i in range(len(text) + 1) for c in letters}
    return {t for t in near if MIN_LENGTH <= len(t) <= MAX_LENGTH}
