"""Statistics of texts: how often samples have each length, each character, and each one at each place."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH
from numberplate.plates.pattern import MARKS
from numberplate.synthesis.scene import Ingredients


@dataclass(frozen=True)
class TextStatistics:
    """Counts over many texts.

    `lengths`: int64 (MAX_LENGTH + 1,), texts of each length; `places`: int64 (MAX_LENGTH, 36), how often each
    character of the alphabet stands at each place; `codes`: texts of each region, `generic` among them.
    """

    lengths: np.ndarray
    places: np.ndarray
    codes: Counter[str]

    @property
    def texts(self) -> int:
        """How many were counted."""
        return int(self.lengths.sum())

    @property
    def characters(self) -> np.ndarray:
        """float64 (36,): the share of each character of the alphabet among all characters."""
        return np.asarray(self.places.sum(0) / max(1, self.places.sum()))

    def length_share(self, length: int) -> float:
        """The share of texts of this length."""
        return float(self.lengths[length] / max(1, self.texts))

    def at(self, place: int) -> np.ndarray:
        """float64 (36,): the share of each character among those at a place, which is counted from 0."""
        counts = self.places[place]
        return np.asarray(counts / max(1, counts.sum()))

    @property
    def rarest(self) -> tuple[str, float]:
        """The least frequent character and its share among all characters."""
        shares = self.characters
        least = int(shares.argmin())
        return ALPHABET[least], float(shares[least])

    @property
    def missing_lengths(self) -> list[int]:
        """The lengths that the recognizer is to read and no text has."""
        return [n for n in range(MIN_LENGTH, MAX_LENGTH + 1) if self.lengths[n] == 0]


def texts(ingredients: Ingredients, seed: int, number: int) -> Iterator[tuple[str, str]]:
    """Region's code and text of so many plates, without a picture: as often as the samples have them."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        design = ingredients.design(rng)
        drawn = "".join(line.pattern.generate(rng) for line in design.lines)
        yield design.code, "".join(c for c in drawn if c not in MARKS)


def count(drawn: Iterable[tuple[str, str]]) -> TextStatistics:
    """Counts texts, each with its region's code. Raises ValueError for a text that is none of a plate's."""
    lengths = np.zeros(MAX_LENGTH + 1, np.int64)
    places = np.zeros((MAX_LENGTH, len(ALPHABET)), np.int64)
    codes: Counter[str] = Counter()
    for code, text in drawn:
        if len(text) > MAX_LENGTH or any(c not in ALPHABET for c in text):
            raise ValueError(f"{text!r}: not up to {MAX_LENGTH} characters of 0-9A-Z")
        codes[code] += 1
        lengths[len(text)] += 1
        for place, c in enumerate(text):
            places[place, ALPHABET.index(c)] += 1
    return TextStatistics(lengths, places, codes)


def table(counted: TextStatistics) -> str:
    """The shares in per cent as lines of plain text, 77 characters wide."""
    lengths = range(MIN_LENGTH, MAX_LENGTH + 1)
    generic = 100 * counted.codes["generic"] / max(1, counted.texts)
    regions = len(counted.codes.keys() - {"generic"})
    lines = [
        f"{counted.texts} texts of {regions} regions, {generic:.0f} % of none; shares in per cent",
        "",
        "length     " + "".join(f"{n:6d}" for n in lengths),
        "texts      " + "".join(_cell(counted.length_share(n)) for n in lengths),
        "",
        "place         all" + "".join(f"{place + 1:6d}" for place in range(MAX_LENGTH)),
    ]
    everywhere, at = counted.characters, [counted.at(place) for place in range(MAX_LENGTH)]
    for i, c in enumerate(ALPHABET):
        lines.append(f"{c:<11}" + _cell(everywhere[i]) + "".join(_cell(shares[i]) for shares in at))
    character, share = counted.rarest
    lines += ["", f"Least frequent: {character}, {100 * share:.2f} % of all characters"]
    if counted.missing_lengths:
        lines.append(f"No text has a length of {', '.join(map(str, counted.missing_lengths))}")
    return "\n".join(lines)


def _cell(share: float) -> str:
    return f"{100 * share:6.1f}" if share else "     –"
