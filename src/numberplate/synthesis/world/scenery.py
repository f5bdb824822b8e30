"""Drawn scenery: sky, asphalt, buildings, trees, a street or a car park, in metres."""

from functools import cache

import cv2
import numpy as np

from numberplate.synthesis.paint import tint
from numberplate.synthesis.world.canvas import Canvas, Light, View, ellipse, mix, rectangle, rounded
from numberplate.synthesis.world.car import BODIES, PLATES, car

_WALLS = (
    (164, 92, 74), (142, 76, 62), (206, 190, 160), (224, 214, 196), (186, 182, 176), (212, 176, 140),
    (178, 196, 200), (226, 204, 150), (150, 142, 134),
)  # fmt: skip
_ROOFS = ((92, 58, 50), (70, 70, 76), (118, 72, 56), (84, 78, 74))


def sky(canvas: Canvas, rng: np.random.Generator, view: View, light: Light) -> None:
    bottom = float(np.clip(view.horizon + 4, 8, canvas.height))
    whole = np.array([[0, 0], [canvas.width, 0], [canvas.width, bottom], [0, bottom]], np.float64)
    canvas.ramp(
        whole, [(0, light.zenith), (0.6, mix(light.zenith, light.low, 0.6)), (1, light.low)], lit=True
    )
    for _ in range(int(rng.integers(0, 6))):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, 0.75) * bottom
        size = rng.uniform(0.06, 0.22) * canvas.width
        colour = mix(light.low, (255, 255, 255), 0.1 if light.dusk else 0.7)
        for _ in range(3):
            cloud = ellipse(
                x + rng.normal(0, 0.5) * size,
                y + rng.normal(0, 0.06) * size,
                size,
                size * rng.uniform(0.08, 0.2),
            )
            canvas.ramp(cloud, [(0, colour), (1, colour)], alpha=0.4, soft=size * 0.1, lit=True)
    hills = np.linspace(-0.1, 1.1, 14) * canvas.width
    tops = view.horizon - rng.uniform(0.01, 0.09, 14) * canvas.height
    outline = np.concatenate([np.stack([hills, tops], 1), [[hills[-1], bottom], [hills[0], bottom]]])
    canvas.polygon(rounded(outline, 2), mix((92, 112, 96), light.low, 0.45))


def _asphalt(canvas: Canvas, rng: np.random.Generator, view: View, start: float) -> None:
    """The ground from row `start` on, with grain that grows finer and fainter into the distance."""
    grey = rng.uniform(86, 122)
    colour = np.array([grey, grey * rng.uniform(0.98, 1.01), grey * rng.uniform(0.98, 1.06)])
    width, height = canvas.width, canvas.height
    first = int(np.clip(start, 0, height - 2))
    whole = np.array([[0, first], [width, first], [width, height], [0, height]], np.float64)
    canvas.ramp(whole, [(0, colour * 1.12), (0.4, colour), (1, colour * 0.86)])
    side, tile = 8.0, _grain()
    rows = len(tile)
    near = view.focal * view.eye / max(1.0, height - view.horizon)
    shift = rng.uniform(-3, 3)
    corners = view.ground(shift - side, near, shift + side, near + 2 * side) - [0, first]
    square = np.array([[0, 0], [rows, 0], [rows, rows], [0, rows]], np.float32)
    matrix = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    grain = cv2.warpPerspective(tile, matrix, (width, height - first), borderMode=cv2.BORDER_REFLECT)
    fade = np.linspace(0, 1, len(grain), dtype=np.float32)[:, None] ** 0.7 * np.float32(
        rng.uniform(3, 6.5) * canvas.tone.mean()
    )
    part = canvas.picture[first:]
    part[:] = cv2.add(part, cv2.merge([grain * fade] * 3), dtype=cv2.CV_8U)


@cache
def _grain() -> np.ndarray:
    """float32 (384, 384): the unevenness of asphalt, fine and coarse."""
    tile = np.random.default_rng(1).standard_normal((384, 384), dtype=np.float32)
    return tile + 2.4 * cv2.GaussianBlur(tile, (0, 0), 2) + 9 * cv2.GaussianBlur(tile, (0, 0), 12)


