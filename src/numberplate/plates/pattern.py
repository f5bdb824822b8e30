"""The grammar of plate texts: one pattern both generates texts and matches them.

    @        a letter                    #        a digit
    ?        a letter or a digit         A 7      that character itself
    [A-HJ]   one of these                (AB|C)   one of the alternatives
    <han:province>  one of a set that the alphabet of that script names
    {n} {m,n}  the item before, n times, or m to n times
    space - . *   what stands between characters: a gap, a dash, a dot, a seal or emblem

Marks between characters are drawn but are no part of the text. The letters of `@` and `?` are A to Z;
characters of other scripts stand for themselves. A pattern has them in the order of the plate, from left to
right. The letters of the grammar follow OpenALPR's.
"""

import re
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, AlphabetError, alphabet, known_characters

DIGITS = ALPHABET[:10]
LETTERS = ALPHABET[10:]
MARKS = " -.*"

_LONGEST = 10_000
"""Characters of a pattern at most; of the designs that ship, the longest has 1,199."""

_DEEPEST = 20
"""Parentheses within each other at most."""

_SHOWN = 60
"""Characters of a pattern that a message shows at most."""

_Key = TypeVar("_Key")

_CLASSES = {"@": LETTERS, "#": DIGITS, "?": ALPHABET}


class PatternError(ValueError):
    """A pattern that is not in the grammar; the message names the pattern, the place and the reason."""


@dataclass(frozen=True)
class _OneOf:
    characters: str


@dataclass(frozen=True)
class _Choice:
    alternatives: "tuple[tuple[_Repeat, ...], ...]"


@dataclass(frozen=True)
class _Repeat:
    item: "_OneOf | _Choice"
    least: int
    most: int


