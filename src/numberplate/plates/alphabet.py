"""The characters of plates, and the texts made of them."""

import unicodedata

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

MIN_LENGTH = 2
MAX_LENGTH = 10
"""Shortest and longest text that the recognizer is trained to read."""

_FOLD = str.maketrans("OI", "01")


def fold(text: str) -> str:
    """The text with O as 0 and I as 1, which many countries do not tell apart."""
    return text.translate(_FOLD)


_LATIN = str.maketrans(
    {
        # Letters that look like Latin ones: Russia, Ukraine, Bulgaria, Greece and others use these alone.
        **dict(zip("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
        **dict(zip("ØŁĐ", "OLD", strict=True)),
        **{"Æ": "AE", "Œ": "OE"},
    }
)


def as_read(printed: str) -> str:
    """A text as a plate has it printed, in the letters in which it is read: `GÖ-KX 417` is `GOKX417`.

    In upper case, without accents, spaces, hyphens and dots, digits of other scripts as 0-9, and Cyrillic and
    Greek letters as the Latin ones that they look like. What is left may have other characters still.
    """
    parts = []
    for c in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", printed).upper()):
        if c in ".·•∙:" or c.isspace() or unicodedata.category(c) in ("Mn", "Pd", "Cf"):
            continue
        parts.append(str(unicodedata.decimal(c)) if c.isdecimal() else c)
    return "".join(parts).translate(_LATIN)


def normalize(text: str) -> str:
    """The text in upper case with only the alphabet's characters kept: spaces, hyphens and dots go.

    Raises ValueError when another letter or digit remains, such as Ä or Б.
    """
    kept = [c for c in text.upper() if c.isalnum()]
    for c in kept:
        if c not in ALPHABET:
            raise ValueError(f"{text!r}: {c!r} is not in the alphabet 0-9A-Z")
    return "".join(kept)
