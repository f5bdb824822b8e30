"""A window network's outputs: presence and characters as its target, and what it says as probabilities."""

import numpy as np
import numpy.typing as npt

from numberplate.models.spec import UNCOUNTED


def encode_windows(
    text: str, present: npt.NDArray[np.bool_], alphabet: str, counted: bool = True
) -> npt.NDArray[np.uint8]:
    """The target for windows about the one of a sample.

    `text`: of the plate; `present`: bool (rows, columns), whether each window shows it, that of the sample in
    the middle. Returns uint8 (rows, columns, 1 + characters): presence, 1 or 0, then the characters' indices
    in the alphabet. All but the middle one are UNCOUNTED unless `counted`. Raises ValueError for a character
    that is not in the alphabet.
    """
    target = np.zeros((*present.shape, 1 + len(text)), np.uint8)
    target[..., 1:] = [alphabet.index(c) for c in text]
    target[..., 0] = present if counted else UNCOUNTED
    middle = present.shape[0] // 2, present.shape[1] // 2
    target[(*middle, 0)] = present[middle]
    return target


def decode_window(outputs: npt.NDArray[np.float32], characters: int) -> tuple[float, npt.NDArray[np.float64]]:
    """What a window says, float32 (1 + characters * alphabet,): the logit of presence, and probabilities.

    The probabilities of the characters are float64 (characters, alphabet), each row summing to 1.
    """
    logits = outputs[1:].reshape(characters, -1).astype(np.float64)
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return float(outputs[0]), np.asarray(odds / odds.sum(-1, keepdims=True), np.float64)
