import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET, fold, normalize


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("AB12 CDE", "AB12CDE"),
        ("ab-12.cd", "AB12CD"),
        ("  B·MW\t1\n", "BMW1"),  # the seal between two parts is often typed as a middle dot
        ("", ""),
        ("--", ""),
    ],
)
def test_normalize(text: str, normal: str) -> None:
    assert normalize(text) == normal


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("MÜ 12", "Ü"),
        ("А123", "А"),  # the Cyrillic letter, which looks like the Latin one
        ("AB²", "²"),  # alphanumeric to Python, and no digit of a plate
        ("١٢٣", "١"),
    ],
)
def test_normalize_names_what_is_not_in_the_alphabet(text: str, foreign: str) -> None:
    with pytest.raises(ValueError, match=f"{foreign!r} is not in the alphabet"):
        normalize(text)


@given(st.text(max_size=12))
def test_what_normalize_returns_is_normal(text: str) -> None:
    try:
        normal = normalize(text)
    except ValueError:
        return
    assert set(normal) <= set(ALPHABET)
    assert normalize(normal) == normal


def test_fold() -> None:
    assert fold("OI01BQ8") == "0101BQ8"  # only what many countries do not tell apart
    assert fold(fold(ALPHABET)) == fold(ALPHABET)
