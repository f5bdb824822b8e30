"""The centre lines of the letters and digits, as functions of a style.

Lengths are shares of the cap height, as in `numberplate.synthesis.type.pen`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from numberplate.synthesis.type.pen import End, Mask, Pen, Points, Terminal, from_height, rounded


@dataclass(frozen=True)
class StrokeStyle:
    """What one typeface looks like. Lengths are shares of the cap height unless said otherwise.

    The ranges are those within which every character stays legible and unlike the others.
    """

    width: float = 0.62
    """Of a normal letter such as H, ink to ink. 0.38..0.9."""
    digit_width: float = 0.6
    """Of a digit but 1. 0.36..0.85."""
    narrow: float = 0.9
    """Of E, F, L and J, as a share of `width`. 0.75..1."""
    wide: float = 1.2
    """Of M and W, as a share of `width`. 1..1.45."""
    one_width: float = 0.55
    """Of a 1 with a flag, as a share of `digit_width`. 0.4..1; less for a mere hint of one."""
    stroke: float = 0.14
    """Thickness of a vertical stroke. 0.09..0.24, and at most 0.3 of the widths."""
    contrast: float = 1.0
    """Thickness of a horizontal stroke, as a share of `stroke`. 0.75..1.1."""
    terminal: Terminal = "butt"
    """How strokes end; "round" also rounds their corners. See `Pen`."""
    corner: float = 1.0
    """Radius of a bowl's corner, outside, as a share of half the letter's width. 0.3..1."""
    corner_height: float = 1.0
    """Height of that corner over its width: 1 gives O straight sides, 3 makes it an oval. 0.8..3."""
    squareness: float = 2.0
    """Exponent of the superellipse that corners follow: 1 cuts them off straight (octagons), 2 is an ellipse,
    3 approaches a rectangle. 1, or 1.8..3."""
    aperture: float = 0.55
    """How far the ends of C, S, 2, 3, 5, 6, 9 come round: share of the bowl's half or quarter. 0.4..0.8."""
    waist: float = 0.5
    """Height of the middle of B, E, H, S, 8 below the top. 0.44..0.53."""
    bowl: float = 0.54
    """Height of the lower edge of the bowl of P and R. 0.5..0.6."""
    upper: float = 0.0
    """By how much the upper bowl of B, S, 3, 8 is narrower, as a share of the width. 0..0.08."""
    spine: float = 0.0
    """By how much the middle of S falls from left to right. 0..0.1."""
    middle_bar: float = 0.85
    """Length of the middle bar of E and F, as a share of the upper one. 0.65..1."""
    overhang: float = 0.0
    """By how much the bars of B and D stand out to the left of the stem. 0..0.05."""
    gap: float = 0.0
    """Opening between bowl and stem of P, 6 and 9, as in FE-Schrift. 0, or 0.05..0.08."""
    slant: float = 0.0
    """Tangent of the angle of italics. -0.05..0.2."""
    a_apex: float = 0.0
    """Width of the flat top of A, as a share of the width, beyond the stroke. 0..0.5."""
    a_bar: float = 0.68
    """Height of A's bar below the top. 0.6..0.76."""
    g_kind: Literal["bar", "spur", "hook"] = "bar"
    """G's end: a bar, a bar on a stem that reaches the foot, a stem without a bar to speak of."""
    g_bar: float = 0.25
    """Length of that bar where there is hardly any, as a share of the width. 0.12..0.3."""
    i_serifs: bool = False
    j_bar: float = 0.0
    """Length of J's bar at the top, as a share of its width. 0, or 0.5..0.75."""
    j_hook: float = 0.68
    """Height below the top at which J's hook ends. 0.6..0.78."""
    k_joint: float = 0.6
    """Height below the top at which K's arm meets the stem. 0.5..0.66."""
    m_depth: float = 0.65
    """Height below the top of M's middle vertex. 0.45..1."""
    m_splay: float = 0.0
    """By how much M's feet stand out, as a share of the width. 0..0.1."""
    n_kind: Literal["angle", "arch"] = "angle"
    """N with a diagonal, or like a small n: two stems under an arch."""
    q_kind: Literal["crossing", "inside", "outside", "below"] = "crossing"
    r_kind: Literal["angle", "straight", "curved"] = "angle"
    r_start: float = 0.35
    """Where R's leg leaves the bowl, from the stem (0) to the right (1). 0.1..0.6."""
    w_height: float = 0.3
    """Height below the top of W's middle vertex. 0..0.55."""
    w_foot: float = 0.25
    """Place of W's left foot, from the left edge, as a share of its width. 0.2..0.29."""
    y_joint: float = 0.52
    """Height below the top at which Y's arms meet. 0.42..0.62."""
    z_bar: bool = False
    zero_kind: Literal["plain", "slashed", "dotted", "notched"] = "plain"
    zero_width: float = 1.0
    """Of 0, as a share of `digit_width`. 0.8..1."""
    one_kind: Literal["bar", "flag", "base"] = "flag"
    """1: a bare stem, with a flag, with a flag and a foot."""
    one_flag: float = 0.26
    """Height to which the flag of 1 falls. 0.16..0.36."""
    two_kind: Literal["curved", "straight"] = "curved"
    """Neck of 2."""
    three_kind: Literal["round", "flat"] = "round"
    four_kind: Literal["closed", "open"] = "closed"
    four_bar: float = 0.72
    """Height of 4's bar below the top. 0.64..0.8."""
    four_stem: float = 0.75
    """Place of 4's stem, from left (0) to right (1). 0.6..0.85."""
    six_kind: Literal["curved", "straight"] = "curved"
    """Also of 9, which is 6 upside down."""
    six_bowl: float = 0.42
    """Height of the top of 6's bowl below the top. 0.36..0.5."""
    seven_kind: Literal["straight", "curved"] = "straight"
    seven_foot: float = 0.35
    """Place of 7's foot, from left (0) to right (1). 0.15..0.6."""
    seven_bar: bool = False
    seven_serif: bool = False
    """Whether a short stroke hangs from the left of 7's bar."""


