"""Matches readings with a watch list."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from numberplate.plates.alphabet import fold, folds
from numberplate.results.plate import Candidate
from numberplate.sightings.entry import Entry, Hit
from numberplate.sightings.wildcard import as_printed, expression, has_wildcards, one_off


class Matcher:
    """Entries prepared for many matches: texts are looked up, only wildcards are tried one by one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._exact: dict[str, list[Entry]] = defaultdict(list)
        self._near: dict[str, list[Entry]] = defaultdict(list)
        self._wild: list[tuple[Entry, re.Pattern[str], re.Pattern[str] | None]] = []
        for entry in entries:
            if has_wildcards(entry.pattern):
                written = _spellings(entry.pattern)
                near = [w for one in written for w in one_off(one)] if entry.distance else None
                self._wild.append((entry, _any_of(written), None if near is None else _any_of(near)))
                continue
            for folded in folds(entry.pattern):
                self._exact[folded].append(entry)
            if entry.distance:
                for key in {key for written in _spellings(entry.pattern) for key in _shortened(written)}:
                    self._near[key].append(entry)

    def match(self, text: str, candidates: Sequence[Candidate] = ()) -> tuple[Hit, ...]:
        """As `WatchList.match`."""
        found: dict[int, Hit] = {}
        for i, reading in enumerate(dict.fromkeys([text, *(c.text for c in candidates)])):
            for entry, distance in self._of(reading):
                if i and entry.kind == "allow":
                    continue
                if entry.id not in found or distance < found[entry.id].distance:
                    found[entry.id] = Hit(entry.id, entry.kind, entry.pattern, entry.note, reading, distance)
        return tuple(found[id] for id in sorted(found))

    def _of(self, reading: str) -> Iterator[tuple[Entry, int]]:
        folded = fold(reading)
        yield from ((entry, 0) for entry in self._exact.get(folded, ()))
        spellings = {folded, as_printed(reading)}
        if self._near:
            # Texts that are one character off are the same once one is left out of either or of both.
            keys = {key for written in spellings for key in _shortened(written)}
            near = {entry.id: entry for key in keys for entry in self._near.get(key, ())}
            for entry in near.values():
                if any(_is_one_off(a, b) for a in _spellings(entry.pattern) for b in spellings):
                    yield entry, 1
        for entry, exact, near_by in self._wild:
            if any(map(exact.fullmatch, spellings)):
                yield entry, 0
            elif near_by is not None and any(map(near_by.fullmatch, spellings)):
                yield entry, 1


def _spellings(text: str) -> set[str]:
    """As it is printed and folded: a character of another script is one in print, and several in Latin."""
    return {as_printed(text), *folds(text)}


def _any_of(wildcards: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(expression, wildcards)))


def _shortened(text: str) -> set[str]:
    return {text, *(text[:i] + text[i + 1 :] for i in range(len(text)))}


def _is_one_off(a: str, b: str) -> bool:
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    shorter, longer = sorted((a, b), key=len)
    return len(longer) == len(shorter) + 1 and shorter in _shortened(longer)
