"""Pictures that lie behind a plate's text: skies, hills, suns, trees, stripes, rainbows and silhouettes."""

from collections.abc import Callable

import cv2
import numpy as np

from numberplate.plates.shares import Shares
from numberplate.synthesis.paint import tint

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

_SKIES = (
    ((90, 150, 220), (235, 240, 245)),
    ((245, 190, 90), (235, 90, 60)),
    ((250, 225, 120), (245, 150, 60)),
    ((40, 90, 170), (250, 180, 120)),
    ((120, 190, 230), (250, 245, 210)),
    ((240, 240, 240), (160, 200, 230)),
    ((200, 225, 190), (250, 250, 235)),
    ((225, 190, 215), (250, 235, 200)),
)
_LANDS = (
    (40, 110, 60), (90, 140, 70), (60, 80, 140), (120, 70, 140), (190, 100, 50), (200, 160, 90),
    (130, 60, 40), (30, 60, 110), (110, 130, 150), (220, 200, 140), (30, 90, 90), (170, 40, 50),
)  # fmt: skip

_Canvas = np.ndarray


def paint_picture(
    picture: _Canvas, paper: np.ndarray, ink: np.ndarray, text: tuple[float, float], rng: np.random.Generator
) -> None:
    """Paints a picture over a plate, in place.

    Args:
        picture: uint8 (height, width, 3), the plate in its paper's colour.
        paper, ink: float32 (3,), 0..255.
        text: where the text begins and ends, as shares of the height: what comes too near to the ink's
            brightness between them is drawn paler.
        rng: decides what is painted.
    """
    height = picture.shape[0]
    strong = rng.random() < 0.6
    canvas = picture.copy()
    if rng.random() < 0.75:
        _sky(canvas, paper, rng)
    for _ in range(int(rng.integers(1, 4 if strong else 2))):
        _MOTIFS.draw(rng)(canvas, rng)
    for edge in (0, 1):
        if rng.random() < 0.3:
            _edge(canvas, edge, text, rng)
    strength = float(rng.uniform(0.55, 1) if strong else rng.uniform(0.15, 0.5))
    mixed = cv2.addWeighted(canvas, strength, picture, 1 - strength, 0)
    # The text must keep its contrast: the picture keeps away from the ink's brightness where the text runs.
    top, bottom = (int(np.clip(share * height, 0, height)) for share in text)
    rows = mixed[top:bottom].astype(np.float32)
    distance = np.abs(rows @ _LUMA - float(ink @ _LUMA))
    least = rng.uniform(65, 100)
    towards = np.clip((least - distance) / max(1.0, float(abs((paper - ink) @ _LUMA)) - least), 0, 1)
    mixed[top:bottom] = np.clip(rows + towards[..., None] * (paper - rows), 0, 255)
    picture[:] = mixed


def _colour(rng: np.random.Generator, spread: float = 22) -> np.ndarray:
    base = np.array(_LANDS[int(rng.integers(len(_LANDS)))], np.float32)
    return np.clip(base + rng.normal(0, spread, 3), 0, 255).astype(np.float32)


def _sky(canvas: _Canvas, paper: np.ndarray, rng: np.random.Generator) -> None:
    """A gradient from top to bottom, or from the edges inwards, between the paper and strong colours."""
    height = canvas.shape[0]
    one, other = (
        np.array(c, np.float32) + rng.normal(0, 15, 3) for c in _SKIES[int(rng.integers(len(_SKIES)))]
    )
    if rng.random() < 0.35:
        one = paper
    elif rng.random() < 0.3:
        other = paper
    if rng.random() < 0.25:
        one, other = other, one
    ramp = np.linspace(0, 1, height, dtype=np.float32) ** float(rng.uniform(0.5, 2))
    if rng.random() < 0.2:
        ramp = np.abs(2 * ramp - 1)
    canvas[:] = np.clip(one + ramp[:, None, None] * (other - one), 0, 255)


def _edge(canvas: _Canvas, edge: int, text: tuple[float, float], rng: np.random.Generator) -> None:
    """A strip of one colour along the top (0) or the bottom (1), level, waved or pointed, beside the text."""
    height, width = canvas.shape[:2]
    room = text[0] if edge == 0 else 1 - text[1]
    thick = room * float(rng.uniform(0.6, 1.05)) * height
    if thick < 3:
        return
    steps = np.arange(13) / 12
    wave = rng.choice([0.0, 0.0, 0.08, 0.2]) * thick * np.sin(2 * np.pi * (steps * rng.uniform(0.5, 4)))
    inner = thick + wave if edge == 0 else height - thick + wave
    outer = -2.0 if edge == 0 else height + 2.0
    outline = np.vstack([np.stack([steps * width, inner], 1), [[width, outer], [0, outer]]])
    _fill(canvas, outline, _colour(rng), 1.0)