def draw(character: str, style: StrokeStyle, rows: int) -> Mask:
    """One character of `SKELETONS`, upright, not antialiased: uint8 (rows, columns of its box), 255 ink."""
    skeleton = SKELETONS[character]
    letter = _Letter(style, skeleton.width(style), rows)
    skeleton.draw(letter)
    return np.ascontiguousarray(letter.ink)


class _Letter:
    """The box of one character: where its outermost centre lines run, and the pen in it."""

    def __init__(self, style: StrokeStyle, width: float, rows: int) -> None:
        self.style = s = style
        self.stem = min(s.stroke, 0.36 * width) if width > 1.01 * s.stroke else s.stroke
        self.bar = s.stroke * s.contrast
        self.pen = Pen(width, self.stem, self.bar, s.terminal, rows)
        self.upside_down = False
        self.width = width
        self.left, self.right, self.middle = self.stem / 2, width - self.stem / 2, width / 2
        self.top, self.foot = self.bar / 2, 1 - self.bar / 2
        self.high, self.low = self.tip(0), self.tip(1)
        self.west, self.east = (self.left, self.right) if s.terminal == "round" else (0.0, width)
        """Where strokes that reach the sides of the box end."""
        self.reach = 0.0 if s.terminal == "butt" else self.bar / 2
        """How far a free end goes beyond its point."""
        self.rx = max(s.corner * width / 2 - self.stem / 2, 0.17 * width)
        self.ry = self.rx * s.corner_height

    @property
    def ink(self) -> Mask:
        return np.rot90(self.pen.ink, 2) if self.upside_down else self.pen.ink

    def radii(self, wide: float, high: float) -> tuple[float, float]:
        """Of the corners of a bowl whose centre line is so wide and so high."""
        return min(self.rx, wide / 2), min(self.ry, high / 2)

    def path(self, *corners: tuple[float, ...], closed: bool = False) -> Points:
        return rounded(corners, self.style.squareness, closed)

    def line(
        self, *points: tuple[float, float], start: End = "joint", end: End = "joint", weight: float = 1.0
    ) -> None:
        self.pen.stroke(np.array(points), start, end, weight=weight)

    def stem_at(self, x: float) -> None:
        self.line((x, self.high), (x, self.low), start="edge", end="edge")

    def box(self, left: float, top: float, right: float, foot: float) -> Points:
        """The closed centre line of a bowl with four rounded corners."""
        r = self.radii(right - left, foot - top)
        return self.path((left, top, *r), (right, top, *r), (right, foot, *r), (left, foot, *r), closed=True)

    def lean(
        self, inner: tuple[float, float], y: float, side: Literal["left", "right"], weight: float = 1.0
    ) -> float:
        """The x at height `y` of a diagonal from `inner` whose ink just reaches that side of the box."""
        inset = weight * self.stem / 2
        if self.style.terminal != "round":
            for _ in range(4):
                dx = inner[0] - (inset if side == "left" else self.width - inset)
                dy = inner[1] - y
                inset = weight * float(np.hypot(self.stem * dy, self.bar * dx)) / 2 / abs(dy)
        return inset if side == "left" else self.width - inset

    def tip(self, edge: Literal[0, 1], weight: float = 1.0) -> float:
        """The height at which a stroke ends that reaches the top (0) or the foot (1) of the box."""
        depth = weight * self.bar / 2 if self.style.terminal == "round" else 0.0
        return depth if edge == 0 else 1 - depth

    def vertex(self, edge: Literal[0, 1], weight: float = 1.0) -> float:
        """The height of a corner of two diagonals that reaches the top (0) or the foot (1) of the box."""
        depth = weight * self.bar * (0.5 if self.style.terminal == "round" else 0.2)
        return depth if edge == 0 else 1 - depth

    def crowded(self, share: float) -> float:
        """The weight of strokes of which only 1 / `share` find room side by side."""
        return min(1.0, share * self.width / self.stem + 0.05)

    def end_above(self, top: float, foot: float, opening: float = 0.0) -> float:
        """How far down from `top` a free end comes when the next stroke below it lies at `foot`."""
        least = opening or 0.35 * self.bar + 0.06
        y = top + self.style.aperture * (foot - top) - self.reach
        return max(min(y, foot - self.bar / 2 - least - self.reach), top + 0.1 * (foot - top))


