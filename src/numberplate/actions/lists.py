"""Watch lists by name: those of the file, and all entries of a kind."""

from collections.abc import Iterable, Mapping

from numberplate.configuration.watch_list import ListedPlates
from numberplate.sightings import EntryExistsError, Sightings
from numberplate.sightings.entry import Hit
from numberplate.sightings.stored import StoredSighting

KINDS = ("allow", "alert")

_NOTE = " (numberplate.toml)"
"""The end of the note of an entry that the file put on the list."""


class Lists:
    """The watch lists of the file, with all their patterns.

    Raises ValueError for a list's file that cannot be read.
    """

    def __init__(self, listed: Iterable[ListedPlates]):
        self._listed = tuple(listed)
        self._patterns: Mapping[str, frozenset[tuple[str, str]]] = {
            one.name: frozenset((one.kind, pattern) for pattern in one.patterns()) for one in self._listed
        }

    @property
    def names(self) -> tuple[str, ...]:
        """`allow` and `alert`, then those of the file."""
        return (*KINDS, *self._patterns)

    def of(self, hit: Hit) -> tuple[str, ...]:
        """The names of the lists that a hit is of."""
        named = (name for name, known in self._patterns.items() if (hit.kind, hit.pattern) in known)
        return (hit.kind, *named)

    def hit(self, sighting: StoredSighting) -> tuple[str, ...]:
        """The names of the lists that a sighting hit, each once."""
        return tuple(dict.fromkeys(name for hit in sighting.hits for name in self.of(hit)))

    def enter(self, store: Sightings) -> tuple[int, int]:
        """Puts what the file lists on the database's watch list, and takes off what it lists no more.

        An entry that somebody made is left as it is. Returns how many were put on and taken off.
        """
        entered = removed = 0
        wanted = {
            (one.kind, pattern): one
            for one in reversed(self._listed)  # the first list that has it gives its note
            for kind, pattern in self._patterns[one.name]
        }
        there = {(entry.kind, entry.pattern): entry for entry in store.watch_list.entries()}
        for key, entry in there.items():
            if not entry.note.endswith(_NOTE):
                continue
            one = wanted.get(key)
            if one is None or entry.note != f"{one.name}{_NOTE}" or entry.distance != int(one.fuzzy):
                gone = store.watch_list.remove(entry.id)
                if one is None:
                    removed += gone
                else:
                    _add(store, entry.pattern, one)
        for (_, pattern), one in wanted.items():
            if (one.kind, pattern) not in there:
                entered += _add(store, pattern, one)
        return entered, removed


def _add(store: Sightings, pattern: str, one: ListedPlates) -> bool:
    try:
        store.watch_list.add(pattern, one.kind, distance=int(one.fuzzy), note=f"{one.name}{_NOTE}")
    except EntryExistsError:  # another program was faster
        return False
    return True
