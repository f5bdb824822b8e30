"""Things that are no plates but have been taken for them: lights, grilles, badges, signs, timestamps.

None of them could be a plate: on what looks like one stands a word in small letters, a price, a number that
is far too long, or nothing; and what could be a plate's text stands on no plate.
"""

from collections.abc import Callable

import cv2
import numpy as np

from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.plates.pattern import LETTERS
from numberplate.plates.shares import Shares
from numberplate.synthesis.paint import blend, tint
from numberplate.synthesis.plate.flat import random_words
from numberplate.synthesis.pose import homography, random_pose
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.type.pixels import dotted
from numberplate.synthesis.world.surroundings import surround

_COMMON_COLOURS = (
    (230, 30, 30),
    (240, 240, 240),
    (250, 160, 30),
    (20, 20, 20),
    (40, 70, 180),
    (150, 150, 150),
)

_LEGIBLE = 48.0
"""Least width in pixels of a panel like a plate: a smaller one could be a plate, for all that can be read."""

_COUNTS = Shares({0: 0.2, 1: 0.25, 2: 0.25, 3: 0.2, 5: 0.1})
"""How many things `distract` draws."""

Box = tuple[float, float, float, float]
"""x, y, width, height."""


def distract(picture: np.ndarray, letterings: Letterings, rng: np.random.Generator) -> None:
    """Draws none to five such things on `picture`, in place."""
    for _ in range(_COUNTS.draw(rng)):
        height, width = picture.shape[:2]
        size = float(np.exp(rng.uniform(np.log(10), np.log(max(12, width * 0.45)))))
        x, y = rng.uniform(-0.1, 1) * width, rng.uniform(-0.1, 1) * height
        draw = _DRAWN.draw(rng)
        draw(picture, letterings, (x, y, size, size * rng.uniform(0.15, 0.7)), rng)


def _colour(rng: np.random.Generator) -> tuple[float, ...]:
    if rng.random() < 0.6:
        base = np.array(_COMMON_COLOURS[int(rng.integers(len(_COMMON_COLOURS)))], float)
        return tuple(np.clip(base + rng.normal(0, 20, 3), 0, 255).tolist())
    return tuple(rng.uniform(0, 255, 3).tolist())


def _contrast(ground: tuple[float, ...], rng: np.random.Generator) -> tuple[float, ...]:
    """A colour to write with on `ground`."""
    light = float(np.mean(ground)) < 128
    return tuple((rng.uniform(170, 255, 3) if light else rng.uniform(0, 85, 3)).tolist())