def _a(d: _Letter) -> None:
    weight = d.crowded(0.27)
    apex = d.style.a_apex * (d.width - 2 * d.stem) / 2
    y, low = d.vertex(0, weight), d.tip(1, weight)
    tops = [(d.middle - apex, y), (d.middle + apex, y)] if apex > 0.01 else [(d.middle, y)]
    left, right = d.lean(tops[0], low, "left", weight), d.lean(tops[-1], low, "right", weight)
    d.line((left, low), *tops, (right, low), start="edge", end="edge", weight=weight)
    share = (d.style.a_bar - y) / (low - y)
    d.line(
        (tops[0][0] + share * (left - tops[0][0]), d.style.a_bar),
        (tops[-1][0] + share * (right - tops[-1][0]), d.style.a_bar),
        weight=weight,
    )


def _b(d: _Letter) -> None:
    waist = d.style.waist
    upper = d.right - d.style.upper * d.width
    stem = d.left + d.style.overhang
    r = d.radii(2 * (upper - stem), waist - d.top)
    r2 = d.radii(2 * (d.right - stem), d.foot - waist)
    bowls = d.path((d.left, d.top), (upper, d.top, *r), (upper, waist, *r), (stem, waist))
    d.pen.stroke(bowls, "edge" if d.style.overhang else "joint")
    bowls = d.path((stem, waist), (d.right, waist, *r2), (d.right, d.foot, *r2), (d.left, d.foot))
    d.pen.stroke(bowls, "joint", "edge" if d.style.overhang else "joint")
    d.stem_at(stem)


