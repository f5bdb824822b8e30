"""Regions: whose plate a text may be, by the formats of the shipped designs.

Reading runs without YAML and pydantic, so the designs' patterns are compiled into `formats.json`, and what
they draw into a file for each script in `shapes/`, as it takes a fifth of a second to work out:

    python -m numberplate.plates.formats
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources
from itertools import chain
from math import exp, gamma, log, pi, prod, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH, alphabet, alphabets

if TYPE_CHECKING:
    from numberplate.plates.design import Design
    from numberplate.plates.pattern import Pattern

ANY = 0.2
"""Prior probability that a text is of no listed format: uniform over the lengths, then over the texts."""

PREFERENCE = 100.0
"""What the prior of a preferred region is multiplied by, before all are scaled to sum to 1."""

_MOST_KEPT = 4096
"""Texts whose odds are kept."""

_FILE, _SHAPES = "formats.json", "shapes"
_NOT_ISO = {"uk": "gb", "el": "gr"}
"""What people and the EU call countries that ISO 3166 calls otherwise: both are understood."""


class RegionError(ValueError):
    """A region that no design has; the message names regions like it."""


@dataclass(frozen=True)
class Format:
    """The texts of a design: the region's code, the design's name and weight, and each line's pattern.

    `lines` are in reading order; `script` is the code of the alphabet that the texts are of; `aspect`: width
    over height of the design's plates, None where that is not known; `repeats`: whether the plates' other
    lines say the same in Latin letters.
    """

    code: str
    name: str
    weight: float
    lines: tuple[str, ...]
    script: str = "latin"
    aspect: float | None = None
    repeats: bool = False

    @property
    def pattern(self) -> "Pattern":
        """Of the lines put together."""
        from numberplate.plates.pattern import Pattern  # which reading does without

        return Pattern("".join(f"({line})" for line in self.lines))


class Regions:
    """What the formats say of a text. A text is of one of them, or of none: then it is any text at all.

    A text with characters of another script than Latin is of that script's formats or of none, and "any text"
    is one of that script's characters.

    Args:
        preferred: codes of regions, such as `gb`, in upper or lower case, or one string of them with commas
            between. `us` stands for its states too.
        formats: to know of; None for those of all shipped designs.

    Raises RegionError for a preferred region that no format has.
    """

    def __init__(self, preferred: str | Iterable[str] = (), formats: Sequence[Format] | None = None) -> None:
        wanted = preferred.split(",") if isinstance(preferred, str) and preferred else preferred
        known = shipped_formats() if formats is None else formats
        self.preferred = tuple(dict.fromkeys(_known(code, known) for code in wanted))
        self.scripts = self._preferred_scripts(known)
        """Those that plates of the preferred regions are in; None where no region is preferred."""
        self._formats = None if formats is None else _by_script(formats)
        # A text is asked for several times in a picture, and in the next ones of a video.
        self._odds: dict[str, float] = {}
        # Each is made when the first text of its script and length comes: few programs see most of them.
        self._tables: dict[tuple[str, int], _Table | None] = {}
        self._shapes: dict[str, Shapes | None] = {}

    def _preferred_scripts(self, known: Iterable[Format]) -> frozenset[str] | None:
        if not self.preferred:
            return None
        return frozenset(format_.script for format_ in known if _is_one_of(format_.code, self.preferred))

    def _table(self, script: str, length: int) -> "_Table | None":
        """That of a script's formats with texts of a length; None where there are none."""
        if (script, length) not in self._tables:
            if self._formats is None:
                table = _shipped_table(script, length, self.preferred)
            else:
                rows = _odds_by_shape(self._formats[script], script).get(length)
                table = None if rows is None else _Table(rows, self.preferred)
            self._tables[script, length] = table
        return self._tables[script, length]

    def shapes(self, script: str) -> "Shapes | None":
        """Those of all texts of a script's formats; None where none are known."""
        if script not in self._shapes:
            known = script in self._known_scripts
            tables = [self._table(script, n) for n in range(MAX_LENGTH + 1) if known]
            self._shapes[script] = Shapes(tables) if any(tables) else None
        return self._shapes[script]

    @cached_property
    def repeated(self) -> frozenset[str]:
        """The scripts that plates are in which say the text of their Latin row once more in it."""
        known = shipped_formats() if self._formats is None else chain.from_iterable(self._formats.values())
        return frozenset(format_.script for format_ in known if format_.repeats)

    @property
    def _known_scripts(self) -> frozenset[str]:
        """The scripts that formats are known of."""
        return _shipped_scripts() if self._formats is None else frozenset(self._formats)

    def probabilities(self, text: str, aspect: float | None = None) -> dict[str, float]:
        """The probability of each region with `text` among its formats, 0..1, the likeliest first.

        `aspect`: width over height of the plate, as far as is known: those of a country have few sizes. What
        they lack of a sum of 1 is the probability that it is of none of them. Raises ValueError for an aspect
        that is not above 0.
        """
        if aspect is not None and not aspect > 0:
            raise ValueError(f"aspect: expected a number above 0, got {aspect}")
        odds: dict[str, float] = {}
        for code, odd, usual in self._matching(text):
            if aspect is not None and usual is not None:
                odd *= _likelihood(aspect, usual)
            odds[code] = odds.get(code, 0.0) + odd
        whole = 1 + sum(odds.values())
        return {code: odd / whole for code, odd in sorted(odds.items(), key=lambda item: (-item[1], item[0]))}

    def may_be(self, text: str) -> bool:
        """Whether `text` is of some format, or of a script none of whose formats are known."""
        own = frozenset(text) - _LATIN
        scripts = _scripts_with(own) if own else ("latin",)
        if not scripts:
            return False
        known = self._known_scripts
        return not any(script in known for script in scripts) or any(True for _ in self._matching(text))

    def favour(self, text: str, power: float, bound: float) -> float:
        """What the probability of `text` as a candidate is to be multiplied by, 1..`bound`.

        It is 1 for a text of no format, and grows with the odds that it is of some format, raised to `power`:
        how much formats count beside the picture depends on how well the picture is read.
        """
        return float(min(bound, self.odds(text) ** power))

    def odds(self, text: str) -> float:
        """1 and the odds that a text is of some format against "any text"; 1 for one of no format."""
        odds = self._odds.get(text)
        if odds is None:
            odds = 1.0
            for script in self._scripts(text):
                table = self._table(script, len(text))
                if table is not None:
                    odds += table.odds(text)
            if len(self._odds) >= _MOST_KEPT:
                self._odds.clear()
            self._odds[text] = odds
        return odds

    def reorder(
        self, candidates: Iterable[tuple[str, float]], power: float, bound: float
    ) -> list[tuple[str, float]]:
        """Candidates, (text, its probability in the picture), as the formats have them, best first.

        Each probability is multiplied by the text's `favour`, and all are scaled so that their sum stays.
        """
        candidates = list(candidates)
        favoured = [p * self.favour(text, power, bound) for text, p in candidates]
        scale = sum(p for _, p in candidates) / max(sum(favoured), 1e-300)
        found = [(text, p * scale) for (text, _), p in zip(candidates, favoured, strict=True)]
        return sorted(found, key=lambda item: -item[1])

    def _matching(self, text: str) -> Iterator[tuple[str, float, float | None]]:
        """Codes with the odds of each against "any text" and the aspect of its plates; a code with several
        shapes comes as often."""
        for script in self._scripts(text):
            table = self._table(script, len(text))
            if table is not None:
                yield from table.matching(text)

    def _scripts(self, text: str) -> list[str]:
        """The scripts with formats that a text may be of: Latin, or those that have its other characters."""
        scripts = ("latin",) if _LATIN.issuperset(text) else _scripts_with(frozenset(text) - _LATIN)
        return [s for s in scripts if s in self._known_scripts]