def _corner(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    x, y, width, height = box
    return (round(x), round(y)), (round(x + width), round(y + height))


def _lamp(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
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


def _stripes(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A grille, a fence, a zebra crossing: bars with even gaps, upright or lying, at times with a rim."""
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
    if rng.random() < 0.3:
        cv2.rectangle(picture, *_corner(box), _colour(rng), max(1, round(0.06 * height)))


def _blank(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A light panel with nothing on it: a window, a sticker, an empty plate's place."""
    cv2.rectangle(picture, *_corner(box), _colour(rng), -1)
    if rng.random() < 0.4:
        cv2.rectangle(picture, *_corner(box), _colour(rng), max(1, round(box[3] * 0.06)))


def _windows(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """Windows of a house in their frames, in a row or two; tiles; a taxi's checks."""
    x, y, width, height = box
    columns, rows = int(rng.integers(3, 9)), int(rng.integers(2, 4))
    one, other = _colour(rng), _colour(rng)
    framed = rng.random() < 0.5
    for i in range(columns):
        for j in range(rows):
            wide, high = width / columns, height / rows
            if framed:
                cell = (x + (i + 0.15) * wide, y + (j + 0.15) * high, 0.7 * wide, 0.7 * high)
                cv2.rectangle(picture, *_corner(cell), one, -1)
                cv2.rectangle(picture, *_corner(cell), other, max(1, round(0.08 * high)))
            else:
                cell = (x + i * wide, y + j * high, wide, high)
                cv2.rectangle(picture, *_corner(cell), one if (i + j) % 2 else other, -1)


def _words(letterings: Letterings, text: str, height: float, rng: np.random.Generator) -> np.ndarray:
    """uint8 mask of a text, `height` pixels high."""
    font = letterings.small(rng)
    mask = font.word(text) if font else _plotted(text, 20)
    if mask.size == 0:
        return np.zeros((1, 1), np.uint8)
    scale = max(3.0, height) / mask.shape[0]
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(height)))
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


def _plotted(text: str, size: float, plain: bool = True, smooth: bool = True) -> np.ndarray:
    """uint8 mask of a text in the strokes that plotters and recorders write with, `size` pixels high."""
    kind = cv2.FONT_HERSHEY_SIMPLEX if plain else cv2.FONT_HERSHEY_PLAIN
    scale, thick = size / (22 if plain else 10), max(1, round(size / 12))
    (width, height), below = cv2.getTextSize(text, kind, scale, thick)
    mask: np.ndarray = np.zeros((height + below + 2, width + 2), np.uint8)
    how = cv2.LINE_AA if smooth else cv2.LINE_8
    cv2.putText(mask, text, (1, height + 1), kind, scale, 255, thick, how)
    x, y, across, down = cv2.boundingRect(mask)
    return mask[y : y + down, x : x + across]


def _made_up(rng: np.random.Generator) -> str:
    """Words as on shops and vans, in small letters or with one capital each; in capitals only if long."""
    words = random_words(rng)
    kind = rng.random()
    if kind < 0.3:
        return words.lower()
    return words if kind > 0.6 and len(words) > MAX_LENGTH + 2 else words.title()


def _no_plate_text(rng: np.random.Generator) -> str:
    """What may stand on a panel like a plate's and is no plate's text."""
    kind = rng.random()
    if kind < 0.4:
        return f"{random_words(rng)} {random_words(rng)}".lower()[:22]
    if kind < 0.6:
        cents = str(rng.choice(["49", "50", "95", "99"]))
        return f"${rng.integers(1, 1000)}.{cents}" if rng.random() < 0.7 else f"-{rng.integers(5, 80)}%"
    if kind < 0.85:
        return _telephone(rng)
    name = random_words(rng).split()[0].lower()
    return f"www.{name}.com" if rng.random() < 0.6 else f"info@{name}.net"


def _telephone(rng: np.random.Generator) -> str:
    """A telephone number, longer than any plate's text."""
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(11, 14))))
    start = str(rng.choice(["+", "0", "Tel. ", ""]))
    cut = int(rng.integers(3, 6))
    return f"{start}{digits[:cut]} {digits[cut:8]} {digits[8:]}"