def _c(d: _Letter) -> None:
    r = d.radii(d.right - d.left, d.foot - d.top)
    path = d.path(
        (d.right, 0.5),
        (d.right, d.top, *r),
        (d.left, d.top, *r),
        (d.left, d.foot, *r),
        (d.right, d.foot, *r),
        (d.right, 0.5),
    )
    end = min(d.top + 0.62 * d.style.aperture * (0.5 - d.top), 0.36) - d.reach
    path = from_height(path, max(end, d.top + 0.03))
    path = from_height(path[::-1], 1 - max(end, d.top + 0.03))
    d.pen.stroke(path, "free", "free")


def _d(d: _Letter) -> None:
    stem = d.left + d.style.overhang
    rx, ry = d.radii(2 * (d.right - stem), d.foot - d.top)
    rx, ry = min(1.5 * rx, d.right - stem), min(1.5 * ry, 0.5 - d.top)
    d.pen.stroke(
        d.path((d.left, d.top), (d.right, d.top, rx, ry), (d.right, d.foot, rx, ry), (d.left, d.foot)),
        "edge" if d.style.overhang else "joint",
        "edge" if d.style.overhang else "joint",
    )
    d.stem_at(stem)


def _e(d: _Letter) -> None:
    d.stem_at(d.left)
    d.line((d.left, d.top), (d.east, d.top), end="edge")
    d.line((d.left, d.foot), (d.east, d.foot), end="edge")
    _middle_bar(d, d.style.waist)


def _f(d: _Letter) -> None:
    d.stem_at(d.left)
    d.line((d.left, d.top), (d.east, d.top), end="edge")
    _middle_bar(d, d.style.waist + 0.02)


def _middle_bar(d: _Letter, y: float) -> None:
    d.line((d.left, y), (d.left + d.style.middle_bar * (d.width - d.left) - d.reach, y), end="free")


def _g(d: _Letter) -> None:
    r = d.radii(d.right - d.left, d.foot - d.top)
    kind = d.style.g_kind if r[1] > 0.2 or d.style.g_kind != "spur" else "bar"
    bar = 0.54 if kind != "hook" else 0.6
    path = d.path(
        (d.right, 0.5),
        (d.right, d.top, *r),
        (d.left, d.top, *r),
        (d.left, d.foot, *r),
        (d.right, d.foot, *r),
        (d.right, bar),
    )
    end = min(d.end_above(d.top, bar), d.top + 0.62 * d.style.aperture * (0.5 - d.top))
    path = from_height(path, max(end, d.top + 0.03))
    d.pen.stroke(path, "free", "free" if kind == "hook" else "joint")
    if kind == "hook":
        d.line((d.right, bar), (d.right - d.style.g_bar * d.width, bar), end="free")
        return
    d.line(
        (d.middle + 0.02, bar),
        (d.right, bar),
        (d.right, d.low if kind == "spur" else 0.75),
        start="free",
        end="edge" if kind == "spur" else "joint",
    )


def _h(d: _Letter) -> None:
    d.stem_at(d.left)
    d.stem_at(d.right)
    d.line((d.left, d.style.waist), (d.right, d.style.waist))


def _i(d: _Letter) -> None:
    d.stem_at(d.middle)
    if d.style.i_serifs:
        for y in (d.top, d.foot):
            d.line((d.west, y), (d.east, y), start="edge", end="edge")


def _j(d: _Letter) -> None:
    bar = d.style.j_bar
    stem = d.right - (0.12 * d.width if bar else 0)
    r = d.radii(stem - d.left, 2 * (d.foot - 0.5))
    path = d.path((stem, d.high), (stem, d.foot, *r), (d.left, d.foot, *r), (d.left, 0.5))
    path = from_height(path[::-1], d.style.j_hook + d.reach)
    d.pen.stroke(path, "free", "edge")
    if bar:
        d.line((d.east, d.top), (d.right - bar * (d.right - d.left), d.top), start="edge", end="free")


