"""The recognizer: flat crops in, their texts out."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from typing import overload

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Floats
from numberplate.models.bundle import load_recognizer
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.models.device import CPU
from numberplate.models.manifest import Head, Jitter, Prior, RecognizerCard
from numberplate.models.probability import softmax
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH, alphabets
from numberplate.plates.formats import Regions
from numberplate.reading import ctc
from numberplate.results.plate import Candidate, Character, Region

_MOST_CROPS = 32
"""Crops in one run: beyond it a batch takes memory and saves no time."""

_HYPOTHESES = 24
"""Texts of a crop in doubt that formats put in order; more are taken where more are asked for."""

_SURE = 50.0
"""A logit beside which its negative has no probability."""

_BLOTS = 7
"""Characters of a Latin row, at least, for each one that is unknown."""

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
        regions: the likeliest regions of the text, best first.
        script: code of the alphabet that the text is of.
        views: how many views of the crop it was read in.
        probabilities: what the Latin head gave, float64 (steps, classes); the last class is the blank.
    """

    text: str
    confidence: float
    characters: Sequence[Character]
    candidates: tuple[Candidate, ...]
    regions: tuple[Region, ...] = ()
    script: str = LATIN
    views: int = 1
    probabilities: npt.NDArray[np.float64] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Seen:
    """What the network makes of n crops.

    Attributes:
        logits: of each script's head, (n, steps, classes).
        corners: how far the corners of each crop's plate lie from where the crop has them, (n, 4, 2), in
            fractions of its width and height, as `numberplate.geometry.quads.offsets` has it.
        cut: logits of the picture's edge cutting each plate on the left, top, right and bottom, (n, 4).
        lines: the logit of each plate having two lines, and where the second begins, as a share of the
            plate's height, (n, 2).

    What a network does not tell is None.
    """

    logits: Mapping[str, Floats]
    corners: Floats | None = None
    cut: Floats | None = None
    lines: Floats | None = None

    @property
    def latin(self) -> Floats:
        """The Latin head's logits."""
        return self.logits[LATIN]

    def __len__(self) -> int:
        return len(next(iter(self.logits.values())))

    def of(self, places: Sequence[int]) -> "Seen":
        """The same of some of the crops."""
        these = list(places)
        return Seen(
            {script: logits[these] for script, logits in self.logits.items()},
            *(None if found is None else found[these] for found in (self.corners, self.cut, self.lines)),
        )

    def replaced(self, places: npt.NDArray[np.bool_], others: "Seen") -> "Seen":
        """The same with other crops at some places."""

        def put(ours: Floats | None, theirs: Floats | None) -> Floats | None:
            if ours is None or theirs is None:
                return ours
            ours = ours.copy()
            ours[places] = theirs
            return ours

        logits = {script: put(ours, others.logits[script]) for script, ours in self.logits.items()}
        return Seen(
            {script: found for script, found in logits.items() if found is not None},
            put(self.corners, others.corners),
            put(self.cut, others.cut),
            put(self.lines, others.lines),
        )


Views = Callable[[], Mapping[str, Floats]]
"""Gives the logits of other views of one crop, (views, steps, classes) of each script."""


