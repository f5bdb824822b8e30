"""Lettering on vehicles and in streets that is no plate: hazard panels, signs, door numbers, crates.

Unlike the rest of `distractors`, much of it could be a plate's text; it is what the thing is that tells.
"""

from collections.abc import Callable

import cv2
import numpy as np

from numberplate.plates.pattern import LETTERS
from numberplate.synthesis.paint import tint
from numberplate.synthesis.plate.words import random_words
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.type.pixels import dotted
from numberplate.synthesis.world.panels import (
    LEGIBLE,
    Box,
    any_colour,
    contrasting,
    fine_size,
    lettered_panel,
    pin,
    posed,
    set_words,
)

_WORDS = (
    "TAXI", "TAXI", "TEKSI", "CAB", "POLICE", "POLICIA", "POLIZEI", "SHERIFF", "AMBULANCE", "FIRE",
    "RESCUE", "FOR SALE", "SALE", "SOLD", "TO LET", "FOR RENT", "OPEN", "CLOSED", "STOP", "SLOW", "YIELD",
    "EXIT", "ENTRY", "PARKING", "NO PARKING", "SCHOOL BUS", "STUDENT DRIVER", "LONG VEHICLE", "WIDE LOAD",
    "AIR BRAKE", "DANGER", "CAUTION", "SERVICE", "CAR WASH", "HOTEL", "CAFE", "BAR", "BANK", "PHARMACY",
    "BAKERY", "TYRES", "DIESEL", "UNLEADED", "EXPRESS", "DELIVERY", "LOGISTICS", "TRANSPORT", "RENTAL",
    "TOURS", "CENTRAL", "AIRPORT", "STATION", "DEPOT", "SPECIAL", "ON TEST", "LEARNER", "NO ENTRY",
    "ONE WAY", "WASH ME", "CAUTION CHILDREN", "ALQUILER", "VENDO", "SE VENDE", "ZU VERKAUFEN", "A VENDRE",
    "VENDESI", "FAHRSCHULE", "AUTO ECOLE", "BOMBEROS", "ESCOLAR", "TURISMO", "SERVICIO", "OFERTA", "SALDI",
    "AUTOBUS", "METRO", "HYBRID", "TURBO", "ELECTRIC", "SPORT", "QUATTRO", "DIESEL", "LIMITED", "AUTOMATIC",
    "HORN OK PLEASE", "GOODS CARRIER",
)  # fmt: skip

_TRIMS = (
    "GT", "GTI", "TDI", "2.0 TDI", "V6", "V8", "4X4", "4WD", "AWD", "SUV", "XL", "GLS", "LX", "EX", "SE",
    "RS", "HEV", "PHEV", "i-VTEC", "1.6", "2.4", "3.0d", "16V", "DOHC", "T5", "D4", "CRDi", "EV", "4MATIC",
    "xDrive",
)  # fmt: skip

_COUNTED = ("MAX", "TARE", "GVW", "USDOT", "MC", "NO", "UNIT", "FLEET", "KG", "DOT")

_ORANGE = (240.0, 120.0, 15.0)

Colour = tuple[float, ...]


def _pick(things: tuple[str, ...], rng: np.random.Generator) -> str:
    return things[int(rng.integers(len(things)))]


def _digits(rng: np.random.Generator, least: int, most: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(least, most + 1))))


def _letters(rng: np.random.Generator, count: int) -> str:
    return "".join(LETTERS[int(i)] for i in rng.integers(0, 26, count))


def _near(colour: Colour, rng: np.random.Generator, spread: float = 18) -> Colour:
    return tuple(np.clip(np.array(colour) + rng.normal(0, spread, 3), 0, 255).tolist())


def _whole(size: tuple[int, int]) -> np.ndarray:
    return np.full(size[::-1], 255, np.uint8)