def _k(d: _Letter) -> None:
    y = d.style.k_joint
    d.stem_at(d.left)
    joint = (d.left, y)
    arm = (d.lean(joint, d.high, "right"), d.high)
    d.line(joint, arm, end="edge")
    share = 0.3
    leave = (d.left + share * (arm[0] - d.left), y + share * (arm[1] - y))
    d.line(leave, (d.lean(leave, d.low, "right"), d.low), end="edge")


def _l(d: _Letter) -> None:
    d.stem_at(d.left)
    d.line((d.left, d.foot), (d.east, d.foot), end="edge")


def _m(d: _Letter) -> None:
    splay = d.style.m_splay * d.width
    vertex = (d.middle, min(d.style.m_depth, d.vertex(1)))
    left, right = d.left + splay, d.right - splay
    for foot, top in (
        (d.lean((left, d.high), d.low, "left"), left),
        (d.lean((right, d.high), d.low, "right"), right),
    ):
        d.line((foot, d.low), (top, d.high), start="edge", end="edge")
    d.line((left, d.high), vertex, (right, d.high), start="edge", end="edge", weight=d.crowded(0.19))


def _n(d: _Letter) -> None:
    if d.style.n_kind == "arch":
        r = d.radii(d.right - d.left, 0.8)
        path = d.path((d.left, d.low), (d.left, d.top, *r), (d.right, d.top, *r), (d.right, d.low))
        d.pen.stroke(path, "edge", "edge")
        return
    d.stem_at(d.left)
    d.stem_at(d.right)
    d.line((d.left, d.high), (d.right, d.low), start="edge", end="edge")


def _o(d: _Letter) -> None:
    d.pen.stroke(d.box(d.left, d.top, d.right, d.foot), closed=True)


def _p(d: _Letter) -> None:
    d.stem_at(d.left)
    r = d.radii(2 * (d.right - d.left), d.style.bowl - d.top)
    path = d.path(
        (d.left, d.top), (d.right, d.top, *r), (d.right, d.style.bowl, *r), (d.left + _gap(d), d.style.bowl)
    )
    d.pen.stroke(path, "joint", "free" if d.style.gap else "joint")


def _gap(d: _Letter) -> float:
    return d.left + d.style.gap + d.reach if d.style.gap else 0.0


def _q(d: _Letter) -> None:
    kind = d.style.q_kind
    if kind == "outside" and d.rx < 0.3 * d.width:
        kind = "crossing"  # in the corner of a rectangle it would not show
    foot = d.foot - (0.12 if kind == "below" else 0)
    d.pen.stroke(d.box(d.left, d.top, d.right, foot), closed=True)
    tail = min(0.9, 0.15 + 0.5 * (d.width - 2 * d.stem) / d.stem)
    if kind == "crossing":
        d.line(
            (d.middle - 0.04 * d.width, 0.65), (d.right - 0.02, d.low), start="free", end="edge", weight=tail
        )
    elif kind == "inside":
        d.line(
            (d.middle - 0.06 * d.width, 0.64),
            (d.right - 0.2 * d.rx, d.foot - 0.2 * d.ry),
            start="free",
            weight=tail,
        )
    elif kind == "outside":
        d.line(
            (d.middle + 0.12 * d.width, 0.78), (d.width, d.low + 0.02), start="joint", end="edge", weight=tail
        )
    else:
        d.line((d.middle, 0.7), (d.middle + 0.2 * d.width, d.low), start="free", end="edge", weight=tail)


def _r(d: _Letter) -> None:
    y = d.style.bowl
    kind = d.style.r_kind
    d.stem_at(d.left)
    bowl = d.right - (0.02 if kind == "angle" else 0.04) * d.width
    r = d.radii(2 * (bowl - d.left), y - d.top)
    d.pen.stroke(
        d.path((d.left, d.top), (bowl, d.top, *r), (bowl, y, *r), (d.left, y)),
    )
    if kind == "curved":
        turn = min(r[0], 0.35 * d.width), min(r[1], 0.2)
        d.pen.stroke(d.path((d.middle, y), (d.right, y, *turn), (d.right, d.low)), "joint", "edge")
        return
    start = d.style.r_start if kind == "angle" else 0.72
    leave = (d.left + start * (d.right - d.left), y)
    d.line(leave, (d.lean(leave, d.low, "right"), d.low), end="edge")