def _fill(canvas: _Canvas, outline: np.ndarray, colour: np.ndarray, strength: float) -> None:
    mask: np.ndarray = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 255, cv2.LINE_AA)
    tint(canvas, mask, 0, 0, colour, strength)


def _hills(canvas: _Canvas, rng: np.random.Generator) -> None:
    """One to four ridges, the nearer the lower, peaked or round, some with snow."""
    height, width = canvas.shape[:2]
    level = rng.uniform(0.25, 0.75)
    for _ in range(int(rng.integers(1, 5))):
        count = int(rng.integers(5, 22))
        columns = np.linspace(0, width, count)
        ridge = height * (level + rng.normal(0, rng.uniform(0.02, 0.12), count))
        if rng.random() < 0.4:
            columns = np.linspace(0, width, 60)
            ridge = np.interp(columns, np.linspace(0, width, count), ridge)
            ridge = np.convolve(np.pad(ridge, 4, mode="edge"), np.ones(9) / 9, mode="valid")
        outline = np.vstack([np.stack([columns, ridge], 1), [[width, height + 2], [0, height + 2]]])
        _fill(canvas, outline, _colour(rng), float(rng.uniform(0.5, 1)))
        if rng.random() < 0.3:
            snow = np.vstack(
                [np.stack([columns, ridge], 1), np.stack([columns, ridge + 0.06 * height], 1)[::-1]]
            )
            _fill(canvas, snow, np.full(3, 245, np.float32), 0.9)
        level += rng.uniform(0.06, 0.2)


def _sun(canvas: _Canvas, rng: np.random.Generator) -> None:
    """A disc low or high, often with rays, as in Arizona and New Mexico."""
    height, width = canvas.shape[:2]
    centre = np.array([rng.uniform(0.1, 0.9) * width, rng.uniform(0, 0.9) * height])
    radius = height * rng.uniform(0.08, 0.4)
    colour = np.array([250, rng.uniform(120, 230), rng.uniform(20, 120)], np.float32)
    if rng.random() < 0.5:
        reach = radius * rng.uniform(1.5, 8)
        for angle in np.arange(count := int(rng.integers(8, 30))) * 2 * np.pi / count:
            half = np.pi / count * 0.6
            ends = [centre + reach * np.array([np.cos(angle + d), np.sin(angle + d)]) for d in (-half, half)]
            _fill(canvas, np.array([centre, *ends]), colour, 0.5)
    mask: np.ndarray = np.zeros(canvas.shape[:2], np.uint8)
    cv2.circle(mask, (round(centre[0]), round(centre[1])), max(1, round(radius)), 255, -1, cv2.LINE_AA)
    tint(canvas, mask, 0, 0, colour, float(rng.uniform(0.6, 1)))