class Recognizer:
    """Reads crops of plates.

    Args:
        weights: folder of a bundle with a recognizer; None for the package's own.
        threads: to run on.
        regions: what is known of the texts of plates; None prefers no region.

    Raises WeightsError when the weights cannot be used.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        regions: Regions | None = None,
        device: str = CPU,
    ):
        self._network, self.card = load_recognizer(weights, threads, device)
        self._regions = Regions() if regions is None else regions

    def with_card(self, card: RecognizerCard) -> "Recognizer":
        """One that reads with other numbers, with the same network."""
        other = copy.copy(self)
        other.card = card
        return other

    def with_regions(self, regions: Regions) -> "Recognizer":
        """One that knows something else of the texts, with the same network."""
        other = copy.copy(self)
        other._regions = regions
        return other

    def read(self, crops: npt.NDArray[np.uint8], candidates: int = 5) -> list[Reading]:
        """Reads crops, uint8 (n, height, width), grey, of the card's height and width: one reading each.

        `candidates`: how many texts each reading has at most, 1 or more.
        """
        return self.decode(self.look(crops), candidates, crops)

    @property
    def regions(self) -> Regions:
        """Whose formats count."""
        return self._regions

    def alignment_probabilities(self, logits: Floats) -> Floats:
        """For each crop of the Latin head's logits, the probability of its likeliest alignment, (n,).

        It is a lower bound of the confidence of what `decode` makes of the crop, in far less time.
        """
        return _alignment_probabilities(logits, self.card.latin.temperature)

    def decode(
        self,
        seen: Seen,
        candidates: int = 5,
        crops: npt.NDArray[np.uint8] | None = None,
        least: Sequence[float] | None = None,
    ) -> list[Reading]:
        """The readings of crops, given what `look` saw in them.

        With the `crops` themselves, those that leave a doubt are seen in more views, `jittered`. `least`: the
        confidence of each below which its text is of no use; see `decode`.
        """
        again = [None] * len(seen) if crops is None else [partial(self.jittered_logits, c) for c in crops]
        said = {script: p.tolist() for script, p in self._said(seen.logits).items()}
        return [
            self._decode(
                {script: logits[i] for script, logits in seen.logits.items()},
                {script: p[i] for script, p in said.items()},
                candidates,
                views,
                0.0 if least is None else least[i],
            )
            for i, views in enumerate(again)
        ]

    def _said(self, logits: Mapping[str, Floats]) -> dict[str, Floats]:
        """Of logits (n, steps, classes), the probabilities of each crop's likeliest alignment, (n,).

        Of each script that there are logits of; none where there is one head, which is not compared.
        """
        return {
            head.script: _alignment_probabilities(logits[head.script], head.temperature)
            for head in self.card.heads
            if head.script in logits and len(self.card.heads) > 1
        }

    def _decode(
        self,
        logits: Mapping[str, Floats],
        said: Mapping[str, float],
        candidates: int,
        again: Views | None,
        least: float = 0.0,
    ) -> Reading:
        """One crop's reading: Latin, or that of another script where Latin letters do not tell.

        `logits`: of each script that there is a text of; without Latin, it is of another. `said`: the
        probability of the likeliest alignment in each of them.
        """
        known: dict[str, Mapping[str, Floats]] = {}

        def views(script: str) -> Callable[[], Floats] | None:
            if again is None:
                return None

            def seen() -> Floats:
                # All heads see the same views, once.
                if not known:
                    known["views"] = again()
                return known["views"][script]

            return seen

        unknown_class = len(self.card.latin.alphabet)
        foreign = LATIN not in logits or bool((logits[LATIN].argmax(-1) == unknown_class).any())
        if least and len(self.card.heads) > 1 and self._may_be_foreign(logits, said, least):
            least = 0.0  # what Latin letters make of it says little
        latin = Reading("", 1.0, (), ())
        if LATIN in logits:
            latin = decode(
                logits[LATIN], self.card, self._regions, candidates, views(LATIN), least=least, together=least
            )
        if len(self.card.heads) == 1 or latin.confidence < least:
            return latin
        unknown = UNKNOWN_CHARACTER in latin.text or (not latin.text and foreign)
        scripts = self.card.scripts
        if not unknown and not (latin.text and latin.confidence < scripts.doubt):
            return self._surer(latin, logits, said, candidates, views)
        least = scripts.unknown if unknown else max(scripts.known, latin.confidence)
        found = [
            decode(logits[head.script], self.card, self._regions, candidates, views(head.script), head, least)
            for head in self._likely(logits, said)
        ]
        # What is of no format is more often a Latin text with a blot on it.
        found = [r for r in found if r.characters and _is_foreign(r.text) and self._regions.may_be(r.text)]
        best = max(found, key=lambda reading: reading.confidence, default=latin)
        if best is not latin and best.confidence >= least:
            return best
        # What is hardly anything but unknown characters is no text.
        if latin.text.count(UNKNOWN_CHARACTER) > len(latin.text) / 2:
            return Reading("", latin.confidence, (), (), probabilities=latin.probabilities)
        return latin

    def _surer(
        self,
        latin: Reading,
        logits: Mapping[str, Floats],
        said: Mapping[str, float],
        candidates: int,
        views: Callable[[str], Callable[[], Floats] | None],
    ) -> Reading:
        """A Latin text, or that of another script whose head is surer of it than the Latin head of its own.

        That text may be the same with an accent. It is of a format of its script.
        """
        best = latin
        for head in self._others(logits):
            if said[head.script] <= said[LATIN]:
                continue
            text = self._text(logits, head)
            if _is_foreign(text) and self._regions.may_be(text):
                found = decode(
                    logits[head.script], self.card, self._regions, candidates, views(head.script), head
                )
                if _is_foreign(found.text) and found.confidence > best.confidence:
                    best = found if self._regions.may_be(found.text) else best
        return best

    def _may_be_foreign(self, logits: Mapping[str, Floats], said: Mapping[str, float], least: float) -> bool:
        """Whether a text of another script, with a character of its own, may be as probable as `least`."""
        return any(
            said[head.script] * self.card.refinement.alignments >= least
            and _is_foreign(self._text(logits, head))
            for head in self._others(said)
        )

    def _likely(self, logits: Mapping[str, Floats], said: Mapping[str, float]) -> list[Head]:
        """The other scripts' heads that are most confident of a text with a character of their own.

        Those whose text is of one of their script's formats come first.
        """
        sure: list[tuple[bool, float, Head]] = []
        for head in self._others(logits):
            text = self._text(logits, head)
            if _is_foreign(text):
                sure.append((self._regions.may_be(text), said[head.script], head))
        sure.sort(key=lambda found: found[:2], reverse=True)
        return [head for *_, head in sure[: self.card.scripts.heads]]

    def _others(self, given: Mapping[str, object]) -> list[Head]:
        """The heads of other scripts than Latin of which something is given."""
        return [head for head in self.card.heads[1:] if head.script in given]

    def _text(self, logits: Mapping[str, Floats], head: Head) -> str:
        """The text of a head's likeliest alignment, in reading order."""
        return _order(head)(_printed(_greedy(logits[head.script]), head))

    def jittered_logits(self, *lines: npt.NDArray[np.uint8]) -> dict[str, Floats]:
        """The logits of other views of a crop, or of the lines of a plate, (views, steps, classes) of each
        script.
        """
        # All at once: a run of the network takes a third of a crop's time by itself.
        seen = self.look(np.concatenate([jittered(line, self.card.views) for line in lines])).logits
        if len(lines) == 1:
            return dict(seen)
        shape = len(lines), len(self.card.views)
        return {
            script: np.stack(
                [_joined(view) for view in logits.reshape(*shape, *logits.shape[1:]).swapaxes(0, 1)]
            )
            for script, logits in seen.items()
        }

    def read_lines(self, crops: npt.NDArray[np.uint8], candidates: int = 5) -> Reading:
        """Reads the lines of one plate, from the top, each a crop as in `read`; see `decode_lines`."""
        return self.decode_lines(self.look(crops), candidates, crops)

    def decode_lines(
        self, seen: Seen, candidates: int = 5, crops: npt.NDArray[np.uint8] | None = None
    ) -> Reading:
        """The reading of one plate, given what `look` saw in its lines, from the top.

        The steps of all lines, one after the other, are read as if they were of one. The text is of a script
        of which each line has at least one character, and empty where there is none. Of a plate with one row
        in Latin letters that the other row repeats in letters of another script, it is the Latin row.
        `crops`: see `decode`.
        """
        row = self._latin_row(seen)
        if row is not None:
            again = None if crops is None else partial(self.jittered_logits, crops[row])
            return self._decode_one(
                {script: logits[row] for script, logits in seen.logits.items()}, candidates, again
            )
        joined = {
            script: _joined(logits)
            for script, logits in seen.logits.items()
            if (logits.argmax(-1) != logits.shape[-1] - 1).any(-1).all()
        }
        if not joined:
            return Reading("", 1.0, (), ())
        return self._decode_one(
            joined, candidates, None if crops is None else partial(self.jittered_logits, *crops)
        )

    def _latin_row(self, seen: Seen) -> int | None:
        """Which of two rows is a text in Latin letters where the other one is in those of another script.

        Most characters of that one are unknown to the Latin head (١ is a 1 to it), and another script's head
        has a text with characters of its own there.
        """
        if len(seen) != 2:
            return None
        unknown = len(self.card.latin.alphabet)
        rows = [_greedy(row) for row in seen.latin]
        for place, other in ((1, 0), (0, 1)):
            # A blot may look like no letter; of plates whose own characters are unknown, rows are shorter.
            known = rows[place].count(unknown) <= len(rows[place]) / _BLOTS
            enough = len(rows[place]) >= self.card.scripts.row and known
            if enough and 2 * rows[other].count(unknown) > len(rows[other]):
                there = {script: logits[other] for script, logits in seen.logits.items()}
                if any(_is_foreign(self._text(there, head)) for head in self._others(there)):
                    return place
        return None

    def _decode_one(self, logits: Mapping[str, Floats], candidates: int, again: Views | None) -> Reading:
        """As `_decode`, of what is no crop by itself."""
        said = self._said({script: given[None] for script, given in logits.items()})
        return self._decode(logits, {script: float(p[0]) for script, p in said.items()}, candidates, again)

    def look(self, crops: npt.NDArray[np.uint8]) -> Seen:
        """What the network makes of crops, uint8 (n, height, width), grey."""
        expected = (self.card.height, self.card.width)
        if crops.ndim != 3 or crops.shape[1:] != expected or crops.dtype != np.uint8:
            raise ValueError(f"crops: expected uint8 (n, {expected[0]}, {expected[1]}), got {crops.shape}")
        given = [
            self._network.outputs(crops[start : start + _MOST_CROPS, :, :, None].astype(np.float32))
            # At least once, if for no crops: the outputs have the shapes.
            for start in range(0, max(1, len(crops)), _MOST_CROPS)
        ]
        found = given[0]
        if len(given) > 1:
            found = {name: np.concatenate([outputs[name] for outputs in given]) for name in found}
        corners = found.get("corners")
        return Seen(
            {head.script: found[head.output] for head in self.card.heads},
            None if corners is None else corners.reshape(-1, 4, 2),
            found.get("cut"),
            found.get("lines"),
        )


