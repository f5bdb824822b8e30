"""On which lines of a TOML file its keys stand."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
"""Keys, and places in lists, from the root on."""

_PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'''
    r"""|'{3}(?:[^']|'(?!''))*'{3,5}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]""",
    re.DOTALL,
)
"""What says where a value ends: strings, comments, brackets and ends of lines."""


def key_lines(text: str) -> dict[Path, int]:
    """For each table and key its line, from 1. Keys within a value have the line of the value.

    `text`: valid TOML. What stands in strings of several lines is not taken for keys.
    """
    found: dict[Path, int] = {}
    for path, first, _, outer in _entries(text):
        for end in range(outer + 1, len(path) + 1):  # those that hold it need no line of their own
            found.setdefault(path[:end], first)
    return found


def key_spans(text: str) -> dict[Path, tuple[int, int]]:
    """For each key that stands for itself its first and its last line, from 1, and for each `[table]` its
    heading's. `text`: as of `key_lines`.
    """
    return {path: (first, last) for path, first, last, _ in reversed([*_entries(text)])}


def _entries(text: str) -> Iterator[tuple[Path, int, int, int]]:
    """Headings and keys in order: their paths, first and last lines, and how much of the path was there."""
    counts: dict[Path, int] = {}
    table: Path = ()
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")  # as TOML has lines
    number = place = 0
    while number < len(lines):
        line, begin = lines[number], number
        number += 1
        if header := _HEADER.match(line):
            table = _absolute(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, number, number, 0
        elif key := _KEY.match(line):
            first = number
            number += _more_lines(text, place + key.end())
            yield (*table, *_parts(key[1])), first, number, len(table)
        place += sum(len(line) + 1 for line in lines[begin:number])


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of a key, or else of the nearest table or key that holds it."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


def _parts(dotted: str) -> Path:
    found: list[str] = []
    value: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(value, dict):
        ((key, value),) = value.items()
        found.append(key)
    return tuple(found)


def _absolute(parts: Path, counts: dict[Path, int]) -> Path:
    """Where `[a.b]` is within the newest `[[a]]`."""
    path: Path = ()
    for i, part in enumerate(parts):
        path = (*path, part)
        if i < len(parts) - 1 and path in counts:
            path = (*path, counts[path])
    return path


def _more_lines(text: str, place: int) -> int:
    """How many lines a value has besides its first, if it begins at that place."""
    depth = found = 0
    for token in _TOKEN.finditer(text, place):
        if token[0] == "\n" and not depth:
            break
        found += token[0].count("\n")
        depth += (token[0] in ("[", "{")) - (token[0] in ("]", "}"))
    return found
