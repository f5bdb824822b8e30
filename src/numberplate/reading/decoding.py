"""One crop's logits to its text: a beam search, other views where there is doubt, and what formats say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import groupby
from typing import overload

import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Floats, side_lengths
from numberplate.models.cards.recognizer import Head, Lines, Prior, RecognizerCard
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.models.probability import logit_of, sigmoid_of, softmax
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH, alphabets
from numberplate.plates.formats import Regions
from numberplate.reading import ctc
from numberplate.results.plate import Candidate, Character, Region

_HYPOTHESES = 24
"""Texts of a crop in doubt that formats put in order; more are taken where more are asked for."""

_SURE = 50.0
"""The logit of a step that is certain, so to speak."""

_LEAST_REGION = 0.01
"""Regions less probable than this are not named."""


class Characters(Sequence[Character]):
    """The characters of a text, worked out when the first one is asked for.

    Of a picture's readings most are compared and dropped: the characters took a quarter of the decoding.

    `count`: how many there are; `tell`: gives them.
    """

    def __init__(self, count: int, tell: Callable[[], tuple[Character, ...]]):
        self._count, self._tell = count, tell

    @cached_property
    def _made(self) -> tuple[Character, ...]:
        return self._tell()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Character: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Character, ...]: ...

    def __getitem__(self, place: int | slice) -> Character | tuple[Character, ...]:
        return self._made[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._made == tuple(other)

    def __hash__(self) -> int:
        return hash(self._made)

    def __repr__(self) -> str:
        return repr(self._made)


@dataclass(frozen=True)
class Reading:
    """What one crop says.

    Attributes:
        text: in reading order, `?` for a character that no head knows; empty when the crop shows no plate:
            fewer than MIN_LENGTH characters, or more than MAX_LENGTH.
        confidence: the probability of the whole text, 0..1; of there being no plate when it is empty.
        characters: one for each character of the text.
        candidates: the likeliest texts, best first, the text itself among them; empty when the text is.
        script: code of the alphabet that the text is of.
        views: how many views of the crop it was read in.
        probabilities: what the Latin head gave, float64 (steps, classes); the last class is the blank.
        rows: gives the texts of the rows of a plate of two, from the top; None for one row.
    """

    text: str
    confidence: float
    characters: Sequence[Character]
    candidates: tuple[Candidate, ...]
    script: str = LATIN
    views: int = 1
    probabilities: npt.NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    rows: Callable[[], tuple[str, str]] | None = field(default=None, repr=False, compare=False)


def decode(
    logits: Floats,
    card: RecognizerCard,
    regions: Regions,
    candidates: int = 5,
    again: Callable[[], Floats] | None = None,
    head: Head | None = None,
    least: float = 0.0,
    together: float = 0.0,
    two: bool = False,
) -> Reading:
    """One crop's logits, (steps, classes), of one head, to its reading; `head`: None for the Latin one.

    `two`: they are of two rows, as `joined` puts one after the other.

    They are searched with a beam, and what it ends with is measured exactly. The network alone says whether
    there is a plate; of the texts, `regions` says which are likelier than others.

    `again` gives the logits of other views of the crop, (views, steps, classes). It is asked for where the
    text is in doubt; the mean of what all views give to each text counts then. `least`: where no text can be
    as probable, that of the likeliest alignment is given as it is, without its characters; nor where this
    view's texts have less than `together`.
    """
    if candidates < 1:
        raise ValueError(f"candidates: expected at least 1, got {candidates}")
    head, prior = head or card.latin, card.prior
    rows = seen = softmax(logits / np.float32(head.temperature))
    alignment = float(rows.max(-1).prod())
    if alignment * card.refinement.alignments < least:
        return _hopeless(logits, alignment, head, two)
    # No format puts another text before one that is so sure.
    plain = alignment >= prior.bound / (1 + prior.bound)
    ranked = _search(rows, max(10 if plain else _HYPOTHESES, 2 * candidates))
    if head.script != LATIN:
        ranked = _with_formed(ranked, rows, head, regions)
    text_of = _Texts(head, logits, two)
    # In reading order, those of a plate's length.
    texts = {label: text_of(label) for label, _ in ranked if MIN_LENGTH <= len(label) <= MAX_LENGTH}
    offered = _reordered(ranked, texts, regions, prior)
    kept = rows if head.script == LATIN else None
    if sum(p for _, p in offered) < together:
        return replace(_hopeless(logits, alignment, head, two), probabilities=kept)
    # Nor makes up for so little.
    if not plain and ranked[0][1] > prior.least:
        doubtful = max((p for _, p in offered), default=0.0) < card.refinement.views_below
        if again is not None and card.views and doubtful:
            views = np.concatenate([logits[None], again()])
            seen = softmax(views.astype(np.float64) / head.views_temperature)
            ranked = _ranked(seen, [label for label, _ in ranked])
            offered = _reordered(ranked, texts, regions, prior)
    likeliest, confidence = ranked[0]
    if likeliest not in texts:
        return Reading("", min(1.0, confidence), (), (), script=head.script, probabilities=kept)
    if head.script != LATIN:
        # What is of no format of theirs is more often a Latin text with a blot on it.
        offered = [found for found in offered if regions.may_be(found[0])] or offered
    best = offered[0][0]
    label = next(label for label, _ in ranked if texts.get(label) == best)
    found = tuple(Candidate(text, min(1.0, p)) for text, p in offered[:candidates])
    return Reading(
        best,
        found[0].confidence,
        Characters(len(best), partial(_characters, seen, label, text_of, regions, prior)),
        found,
        head.script,
        1 if seen.ndim == 2 else len(seen),
        kept,
        partial(text_of.of_rows, label) if two else None,
    )


def with_confidence(reading: Reading, confidence: float) -> Reading:
    """The reading with its text as confident as this, 0..1."""
    alone = reading.confidence
    # The other texts share what the first one leaves, and none has more of it than it had.
    scale = min(confidence / alone, (1 - confidence) / (1 - alone) if alone < 1 else 1.0)
    texts = tuple(
        replace(c, confidence=confidence if c.text == reading.text else c.confidence * scale)
        for c in reading.candidates
    )
    return replace(reading, confidence=confidence, candidates=texts)


def of_lines(reading: Reading, card: Lines) -> Reading:
    """The reading of a plate of two lines with the confidence that it has where several views give it."""
    if not reading.text or reading.views == 1:
        return reading
    said = card.confidence * logit_of(reading.confidence, 1 - card.most) + card.bias
    return with_confidence(reading, sigmoid_of(said))


def joined(lines: Floats) -> Floats:
    """The logits of lines, (lines, steps, classes), as if they were of one: (steps, classes)."""
    # A blank between two lines: the first character of one may be the last of the other.
    between = np.full((len(lines), 1, lines.shape[-1]), -_SURE, np.float32)
    between[..., -1] = _SURE
    return np.concatenate([lines, between], 1).reshape(-1, lines.shape[-1])


class _Texts:
    """The texts of a head's labels, in reading order: each of two rows by itself.

    `head`: of which alphabet; `logits`: of the steps, (steps, classes); `two`: whether these are of two rows,
    as `joined` puts one after the other.
    """

    def __init__(self, head: Head, logits: Floats, two: bool) -> None:
        known = alphabets().get(head.script)
        self._turned = known is not None and known.right_to_left
        self._read: Callable[[str], str] = known.read if known is not None and self._turned else str
        self._head, self._logits, self._two = head, logits, two

    @cached_property
    def _rows(self) -> tuple[ctc.Steps, ctc.Steps]:
        steps = softmax(self._logits / np.float32(self._head.temperature))
        half = len(steps) // 2
        return steps[: half - 1], steps[half:-1]  # without the blank after each

    def __call__(self, label: ctc.Label) -> str:
        if self._two and self._turned:
            return "".join(self.of_rows(label))
        return self._read(_printed(label, self._head))

    def of_rows(self, label: ctc.Label) -> tuple[str, str]:
        """What each of two rows has of a label."""
        first, second = self._parts(label)
        return self._read(first), self._read(second)

    def in_order(self, label: ctc.Label, sure: Sequence[float]) -> list[tuple[str, float]]:
        """The characters of a label's text, each with its confidence, given as on the plate."""
        found: list[tuple[str, float]] = []
        parts = self._parts(label) if self._two and self._turned else (_printed(label, self._head),)
        for printed in parts:
            found += _in_order(self._read(printed), printed, sure[len(found) : len(found) + len(printed)])
        return found

    def _parts(self, label: ctc.Label) -> tuple[str, str]:
        """What stands in each of two rows, from left to right."""
        end = ctc.first_of_two(*self._rows, label)
        return _printed(label[:end], self._head), _printed(label[end:], self._head)


