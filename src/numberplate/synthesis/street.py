"""Drawn streets and car parks with one car, seen from behind or in front, and the place of its plate.

What is drawn is measured in metres: x to the right, y up from the ground, z away from the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

Colour = Sequence[float] | np.ndarray
Stops = Sequence[tuple[float, Colour]]
"""Colours from top to bottom, each with its place in 0..1."""

PLATES = ((520.0, 110.0), (400.0, 130.0), (304.8, 152.4))
"""Sizes in millimetres of the plates that recesses are made for, width and height."""

_FINER = 2
"""The scene is drawn this many times as large as it will be."""

_PAINTS = (
    (228, 230, 232), (178, 182, 186), (108, 113, 120), (44, 46, 50), (38, 70, 126), (96, 146, 186),
    (166, 28, 34), (104, 26, 40), (34, 86, 66), (206, 98, 34), (222, 178, 50), (196, 184, 160), (60, 74, 92),
    (128, 150, 132),
)  # fmt: skip
_WALLS = (
    (164, 92, 74), (142, 76, 62), (206, 190, 160), (224, 214, 196), (186, 182, 176), (212, 176, 140),
    (178, 196, 200), (226, 204, 150), (150, 142, 134),
)  # fmt: skip
_ROOFS = ((92, 58, 50), (70, 70, 76), (118, 72, 56), (84, 78, 74))


@dataclass(frozen=True)
class _Light:
    """The sky's colours at the top and above the horizon, and what the light does to colours."""

    zenith: Colour
    low: Colour
    tone: Colour
    sun: float
    """How hard shadows are, 0..1."""
    dusk: bool = False


_LIGHTS = (
    _Light((86, 146, 210), (206, 226, 240), (1.0, 1.0, 0.98), 0.8),
    _Light((120, 170, 214), (232, 234, 226), (1.02, 1.0, 0.95), 0.6),
    _Light((168, 180, 192), (222, 226, 228), (0.9, 0.92, 0.95), 0.2),
    _Light((136, 160, 196), (244, 222, 196), (1.04, 0.97, 0.88), 0.7),
    _Light((42, 56, 98), (238, 158, 106), (0.62, 0.57, 0.62), 0.15, dusk=True),
    _Light((34, 44, 78), (180, 130, 140), (0.54, 0.54, 0.66), 0.1, dusk=True),
)


@dataclass(frozen=True)
class _Body:
    """A kind of car, in metres; `roof` is the roof's width as a share of the car's."""

    width: float
    height: float
    belt: float
    roof: float
    tall_lights: bool = False
    doors: bool = False


_BODIES = (
    _Body(1.78, 1.47, 0.97, 0.70),  # hatchback
    _Body(1.76, 1.50, 0.99, 0.74, tall_lights=True),
    _Body(1.82, 1.43, 0.99, 0.64),  # saloon
    _Body(1.84, 1.68, 1.10, 0.76),  # SUV
    _Body(1.88, 1.72, 1.10, 0.78, tall_lights=True),
    _Body(1.86, 1.92, 1.12, 0.88, tall_lights=True, doors=True),  # van
)


def _mix(one: Colour, other: Colour, share: float) -> np.ndarray:
    first = np.asarray(one, np.float32)
    return first + share * (np.asarray(other, np.float32) - first)


def _rounded(points: np.ndarray, times: int = 3) -> np.ndarray:
    """A closed outline with its corners cut off again and again (Chaikin)."""
    for _ in range(times):
        after = np.concatenate([points[1:], points[:1]])
        cut = np.empty((2 * len(points), 2))
        cut[0::2] = 0.75 * points + 0.25 * after
        cut[1::2] = 0.25 * points + 0.75 * after
        points = cut
    return points


def _mirrored(half: Sequence[tuple[float, float]]) -> np.ndarray:
    """The closed outline of which `half` is the right side, from bottom to top."""
    right = np.array(half, np.float64)
    return np.concatenate([right, right[::-1] * [-1, 1]])