def _ended(size: tuple[int, int], radius: float) -> np.ndarray:
    """uint8 mask of a rectangle with round corners."""
    width, height = size
    r = max(1, min(round(radius), (min(size) - 1) // 2))
    cover: np.ndarray = np.zeros((height, width), np.uint8)
    cv2.rectangle(cover, (r, 0), (width - 1 - r, height - 1), 255, -1)
    cv2.rectangle(cover, (0, r), (width - 1, height - 1 - r), 255, -1)
    for x in (r, width - 1 - r):
        for y in (r, height - 1 - r):
            cv2.circle(cover, (x, y), r, 255, -1, cv2.LINE_AA)
    return cover


def _rimmed(panel: np.ndarray, ink: Colour, thick: float, inset: float = 0) -> None:
    height, width = panel.shape[:2]
    i, t = round(inset), max(1, round(thick))
    cv2.rectangle(panel, (i, i), (width - 1 - i, height - 1 - i), ink, t)


def hazard_panel(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """ADR's orange panel: the danger's number over the substance's, a bar between; at times blank."""
    x, y, width, _ = box
    width = max(width, 20.0)
    box = (x, y, width, width * rng.uniform(0.62, 0.85))
    size = fine_size(box)
    upper = _pick(
        ("33", "30", "23", "80", "90", "20", "268", "X423", "60", "88", "336", "X338", "40", "99"), rng
    )
    texts = [upper, _pick(("1203", "1202", "1965", "1073", "1830", "1789", "3257", "2187"), rng)]
    if rng.random() < 0.5:
        texts = [_digits(rng, 2, 3), _digits(rng, 4, 4)]
    ink = tuple(rng.uniform(0, 40, 3))
    kind = rng.random()
    if kind < 0.12:
        texts = [" "]
    lines = [set_words(letterings, text, size[1] * 0.4, rng) for text in texts]
    if rng.random() < 0.6:  # both rows in one typeface, as far as their length allows
        font = letterings.small(rng)
        if font and texts[-1] != " ":
            lines = [font.word(text) for text in texts]
    panel = lettered_panel(lines, size, _near(_ORANGE, rng), ink)
    thick = size[1] * rng.uniform(0.03, 0.06)
    _rimmed(panel, ink, thick, rng.choice([0, thick]))
    if len(texts) == 2:
        cv2.line(panel, (0, size[1] // 2), (size[0], size[1] // 2), ink, max(1, round(thick)))
    pin(picture, panel, _whole(size), posed(box, rng))


def placard(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A diamond of a class of danger, with its number, or a road's or speed's round sign."""
    x, y, width, _ = box
    box = (x, y, width, width)
    side = fine_size(box)[0]
    size = (side, side)
    middle = (side // 2, side // 2)
    panel: np.ndarray = np.empty((side, side, 3), np.uint8)
    cover: np.ndarray = np.zeros((side, side), np.uint8)
    if rng.random() < 0.4:
        ground = any_colour(rng)
        cv2.rectangle(panel, (0, 0), size, ground, -1)
        corners = np.array([[side / 2, 0], [side, side / 2], [side / 2, side], [0, side / 2]])
        cv2.fillPoly(cover, [corners.astype(np.int32)], 255, cv2.LINE_AA)
        text = _digits(rng, 1, 1) if rng.random() < 0.5 else _digits(rng, 4, 4)
        ink = contrasting(ground, rng)
        inner = side / 2 + (corners - side / 2) * 0.88
        cv2.polylines(panel, [inner.astype(np.int32)], True, ink, max(1, side // 40))
    else:
        cv2.circle(cover, middle, side // 2, 255, -1, cv2.LINE_AA)
        ground = _near((245, 245, 240), rng, 8) if rng.random() < 0.75 else (240.0, 200.0, 40.0)
        cv2.rectangle(panel, (0, 0), size, ground, -1)
        ring = side * rng.uniform(0.08, 0.15)
        red = _near((200, 25, 35), rng)
        cv2.circle(panel, middle, max(1, round(side / 2 - ring / 2)), red, max(1, round(ring)), cv2.LINE_AA)
        text = str(5 * int(rng.integers(1, 27)))
        ink = tuple(rng.uniform(0, 50, 3))
    mask = set_words(letterings, text, side * 0.4, rng)
    fit = min(0.42 * side / mask.shape[0], 0.6 * side / mask.shape[1])
    mask = cv2.resize(mask, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
    tint(panel, mask, (side - mask.shape[1]) // 2, (side - mask.shape[0]) // 2, ink)
    pin(picture, panel, cover, posed(box, rng))


def word_board(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A board of a word or two in capitals: TAXI on a roof, FOR SALE in a window, STOP, a shop's name."""
    x, y, width, _ = box
    width = max(width, LEGIBLE)
    text = _pick(_WORDS, rng)
    if rng.random() < 0.25:
        text = _two_words(rng)
    lines = [text]
    if " " in text and rng.random() < 0.3:
        lines = text.split(" ", 1)
    if rng.random() < 0.2:
        lines.append(_digits(rng, 5, 10) if rng.random() < 0.6 else random_words(rng).title())
    aspect = rng.uniform(1.3, 5) if len(lines) == 1 else rng.uniform(1, 2.6)
    box = (x, y, width, width / aspect)
    size = fine_size(box)
    ground = any_colour(rng)
    kind = rng.random()
    if text in ("TAXI", "TEKSI", "CAB") or kind < 0.15:
        ground = _near(((250, 215, 40) if rng.random() < 0.6 else (245, 245, 240)), rng, 12)
    elif kind < 0.5:
        ground = _near((245, 245, 242), rng, 8)
    ink = contrasting(ground, rng)
    if rng.random() < 0.35:
        red = _near((200, 25, 30), rng)
        ink = red if np.mean(ground) > 128 else ink
    panel = lettered_panel(
        [set_words(letterings, line, size[1] * 0.6, rng) for line in lines], size, ground, ink
    )
    if rng.random() < 0.4:
        _rimmed(panel, ink, size[1] * rng.uniform(0.02, 0.06), size[1] * rng.choice([0, 0.04]))
    if rng.random() < 0.15:  # a taxi's checks
        step = max(2, size[1] // 10)
        for i in range(0, size[0], 2 * step):
            cv2.rectangle(panel, (i, size[1] - step), (i + step, size[1]), (10.0, 10.0, 10.0), -1)
    cover = _ended(size, size[1] * rng.uniform(0, 0.45))
    pin(picture, panel, cover, posed(box, rng))


def _two_words(rng: np.random.Generator) -> str:
    words = [word for _ in range(2) for word in random_words(rng).split() if word.isalpha()]
    return " ".join(words[:2]) if len(words) > 1 else words[0] + _pick(("SON", "MART", "SHOP", "CAR"), rng)


def led_route(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A bus's route in lit dots on black: its number, where it goes, or both."""
    x, y, width, _ = box
    width = max(width, 30.0)
    number = _digits(rng, 1, 3)
    if rng.random() < 0.35:
        number = _letters(rng, 1) + number if rng.random() < 0.5 else number + _letters(rng, 1)
    kind = rng.random()
    place = (
        _pick(("CENTRAL", "AIRPORT", "STATION", "DEPOT"), rng) if rng.random() < 0.3 else random_words(rng)
    )
    place = "".join(c for c in place.upper() if c.isalpha() or c == " ")[:16]
    text = number if kind < 0.35 else place if kind < 0.5 else f"{number} {place}"
    dots = dotted(f" {text} ", bold=rng.random() < 0.3)
    dots = cv2.copyMakeBorder(dots, 2, 2, 1, 1, cv2.BORDER_CONSTANT)
    cell = int(rng.integers(3, 6))
    large = cv2.resize(dots, None, fx=cell, fy=cell, interpolation=cv2.INTER_NEAREST)
    spot: np.ndarray = np.zeros((cell, cell), np.uint8)
    cv2.circle(spot, (cell // 2, cell // 2), max(1, cell // 2), 255, -1)
    if rng.random() < 0.5:
        large = np.minimum(large, np.tile(spot, dots.shape))
    colours = ((255, 150, 20), (255, 150, 20), (250, 40, 30), (60, 250, 80), (240, 245, 255), (255, 220, 60))
    lit = _near(colours[int(rng.integers(len(colours)))], rng, 10)
    panel: np.ndarray = np.full((*large.shape, 3), int(rng.integers(0, 35)), np.uint8)
    tint(panel, large, 0, 0, lit)
    if rng.random() < 0.5:  # its glow
        panel = cv2.max(panel, cv2.GaussianBlur(panel, (0, 0), cell * 0.7))
    box = (x, y, width, width * panel.shape[0] / panel.shape[1] * rng.uniform(0.8, 1.4))
    pin(picture, panel, _whole(panel.shape[1::-1]), posed(box, rng))


def house_number(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A door's or a fleet's number: on a round, oval or squarish plaque, or bare."""
    x, y, width, _ = box
    text = _digits(rng, 1, 4)
    if rng.random() < 0.2:
        text += _pick(("A", "B", "C", "D"), rng)
    width = max(14.0, width * 0.6)
    box = (x, y, width, width / rng.uniform(0.8, 1.5))
    size = fine_size(box)
    ground = _near(((25, 50, 130), (245, 245, 240), (20, 20, 20), (180, 140, 60))[int(rng.integers(4))], rng)
    ink = contrasting(ground, rng)
    bare = rng.random() < 0.35
    lines = [set_words(letterings, text, size[1] * 0.7, rng)]
    if bare:
        cover = lettered_panel(lines, size, (0.0, 0.0, 0.0), (255.0, 255.0, 255.0))[..., 0].copy()
        panel: np.ndarray = np.empty((size[1], size[0], 3), np.uint8)
        cv2.rectangle(panel, (0, 0), size, any_colour(rng), -1)
    else:
        panel = lettered_panel(lines, size, ground, ink)
        if rng.random() < 0.5:
            _rimmed(panel, ink, size[1] * 0.05, size[1] * 0.04)
        cover = _ended(size, size[1] * rng.uniform(0, 0.5))
    pin(picture, panel, cover, posed(box, rng))


def on_bodywork(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """Right on a vehicle's paint: a short telephone number, a trim, a load, a fleet's number."""
    kind = rng.random()
    if kind < 0.3:
        cut = (_digits(rng, 3, 4), _digits(rng, 3, 4))
        text = _pick((" ", "-", "."), rng).join(cut)
        if rng.random() < 0.3:
            text = f"{_digits(rng, 3, 4)} {text}"
    elif kind < 0.55:
        text = _pick(_TRIMS, rng)
    elif kind < 0.7:
        text = f"{_pick(_COUNTED, rng)} {_digits(rng, 2, 7)}"
    elif kind < 0.85:
        text = _pick(_WORDS, rng)
    else:
        text = _digits(rng, 2, 5)
    mask = set_words(letterings, text, 64, rng)
    x, y, width, height = box
    wide = min(width, 5 * height)
    tall = wide * mask.shape[0] / mask.shape[1] * rng.uniform(0.8, 1.3)
    corners = posed((x, y, wide, max(3.0, tall)), rng)
    if rng.random() < 0.2:
        corners[:2] += 0.3 * (corners[1] - corners[0]) * tall / wide
    middle = np.clip(corners.mean(0), 0, np.array(picture.shape[1::-1]) - 1).astype(int)
    behind = tuple(picture[middle[1], middle[0]].astype(float).tolist())
    ink = contrasting(behind, rng) if rng.random() < 0.7 else any_colour(rng)
    panel: np.ndarray = np.empty((*mask.shape, 3), np.uint8)
    panel[:] = np.array(ink).astype(np.uint8)
    pin(picture, panel, mask, corners)


def tyre(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A tyre, with raised lettering round it: a maker's name and a size."""
    x, y, width, _ = box
    size = max(24, round(width))
    middle = size / 2
    panel: np.ndarray = np.full((size, size, 3), int(rng.integers(15, 60)), np.uint8)
    cover: np.ndarray = np.zeros((size, size), np.uint8)
    cv2.circle(cover, (size // 2, size // 2), size // 2, 255, -1, cv2.LINE_AA)
    rim = rng.uniform(0.5, 0.72)
    metal = (float(rng.uniform(90, 220)),) * 3
    cv2.circle(panel, (size // 2, size // 2), round(rim * middle), metal, -1, cv2.LINE_AA)
    for angle in np.arange(count := int(rng.integers(5, 12))) * 2 * np.pi / count:
        end = (round(middle + rim * middle * np.cos(angle)), round(middle + rim * middle * np.sin(angle)))
        cv2.line(panel, (size // 2, size // 2), end, (30.0, 30.0, 30.0), max(1, size // 20), cv2.LINE_AA)
    text = f"{5 * rng.integers(31, 60)}/{5 * rng.integers(7, 16)}R{rng.integers(13, 22)}"
    for start, words in ((rng.uniform(180, 240), random_words(rng).split()[0]), (rng.uniform(0, 60), text)):
        mask = set_words(letterings, words, 24, rng)
        high = max(2, round((1 - rim) * middle * 0.45))
        mask = cv2.resize(
            mask, (max(2, round(mask.shape[1] * high / mask.shape[0])), high), interpolation=cv2.INTER_AREA
        )
        # Unrolled, the lettering is a strip of the polar picture.
        strip: np.ndarray = np.zeros((720, size), np.uint8)
        row, radius = round(2 * start), round(middle * (1 + rim) / 2 - high / 2)
        turned = cv2.rotate(mask, cv2.ROTATE_90_CLOCKWISE)
        length = round(turned.shape[0] * 720 / (2 * np.pi * max(1.0, radius)))
        turned = cv2.resize(turned, (turned.shape[1], max(1, min(length, 700))), interpolation=cv2.INTER_AREA)
        rows, columns = np.arange(turned.shape[0]) + row, min(turned.shape[1], size - radius)
        strip[rows % 720, radius : radius + columns] = turned[:, :columns]
        flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        bent = cv2.warpPolar(strip, (size, size), (middle, middle), float(size), flags)
        shade = float(rng.uniform(80, 230))
        tint(panel, bent, 0, 0, (shade, shade, shade))
    pin(picture, panel, cover, posed((x, y, width, width), rng))


def crate(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """Print on a box, a container or a machine: its owner's code and number, a lot, a bar code."""
    x, y, width, height = box
    height = max(height, 0.25 * width)
    box = (x, y, width, height)
    size = fine_size(box)
    grounds = ((190, 150, 100), (40, 80, 130), (150, 50, 40), (240, 240, 235), (90, 95, 100), (60, 100, 70))
    ground = _near(grounds[int(rng.integers(len(grounds)))], rng, 20)
    ink = contrasting(ground, rng)
    lines = []
    for _ in range(int(rng.integers(2, 5))):
        kind = rng.random()
        if kind < 0.4:
            lines.append(f"{_letters(rng, 3)}U {_digits(rng, 6, 6)} {_digits(rng, 1, 1)}")
        elif kind < 0.6:
            lines.append(f"{_pick(('LOT', 'NO.', 'REF', 'QTY', 'S/N', 'BATCH'), rng)} {_digits(rng, 3, 8)}")
        elif kind < 0.7:
            lines.append(f"{_digits(rng, 2, 2)}{_letters(rng, 1)}{_digits(rng, 1, 1)}")
        elif kind < 0.85:
            lines.append(
                _pick(("FRAGILE", "THIS SIDE UP", "HANDLE WITH CARE", "MADE IN", "NET KG", "KEEP DRY"), rng)
            )
        else:
            lines.append(random_words(rng).upper())
    panel = lettered_panel(
        [set_words(letterings, line, size[1] / 3, rng) for line in lines], size, ground, ink
    )
    if rng.random() < 0.3:  # a bar code
        left, wide = rng.uniform(0, 0.6) * size[0], size[0] * 0.35
        top, foot = round(size[1] * 0.7), round(size[1] * 0.98)
        cv2.rectangle(panel, (round(left), top), (round(left + wide), foot), (245.0, 245.0, 245.0), -1)
        for at in np.flatnonzero(rng.random(40) < 0.5):
            place = round(left + wide * (0.05 + 0.9 * at / 40))
            cv2.line(panel, (place, top), (place, foot), (10.0, 10.0, 10.0), max(1, round(wide / 60)))
    if rng.random() < 0.3:  # the ribs of a container
        for rib in range(0, size[0], max(4, size[0] // 14)):
            cv2.line(panel, (rib, 0), (rib, size[1]), tuple(0.8 * c for c in ground), max(1, size[0] // 60))
    pin(picture, panel, _whole(size), posed(box, rng))


def camera_name(picture: np.ndarray, letterings: Letterings, box: Box, rng: np.random.Generator) -> None:
    """A camera's name burnt into a corner of the picture: CAM03, CH 1, IPC, a place."""
    number = _digits(rng, 1, 2)
    names = (
        f"CAM{number}", f"CAM {number}", f"CAM0{number[-1]}", f"CH{number}", f"CH 0{number[-1]}",
        f"CAMERA {number}", f"IPC{number}", f"IPCAM{number}", f"DVR {number}", f"GATE {number}",
        f"LANE {number}", "ENTRANCE", "EXIT", "REC", f"CAM{number} {random_words(rng).split()[0]}",
        f"D{number}", f"A{number}", f"{_letters(rng, 2)}{_digits(rng, 3, 5)}", f"LPR-{number}",
        f"P{number} N", f"FPS {number}", f"KM/H {number}",
    )  # fmt: skip
    text = _pick(names, rng)
    height, width = picture.shape[:2]
    size = height * rng.uniform(0.02, 0.075)
    if rng.random() < 0.4:
        mask = dotted(text, bold=rng.random() < 0.5)
        scale = max(1, round(size / mask.shape[0]))
        mask = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    else:
        mask = set_words(letterings, text, size, rng)
    left, top = rng.uniform(0, 3, 2) * size
    x = left if rng.random() < 0.5 else width - mask.shape[1] - left
    y = top if rng.random() < 0.5 else height - mask.shape[0] - top
    if mask.shape[0] > 0.7 * height:
        return
    colour = (245.0, 245.0, 245.0) if rng.random() < 0.75 else any_colour(rng)
    if rng.random() < 0.5:
        edge = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        tint(picture, cv2.dilate(edge, np.ones((3, 3), np.uint8)), round(x) - 1, round(y) - 1, (10, 10, 10))
    tint(picture, mask, round(x), round(y), colour)


_Draw = Callable[[np.ndarray, Letterings, Box, np.random.Generator], None]

SIGNS: dict[str, tuple[_Draw, float]] = {
    "hazard panel": (hazard_panel, 0.07),
    "placard": (placard, 0.03),
    "board of words": (word_board, 0.1),
    "LED route": (led_route, 0.06),
    "house number": (house_number, 0.04),
    "lettering on bodywork": (on_bodywork, 0.1),
    "tyre": (tyre, 0.03),
    "crate": (crate, 0.05),
    "camera's name": (camera_name, 0.05),
}
"""What is drawn, each with its share among `distractors.KINDS`."""
