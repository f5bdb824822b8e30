"""The characters of plates, script by script, and the texts made of them.

What a script has stands in `alphabets/*.yaml`. Reading runs without YAML, so that is compiled into
`alphabets.json`:

    python -m numberplate.plates.alphabet
"""

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The digits and Latin letters, with which every script's alphabet begins."""

MIN_LENGTH = 2
MAX_LENGTH = 12
"""Shortest and longest text that a recognizer is trained to read: Japan's longest have 12 characters."""

_FOLD = str.maketrans("OI", "01")
_FILE = "alphabets.json"


class AlphabetError(ValueError):
    """A script without an alphabet, or a file that is none; the message says what there is, or why."""


def fold(text: str) -> str:
    """The text with O as 0 and I as 1, which many countries do not distinguish, and in Latin letters."""
    return latin(text).translate(_FOLD)


_GREEK = str.maketrans(dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)))
"""Greek plates have only letters that look like Latin ones."""

_LATIN = _GREEK | str.maketrans(
    {
        # Letters that look like Latin ones: Russia, Ukraine, Bulgaria and others use these alone.
        **dict(zip("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS", strict=True)),
        **dict(zip("ØŁĐ", "OLD", strict=True)),
        **{"Æ": "AE", "Œ": "OE"},
    }
)

_BETWEEN = ".·•∙‧⋅・:|"
"""What people write between the parts of a text, beside spaces and hyphens."""

_TATWEEL = "\u0640"
"""Lengthens an Arabic letter: `هـ` is how ه is mostly written where it stands alone."""

_LEFT_TO_RIGHT = "\u200e"
"""Unicode's mark that has no width, and counts as a letter that runs from left to right."""

_FORMS = ("<wide>", "<narrow>", "<isolated>", "<initial>", "<medial>", "<final>")
"""Unicode's names for a character's width, and for its place in an Arabic word."""


def _plain(text: str) -> str:
    """The text composed, in usual width, and Arabic letters whatever their place: `１` is `1`, `ﺏ` is `ب`."""
    parts = (
        unicodedata.normalize("NFKC", c) if unicodedata.decomposition(c).startswith(_FORMS) else c
        for c in text
    )
    return unicodedata.normalize("NFC", "".join(parts)).replace(_TATWEEL, "")


def as_read(printed: str) -> str:
    """A text as a plate has it printed, in the letters in which it is read: `GÖ-KX 417` is `GOKX417`.

    In upper case, without accents, spaces, hyphens and dots, digits of other scripts as 0-9, and Cyrillic and
    Greek letters as the Latin ones that they look like. What is left may have other characters still.
    """
    parts = []
    for c in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", printed).upper()):
        between = c in _BETWEEN or c == _TATWEEL or c.isspace()
        if between or unicodedata.category(c) in ("Mn", "Mc", "Pd", "Cf"):
            continue
        parts.append(str(unicodedata.decimal(c)) if c.isdecimal() else c)
    return "".join(parts).translate(_LATIN)


def latin(text: str) -> str:
    """The text in digits and Latin letters, by which it is searched: `皖A12345` is `AHA12345`.

    Characters stand for those that their alphabet's table says. What is of no alphabet stays as it is.
    """
    return latins(text)[0]


def latins(text: str) -> tuple[str, ...]:
    """All that a text may be in Latin letters, `latin(text)` first; wildcards and unknown characters stay.

    `12م34567` is of Iran's letters or of other Arabic ones, which are not written alike in Latin. `حنط7653`,
    which is read from the right, is `7653TNJ` in the Latin row of a Saudi plate.
    """
    if text.isascii():
        return (text,)
    own = frozenset(c for c in text if not c.isascii())
    of = [a for a in alphabets().values() if own <= {*a.own}]
    found = dict.fromkeys(a.latin(order) for a in of for order in a.orders(text))
    return tuple(found) or ("".join(_latin_of().get(c, c) for c in text),)


def folds(text: str) -> tuple[str, ...]:
    """`latins(text)` with O as 0 and I as 1, `fold(text)` first."""
    return tuple(dict.fromkeys(one.translate(_FOLD) for one in latins(text)))


def on_screen(text: str) -> str:
    """The text with marks that nobody sees, by which a screen shows it in the order of the plate.

    A screen puts letters that run from right to left, and what follows them, in an order of its own: of
    Iran's `۱۲م۳۴۵۶۷` it would show the last five digits between the others and the letter. `normalize` takes
    the marks away again.
    """
    ours = {c for c in text if unicodedata.bidirectional(c) in ("R", "AL")}
    if not ours:
        return text
    kept = "".join(c for c in text if c not in "?*")
    of = next((a for a in alphabets().values() if a.right_to_left and {*kept} <= {*a.characters}), None)
    if of is not None and of.printed(kept) != kept:
        return text + _LEFT_TO_RIGHT  # letters and then digits: only what follows is to stay where it is
    return "".join(c + _LEFT_TO_RIGHT if c in ours else c for c in text)


