"""Texts as plates have them printed, in the letters in which they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET, as_read


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("GÖ-KX 417", "GOKX417"),
        ("gö–kx·417", "GOKX417"),
        ("O\u0308", "O"),
        ("Å Ç Š Ø Ł Đ Æ", "ACSOLDAE"),
        ("А 123 ВЕ 77", "A123BE77"),  # Cyrillic
        ("АІ 1234 СХ", "AI1234CX"),
        ("ΥΧΑ 1234", "YXA1234"),  # Greek
        ("ＡＢ１２", "AB12"),
        ("١٢٣", "123"),
        ("AB\u200b12", "AB12"),
        ("ab?2*", "AB?2*"),
        ("Ж1", "Ж1"),
        ("", ""),
    ],
)
def test_printed(printed: str, read: str) -> None:
    assert as_read(printed) == read


@given(st.text())
def test_once_is_enough(text: str) -> None:
    assert as_read(as_read(text)) == as_read(text)


@given(st.text(ALPHABET))
def test_what_is_read_already_stays(text: str) -> None:
    assert as_read(text) == text
