import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.codec.window import decode_window, encode_windows
from numberplate.models.spec import UNCOUNTED, WINDOW_CHARACTERS
from numberplate.plates.alphabet import ALPHABET

TEXTS = st.text(ALPHABET, min_size=WINDOW_CHARACTERS, max_size=WINDOW_CHARACTERS)
PRESENT = np.array([[False, True, True]] * 3)


def saying(target: np.ndarray, certainty: float) -> np.ndarray:
    """What a network gives that says what a window's target has, float32 (1 + characters * alphabet,)."""
    logits = np.zeros((len(target) - 1, len(ALPHABET)), np.float32)
    logits[np.arange(len(logits)), target[1:]] = certainty
    presence = certainty if target[0] == 1 else -certainty
    return np.concatenate([[presence], logits.ravel()]).astype(np.float32)


@given(TEXTS, st.booleans(), st.floats(1, 30))
def test_what_is_encoded_is_decoded(text: str, present: bool, certainty: float) -> None:
    (target,) = encode_windows(text, np.array([[present]]), ALPHABET)[0]
    logit, characters = decode_window(saying(target, certainty), WINDOW_CHARACTERS)
    assert (logit > 0) == present
    assert characters.shape == (WINDOW_CHARACTERS, len(ALPHABET))
    assert characters.sum(-1) == pytest.approx(1)
    assert "".join(ALPHABET[c] for c in characters.argmax(-1)) == text


def test_only_the_window_in_the_middle_counts_unless_all_do() -> None:
    target = encode_windows("AB12CDE", PRESENT, ALPHABET)
    assert (target.shape, target.dtype) == ((3, 3, 8), np.uint8)
    assert target[..., 0].tolist() == [[0, 1, 1]] * 3
    assert (target[..., 1:] == [10, 11, 1, 2, 12, 13, 14]).all()
    alone = encode_windows("AB12CDE", PRESENT, ALPHABET, counted=False)
    u = UNCOUNTED
    assert alone[..., 0].tolist() == [[u, u, u], [u, 1, u], [u, u, u]]


def test_a_character_of_another_alphabet() -> None:
    with pytest.raises(ValueError, match="substring"):
        encode_windows("AB12CDÄ", PRESENT, ALPHABET)
