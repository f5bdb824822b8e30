"""What else a plate says: captions, stickers of registration, dealers' frames."""

import unicodedata

import numpy as np

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUNE", "JULY", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_VOWELS, _CONSONANTS = "AEIOU", "BCDFGHKLMNPRSTVWZ"


def random_words(rng: np.random.Generator) -> str:
    """One to three made-up words, sometimes a telephone number: what captions and dealers' frames say."""
    words = []
    for _ in range(int(rng.integers(1, 4))):
        syllables = int(rng.integers(1, 4))
        words.append(
            "".join(
                _CONSONANTS[int(rng.integers(len(_CONSONANTS)))] + _VOWELS[int(rng.integers(5))]
                for _ in range(syllables)
            )
            + (_CONSONANTS[int(rng.integers(len(_CONSONANTS)))] if rng.random() < 0.5 else "")
        )
    if rng.random() < 0.12:
        words.append(str(rng.integers(100000, 99999999)))
    return " ".join(words)


def legend(rng: np.random.Generator) -> str:
    """What a sticker of registration says: a month, a year, a day, a number of its own."""
    kind = rng.random()
    if kind < 0.3:
        return _MONTHS[int(rng.integers(len(_MONTHS)))]
    if kind < 0.5:
        return f"{rng.integers(0, 30):02d}"
    if kind < 0.65:
        return str(rng.integers(1990, 2030))
    if kind < 0.8:
        return str(rng.integers(1, 32))
    if kind < 0.9:
        return f"{rng.integers(1, 13):02d}-{rng.integers(0, 30):02d}"
    return str(rng.integers(10**3, 10**8))


def bare(text: str) -> str:
    """Text without accents, apostrophes and full stops, none of which drawn alphabets have."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c) and c not in "'’.,")