def alignment_probabilities(logits: Floats, temperature: float) -> Floats:
    """The probability of the likeliest alignment in each of logits (n, steps, classes): (n,)."""
    odds = logits - logits.max(-1, keepdims=True)
    odds *= np.float32(1 / temperature)
    np.exp(odds, odds)
    return np.asarray((1 / odds.sum(-1)).prod(-1), np.float32)


def greedy(logits: Floats) -> ctc.Label:
    """The label of the likeliest alignment."""
    blank = logits.shape[-1] - 1
    return tuple(c for c, _ in groupby(logits.argmax(-1).tolist()) if c != blank)


def greedy_text(logits: Floats, head: Head, two: bool = False) -> str:
    """The text of the likeliest alignment, in reading order. `two`: see `decode`."""
    return _Texts(head, logits, two)(greedy(logits))


def _hopeless(logits: Floats, alignment: float, head: Head, two: bool) -> Reading:
    """The likeliest alignment, of this probability, as it is."""
    text = greedy_text(logits, head, two)
    fits = MIN_LENGTH <= len(text) <= MAX_LENGTH
    return Reading(text if fits else "", alignment, (), (), script=head.script)


def _characters(
    seen: ctc.Steps, label: ctc.Label, text_of: _Texts, regions: Regions, prior: Prior
) -> tuple[Character, ...]:
    """The characters of a label's text, in reading order, given the steps of all views."""
    sure = ctc.character_confidences(
        seen, label, lambda label: regions.favour(text_of(label), prior.power, prior.bound)
    )
    return tuple(Character(c, min(1.0, p)) for c, p in text_of.in_order(label, sure))


