"""Parts of a camera's picture that mean something: zones, masks, and a line that vehicles cross.

Points are (x, y) in fractions of the frame, 0..1, origin top left: they stay where they are when a camera's
resolution changes.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Point = tuple[float, float]

Crossing = Literal["in", "out"]
"""Which way a vehicle crossed a line."""

_NAME = re.compile(r"[\w][\w .-]{0,63}")
_MOST_POINTS = 64


class AreaError(ValueError):
    """A zone, mask or line that cannot be. The message names it and says why."""


def parse_points(text: str) -> tuple[Point, ...]:
    """Points written as `0.1,0.2 0.9,0.2 0.5,0.8`. Raises AreaError for anything else."""
    points = []
    for pair in text.split():
        try:
            x, y = pair.split(",")
            points.append((float(x), float(y)))
        except ValueError as error:
            raise AreaError(f"{pair!r}: expected x,y in fractions of the frame, such as 0.25,0.8") from error
    return tuple(points)


def write_points(points: Iterable[Point]) -> str:
    """Points as `parse_points` takes them, exactly."""
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


@dataclass(frozen=True)
class Mask:
    """A part of the picture that is not looked at, such as a burnt-in clock or a neighbour's drive.

    `points`: the polygon's corners, three or more; two are opposite corners of a rectangle. Raises AreaError
    for other points.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _polygon(self.points, "a mask"))

    @classmethod
    def parse(cls, text: str) -> "Mask":
        """From `x,y x,y x,y`, or two opposite corners of a rectangle, `x,y x,y`."""
        return cls(parse_points(text))

    def written(self) -> str:
        """As `parse` takes it."""
        return write_points(self.points)

    def contains(self, x: float, y: float) -> bool:
        """Whether the point, in fractions of the frame, is in it or on its edge."""
        return _within(self.points, x, y)


@dataclass(frozen=True)
class Zone:
    """A part of the picture in which vehicles are reported, by name.

    Attributes:
        name: letters, digits, spaces, dots, hyphens and underscores, 64 at most.
        points: the polygon's corners, three or more; two are opposite corners of a rectangle.
        min_width: pixels; in place of `WatchOptions.min_width` for vehicles in it, or None.
        min_length: characters; in place of `WatchOptions.min_length`, or None.

    Raises AreaError for a name or points that cannot be.
    """

    name: str
    points: tuple[Point, ...]
    min_width: float | None = None
    min_length: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise AreaError(
                f"{self.name!r}: expected a zone's name of letters, digits, spaces, dots, hyphens"
            )
        object.__setattr__(self, "points", _polygon(self.points, f"zone {self.name}"))
        for name in ("min_width", "min_length"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise AreaError(f"zone {self.name}: {name}: expected 0 or more, got {value}")

    @classmethod
    def parse(cls, text: str) -> "Zone":
        """From `NAME=x,y x,y x,y`; after the points there may be `width=60` and `length=5`."""
        name, equals, rest = text.partition("=")
        if not equals:
            raise AreaError(f"{text!r}: expected NAME=x,y x,y x,y")
        limits: dict[str, float] = {}
        points = []
        for part in rest.split():
            key, equals, value = part.partition("=")
            if not equals:
                points.append(part)
                continue
            if key not in ("width", "length"):
                raise AreaError(f"zone {name}: {key!r}: expected width=PIXELS or length=CHARACTERS")
            try:
                limits[key] = float(value)
            except ValueError as error:
                raise AreaError(f"zone {name}: {key}: expected a number, got {value!r}") from error
        length = limits.get("length")
        if length is not None and not length.is_integer():
            raise AreaError(f"zone {name}: length: expected a whole number, got {length:g}")
        return cls(
            name.strip(),
            parse_points(" ".join(points)),
            limits.get("width"),
            None if length is None else int(length),
        )

    def written(self) -> str:
        """As `parse` takes it."""
        limits = (("width", self.min_width), ("length", self.min_length))
        said = [f" {key}={_number(value)}" for key, value in limits if value is not None]
        return f"{self.name}={write_points(self.points)}{''.join(said)}"

    def contains(self, x: float, y: float) -> bool:
        """Whether the point, in fractions of the frame, is in it or on its edge."""
        return _within(self.points, x, y)


@dataclass(frozen=True)
class Line:
    """A line that vehicles cross: from the left of who walks from `start` to `end` to the right is "in".

    Raises AreaError for points outside the frame, or two that are one.
    """

    start: Point
    end: Point

    def __post_init__(self) -> None:
        start, end = (_inside(point, "a line") for point in (self.start, self.end))
        if start == end:
            raise AreaError(f"a line: expected two points, got {start} twice")
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)

    @classmethod
    def parse(cls, text: str) -> "Line":
        """From `x,y x,y`."""
        points = parse_points(text)
        if len(points) != 2:
            raise AreaError(f"a line: expected two points, got {len(points)}")
        return cls(*points)

    def written(self) -> str:
        """As `parse` takes it."""
        return write_points((self.start, self.end))

    def crossed(self, path: npt.NDArray[np.float32]) -> Crossing | None:
        """Which way a path, (n, 2) in fractions of the frame, crosses it in the end; None if it does not."""
        if len(path) < 2:
            return None
        start, end = np.array(self.start), np.array(self.end)
        along = end - start
        # The y axis points down: what is right of the walker has a positive cross product.
        side = along[0] * (path[:, 1] - start[1]) - along[1] * (path[:, 0] - start[0])
        crossings = np.flatnonzero((side[:-1] < 0) != (side[1:] < 0))
        net = 0
        for i in crossings:
            share = side[i] / (side[i] - side[i + 1])
            place = path[i] + share * (path[i + 1] - path[i])
            if 0 <= (place - start) @ along <= along @ along:
                net += 1 if side[i] < 0 else -1
        return None if net == 0 else "in" if net > 0 else "out"


@dataclass(frozen=True)
class Areas:
    """All that is drawn over a camera's picture: its zones, its masks and its line.

    Raises AreaError where two zones have one name.
    """

    zones: tuple[Zone, ...] = ()
    masks: tuple[Mask, ...] = ()
    line: Line | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "zones", tuple(self.zones))
        object.__setattr__(self, "masks", tuple(self.masks))
        names = [zone.name for zone in self.zones]
        if len({*names}) < len(names):
            raise AreaError(f"zones: expected a name once, got {', '.join(names)}")

    @property
    def version(self) -> str:
        """16 hexadecimal digits that differ where the areas do."""
        texts = [*(zone.written() for zone in self.zones), "", *(mask.written() for mask in self.masks), ""]
        texts.append("" if self.line is None else self.line.written())
        return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _inside(point: Iterable[float], what: str) -> Point:
    x, y = (float(v) for v in point)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise AreaError(f"{what}: expected points in fractions of the frame, 0..1, got {x:g},{y:g}")
    return x, y


def _polygon(points: Iterable[Iterable[float]], what: str) -> tuple[Point, ...]:
    found = tuple(_inside(point, what) for point in points)
    if len(found) == 2:
        (left, top), (right, bottom) = found
        found = ((left, top), (right, top), (right, bottom), (left, bottom))
    if not 3 <= len(found) <= _MOST_POINTS:
        raise AreaError(f"{what}: expected two to {_MOST_POINTS} points, got {len(found)}")
    if not cv2.contourArea(np.array(found, np.float32)) > 1e-6:
        raise AreaError(f"{what}: its points enclose nothing")
    return found


def _within(points: tuple[Point, ...], x: float, y: float) -> bool:
    return cv2.pointPolygonTest(np.array(points, np.float32), (float(x), float(y)), False) >= 0
