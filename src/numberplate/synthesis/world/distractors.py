"""Things that are no plates but have been taken for them: lights, grilles, badges, signs, timestamps.

What stands on panels like a plate's could be none: a word in small letters, a price, a number that is far too
long, or nothing. Of other things, in `signs` above all, it is the thing that tells.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.plates.pattern import LETTERS
from numberplate.plates.shares import Shares
from numberplate.synthesis.paint import tint
from numberplate.synthesis.plate.words import random_words
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.type.pixels import dotted
from numberplate.synthesis.world.panels import (
    LEGIBLE,
    Box,
    any_colour,
    box_ends,
    contrasting,
    fine_size,
    lettered_panel,
    pin,
    plotted,
    posed,
    set_words,
)
from numberplate.synthesis.world.signs import SIGNS
from numberplate.synthesis.world.surroundings import surround

_COUNTS = Shares({0: 0.15, 1: 0.22, 2: 0.25, 3: 0.23, 5: 0.1, 6: 0.05})
"""How many things `distract` draws."""


def distract(
    picture: np.ndarray, letterings: Letterings, rng: np.random.Generator, vehicles: Sequence[Box] = ()
) -> None:
    """Draws none to six such things on `picture`, in place.

    `vehicles`: boxes, pixels, of which one in two things lies in one: on doors, roofs and bumpers.
    """
    for _ in range(_COUNTS.draw(rng)):
        height, width = picture.shape[:2]
        size = float(np.exp(rng.uniform(np.log(10), np.log(max(12, width * 0.45)))))
        x, y = rng.uniform(-0.1, 1) * width, rng.uniform(-0.1, 1) * height
        if vehicles and rng.random() < 0.5:
            left, top, across, down = vehicles[int(rng.integers(len(vehicles)))]
            size = max(10.0, across * float(rng.uniform(0.08, 0.45)))
            x, y = left + rng.uniform(0, 0.85) * across, top + rng.uniform(-0.1, 0.85) * down
        draw = _DRAWN.draw(rng)
        draw(picture, letterings, (x, y, size, size * rng.uniform(0.15, 0.7)), rng)


def imitate(picture: np.ndarray, letterings: Letterings, rng: np.random.Generator) -> None:
    """Draws one lettered thing on `picture`, in place, as large in it as a plate is in its crop."""
    height, width = picture.shape[:2]
    wide = width * rng.uniform(0.6, 1.0)
    tall = min(wide * rng.uniform(0.2, 0.6), height * rng.uniform(0.6, 1.0))
    x, y = (width - wide) * rng.uniform(0.2, 0.8), (height - tall) * rng.uniform(0.2, 0.8)
    _LETTERED.draw(rng)(picture, letterings, (x, y, wide, tall), rng)


def _lamp(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A tail light or headlight, lit or not, with a bright core and often the ribs of its glass."""
    x, y, width, height = box
    centre = (round(x + width / 2), round(y + height / 2))
    axes = (max(1, round(width / 2)), max(1, round(height / 2)))
    colour = any_colour(rng)
    if rng.random() < 0.5:
        cv2.rectangle(picture, *box_ends(box), colour, -1)
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
    colour, ground = any_colour(rng), any_colour(rng)
    if rng.random() < 0.6:
        cv2.rectangle(picture, *box_ends(box), ground, -1)
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
        cv2.rectangle(picture, *box_ends(box), any_colour(rng), max(1, round(0.06 * height)))