def _reordered(
    ranked: list[tuple[ctc.Label, float]], texts: Mapping[ctc.Label, str], regions: Regions, prior: Prior
) -> list[tuple[str, float]]:
    """The texts of those labels that have one with their probabilities, formats taken into account."""
    found = [(texts[label], p) for label, p in ranked if label in texts]
    return regions.reorder(found, prior.power, prior.bound)


def _in_order(text: str, printed: str, sure: Sequence[float]) -> list[tuple[str, float]]:
    """The characters of a text in reading order, each with its confidence, given as on the plate."""
    if text == printed:
        return list(zip(text, sure, strict=True))
    # Letters are read from the right, and digits after them from the left.
    letters = next(i for i in range(len(text) + 1) if text.endswith(printed[: len(text) - i]))
    turned = [*sure[len(text) - letters :][::-1], *sure[: len(text) - letters]]
    return list(zip(text, turned, strict=True))


def _search(rows: ctc.Steps, width: int) -> list[tuple[ctc.Label, float]]:
    """The likeliest labels of steps with their probabilities, best first."""
    return _ranked(rows[None], ctc.beam_search(rows, width))


def _with_formed(
    ranked: list[tuple[ctc.Label, float]], rows: ctc.Steps, head: Head, regions: Regions
) -> list[tuple[ctc.Label, float]]:
    """The labels, and where the first one is of no format, the likeliest that are."""
    known, shapes = alphabets().get(head.script), regions.shapes(head.script)
    if shapes is None or known is None or known.right_to_left or _printed(ranked[0][0], head) in shapes:
        return ranked
    there = [label for label, _ in ranked]
    formed = [
        label for label in ctc.formed_search(rows, head.alphabet, shapes, _HYPOTHESES) if label not in there
    ]
    return _ranked(rows[None], there + formed) if formed else ranked


def _ranked(seen: npt.NDArray[np.float64], labels: list[ctc.Label]) -> list[tuple[ctc.Label, float]]:
    """Labels with their mean probabilities in several views, (views, steps, classes), best first."""
    found = ctc.probabilities(seen, labels).mean(0).tolist()
    return sorted(zip(labels, found, strict=True), key=lambda item: -item[1])


def likeliest_regions(regions: Regions, text: str, corners: Floats | None) -> tuple[Region, ...]:
    """The regions that a plate with this text may be of, best first, without those less probable than 0.01.

    `corners`: of the plate, (4, 2); None where it is cut, since its shape says nothing then.
    """
    aspect = None
    if corners is not None:
        width, height = side_lengths(corners)
        aspect = round(width / height, 2) if min(width, height) > 0 else None
    found = regions.probabilities(text, aspect or None)
    return tuple(Region(code, p) for code, p in found.items() if p >= _LEAST_REGION)


def _printed(label: ctc.Label, head: Head) -> str:
    """The text of a label, in the order of the plate."""
    characters = head.alphabet + UNKNOWN_CHARACTER
    return "".join([characters[c] for c in label])