def _s(d: _Letter) -> None:
    waist, tilt = d.style.waist, d.style.spine / 2
    upper = d.style.upper * d.width / 2
    left, right = d.left + upper, d.right - upper
    r = d.radii(right - left, waist - d.top)
    r2 = d.radii(d.right - d.left, d.foot - waist)
    path = d.path(
        (right, waist),
        (right, d.top, *r),
        (left, d.top, *r),
        (left, waist - tilt, *r),
        (d.right, waist + tilt, *r2),
        (d.right, d.foot, *r2),
        (d.left, d.foot, *r2),
        (d.left, waist),
    )
    path = from_height(path, d.end_above(d.top, waist))
    path = from_height(path[::-1], 1 - d.end_above(1 - d.foot, 1 - waist))
    d.pen.stroke(path, "free", "free")


def _t(d: _Letter) -> None:
    d.stem_at(d.middle)
    d.line((d.west, d.top), (d.east, d.top), start="edge", end="edge")


def _u(d: _Letter) -> None:
    r = d.radii(d.right - d.left, 2 * (d.foot - 0.4))
    d.pen.stroke(
        d.path((d.left, d.high), (d.left, d.foot, *r), (d.right, d.foot, *r), (d.right, d.high)),
        "edge",
        "edge",
    )


def _v(d: _Letter) -> None:
    vertex = (d.middle, d.vertex(1))
    d.line(
        (d.lean(vertex, d.high, "left"), d.high),
        vertex,
        (d.lean(vertex, d.high, "right"), d.high),
        start="edge",
        end="edge",
    )


def _w(d: _Letter) -> None:
    weight = d.crowded(0.19)
    x, foot, high = d.style.w_foot * d.width, d.vertex(1, weight), d.tip(0, weight)
    left, right = (x, foot), (d.width - x, foot)
    d.line(
        (d.lean(left, high, "left", weight), high),
        left,
        (d.middle, max(d.style.w_height, d.vertex(0, weight))),
        right,
        (d.lean(right, high, "right", weight), high),
        start="edge",
        end="edge",
        weight=weight,
    )


def _x(d: _Letter) -> None:
    centre = (d.middle, 0.5)
    left, right = d.lean(centre, d.low, "left"), d.lean(centre, d.low, "right")
    d.line((left, d.high), (right, d.low), start="edge", end="edge")
    d.line((right, d.high), (left, d.low), start="edge", end="edge")


def _y(d: _Letter) -> None:
    joint = (d.middle, d.style.y_joint)
    d.line(
        (d.lean(joint, d.high, "left"), d.high),
        joint,
        (d.lean(joint, d.high, "right"), d.high),
        start="edge",
        end="edge",
    )
    d.line(joint, (d.middle, d.low), end="edge")


def _z(d: _Letter) -> None:
    d.line((d.west, d.top), (d.right, d.top), (d.left, d.foot), (d.east, d.foot), start="edge", end="edge")
    if d.style.z_bar:
        d.line(
            (d.middle - 0.24 * d.width, 0.5),
            (d.middle + 0.24 * d.width, 0.5),
            start="free",
            end="free",
            weight=0.8,
        )


def _0(d: _Letter) -> None:
    _o(d)
    kind = d.style.zero_kind
    if kind == "slashed":
        d.line((d.left, 0.78), (d.right, 0.22), weight=0.6)
    elif kind == "dotted":
        d.pen.dot(d.middle, 0.5, min(1.6, 0.55 * (d.width - 2 * d.stem) / d.stem))
    elif kind == "notched":
        d.pen.stroke(np.array([(d.middle, 0.34), (d.width, -0.02)]), weight=0.45, value=0)


