from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.reading import slots


def by_enumeration(rows: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every filling of the slots, without those that have a character after an empty one."""
    count, classes = rows.shape
    found = {}
    for filling in product(range(classes), repeat=count):
        label = tuple(c for c in filling if c != classes - 1)
        if filling == label + (classes - 1,) * (count - len(label)):
            found[label] = float(np.prod(rows[range(count), filling]))
    whole = sum(found.values())
    return {label: p / whole for label, p in found.items()}


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 5), st.integers(1, 12))
def test_best_labels_are_those_of_enumeration(seed: int, count: int, classes: int, wanted: int) -> None:
    odds = np.exp(np.random.default_rng(seed).normal(0, 2, (count, classes)))
    rows = odds / odds.sum(1, keepdims=True)
    expected = by_enumeration(rows)
    found = slots.best_labels(rows, wanted)
    best = sorted(expected.values(), reverse=True)[:wanted]
    assert [p for _, p in found] == pytest.approx(best)
    assert all(p == pytest.approx(expected[label]) for label, p in found)


def test_character_confidences() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.0, 0.0, 1.0]])
    assert slots.character_confidences(rows, (0, 1)) == pytest.approx([0.7, 0.5])


def test_favour_of_a_label_favours_its_characters() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.0, 0.0, 1.0]])
    favours = {(1, 1): 3.0, (0,): 2.0}
    found = slots.character_confidences(rows, (0, 1), lambda label: favours.get(label, 1.0))
    assert found == pytest.approx([0.7 / (0.7 + 3 * 0.2 + 0.1), 0.5 / (0.1 + 0.5 + 2 * 0.4)])
