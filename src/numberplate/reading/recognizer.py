"""The recognizer: flat crops in, their texts out."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Floats
from numberplate.models.bundle import load_recognizer
from numberplate.models.cards.recognizer import Head, Jitter, RecognizerCard
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.models.device import CPU
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import ALPHABET, alphabet
from numberplate.plates.formats import Regions
from numberplate.reading.decoding import (
    Reading,
    alignment_probabilities,
    decode,
    greedy,
    greedy_text,
    joined,
    of_lines,
)

_MOST_CROPS = 32
"""Crops in one run: beyond it a batch takes memory and saves no time."""

_TOLD = 3.0
"""How many times as much another script's text counts for each character that it tells and the Latin head
does not know: a head of few characters is sure of the digits, and blind to the rest.
"""

_BLOTS = 7
"""Characters of a Latin row, at least, for each one that is unknown."""


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
        return alignment_probabilities(logits, self.card.latin.temperature)

    def greedy_text(self, seen: Seen, place: int, script: str) -> str:
        """The text of one crop's likeliest alignment, by the head of a script, in little time."""
        return greedy_text(seen.logits[script][place], self._head(script))

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

    def _head(self, script: str) -> Head:
        return next(head for head in self.card.heads if head.script == script)

    def _said(self, logits: Mapping[str, Floats]) -> dict[str, Floats]:
        """Of logits (n, steps, classes), the probabilities of each crop's likeliest alignment, (n,).

        Of each script that there are logits of; none where there is one head, which is not compared.
        """
        return {
            head.script: alignment_probabilities(logits[head.script], head.temperature)
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
        two: bool = False,
    ) -> Reading:
        """One crop's reading: Latin, or that of another script where Latin letters do not tell.

        `logits`: of each script that there is a text of; without Latin, it is of another. `said`: the
        probability of the likeliest alignment in each of them. `two`: see `decode`.
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

        def by(head: Head, least: float = 0.0) -> Reading:
            given = logits[head.script]
            more = views(head.script)
            return decode(given, self.card, self._regions, candidates, more, head, least, two=two)

        unknown_class = len(self.card.latin.alphabet)
        foreign = LATIN not in logits or bool((logits[LATIN].argmax(-1) == unknown_class).any())
        if least and len(self.card.heads) > 1 and self._may_be_foreign(logits, said, least):
            least = 0.0  # what Latin letters make of it says little
        latin = Reading("", 1.0, (), ())
        if LATIN in logits:
            latin = decode(
                logits[LATIN],
                self.card,
                self._regions,
                candidates,
                views(LATIN),
                least=least,
                together=least,
                two=two,
            )
        if len(self.card.heads) == 1 or latin.confidence < least:
            return latin
        unknown = UNKNOWN_CHARACTER in latin.text or (not latin.text and foreign)
        scripts = self.card.scripts
        if not unknown and not (latin.text and latin.confidence < scripts.doubt):
            return self._surer(latin, logits, said, by, two)
        least = scripts.unknown if unknown else max(scripts.known, latin.confidence)
        found = [by(head, least) for head in self._likely(logits, said, latin.text, two)]
        # What is of no format is more often a Latin text with a blot on it.
        found = [r for r in found if r.characters and _is_foreign(r.text) and self._regions.may_be(r.text)]
        best = max(found, key=lambda r: r.confidence * _TOLD ** _told(r.text, latin.text), default=latin)
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
        by: Callable[[Head], Reading],
        two: bool,
    ) -> Reading:
        """A Latin text, or that of another script whose head is surer of it than the Latin head of its own.

        That text may be the same with an accent. It is of a format of its script. `by`: a head's reading.
        """
        best = latin
        for head in self._others(logits):
            if said[head.script] <= said[LATIN]:
                continue
            text = greedy_text(logits[head.script], head, two)
            if _is_foreign(text) and self._regions.may_be(text):
                found = by(head)
                if _is_foreign(found.text) and found.confidence > best.confidence:
                    best = found if self._regions.may_be(found.text) else best
        return best

    def _may_be_foreign(self, logits: Mapping[str, Floats], said: Mapping[str, float], least: float) -> bool:
        """Whether a text of another script, with a character of its own, may be as probable as `least`."""
        return any(
            said[head.script] * self.card.refinement.alignments >= least
            and _is_foreign(greedy_text(logits[head.script], head))
            for head in self._others(said)
        )

    def _likely(
        self, logits: Mapping[str, Floats], said: Mapping[str, float], latin: str, two: bool
    ) -> list[Head]:
        """The other scripts' heads that are most confident of a text with a character of their own.

        Those whose text is of one of their script's formats come first, then those that tell the most of the
        `latin` text's unknown characters.
        """
        sure: list[tuple[bool, int, float, Head]] = []
        for head in self._others(logits):
            text = greedy_text(logits[head.script], head, two)
            if _is_foreign(text):
                sure.append((self._regions.may_be(text), _told(text, latin), said[head.script], head))
        sure.sort(key=lambda found: found[:3], reverse=True)
        return [head for *_, head in sure[: self.card.scripts.heads]]

    def _others(self, given: Mapping[str, object]) -> list[Head]:
        """The heads of other scripts than Latin of which something is given.

        With regions preferred, those of the scripts that plates are in there.
        """
        scripts = self._regions.scripts
        return [
            head
            for head in self.card.heads[1:]
            if head.script in given and (scripts is None or head.script in scripts)
        ]

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
                [joined(view) for view in logits.reshape(*shape, *logits.shape[1:]).swapaxes(0, 1)]
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
        repeated = self._repeated(seen)
        if repeated is not None:
            row, other = repeated
            again = None if crops is None else partial(self.jittered_logits, crops[row])
            latin = self._decode_one(
                {script: logits[row] for script, logits in seen.logits.items()}, candidates, again
            )
            texts = (latin.text, other) if row == 0 else (other, latin.text)
            return replace(latin, rows=partial(_both, *texts))
        one = {
            script: joined(logits)
            for script, logits in seen.logits.items()
            if (logits.argmax(-1) != logits.shape[-1] - 1).any(-1).all()
        }
        if not one:
            return Reading("", 1.0, (), ())
        again = None if crops is None else partial(self.jittered_logits, *crops)
        return of_lines(self._decode_one(one, candidates, again, two=len(seen) == 2), self.card.lines)

    def _repeated(self, seen: Seen) -> tuple[int, str] | None:
        """Which of two rows is a text in Latin letters where the other one is in those of another script, and
        what that one says.

        Most characters of that one are unknown to the Latin head (١ is a 1 to it), and it is likeliest of a
        script that plates repeat in Latin letters.
        """
        if len(seen) != 2:
            return None
        unknown = len(self.card.latin.alphabet)
        rows = [greedy(row) for row in seen.latin]
        for place, other in ((1, 0), (0, 1)):
            # A blot may look like no letter; of plates whose own characters are unknown, rows are shorter.
            known = rows[place].count(unknown) <= len(rows[place]) / _BLOTS
            enough = len(rows[place]) >= self.card.scripts.row and known
            if enough and 2 * rows[other].count(unknown) > len(rows[other]):
                there = {script: logits[other] for script, logits in seen.logits.items()}
                said = {script: float(p[other]) for script, p in self._said(seen.logits).items()}
                texts = {head.script: greedy_text(there[head.script], head) for head in self._others(there)}
                latin = greedy_text(there[LATIN], self.card.latin)
                best = max(texts, key=lambda script: (_told(texts[script], latin), said[script]), default="")
                repeated = self._regions.repeated
                alike = best and not repeated.isdisjoint({best, *alphabet(best).alike})
                if alike and _is_foreign(texts[best]):
                    return place, texts[best]
        return None

    def _decode_one(
        self, logits: Mapping[str, Floats], candidates: int, again: Views | None, two: bool = False
    ) -> Reading:
        """As `_decode`, of what is no crop by itself."""
        said = self._said({script: given[None] for script, given in logits.items()})
        sure = {script: float(p[0]) for script, p in said.items()}
        return self._decode(logits, sure, candidates, again, two=two)

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


def _is_foreign(text: str) -> bool:
    return _foreign(text) > 0


def _foreign(text: str) -> int:
    """How many characters are of another script than Latin; an unknown one is of none."""
    return sum(c not in ALPHABET and c != UNKNOWN_CHARACTER for c in text)


def _both(first: str, second: str) -> tuple[str, str]:
    return first, second


def _told(text: str, latin: str) -> int:
    """How many of the Latin text's unknown characters are told by another script's text, at most."""
    return min(_foreign(text), latin.count(UNKNOWN_CHARACTER))
