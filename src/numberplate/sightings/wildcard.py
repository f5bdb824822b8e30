"""Texts with wildcards, and texts that are one character off.

    A 7   that character itself      ?   any one character      *   any number of characters, none too

Fuzzy means: O and 0 are alike, so are I and 1, and one character may be replaced, missing or too much.
"""

import re
import unicodedata

from numberplate.plates.alphabet import ALPHABET, as_read, fold, known_characters, normalize

ANY_ONE, ANY_NUMBER = "?", "*"

_MOST_CHARACTERS = 40
"""Of a text, its wildcards too: no plate has a third of them, and what is one character off such a text is so
many texts that a database would look for them for minutes, or not at all."""

_FOLDED = "".join(c for c in ALPHABET if fold(c) == c)


class WildcardError(ValueError):
    """A text that no plate can have; the message names it and the reason."""


def normalize_wildcard(source: str) -> str:
    """In upper case without spaces, hyphens and dots, in any script that plates have, and `**` as `*`.

    What is of no alphabet is taken as it is read (see `plates.alphabet.as_read`). Raises WildcardError where
    another character is left, or none at all, or more than any plate has.
    """
    marks = "".join(c for c in as_read(source) if not c.isalnum() and c not in (ANY_ONE, ANY_NUMBER))
    try:
        text = re.sub(r"[^?*]+", lambda found: normalize(found[0]), unicodedata.normalize("NFKC", source))
    except ValueError:
        text = as_read(source)
    for c in marks + text:
        if c not in known_characters() and c not in (ANY_ONE, ANY_NUMBER):
            raise WildcardError(
                f"{source!r}: {c!r} is neither a character of plates nor one of the wildcards ? and *"
            )
    if not text:
        raise WildcardError(f"{source!r}: holds no character of a plate")
    text = re.sub(r"\*+", "*", text)
    if len(text) > _MOST_CHARACTERS:
        raise WildcardError(f"{source[:_MOST_CHARACTERS]!r} …: has more characters than any plate")
    return text


def has_wildcards(text: str) -> bool:
    """Whether there is a `?` or a `*` in it."""
    return ANY_ONE in text or ANY_NUMBER in text


def neighbours(text: str) -> frozenset[str]:
    """All texts that are at most one character off, the text itself too; all folded.

    `text`: without wildcards. A text of 7 characters has some 500, in whatever script it is printed: what is
    folded is of digits and Latin letters.
    """
    text = fold(text)
    found = {text}
    for i in range(len(text) + 1):
        before, at, after = text[:i], text[i : i + 1], text[i + 1 :]
        found.update(f"{before}{c}{at}{after}" for c in _FOLDED)
        if at:
            found.add(before + after)
            found.update(f"{before}{c}{after}" for c in _FOLDED)
    return frozenset(found - {""})


def one_off(wildcard: str) -> tuple[str, ...]:
    """Wildcards that together match all that is at most one character off `wildcard`, it too.

    Of a text as it is printed, or folded: in Latin letters a character of another script is two and more, as
    皖 and 陕 are AH and SN.
    """
    found = {wildcard: None}
    for i in range(len(wildcard) + 1):
        before, at, after = wildcard[:i], wildcard[i : i + 1], wildcard[i + 1 :]
        found[f"{before}?{at}{after}"] = None
        if at not in ("", ANY_NUMBER):
            found[before + after] = None
            found[f"{before}?{after}"] = None
    return tuple(re.sub(r"\*+", "*", w) for w in found if w)


def as_printed(text: str) -> str:
    """The text with O as 0 and I as 1, and the characters of other scripts as they are."""
    return "".join(fold(c) if c.isascii() else c for c in text)


def expression(wildcard: str) -> str:
    """The same as a regular expression for `re.fullmatch`."""
    return wildcard.replace(ANY_NUMBER, ".*").replace(ANY_ONE, ".")