def jittered(crop: npt.NDArray[np.uint8], views: Sequence[Jitter]) -> npt.NDArray[np.uint8]:
    """The same crop, uint8 (height, width), a little scaled or shifted: uint8 (views, height, width).

    What the network makes of it wavers with where the characters lie between its steps.
    """
    height, width = crop.shape
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    seen = []
    for view in views:
        shift = (1 - view.scale) * centre + (view.right, view.down)
        matrix = np.column_stack([view.scale * np.eye(2), shift])
        seen.append(cv2.warpAffine(crop, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))
    return np.array(seen, np.uint8).reshape(-1, height, width)


def decode(
    logits: Floats,
    card: RecognizerCard,
    regions: Regions,
    candidates: int = 5,
    again: Callable[[], Floats] | None = None,
    head: Head | None = None,
    least: float = 0.0,
    together: float = 0.0,
) -> Reading:
    """One crop's logits, (steps, classes), of one head, to its reading; `head`: None for the Latin one.

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
        return _hopeless(logits, alignment, head)
    # No format puts another text before one that is so sure.
    plain = alignment >= prior.bound / (1 + prior.bound)
    ranked = _search(rows, max(10 if plain else _HYPOTHESES, 2 * candidates))
    order = _order(head)
    # In reading order, those of a plate's length.
    texts = {
        label: order(_printed(label, head)) for label, _ in ranked if MIN_LENGTH <= len(label) <= MAX_LENGTH
    }
    offered = _reordered(ranked, texts, regions, prior)
    kept = rows if head.script == LATIN else None
    if sum(p for _, p in offered) < together:
        return replace(_hopeless(logits, alignment, head), probabilities=kept)
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
    best = offered[0][0]
    label = next(label for label, _ in ranked if texts.get(label) == best)
    found = tuple(Candidate(text, min(1.0, p)) for text, p in offered[:candidates])
    return Reading(
        best,
        found[0].confidence,
        Characters(len(best), partial(_characters, seen, label, best, head, regions, prior)),
        found,
        likeliest_regions(regions, best),
        head.script,
        1 if seen.ndim == 2 else len(seen),
        kept,
    )


def _hopeless(logits: Floats, alignment: float, head: Head) -> Reading:
    """The likeliest alignment, of this probability, as it is."""
    text = _printed(_greedy(logits), head)
    fits = MIN_LENGTH <= len(text) <= MAX_LENGTH
    return Reading(text if fits else "", alignment, (), (), script=head.script)


def _characters(
    seen: ctc.Steps, label: ctc.Label, text: str, head: Head, regions: Regions, prior: Prior
) -> tuple[Character, ...]:
    """The characters of a text, in reading order, given its label and the steps of all views."""
    order = _order(head)
    sure = ctc.character_confidences(
        seen, label, lambda label: regions.favour(order(_printed(label, head)), prior.power, prior.bound)
    )
    return tuple(Character(c, min(1.0, p)) for c, p in _in_order(text, _printed(label, head), sure))


def _reordered(
    ranked: list[tuple[ctc.Label, float]], texts: Mapping[ctc.Label, str], regions: Regions, prior: Prior
) -> list[tuple[str, float]]:
    """The texts of those labels that have one with their probabilities, formats taken into account."""
    found = [(texts[label], p) for label, p in ranked if label in texts]
    return regions.reorder(found, prior.power, prior.bound)


def _order(head: Head) -> Callable[[str], str]:
    """What puts the characters of a text of this head's, given as on the plate, in reading order."""
    known = alphabets().get(head.script)
    return known.read if known is not None and known.right_to_left else str