_LATIN = frozenset(ALPHABET)

_Row = tuple[str, float, float | None, Sequence[str]]
"""The odds that a text is of a code's formats and has a shape, against "any text": code, odds, the aspect of
the plates, and shape.
"""

_SPREAD, _FREEDOM = 0.15, 3.0
"""How far the aspect of a plate as it is seen lies from its design's: Student's distribution of its
logarithm, which has wide tails, as plates are seen from aside and their corners found more or less well.
"""

_OTHER_ASPECT = 0.3
"""Share of the plates whose aspect says nothing: of another size than the design's, bent, or half hidden."""

_ASPECTS = log(6.5 / 0.8)
"""The range of the logarithm of plates' aspects: of "any text" each in it is equally likely."""

_STEP = 0.1
"""By which logarithms of aspects are told apart: what is nearer makes one row."""


@lru_cache(4096)
def _likelihood(aspect: float, usual: float) -> float:
    """How much likelier a plate of this aspect is where that one is usual than where any is."""
    off = log(aspect / usual) / _SPREAD
    peak = gamma((_FREEDOM + 1) / 2) / (sqrt(_FREEDOM * pi) * gamma(_FREEDOM / 2)) / _SPREAD
    density: float = peak * (1 + off * off / _FREEDOM) ** (-(_FREEDOM + 1) / 2)
    return _OTHER_ASPECT + (1 - _OTHER_ASPECT) * _ASPECTS * density