def normalize(text: str) -> str:
    """The text in upper case with only characters of plates kept: spaces, hyphens and dots go.

    Greek letters are the Latin ones that they look like. Raises ValueError when it has another letter or
    digit, or those of several scripts' alphabets.
    """
    kept = "".join(c for c in _plain(text).upper() if c.isalnum()).translate(_GREEK)
    if all(c in ALPHABET for c in kept):
        return kept
    found = [a for a in alphabets().values() if all(a.same.get(c, c) in a.characters for c in kept)]
    if found:
        # Persian and Arabic share most: the one that needs the fewest changes.
        best = min(found, key=lambda a: sum(c in a.same for c in kept))
        return best.normalize(kept)
    known = known_characters() | {c for a in alphabets().values() for c in a.same}
    odd = next((c for c in kept if c not in known), None)
    what = f"{odd!r} is in no alphabet of plates" if odd else "its characters are of no one alphabet"
    raise ValueError(f"{text!r}: {what}; known: 0-9A-Z and those of {', '.join([*alphabets()][1:])} plates")


@dataclass(frozen=True)
class Alphabet:
    """The characters of one script's plates.

    A text is in reading order. Where that is not the order from left to right on the plate, `printed` and
    `read` turn one into the other.
    """

    code: str
    """Such as `han`."""
    name: str
    """In English."""
    characters: str
    """Single code points, in the order of a network's classes: `ALPHABET`, then the script's own."""
    right_to_left: bool = False
    """Whether letters run from right to left. Digits run from left to right in every script."""
    fit: str = "letters"
    """How its own characters fill a line: `letters` as capitals do; `box` to all four sides of its
    box; `em` as the em square does; `line` from the highest of them to the lowest."""
    composed: str = ""
    """Those that are not taken from a font but made of a capital, such as Ä."""
    folding: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What `fold` writes for characters and for whole words, such as names of offices."""
    same: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Code points that people write for a character of the alphabet, and that character."""
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Of a character that is not drawn as fonts have it: the code points to draw it with, the best first."""
    sets: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Named for patterns: some of the characters, or a list of words."""
    alike: tuple[str, ...] = ()
    """Codes of alphabets that have characters of the same shape."""

    @cached_property
    def own(self) -> str:
        """The characters beyond the digits and Latin letters."""
        return self.characters[len(ALPHABET) :]

    @cached_property
    def lettered(self) -> str:
        """Those of its own characters that a font must have."""
        return "".join(c for c in self.own if c not in self.composed)

    def latin(self, text: str) -> str:
        """The text in digits and Latin letters."""
        if self.folding:
            text = self._folded.sub(lambda found: self.folding[found[0]], text)
        return text

    def fold(self, text: str) -> str:
        """The text in digits and Latin letters, O as 0 and I as 1: what it is searched by."""
        return self.latin(text).translate(_FOLD)

    def normalize(self, text: str) -> str:
        """The text in upper case with only the alphabet's characters kept: spaces, hyphens and dots go.

        Raises ValueError when another letter or digit remains.
        """
        kept = [self.same.get(c, c) for c in _plain(text).upper() if c.isalnum()]
        for c in kept:
            if c not in self.characters:
                raise ValueError(f"{text!r}: {c!r} is not in the alphabet of {self.name} plates")
        return "".join(kept)

    def printed(self, text: str) -> str:
        """A text of one row in the order of its characters on the plate, from left to right.

        An Egyptian `سبأ١٢` has the digits on its plate's left and in the same order, and then the letters, of
        which the first stands on the right. All other texts are read from left to right: Iran's with a letter
        between digits, and rows of Latin letters.
        """
        letters = self._letters(text)
        return text[letters:] + text[:letters][::-1]

    def read(self, printed: str) -> str:
        """The text of one row in reading order: what `printed` undoes."""
        letters = self._letters(printed[::-1])
        digits = len(printed) - letters
        return printed[digits:][::-1] + printed[:digits]

    def orders(self, text: str) -> tuple[str, ...]:
        """The text, and the other orders that people write it in where its letters run from right to left.

        Of letters and digits either may come first, and a row of Latin letters has the letters from left to
        right: `حنط7653` is `7653حنط` and `7653طنح`.
        """
        parts = re.fullmatch(r"(\d*)(\D+)(\d*)", text) if self.right_to_left else None
        if parts is None or (parts[1] and parts[3]) or not {*parts[2]} <= {*self.own}:
            return (text,)
        letters, digits = parts[2], parts[1] + parts[3]
        return tuple(dict.fromkeys((text, letters + digits, digits + letters[::-1])))

    def _letters(self, text: str) -> int:
        """How many letters a text has that are read from right to left, digits after them; 0 of any other."""
        if not self.right_to_left:
            return 0
        letters = next((i for i, c in enumerate(text) if c.isdigit()), len(text))
        latin = any(c in ALPHABET for c in text[:letters])
        return letters if not latin and (text[letters:].isdigit() or letters == len(text)) else 0

    @cached_property
    def _folded(self) -> re.Pattern[str]:
        longest_first = sorted(self.folding, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))