def _building(
    canvas: Canvas,
    rng: np.random.Generator,
    view: View,
    light: Light,
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
    glass = mix((66, 82, 98), light.low, 0.18)
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
            wide = np.ptp(pane[:, 0])
            if wide > 5:
                canvas.polygon(on(s - half - 0.08, low - 0.08, s + half + 0.08, high + 0.08), frame)
            if lit:
                canvas.ramp(pane, [(0, (250, 214, 140)), (1, (214, 160, 90))], lit=True)
            else:
                canvas.ramp(pane, [(0, glass * shine), (1, glass * 0.75)])
            if wide > 9:
                canvas.polygon(on(s - 0.03, low, s + 0.03, high), frame)
                canvas.polygon(on(s - half - 0.16, low - 0.2, s + half + 0.16, low - 0.08), wall * 0.78)


def _leaves(canvas: Canvas, rng: np.random.Generator, outline: np.ndarray, number: int, size: float) -> None:
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
    canvas.discs(
        middle + np.stack([xs, ys], 1) * reach,
        size * rng.uniform(0.5, 1.2, number),
        green * shades[:, None],
    )


def _tree(canvas: Canvas, rng: np.random.Generator, view: View, x: float, z: float, height: float) -> None:
    trunk = np.array([[-0.16, 0], [0.16, 0], [0.1, height * 0.6], [-0.1, height * 0.6]])
    canvas.ramp(view.upright(trunk, x, z), [(0, (70, 56, 44)), (1, (104, 86, 68))])
    crown = view.upright(ellipse(0, height * 0.68, height * rng.uniform(0.24, 0.32), height * 0.34), x, z)
    radius = view.focal / z * height * 0.055
    _leaves(canvas, rng, crown, 70 if radius > 4 else 30, radius)


def _hedge(
    canvas: Canvas, rng: np.random.Generator, view: View, left: float, right: float, z: float, height: float
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
    canvas.discs(low + places * (high - low), scale * rng.uniform(0.04, 0.14, 220), green * shades[:, None])


def road(canvas: Canvas, rng: np.random.Generator, view: View, light: Light, x: float, z: float) -> None:
    """A street that runs away from the camera between buildings and trees; the car is in one lane."""
    _asphalt(canvas, rng, view, view.horizon)
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
        paved = edge + out * (1.9 if green else fronts)
        joints = [[[kerb, 0.1, z], [paved, 0.1, z]] for z in np.arange(np.ceil(near), 24, 1.2)]
        canvas.lines(view.at(np.reshape(joints, (-1, 3))).reshape(-1, 2, 2), paving * 0.93)
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
        other = BODIES[int(rng.integers(len(BODIES)))]
        car(canvas, rng, view, light, other, x - side * 3.4, z + rng.uniform(18, 40), False, PLATES[0])


def car_park(canvas: Canvas, rng: np.random.Generator, view: View, light: Light, x: float, z: float) -> None:
    """A bay in front of a building, a hedge or a fence."""
    depth = z + rng.uniform(5.2, 8.5)
    kind = rng.random()
    lawn = rectangle(0, canvas.height, canvas.width, view.horizon)
    canvas.ramp(lawn, [(0, mix((112, 132, 88), light.low, 0.3)), (1, (98, 120, 72))])
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
        front = view.upright(rectangle(-span, 0, span, top), 0, depth)
        canvas.ramp(front, [(0, sheet * 1.1), (1, sheet * 0.88)])
        for place in np.arange(-span, span, 0.45):
            canvas.polygon(view.upright(rectangle(place, 0, place + 0.16, top), 0, depth), sheet * 0.86, 0.6)
        canvas.polygon(view.upright(rectangle(-span, top - 0.3, span, top), 0, depth), sheet * 0.62)
        canvas.polygon(view.upright(rectangle(-span, 0, span, 0.4), 0, depth), (120, 116, 112))
        gate = rng.uniform(-span / 2, span / 2)
        door = view.upright(rectangle(gate - 1.8, 0, gate + 1.8, 2.8), 0, depth)
        canvas.ramp(door, [(0, sheet * 0.7), (1, sheet * 0.55)])
        bars = np.array([[[gate - 1.8, bar], [gate + 1.8, bar]] for bar in np.arange(0.35, 2.8, 0.35)])
        canvas.lines(view.upright(bars.reshape(-1, 2), 0, depth).reshape(-1, 2, 2), sheet * 0.5)
    _asphalt(canvas, rng, view, view.at([[0, 0.0, depth]])[0, 1])
    paving = np.array([170, 165, 157]) * rng.uniform(0.85, 1.05)
    kerb = depth - rng.uniform(0.8, 1.6)
    canvas.ramp(view.ground(-span, kerb, span, depth, 0.1), [(0, paving), (1, paving * 1.04)])
    canvas.polygon(view.upright(rectangle(-span, 0, span, 0.1), 0, kerb), paving * 0.62)
    joints = [[[joint, 0.1, kerb], [joint, 0.1, depth]] for joint in np.arange(-span, span, 0.9)]
    canvas.lines(view.at(np.reshape(joints, (-1, 3))).reshape(-1, 2, 2), paving * 0.92)
    white = (212, 212, 206) if rng.random() < 0.8 else (210, 176, 76)
    bay, wide = rng.uniform(2.5, 3.0), rng.uniform(0.09, 0.13)
    for i in range(-4, 4):
        line = x + (i + 0.5) * bay
        canvas.polygon(view.ground(line - wide / 2, z - 0.7, line + wide / 2, kerb), white, 0.85)


def haze(canvas: Canvas, view: View, light: Light, strength: float) -> None:
    """Pales what is far away: most at the horizon, ever less below it."""
    rows = np.arange(canvas.height, dtype=np.float32)
    below = np.clip((rows - view.horizon) / (canvas.height - view.horizon + 1), 0, 1)
    veil = (255 * strength * (1 - below) ** 3).astype(np.uint8)[:, None]
    tint(canvas.picture, cv2.resize(veil, (canvas.width, canvas.height)), 0, 0, light.low)