def _rectangle(left: float, bottom: float, right: float, top: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _softened(left: float, bottom: float, right: float, top: float, radius: float) -> np.ndarray:
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


def _ellipse(x: float, y: float, across: float, down: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    return np.stack([x + across * np.cos(angles), y + down * np.sin(angles)], 1)


class _Canvas:
    """Draws polygons given in pixels of the finished picture. `tone` is what the light does to colours."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.picture: np.ndarray = np.zeros((height * _FINER, width * _FINER, 3), np.uint8)
        self.tone = np.ones(3, np.float32)

    def toned(self, colour: Colour) -> np.ndarray:
        return np.minimum(np.asarray(colour, np.float32) * self.tone, 255)

    def polygon(self, points: np.ndarray, colour: Colour, alpha: float = 1.0, lit: bool = False) -> None:
        """One colour throughout; `lit` things shine by themselves."""
        self.ramp(points, [(0, colour), (1, colour)], alpha=alpha, lit=lit)

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
        xs, ys = points[:, 0], points[:, 1]
        x1, x2, y1, y2 = float(xs.min()), float(xs.max()), float(ys.min()), float(ys.max())
        spread = 2.5 * soft + 1
        left, right = (int(min(max(v, 0), self.width)) * _FINER for v in (x1 - spread, x2 + spread + 1))
        top, bottom = (int(min(max(v, 0), self.height)) * _FINER for v in (y1 - spread, y2 + spread + 1))
        if right <= left or bottom <= top:
            return
        plain = y2 - y1 < 6 or x2 - x1 < 5 or (len(stops) == 2 and stops[0][1] is stops[1][1])
        if alpha >= 1 and edge == 0 and soft == 0 and plain:
            colour = stops[len(stops) // 2][1]
            colour = np.asarray(colour, np.float32) if lit else self.toned(colour)
            cv2.fillPoly(self.picture, [self._fixed(points)], colour.tolist(), cv2.LINE_AA, shift=4)
            return
        mask: np.ndarray = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(mask, [self._fixed(points - (left / _FINER, top / _FINER))], 255, cv2.LINE_AA, shift=4)
        if soft > 0:
            mask = cv2.stackBlur(mask, (2 * max(1, round(soft * _FINER)) + 1,) * 2)
        rows = (np.arange(top, bottom) / _FINER - y1) / max(1e-6, y2 - y1)
        places = [place for place, _ in stops]
        table = np.array([colour for _, colour in stops], np.float32)
        table = table if lit else np.minimum(table * self.tone, 255)
        if len(stops) == 2:
            column = table[:1] + np.clip(rows, 0, 1)[:, None] * (table[1:] - table[:1])
        else:
            column = np.column_stack([np.interp(rows, places, table[:, i]) for i in range(3)])
        column = column[:, None]
        if edge:
            across = (np.arange(left, right) / _FINER - x1) / max(1e-6, x2 - x1)
            dark = cv2.resize(
                (1 - edge * np.abs(2 * across - 1) ** 3)[None].astype(np.float32), mask.shape[::-1]
            )
            paint = cv2.resize(column.astype(np.float32), mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
            paint = cv2.multiply(paint, cv2.merge([dark] * 3), dtype=cv2.CV_8U)
        else:
            column = np.clip(column, 0, 255).astype(np.uint8)
            paint = cv2.resize(column, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
        share = mask.astype(np.float32) * np.float32(alpha / 255)
        part = np.ascontiguousarray(self.picture[top:bottom, left:right])
        self.picture[top:bottom, left:right] = cv2.blendLinear(paint, part, share, 1 - share)

    def line(self, points: np.ndarray, colour: Colour, width: float, closed: bool = False) -> None:
        """A line `width` pixels of the finished picture wide."""
        thick = max(1, round(width * _FINER))
        cv2.polylines(
            self.picture, [self._fixed(points)], closed, self.toned(colour).tolist(), thick, cv2.LINE_AA, 4
        )

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light added around a point."""
        left, right = (int(np.clip(v, 0, self.width)) * _FINER for v in (x - radius, x + radius + 1))
        top, bottom = (int(np.clip(v, 0, self.height)) * _FINER for v in (y - radius, y + radius + 1))
        if right <= left or bottom <= top:
            return
        down, across = np.mgrid[top:bottom, left:right].astype(np.float32) / _FINER
        fall = np.clip(1 - np.hypot(across - x, down - y) / radius, 0, 1) ** 2 * strength
        part = self.picture[top:bottom, left:right]
        part[:] = np.clip(part + fall[..., None] * np.asarray(colour, np.float32), 0, 255).astype(np.uint8)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        return np.rint(np.minimum(np.maximum((points * _FINER - 0.5) * 16, -(2**26)), 2**26)).astype(np.int32)


@dataclass(frozen=True)
class _View:
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
        return self.focal / z * (flat + np.array([x, -self.eye])) * [1, -1] + [self.x, self.horizon]


def street(
    rng: np.random.Generator, height: int, width: int, plate: tuple[float, float] | None = None
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A drawn street or car park with a car, and the empty place of its number plate.

    `plate` is the plate's size in millimetres, one of PLATES where it is not given. Returns uint8
    (height, width, 3) RGB and the box (x, y, width, height) of the plate's place in pixels.
    """
    canvas = _Canvas(height, width)
    size = plate or PLATES[int(rng.choice(len(PLATES), p=[0.55, 0.15, 0.3]))]
    body = _BODIES[int(rng.integers(len(_BODIES)))]
    light = _LIGHTS[int(rng.choice(len(_LIGHTS), p=[0.22, 0.2, 0.2, 0.18, 0.12, 0.08]))]
    ground = height * rng.uniform(0.84, 0.93)
    across = min(width * rng.uniform(0.5, 0.68), ground / body.height * body.width * rng.uniform(0.8, 0.98))
    focal = 1.2 * max(width, 1.2 * height)
    z = focal * body.width / across
    eye = rng.uniform(1.25, 1.6)
    x = rng.normal(0, 0.18)
    view = _View(focal, width / 2 + rng.normal(0, 0.05) * width, ground - focal * eye / z, eye)
    canvas.tone = np.asarray(light.tone, np.float32)
    _sky(canvas, rng, view, light)
    if rng.random() < 0.55:
        _road(canvas, rng, view, light, x, z)
    else:
        _car_park(canvas, rng, view, light, x, z)
    if rng.random() < 0.5:
        _haze(canvas, view, light, rng.uniform(0.1, 0.4))
    place = _car(canvas, rng, view, light, body, x, z, rng.random() < 0.6, size)
    picture = cv2.resize(canvas.picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    down, sideways = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture *= (1 - 0.1 * (down**2 + sideways**2)).astype(np.float32)[..., None]
    picture += rng.standard_normal((height, width, 1), dtype=np.float32) * 1.6
    left, top = place.min(0)
    right, bottom = place.max(0)
    box = (round(left), round(top), max(1, round(right - left)), max(1, round(bottom - top)))
    return np.clip(picture, 0, 255).astype(np.uint8), box


def _sky(canvas: _Canvas, rng: np.random.Generator, view: _View, light: _Light) -> None:
    bottom = float(np.clip(view.horizon + 4, 8, canvas.height))
    whole = np.array([[0, 0], [canvas.width, 0], [canvas.width, bottom], [0, bottom]], np.float64)
    canvas.ramp(
        whole, [(0, light.zenith), (0.6, _mix(light.zenith, light.low, 0.6)), (1, light.low)], lit=True
    )
    for _ in range(int(rng.integers(0, 6))):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, 0.75) * bottom
        size = rng.uniform(0.06, 0.22) * canvas.width
        colour = _mix(light.low, (255, 255, 255), 0.1 if light.dusk else 0.7)
        for _ in range(3):
            cloud = _ellipse(
                x + rng.normal(0, 0.5) * size,
                y + rng.normal(0, 0.06) * size,
                size,
                size * rng.uniform(0.08, 0.2),
            )
            canvas.ramp(cloud, [(0, colour), (1, colour)], alpha=0.4, soft=size * 0.1, lit=True)
    hills = np.linspace(-0.1, 1.1, 14) * canvas.width
    tops = view.horizon - rng.uniform(0.01, 0.09, 14) * canvas.height
    outline = np.concatenate([np.stack([hills, tops], 1), [[hills[-1], bottom], [hills[0], bottom]]])
    canvas.polygon(_rounded(outline, 2), _mix((92, 112, 96), light.low, 0.45))


def _asphalt(canvas: _Canvas, rng: np.random.Generator, view: _View) -> None:
    """The ground up to the horizon, with grain that grows finer and fainter into the distance."""
    grey = rng.uniform(86, 122)
    tint = np.array([grey, grey * rng.uniform(0.98, 1.01), grey * rng.uniform(0.98, 1.06)])
    top, width, height = float(view.horizon), canvas.width, canvas.height
    whole = np.array([[0, top], [width, top], [width, height], [0, height]], np.float64)
    canvas.ramp(whole, [(0, tint * 1.12), (0.4, tint), (1, tint * 0.86)])
    start = int(np.clip(top, 0, height - 2))
    side, tile = 8.0, _grain()
    rows = len(tile)
    near = view.focal * view.eye / max(1.0, height - top)
    shift = rng.uniform(-3, 3)
    corners = view.ground(shift - side, near, shift + side, near + 2 * side) - [0, start]
    square = np.array([[0, 0], [rows, 0], [rows, rows], [0, rows]], np.float32)
    matrix = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    grain = cv2.warpPerspective(tile, matrix, (width, height - start), borderMode=cv2.BORDER_REFLECT)
    fade = np.linspace(0, 1, len(grain), dtype=np.float32)[:, None] ** 0.7 * (
        rng.uniform(3, 6.5) * canvas.tone.mean()
    )
    part = canvas.picture[start * _FINER :]
    finer = cv2.resize(grain * fade, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    part[:] = cv2.add(part, cv2.merge([finer] * 3), dtype=cv2.CV_8U)


@cache
def _grain() -> np.ndarray:
    """float32 (384, 384): the unevenness of asphalt, fine and coarse."""
    tile = np.random.default_rng(1).standard_normal((384, 384), dtype=np.float32)
    return tile + 2.4 * cv2.GaussianBlur(tile, (0, 0), 2) + 9 * cv2.GaussianBlur(tile, (0, 0), 12)


def _building(
    canvas: _Canvas,
    rng: np.random.Generator,
    view: _View,
    light: _Light,
    start: tuple[float, float],
    end: tuple[float, float],
    height: float,
) -> None:
    """A front that runs from `start` to `end`, each (x, z), with windows, a door, a cornice and a roof."""
    wall = np.array(_WALLS[int(rng.integers(len(_WALLS)))], np.float32) * rng.uniform(0.88, 1.06)
    a, b = np.array(start), np.array(end)
    length = float(np.linalg.norm(b - a))

    def on(s: float, low: float, e: float, high: float) -> np.ndarray:
        (x1, z1), (x2, z2) = a + (b - a) * (s / length), a + (b - a) * (e / length)
        return view.at([[x1, high, z1], [x2, high, z2], [x2, low, z2], [x1, low, z1]])

    canvas.ramp(on(0, 0, length, height), [(0, wall * 1.03), (1, wall * 0.9)])
    roof = np.array(_ROOFS[int(rng.integers(len(_ROOFS)))], np.float32)
    aside = abs(a[0] - b[0]) < 1
    back = np.array([3.0 * np.sign(a[0]), 0.0]) if aside else np.array([0.0, 3.0])
    pitched = rng.random() < 0.6
    if pitched:
        ridge = view.at([[x, height + 2.2, z] for x, z in (a + back, b + back)])
        eaves = on(0, 0, length, height)
        canvas.ramp(np.array([ridge[0], ridge[1], eaves[1], eaves[0]]), [(0, roof * 1.25), (1, roof)])
    if aside:
        (x, z), (far, _) = a, a + 3 * back
        gable = [
            [x, 0, z],
            [x, height, z],
            [x + back[0], height + 2.2, z],
            [x + 2 * back[0], height, z],
            [far, height, z],
        ]
        outline = view.at([*(gable if pitched else [gable[0], gable[1], gable[4]]), [far, 0, z]])
        canvas.ramp(outline, [(0, wall * 0.84), (1, wall * 0.74)])
    canvas.polygon(on(0, height - 0.25, length, height), wall * 1.12)
    canvas.polygon(on(0, height - 0.32, length, height - 0.25), wall * 0.7)
    canvas.polygon(on(0, 0, length, 0.5), wall * 0.62)
    whole = on(0, 0, length, height)
    if np.ptp(whole[:, 0]) < 5 or whole[:, 0].max() < 0 or whole[:, 0].min() > canvas.width:
        return
    bays = max(1, int(length / rng.uniform(2.2, 3.2)))
    floors = max(1, int((height - 0.6) / 2.9))
    bay, storey = length / bays, (height - 0.5) / floors
    glass = _mix((66, 82, 98), light.low, 0.18)
    frame = (236, 234, 228) if rng.random() < 0.7 else (70, 62, 58)
    half = rng.uniform(0.42, 0.62)
    door = int(rng.integers(bays))
    for floor in range(floors):
        for i in range(bays):
            s, low = (i + 0.5) * bay, 0.5 + floor * storey + 0.62
            high = low + storey * 0.5
            lit = bool(light.dusk and rng.random() < 0.35)
            shine = float(rng.uniform(1.1, 1.5))
            pane = on(s - half, low, s + half, high)
            if pane[:, 0].max() < 0 or pane[:, 0].min() > canvas.width or pane[:, 1].max() < 0:
                continue
            if floor == 0 and i == door:
                canvas.polygon(on(s - 0.58, 0.15, s + 0.58, 2.35), frame)
                canvas.ramp(on(s - 0.5, 0.15, s + 0.5, 2.27), [(0, roof * 1.3), (1, roof * 0.8)])
                continue
            near = np.ptp(pane[:, 0]) > 4
            if near:
                canvas.polygon(on(s - half - 0.08, low - 0.08, s + half + 0.08, high + 0.08), frame)
            if lit:
                canvas.ramp(pane, [(0, (250, 214, 140)), (1, (214, 160, 90))], lit=True)
            else:
                canvas.ramp(pane, [(0, glass * shine), (1, glass * 0.75)])
            if near:
                canvas.polygon(on(s - 0.03, low, s + 0.03, high), frame)
                canvas.polygon(on(s - half - 0.16, low - 0.2, s + half + 0.16, low - 0.08), wall * 0.78)


def _leaves(canvas: _Canvas, rng: np.random.Generator, outline: np.ndarray, number: int, size: float) -> None:
    """Foliage: blobs within the box of an outline of pixels, light above and dark below."""
    low, high = outline.min(0), outline.max(0)
    if high[0] < 0 or low[0] > canvas.width:
        return
    green = np.array([rng.uniform(58, 104), rng.uniform(98, 134), rng.uniform(44, 66)])
    middle, reach = (low + high) / 2, (high - low) / 2
    canvas.ramp(outline, [(0, green * 0.9), (1, green * 0.5)])
    ys = np.sort(rng.uniform(-1, 1, number))[::-1]
    xs = rng.uniform(-1, 1, number) * np.sqrt(1 - ys**2)
    shades = np.clip(0.82 - 0.32 * ys + rng.normal(0, 0.1, number), 0.35, 1.4)
    _blobs(
        canvas,
        middle + np.stack([xs, ys], 1) * reach,
        size * rng.uniform(0.5, 1.2, number),
        green * shades[:, None],
    )


def _blobs(canvas: _Canvas, places: np.ndarray, radii: np.ndarray, colours: np.ndarray) -> None:
    """Discs, the later over the earlier."""
    centres = (places * _FINER * 16).round().astype(int).tolist()
    sizes = np.maximum(1, radii * _FINER * 16).round().astype(int).tolist()
    for centre, size, colour in zip(centres, sizes, canvas.toned(colours).tolist(), strict=True):
        cv2.circle(canvas.picture, centre, size, colour, -1, cv2.LINE_AA, 4)


def _tree(canvas: _Canvas, rng: np.random.Generator, view: _View, x: float, z: float, height: float) -> None:
    trunk = np.array([[-0.16, 0], [0.16, 0], [0.1, height * 0.6], [-0.1, height * 0.6]])
    canvas.ramp(view.upright(trunk, x, z), [(0, (70, 56, 44)), (1, (104, 86, 68))])
    crown = view.upright(_ellipse(0, height * 0.68, height * rng.uniform(0.24, 0.32), height * 0.34), x, z)
    radius = view.focal / z * height * 0.055
    _leaves(canvas, rng, crown, 70 if radius > 4 else 30, radius)


def _hedge(
    canvas: _Canvas, rng: np.random.Generator, view: _View, left: float, right: float, z: float, height: float
) -> None:
    scale = view.focal / z
    xs = np.linspace(left, right, 30)
    top = np.column_stack([xs, height + rng.normal(0, 0.05, 30)])
    outline = view.upright(np.concatenate([top, [[right, 0], [left, 0]]]), 0, z)
    low, high = outline.min(0), outline.max(0)
    green = np.array([rng.uniform(52, 88), rng.uniform(88, 118), rng.uniform(40, 62)])
    canvas.ramp(outline, [(0, green), (1, green * 0.42)])
    places = rng.uniform([0, 0.06], [1, 1], (220, 2))
    shades = np.clip(1.12 - 0.6 * places[:, 1] + rng.normal(0, 0.12, 220), 0.35, 1.4)
    _blobs(canvas, low + places * (high - low), scale * rng.uniform(0.04, 0.14, 220), green * shades[:, None])


def _road(canvas: _Canvas, rng: np.random.Generator, view: _View, light: _Light, x: float, z: float) -> None:
    """A street that runs away from the camera between buildings and trees; the car is in one lane."""
    _asphalt(canvas, rng, view)
    near, far = 0.4 * z, 65.0
    side = 1.0 if rng.random() < 0.5 else -1.0
    edges = sorted([x + side * rng.uniform(1.7, 2.3), x - side * rng.uniform(4.9, 5.6)])
    divider = x - side * 1.7
    paint = (214, 214, 206) if rng.random() < 0.7 else (214, 180, 90)
    for start in np.arange(near - rng.uniform(0, 6), far, 6.0):
        if start + 3 > near:
            canvas.polygon(
                view.ground(divider - 0.06, max(near, start), divider + 0.06, start + 3), paint, 0.85
            )
    paving = np.array([168, 162, 154]) * rng.uniform(0.85, 1.05)
    verge = np.array([98, 124, 70]) * rng.uniform(0.8, 1.05)
    fronts = rng.uniform(2.0, 3.6)
    green = rng.random() < 0.4
    for edge, out in ((edges[0], -1.0), (edges[1], 1.0)):
        kerb, back = edge + out * 0.16, edge + out * 30
        canvas.ramp(
            view.ground(min(kerb, back), near, max(kerb, back), far, 0.1),
            [(0, paving * 1.05), (1, paving * 0.92)],
        )
        if green:
            lawn = edge + out * 1.9
            canvas.ramp(
                view.ground(min(lawn, back), near, max(lawn, back), far, 0.1), [(0, verge), (1, verge * 0.9)]
            )
        canvas.polygon(view.ground(min(kerb, edge), near, max(kerb, edge), far, 0.1), paving * 1.16)
        face = view.at([[edge, 0.1, far], [edge, 0.1, near], [edge, 0, near], [edge, 0, far]])
        canvas.polygon(face, paving * 0.66)
        joints = np.arange(np.ceil(near), 30, 1.2)
        for joint in joints:
            ends = view.at([[kerb, 0.1, joint], [edge + out * (1.9 if green else fronts), 0.1, joint]])
            canvas.line(ends, paving * 0.86, 0.5)
    inner = edges[0] + 0.3, edges[1] - 0.3
    if rng.random() < 0.35:
        for line in inner:
            canvas.polygon(view.ground(line - 0.05, near, line + 0.05, far), (206, 182, 80), 0.75)
    walls: list[tuple[float, float, float, float]] = []
    for edge, out in ((edges[0], -1.0), (edges[1], 1.0)):
        start = z * rng.uniform(0.4, 0.8)
        while start < far:
            deep = rng.uniform(8, 16)
            walls.append((start, start + deep, edge + out * (fronts + (3.0 if green else 0)), out))
            start += deep + (rng.uniform(0, 4) if green else 0)
    end = rng.uniform(-3, 3)
    _tree(canvas, rng, view, end - 6, far * 0.9, rng.uniform(8, 13))
    _tree(canvas, rng, view, end + 5, far * 0.9, rng.uniform(8, 13))
    trees = rng.random() < 0.75
    for start, stop, at, out in sorted(walls, reverse=True):
        if green and rng.random() < 0.35:
            for deep in (stop, start):
                _tree(canvas, rng, view, at + out * rng.uniform(0, 2), deep, rng.uniform(5, 9))
            continue
        high = rng.uniform(5.5, 11)
        _building(canvas, rng, view, light, (at, start), (at, stop), high)
        if trees and rng.random() < 0.5 and start > z + 3:
            _tree(canvas, rng, view, at - out * (fronts - 0.9), start, rng.uniform(4, 7))
    if rng.random() < 0.45:
        other = _BODIES[int(rng.integers(len(_BODIES)))]
        _car(canvas, rng, view, light, other, x - side * 3.4, z + rng.uniform(18, 40), False, PLATES[0])


def _car_park(
    canvas: _Canvas, rng: np.random.Generator, view: _View, light: _Light, x: float, z: float
) -> None:
    """A bay in front of a building, a hedge or a fence."""
    depth = z + rng.uniform(5.2, 8.5)
    kind = rng.random()
    lawn = _rectangle(0, canvas.height, canvas.width, view.horizon)
    canvas.ramp(lawn, [(0, _mix((112, 132, 88), light.low, 0.3)), (1, (98, 120, 72))])
    span = 1.4 * canvas.width / view.focal * depth
    if kind < 0.45:
        reach = -span * rng.uniform(0.5, 0.9)
        while reach < span:
            broad = rng.uniform(8, 16)
            _building(canvas, rng, view, light, (reach, depth), (reach + broad, depth), rng.uniform(4, 9))
            reach += broad + (rng.uniform(1, 5) if rng.random() < 0.3 else 0)
    elif kind < 0.8:
        for place in np.arange(-span, span, rng.uniform(4, 7)):
            if rng.random() < 0.7:
                _tree(
                    canvas,
                    rng,
                    view,
                    place + rng.uniform(-1.5, 1.5),
                    depth + rng.uniform(1, 9),
                    rng.uniform(4.5, 9),
                )
        _hedge(canvas, rng, view, -span, span, depth, rng.uniform(1.1, 2.0))
    else:
        sheet = np.array(
            [(150, 160, 168), (110, 128, 120), (176, 170, 158), (96, 116, 142)][int(rng.integers(4))]
        )
        top = rng.uniform(3.2, 6)
        front = view.upright(_rectangle(-span, 0, span, top), 0, depth)
        canvas.ramp(front, [(0, sheet * 1.1), (1, sheet * 0.88)])
        for place in np.arange(-span, span, 0.45):
            canvas.polygon(view.upright(_rectangle(place, 0, place + 0.16, top), 0, depth), sheet * 0.86, 0.6)
        canvas.polygon(view.upright(_rectangle(-span, top - 0.3, span, top), 0, depth), sheet * 0.62)
        canvas.polygon(view.upright(_rectangle(-span, 0, span, 0.4), 0, depth), (120, 116, 112))
        gate = rng.uniform(-span / 2, span / 2)
        door = view.upright(_rectangle(gate - 1.8, 0, gate + 1.8, 2.8), 0, depth)
        canvas.ramp(door, [(0, sheet * 0.7), (1, sheet * 0.55)])
        for bar in np.arange(0.35, 2.8, 0.35):
            canvas.line(
                view.upright(np.array([[gate - 1.8, bar], [gate + 1.8, bar]]), 0, depth), sheet * 0.45, 0.7
            )
    edge = int(np.clip(view.at([[0, 0.0, depth]])[0, 1] * _FINER, 0, len(canvas.picture)))
    above = canvas.picture[:edge].copy()
    _asphalt(canvas, rng, view)
    canvas.picture[:edge] = above
    paving = np.array([170, 165, 157]) * rng.uniform(0.85, 1.05)
    kerb = depth - rng.uniform(0.8, 1.6)
    canvas.ramp(view.ground(-span, kerb, span, depth, 0.1), [(0, paving), (1, paving * 1.04)])
    canvas.polygon(view.upright(_rectangle(-span, 0, span, 0.1), 0, kerb), paving * 0.62)
    for joint in np.arange(-span, span, 0.9):
        canvas.line(view.at([[joint, 0.1, kerb], [joint, 0.1, depth]]), paving * 0.84, 0.5)
    white = (212, 212, 206) if rng.random() < 0.8 else (210, 176, 76)
    bay, wide = rng.uniform(2.5, 3.0), rng.uniform(0.09, 0.13)
    for i in range(-4, 4):
        line = x + (i + 0.5) * bay
        canvas.polygon(view.ground(line - wide / 2, z - 0.7, line + wide / 2, kerb), white, 0.85)


def _haze(canvas: _Canvas, view: _View, light: _Light, strength: float) -> None:
    """Pales what is far away: most at the horizon, ever less below it."""
    rows = np.arange(len(canvas.picture), dtype=np.float32) / _FINER
    below = np.clip((rows - view.horizon) / (canvas.height - view.horizon + 1), 0, 1)
    share = cv2.resize((strength * (1 - below) ** 3)[:, None], canvas.picture.shape[1::-1])
    paint = np.empty_like(canvas.picture)
    paint[:] = np.asarray(light.low, np.uint8)
    canvas.picture = cv2.blendLinear(paint, canvas.picture, share, 1 - share)


class _Painter:
    """Draws on the upright plane of a car, in metres from the middle of its ground line."""

    def __init__(self, canvas: _Canvas, view: _View, x: float, z: float) -> None:
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


def _car(
    canvas: _Canvas,
    rng: np.random.Generator,
    view: _View,
    light: _Light,
    body: _Body,
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
        tyre = _rounded(_rectangle(0.70 * half, 0.0, 0.95 * half, 0.6) * [sign, 1], 2)
        painter.fill(tyre, (34, 34, 36), (38, 38, 40), (22, 22, 23), edge=0.5)
        for groove in (0.76, 0.825, 0.89):
            painter.line([(sign * groove * half, 0.02), (sign * groove * half, 0.3)], (14, 14, 15), 0.008)
    painter.fill(_rectangle(-0.8 * half, 0.15, 0.8 * half, 0.45), (20, 20, 22))
    if rear and rng.random() < 0.75:
        ends = (1, -1) if rng.random() < 0.35 else (1,)
        for sign in ends:
            painter.fill(_ellipse(sign * 0.52 * half, 0.2, 0.055, 0.042), (176, 178, 182), (86, 88, 92))
            painter.fill(_ellipse(sign * 0.52 * half, 0.197, 0.04, 0.03), (18, 18, 18))

    mirror = np.array(
        [
            [half * 0.9, belt + 0.02],
            [half + 0.17, belt + 0.0],
            [half + 0.2, belt + 0.12],
            [half + 0.05, belt + 0.15],
        ]
    )
    painter.both(_rounded(mirror, 2), paint * 1.05, paint * 0.6)
    if rear:
        glass = (mirror - mirror.mean(0)) * [0.7, 0.62] + mirror.mean(0) + [0.02, -0.005]
        painter.both(_rounded(glass, 2), _mix(light.low, (90, 110, 130), 0.4), (70, 78, 88))

    shoulder = 0.995 if rear else 0.97
    waist = roof + (half - roof) * (0.78 if rear else 0.62)
    if body.doors:
        waist = roof + (half - roof) * 0.9
    outline = _mirrored([
        (0, 0.23), (0.84 * half, 0.23), (0.95 * half, 0.27), (0.985 * half, 0.42), (half, 0.6),
        (shoulder * half, 0.8), (0.965 * half, belt - 0.06), (waist, belt + 0.02),
        (roof + (waist - roof) * 0.42, belt + (top - belt) * 0.62), (roof + 0.015, top - 0.12),
        (roof - 0.05, top - 0.03), (roof * 0.6, top), (0, top + 0.008),
    ])  # fmt: skip
    outline = _rounded(outline, 3)
    sky = _mix(paint, light.low, 0.3)
    tall = top - 0.23
    waistline = (top - belt) / tall
    stops = [
        (0, _mix(paint, (255, 255, 255), 0.28)), (0.07, paint * 1.04), (waistline - 0.03, paint * 0.86),
        (waistline + 0.04, sky), (waistline + 0.14, paint), ((top - 0.55) / tall, paint * 0.84),
        ((top - 0.45) / tall, paint * 0.9), (1, paint * 0.5),
    ]  # fmt: skip
    canvas.ramp(painter.at(outline), stops, edge=0.34)
    canvas.line(painter.at(outline), paint * 0.42, 0.5, closed=True)
    place = (_rear if rear else _front)(painter, rng, light, body, paint, roof, waist, plate)
    return painter.at(_rectangle(*place))


def _car_shadow(painter: _Painter, rng: np.random.Generator, light: _Light, half: float) -> None:
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
    canvas.ramp(_rounded(wide, 2), [(0, dark), (1, dark)], alpha=0.45, soft=soft * 1.6)
    under = view.ground(x - half * 0.98, z - 0.12, x + half * 0.98, z + 3.5)
    canvas.ramp(under, [(0, dark), (1, dark)], alpha=0.85, soft=soft * 0.5)


def _window(
    painter: _Painter, rng: np.random.Generator, light: _Light, outline: np.ndarray, seats: float
) -> None:
    """A pane in black rubber, with headrests behind it and the sky in it."""
    middle = outline.mean(0)
    rim = _rounded((outline - middle) * [1.035, 1.075] + middle, 2)
    painter.fill(rim, (20, 21, 23))
    pane = _rounded(outline, 2)
    dark = np.array([46, 56, 64]) * (0.7 if light.dusk else 1)
    painter.fill(pane, _mix(dark, light.zenith, 0.34), dark, dark * 0.72)
    low, high = outline.min(0), outline.max(0)
    foot, lintel = low[1] + 0.3 * (high[1] - low[1]), high[1] - 0.16 * (high[1] - low[1])
    through = _mirrored([(0.6 * high[0], foot), (0.5 * high[0], lintel)])
    painter.fill(_rounded(through, 2), _mix(light.low, (150, 165, 170), 0.5), alpha=0.32)
    for place in (-seats, seats):
        rest = _rounded(_rectangle(place - 0.13, low[1], place + 0.13, low[1] + 0.48 * (high[1] - low[1])), 2)
        painter.fill(rest, (24, 27, 31), alpha=0.75)
        back = _rectangle(place - 0.24, low[1] + 0.01, place + 0.24, low[1] + 0.2 * (high[1] - low[1]))
        painter.fill(_rounded(back, 2), (24, 27, 31), alpha=0.75)
    slant, span = rng.uniform(0.1, 0.25), high[0] - low[0]
    for start, wide in ((rng.uniform(0.12, 0.3), 0.13), (rng.uniform(0.5, 0.62), 0.05)):
        across = low[0] + np.array([start + slant, start + wide + slant, start + wide, start]) * span
        streak = np.column_stack([across, [high[1], high[1], low[1], low[1]]])
        inside = _inside(streak, pane)
        if inside is not None:
            painter.fill(inside, _mix(light.low, (255, 255, 255), 0.5), light.low, alpha=0.16)


def _inside(one: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """The polygon that two convex polygons share."""
    area, shared = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return shared[:, 0].astype(np.float64) if area > 0 and shared is not None else None


def _lamp(
    painter: _Painter, outline: np.ndarray, light: _Light, *, shine: Colour, colours: tuple[Colour, ...]
) -> None:
    """Lamps on both sides behind clear covers; by dusk they shine."""
    middle = outline.mean(0)
    painter.both(_rounded((outline - middle) * [1.05, 1.1] + middle, 2), (26, 24, 25))
    painter.both(_rounded(outline, 2), *colours, lit=light.dusk, edge=0.5 if light.dusk else 0.25)
    low, high = outline.min(0), outline.max(0)
    gloss = _rectangle(
        low[0] + 0.1 * (high[0] - low[0]),
        high[1] - 0.3 * (high[1] - low[1]),
        high[0] - 0.12 * (high[0] - low[0]),
        high[1] - 0.12 * (high[1] - low[1]),
    )
    painter.both(_rounded(gloss, 2), (255, 255, 255), alpha=0.35)
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
    hollow = _softened(-across - edge * 1.6, y - tall - edge, across + edge * 1.6, y + tall + edge, 0.03)
    painter.fill(hollow - [0, 0.008], _mix(paint, (255, 255, 255), 0.3), alpha=0.6)
    painter.fill(hollow, paint * 0.34, paint * 0.5, paint * 0.62)
    painter.fill(_rectangle(-across, y - tall, across, y + tall), paint * 0.46, paint * 0.54)
    return -across, y - tall, across, y + tall


def _badge(painter: _Painter, y: float, size: float) -> None:
    painter.fill(_ellipse(0, y, size, size), (236, 238, 240), (120, 124, 130))
    painter.fill(_ellipse(0, y, size * 0.74, size * 0.74), (46, 52, 62), (86, 94, 106))
    painter.fill(_ellipse(0, y, size * 0.34, size * 0.34), (220, 222, 226), (150, 154, 160))


def _rear(
    painter: _Painter,
    rng: np.random.Generator,
    light: _Light,
    body: _Body,
    paint: np.ndarray,
    roof: float,
    waist: float,
    plate: tuple[float, float],
) -> tuple[float, float, float, float]:
    half, top, belt = body.width / 2, body.height, body.belt
    seam = paint * 0.4
    bright = _mix(paint, (255, 255, 255), 0.35)
    # The pane narrows towards the roof as the pillars do.
    sill, head = belt + 0.045, top - 0.15
    wide, narrow = waist - 0.11, roof - 0.035
    pane = _mirrored([(0, sill - 0.01), (wide, sill), (wide, sill + 0.02), (narrow, head), (0, head + 0.015)])
    _window(painter, rng, light, pane, 0.4)
    spoiler = _mirrored(
        [
            (0, top - 0.115),
            (roof - 0.07, top - 0.125),
            (roof - 0.02, top - 0.09),
            (roof - 0.08, top - 0.03),
            (0, top - 0.018),
        ]
    )
    painter.fill(_rounded(spoiler, 2), bright, paint * 0.9, paint * 0.7)
    painter.fill(_rectangle(-0.14, top - 0.105, 0.14, top - 0.082), (150, 24, 26), lit=light.dusk)
    if body.doors:
        painter.line([(0, 0.5), (0, top - 0.13)], seam, 0.016)
        painter.fill(_rectangle(-0.035, sill - 0.03, 0.035, head + 0.03), paint * 0.9, paint * 0.75)
    else:
        painter.line([(0.0, sill + 0.0), (0.24, sill + 0.02), (0.46, sill + 0.045)], (16, 16, 17), 0.02)
        painter.fill(_ellipse(0, sill + 0.005, 0.035, 0.028), (22, 22, 23))

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
    strip = _rectangle(0.86 * half if body.tall_lights else 0.72 * half, y - 0.02, 0.93 * half, y + 0.02)
    painter.both(_rounded(strip, 1), (236, 226, 214), (220, 150, 90), alpha=0.9)

    bumper = _mirrored([
        (0, 0.24), (0.86 * half, 0.24), (0.97 * half, 0.32), (1.005 * half, 0.46),
        (0.985 * half, 0.57), (0.9 * half, 0.585), (0, 0.575),
    ])  # fmt: skip
    painter.fill(_rounded(bumper, 2), bright, paint * 0.96, paint * 0.82, paint * 0.52, edge=0.3)
    painter.line([(-0.985 * half, 0.577), (0, 0.585), (0.985 * half, 0.577)], seam, 0.012)
    skirt = _mirrored(
        [(0, 0.225), (0.82 * half, 0.225), (0.9 * half, 0.29), (0.72 * half, 0.345), (0, 0.345)]
    )
    painter.fill(_rounded(skirt, 2), (58, 59, 62), (28, 28, 30))
    painter.both(_rectangle(0.72 * half, 0.375, 0.92 * half, 0.405), (172, 30, 32), (120, 18, 22))

    place = _recess(painter, paint, seat, plate)
    grip = place[3] + 0.055
    if on_bumper:
        grip = belt - 0.3
        handle = _softened(-0.2, grip - 0.03, 0.2, grip + 0.03, 0.025)
        painter.fill(handle, paint * 0.4, paint * 0.7)
    else:
        chrome = (214, 217, 221) if rng.random() < 0.6 else paint * 0.9
        painter.fill(
            _rectangle(-0.34, grip - 0.022, 0.34, grip + 0.018),
            bright if chrome is paint else chrome,
            np.asarray(chrome) * 0.55,
        )
        for sign in (1, -1):
            painter.fill(
                _rectangle(sign * 0.12 - 0.03, grip - 0.034, sign * 0.12 + 0.03, grip - 0.02), (238, 234, 214)
            )
    if not body.doors:
        high = belt - (0.17 if on_bumper else 0.075)
        if high - 0.06 > grip + 0.02:
            _badge(painter, high, 0.052)
    return place


def _front(
    painter: _Painter,
    rng: np.random.Generator,
    light: _Light,
    body: _Body,
    paint: np.ndarray,
    roof: float,
    waist: float,
    plate: tuple[float, float],
) -> tuple[float, float, float, float]:
    half, top, belt = body.width / 2, body.height, body.belt
    seam = paint * 0.4
    bright = _mix(paint, (255, 255, 255), 0.35)
    sill, head = belt + 0.0, top - 0.09
    wide, narrow = waist - 0.05, roof - 0.03
    pane = _mirrored(
        [(0, sill - 0.02), (wide, sill), (narrow + 0.01, head - 0.02), (narrow, head), (0, head + 0.015)]
    )
    _window(painter, rng, light, pane, 0.38)
    painter.fill(_rounded(_rectangle(-0.09, head - 0.06, 0.09, head - 0.02), 2), (18, 18, 20))
    for shift in (-0.45, 0.1):
        painter.line(
            [(shift, sill + 0.02), (shift + 0.24, sill + 0.05), (shift + 0.46, sill + 0.055)],
            (14, 14, 15),
            0.018,
        )

    nose = belt - 0.26
    bonnet = _mirrored([
        (0, nose - 0.01), (0.55 * half, nose + 0.005), (0.9 * half, nose + 0.05),
        (0.93 * half, belt - 0.1), (wide + 0.03, belt), (0, belt + 0.02),
    ])  # fmt: skip
    sky = _mix(paint, light.low, 0.5)
    painter.fill(_rounded(bonnet, 2), paint * 0.8, sky, _mix(paint, light.low, 0.18), paint * 0.9, edge=0.2)
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
    grille = _mirrored(
        [
            (0, grille_low),
            (broad * 0.86, grille_low),
            (broad, grille_top - 0.02),
            (broad * 0.98, grille_top),
            (0, grille_top),
        ]
    )
    middle = grille.mean(0)
    rim = _rounded((grille - middle) * [1.05, 1.14] + middle, 2)
    painter.fill(rim, *((222, 224, 228), (120, 124, 130)) if rng.random() < 0.6 else ((30, 30, 32),))
    painter.fill(_rounded(grille, 2), (30, 31, 33), (14, 14, 15))
    for y in np.linspace(grille_low + 0.03, grille_top - 0.03, int(rng.integers(3, 6))):
        painter.fill(
            _rectangle(-broad * 0.9, y - 0.007, broad * 0.9, y + 0.007), (130, 134, 140), (60, 62, 66)
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
                _ellipse(sign * place * half, nose - 0.075, size, size),
                (236, 240, 244),
                (110, 118, 128),
                lit=light.dusk,
            )
            inner = (255, 255, 250) if light.dusk else (62, 70, 80)
            painter.fill(
                _ellipse(sign * place * half, nose - 0.075, size * 0.62, size * 0.62), inner, lit=light.dusk
            )
            shine = _ellipse(sign * place * half - 0.012, nose - 0.06, size * 0.22, size * 0.22)
            painter.fill(shine, (255, 255, 255), alpha=0.9)

    bumper = _mirrored([
        (0, 0.24), (0.84 * half, 0.24), (0.96 * half, 0.31), (1.0 * half, 0.44),
        (0.985 * half, 0.535), (0.7 * half, 0.55), (0, 0.53),
    ])  # fmt: skip
    painter.fill(_rounded(bumper, 2), bright, paint * 0.95, paint * 0.8, paint * 0.5, edge=0.3)
    intake = _mirrored(
        [(0, 0.255), (0.5 * half, 0.255), (0.58 * half, 0.345), (0.54 * half, 0.36), (0, 0.36)]
    )
    painter.fill(_rounded(intake, 2), (24, 24, 26), (12, 12, 13))
    for y in (0.285, 0.315):
        painter.fill(_rectangle(-0.5 * half, y - 0.005, 0.5 * half, y + 0.005), (54, 55, 58))
    pocket = np.array([[0.66, 0.29], [0.88, 0.31], [0.9, 0.4], [0.7, 0.385]]) * [half, 1]
    painter.both(_rounded(pocket, 2), (30, 30, 32), (16, 16, 17))
    for sign in (1, -1):
        painter.fill(_ellipse(sign * 0.79 * half, 0.345, 0.034, 0.034), (224, 228, 232), (130, 136, 144))
    painter.line([(-0.8 * half, 0.235), (0.8 * half, 0.235)], (24, 24, 26), 0.03)
    return _recess(painter, paint, 0.445 if plate[1] < 140 else 0.46, plate)
