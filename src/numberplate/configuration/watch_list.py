"""A watch list that is kept in the file, or in one beside it."""

from typing import Self

from pydantic import field_validator, model_validator

from numberplate.configuration.values import FilePath, Name, Names, Table
from numberplate.limited import read_at_most
from numberplate.sightings.entry import Kind
from numberplate.sightings.wildcard import WildcardError, normalize_wildcard

_MOST = 10_000_000
"""Bytes of a file of plates."""


class ListedPlates(Table):
    """`[[watch_list]]`.

    Attributes:
        name: by which rules name it.
        kind: "allow" or "alert", as of `numberplate sightings watchlist`.
        plates: texts; `?` stands for one character, `*` for any number.
        file: more of them, one a line; what follows a # or a comma is a note.
        fuzzy: whether one character off is a hit as well.
    """

    name: Name
    kind: Kind
    plates: Names = ()
    file: FilePath | None = None
    fuzzy: bool = False

    @field_validator("plates")
    @classmethod
    def _patterns(cls, plates: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(map(normalize_wildcard, plates))
        except WildcardError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _own_name(self) -> Self:
        if self.name in ("allow", "alert"):
            raise ValueError(f"name: {self.name} is the name of all entries of that kind")
        return self

    def patterns(self) -> tuple[str, ...]:
        """All of them, each once. Raises ValueError for a file that cannot be read or holds other lines."""
        found = dict.fromkeys(self.plates)
        if self.file is not None:
            try:
                content = read_at_most(self.file, _MOST)
                if content is None:
                    raise ValueError(f"{self.file}: larger than {_MOST // 1_000_000} MB")
                lines = content.decode("utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"{self.file}: {getattr(error, 'strerror', None) or error}") from error
            for number, line in enumerate(lines, 1):
                text = line.partition("#")[0].partition(",")[0].strip()
                if not text:
                    continue
                try:
                    found[normalize_wildcard(text)] = None
                except WildcardError as error:
                    raise ValueError(f"{self.file}, line {number}: {error}") from error
        return tuple(found)