def _blank(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A light panel with nothing on it: a window, a sticker, an empty plate's place."""
    cv2.rectangle(picture, *box_ends(box), any_colour(rng), -1)
    if rng.random() < 0.4:
        cv2.rectangle(picture, *box_ends(box), any_colour(rng), max(1, round(box[3] * 0.06)))


def _windows(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """Windows of a house in their frames, in a row or two; tiles; a taxi's checks."""
    x, y, width, height = box
    columns, rows = int(rng.integers(3, 9)), int(rng.integers(2, 4))
    one, other = any_colour(rng), any_colour(rng)
    framed = rng.random() < 0.5
    for i in range(columns):
        for j in range(rows):
            wide, high = width / columns, height / rows
            if framed:
                cell = (x + (i + 0.15) * wide, y + (j + 0.15) * high, 0.7 * wide, 0.7 * high)
                cv2.rectangle(picture, *box_ends(cell), one, -1)
                cv2.rectangle(picture, *box_ends(cell), other, max(1, round(0.08 * high)))
            else:
                cell = (x + i * wide, y + j * high, wide, high)
                cv2.rectangle(picture, *box_ends(cell), one if (i + j) % 2 else other, -1)


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
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(MAX_LENGTH + 1, MAX_LENGTH + 4))))
    start = str(rng.choice(["+", "0", "Tel. ", ""]))
    cut = int(rng.integers(3, 6))
    return f"{start}{digits[:cut]} {digits[cut:8]} {digits[8:]}"


