"""A drawn car, seen from behind or in front, and the empty place of its plate, in metres."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from numberplate.synthesis.world.canvas import (
    Canvas,
    Colour,
    Light,
    View,
    ellipse,
    mirrored,
    mix,
    rectangle,
    rounded,
    softened,
)

PLATES = ((520.0, 110.0), (400.0, 130.0), (304.8, 152.4))
"""Sizes in millimetres of the plates that recesses are made for, width and height."""

_PAINTS = (
    (228, 230, 232), (178, 182, 186), (108, 113, 120), (44, 46, 50), (38, 70, 126), (96, 146, 186),
    (166, 28, 34), (104, 26, 40), (34, 86, 66), (206, 98, 34), (222, 178, 50), (196, 184, 160), (60, 74, 92),
    (128, 150, 132),
)  # fmt: skip


@dataclass(frozen=True)
class Body:
    """A kind of car, in metres; `roof` is the roof's width as a share of the car's."""

    width: float
    height: float
    belt: float
    roof: float
    tall_lights: bool = False
    doors: bool = False


BODIES = (
    Body(1.78, 1.47, 0.97, 0.70),  # hatchback
    Body(1.76, 1.50, 0.99, 0.74, tall_lights=True),
    Body(1.82, 1.43, 0.99, 0.64),  # saloon
    Body(1.84, 1.68, 1.10, 0.76),  # SUV
    Body(1.88, 1.72, 1.10, 0.78, tall_lights=True),
    Body(1.86, 1.92, 1.12, 0.88, tall_lights=True, doors=True),  # van
)


class _Painter:
    """Draws on the upright plane of a car, in metres from the middle of its ground line."""

    def __init__(self, canvas: Canvas, view: View, x: float, z: float) -> None:
        self.canvas, self.view, self.x, self.z = canvas, view, x, z
        self.scale = view.focal / z

    def at(self, flat: np.ndarray) -> np.ndarray:
        return self.view.upright(np.asarray(flat, np.float64), self.x, self.z)

    def fill(
        self, flat: np.ndarray, *colours: Colour, edge: float = 0.0, alpha: float = 1.0, lit: bool = False
    ) -> None:
        """Colours evenly from top to bottom."""
        stops = [(i / max(1, len(colours) - 1), colour) for i, colour in enumerate(colours)]
        stops = stops if len(stops) > 1 else [(0.0, colours[0]), (1.0, colours[0])]
        self.canvas.ramp(self.at(flat), stops, edge=edge, alpha=alpha, lit=lit)

    def both(
        self, flat: np.ndarray, *colours: Colour, edge: float = 0.0, alpha: float = 1.0, lit: bool = False
    ) -> None:
        """The same on the right and, mirrored, on the left."""
        for sign in (1, -1):
            self.fill(flat * [sign, 1], *colours, edge=edge, alpha=alpha, lit=lit)

    def line(
        self,
        flat: np.ndarray | Sequence[tuple[float, float]],
        colour: Colour,
        width: float,
        closed: bool = False,
    ) -> None:
        """A line `width` metres wide."""
        self.canvas.line(self.at(np.array(flat)), colour, width * self.scale, closed)


def car(
    canvas: Canvas,
    rng: np.random.Generator,
    view: View,
    light: Light,
    body: Body,
    x: float,
    z: float,
    rear: bool,
    plate: tuple[float, float],
) -> np.ndarray:
    """A car whose nearest end is at (x, z); returns the corners of its plate's place, (4, 2) in pixels."""
    painter = _Painter(canvas, view, x, z)
    paint = np.array(_PAINTS[int(rng.integers(len(_PAINTS)))], np.float32) * rng.uniform(0.9, 1.08)
    half, top, belt = body.width / 2, body.height, body.belt
    roof = half * body.roof
    _car_shadow(painter, rng, light, half)

    for sign in (1, -1):
        tyre = rounded(rectangle(0.70 * half, 0.0, 0.95 * half, 0.6) * [sign, 1], 2)
        painter.fill(tyre, (34, 34, 36), (38, 38, 40), (22, 22, 23), edge=0.5)
        for groove in (0.76, 0.825, 0.89):
            painter.line([(sign * groove * half, 0.02), (sign * groove * half, 0.3)], (14, 14, 15), 0.008)
    painter.fill(rectangle(-0.8 * half, 0.15, 0.8 * half, 0.45), (20, 20, 22))
    if rear and rng.random() < 0.75:
        ends = (1, -1) if rng.random() < 0.35 else (1,)
        for sign in ends:
            painter.fill(ellipse(sign * 0.52 * half, 0.2, 0.055, 0.042), (176, 178, 182), (86, 88, 92))
            painter.fill(ellipse(sign * 0.52 * half, 0.197, 0.04, 0.03), (18, 18, 18))

    mirror = np.array(
        [
            [half * 0.9, belt + 0.02],
            [half + 0.17, belt + 0.0],
            [half + 0.2, belt + 0.12],
            [half + 0.05, belt + 0.15],
        ]
    )
    painter.both(rounded(mirror, 2), paint * 1.05, paint * 0.6)
    if rear:
        glass = (mirror - mirror.mean(0)) * [0.7, 0.62] + mirror.mean(0) + [0.02, -0.005]
        painter.both(rounded(glass, 2), mix(light.low, (90, 110, 130), 0.4), (70, 78, 88))

    shoulder = 0.995 if rear else 0.97
    waist = roof + (half - roof) * (0.78 if rear else 0.62)
    if body.doors:
        waist = roof + (half - roof) * 0.9
    outline = mirrored([
        (0, 0.23), (0.84 * half, 0.23), (0.95 * half, 0.27), (0.985 * half, 0.42), (half, 0.6),
        (shoulder * half, 0.8), (0.965 * half, belt - 0.06), (waist, belt + 0.02),
        (roof + (waist - roof) * 0.42, belt + (top - belt) * 0.62), (roof + 0.015, top - 0.12),
        (roof - 0.05, top - 0.03), (roof * 0.6, top), (0, top + 0.008),
    ])  # fmt: skip
    outline = rounded(outline, 3)
    sky = mix(paint, light.low, 0.3)
    tall = top - 0.23
    waistline = (top - belt) / tall
    stops = [
        (0, mix(paint, (255, 255, 255), 0.28)), (0.07, paint * 1.04), (waistline - 0.03, paint * 0.86),
        (waistline + 0.04, sky), (waistline + 0.14, paint), ((top - 0.55) / tall, paint * 0.84),
        ((top - 0.45) / tall, paint * 0.9), (1, paint * 0.5),
    ]  # fmt: skip
    canvas.ramp(painter.at(outline), stops, edge=0.34)
    canvas.line(painter.at(outline), paint * 0.42, 0.5, closed=True)
    place = (_rear if rear else _front)(painter, rng, light, body, paint, roof, waist, plate)
    return painter.at(rectangle(*place))