@lru_cache(4096)
def _scripts_with(characters: frozenset[str]) -> tuple[str, ...]:
    """The scripts other than Latin that have all these characters of their own."""
    return tuple(s for s, known in alphabets().items() if s != "latin" and characters <= {*known.own})


def _is_one_of(code: str, regions: Sequence[str]) -> bool:
    """Whether a region, or the country that it is a state of, is among these."""
    return code in regions or code.partition("-")[0] in regions


def _by_script(formats: Iterable[Format]) -> dict[str, list[Format]]:
    found: dict[str, list[Format]] = {}
    for format_ in formats:
        found.setdefault(format_.script, []).append(format_)
    return found


def _odds_by_shape(formats: Sequence[Format], script: str) -> dict[int, list[_Row]]:
    """By length, the rows of all shapes of a script's formats, where no region is preferred."""
    characters = len(alphabet(script).characters)
    whole = sum(format_.weight for format_ in formats)
    shapes: dict[tuple[str, float | None, tuple[str, ...]], float] = {}
    for format_ in formats:
        # Odds against "any text", so that they need not be scaled to sum to 1.
        odds = (1 - ANY) / ANY * format_.weight / whole
        aspect = format_.aspect
        if aspect is not None:
            aspect = round(exp(_STEP * round(log(aspect) / _STEP)), 3)
        for shape, p in format_.pattern.shapes().items():
            key = (format_.code, aspect, shape)
            any_text = _any_text(len(shape), characters)
            shapes[key] = shapes.get(key, 0.0) + odds * p / any_text / prod(map(len, shape))
    rows: dict[int, list[_Row]] = {}
    for (code, aspect, shape), odds in shapes.items():
        rows.setdefault(len(shape), []).append((code, odds, aspect, shape))
    return rows


def _any_text(length: int, characters: int) -> float:
    """The probability of each text of that length: all lengths, and then all texts, are equally likely."""
    return 1 / (MAX_LENGTH - MIN_LENGTH + 1) / float(characters) ** length