def _sign(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A shop's or road sign, a bumper sticker: one to three lines of words on a panel, often with a rim."""
    size = fine_size(box)
    ground = any_colour(rng)
    count = int(rng.choice([1, 2, 3], p=[0.2, 0.45, 0.35]))
    texts = [_made_up(rng) if count > 1 else f"{_made_up(rng)} {_made_up(rng)}" for _ in range(count)]
    ink = contrasting(ground, rng)
    panel = lettered_panel(
        [set_words(letterings, text, size[1] / count, rng) for text in texts], size, ground, ink
    )
    cover: np.ndarray = np.full(size[::-1], 255, np.uint8)
    kind = rng.random()
    if kind < 0.35:
        cv2.rectangle(panel, (0, 0), (size[0] - 1, size[1] - 1), ink, max(1, round(0.08 * size[1])))
    elif kind < 0.5:  # round or with round ends, as road signs
        cover[:] = 0
        middle = (size[0] / 2, size[1] / 2)
        cv2.ellipse(cover, (middle, (float(size[0]), float(size[1])), 0.0), 255, -1, cv2.LINE_AA)
        cv2.ellipse(panel, (middle, (size[0] - 3.0, size[1] - 3.0), 0.0), ink, max(1, size[1] // 12))
    pin(picture, panel, cover, posed(box, rng))


def _panel_like_a_plate(
    picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator
) -> None:
    """A panel of a plate's shape and colours, often on a car: words, a price, a long number, or nothing."""
    x, y, width, _ = box
    width = max(width, LEGIBLE)
    box = (x, y, width, width / rng.uniform(1.8, 5.2))
    size = fine_size(box)
    light = rng.random() < 0.75
    ground = tuple(rng.uniform(190, 255, 3)) if light else tuple(rng.uniform(0, 90, 3))
    if rng.random() < 0.25:
        ground = any_colour(rng)
    corners = posed(box, rng)
    if rng.random() < 0.5:
        surround(picture, corners, ground, rng)
    ink = contrasting(ground, rng)
    empty = rng.random() < 0.2
    lines = [
        np.zeros((4, 4), np.uint8) if empty else set_words(letterings, _no_plate_text(rng), size[1], rng)
    ]
    panel = lettered_panel(lines, size, ground, ink)
    if rng.random() < 0.4:
        cv2.rectangle(panel, (0, 0), (size[0] - 1, size[1] - 1), ink, max(1, round(0.05 * size[1])))
    pin(picture, panel, np.full(size[::-1], 255, np.uint8), corners)


def _recess(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """Bodywork as around a plate, with no plate on it, and at times a badge or a dealer's name."""
    x, y, width, height = box
    corners = posed((x, y, width, max(height, 0.22 * width)), rng)
    surround(picture, corners, tuple(rng.uniform(0, 255, 3)), rng)
    if rng.random() < 0.5:
        (left, top), (right, bottom) = corners.min(0), corners.max(0)
        # Not in capitals, which would look as on a dark plate.
        name = random_words(rng).split()[0].title()
        _write(
            picture, letterings, name, (left, top, right - left, (bottom - top) * 0.6), any_colour(rng), rng
        )


def _lettered(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A telephone number, an address or a name written large on a van, with no panel behind it."""
    text = _telephone(rng) if rng.random() < 0.5 else _no_plate_text(rng)
    size = (max(8, round(1.4 * box[2])), max(5, round(1.4 * min(box[3], box[2] * 0.2))))
    black, white = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
    cover = lettered_panel([set_words(letterings, text, size[1], rng)], size, black, white)[..., 0]
    panel: np.ndarray = np.empty((size[1], size[0], 3), np.uint8)
    cv2.rectangle(panel, (0, 0), size, any_colour(rng), -1)
    pin(picture, panel, np.ascontiguousarray(cover), posed((*box[:3], box[2] * size[1] / size[0]), rng))


def _named(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A make, a model or a fleet number in large letters right on the bodywork, with no panel behind it."""
    text = _name(rng)
    mask = set_words(letterings, text, 1.2 * box[3], rng)
    x, y, width, _ = box
    width = max(width, LEGIBLE)
    height = width * mask.shape[0] / mask.shape[1] * rng.uniform(0.8, 1.3)
    corners = posed((x, y, width, height), rng)
    if rng.random() < 0.3:  # slanted
        corners[:2] += 0.3 * (corners[1] - corners[0]) * height / width
    # The sheet ends well beyond the letters, or it would look like a plate itself.
    grown = corners.mean(0) + (corners - corners.mean(0)) * rng.uniform(1.5, 2.5)
    surround(picture, grown.astype(np.float32), any_colour(rng), rng, plain=True)
    middle = np.clip(corners.mean(0), 0, np.array(picture.shape[1::-1]) - 1).astype(int)
    ink = contrasting(tuple(picture[middle[1], middle[0]].tolist()), rng)
    panel: np.ndarray = np.empty((*mask.shape, 3), np.uint8)
    panel[:] = np.array(ink).astype(np.uint8)
    pin(picture, panel, mask, corners)


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
    size = fine_size(box)
    text = "".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(1, 4))))
    ground, ink = tuple(rng.uniform(200, 255, 3)), tuple(rng.uniform(0, 60, 3))
    panel = lettered_panel([set_words(letterings, f" {text} ", size[1], rng)], size, ground, ink)
    cover: np.ndarray = np.zeros(size[::-1], np.uint8)
    middle = (size[0] / 2, size[1] / 2)
    cv2.ellipse(cover, (middle, (float(size[0]), float(size[1])), 0.0), 255, -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.ellipse(panel, (middle, (size[0] * 0.93, size[1] * 0.93), 0.0), ink, max(1, size[1] // 25))
    pin(picture, panel, cover, posed(box, rng))


def _badge(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A maker's or model's name, a dealer's name, or rings, right on the bodywork."""
    x, y, _, height = box
    colour = any_colour(rng)
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
    mask = set_words(letterings, words, min(height, 1.6 * width / len(words)), rng)
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
        return plotted(text, size, plain=face < 0.6, smooth=face < 0.65)
    return set_words(letterings, text, size, rng)


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
        cv2.rectangle(picture, *box_ends((left - 2, top - 2, whole + 4, tall + 2)), (0.0, 0.0, 0.0), -1)
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
    "timestamp": (_timestamp, 0.08),
    **SIGNS,
}
"""What is drawn, each with its share."""

_DRAWN = Shares({draw: share for draw, share in KINDS.values()})

_LETTERED = Shares(
    {
        draw: share
        for name, (draw, share) in KINDS.items()
        if name
        not in ("lamp", "stripes", "blank panel", "windows", "timestamp", "camera's name", "empty recess")
    }
)
"""Those that have lettering in a place of their own."""
