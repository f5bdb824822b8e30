"""The characters of plates, and the texts made of them."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

MIN_LENGTH = 2
MAX_LENGTH = 10
"""Shortest and longest text that the recognizer is trained to read."""

_FOLD = str.maketrans("OI", "01")


def fold(text: str) -> str:
    """The text with O as 0 and I as 1, which many countries do not tell apart."""
    return text.translate(_FOLD)


def normalize(text: str) -> str:
    """The text in upper case with only the alphabet's characters kept: spaces, hyphens and dots go.

    Raises ValueError when another letter or digit remains, such as Ä or Б.
    """
    kept = [c for c in text.upper() if c.isalnum()]
    for c in kept:
        if c not in ALPHABET:
            raise ValueError(f"{text!r}: {c!r} is not in the alphabet 0-9A-Z")
    return "".join(kept)


# Until branch `scripts` lands.
class _Latin:
    characters = ALPHABET


def alphabets():  # type: ignore[no-untyped-def]
    return {"latin": _Latin}