class _Table:
    """The codes, shapes and odds of one length. Each has a bit, so that those of a text are found at once.

    `preferred`: codes of regions whose odds are greater.
    """

    def __init__(self, rows: Sequence[_Row], preferred: Sequence[str]) -> None:
        wanted = {code for code, *_ in rows if _is_one_of(code, preferred)}
        self._rows = [
            (code, odds * PREFERENCE if code in wanted else odds, aspect) for code, odds, aspect, _ in rows
        ]
        self.shapes = len(rows)
        # Few sets of rows ever match, as many texts look alike.
        self._sums: dict[int, float] = {0: 0.0}
        self.accepting: list[dict[str, int]] = []
        """Of each place: the rows, as bits, that accept a character there."""
        for classes in zip(*(shape for *_, shape in rows), strict=True):
            rows_of: dict[str, int] = {}
            for i, characters in enumerate(classes):
                rows_of[characters] = rows_of.get(characters, 0) | 1 << i
            accepting: dict[str, int] = {}
            for characters, bits in rows_of.items():
                for c in characters:
                    accepting[c] = accepting.get(c, 0) | bits
            self.accepting.append(accepting)

    def matching(self, text: str) -> Iterator[tuple[str, float, float | None]]:
        """The code, the odds and the plates' aspect of each shape that `text` has."""
        bits = self._bits(text)
        while bits:
            lowest = bits & -bits
            yield self._rows[lowest.bit_length() - 1]
            bits ^= lowest

    def odds(self, text: str) -> float:
        """The sum of the odds of the shapes that `text` has."""
        bits = self._bits(text)
        if bits not in self._sums:
            self._sums[bits] = sum(odds for _, odds, _ in self.matching(text))
        return self._sums[bits]

    def _bits(self, text: str) -> int:
        bits = (1 << self.shapes) - 1
        for accepting, c in zip(self.accepting, text, strict=True):
            bits &= accepting.get(c, 0)
            if not bits:
                break
        return bits


class Shapes:
    """Which characters may follow one another in the texts of a script's formats.

    A beginning of a text is told by the shapes that it may grow into, a bit each.

    Attributes:
        beginning: all shapes, which the empty text may grow into.
        accepting: of each place of a text: characters, with the shapes that have them there; one place more
            than the longest text has.
        ending: by length, the shapes of texts that are so long.
    """

    def __init__(self, tables: Sequence[_Table | None]) -> None:
        """Of tables by length."""
        self.accepting: list[dict[str, int]] = [{} for _ in tables]
        self.ending: list[int] = []
        count = 0
        for table in tables:
            shapes = 0 if table is None else table.shapes
            self.ending.append(((1 << shapes) - 1) << count)
            if table is not None:
                for accepting, own in zip(self.accepting, table.accepting, strict=False):
                    for c, bits in own.items():
                        accepting[c] = accepting.get(c, 0) | bits << count
            count += shapes
        self.beginning = (1 << count) - 1

    def __contains__(self, text: str) -> bool:
        grows = self.beginning if len(text) < len(self.ending) else 0
        for accepting, c in zip(self.accepting, text, strict=False):
            grows &= accepting.get(c, 0)
        return bool(grows and grows & self.ending[len(text)])


def canonical_code(code: str) -> str:
    """The code of a region as the formats have it: in lower case, and `gb` for `uk`; it need not be known."""
    code = code.strip().lower()
    return _NOT_ISO.get(code, code)


def known_code(code: str) -> str:
    """The same of a region that has a shipped design. Raises RegionError, with what is near, for another."""
    return _known(code, shipped_formats())


def _known(wanted: str, formats: Sequence[Format]) -> str:
    code = canonical_code(wanted)
    known = {f.code for f in formats} | {f.code.partition("-")[0] for f in formats}
    if code in known:
        return code
    from difflib import get_close_matches

    named = {f.code for f in formats if len(code) > 2 and code in f.name.lower()}
    near = [*sorted(named), *get_close_matches(code, sorted(known), 5, 0.5)]
    near = [c for c in dict.fromkeys(near) if c in known][:5]
    countries = sorted(c for c in known if "-" not in c)
    hint = f"near: {', '.join(near)}" if near else f"known: {', '.join(countries)}"
    raise RegionError(f"no region {wanted!r}; {hint}")


@cache
def known_codes() -> frozenset[str]:
    """The codes that may be preferred: of all regions with a shipped design, and of their countries."""
    codes = {format_.code for format_ in shipped_formats()}
    return frozenset(codes | {code.partition("-")[0] for code in codes})


def compiled(designs: Iterable["Design"]) -> str:
    """The content of `formats.json` for these designs: a JSON list, one format a line."""
    formats = [format_ for design in designs for format_ in _formats_of(design)]
    rows = ",\n".join(json.dumps(asdict(format_), ensure_ascii=False) for format_ in formats)
    return f"[\n{rows}\n]\n"


