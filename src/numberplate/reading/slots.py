"""One softmax for each position of a text (after Goodfellow et al. 2013, arXiv 1312.6082).

A label is a tuple of classes, one for each position from the first; the positions after its end hold the last
class, which stands for no character. Probabilities are float64 (slots, classes), each row summing to 1.
"""

import heapq
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Label = tuple[int, ...]
Slots = npt.NDArray[np.float64]

_TELLING = 1e-5
"""Characters less probable than this share of another are not favoured beside it."""


def best_labels(slots: Slots, count: int) -> list[tuple[Label, float]]:
    """The `count` most probable labels with their probabilities, best first; exact.

    A character after an empty position makes no label; the probability is that among the labels.
    """
    empty = slots.shape[1] - 1
    # after[i]: the probability that all the positions from i on are empty.
    after = np.append(np.cumprod(slots[::-1, empty])[::-1], 1.0)
    filled = np.concatenate([[1.0], np.cumprod(slots[:, :empty].sum(1))])
    whole = float((filled * after).sum())
    best: list[tuple[Label, float]] = [((), float(after[0]))]
    # The positions are independent, so the best of length n + 1 grow from the best of length n.
    heads: list[tuple[Label, float]] = [((), 1.0)]
    for i, row in enumerate(slots):
        classes = np.argsort(-row[:empty], kind="stable")[:count].tolist()
        longer = [((*label, c), p * float(row[c])) for label, p in heads for c in classes]
        heads = heapq.nlargest(count, longer, key=lambda item: item[1])
        best += [(label, p * float(after[i + 1])) for label, p in heads]
    top = heapq.nlargest(count, best, key=lambda item: item[1])
    return [(label, p / max(whole, 1e-300)) for label, p in top]


def character_confidences(
    slots: Slots, label: Label, favour: Callable[[Label], float] = lambda label: 1.0
) -> list[float]:
    """The probability of each character of the label at its position, against any other or none there.

    `favour`: what the probability of a label, the other characters being as they are, is multiplied by before
    they are compared.
    """
    empty = slots.shape[1] - 1
    sure = []
    for i, character in enumerate(label):
        odds = slots[i].copy()
        # What is far less probable than the character tells nothing, favoured or not.
        for c in np.flatnonzero(odds >= _TELLING * odds[character]).tolist():
            if c != empty:
                odds[c] *= favour((*label[:i], c, *label[i + 1 :]))
            elif i == len(label) - 1:
                odds[c] *= favour(label[:i])  # none anywhere else makes no label
        sure.append(float(odds[character] / max(odds.sum(), 1e-300)))
    return sure
