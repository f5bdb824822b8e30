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
    lines = text.replace("\r\n", "\n").split("\n")  # as TOML has lines
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if header := _HEADER.match(line):
            table = _absolute(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, number, number, 0
        elif key := _KEY.match(line):
            first, value = number, line
            while not _is_whole(value) and number < len(lines):  # a value that goes on
                value += f"\n{lines[number]}"
                number += 1
            yield (*table, *_parts(key[1])), first, number, len(table)


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


def _is_whole(lines: str) -> bool:
    try:
        tomllib.loads(lines)
    except tomllib.TOMLDecodeError:
        return False
    return True
