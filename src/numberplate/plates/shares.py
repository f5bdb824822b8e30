"""Things to draw from, each with its share."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np

Thing = TypeVar("Thing")


class Shares(Generic[Thing]):
    """Draws things as often as their shares say, which need not sum to 1.

    Generator.choice takes ten times as long: it checks its probabilities anew at each draw.
    Raises ValueError where a share is negative or none is more than 0.
    """

    def __init__(self, shares: Mapping[Thing, float]) -> None:
        if not shares or min(shares.values()) < 0 or not sum(shares.values()) > 0:
            raise ValueError(f"shares: expected numbers of at least 0, one of them more, got {dict(shares)}")
        drawn = {thing: share for thing, share in shares.items() if share > 0}
        self._things = tuple(drawn)
        self._ends = tuple(accumulate(drawn.values()))

    def draw(self, rng: np.random.Generator) -> Thing:
        """One of the things."""
        place = bisect_right(self._ends, rng.random() * self._ends[-1])
        return self._things[min(place, len(self._things) - 1)]
