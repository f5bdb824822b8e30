"""Emblems between characters, and coats of arms."""

import cv2
import numpy as np

from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis.paint import tint
from numberplate.synthesis.plate.blank import Blank, luma, rgb, scaled
from numberplate.synthesis.type.lettering import spell


def draw_emblem(blank: Blank, x: float, y: float, width: float, height: float) -> None:
    rng = blank.rng
    kind = blank.design.emblem.split(" ")[0]
    size = min(width * rng.uniform(0.65, 0.95), height * 0.8)
    colour = rng.uniform(20, 235, 3).astype(np.float32)
    if kind == "shield":
        draw_shape(
            blank,
            "shield",
            x,
            y - height * 0.2 * blank.design.emblem.endswith("dash"),
            (size * 0.8, size),
            shield_colour(blank),
        )
    elif kind == "stickers":
        for offset in (-0.3, 0.3):
            dot = min(size, height * 0.42)
            draw_shape(
                blank,
                "circle",
                x,
                y + offset * height,
                (dot, dot),
                rng.uniform(30, 235, 3).astype(np.float32),
            )
    elif kind == "circle":
        draw_shape(blank, "circle", x, y, (size, size), colour)
    elif kind == "heart":
        _heart(blank, x, y, size)
    elif kind == "letter":
        _monogram(blank, x, y, size, height)
    else:
        # The outline of a state, an animal, a fruit: a random star-shaped polygon with a patch on it,
        # sometimes as high as the letters.
        n = int(rng.integers(5, 12))
        angles = np.sort(rng.uniform(0, 2 * np.pi, n))
        tall = rng.uniform(0.6, 1.0) * min(height, size * 2.2) if rng.random() < 0.35 else size
        if rng.random() < 0.3:
            colour = blank.ink + rng.normal(0, 20, 3).astype(np.float32)
        if rng.random() < 0.3:
            _sketch(blank, x, y, (size, tall), colour)
            return
        for shrink in (1.0, rng.uniform(0.3, 0.7)):
            radii = rng.uniform(0.4, 1.0, n) * shrink / 2
            outline = np.stack([x + np.cos(angles) * radii * size, y + np.sin(angles) * radii * tall], 1)
            mask = np.zeros(blank.relief.shape, np.uint8)
            cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
            tint(blank.picture, mask, 0, 0, np.clip(colour, 0, 255), rng.uniform(0.5, 1))
            colour = rng.uniform(20, 235, 3).astype(np.float32)


def _heart(blank: Blank, x: float, y: float, size: float) -> None:
    turns = np.linspace(0, 2 * np.pi, 48)
    across = 16 * np.sin(turns) ** 3
    up = 13 * np.cos(turns) - 5 * np.cos(2 * turns) - 2 * np.cos(3 * turns) - np.cos(4 * turns)
    outline = np.stack([x + across * size / 34, y - up * size / 34], 1)
    mask = np.zeros(blank.relief.shape, np.uint8)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
    own = blank.rng.random() < 0.5
    colour = blank.ink if own else np.array([200, 30, 40], np.float32) + blank.rng.normal(0, 20, 3)
    tint(blank.picture, mask, 0, 0, np.clip(colour, 0, 255))


