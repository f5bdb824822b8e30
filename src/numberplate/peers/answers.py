"""What a program says of one picture, and its output on a terminal as that."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_FARTHEST = 1e9
"""Pixels from a picture's corner that a box may be."""


class PeerError(RuntimeError):
    """A program that is not there, or cannot be asked; the message names it and says why."""


@dataclass(frozen=True)
class Found:
    """A plate, as a program gives it.

    `confidence`: 0..1, 0 where it gives none. `box`: (x, y, width, height) in pixels, or None.
    """

    text: str
    confidence: float = 0.0
    box: tuple[float, float, float, float] | None = None


def parse_output(text: str) -> list[Found]:
    """The plates in what a command prints of one picture.

    It may be OpenALPR's JSON, that of `numberplate read --format jsonl`, or a line for each plate: its text,
    and after a space its confidence, 0..1, if there is one; a 0 or 1 without decimals belongs to a text that
    has no other digit. Raises ValueError for anything else.
    """
    found: list[Found] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("{"):
            try:
                found += _from_json(json.loads(line))
            except RecursionError as error:
                raise ValueError("JSON that is nested too deeply") from error
        elif line:
            plate, _, confidence = line.rpartition(" ")
            number = _number(confidence)
            # Of "AB 1" the 1 is a part of the plate: what is before it is none.
            whole = not plate or (confidence.isdecimal() and not any(map(str.isdigit, plate)))
            found.append(Found(line) if number is None or whole else Found(plate, _probability(number)))
    return found


def _from_json(document: Mapping[str, Any]) -> list[Found]:
    try:
        if "results" in document:
            return [
                Found(str(p["plate"]), _probability(float(p["confidence"]) / 100), _around(p["coordinates"]))
                for p in document["results"]
            ]
        return [
            Found(str(p["text"]), _probability(float(p["confidence"])), _box(p["box"]))
            for p in document["plates"]
        ]
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"JSON that is neither OpenALPR's nor ours: {error!r}") from error


def _around(points: Sequence[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    xs, ys = [float(p["x"]) for p in points], [float(p["y"]) for p in points]
    return _box((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))


def _box(values: Sequence[Any]) -> tuple[float, float, float, float]:
    x, y, width, height = map(float, values)
    if not all(abs(value) <= _FARTHEST for value in (x, y, width, height)):
        raise ValueError(f"a box {[x, y, width, height]}, which is in no picture")
    return x, y, width, height


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


def _probability(number: float) -> float:
    return min(1.0, max(0.0, number)) if math.isfinite(number) else 0.0
