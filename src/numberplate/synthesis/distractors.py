"""Things that are no plates but have been taken for them: lights, grilles, badges, signs, timestamps."""

import cv2
import numpy as np

from numberplate.synthesis.flat import random_words
from numberplate.synthesis.lettering import FontLettering, Letterings, spell

_COMMON_COLOURS = (
    (230, 30, 30),
    (240, 240, 240),
    (250, 160, 30),
    (20, 20, 20),
    (40, 70, 180),
    (150, 150, 150),
)


def distract(picture: np.ndarray, letterings: Letterings, rng: np.random.Generator) -> None:
    """Draws none to five such things on `picture`, in place."""
    for _ in range(int(rng.choice([0, 1, 2, 3, 5], p=[0.2, 0.25, 0.25, 0.2, 0.1]))):
        height, width = picture.shape[:2]
        size = float(np.exp(rng.uniform(np.log(10), np.log(max(12, width * 0.45)))))
        box = (
            rng.uniform(-0.1, 1) * width,
            rng.uniform(-0.1, 1) * height,
            size,
            size * rng.uniform(0.15, 0.7),
        )
        kinds = (_lamp, _stripes, _blank, _sign, _badge, _timestamp, _checks)
        kinds[int(rng.choice(len(kinds), p=[0.2, 0.15, 0.1, 0.15, 0.23, 0.13, 0.04]))](
            picture, letterings, box, rng
        )


_Box = tuple[float, float, float, float]


def _colour(rng: np.random.Generator) -> tuple[float, ...]:
    if rng.random() < 0.6:
        base = np.array(_COMMON_COLOURS[int(rng.integers(len(_COMMON_COLOURS)))], float)
        return tuple(np.clip(base + rng.normal(0, 20, 3), 0, 255).tolist())
    return tuple(rng.uniform(0, 255, 3).tolist())


def _corner(box: _Box) -> tuple[tuple[int, int], tuple[int, int]]:
    x, y, width, height = box
    return (round(x), round(y)), (round(x + width), round(y + height))