def _car_shadow(painter: _Painter, rng: np.random.Generator, light: Light, half: float) -> None:
    """The dark beneath the car, and what it casts aside where the sun shines."""
    canvas, view, x, z = painter.canvas, painter.view, painter.x, painter.z
    dark = (24, 25, 30)
    soft = painter.scale * 0.1
    if light.sun > 0.4:
        lean = rng.uniform(0.5, 1.6) * (1 if rng.random() < 0.5 else -1)
        cast = view.at([
            [x - half, 0, z - 0.1], [x + half, 0, z - 0.1], [x + half + lean, 0, z + 0.9],
            [x + half + lean, 0, z + 4], [x - half + lean, 0, z + 4], [x - half + lean, 0, z + 0.9],
        ])  # fmt: skip
        canvas.ramp(
            cv2.convexHull(cast.astype(np.float32))[:, 0].astype(np.float64),
            [(0, dark), (1, dark)],
            alpha=0.55 * light.sun,
            soft=soft * 0.6,
        )
    wide = view.ground(x - half * 1.12, z - 0.45, x + half * 1.12, z + 3.5)
    canvas.ramp(rounded(wide, 2), [(0, dark), (1, dark)], alpha=0.45, soft=soft * 1.6)
    under = view.ground(x - half * 0.98, z - 0.12, x + half * 0.98, z + 3.5)
    canvas.ramp(under, [(0, dark), (1, dark)], alpha=0.85, soft=soft * 0.5)


