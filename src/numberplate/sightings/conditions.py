"""A query as conditions in SQL, such that the indexes serve."""

import re
from collections.abc import Callable, Collection, Iterable
from itertools import takewhile

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    LargeBinary,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)

from numberplate.plates.alphabet import fold, folds, latin, latins
from numberplate.sightings import tables
from numberplate.sightings.query import Query
from numberplate.sightings.wildcard import (
    ANY_NUMBER,
    ANY_ONE,
    expression,
    has_wildcards,
    neighbours,
    one_off,
)

_LEAST_LITERAL = 2
"""Literal characters at an end of a wildcard that are worth an index: with fewer, walking back in time finds
a page sooner."""


def conditions(query: Query, corrected: Collection[int] = ()) -> list[ColumnElement[bool]]:
    """All of them hold for the rows of `tables.sighting` that the query wants.

    `corrected`: the ids of sightings whose correction says the query's text.
    """
    row = tables.sighting.c
    found: list[ColumnElement[bool]] = []
    if query.text is not None:
        says = _says(query.text, query)
        if corrected:
            # Their numbers, not a subquery: with one, PostgreSQL would use no index for the other half.
            ids: BindParameter[list[int]] = bindparam(
                "corrected", sorted(corrected), expanding=True, literal_execute=True
            )
            says |= row.id.in_(ids)
        found.append(says)
    if query.start is not None:
        found.append(row.first_seen >= query.start)
    if query.end is not None:
        found.append(row.first_seen < query.end)
    if query.source is not None:
        # A text is rarer than a source, which SQLite cannot know: `||` keeps it from the source's index.
        source = row.source.concat("") if _is_indexed(query) else row.source
        found.append(source == query.source)
    if isinstance(query.hit, str):
        found.append(row[query.hit].is_(true()))  # as the partial index has it
    elif query.hit is not None:
        hits = select(tables.hit.c.sighting_id).where(tables.hit.c.entry_id == query.hit)
        found.append(row.id.in_(hits))
    return found


def says(query: Query) -> Callable[[str], bool]:
    """Whether a text is what the query asks for: the same as its condition, for texts outside of SQL."""
    text = query.text
    if text is None:
        return lambda _: True
    if query.fuzzy or query.candidates:
        ours = [w for written in folds(text) for w in (one_off(written) if query.fuzzy else [written])]
        folded, printed = _any_of(ours), _any_of(_printed(text, query))
        return lambda other: bool(folded.fullmatch(fold(other)) or printed.fullmatch(other))
    printed, in_latin = _any_of([text]), _any_of(latins(text))
    return lambda other: bool(printed.fullmatch(other) or in_latin.fullmatch(latin(other)))


def _any_of(wildcards: Iterable[str]) -> re.Pattern[str]:
    """What matches any of them, and nothing where there is none."""
    return re.compile("|".join(map(expression, wildcards)) or "(?!)")


def _printed(text: str, query: Query) -> tuple[str, ...]:
    """What the query asks for besides what is folded: wildcards of texts as they are printed."""
    if text.isascii() and ANY_ONE not in text:
        return ()  # nothing tells that two of its letters are one in print
    return one_off(text) if query.fuzzy else (text,)


def _says(text: str, query: Query) -> ColumnElement[bool]:
    row = tables.sighting.c
    if not (query.fuzzy or query.candidates):
        return or_(*(_as_printed_or_latin(text, written) for written in latins(text)))
    printed = [*map(_as_printed, _printed(text, query))]
    if query.candidates:
        named = or_(*(_alike(written, query.fuzzy, tables.candidate.c.folded) for written in folds(text)))
        return or_(row.id.in_(select(tables.candidate.c.sighting_id).where(named)), *printed)
    return or_(*(_alike(written, True, row.folded) for written in folds(text)), *printed)


def _as_printed(wildcard: str) -> ColumnElement[bool]:
    """Of rows whose text is so as it is printed, by the index of whichever of its ends is longer."""
    row = tables.sighting.c
    start = _literal_start(wildcard)
    # Digits and Latin letters alone are the same when a text is put into Latin letters without the rest.
    end = latin("".join(takewhile(lambda c: c.isascii() or c.isdecimal(), _literal_start(wildcard[::-1]))))
    like = row.text.like(_like(wildcard))
    if len(start) >= max(len(end), 1):
        return like & _starts_with(row.text, start)
    return like & _starts_with(row.reversed, end) if end else like


def _as_printed_or_latin(printed: str, text: str) -> ColumnElement[bool]:
    """Of rows whose text is so as it is printed, or in Latin letters, of which `reversed` is made."""
    row = tables.sighting.c
    if printed != text and has_wildcards(text):
        return _alike(printed, False, row.text) | _as_printed_or_latin(text, text)
    backwards = text[::-1]
    if not has_wildcards(text):
        return row.reversed == backwards
    start, end = _literal_start(text), _literal_start(backwards)
    if len(end) > max(len(start), _LEAST_LITERAL - 1):
        # A ? stands for one character, which in Latin letters may be two.
        either = row.text.like(_like(text)) | row.reversed.like(_like(backwards))
        return _starts_with(row.reversed, end) & either
    # Bytes tell which texts are of other scripts without a look at the row: the text is in the index.
    other = func.length(cast(row.text, LargeBinary)) != func.length(row.text)
    if len(start) >= _LEAST_LITERAL:
        latin = row.reversed.like(_like(backwards)) & _starts_with(row.folded, fold(start))
        return (row.text.like(_like(text)) & _starts_with(row.text, start)) | (other & latin)
    return row.text.like(_like(text)) | (other & row.reversed.like(_like(backwards)))


def _alike(text: str, fuzzy: bool, column: Column[str]) -> ColumnElement[bool]:
    if not has_wildcards(text):
        return column.in_(sorted(neighbours(text))) if fuzzy else column == text
    if fuzzy:
        return or_(*(column.like(_like(wildcard)) for wildcard in one_off(text)))
    condition = column.like(_like(text))
    start = _literal_start(text)
    if len(start) >= _LEAST_LITERAL:
        return condition & _starts_with(column, start)
    return condition


def _is_indexed(query: Query) -> bool:
    if query.text is None or not has_wildcards(query.text):
        return query.text is not None
    ends = (query.text,) if query.candidates else (query.text, query.text[::-1])
    return not query.fuzzy and any(len(_literal_start(end)) >= _LEAST_LITERAL for end in ends)


def _like(wildcard: str) -> str:
    return wildcard.replace(ANY_ONE, "_").replace(ANY_NUMBER, "%")


def _literal_start(wildcard: str) -> str:
    return wildcard.partition(ANY_ONE)[0].partition(ANY_NUMBER)[0]


def _starts_with(column: Column[str], start: str) -> ColumnElement[bool]:
    # A range, since LIKE itself finds no index in SQLite, whose LIKE takes upper and lower case as alike.
    return (column >= start) & (column < start[:-1] + chr(ord(start[-1]) + 1))