def _lamp(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """A tail light or headlight, lit or not, with a bright core and often the ribs of its glass."""
    x, y, width, height = box
    centre = (round(x + width / 2), round(y + height / 2))
    axes = (max(1, round(width / 2)), max(1, round(height / 2)))
    colour = _colour(rng)
    if rng.random() < 0.5:
        cv2.rectangle(picture, *_corner(box), colour, -1)
    else:
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
    core = tuple(float(min(255, c + 120)) for c in colour)
    cv2.ellipse(
        picture, centre, (max(1, axes[0] // 2), max(1, axes[1] // 2)), 0, 0, 360, core, -1, cv2.LINE_AA
    )
    if rng.random() < 0.5:
        shade = tuple(c * rng.uniform(0.4, 0.9) for c in colour)
        for i in range(1, ribs := int(rng.integers(3, 14))):
            along = round(x + i * width / ribs)
            cv2.line(picture, (along, round(y + height * 0.1)), (along, round(y + height * 0.9)), shade, 1)


def _stripes(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """A grille, a fence, a zebra crossing: bars with even gaps, upright or lying."""
    x, y, width, height = box
    colour, ground = _colour(rng), _colour(rng)
    if rng.random() < 0.6:
        cv2.rectangle(picture, *_corner(box), ground, -1)
    count = int(rng.integers(3, 12))
    upright = rng.random() < 0.6
    step = (width if upright else height) / count
    thick = max(1, round(step * rng.uniform(0.25, 0.7)))
    slant = rng.normal(0, 0.2) * step
    for i in range(count):
        if upright:
            a, b = (x + (i + 0.5) * step, y), (x + (i + 0.5) * step + slant, y + height)
        else:
            a, b = (x, y + (i + 0.5) * step), (x + width, y + (i + 0.5) * step + slant)
        cv2.line(picture, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), colour, thick, cv2.LINE_AA)


def _blank(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """A light panel with nothing on it: a window, a sticker, an empty plate's place."""
    cv2.rectangle(picture, *_corner(box), _colour(rng), -1)
    if rng.random() < 0.4:
        cv2.rectangle(picture, *_corner(box), _colour(rng), max(1, round(box[3] * 0.06)))


def _write(picture: np.ndarray, mask: np.ndarray, x: float, y: float, colour: tuple[float, ...]) -> None:
    left, top = max(0, round(x)), max(0, round(y))
    mask = mask[max(0, -round(y)) :, max(0, -round(x)) :]
    part = picture[top : top + mask.shape[0], left : left + mask.shape[1]]
    if part.size and mask.size:
        alpha = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
        part[:] = (part + alpha * (np.array(colour, np.float32) - part)).astype(np.uint8)


def _words(letterings: Letterings, text: str, height: float, rng: np.random.Generator) -> np.ndarray:
    font = letterings.small(rng)
    mask = font.word(text) if isinstance(font, FontLettering) else spell(letterings.pick(("*",), rng), text)
    if mask.size == 0:
        return np.zeros((1, 1), np.uint8)
    scale = max(3.0, height) / mask.shape[0]
    return cv2.resize(
        mask, (max(1, round(mask.shape[1] * scale)), max(1, round(height))), interpolation=cv2.INTER_AREA
    )


def _sign(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """A shop's or road sign, a bumper sticker, a telephone number on a van: two or three lines of words."""
    x, y, width, height = box
    lines = int(rng.integers(2, 4))
    if rng.random() < 0.75:
        cv2.rectangle(picture, *_corner((x, y, width, height)), _colour(rng), -1)
    colour = _colour(rng)
    for i in range(lines):
        words = random_words(rng)
        words = words.lower() if rng.random() < 0.3 else words.title() if rng.random() < 0.5 else words
        mask = _words(letterings, words, height / lines * 0.7, rng)
        if mask.shape[1] > width * 0.95:
            mask = cv2.resize(
                mask, (max(1, round(width * 0.95)), mask.shape[0]), interpolation=cv2.INTER_AREA
            )
        _write(picture, mask, x + (width - mask.shape[1]) / 2, y + (i + 0.15) * height / lines, colour)


def _badge(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """A maker's or model's name, or rings, right on the bodywork, with no panel behind them."""
    x, y, width, height = box
    colour = _colour(rng)
    if rng.random() < 0.25:
        radius = max(2, round(height / 2))
        for i in range(int(rng.integers(1, 5))):
            centre = (round(x + i * 1.5 * radius), round(y + radius))
            cv2.circle(picture, centre, radius, colour, max(1, radius // 5), cv2.LINE_AA)
        return
    words = random_words(rng).split()[0]
    words = words.title() if rng.random() < 0.4 else words
    mask = _words(letterings, words, min(height, 1.6 * width / len(words)), rng)
    if rng.random() < 0.4:
        # Raised chrome letters: a bright edge on one side, a dark one on the other.
        _write(picture, mask, x + 1, y + 1, tuple(255 - c for c in colour))
    _write(picture, mask, x, y, colour)


def _timestamp(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """A date and time burnt into the frame at a corner, in one line or two, often with a dark outline."""
    height, width = picture.shape[:2]
    day, month, hour, minute = (
        rng.integers(1, 29),
        rng.integers(1, 13),
        rng.integers(0, 24),
        rng.integers(0, 60),
    )
    date = f"{rng.integers(2005, 2035)}-{month:02d}-{day:02d}"
    time = f"{hour:02d}:{minute:02d}:{rng.integers(0, 60):02d}"
    lines = [date, time] if rng.random() < 0.45 else [f"{date} {time}"]
    if rng.random() < 0.3:
        lines[0] = f"CAM {rng.integers(1, 20)} {lines[0]}"
    size = height * rng.uniform(0.025, 0.09)
    masks = [_words(letterings, line, size, rng) for line in lines]
    whole = max(mask.shape[1] for mask in masks)
    tall = 1.3 * size * len(lines)
    top = rng.uniform(0, size) if rng.random() < 0.5 else height - tall - rng.uniform(0, size)
    left = rng.uniform(0, size) if rng.random() < 0.5 else max(0.0, width - whole - rng.uniform(0, size))
    outlined = rng.random() < 0.5
    if rng.random() < 0.3:
        cv2.rectangle(picture, *_corner((left - 2, top - 2, whole + 4, tall + 2)), (0.0, 0.0, 0.0), -1)
    for i, mask in enumerate(masks):
        x, y = left + rng.choice([0.0, whole - mask.shape[1]]), top + 1.3 * size * i
        if outlined:
            edge = cv2.dilate(
                cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT), np.ones((3, 3), np.uint8)
            )
            _write(picture, edge, x - 1, y - 1, (10.0, 10.0, 10.0))
        _write(picture, mask, x, y, (245.0, 245.0, 245.0))


def _checks(picture: np.ndarray, letterings: Letterings, box: _Box, rng: np.random.Generator) -> None:
    """Windows of a house, tiles, a taxi's checks."""
    x, y, width, height = box
    columns, rows = int(rng.integers(3, 9)), int(rng.integers(2, 4))
    one, other = _colour(rng), _colour(rng)
    for i in range(columns):
        for j in range(rows):
            cell = (x + i * width / columns, y + j * height / rows, width / columns, height / rows)
            cv2.rectangle(picture, *_corner(cell), one if (i + j) % 2 else other, -1)
