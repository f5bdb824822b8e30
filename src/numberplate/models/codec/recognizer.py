"""The classes of a recognizer's head: texts as its targets, and what it reads as texts."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from numberplate.models.spec import PADDING, UNCOUNTED_TEXT
from numberplate.plates.alphabet import MAX_LENGTH

UNKNOWN_CHARACTER = "?"
"""What stands in a text for a character that the head does not know."""

END, UNCOUNTED = 0, 1
"""Code points that no text has: after the last character, and all along one that counts in no loss."""


def code_points(text: str | None) -> npt.NDArray[np.uint32]:
    """uint32 (MAX_LENGTH,): the text's code points, then END; all UNCOUNTED for None.

    Raises ValueError for too long a text.
    """
    if text is None:
        return np.full(MAX_LENGTH, UNCOUNTED, np.uint32)
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{text!r} has {len(text)} characters, at most {MAX_LENGTH} can be taught")
    return np.array([*map(ord, text), *[END] * (MAX_LENGTH - len(text))], np.uint32)


def as_text(points: Iterable[int]) -> str | None:
    """The text of `code_points`; None for one that is UNCOUNTED."""
    known = [int(point) for point in points if point != END]
    return None if UNCOUNTED in known else "".join(map(chr, known))


class TextCodec:
    """The classes of one head: its `characters` in order, then the unknown character, then the blank.

    Raises ValueError for characters that repeat or are none.
    """

    def __init__(self, characters: str) -> None:
        if not characters or len({*characters}) != len(characters):
            raise ValueError(f"expected different characters, got {characters!r}")
        self.characters = characters
        self.unknown = len(characters)
        self.blank = len(characters) + 1
        self.count = len(characters) + 2

    @cached_property
    def _sorted(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
        points = np.array([*map(ord, self.characters)], np.uint32)
        order = np.argsort(points)
        return points[order], order.astype(np.int32)

    def knows(self, points: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Of each text (n, length) as `code_points`, whether all of its characters are the head's own."""
        found, _ = self._found(points)
        return np.asarray((found | (points == END)).all(-1), np.bool_)

    def encode(self, points: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]:
        """Texts (n, length) as `code_points` to the targets of a loss, int32 (n, length)."""
        found, classes = self._found(points)
        codes = np.where(found, classes, self.unknown)
        codes[points == END] = PADDING
        codes[points == UNCOUNTED] = UNCOUNTED_TEXT
        return codes.astype(np.int32)

    def _found(self, points: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32]]:
        known, classes = self._sorted
        places = np.minimum(np.searchsorted(known, points), len(known) - 1)
        return known[places] == points, classes[places]

    def text(self, classes: Iterable[int]) -> str:
        """The text of classes, without blanks."""
        named = self.characters + UNKNOWN_CHARACTER
        return "".join(named[c] for c in classes if c < self.blank)

    def greedy_texts(self, logits: npt.NDArray[np.float32]) -> list[str]:
        """The likeliest text of each (steps, classes) in `logits`, by the best class at each step."""
        best = logits.argmax(-1)
        return [self.text(c for i, c in enumerate(row) if i == 0 or c != row[i - 1]) for row in best.tolist()]