def _monogram(blank: Blank, x: float, y: float, size: float, height: float) -> None:
    """A club's or college's letter, in another colour and typeface, often in a disc or ring: no text."""
    rng = blank.rng
    colour = rng.uniform(0, 255, 3).astype(np.float32)
    ring, disc = rng.random() < 0.5, rng.random() < 0.5
    mask = np.zeros(blank.relief.shape, np.uint8)
    radius = max(1, round(min(size * 0.75, height * 0.6)))
    if disc:
        cv2.circle(mask, (round(x), round(y)), radius, 255, -1, cv2.LINE_AA)
        tint(blank.picture, mask, 0, 0, colour)
    if ring:
        ringed = np.zeros(blank.relief.shape, np.uint8)
        cv2.circle(ringed, (round(x), round(y)), radius, 255, max(1, radius // 5), cv2.LINE_AA)
        tint(blank.picture, ringed, 0, 0, rng.uniform(0, 255, 3))
    count = 1 if rng.random() < 0.7 else 2
    letters = "".join(ALPHABET[int(i)] for i in rng.integers(10, 36, count))
    letter = spell(blank.letterings.pick(("*",), rng), letters)
    high = min(size, height) * (rng.uniform(0.5, 0.75) if ring or disc else rng.uniform(0.5, 0.8))
    wide = min(letter.shape[1] * high / letter.shape[0] * rng.uniform(0.9, 1.5), 1.3 * radius)
    letter = scaled(letter, wide, high)
    if disc or not ring:
        # Unlike the text, or it would be one of its characters.
        colour = 255 - colour if disc else np.clip(255 - blank.ink * rng.uniform(0, 1, 3), 0, 255)
        if abs(luma(colour) - luma(blank.ink)) < 50 and not disc:
            colour = np.array([200, 40, 50], np.float32)
    tint(blank.picture, letter, round(x - wide / 2), round(y - high / 2), colour)


def _sketch(blank: Blank, x: float, y: float, size: tuple[float, float], colour: np.ndarray) -> None:
    """A figure of two to five strokes about (x, y), which may look like a letter and is none."""
    rng = blank.rng
    mask = np.zeros(blank.relief.shape, np.uint8)
    thick = max(1, round(size[1] * rng.uniform(0.06, 0.18)))
    for _ in range(int(rng.integers(2, 6))):
        ends = np.rint(rng.uniform(-0.5, 0.5, (2, 2)) * size + [x, y]).astype(int)
        if rng.random() < 0.5:
            cv2.line(mask, ends[0].tolist(), ends[1].tolist(), 255, thick, cv2.LINE_AA)
        else:
            axes = np.maximum(1, np.rint(rng.uniform(0.1, 0.35, 2) * size)).astype(int).tolist()
            start = rng.uniform(0, 360)
            end = start + rng.uniform(60, 300)
            cv2.ellipse(mask, ends[0].tolist(), axes, 0, start, end, 255, thick, cv2.LINE_AA)
    tint(blank.picture, mask, 0, 0, np.clip(colour, 0, 255), rng.uniform(0.6, 1))


def draw_shape(
    blank: Blank, shape: str, x: float, y: float, size: tuple[float, float], colour: np.ndarray
) -> None:
    """A seal or coat of arms about (x, y): an outline filled, with a smaller figure inside."""
    width, height = size
    rng = blank.rng
    mask = np.zeros(blank.relief.shape, np.uint8)
    centre = (round(x), round(y))
    if shape == "circle":
        cv2.ellipse(
            mask,
            centre,
            (max(1, round(width / 2)), max(1, round(height / 2))),
            0,
            0,
            360,
            255,
            -1,
            cv2.LINE_AA,
        )
    else:
        outline = np.array(
            [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.1], [0.3, 0.35], [0, 0.5], [-0.3, 0.35], [-0.5, 0.1]]
        )
        cv2.fillPoly(mask, [(outline * [width, height] + [x, y]).round().astype(np.int32)], 255, cv2.LINE_AA)
    tint(blank.picture, mask, 0, 0, colour)
    if shape == "shield":
        _charge(blank, centre, width, height, mask)
    elif shape == "circle":
        inner, radius = rng.uniform(0, 255, 3).tolist(), max(1, round(width * rng.uniform(0.1, 0.3)))
        cv2.circle(blank.picture, centre, radius, inner, -1, cv2.LINE_AA)


def shield_colour(blank: Blank) -> np.ndarray:
    """The colour of a shield."""
    return rgb("#c42430") if blank.design.arms == "cross" else blank.rng.uniform(0, 235, 3).astype(np.float32)


def _charge(blank: Blank, centre: tuple[int, int], width: float, height: float, shield: np.ndarray) -> None:
    """What a shield about `centre` shows: Slovakia's cross on a hill, or something drawn at random."""
    rng = blank.rng
    x, y = centre
    white = (244.0, 244.0, 244.0)
    thick = max(1, round(width * 0.14))
    if blank.design.arms == "cross":
        top, foot = (x, round(y - height * 0.35)), (x, round(y + height * 0.15))
        cv2.line(blank.picture, top, foot, white, thick)
        cv2.line(blank.picture, (round(x - width * 0.3), y), (round(x + width * 0.3), y), white, thick)
        axes = (max(1, round(width * 0.3)), max(1, round(height * 0.14)))
        hill = (x, round(y + height * 0.3))
        cv2.ellipse(blank.picture, hill, axes, 0, 0, 360, (30.0, 60.0, 160.0), -1)
        return
    fields = np.zeros(blank.relief.shape, np.uint8)
    left, right = round(x - width), round(x + width)
    division = int(rng.integers(5))
    if division == 0:
        fields[max(0, y) :] = 255
    elif division == 1:
        fields[:, max(0, x) :] = 255
    elif division == 2:
        fields[max(0, y) :, max(0, x) :] = fields[: max(0, y), : max(0, x)] = 255
    elif division == 3:
        cv2.line(fields, (left, y - round(height)), (right, y + round(height)), 255, 2 * thick)
    field, charge = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    tint(blank.picture, np.minimum(fields, shield), 0, 0, field)
    radii = rng.uniform(0.1, 0.34, 7)
    angles = np.arange(7) * 2 * np.pi / 7
    beast = np.stack([x + width * radii * np.cos(angles), y + height * radii * np.sin(angles)], 1)
    drawn = cv2.fillPoly(np.zeros_like(shield), [beast.round().astype(np.int32)], 255, cv2.LINE_AA)
    tint(blank.picture, drawn, 0, 0, charge)