def _rainbow(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Bent or straight stripes side by side: a rainbow, a flag, a ribbon."""
    height, width = canvas.shape[:2]
    count = int(rng.integers(2, 8))
    thick = max(1, round(height * rng.uniform(0.02, 0.1)))
    hues = rng.permutation(180)[:count] if rng.random() < 0.4 else np.linspace(0, 140, count)
    bent = rng.random() < 0.6
    centre = (round(width * rng.uniform(0.2, 0.8)), round(height * rng.uniform(0.9, 2.2)))
    radius = centre[1] - height * rng.uniform(0.0, 0.5)
    start, lean = height * rng.uniform(-0.1, 0.9), rng.choice([0.0, 0.0, 0.3, -0.3]) * height
    for i, hue in enumerate(hues):
        colour = cv2.cvtColor(np.array([[[int(hue), 200, 225]]], np.uint8), cv2.COLOR_HSV2RGB)[0, 0]
        mask: np.ndarray = np.zeros(canvas.shape[:2], np.uint8)
        if bent:
            cv2.circle(mask, centre, max(1, round(radius - i * thick)), 255, thick, cv2.LINE_AA)
        else:
            y = start + i * thick
            cv2.line(mask, (0, round(y)), (width, round(y + lean)), 255, thick, cv2.LINE_AA)
        tint(canvas, mask, 0, 0, colour.astype(np.float32), float(rng.uniform(0.4, 0.9)))


def _trees(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Firs: one large, or a row along the foot."""
    height, width = canvas.shape[:2]
    count = 1 if rng.random() < 0.4 else int(rng.integers(4, 25))
    colour = np.array([20, 80, 50], np.float32) + rng.normal(0, 20, 3)
    for _ in range(count):
        tall = height * (rng.uniform(0.4, 1) if count == 1 else rng.uniform(0.12, 0.35))
        x, foot = rng.uniform(0, 1) * width, height * rng.uniform(0.85, 1.02)
        for i in range(4):
            y, half = foot - tall * (0.25 * i), tall * (0.3 - 0.06 * i)
            outline = np.array([[x - half, y], [x + half, y], [x, y - 0.4 * tall]])
            _fill(canvas, outline, np.clip(colour, 0, 255), 0.95)


def _silhouette(canvas: _Canvas, rng: np.random.Generator) -> None:
    """An animal, a state, a flower, a bird: a ragged figure of one colour, with patches of others on it."""
    height, width = canvas.shape[:2]
    # Beside the text more often than in its middle.
    x = rng.choice([rng.uniform(0, 0.25), rng.uniform(0.25, 0.75), rng.uniform(0.75, 1)], p=[0.5, 0.2, 0.3])
    centre = np.array([x * width, rng.uniform(0.2, 0.8) * height])
    size = height * rng.uniform(0.15, 0.6)
    for _ in range(int(rng.integers(1, 6))):
        n = int(rng.integers(6, 22))
        angles = np.sort(rng.uniform(0, 2 * np.pi, n))
        radii = size * rng.uniform(0.3, 1, n)
        outline = centre + np.stack(
            [np.cos(angles) * radii * rng.uniform(0.5, 1.2), np.sin(angles) * radii], 1
        )
        _fill(canvas, outline, _colour(rng, 45), float(rng.uniform(0.6, 1)))
        centre = centre + rng.normal(0, size * 0.5, 2)
        size *= rng.uniform(0.3, 0.9)


def _arch(canvas: _Canvas, rng: np.random.Generator) -> None:
    """A rock arch, a bridge, a lighthouse, a skyline: upright bodies with straight sides."""
    height, width = canvas.shape[:2]
    colour = _colour(rng)
    if rng.random() < 0.4:
        x, half = width * rng.uniform(0.3, 0.7), height * rng.uniform(0.2, 0.5)
        top = height * rng.uniform(0.1, 0.4)
        mask: np.ndarray = np.zeros(canvas.shape[:2], np.uint8)
        axes = (max(1, round(half)), max(1, round(height - top)))
        thick = max(1, round(half * rng.uniform(0.2, 0.6)))
        cv2.ellipse(mask, (round(x), height), axes, 0, 180, 360, 255, thick, cv2.LINE_AA)
        tint(canvas, mask, 0, 0, colour, float(rng.uniform(0.6, 1)))
        return
    x = 0.0
    foot = height * rng.uniform(0.7, 1)
    while x < width:
        wide = width * rng.uniform(0.01, 0.08)
        y = foot - height * rng.uniform(0.05, 0.6)
        _fill(canvas, np.array([[x, y], [x + wide, y], [x + wide, foot], [x, foot]]), colour, 0.7)
        x += wide * rng.uniform(1, 3)


def _water(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Waves, furrows or clouds: many thin level strokes."""
    height, width = canvas.shape[:2]
    colour = _colour(rng) if rng.random() < 0.6 else np.full(3, 250, np.float32)
    mask: np.ndarray = np.zeros(canvas.shape[:2], np.uint8)
    columns = np.linspace(0, width, 40)
    thick = max(1, round(height * rng.uniform(0.004, 0.02)))
    for y in np.arange(rng.uniform(0.1, 0.7), 1, rng.uniform(0.03, 0.12)) * height:
        rise = height * rng.uniform(0, 0.04)
        waved = y + rise * np.sin(columns / width * rng.uniform(5, 60) + rng.uniform(0, 6))
        line = np.rint(np.stack([columns, waved], 1)).astype(np.int32)
        cv2.polylines(mask, [line], False, 255, thick, cv2.LINE_AA)
    tint(canvas, mask, 0, 0, colour, float(rng.uniform(0.3, 0.9)))


_MOTIFS: Shares[Callable[[_Canvas, np.random.Generator], None]] = Shares(
    {_hills: 0.3, _sun: 0.1, _rainbow: 0.1, _trees: 0.12, _silhouette: 0.22, _arch: 0.08, _water: 0.08}
)
