"""A pen that draws centre lines: paths with rounded corners, stroked with real ends and joins.

Lengths are shares of the cap height: y runs from 0 at the top of a capital letter to 1 at its foot, x from 0
at the left edge of the letter's box. What leaves the box is cut off at its edge, which is how a diagonal gets
the level foot of a printed letter.
"""

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.uint8]
End = Literal["free", "edge", "joint"]
Terminal = Literal["butt", "round", "square"]

_SHIFT = 4
"""Bits after the point in the coordinates that OpenCV is given."""

_BENT = 0.9
"""Cosine of the turn beyond which a join is a corner, and no longer a step along a curve."""

_QUARTER = np.linspace(0, np.pi / 2, 9)
_CIRCLE = np.stack([np.cos(_QUARTER[:-1]), np.sin(_QUARTER[:-1])], 1)
_DISC = np.concatenate([_CIRCLE @ np.array([[c, s], [-s, c]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))])


def rounded(corners: Sequence[tuple[float, ...]], squareness: float = 2.0, closed: bool = False) -> Points:
    """The polyline through `corners`, each one rounded.

    Args:
        corners: (x, y) for a sharp corner, (x, y, rx, ry) for one that starts to turn rx before it along a
            horizontal edge and ry before it along a vertical one. Two that want more than the edge between
            them share it in proportion.
        squareness: the exponent n of the superellipse that a corner follows: 1 cuts it off straight, 2 is an
            ellipse, more approaches the sharp corner.
        closed: whether the last corner leads back to the first.

    Returns: float64 (n, 2), without the first point again at the end of a closed path.
    """
    points = [(c[0], c[1]) for c in corners]
    radii = [(c[2], c[3]) if len(c) == 4 else (0.0, 0.0) for c in corners]
    count = len(points)
    edges = []
    for i in range(count if closed else count - 1):
        (x0, y0), (x1, y1) = points[i], points[(i + 1) % count]
        length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-9)
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        after = abs(ux) * radii[i][0] + abs(uy) * radii[i][1]
        before = abs(ux) * radii[(i + 1) % count][0] + abs(uy) * radii[(i + 1) % count][1]
        share = min(1.0, length / max(after + before, 1e-9))
        edges.append((ux, uy, after * share, before * share))

    path: list[Points] = []
    for i, (x, y) in enumerate(points):
        if radii[i] == (0.0, 0.0) or (not closed and i in (0, count - 1)):
            path.append(np.array([(x, y)]))
            continue
        ux, uy, _, before = edges[i - 1]
        vx, vy, after, _ = edges[i]
        angles = _QUARTER if squareness > 1 else _QUARTER[[0, -1]]
        along = before * (1 - np.sin(angles) ** (2 / squareness))
        beyond = after * (1 - np.cos(angles).clip(0) ** (2 / squareness))
        path.append(np.stack([x - along * ux + beyond * vx, y - along * uy + beyond * vy], 1))
    return np.concatenate(path)


def from_height(path: Points, y: float) -> Points:
    """The path without its beginning: from where it first crosses the height `y`, if it does."""
    side = path[:, 1] > y
    crossed = np.flatnonzero(side != side[0])
    if not len(crossed):
        return path
    i = crossed[0]
    share = (y - path[i - 1, 1]) / (path[i, 1] - path[i - 1, 1])
    return np.concatenate([(path[i - 1] + share * (path[i] - path[i - 1]))[None], path[i:]])


class Pen:
    """A box to draw in and the pen that draws there.

    Args:
        width: of the box, in cap heights.
        stem, bar: thickness of a vertical and of a horizontal stroke. The pen is the ellipse of these two
            diameters, so that diagonals come between.
        terminal: how a stroke ends: cut off, with a half circle, or cut off half its thickness later.
        rows: height of the picture, in pixels.
    """

    def __init__(self, width: float, stem: float, bar: float, terminal: Terminal, rows: int) -> None:
        self.stem, self.bar, self.terminal, self.rows = stem, bar, terminal, rows
        self.ink: Mask = np.zeros((rows, max(1, round(width * rows))), np.uint8)

    def stroke(
        self,
        path: Points,
        start: End = "joint",
        end: End = "joint",
        *,
        closed: bool = False,
        weight: float = 1.0,
        value: int = 255,
    ) -> None:
        """Draws along `path`, float64 (n, 2).

        Args:
            start, end: "free" gets the pen's terminal; "edge" reaches the edge of the box, unless the
                terminal is round; "joint" stops where it is, inside of another stroke.
            closed: whether the path leads back to its start; then it has no ends.
            weight: thickness, against the pen's own.
            value: 255 draws, 0 erases.
        """
        half = weight * self.bar / 2
        stretch = np.array([self.bar / self.stem, 1.0])
        points = path * stretch
        steps = np.diff(points, axis=0, append=points[:1])
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        keep = lengths > 1e-6
        if not closed:
            keep[-1] = True  # its step leads back to the start and is dropped below
        points, steps, lengths = points[keep], steps[keep], lengths[keep]
        along = steps / np.maximum(lengths, 1e-9)[:, None]
        discs: list[Points] = []
        if not closed:
            along = along[:-1]
            points = points.copy()
            for place, which, sign in ((0, start, -1.0), (-1, end, 1.0)):
                if which == "joint":
                    continue
                if self.terminal == "round":
                    discs.append(points[place])
                elif which == "edge":
                    points[place] += sign * 4 * half * along[place]
                elif self.terminal == "square":
                    points[place] += sign * half * along[place]

        first = points if closed else points[:-1]
        second = np.roll(points, -1, 0) if closed else points[1:]
        across = np.stack([-along[:, 1], along[:, 0]], 1) * half
        quads = [np.stack([first + across, second + across, second - across, first - across], 1)]

        before, after = (np.roll(along, 1, 0), along) if closed else (along[:-1], along[1:])
        if len(before):
            middle = first if closed else points[1:-1]
            n0, n1 = (np.roll(across, 1, 0), across) if closed else (across[:-1], across[1:])
            turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
            cosine = (before * after).sum(1)
            outer = -np.sign(turn)[:, None]
            if self.terminal == "round":
                bent = cosine < _BENT
                discs.extend(middle[bent])
                middle, n0, n1 = middle[~bent], n0[~bent], n1[~bent]
                outer, cosine = outer[~bent], cosine[~bent]
            tips = middle + outer * (n0 + n1) / np.maximum(1 + cosine, 0.06)[:, None]
            quads.append(np.stack([middle, middle + outer * n0, tips, middle + outer * n1], 1))

        for polygon in self._pixels(np.concatenate(quads) / stretch):
            cv2.fillConvexPoly(self.ink, polygon, value, cv2.LINE_8, _SHIFT)
        for centre in discs:
            self._disc(centre / stretch, weight, value)

    def dot(self, x: float, y: float, weight: float = 1.0) -> None:
        """Draws the pen itself, at one point."""
        self._disc(np.array([x, y]), weight, 255)

    def _disc(self, centre: Points, weight: float, value: int) -> None:
        outline = centre + _DISC * (weight * self.stem / 2, weight * self.bar / 2)
        cv2.fillConvexPoly(self.ink, self._pixels(outline), value, cv2.LINE_8, _SHIFT)

    def _pixels(self, points: Points) -> npt.NDArray[np.int32]:
        return np.rint((points * self.rows - 0.5) * (1 << _SHIFT)).astype(np.int32)
