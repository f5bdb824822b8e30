"""Connectionist temporal classification (Graves et al. 2006): from steps' probabilities to labels.

A label is a tuple of classes. Its alignments are the paths, one class a step, that give the label when
repeats are merged and blanks then dropped; its probability is the sum over its alignments. The blank is the
last class. Probabilities are float64 (steps, classes), each row summing to 1.
"""

import heapq
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Label = tuple[int, ...]
Steps = npt.NDArray[np.float64]

_TOP_CLASSES = 5
"""Classes that the search follows at each step, blank included."""

_LEAST = 1e-4
"""Classes less probable than this at a step are not followed, nor tried in a character's place."""

_TELLING = 1e-5
"""Labels less probable than this share of another are not favoured beside it."""


def beam_search(steps: Steps, width: int = 10) -> list[Label]:
    """The labels that the prefix beam search ends with, at most `width`, best first by its own estimate.

    The estimate leaves out what the beam lost and the classes that were not followed: `probabilities` gives
    the exact figure.
    """
    blank = steps.shape[1] - 1
    # Each prefix has two probabilities: of its alignments that end in a blank, and of the others.
    beam: dict[Label, tuple[float, float]] = {(): (1.0, 0.0)}
    order = np.argsort(-steps, axis=1, kind="stable")[:, :_TOP_CLASSES].tolist()
    for row, classes in zip(steps.tolist(), order, strict=True):
        followed = [c for c in classes if row[c] >= _LEAST] or classes[:1]
        if followed == [blank]:  # as at most steps: nothing grows, and the order stays
            beam = {prefix: (row[blank] * (p + q), 0.0) for prefix, (p, q) in beam.items()}
            continue
        grown: dict[Label, tuple[float, float]] = {}
        for prefix, (in_blank, in_class) in beam.items():
            for c in followed:
                p = row[c]
                if c == blank:
                    old = grown.get(prefix, (0.0, 0.0))
                    grown[prefix] = (old[0] + p * (in_blank + in_class), old[1])
                    continue
                longer = (*prefix, c)
                old = grown.get(longer, (0.0, 0.0))
                if prefix and prefix[-1] == c:
                    # The same class again is the same character, but for a blank in between.
                    grown[longer] = (old[0], old[1] + p * in_blank)
                    same = grown.get(prefix, (0.0, 0.0))
                    grown[prefix] = (same[0], same[1] + p * in_class)
                else:
                    grown[longer] = (old[0], old[1] + p * (in_blank + in_class))
        if len(grown) > width:
            grown = dict(heapq.nlargest(width, grown.items(), key=_total))
        beam = grown
    return sorted(beam, key=lambda prefix: -sum(beam[prefix]))


def _total(item: tuple[Label, tuple[float, float]]) -> float:
    return item[1][0] + item[1][1]


def probabilities(steps: Steps, labels: Sequence[Label]) -> npt.NDArray[np.float64]:
    """The exact probability of each label: the forward recursion, all labels at once.

    `steps` may be of several pictures, float64 (..., steps, classes); returns float64 (..., labels).
    """
    count, blank = len(labels), steps.shape[-1] - 1
    longest = max((len(label) for label in labels), default=0)
    states = np.full((count, 2 * longest + 1), blank)
    lengths = np.array([len(label) for label in labels], int)
    for row, label in zip(states, labels, strict=True):
        row[1 : 2 * len(label) : 2] = label
    # A path may leave out the blank between two characters unless they are the same.
    skips = np.zeros(states.shape)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    # Two columns of nought on the left stand for the states before the first.
    padded = np.zeros((*steps.shape[:-2], count, states.shape[1] + 2))
    alpha = padded[..., 2:]
    alpha[..., :2] = steps[..., 0, :][..., states[:, :2]]
    for step in range(1, steps.shape[-2]):
        emission = steps[..., step, :][..., states]
        alpha[:] = (alpha + padded[..., 1:-1] + padded[..., :-2] * skips) * emission
    rows = np.arange(count)
    last = alpha[..., rows, 2 * lengths]
    before = np.where(lengths > 0, alpha[..., rows, np.maximum(2 * lengths - 1, 0)], 0.0)
    return np.asarray(last + before, np.float64)


def character_confidences(
    steps: Steps, label: Label, favour: Callable[[Label], float] = lambda label: 1.0
) -> list[float]:
    """How sure each character of the label is, 0..1.

    It is the probability of the label among the labels that have any other character, or none, in its
    place, all else being equal. Classes below 1e-4 at every step are left out as others. `steps` may be of
    several views, (views, steps, classes): the means of their probabilities count. `favour`: what a label's
    probability is multiplied by before they are compared.
    """
    if not label:
        return []
    steps = steps.reshape(-1, *steps.shape[-2:])
    blank = steps.shape[-1] - 1
    plausible = [c for c in np.flatnonzero(steps.max((0, 1)) >= _LEAST).tolist() if c != blank]
    variants = [label]
    owners: list[list[int]] = []
    for i, character in enumerate(label):
        head, tail = label[:i], label[i + 1 :]
        # Taking out either of two equal neighbours gives the same label; each counts it, as each may be it.
        others = [head + tail, *(((*head, c, *tail)) for c in plausible if c != character)]
        owners.append(list(range(len(variants), len(variants) + len(others))))
        variants += others
    found = probabilities(steps, variants).mean(0)
    # What is far less probable than the label tells nothing, favoured or not.
    for i in np.flatnonzero(found >= _TELLING * found[0]).tolist():
        found[i] *= favour(variants[i])
    # No label at all may be probable, in numbers this small: then nothing is sure.
    return [float(found[0] / max(found[0] + found[own].sum(), 1e-300)) for own in owners]
