"""A canvas to draw streets on, and the camera that sees them.

What is drawn is measured in metres: x to the right, y up from the ground, z away from the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from numberplate.synthesis.paint import blend, shade

Colour = Sequence[float] | np.ndarray
Stops = Sequence[tuple[float, Colour]]
"""Colours from top to bottom, each with its place in 0..1."""


@dataclass(frozen=True)
class Light:
    """The sky's colours at the top and above the horizon, and what the light does to colours."""

    zenith: Colour
    low: Colour
    tone: Colour
    sun: float
    """How hard shadows are, 0..1."""
    dusk: bool = False


def mix(one: Colour, other: Colour, share: float) -> np.ndarray:
    first = np.asarray(one, np.float32)
    return first + share * (np.asarray(other, np.float32) - first)


def rounded(points: np.ndarray, times: int = 3) -> np.ndarray:
    """A closed outline with its corners cut off again and again (Chaikin)."""
    for _ in range(times):
        after = np.concatenate([points[1:], points[:1]])
        cut = np.empty((2 * len(points), 2))
        cut[0::2] = 0.75 * points + 0.25 * after
        cut[1::2] = 0.25 * points + 0.75 * after
        points = cut
    return points


def mirrored(half: Sequence[tuple[float, float]]) -> np.ndarray:
    """The closed outline of which `half` is the right side, from bottom to top."""
    right = np.array(half, np.float64)
    return np.concatenate([right, right[::-1] * [-1, 1]])


