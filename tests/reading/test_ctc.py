from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.plates.formats import Format, Regions
from numberplate.reading import ctc


def rows(seed: int, steps: int, classes: int, sharpness: float) -> np.ndarray:
    odds = np.exp(np.random.default_rng(seed).normal(0, sharpness, (steps, classes)))
    return odds / odds.sum(1, keepdims=True)


def by_enumeration(steps: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every path there is, one by one, as the definition has it."""
    count, classes = steps.shape
    found: dict[tuple[int, ...], float] = {}
    for path in product(range(classes), repeat=count):
        label = tuple(c for c, _ in groupby(path) if c != classes - 1)
        found[label] = found.get(label, 0.0) + float(np.prod(steps[range(count), path]))
    return found


tiny = st.builds(
    rows, st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 4), st.sampled_from([0.1, 1.0, 4.0])
)


@given(tiny)
def test_probabilities_are_those_of_enumeration(steps: np.ndarray) -> None:
    expected = by_enumeration(steps)
    found = ctc.probabilities(steps, list(expected))
    assert found == pytest.approx(list(expected.values()), abs=1e-12)
    assert found.sum() == pytest.approx(1)
    both = ctc.probabilities(np.stack([steps, steps[::-1]]), list(expected))
    assert both[0] == pytest.approx(found)
    assert both[1] == pytest.approx(ctc.probabilities(steps[::-1], list(expected)))


def by_plain_search(steps: np.ndarray, width: int) -> list[tuple[int, ...]]:
    """The prefix beam search as its papers have it, but for the shares below which nothing is followed."""
    blank = steps.shape[1] - 1
    beam = {(): (1.0, 0.0)}
    for row in steps:
        order = np.argsort(-row, kind="stable")[:5]
        grown: dict[tuple[int, ...], list[float]] = {}
        for prefix, (in_blank, in_class) in beam.items():
            for c in [c for c in order if row[c] >= 1e-3] or order[:1]:
                if c == blank:
                    grown.setdefault(prefix, [0.0, 0.0])[0] += row[c] * (in_blank + in_class)
                elif prefix[-1:] == (c,):
                    grown.setdefault(prefix, [0.0, 0.0])[1] += row[c] * in_class
                    grown.setdefault((*prefix, int(c)), [0.0, 0.0])[1] += row[c] * in_blank
                else:
                    grown.setdefault((*prefix, int(c)), [0.0, 0.0])[1] += row[c] * (in_blank + in_class)
        most = max(sum(p) for p in grown.values())
        kept = sorted((p for p in grown if sum(grown[p]) >= 1e-3 * most), key=lambda p: -sum(grown[p]))
        beam = {prefix: (grown[prefix][0], grown[prefix][1]) for prefix in kept[:width]}
    return sorted(beam, key=lambda prefix: -sum(beam[prefix]))


@given(
    st.integers(0, 10_000),
    st.integers(1, 20),
    st.integers(2, 9),
    st.sampled_from([0.5, 2.0, 6.0]),
    st.sampled_from([0.0, 3.0, 9.0]),
    st.integers(1, 12),
)
def test_beam_search_is_the_plain_one(
    seed: int, steps: int, classes: int, sharpness: float, quiet: float, width: int
) -> None:
    odds = np.random.default_rng(seed).normal(0, sharpness, (steps, classes))
    odds[::2, -1] += quiet  # steps at which only the blank is followed
    odds = np.exp(odds)
    given = odds / odds.sum(1, keepdims=True)
    assert ctc.beam_search(given, width) == by_plain_search(given, width)


@given(tiny)
def test_wide_beam_finds_the_best_labels(steps: np.ndarray) -> None:
    expected = by_enumeration(steps)
    labels = ctc.beam_search(steps, width=len(expected))
    found = dict(zip(labels, ctc.probabilities(steps, labels), strict=True))
    # What the beam leaves out has less than its least probable class at some step.
    for label, p in expected.items():
        assert label in found or p < 5 * 1e-3 * len(steps) + 1e-3
    assert max(found.values()) == pytest.approx(max(expected.values()), abs=1e-9)


@given(tiny)
def test_formed_search_finds_the_best_label_of_a_shape(steps: np.ndarray) -> None:
    shapes = Regions((), [Format("xa", "A land", 1, ("A[BC]|BB|C",))]).shapes("latin")
    assert shapes is not None
    letters = "ABC"[: steps.shape[1] - 1]
    texts = {label: "".join(letters[c] for c in label) for label in by_enumeration(steps)}
    formed = {label: p for label, p in by_enumeration(steps).items() if texts[label] in shapes and p > 1e-5}
    found = ctc.formed_search(steps, letters, shapes, 50)
    assert all(texts[label] in shapes for label in found)
    assert {*formed} <= {*found}


def test_formed_search_where_nothing_fits() -> None:
    shapes = Regions((), [Format("xa", "A land", 1, ("AB",))]).shapes("latin")
    assert shapes is not None
    assert ctc.formed_search(np.array([[0.0, 1.0, 0.0]] * 3), "AB", shapes) == []
    # Every step is of a character that the alphabet has not.
    assert ctc.formed_search(np.array([[0.0, 0.0, 1.0, 0.0]] * 3), "AB", shapes) == []


def test_formed_search_where_all_is_very_faint() -> None:
    """Together the labels of a shape have less than the least number above 0."""
    shapes = Regions((), [Format("xa", "A land", 1, ("AB",))]).shapes("latin")
    assert shapes is not None
    assert ctc.formed_search(np.array([[2e-6, 2e-6, 1.0, 1e-12]] * 60), "AB", shapes) == [(0, 1)]


def test_formed_search_in_many_steps() -> None:
    """The longest text there is, seen in more steps than it has characters."""
    shapes = Regions((), [Format("xa", "A land", 1, ("A" * MAX_LENGTH,))]).shapes("latin")
    assert shapes is not None
    steps = np.array([[0.9, 0.1], [0.1, 0.9]] * 2 * MAX_LENGTH)
    assert ctc.formed_search(steps, "A", shapes) == [(0,) * MAX_LENGTH]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # A, and AB hardly, above; B, and less often nothing, below. And the reverse.
        ([[1.0, 0.0, 0.0], [0.0, 0.1, 0.9]], [[0.0, 0.4, 0.6]]),
        ([[1.0, 0.0, 0.0], [0.0, 0.6, 0.4]], [[0.0, 0.9, 0.1]]),
    ],
)
def test_both_lines_say_where_a_text_parts(first: list[list[float]], second: list[list[float]]) -> None:
    assert ctc.first_of_two(np.array(first), np.array(second), (0, 1)) == 1


@given(tiny, st.integers(0, 10_000))
def test_the_characters_of_two_lines_part_where_it_is_likeliest(steps: np.ndarray, seed: int) -> None:
    other = rows(seed, 4, steps.shape[1], 2.0)
    first, second = by_enumeration(steps), by_enumeration(other)
    label = max(first, key=first.__getitem__) + max(second, key=second.__getitem__)
    end = ctc.first_of_two(steps, other, label)
    best = max(first.get(label[:k], 0) * second.get(label[k:], 0) for k in range(len(label) + 1))
    assert first[label[:end]] * second[label[end:]] == pytest.approx(best)


def test_beam_sums_alignments_where_greedy_does_not() -> None:
    # The best path is blank, blank: 0.36. But A has three alignments: 0.24 + 0.24 + 0.16 (Graves's example).
    steps = np.array([[0.4, 0.6], [0.4, 0.6]])
    assert ctc.beam_search(steps)[0] == (0,)


def test_repeated_character_needs_a_blank() -> None:
    steps = np.array([[0.99, 0.01], [0.01, 0.99], [0.99, 0.01]])
    assert ctc.beam_search(steps)[0] == (0, 0)
    without_blank = np.array([[0.99, 0.01], [0.99, 0.01], [0.99, 0.01]])
    assert ctc.beam_search(without_blank)[0] == (0,)


@given(tiny)
def test_character_confidence_is_against_all_others_in_its_place(steps: np.ndarray) -> None:
    expected = by_enumeration(steps)
    label = max(expected, key=expected.__getitem__)
    found = ctc.character_confidences(steps, label)
    assert len(found) == len(label)
    for i, confidence in enumerate(found):
        head, tail = label[:i], label[i + 1 :]
        others = [head + tail] + [(*head, c, *tail) for c in range(steps.shape[1] - 1) if c != label[i]]
        rivals = sum(expected.get(other, 0.0) for other in others)
        assert confidence == pytest.approx(expected[label] / (expected[label] + rivals), abs=1e-3)


@given(tiny, st.integers(0, 10_000))
def test_characters_in_several_views_are_judged_by_the_mean(steps: np.ndarray, seed: int) -> None:
    other = rows(seed, *steps.shape, 1.0)
    both = np.stack([steps, other])
    blank = steps.shape[1] - 1
    label = max(by_enumeration(steps), key=len)
    found = ctc.character_confidences(both, label)
    each = [by_enumeration(view) for view in both]
    for i, sure in enumerate(found):
        head, tail = label[:i], label[i + 1 :]
        others = [head + tail, *((*head, c, *tail) for c in range(blank) if c != label[i])]
        own = sum(view.get(label, 0.0) for view in each)
        rest = sum(view.get(text, 0.0) for view in each for text in others)
        assert sure == pytest.approx(own / (own + rest), abs=0.01)


def test_unsure_character_stands_out() -> None:
    blank = [0.0, 0.0, 0.0, 1.0]
    steps = np.array([[1, 0, 0, 0], blank, [0, 0.6, 0.4, 0], blank, [0, 0, 1, 0]], float)
    assert ctc.character_confidences(steps, (0, 1, 2)) == pytest.approx([1, 0.6, 1])


def test_favour_of_a_label_favours_its_characters() -> None:
    blank = [0.0, 0.0, 0.0, 1.0]
    steps = np.array([[1, 0, 0, 0], blank, [0, 0.6, 0.4, 0], blank, [0, 0, 1, 0]], float)
    found = ctc.character_confidences(steps, (0, 1, 2), lambda label: 3.0 if label == (0, 2, 2) else 1.0)
    assert found == pytest.approx([1, 0.6 / (0.6 + 3 * 0.4), 1])


def test_favour_of_a_label_without_a_character_counts_for_that() -> None:
    steps = np.array([[1, 0, 0], [0, 0, 1], [0, 0.6, 0.4]], float)
    found = ctc.character_confidences(steps, (0, 1), lambda label: 3.0 if label == (0,) else 1.0)
    assert found == pytest.approx([1, 0.6 / (0.6 + 3 * 0.4)])


def test_nothing_is_sure_of_a_label_that_has_no_alignment() -> None:
    assert ctc.character_confidences(np.array([[0.5, 0.5]]), (0, 0, 0)) == [0, 0, 0]
