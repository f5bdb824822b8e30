from collections.abc import Callable

import numpy as np
import pytest

from numberplate.reading import Candidate, Character, Plate

MakePlate = Callable[..., Plate]


@pytest.fixture(scope="session")
def plate() -> MakePlate:
    """Makes an upright reading of a text in a box (x, y, width, height)."""

    def make(
        text: str, box: tuple[float, float, float, float] = (0, 0, 100, 20), confidence: float = 0.9
    ) -> Plate:
        x, y, w, h = box
        corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float32)
        characters = tuple(Character(c, confidence) for c in text)
        return Plate(text, confidence, 0.8, corners, characters, (Candidate(text, confidence),))

    return make