def _1(d: _Letter) -> None:
    kind = d.style.one_kind
    if kind == "bar":
        d.stem_at(d.middle)
        return
    stem = d.right if kind == "flag" else d.left + 0.55 * (d.right - d.left)
    d.stem_at(stem)
    d.line((stem, d.vertex(0)), (d.left, d.style.one_flag), end="free", weight=0.95)
    if kind == "base":
        d.line((d.west, d.foot), (d.east, d.foot), start="edge", end="edge")


def _2(d: _Letter) -> None:
    r = d.radii(d.right - d.left, d.style.waist - d.top)
    neck = 0.46
    bend = (r[0], 1.5 * r[1]) if d.style.two_kind == "curved" else (0.5 * r[0], 0.5 * r[1])
    path = d.path(
        (d.left, neck),
        (d.left, d.top, *r),
        (d.right, d.top, *r),
        (d.right, neck, *bend),
        (d.left, d.foot),
        (d.east, d.foot),
    )
    d.pen.stroke(from_height(path, d.end_above(d.top, neck, 0.12)), "free", "edge")


def _3(d: _Letter) -> None:
    waist = d.style.waist
    inner = d.left + 0.3 * d.width
    upper = d.right - d.style.upper * d.width
    if d.style.three_kind == "flat":
        waist = 0.42
        d.line((d.west, d.top), (d.right, d.top), (inner, waist), start="edge")
    else:
        r = d.radii(upper - d.left, waist - d.top)
        path = d.path(
            (d.left, waist), (d.left, d.top, *r), (upper, d.top, *r), (upper, waist, *r), (inner, waist)
        )
        d.pen.stroke(from_height(path, d.end_above(d.top, waist)), "free", "free")
    r = d.radii(d.right - d.left, d.foot - waist)
    path = d.path(
        (inner, waist), (d.right, waist, *r), (d.right, d.foot, *r), (d.left, d.foot, *r), (d.left, waist)
    )
    path = from_height(path[::-1], 1 - d.end_above(1 - d.foot, 1 - waist))
    d.pen.stroke(path, "free", "joint")


def _4(d: _Letter) -> None:
    bar = d.style.four_bar
    stem = d.left + d.style.four_stem * (d.right - d.left)
    if d.style.four_kind == "open":
        top = (d.left + 0.5 * (stem - d.left), d.high)
        d.line(top, (d.left, bar), (d.east, bar), start="edge", end="edge")
        d.line((stem, 0.4 + d.reach), (stem, d.low), start="free", end="edge")
    else:
        d.line((stem, d.vertex(0)), (d.left, bar), (d.east, bar), end="edge")
        d.stem_at(stem)


def _5(d: _Letter) -> None:
    top = 0.4
    r = d.radii(d.right - d.left, d.foot - top)
    path = d.path(
        (d.east, d.top),
        (d.left, d.top),
        (d.left, top),
        (d.right, top, *r),
        (d.right, d.foot, *r),
        (d.left, d.foot, *r),
        (d.left, top),
    )
    path = from_height(path[::-1], 1 - d.end_above(1 - d.foot, 1 - top))
    d.pen.stroke(path, "free", "edge")


def _6(d: _Letter) -> None:
    bowl = d.style.six_bowl
    r = d.radii(d.right - d.left, d.foot - bowl)
    if d.style.six_kind == "straight":
        d.pen.stroke(d.box(d.left, bowl, d.right, d.foot), closed=True)
        turn = (bowl + d.foot) / 2
        top = d.left + 0.62 * (d.right - d.left)
        d.pen.stroke(d.path((top, d.high), (d.left, turn - 0.02, 0.1, 0.12), (d.left, turn + 0.05)), "edge")
        return
    big = d.radii(d.right - d.left, d.foot - d.top)
    path = d.path(
        (d.right, bowl),
        (d.right, d.top, *big),
        (d.left, d.top, *big),
        (d.left, d.foot, *r),
        (d.right, d.foot, *r),
        (d.right, bowl, *r),
        (d.left + _gap(d), bowl),
    )
    d.pen.stroke(from_height(path, d.end_above(d.top, bowl)), "free", "free" if d.style.gap else "joint")


