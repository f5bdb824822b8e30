"""Connectionist temporal classification (Graves et al. 2006): from steps' probabilities to labels.

A label is a tuple of classes. Its alignments are the paths, one class a step, that give the label when
repeats are merged and blanks then dropped; its probability is the sum over its alignments. The blank is the
last class. Probabilities are float64 (steps, classes), each row summing to 1.
"""

import heapq
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

_NONE = (0.0, 0.0)

Label = tuple[int, ...]
Steps = npt.NDArray[np.float64]

_TOP_CLASSES = 5
"""Classes that the search follows at each step, blank included."""

_LEAST = 1e-3
"""Classes less probable than this at a step are not followed, nor tried in a character's place."""

_HOPELESS = 1e-3
"""Prefixes less probable than this share of the best one are not followed: most crops are left with a few."""

_TELLING = 1e-4
"""Labels less probable than this share of another are not favoured beside it."""


def beam_search(steps: Steps, width: int = 10) -> list[Label]:
    """The labels that the prefix beam search ends with, at most `width`, best first by its own estimate.

    The estimate leaves out what the beam lost and the classes that were not followed: `probabilities` gives
    the exact figure.
    """
    blank = steps.shape[1] - 1
    # Each prefix has two probabilities: of its alignments that end in a blank, and of the others.
    beam: dict[Label, tuple[float, float]] = {(): (1.0, 0.0)}
    order = np.argsort(-steps, axis=1, kind="stable")[:, :_TOP_CLASSES]
    likeliest = np.take_along_axis(steps, order, 1).tolist()
    for classes, row in zip(order.tolist(), likeliest, strict=True):
        followed = [(c, p) for c, p in zip(classes, row, strict=True) if p >= _LEAST] or [
            (classes[0], row[0])
        ]
        if followed[0][0] == blank and len(followed) == 1:  # as at most steps: nothing grows
            p = followed[0][1]
            beam = {prefix: (p * (b + o), 0.0) for prefix, (b, o) in beam.items()}
            continue
        grown: dict[Label, tuple[float, float]] = {}
        for prefix, (in_blank, in_class) in beam.items():
            total, last = in_blank + in_class, prefix[-1] if prefix else -1
            for c, p in followed:
                if c == blank:
                    old = grown.get(prefix, _NONE)
                    grown[prefix] = (old[0] + p * total, old[1])
                elif c != last:
                    longer = (*prefix, c)
                    old = grown.get(longer, _NONE)
                    grown[longer] = (old[0], old[1] + p * total)
                else:
                    # The same class again is the same character, but for a blank in between.
                    old = grown.get(prefix, _NONE)
                    grown[prefix] = (old[0], old[1] + p * in_class)
                    if in_blank:
                        longer = (*prefix, c)
                        old = grown.get(longer, _NONE)
                        grown[longer] = (old[0], old[1] + p * in_blank)
        if len(grown) > 1:
            totals = {prefix: b + o for prefix, (b, o) in grown.items()}
            least = _HOPELESS * max(totals.values())
            kept = [prefix for prefix, p in totals.items() if p >= least]
            if len(kept) > width:
                kept = heapq.nlargest(width, kept, key=totals.__getitem__)
            grown = {prefix: grown[prefix] for prefix in kept}
        beam = grown
    return sorted(beam, key=lambda prefix: -sum(beam[prefix]))


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
    # Two columns of zeros on the left stand for the states before the first.
    padded = np.zeros((*steps.shape[:-2], count, states.shape[1] + 2))
    alpha = padded[..., 2:]
    alpha[..., :2] = steps[..., 0, :][..., states[:, :2]]
    places = states.ravel()
    for step in range(1, steps.shape[-2]):
        emission = np.take(steps[..., step, :], places, -1).reshape(alpha.shape)
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
    place, all else being equal. Classes below 1e-3 at every step are left out as others. `steps` may be of
    several views, (views, steps, classes): the means of their probabilities count. `favour`: what a label's
    probability is multiplied by before they are compared.
    """
    if not label:
        return []
    steps = steps.reshape(-1, *steps.shape[-2:])
    blank = steps.shape[-1] - 1
    plausible = np.flatnonzero(steps.max((0, 1)) >= _LEAST)
    plausible = plausible[plausible != blank]
    whole, without, instead = _variants(steps, label, plausible)
    # What is far less probable than the label tells nothing, favoured or not.
    least = _TELLING * whole
    own = whole * favour(label) if whole > 0 else 0.0
    sure = []
    for i, character in enumerate(label):
        head, tail = label[:i], label[i + 1 :]
        # Taking out either of two equal neighbours gives the same label; each counts it, as each may be it.
        others = float(without[i]) * (favour(head + tail) if without[i] >= least else 1.0)
        for c, p in zip(plausible.tolist(), instead[i].tolist(), strict=True):
            if c != character:
                others += p * favour((*head, c, *tail)) if p >= least else p
        # No label at all may be probable, in numbers this small: then nothing is sure.
        sure.append(float(own / max(own + others, 1e-300)))
    return sure


def _variants(
    steps: Steps, label: Label, classes: npt.NDArray[np.intp]
) -> tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean probabilities, over steps (views, steps, classes), of a label and of what is near it.

    Returns: that of the label; those without each of its characters, (n,); and those with each of `classes`
    in the place of each character, (n, classes). All come from one forward and one backward recursion over
    the label's states: a path of a variant is one of the label's before the place, and one after it.
    """
    views, count, blank = *steps.shape[:2], steps.shape[-1] - 1
    states = np.full(2 * len(label) + 1, blank)
    states[1::2] = label
    emission = steps[..., states]
    skips = np.zeros(len(states))
    skips[3::2] = states[3::2] != states[1:-2:2]
    # Of paths that came to a state by the step before; a step before the first stands in the first blank.
    before = np.zeros((count + 1, views, len(states) + 2))
    before[0, :, 2] = 1
    for step in range(count):
        row = before[step]
        before[step + 1, :, 2:] = (row[:, 2:] + row[:, 1:-1] + row[:, :-2] * skips) * emission[:, step]
    # Of paths from a state at a step on; a step after the last stands in the last blank.
    after = np.zeros((count + 1, views, len(states) + 2))
    after[count, :, -3] = 1
    onwards = np.append(skips[2:], [0.0, 0.0])
    for step in reversed(range(count)):
        row = after[step + 1]
        after[step, :, :-2] = (row[:, :-2] + row[:, 1:-1] + row[:, 2:] * onwards) * emission[:, step]
    # For each character, (steps + 1, views, n): at the blank and at the character on both sides of it.
    blank_before, one_before = before[:, :, 2:-2:2], before[:, :, 1:-2:2]
    blank_after, one_after = after[:, :, 2::2][:, :, : len(label)], after[:, :, 3::2][:, :, : len(label)]
    own = np.array(label)
    previous, following = np.append(-1, own[:-1]), np.append(own[1:], -1)
    differ = (previous != following).astype(np.float64)
    without = (blank_before[:-1] + one_before[:-1] * differ) * one_after[:-1]
    left_out = without.sum((0, 1))
    # Without the last one, a path ends in what came before it.
    left_out[-1] = (blank_before[-1] + one_before[-1])[:, -1].sum()
    coming = blank_before[:-1, ..., None] + one_before[:-1, ..., None] * (previous[:, None] != classes)
    going = blank_after[1:, ..., None] + one_after[1:, ..., None] * (following[:, None] != classes)
    said = np.moveaxis(steps[..., classes], 1, 0)[:, :, None, :]
    at = np.zeros(coming.shape[1:])
    replaced = np.zeros(at.shape)
    for step in range(count):
        at = (at + coming[step]) * said[step]
        replaced += at * going[step]
    whole = before[count, :, -1].sum() + before[count, :, -2].sum()
    return float(whole / views), left_out / views, replaced.sum(0) / views
