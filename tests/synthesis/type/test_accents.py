import unicodedata
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.plates.alphabet import alphabet, alphabets
from numberplate.synthesis.type.accents import accented, stands_above
from numberplate.synthesis.type.lettering import FontLettering
from numberplate.synthesis.type.strokes import CAP_HEIGHT, din

COMPOSED = sorted({c for one in alphabets().values() for c in one.composed})


@pytest.mark.parametrize("character", COMPOSED)
def test_each_is_as_high_as_a_capital_and_no_capital(character: str, font: Path) -> None:
    for lettering in (din(), FontLettering(font)):
        mask = accented(character, lettering.glyph)
        assert mask.dtype == np.uint8
        assert mask.shape[0] == CAP_HEIGHT
        assert mask[:8].max() > 127
        assert mask[-8:].max() > 127
        for base in alphabet(next(c for c, a in alphabets().items() if character in a.composed)).latin(
            character
        ):
            other = cv2.resize(lettering.glyph(base), mask.shape[::-1])
            assert np.abs(mask.astype(int) - other).mean() > 4, base


@pytest.mark.parametrize("character", [c for c in COMPOSED if stands_above(c)])
def test_an_accent_may_stand_above_a_whole_capital(character: str) -> None:
    letter = din().glyph
    mask = accented(character, letter, above=0.25)
    (base, *_) = unicodedata.normalize("NFD", character)
    assert mask.shape[0] == CAP_HEIGHT + CAP_HEIGHT // 4
    assert np.array_equal(mask[CAP_HEIGHT // 4 :], letter(base))
    assert mask[: CAP_HEIGHT // 8].max() > 127
    # Paper lies between the two.
    assert mask[: CAP_HEIGHT // 4].max(1).min() < 20


def test_what_is_struck_through_has_nothing_above() -> None:
    assert not any(stands_above(c) for c in "ØÆÞÐĐ")
    assert np.array_equal(accented("Ø", din().glyph, above=0.25), accented("Ø", din().glyph))


def test_they_differ() -> None:
    masks = {c: accented(c, din().glyph) for c in COMPOSED if c != "Ð"}  # which looks as Đ does
    sized = {c: cv2.resize(mask, (64, 128)) for c, mask in masks.items()}
    for one, other in ((a, b) for a in sized for b in sized if a < b):
        assert np.abs(sized[one].astype(int) - sized[other]).mean() > 1.5, one + other


@pytest.mark.parametrize("rows", [16, 32, 64])
def test_of_small_letters(rows: int) -> None:
    def letter(character: str) -> np.ndarray:
        mask = din().glyph(character)
        return cv2.resize(
            mask, (round(mask.shape[1] * rows / CAP_HEIGHT), rows), interpolation=cv2.INTER_AREA
        )

    for c in COMPOSED:
        assert accented(c, letter).shape[0] == rows


def test_no_such_accent() -> None:
    with pytest.raises((KeyError, IndexError)):
        partial(accented, letter=din().glyph)("Ş")
