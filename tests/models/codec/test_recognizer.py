import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER, TextCodec, as_text, code_points
from numberplate.models.initial import RECOGNIZER
from numberplate.models.spec import BLANK, PADDING, UNCOUNTED_TEXT, UNKNOWN
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH
from numberplate.plates.formats import Regions
from numberplate.reading.decoding import decode

LATIN = TextCodec(ALPHABET)
CYRILLIC = TextCodec("0123456789АВЕКМНОРСТУХ")
TEXTS = st.text(ALPHABET, max_size=MAX_LENGTH)


def saying(codec: TextCodec, codes: np.ndarray, certainty: float = 20.0) -> np.ndarray:
    """Logits (steps, classes) of a network that says what a target, (length,), has: a blank after each."""
    classes = [c for code in codes if code != PADDING for c in (int(code), codec.blank)]
    classes += [codec.blank] * (2 * MAX_LENGTH + 1 - len(classes))
    return np.eye(codec.count, dtype=np.float32)[classes] * np.float32(certainty)


def test_the_classes_are_those_of_the_networks() -> None:
    assert (LATIN.unknown, LATIN.blank, LATIN.count) == (UNKNOWN, BLANK, BLANK + 1)
    assert RECOGNIZER.latin.classes == LATIN.count


@given(TEXTS)
def test_what_is_encoded_is_decoded(text: str) -> None:
    points = code_points(text)
    assert (points.shape, points.dtype) == ((MAX_LENGTH,), np.uint32)
    assert as_text(points) == text
    (codes,) = LATIN.encode(points[None])
    assert (codes[len(text) :] == PADDING).all()
    assert LATIN.greedy_texts(saying(LATIN, codes)[None]) == [text]


@given(TEXTS.filter(lambda text: len(text) >= MIN_LENGTH))
def test_reading_decodes_what_training_encodes(text: str) -> None:
    logits = saying(LATIN, LATIN.encode(code_points(text)[None])[0])
    assert decode(logits, RECOGNIZER, Regions(formats=())).text == text


@given(st.text(ALPHABET + CYRILLIC.characters, max_size=MAX_LENGTH))
def test_characters_of_another_script_are_unknown(text: str) -> None:
    points = code_points(text)[None]
    for codec in (LATIN, CYRILLIC):
        (codes,) = codec.encode(points)
        expected = "".join(c if c in codec.characters else UNKNOWN_CHARACTER for c in text)
        assert codec.greedy_texts(saying(codec, codes)[None]) == [expected]
        assert codec.knows(points).tolist() == [expected == text]


def test_an_unknown_character_is_told_as_such() -> None:
    logits = saying(LATIN, LATIN.encode(code_points("А123")[None])[0])  # its first is Cyrillic
    assert decode(logits, RECOGNIZER, Regions(formats=())).text == "?123"


def test_a_crop_that_does_not_show_the_whole_text_counts_in_no_loss() -> None:
    points = code_points(None)
    assert as_text(points) is None
    assert (LATIN.encode(points[None]) == UNCOUNTED_TEXT).all()


def test_a_text_too_long_to_be_taught() -> None:
    with pytest.raises(ValueError, match=f"{MAX_LENGTH + 1} characters"):
        code_points("A" * (MAX_LENGTH + 1))


@pytest.mark.parametrize("characters", ["", "ABA"])
def test_characters_that_make_no_codec(characters: str) -> None:
    with pytest.raises(ValueError, match="different characters"):
        TextCodec(characters)