def _window(
    painter: _Painter, rng: np.random.Generator, light: Light, outline: np.ndarray, seats: float
) -> None:
    """A pane in black rubber, with headrests behind it and the sky in it."""
    middle = outline.mean(0)
    rim = rounded((outline - middle) * [1.035, 1.075] + middle, 2)
    painter.fill(rim, (20, 21, 23))
    pane = rounded(outline, 2)
    dark = np.array([46, 56, 64]) * (0.7 if light.dusk else 1)
    painter.fill(pane, mix(dark, light.zenith, 0.34), dark, dark * 0.72)
    low, high = outline.min(0), outline.max(0)
    foot, lintel = low[1] + 0.3 * (high[1] - low[1]), high[1] - 0.16 * (high[1] - low[1])
    through = mirrored([(0.6 * high[0], foot), (0.5 * high[0], lintel)])
    painter.fill(rounded(through, 2), mix(light.low, (150, 165, 170), 0.5), alpha=0.32)
    for place in (-seats, seats):
        rest = rounded(rectangle(place - 0.13, low[1], place + 0.13, low[1] + 0.48 * (high[1] - low[1])), 2)
        painter.fill(rest, (24, 27, 31), alpha=0.75)
        back = rectangle(place - 0.24, low[1] + 0.01, place + 0.24, low[1] + 0.2 * (high[1] - low[1]))
        painter.fill(rounded(back, 2), (24, 27, 31), alpha=0.75)
    slant, span = rng.uniform(0.1, 0.25), high[0] - low[0]
    for start, wide in ((rng.uniform(0.12, 0.3), 0.13), (rng.uniform(0.5, 0.62), 0.05)):
        across = low[0] + np.array([start + slant, start + wide + slant, start + wide, start]) * span
        streak = np.column_stack([across, [high[1], high[1], low[1], low[1]]])
        inside = _inside(streak, pane)
        if inside is not None:
            painter.fill(inside, mix(light.low, (255, 255, 255), 0.5), light.low, alpha=0.16)