def _panel(
    lines: list[np.ndarray], size: tuple[int, int], ground: tuple[float, ...], ink: tuple[float, ...]
) -> np.ndarray:
    """A panel of `size` (width, height) with lines of lettering, each as large as there is room for it."""
    panel: np.ndarray = np.empty((size[1], size[0], 3), np.uint8)
    cv2.rectangle(panel, (0, 0), size, ground, -1)
    room = size[1] / len(lines)
    for i, mask in enumerate(lines):
        scale = min(0.72 * room / mask.shape[0], 0.9 * size[0] / mask.shape[1])
        fitted = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
        mask = cv2.resize(mask, fitted, interpolation=cv2.INTER_AREA)
        tint(panel, mask, (size[0] - fitted[0]) // 2, round((i + 0.5) * room - fitted[1] / 2), ink)
    return panel


def _pin(picture: np.ndarray, panel: np.ndarray, cover: np.ndarray, corners: np.ndarray) -> None:
    """Lays a panel over the picture where its mask covers, in perspective."""
    height, width = panel.shape[:2]
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    low, high = np.floor(corners.min(0)), np.ceil(corners.max(0)) + 1
    left, top = (int(v) for v in np.clip(low, 0, picture.shape[1::-1]))
    right, bottom = (int(v) for v in np.clip(high, 0, picture.shape[1::-1]))
    if right <= left or bottom <= top:
        return
    matrix = homography(outline - 0.5, corners - 0.5 - (left, top))
    both = cv2.merge([*cv2.split(panel), cover])
    red, green, blue, mask = cv2.split(cv2.warpPerspective(both, matrix, (right - left, bottom - top)))
    part = picture[top:bottom, left:right]
    part[:] = blend(cv2.merge([red, green, blue]), part, mask)


def _posed(box: Box, rng: np.random.Generator) -> np.ndarray:
    """The corners of a thing about a box, seen as plates are."""
    x, y, width, height = box
    return random_pose(rng, width, (x + width / 2, y + height / 2), tilt=0.7).corners(width / height)


def _fine(box: Box) -> tuple[int, int]:
    """Pixels to draw a panel in that is seen in a box."""
    return max(8, round(1.2 * box[2])), max(6, round(1.2 * box[3]))


def _sign(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A shop's or road sign, a bumper sticker: one to three lines of words on a panel, often with a rim."""
    size = _fine(box)
    ground = _colour(rng)
    count = int(rng.choice([1, 2, 3], p=[0.2, 0.45, 0.35]))
    texts = [_made_up(rng) if count > 1 else f"{_made_up(rng)} {_made_up(rng)}" for _ in range(count)]
    ink = _contrast(ground, rng)
    panel = _panel([_words(letterings, text, size[1] / count, rng) for text in texts], size, ground, ink)
    cover: np.ndarray = np.full(size[::-1], 255, np.uint8)
    kind = rng.random()
    if kind < 0.35:
        cv2.rectangle(panel, (0, 0), (size[0] - 1, size[1] - 1), ink, max(1, round(0.08 * size[1])))
    elif kind < 0.5:  # round or with round ends, as road signs
        cover[:] = 0
        middle = (size[0] / 2, size[1] / 2)
        cv2.ellipse(cover, (middle, (float(size[0]), float(size[1])), 0.0), 255, -1, cv2.LINE_AA)
        cv2.ellipse(panel, (middle, (size[0] - 3.0, size[1] - 3.0), 0.0), ink, max(1, size[1] // 12))
    _pin(picture, panel, cover, _posed(box, rng))


def _panel_like_a_plate(
    picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator
) -> None:
    """A panel of a plate's shape and colours, often on a car: words, a price, a long number, or nothing."""
    x, y, width, _ = box
    width = max(width, _LEGIBLE)
    box = (x, y, width, width / rng.uniform(1.8, 5.2))
    size = _fine(box)
    light = rng.random() < 0.75
    ground = tuple(rng.uniform(190, 255, 3)) if light else tuple(rng.uniform(0, 90, 3))
    if rng.random() < 0.25:
        ground = _colour(rng)
    corners = _posed(box, rng)
    if rng.random() < 0.5:
        surround(picture, corners, ground, rng)
    ink = _contrast(ground, rng)
    empty = rng.random() < 0.2
    lines = [np.zeros((4, 4), np.uint8) if empty else _words(letterings, _no_plate_text(rng), size[1], rng)]
    panel = _panel(lines, size, ground, ink)
    if rng.random() < 0.4:
        cv2.rectangle(panel, (0, 0), (size[0] - 1, size[1] - 1), ink, max(1, round(0.05 * size[1])))
    _pin(picture, panel, np.full(size[::-1], 255, np.uint8), corners)


def _recess(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """Bodywork as around a plate, with no plate on it, and at times a badge or a dealer's name."""
    x, y, width, height = box
    corners = _posed((x, y, width, max(height, 0.22 * width)), rng)
    surround(picture, corners, tuple(rng.uniform(0, 255, 3)), rng)
    if rng.random() < 0.5:
        (left, top), (right, bottom) = corners.min(0), corners.max(0)
        # Not in capitals, which would look as on a dark plate.
        name = random_words(rng).split()[0].title()
        _write(picture, letterings, name, (left, top, right - left, (bottom - top) * 0.6), _colour(rng), rng)


def _lettered(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A telephone number, an address or a name written large on a van, with no panel behind it."""
    text = _telephone(rng) if rng.random() < 0.5 else _no_plate_text(rng)
    size = (max(8, round(1.4 * box[2])), max(5, round(1.4 * min(box[3], box[2] * 0.2))))
    black, white = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
    cover = _panel([_words(letterings, text, size[1], rng)], size, black, white)[..., 0]
    panel: np.ndarray = np.empty((size[1], size[0], 3), np.uint8)
    cv2.rectangle(panel, (0, 0), size, _colour(rng), -1)
    _pin(picture, panel, np.ascontiguousarray(cover), _posed((*box[:3], box[2] * size[1] / size[0]), rng))


def _named(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A make, a model or a fleet number in large letters right on the bodywork, with no panel behind it."""
    text = _name(rng)
    mask = _words(letterings, text, 1.2 * box[3], rng)
    x, y, width, _ = box
    width = max(width, _LEGIBLE)
    height = width * mask.shape[0] / mask.shape[1] * rng.uniform(0.8, 1.3)
    corners = _posed((x, y, width, height), rng)
    if rng.random() < 0.3:  # slanted
        corners[:2] += 0.3 * (corners[1] - corners[0]) * height / width
    # The sheet ends well beyond the letters, or it would look like a plate itself.
    grown = corners.mean(0) + (corners - corners.mean(0)) * rng.uniform(1.5, 2.5)
    surround(picture, grown.astype(np.float32), _colour(rng), rng, plain=True)
    middle = np.clip(corners.mean(0), 0, np.array(picture.shape[1::-1]) - 1).astype(int)
    ink = _contrast(tuple(picture[middle[1], middle[0]].tolist()), rng)
    panel: np.ndarray = np.empty((*mask.shape, 3), np.uint8)
    panel[:] = np.array(ink).astype(np.uint8)
    _pin(picture, panel, mask, corners)


def _name(rng: np.random.Generator) -> str:
    """In capitals: a word, a model's letters and digits, or a number."""
    kind = rng.random()
    if kind < 0.5:
        return random_words(rng).split()[0].upper()[:MAX_LENGTH]
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(1, 4 if kind < 0.8 else 8))))
    letters = "".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(1, 4))))
    if kind >= 0.8:
        return f"{digits}00"
    return letters + digits if rng.random() < 0.6 else digits + letters