class Pattern:
    """A parsed pattern. Raises PatternError where `source` is not in the grammar."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._position = self._depth = 0
        if len(source) > _LONGEST:
            raise self._error(f"{len(source)} characters, more than {_LONGEST}")
        self._root = self._choice()
        if self._position != len(source):
            raise self._error("')' without '('")

    def generate(self, rng: np.random.Generator) -> str:
        """A random text with its marks, such as `AB12 CDE`. Alternatives are equally likely."""
        return self._draw(self._root, rng)

    def matches(self, text: str) -> bool:
        """Whether `text` (characters of the alphabet, without marks) is one that the pattern generates."""
        # Not by the size of the probability: of a text long enough, that is too small for a float.
        return len(text) in self._ends(self._root, text, 0, {})

    def probability(self, text: str) -> float:
        """The probability, 0..1, that `generate` gives `text` once its marks are left out; exact.

        The probabilities of all texts sum to 1. That of a text of many hundred characters may underflow to 0.
        """
        return self._ends(self._root, text, 0, {}).get(len(text), 0.0)

    def shapes(self) -> dict[tuple[str, ...], float]:
        """What it draws as a class of characters for each place, without marks, and how probable each is.

        `@#|@7` has the shapes (letters, digits) and (letters, "7"), 0.5 each; within a shape, all texts are
        equally likely. Nested repeats may have very many.
        """
        return self._shapes(self._root)

    @property
    def characters(self) -> str:
        """All characters, without marks, that its texts can have."""
        found: dict[str, None] = {}
        nodes: list[_OneOf | _Choice] = [self._root]
        while nodes:
            node = nodes.pop()
            if isinstance(node, _OneOf):
                found |= dict.fromkeys(c for c in node.characters if c not in MARKS)
            else:
                nodes += [repeat.item for alternative in node.alternatives for repeat in alternative]
        return "".join(found)

    @property
    def lengths(self) -> tuple[int, int]:
        """Length of the shortest and of the longest text that it generates, without marks."""
        return self._lengths(self._root)

    @property
    def steps(self) -> int:
        """How many characters and marks a text is drawn of at most; a group of none counts as one."""
        return self._steps(self._root)

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def _error(self, reason: str, place: int | None = None) -> PatternError:
        place = self._position if place is None else place
        shown, start = self.source, max(0, place - _SHOWN // 2)
        if len(shown) > _SHOWN:
            shown = f"{'…' * (start > 0)}{shown[start : start + _SHOWN]}…"
        return PatternError(f"pattern {shown!r}, character {place + 1}: {reason}")

    def _peek(self) -> str:
        return self.source[self._position] if self._position < len(self.source) else ""

    def _take_until(self, end: str) -> str:
        close = self.source.find(end, self._position)
        if close < 0:
            raise self._error(f"no {end!r} follows", self._position - 1)
        taken = self.source[self._position : close]
        self._position = close + 1
        return taken

    def _choice(self) -> _Choice:
        alternatives = [self._sequence()]
        while self._peek() == "|":
            self._position += 1
            alternatives.append(self._sequence())
        return _Choice(tuple(alternatives))

    def _sequence(self) -> tuple[_Repeat, ...]:
        items = []
        while (c := self._peek()) and c not in "|)":
            self._position += 1
            item: _OneOf | _Choice
            if c == "(":
                self._depth += 1
                if self._depth > _DEEPEST:
                    raise self._error(f"more than {_DEEPEST} parentheses within each other")
                item = self._choice()
                if self._peek() != ")":
                    raise self._error("no ')' follows")
                self._depth -= 1
                self._position += 1
            elif c == "[":
                item = _OneOf(self._members(self._take_until("]")))
            elif c == "<":
                item = self._named(self._take_until(">"))
            elif c in _CLASSES or c in ALPHABET or c in MARKS or c in known_characters():
                item = _OneOf(_CLASSES.get(c, c))
            else:
                self._position -= 1
                raise self._error(f"{c!r} is not in the grammar")
            items.append(_Repeat(item, *self._times()))
        return tuple(items)

    def _named(self, body: str) -> _OneOf | _Choice:
        """One of the characters, or of the words, of a set that an alphabet names."""
        start = self._position - len(body) - 2
        script, _, name = body.partition(":")
        try:
            sets = alphabet(_short(script)).sets
        except AlphabetError as error:
            raise self._error(str(error), start) from error
        if name not in sets:
            raise self._error(
                f"{script} has no set {_short(name)!r}; known: {', '.join(sets) or 'none'}", start
            )
        found = sets[name]
        if isinstance(found, str):
            return _OneOf(found)
        return _Choice(tuple(tuple(_Repeat(_OneOf(c), 1, 1) for c in word) for word in found))

    def _members(self, body: str) -> str:
        members = ""
        start = self._position - len(body) - 2
        for first, last in re.findall(r"(.)(?:-(.))?", body, re.DOTALL):
            chosen = [c for c in ALPHABET if first <= c <= (last or first)]
            if not last and first in known_characters():
                chosen = [first]
            elif first not in ALPHABET or not chosen or last not in ALPHABET:
                raise self._error(f"[{_short(body)}] is not a class of letters and digits", start)
            members += "".join(c for c in chosen if c not in members)
        if not members:
            raise self._error("an empty class", start)
        return members

    def _times(self) -> tuple[int, int]:
        if self._peek() != "{":
            return 1, 1
        start = self._position
        self._position += 1
        body = self._take_until("}")
        # Of more digits Python makes no number.
        found = re.fullmatch(r"([0-9]{1,1000})(?:,([0-9]{1,1000}))?", body)
        least, most = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if most < least or most == 0:
            raise self._error(f"{{{_short(body)}}} is not a number of times", start)
        if most > MAX_LENGTH:
            raise self._error(f"{{{_short(body)}}} is more than {MAX_LENGTH} times", start)
        return least, most

    def _draw(self, node: _OneOf | _Choice, rng: np.random.Generator) -> str:
        # A generator is not asked where there is nothing to choose: half of the time went there.
        if isinstance(node, _OneOf):
            several = len(node.characters) > 1
            return node.characters[int(rng.integers(len(node.characters)))] if several else node.characters
        choices = node.alternatives
        alternative = choices[int(rng.integers(len(choices)))] if len(choices) > 1 else choices[0]
        text = ""
        for repeat in alternative:
            least, most = repeat.least, repeat.most
            for _ in range(int(rng.integers(least, most + 1)) if most > least else least):
                text += self._draw(repeat.item, rng)
        return text

    def _steps(self, node: _OneOf | _Choice) -> int:
        if isinstance(node, _OneOf):
            return 1
        return max(1, *(sum(r.most * self._steps(r.item) for r in items) for items in node.alternatives))

    def _lengths(self, node: _OneOf | _Choice) -> tuple[int, int]:
        if isinstance(node, _OneOf):
            return (0, 0) if node.characters in MARKS else (1, 1)
        found = []
        for alternative in node.alternatives:
            items = [(repeat, *self._lengths(repeat.item)) for repeat in alternative]
            least = sum(repeat.least * low for repeat, low, _ in items)
            found.append((least, sum(repeat.most * high for repeat, _, high in items)))
        return min(low for low, _ in found), max(high for _, high in found)

    def _shapes(self, node: _OneOf | _Choice) -> dict[tuple[str, ...], float]:
        if isinstance(node, _OneOf):
            return {() if node.characters in MARKS else (node.characters,): 1.0}
        found: dict[tuple[str, ...], float] = {}
        for alternative in node.alternatives:
            reached: dict[tuple[str, ...], float] = {(): 1 / len(node.alternatives)}
            for repeat in alternative:
                item = self._shapes(repeat.item)
                heads, reached = reached, {}
                for times in range(repeat.most + 1):
                    if times >= repeat.least:
                        _add(reached, heads, 1 / (repeat.most - repeat.least + 1))
                    if times < repeat.most:
                        longer: dict[tuple[str, ...], float] = {}
                        for head, p in heads.items():
                            _add(longer, {head + tail: q for tail, q in item.items()}, p)
                        heads = longer
            _add(found, reached)
        return found

    # To try the ways through nested repeats one by one can take for ever. Where an item ends depends on where
    # it starts alone, so that is found once for each place: the time grows with the pattern's length and with
    # the cube of the text's, however the repeats are nested.
    def _ends(
        self, node: _OneOf | _Choice, text: str, start: int, known: dict[tuple[int, int], dict[int, float]]
    ) -> dict[int, float]:
        """The places in `text` where what `node` draws can end when it starts at `start`.

        Each has the probability that `node` draws just the characters in between. `known` holds what was
        found before, by node and start.
        """
        if isinstance(node, _OneOf):
            if node.characters in MARKS:
                return {start: 1.0}
            if start < len(text) and text[start] in node.characters:
                return {start + 1: 1 / len(node.characters)}
            return {}
        key = (id(node), start)
        if key not in known:
            known[key] = {}
            for alternative in node.alternatives:
                reached = {start: 1 / len(node.alternatives)}
                for repeat in alternative:
                    if reached:
                        reached = self._repeated(repeat, text, reached, known)
                _add(known[key], reached)
        return known[key]

    def _repeated(
        self,
        repeat: _Repeat,
        text: str,
        starts: dict[int, float],
        known: dict[tuple[int, int], dict[int, float]],
    ) -> dict[int, float]:
        share = 1 / (repeat.most - repeat.least + 1)
        found: dict[int, float] = {}
        reached = starts
        for times in range(repeat.most + 1):
            if times >= repeat.least:
                _add(found, reached, share)
            if times == repeat.most or not reached:
                break
            grown: dict[int, float] = {}
            for place, p in reached.items():
                _add(grown, self._ends(repeat.item, text, place, known), p)
            reached = grown
        return found


def _short(body: str) -> str:
    return body if len(body) <= _SHOWN else f"{body[:_SHOWN]}…"


def _add(found: dict[_Key, float], more: dict[_Key, float], share: float = 1.0) -> None:
    for key, p in more.items():
        found[key] = found.get(key, 0.0) + share * p