def _7(d: _Letter) -> None:
    foot = d.left + d.style.seven_foot * (d.right - d.left)
    if d.style.seven_kind == "curved":
        d.pen.stroke(
            d.path((d.west, d.top), (d.right, d.top), (d.right, 0.2), (foot, 0.5, 0.3, 0.3), (foot, d.low)),
            "edge",
            "edge",
        )
    else:
        d.line((d.west, d.top), (d.right, d.top), (foot, d.low), start="edge", end="edge")
    if d.style.seven_bar:
        d.line(
            (foot - 0.1 * d.width, 0.52), (foot + 0.45 * d.width, 0.52), start="free", end="free", weight=0.8
        )
    if d.style.seven_serif:
        d.line((d.left, d.top), (d.left, 0.27 - d.reach), end="free")


def _8(d: _Letter) -> None:
    waist = d.style.waist
    inset = d.style.upper * d.width / 2
    if d.rx < 0.3 * d.width:
        inset = max(inset, 0.035 * d.width)  # rectangular bowls of one width would look like B's
    d.pen.stroke(d.box(d.left + inset, d.top, d.right - inset, waist), closed=True)
    d.pen.stroke(d.box(d.left, waist, d.right, d.foot), closed=True)


def _9(d: _Letter) -> None:
    _6(d)
    d.upside_down = True


@dataclass(frozen=True)
class _Skeleton:
    draw: Callable[[_Letter], None]
    width: Callable[[StrokeStyle], float]


def _normal(s: StrokeStyle) -> float:
    return s.width


def _narrow(s: StrokeStyle) -> float:
    return s.narrow * s.width


def _wide(s: StrokeStyle) -> float:
    return s.wide * s.width


def _digit(s: StrokeStyle) -> float:
    return s.digit_width


def _width_of_i(s: StrokeStyle) -> float:
    return max(0.5 * s.width, 2.4 * s.stroke) if s.i_serifs else s.stroke


def _width_of_0(s: StrokeStyle) -> float:
    return s.zero_width * s.digit_width


def _width_of_1(s: StrokeStyle) -> float:
    if s.one_kind == "bar":
        return s.stroke
    return max(s.one_width * s.digit_width, (2.4 if s.one_width >= 0.4 else 1.6) * s.stroke)


def _skeletons(
    draw: Sequence[tuple[str, Callable[[_Letter], None]]], width: Callable[[StrokeStyle], float]
) -> dict[str, _Skeleton]:
    return {character: _Skeleton(function, width) for character, function in draw}


SKELETONS: dict[str, _Skeleton] = {
    **_skeletons(
        [
            ("A", _a),
            ("B", _b),
            ("C", _c),
            ("D", _d),
            ("G", _g),
            ("H", _h),
            ("K", _k),
            ("N", _n),
            ("O", _o),
            ("P", _p),
            ("Q", _q),
            ("R", _r),
            ("S", _s),
            ("T", _t),
            ("U", _u),
            ("V", _v),
            ("X", _x),
            ("Y", _y),
            ("Z", _z),
        ],
        _normal,
    ),
    **_skeletons([("E", _e), ("F", _f), ("J", _j), ("L", _l)], _narrow),
    **_skeletons([("M", _m), ("W", _w)], _wide),
    **_skeletons(
        [("2", _2), ("3", _3), ("4", _4), ("5", _5), ("6", _6), ("7", _7), ("8", _8), ("9", _9)], _digit
    ),
    **_skeletons([("I", _i)], _width_of_i),
    **_skeletons([("0", _0)], _width_of_0),
    **_skeletons([("1", _1)], _width_of_1),
}
"""Every letter and digit: what draws it, and how wide its box is."""