def _in_order(text: str, printed: str, sure: Sequence[float]) -> list[tuple[str, float]]:
    """The characters of a text in reading order, each with its confidence, given as on the plate."""
    if text == printed:
        return list(zip(text, sure, strict=True))
    # Letters are read from the right, and digits after them from the left.
    letters = next(i for i in range(len(text) + 1) if text.endswith(printed[: len(text) - i]))
    turned = [*sure[len(text) - letters :][::-1], *sure[: len(text) - letters]]
    return list(zip(text, turned, strict=True))


def _alignment_probabilities(logits: Floats, temperature: float) -> Floats:
    """The probability of the likeliest alignment in each of logits (n, steps, classes): (n,)."""
    odds = logits - logits.max(-1, keepdims=True)
    odds *= np.float32(1 / temperature)
    np.exp(odds, odds)
    return np.asarray((1 / odds.sum(-1)).prod(-1), np.float32)


def _greedy(logits: Floats) -> ctc.Label:
    """The label of the likeliest alignment."""
    blank = logits.shape[-1] - 1
    return tuple(c for c, _ in groupby(logits.argmax(-1).tolist()) if c != blank)


def _is_foreign(text: str) -> bool:
    return any(c not in ALPHABET for c in text)


def _joined(lines: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The logits of lines, (lines, steps, classes), as if they were of one: (steps, classes)."""
    # A blank between two lines: the first character of one may be the last of the other.
    between = np.full((len(lines), 1, lines.shape[-1]), -_SURE, np.float32)
    between[..., -1] = _SURE
    return np.concatenate([lines, between], 1).reshape(-1, lines.shape[-1])


def _search(rows: ctc.Steps, width: int) -> list[tuple[ctc.Label, float]]:
    """The likeliest labels of steps with their probabilities, best first."""
    return _ranked(rows[None], ctc.beam_search(rows, width))


def _ranked(seen: npt.NDArray[np.float64], labels: list[ctc.Label]) -> list[tuple[ctc.Label, float]]:
    """Labels with their mean probabilities in several views, (views, steps, classes), best first."""
    found = ctc.probabilities(seen, labels).mean(0).tolist()
    return sorted(zip(labels, found, strict=True), key=lambda item: -item[1])


def likeliest_regions(regions: Regions, text: str) -> tuple[Region, ...]:
    """The regions that `text` may be of, best first, without those less probable than 0.01."""
    found = regions.probabilities(text)
    return tuple(Region(code, p) for code, p in found.items() if p >= _LEAST_REGION)


def _printed(label: ctc.Label, head: Head) -> str:
    """The text of a label, in the order of the plate."""
    characters = head.alphabet + UNKNOWN_CHARACTER
    return "".join([characters[c] for c in label])
