"""On which lines of a TOML file its keys stand."""

import re
import tomllib
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
    counts: dict[Path, int] = {}
    table: Path = ()
    pending = ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):  # as TOML has lines
        if pending:  # a value that goes on
            pending = "" if _is_whole(f"{pending}\n{line}") else f"{pending}\n{line}"
            continue
        if header := _HEADER.match(line):
            table = _absolute(_parts(header[2]), counts, found)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            for end in range(1, len(table) + 1):  # those that hold it need no line of their own
                found.setdefault(table[:end], number)
        elif key := _KEY.match(line):
            path: Path = (*table, *_parts(key[1]))
            for end in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:end], number)
            if not _is_whole(line):
                pending = line
    return found


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


def _absolute(parts: Path, counts: dict[Path, int], found: dict[Path, int]) -> Path:
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