def compiled_shapes(formats: Iterable[Format]) -> dict[str, str]:
    """The contents of the files in `shapes/` for these formats, by script, which is the file's name.

    Each is a JSON object. `classes`: the sets of characters that are drawn from. `lengths`: by the length of
    the text, lists of a code, the odds of its formats against "any text", the aspect of the plates, and the
    shapes that have these, each a list of the places in `classes` of what stands at each place of the text.
    """
    return {script: _compiled_shapes(some, script) for script, some in _by_script(formats).items()}


def _compiled_shapes(formats: Sequence[Format], script: str) -> str:
    places: dict[str, int] = {}
    lengths = []
    for length, rows in sorted(_odds_by_shape(formats, script).items()):
        found: dict[tuple[str, float, float | None], list[list[int]]] = {}
        for code, odds, aspect, shape in rows:
            numbers = [places.setdefault(characters, len(places)) for characters in shape]
            found.setdefault((code, odds, aspect), []).append(numbers)
        lines = ",\n".join(
            json.dumps([*key, shapes], separators=(",", ":"))
            for key, shapes in sorted(
                found.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or 0)
            )
        )
        lengths.append(f'"{length}": [\n{lines}\n]')
    return (
        f'{{"classes": {json.dumps([*places], ensure_ascii=False)},\n"lengths": {{' + ",\n".join(lengths)
    ) + "}}\n"


def _formats_of(design: "Design") -> Iterator[Format]:
    """The format of a design's text, and that of the rows that say it once more in another script.

    Of another script than Latin, those are left out whose texts have none of its characters.
    """
    rows = [[design.lines[i] for i in row] for row in design.rows]
    if alphabet(design.script).right_to_left:
        # Digits stand on the left and are read last.
        rows = [row[::-1] for row in rows]
    own = {*alphabet(design.script).own}
    for repeating in (False, True):
        lines = [line for row in rows for line in row if (line.repeats is not None) == repeating]
        if lines and (not own or any(own & {*line.pattern.characters} for line in lines)):
            sources = tuple(line.pattern.source for line in lines)
            aspect = round(design.aspect, 3)
            yield Format(
                design.code,
                design.name,
                design.weight,
                sources,
                design.script,
                aspect,
                repeating and bool(own),
            )


@cache
def shipped_formats() -> tuple[Format, ...]:
    """The formats of all designs that come with the package."""
    text = resources.files("numberplate.plates").joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(Format(**{**row, "lines": tuple(row["lines"])}) for row in json.loads(text))


@cache
def _shipped_scripts() -> frozenset[str]:
    return frozenset(format_.script for format_ in shipped_formats())


@cache
def _shipped_shapes(script: str) -> tuple[Sequence[str], Mapping[str, Any]]:
    """The classes of a script's shapes and what there is of each length; see `compiled_shapes`."""
    file = resources.files("numberplate.plates").joinpath(_SHAPES, f"{script}.json")
    found = json.loads(file.read_text(encoding="utf-8"))
    return found["classes"], found["lengths"]


@lru_cache(64)
def _shipped_table(script: str, length: int, preferred: tuple[str, ...]) -> _Table | None:
    """That of all shipped formats, which all readers share that prefer the same regions."""
    classes, lengths = _shipped_shapes(script)
    rows = [
        (code, odds, aspect, [classes[place] for place in shape])
        for code, odds, aspect, shapes in lengths.get(str(length), [])
        for shape in shapes
    ]
    return _Table(rows, preferred) if rows else None


def _compile() -> None:
    from numberplate.plates.design import DesignError, shipped_designs

    try:
        designs = [design for script in alphabets() for design in shipped_designs(script)]
    except DesignError as error:
        sys.exit(str(error))
    here = Path(__file__)
    here.with_name(_FILE).write_text(compiled(designs), encoding="utf-8")
    folder = here.with_name(_SHAPES)
    folder.mkdir(exist_ok=True)
    formats = [format_ for design in designs for format_ in _formats_of(design)]
    for script, text in compiled_shapes(formats).items():
        folder.joinpath(f"{script}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _compile()
