"""What a label says: the plates that a picture shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from numberplate.geometry.overlap import Box
from numberplate.plates.alphabet import normalize

_FARTHEST = 1e9
"""Pixels from a picture's corner that anything may be: products of more are no numbers any longer."""

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


class LabelsError(ValueError):
    """Labels that cannot be used; the message names the file, the line where there is one, and the reason."""


@dataclass(frozen=True)
class Truth:
    """One labelled plate: its text, as `normalize` gives it, and where it is.

    text: empty when only the place is known. box: (x, y, width, height) in pixels, None when unknown.
    corners: in pixels and reading order, None where no more than the box is known.
    """

    text: str
    box: Box | None = None
    corners: Quad | None = None


@dataclass(frozen=True)
class LabelledPicture:
    """One picture and every plate labelled in it; no plates means that it shows none."""

    image: str
    """Path below the labelled folder, with `/` between folders."""
    truths: tuple[Truth, ...]
    line: int = field(default=0, compare=False)
    """Line of the labels file that first names the picture, from 1; 0 when it came from no file of lines."""
    file: str = field(default="", compare=False)
    """The path of that file; empty when it came from no file of lines."""

    @property
    def group(self) -> str:
        """First folder of the path; empty for a picture that lies in none."""
        return group_of(self.image)


def group_of(image: str) -> str:
    """First folder of a picture's path: `eu` of `eu/old/1.jpg`, and empty for `1.jpg`."""
    parts = PurePosixPath(image).parts
    return parts[0] if len(parts) > 1 else ""


def text_of(written: str) -> str:
    """A labelled text as `normalize` gives it, empty where none is written.

    Raises ValueError where something is, and nothing of a plate is left of it.
    """
    text = normalize(written)
    if not text and written.strip():
        raise ValueError(f"text {written!r} has no letter or digit")
    return text


def number_of(name: str, written: object) -> float:
    """A number of pixels, or a share of a side. Raises ValueError that names what it is of."""
    try:
        number = float(written)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):  # of JSON's whole numbers, which have no end
        raise ValueError(f"{name} {written!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} {written!r} is not a finite number")
    if abs(number) > _FARTHEST:
        raise ValueError(f"{name} {written!r} is in no picture")
    return number


def box_of_numbers(written: Sequence[object]) -> Box:
    """A box of x, y, width and height. Raises ValueError."""
    if len(written) != 4:
        raise ValueError(f"a box has 4 numbers, not {len(written)}")
    names = ("x", "y", "width", "height")
    x, y, width, height = (number_of(name, value) for name, value in zip(names, written, strict=True))
    for name, side, value in (("width", width, written[2]), ("height", height, written[3])):
        if side <= 0:
            raise ValueError(f"{name} {value} must be above 0")
    return x, y, width, height


def box_around(corners: Sequence[Point]) -> Box:
    """The upright box around points. Raises ValueError where it has no area."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return box_of_numbers((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))


def in_reading_order(points: Sequence[Point]) -> Quad | None:
    """Four points as top left, top right, bottom right, bottom left; None where they are no such shape.

    A plate that lies less than 45 degrees aside is taken to be upright.
    """
    if len(points) != 4:
        return None
    middle = (sum(x for x, _ in points) / 4, sum(y for _, y in points) / 4)
    # Clockwise on the screen, from the left above: y points down.
    around = sorted(points, key=lambda point: math.atan2(point[1] - middle[1], point[0] - middle[0]))
    first = min(range(4), key=lambda i: around[i][0] + around[i][1])
    a, b, c, d = (around[(first + i) % 4] for i in range(4))
    turns = [
        (q[0] - p[0]) * (r[1] - q[1]) - (q[1] - p[1]) * (r[0] - q[0])
        for p, q, r in ((a, b, c), (b, c, d), (c, d, a), (d, a, b))
    ]
    return (a, b, c, d) if min(turns) > 0 else None