def _inside(one: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """The polygon that two convex polygons share."""
    area, shared = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return shared[:, 0].astype(np.float64) if area > 0 and shared is not None else None


def _lamp(
    painter: _Painter, outline: np.ndarray, light: Light, *, shine: Colour, colours: tuple[Colour, ...]
) -> None:
    """Lamps on both sides behind clear covers; by dusk they shine."""
    middle = outline.mean(0)
    painter.both(rounded((outline - middle) * [1.05, 1.1] + middle, 2), (26, 24, 25))
    painter.both(rounded(outline, 2), *colours, lit=light.dusk, edge=0.5 if light.dusk else 0.25)
    low, high = outline.min(0), outline.max(0)
    gloss = rectangle(
        low[0] + 0.1 * (high[0] - low[0]),
        high[1] - 0.3 * (high[1] - low[1]),
        high[0] - 0.12 * (high[0] - low[0]),
        high[1] - 0.12 * (high[1] - low[1]),
    )
    painter.both(rounded(gloss, 2), (255, 255, 255), alpha=0.35)
    if light.dusk:
        for sign in (1, -1):
            ((x, y),) = painter.at(np.array([[middle[0] * sign, middle[1]]]))
            painter.canvas.glow(x, y, painter.scale * 0.42, shine, 0.62)


def _recess(
    painter: _Painter, paint: np.ndarray, y: float, size: tuple[float, float]
) -> tuple[float, float, float, float]:
    """A hollow with the place of a plate in its middle: left, bottom, right, top."""
    across, tall = size[0] / 2000, size[1] / 2000
    edge = 0.03
    hollow = softened(-across - edge * 1.6, y - tall - edge, across + edge * 1.6, y + tall + edge, 0.03)
    painter.fill(hollow - [0, 0.008], mix(paint, (255, 255, 255), 0.3), alpha=0.6)
    painter.fill(hollow, paint * 0.34, paint * 0.5, paint * 0.62)
    painter.fill(rectangle(-across, y - tall, across, y + tall), paint * 0.46, paint * 0.54)
    return -across, y - tall, across, y + tall


def _badge(painter: _Painter, y: float, size: float) -> None:
    painter.fill(ellipse(0, y, size, size), (236, 238, 240), (120, 124, 130))
    painter.fill(ellipse(0, y, size * 0.74, size * 0.74), (46, 52, 62), (86, 94, 106))
    painter.fill(ellipse(0, y, size * 0.34, size * 0.34), (220, 222, 226), (150, 154, 160))


def _rear(
    painter: _Painter,
    rng: np.random.Generator,
    light: Light,
    body: Body,
    paint: np.ndarray,
    roof: float,
    waist: float,
    plate: tuple[float, float],
) -> tuple[float, float, float, float]:
    half, top, belt = body.width / 2, body.height, body.belt
    seam = paint * 0.4
    bright = mix(paint, (255, 255, 255), 0.35)
    # The pane narrows towards the roof as the pillars do.
    sill, head = belt + 0.045, top - 0.15
    wide, narrow = waist - 0.11, roof - 0.035
    pane = mirrored([(0, sill - 0.01), (wide, sill), (wide, sill + 0.02), (narrow, head), (0, head + 0.015)])
    _window(painter, rng, light, pane, 0.4)
    spoiler = mirrored(
        [
            (0, top - 0.115),
            (roof - 0.07, top - 0.125),
            (roof - 0.02, top - 0.09),
            (roof - 0.08, top - 0.03),
            (0, top - 0.018),
        ]
    )
    painter.fill(rounded(spoiler, 2), bright, paint * 0.9, paint * 0.7)
    painter.fill(rectangle(-0.14, top - 0.105, 0.14, top - 0.082), (150, 24, 26), lit=light.dusk)
    if body.doors:
        painter.line([(0, 0.5), (0, top - 0.13)], seam, 0.016)
        painter.fill(rectangle(-0.035, sill - 0.03, 0.035, head + 0.03), paint * 0.9, paint * 0.75)
    else:
        painter.line([(0.0, sill + 0.0), (0.24, sill + 0.02), (0.46, sill + 0.045)], (16, 16, 17), 0.02)
        painter.fill(ellipse(0, sill + 0.005, 0.035, 0.028), (22, 22, 23))

    on_bumper = not body.doors and rng.random() < 0.3
    seat = 0.44 if on_bumper else 0.5 + (belt - 0.5) * 0.46
    crease = belt - 0.1
    painter.line(
        [
            (-0.93 * half, crease),
            (-0.5 * half, crease + 0.018),
            (0.5 * half, crease + 0.018),
            (0.93 * half, crease),
        ],
        bright,
        0.01,
    )
    gate = 0.8 * half if body.tall_lights else 0.66 * half
    painter.line([(-wide, sill - 0.06), (-gate, belt - 0.2), (-gate * 0.98, 0.56)], seam, 0.01)
    painter.line([(wide, sill - 0.06), (gate, belt - 0.2), (gate * 0.98, 0.56)], seam, 0.01)

    red, deep = (206, 34, 36), (122, 14, 20)
    if light.dusk:
        red, deep = (250, 66, 54), (150, 18, 22)
    if body.tall_lights:
        high = belt + (0.3 if top > 1.6 else 0.16)
        lamp = np.array(
            [[0.80, 0.62], [0.955, 0.62], [0.965, 0.8], [0.93, belt], [0.86, high], [0.79, high], [0.8, belt]]
        )
        lamp[:, 0] *= half
        lamp[4:6, 0] = [waist - 0.005 - 0.3 * (high - belt), waist - 0.1 - 0.3 * (high - belt)]
    else:
        low, high = belt - 0.27, belt - 0.08
        lamp = np.array(
            [[0.56, low + 0.03], [0.94, low - 0.02], [0.975, low + 0.08], [0.945, high - 0.01], [0.62, high]]
        )
        lamp[:, 0] *= half
    _lamp(painter, lamp, light, shine=(255, 60, 40), colours=(red, deep, red))
    low2, high2 = lamp.min(0), lamp.max(0)
    y = low2[1] + 0.3 * (high2[1] - low2[1])
    strip = rectangle(0.86 * half if body.tall_lights else 0.72 * half, y - 0.02, 0.93 * half, y + 0.02)
    painter.both(rounded(strip, 1), (236, 226, 214), (220, 150, 90), alpha=0.9)

    bumper = mirrored([
        (0, 0.24), (0.86 * half, 0.24), (0.97 * half, 0.32), (1.005 * half, 0.46),
        (0.985 * half, 0.57), (0.9 * half, 0.585), (0, 0.575),
    ])  # fmt: skip
    painter.fill(rounded(bumper, 2), bright, paint * 0.96, paint * 0.82, paint * 0.52, edge=0.3)
    painter.line([(-0.985 * half, 0.577), (0, 0.585), (0.985 * half, 0.577)], seam, 0.012)
    skirt = mirrored([(0, 0.225), (0.82 * half, 0.225), (0.9 * half, 0.29), (0.72 * half, 0.345), (0, 0.345)])
    painter.fill(rounded(skirt, 2), (58, 59, 62), (28, 28, 30))
    painter.both(rectangle(0.72 * half, 0.375, 0.92 * half, 0.405), (172, 30, 32), (120, 18, 22))

    place = _recess(painter, paint, seat, plate)
    grip = place[3] + 0.055
    if on_bumper:
        grip = belt - 0.3
        handle = softened(-0.2, grip - 0.03, 0.2, grip + 0.03, 0.025)
        painter.fill(handle, paint * 0.4, paint * 0.7)
    else:
        chrome = (214, 217, 221) if rng.random() < 0.6 else paint * 0.9
        painter.fill(
            rectangle(-0.34, grip - 0.022, 0.34, grip + 0.018),
            chrome,
            np.asarray(chrome) * 0.55,
        )
        for sign in (1, -1):
            painter.fill(
                rectangle(sign * 0.12 - 0.03, grip - 0.034, sign * 0.12 + 0.03, grip - 0.02), (238, 234, 214)
            )
    if not body.doors:
        high = belt - (0.17 if on_bumper else 0.075)
        if high - 0.06 > grip + 0.02:
            _badge(painter, high, 0.052)
    return place


def _front(
    painter: _Painter,
    rng: np.random.Generator,
    light: Light,
    body: Body,
    paint: np.ndarray,
    roof: float,
    waist: float,
    plate: tuple[float, float],
) -> tuple[float, float, float, float]:
    half, top, belt = body.width / 2, body.height, body.belt
    seam = paint * 0.4
    bright = mix(paint, (255, 255, 255), 0.35)
    sill, head = belt + 0.0, top - 0.09
    wide, narrow = waist - 0.05, roof - 0.03
    pane = mirrored(
        [(0, sill - 0.02), (wide, sill), (narrow + 0.01, head - 0.02), (narrow, head), (0, head + 0.015)]
    )
    _window(painter, rng, light, pane, 0.38)
    painter.fill(rounded(rectangle(-0.09, head - 0.06, 0.09, head - 0.02), 2), (18, 18, 20))
    for shift in (-0.45, 0.1):
        painter.line(
            [(shift, sill + 0.02), (shift + 0.24, sill + 0.05), (shift + 0.46, sill + 0.055)],
            (14, 14, 15),
            0.018,
        )

    nose = belt - 0.26
    bonnet = mirrored([
        (0, nose - 0.01), (0.55 * half, nose + 0.005), (0.9 * half, nose + 0.05),
        (0.93 * half, belt - 0.1), (wide + 0.03, belt), (0, belt + 0.02),
    ])  # fmt: skip
    sky = mix(paint, light.low, 0.5)
    painter.fill(rounded(bonnet, 2), paint * 0.8, sky, mix(paint, light.low, 0.18), paint * 0.9, edge=0.2)
    for sign in (1, -1):
        painter.line([(sign * 0.34 * half, nose + 0.02), (sign * 0.52 * half, belt - 0.02)], bright, 0.008)
        painter.line(
            [(sign * 0.36 * half, nose + 0.02), (sign * 0.54 * half, belt - 0.02)], paint * 0.72, 0.008
        )
    painter.line(
        [
            (-0.9 * half, nose + 0.045),
            (-0.55 * half, nose),
            (0, nose - 0.01),
            (0.55 * half, nose),
            (0.9 * half, nose + 0.045),
        ],
        seam,
        0.011,
    )

    grille_top, grille_low = nose - 0.03, max(0.53, nose - 0.2)
    broad = rng.uniform(0.4, 0.5) * half
    grille = mirrored(
        [
            (0, grille_low),
            (broad * 0.86, grille_low),
            (broad, grille_top - 0.02),
            (broad * 0.98, grille_top),
            (0, grille_top),
        ]
    )
    middle = grille.mean(0)
    rim = rounded((grille - middle) * [1.05, 1.14] + middle, 2)
    painter.fill(rim, *((222, 224, 228), (120, 124, 130)) if rng.random() < 0.6 else ((30, 30, 32),))
    painter.fill(rounded(grille, 2), (30, 31, 33), (14, 14, 15))
    for y in np.linspace(grille_low + 0.03, grille_top - 0.03, int(rng.integers(3, 6))):
        painter.fill(
            rectangle(-broad * 0.9, y - 0.007, broad * 0.9, y + 0.007), (130, 134, 140), (60, 62, 66)
        )
    _badge(painter, (grille_top + grille_low) / 2 + 0.01, 0.062)

    lamp = np.array(
        [
            [0.56, nose - 0.13],
            [0.86, nose - 0.15],
            [0.955, nose - 0.06],
            [0.95, nose + 0.03],
            [0.6, nose - 0.035],
        ]
    )
    lamp[:, 0] *= half
    glass = (
        ((255, 252, 238), (255, 244, 214))
        if light.dusk
        else ((206, 214, 222), (150, 158, 168), (196, 202, 208))
    )
    _lamp(painter, lamp, light, shine=(255, 236, 196), colours=glass)
    for sign in (1, -1):
        for place, size in ((0.72, 0.048), (0.85, 0.04)):
            painter.fill(
                ellipse(sign * place * half, nose - 0.075, size, size),
                (236, 240, 244),
                (110, 118, 128),
                lit=light.dusk,
            )
            inner = (255, 255, 250) if light.dusk else (62, 70, 80)
            painter.fill(
                ellipse(sign * place * half, nose - 0.075, size * 0.62, size * 0.62), inner, lit=light.dusk
            )
            shine = ellipse(sign * place * half - 0.012, nose - 0.06, size * 0.22, size * 0.22)
            painter.fill(shine, (255, 255, 255), alpha=0.9)

    bumper = mirrored([
        (0, 0.24), (0.84 * half, 0.24), (0.96 * half, 0.31), (1.0 * half, 0.44),
        (0.985 * half, 0.535), (0.7 * half, 0.55), (0, 0.53),
    ])  # fmt: skip
    painter.fill(rounded(bumper, 2), bright, paint * 0.95, paint * 0.8, paint * 0.5, edge=0.3)
    intake = mirrored([(0, 0.255), (0.5 * half, 0.255), (0.58 * half, 0.345), (0.54 * half, 0.36), (0, 0.36)])
    painter.fill(rounded(intake, 2), (24, 24, 26), (12, 12, 13))
    for y in (0.285, 0.315):
        painter.fill(rectangle(-0.5 * half, y - 0.005, 0.5 * half, y + 0.005), (54, 55, 58))
    pocket = np.array([[0.66, 0.29], [0.88, 0.31], [0.9, 0.4], [0.7, 0.385]]) * [half, 1]
    painter.both(rounded(pocket, 2), (30, 30, 32), (16, 16, 17))
    for sign in (1, -1):
        painter.fill(ellipse(sign * 0.79 * half, 0.345, 0.034, 0.034), (224, 228, 232), (130, 136, 144))
    painter.line([(-0.8 * half, 0.235), (0.8 * half, 0.235)], (24, 24, 26), 0.03)
    return _recess(painter, paint, 0.445 if plate[1] < 140 else 0.46, plate)