@cache
def alphabets() -> dict[str, Alphabet]:
    """All alphabets by their codes, `latin` first."""
    content = json.loads(resources.files("numberplate.plates").joinpath(_FILE).read_text(encoding="utf-8"))
    return {code: _alphabet(code, row) for code, row in content.items()}


def alphabet(code: str) -> Alphabet:
    """The alphabet of a script. Raises AlphabetError where there is none."""
    found = alphabets().get(code)
    if found is None:
        raise AlphabetError(f"no alphabet {code!r}; known: {', '.join(alphabets())}")
    return found


@cache
def known_characters() -> frozenset[str]:
    """The characters of all alphabets."""
    return frozenset(c for one in alphabets().values() for c in one.characters)


@cache
def _latin_of() -> dict[str, str]:
    """What each character of any alphabet is in Latin letters."""
    return {c: latin for one in alphabets().values() for c, latin in one.folding.items()}


def _alphabet(code: str, row: Mapping[str, Any]) -> Alphabet:
    return Alphabet(
        code,
        row["name"],
        ALPHABET + row["characters"],
        row.get("right_to_left", False),
        row.get("fit", "letters"),
        row.get("composed", ""),
        row.get("fold", {}),
        row.get("same", {}),
        {c: tuple(drawn) for c, drawn in row.get("shapes", {}).items()},
        {name: s if isinstance(s, str) else tuple(s) for name, s in row.get("sets", {}).items()},
        tuple(row.get("alike", ())),
    )


def compiled(folder: Path) -> str:
    """The content of `alphabets.json` for the YAML files in a folder. Raises AlphabetError for one that is
    wrong: reading takes what is compiled as it is.
    """
    from numberplate.plates.yaml_files import YamlError, read_yaml

    rows = {}
    for path in folder.glob("*.yaml"):
        try:
            rows[path.stem] = read_yaml(path)
        except YamlError as error:
            raise AlphabetError(str(error)) from error
        for wrong in _wrong(rows[path.stem]):
            raise AlphabetError(f"{path}: {wrong}")
    ordered = sorted(rows, key=lambda code: (code != "latin", code))
    return json.dumps({code: rows[code] for code in ordered}, ensure_ascii=False, indent=1) + "\n"


_KEYS = {
    "name": str,
    "characters": str,
    "right_to_left": bool,
    "fit": str,
    "composed": str,
    "fold": dict,
    "same": dict,
    "shapes": dict,
    "sets": dict,
    "alike": list,
}
_FITS = ("letters", "box", "em", "line")


def _wrong(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an alphabet's file, the key first."""
    for key, value in row.items():
        if key not in _KEYS:
            yield f"{key}: there is no such key"
        elif not isinstance(value, _KEYS[key]):
            yield f"{key}: {value!r:.60} is no {_KEYS[key].__name__}"
    for key in ("name", "characters"):
        if key not in row:
            yield f"{key}: is missing"
    known = ALPHABET + row["characters"]
    for c in known:
        if known.count(c) > 1:
            yield f"characters: {c!r} is there twice; digits and A-Z are in every alphabet"
        if not c.isalnum() or _plain(c).upper().translate(_GREEK) != c:
            yield f"characters: {c!r} is no composed capital letter or digit, as texts are brought to"
    if row.get("fit", "letters") not in _FITS:
        yield f"fit: {row['fit']!r} is none of {', '.join(_FITS)}"
    for name, texts in row.get("sets", {}).items():
        for text in [texts] if isinstance(texts, str) else texts:
            if not isinstance(text, str) or not {*text} <= {*known}:
                yield f"sets.{name}: {text!r} is not of its characters"
    for key in ("fold", "same"):
        for written, meant in row.get(key, {}).items():
            if not isinstance(written, str) or not isinstance(meant, str):
                yield f"{key}: {written!r} and {meant!r} have to be texts: write them in quotes"
            elif key == "fold" and not {*meant} <= {*ALPHABET}:
                yield f"fold: {meant!r} for {written!r} is not of digits and A-Z"
    strange = {"composed": {*row.get("composed", "")}, "same": {*row.get("same", {}).values()}}
    for key, characters in {**strange, "shapes": {*row.get("shapes", {})}}.items():
        for c in sorted(characters - {*known}):
            yield f"{key}: {c!r} is not of its characters"


if __name__ == "__main__":
    _here = Path(__file__)
    try:
        _here.with_name(_FILE).write_text(compiled(_here.with_name("alphabets")), encoding="utf-8")
    except AlphabetError as _error:
        sys.exit(str(_error))