def rectangle(left: float, bottom: float, right: float, top: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def softened(left: float, bottom: float, right: float, top: float, radius: float) -> np.ndarray:
    """A rectangle with rounded corners."""
    corners = [(right, top, 0), (left, top, 1), (left, bottom, 2), (right, bottom, 3)]
    arcs = []
    for x, y, quarter in corners:
        angles = (quarter + np.linspace(0, 1, 5)) * np.pi / 2
        inward = np.array(
            [x + (-radius if quarter in (0, 3) else radius), y + (-radius if quarter < 2 else radius)]
        )
        arcs.append(inward + radius * np.stack([np.cos(angles), np.sin(angles)], 1))
    return np.concatenate(arcs)


def ellipse(x: float, y: float, across: float, down: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    return np.stack([x + across * np.cos(angles), y + down * np.sin(angles)], 1)


class Canvas:
    """Draws polygons given in pixels. `tone` is what the light does to colours."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.picture: np.ndarray = np.zeros((height, width, 3), np.uint8)
        self.tone = np.ones(3, np.float32)

    def toned(self, colour: Colour) -> np.ndarray:
        """A colour, or some of them, (n, 3), in this light."""
        return np.asarray(np.minimum(np.asarray(colour, np.float32) * self.tone, 255))

    def polygon(self, points: np.ndarray, colour: Colour, alpha: float = 1.0, lit: bool = False) -> None:
        """One colour throughout; `lit` things shine by themselves."""
        if alpha < 1:
            self.ramp(points, [(0, colour), (1, colour)], alpha=alpha, lit=lit)
        else:
            paint = np.asarray(colour) if lit else self.toned(colour)
            cv2.fillPoly(self.picture, [_fixed(points)], paint.tolist(), cv2.LINE_AA, 4)

    def ramp(
        self,
        points: np.ndarray,
        stops: Stops,
        edge: float = 0.0,
        alpha: float = 1.0,
        soft: float = 0.0,
        lit: bool = False,
    ) -> None:
        """Colours from top to bottom, darker by `edge` to the left and right; `soft` blurs the outline."""
        (x1, y1), (x2, y2) = points.min(0).tolist(), points.max(0).tolist()
        spread = 2.5 * soft + 1
        left, right = (int(min(max(v, 0), self.width)) for v in (x1 - spread, x2 + spread + 1))
        top, bottom = (int(min(max(v, 0), self.height)) for v in (y1 - spread, y2 + spread + 1))
        if right <= left or bottom <= top:
            return
        if alpha >= 1 and edge == 0 and soft == 0 and (y2 - y1 < 16 or x2 - x1 < 8):
            self.polygon(points, stops[len(stops) // 2][1], lit=lit)
            return
        size = (right - left, bottom - top)
        mask = _mask(points - (left, top), size, 255 * min(1.0, alpha), soft)
        table = np.array([colour for _, colour in stops], np.float32)
        table = table if lit else np.minimum(table * self.tone, 255)
        rows = (np.arange(top, bottom, dtype=np.float32) - y1) / max(1e-6, y2 - y1)
        places = [place for place, _ in stops]
        column = np.stack([np.interp(rows, places, table[:, i]) for i in range(3)], 1)
        column = np.minimum(column, 255).astype(np.uint8)[:, None]
        paint = cv2.resize(column, size, interpolation=cv2.INTER_NEAREST)
        if edge:
            across = (np.arange(left, right, dtype=np.float32) - x1) / max(1e-6, x2 - x1)
            dark = (255 - 255 * edge * np.abs(2 * across - 1) ** 3).clip(0, 255).astype(np.uint8)
            paint = shade(paint, cv2.resize(dark[None], size, interpolation=cv2.INTER_NEAREST))
        self.picture[top:bottom, left:right] = blend(paint, self.picture[top:bottom, left:right], mask)

    def line(self, points: np.ndarray, colour: Colour, width: float, closed: bool = False) -> None:
        """A line `width` pixels wide, and at least one."""
        paint, thick = self.toned(colour).tolist(), max(1, round(width))
        cv2.polylines(self.picture, [_fixed(points)], closed, paint, thick, cv2.LINE_AA, 4)

    def lines(self, ends: np.ndarray, colour: Colour) -> None:
        """Lines a pixel wide; `ends` is (n, 2, 2)."""
        cv2.polylines(self.picture, [*_fixed(ends)], False, self.toned(colour).tolist(), 1, cv2.LINE_AA, 4)

    def discs(self, places: np.ndarray, radii: np.ndarray, colours: np.ndarray) -> None:
        """Discs about places, (n, 2), the later over the earlier."""
        centres = np.rint(places * 16).astype(int).tolist()
        sizes = np.rint(np.maximum(1, radii * 16)).astype(int).tolist()
        for centre, size, colour in zip(centres, sizes, self.toned(colours).tolist(), strict=True):
            cv2.circle(self.picture, centre, size, colour, -1, cv2.LINE_AA, 4)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light added around a point."""
        left, right = (int(min(max(v, 0), self.width)) for v in (x - radius, x + radius + 1))
        top, bottom = (int(min(max(v, 0), self.height)) for v in (y - radius, y + radius + 1))
        if right <= left or bottom <= top:
            return
        down, across = np.ogrid[top:bottom, left:right]
        fall = np.clip(1 - np.hypot(across - x, down - y) / radius, 0, 1) ** 2 * strength
        light = fall[..., None] * np.asarray(colour, np.float32)
        part = self.picture[top:bottom, left:right]
        part[:] = np.clip(part + light, 0, 255).astype(np.uint8)


def _mask(points: np.ndarray, size: tuple[int, int], level: float, soft: float) -> np.ndarray:
    """uint8 of `size` (width, height): `level` inside of an outline, which is blurred by `soft` pixels."""
    # A soft outline needs no fine pixels.
    by = 4 if soft > 3 else 1
    mask: np.ndarray = np.zeros((-(-size[1] // by), -(-size[0] // by)), np.uint8)
    cv2.fillPoly(mask, [_fixed(points / by)], level, cv2.LINE_AA, 4)
    if soft > 0:
        side = 2 * max(1, round(0.6 * soft / by)) + 1
        mask = cv2.blur(cv2.blur(mask, (side, side)), (side, side))
    return mask if by == 1 else cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Points in sixteenths of a pixel, of which OpenCV counts from the middles."""
    return np.asarray(np.rint(np.minimum(np.maximum(points * 16 - 8, -(2**26)), 2**26)), np.int32)


@dataclass(frozen=True)
class View:
    """A level camera `eye` metres above the ground: its focal length and vanishing point, in pixels."""

    focal: float
    x: float
    horizon: float
    eye: float

    def at(self, points: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
        """(n, 2) pixels of (n, 3) points."""
        space = np.asarray(points, np.float64)
        return self.focal / space[:, 2:] * (space[:, :2] - [0, self.eye]) * [1, -1] + [self.x, self.horizon]

    def ground(self, left: float, near: float, right: float, far: float, y: float = 0.0) -> np.ndarray:
        """The corners of a rectangle on the ground."""
        return self.at([[left, y, far], [right, y, far], [right, y, near], [left, y, near]])

    def upright(self, flat: np.ndarray, x: float, z: float) -> np.ndarray:
        """(n, 2) points (x, y) in a plane that faces the camera at `z`, x counted from `x`."""
        shifted = flat + np.array([x, -self.eye])
        return np.asarray(self.focal / z * shifted * [1, -1] + [self.x, self.horizon])