def _oval(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A country's letters in a white oval, as stuck beside plates."""
    x, y, width, _ = box
    width = min(width, 80.0)
    box = (x, y, width, width * rng.uniform(0.55, 0.8))
    size = _fine(box)
    text = "".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(1, 4))))
    ground, ink = tuple(rng.uniform(200, 255, 3)), tuple(rng.uniform(0, 60, 3))
    panel = _panel([_words(letterings, f" {text} ", size[1], rng)], size, ground, ink)
    cover: np.ndarray = np.zeros(size[::-1], np.uint8)
    middle = (size[0] / 2, size[1] / 2)
    cv2.ellipse(cover, (middle, (float(size[0]), float(size[1])), 0.0), 255, -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.ellipse(panel, (middle, (size[0] * 0.93, size[1] * 0.93), 0.0), ink, max(1, size[1] // 25))
    _pin(picture, panel, cover, _posed(box, rng))


def _badge(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A maker's or model's name, a dealer's name, or rings, right on the bodywork."""
    x, y, _, height = box
    colour = _colour(rng)
    if rng.random() < 0.25:
        radius = max(2, round(height / 2))
        for i in range(int(rng.integers(1, 5))):
            centre = (round(x + i * 1.5 * radius), round(y + radius))
            cv2.circle(picture, centre, radius, colour, max(1, radius // 5), cv2.LINE_AA)
        return
    words = random_words(rng)
    words = words.split()[0] if rng.random() < 0.7 else words
    words = words.title() if rng.random() < 0.4 else words
    _write(picture, letterings, words, box, colour, rng)


def _write(
    picture: np.ndarray,
    letterings: Letterings,
    words: str,
    box: Box,
    colour: tuple[float, ...],
    rng: np.random.Generator,
) -> None:
    """Words in a box, at times raised: with a bright edge on one side and a dark one on the other."""
    x, y, width, height = box
    mask = _words(letterings, words, min(height, 1.6 * width / len(words)), rng)
    if rng.random() < 0.4:
        tint(picture, mask, round(x) + 1, round(y) + 1, [255 - c for c in colour])
    tint(picture, mask, round(x), round(y), colour)


def _times(rng: np.random.Generator) -> list[str]:
    """A date and a time, with a camera's name or a speed at times, in one line or two."""
    day, month, hour, minute = (int(rng.integers(a, b)) for a, b in ((1, 29), (1, 13), (0, 24), (0, 60)))
    year = int(rng.integers(2005, 2035))
    date = (
        f"{year}-{month:02d}-{day:02d}",
        f"{day:02d}/{month:02d}/{year}",
        f"{day:02d}.{month:02d}.{year}",
    )[int(rng.integers(3))]
    time = f"{hour:02d}:{minute:02d}:{int(rng.integers(0, 60)):02d}"
    lines = [date, time] if rng.random() < 0.45 else [f"{date} {time}"]
    more = rng.random()
    if more < 0.3:
        lines[0] = f"CAM {rng.integers(1, 20)} {lines[0]}"
    elif more < 0.4:
        lines.append(f"{rng.integers(0, 130)} KM/H")
    return lines


def _burnt_in(
    letterings: Letterings, text: str, size: float, face: float, rng: np.random.Generator
) -> np.ndarray:
    """A mask of a text about `size` pixels high; `face` 0..1 chooses dots, a plotter's strokes or a font."""
    if face < 0.45:
        dots = dotted(text, bold=face < 0.2)
        scale = max(1, round(size / dots.shape[0]))
        return cv2.resize(dots, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    if face < 0.7:
        return _plotted(text, size, plain=face < 0.6, smooth=face < 0.65)
    return _words(letterings, text, size, rng)


def _timestamp(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A date and time burnt into the frame at a corner, often with a dark outline or on a dark bar."""
    height, width = picture.shape[:2]
    size, face = height * rng.uniform(0.025, 0.09), rng.random()
    masks = [_burnt_in(letterings, line, size, face, rng) for line in _times(rng)]
    whole = max(mask.shape[1] for mask in masks)
    step = max(mask.shape[0] for mask in masks) + max(2, size * 0.3)
    tall = step * len(masks)
    top = rng.uniform(0, size) if rng.random() < 0.5 else height - tall - rng.uniform(0, size)
    left = rng.uniform(0, size) if rng.random() < 0.5 else max(0.0, width - whole - rng.uniform(0, size))
    colour = (245.0, 245.0, 245.0) if rng.random() < 0.7 else (250.0, 220.0, 60.0)
    outlined = rng.random() < 0.5
    if rng.random() < 0.3:
        cv2.rectangle(picture, *_corner((left - 2, top - 2, whole + 4, tall + 2)), (0.0, 0.0, 0.0), -1)
    for i, mask in enumerate(masks):
        x, y = round(left + rng.choice([0.0, whole - mask.shape[1]])), round(top + step * i)
        if outlined:
            edge = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
            tint(picture, cv2.dilate(edge, np.ones((3, 3), np.uint8)), x - 1, y - 1, (10, 10, 10))
        tint(picture, mask, x, y, colour)


_Draw = Callable[[np.ndarray, Letterings, Box, np.random.Generator], None]

KINDS: dict[str, tuple[_Draw, float]] = {
    "lamp": (_lamp, 0.13),
    "stripes": (_stripes, 0.1),
    "blank panel": (_blank, 0.05),
    "windows": (_windows, 0.04),
    "sign": (_sign, 0.12),
    "panel like a plate": (_panel_like_a_plate, 0.12),
    "empty recess": (_recess, 0.07),
    "lettering": (_lettered, 0.06),
    "name": (_named, 0.1),
    "oval": (_oval, 0.04),
    "badge": (_badge, 0.08),
    "timestamp": (_timestamp, 0.09),
}
"""What is drawn, each with its share."""

_DRAWN = Shares({draw: share for draw, share in KINDS.values()})
