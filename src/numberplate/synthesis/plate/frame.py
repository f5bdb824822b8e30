"""The frame around a plate, and the name that a dealer or a club has on it."""

import cv2
import numpy as np

from numberplate.synthesis.paint import blend, tint
from numberplate.synthesis.plate.blank import Blank, rounded, scaled
from numberplate.synthesis.plate.words import random_words
from numberplate.synthesis.type.lettering import spell


def framed(blank: Blank, pad: int) -> tuple[np.ndarray, np.ndarray]:
    """The plate, often in a frame, with `pad` pixels around it: picture and mask as of a `FlatPlate`."""
    rng = blank.rng
    height, width = blank.height + 2 * pad, blank.width + 2 * pad
    picture: np.ndarray = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    laps = (0, 0, 0)  # of the frame over the plate's edge: above, below, at either side
    thick = np.zeros(4)  # of the frame: left, top, right, bottom
    if rng.random() < blank.design.frame:
        colour = rng.uniform(0, 60, 3) if rng.random() < 0.75 else rng.uniform(120, 255, 3)
        thick = rng.uniform(0.2, 0.9, 4) * pad
        if rng.random() < 0.5:
            thick[3] = pad
        left, top = round(pad - thick[0]), round(pad - thick[1])
        outer = rounded(
            round(blank.height + thick[1] + thick[3]), round(blank.width + thick[0] + thick[2]), pad * 0.4
        )
        cv2.rectangle(picture, (0, 0), (width, height), colour.tolist(), -1)
        mask[top : top + outer.shape[0], left : left + outer.shape[1]] = outer
        laps = _laps(blank, thick)
    plate = rounded(blank.height, blank.width, blank.design.radius * blank.scale)
    above, below, beside = laps
    plate[:above], plate[blank.height - below :] = 0, 0
    plate[:, :beside], plate[:, blank.width - beside :] = 0, 0
    inside = (slice(pad, pad + blank.height), slice(pad, pad + blank.width))
    picture[inside] = blend(blank.picture, picture[inside], plate) if thick.any() else blank.picture
    np.maximum(mask[inside], plate, out=mask[inside])
    if thick.any() and rng.random() < 0.8:
        _dealer(blank, picture, pad, thick[1], thick[3], above, below)
    return picture, mask


def _laps(blank: Blank, thick: np.ndarray) -> tuple[int, int, int]:
    """How far the frame reaches over the plate above, below and at the sides, in pixels.

    Mostly a little; a broad one hides names and slogans, all but the text.
    """
    rng = blank.rng
    slight = int(rng.integers(0, max(1, round(blank.height * 0.035)) + 1))
    above = below = slight
    if rng.random() < 0.35:
        lines = blank.design.lines
        free = min(line.top for line in lines) * blank.scale
        beneath = blank.height - max(line.bottom for line in lines) * blank.scale
        above = max(slight, round(free * rng.uniform(0, 0.9)))
        below = max(slight, round(beneath * rng.uniform(0, 0.9)))
    return above, below, slight


def _dealer(
    blank: Blank, picture: np.ndarray, pad: int, above: float, below: float, lap_above: int, lap_below: int
) -> None:
    """A dealer's or a club's name on the frame, which is so thick in pixels and laps over so much."""
    rng = blank.rng
    at_bottom = rng.random() < 0.7
    for place in (at_bottom, not at_bottom)[: 1 if rng.random() < 0.6 else 2]:
        font = blank.letterings.small(rng)
        words = random_words(rng)
        mask = font.word(words) if font else spell(blank.lettering, words)
        room = below + lap_below if place else above + lap_above
        height = room * rng.uniform(0.45, 0.85)
        if mask.size == 0 or height < 2:
            continue
        width = mask.shape[1] * height / mask.shape[0]
        if rng.random() < 0.4:  # as long as the frame is
            width = max(width, blank.width * rng.uniform(0.5, 0.9))
        mask = scaled(mask, min(width, blank.width * 0.9), height)
        edge = pad + blank.height - lap_below if place else pad - above
        middle = edge + room / 2
        x = pad + rng.uniform(0.1, 0.9) * max(0, blank.width - mask.shape[1])
        row = min(max(0, round(middle)), picture.shape[0] - 1)
        behind = picture[row, picture.shape[1] // 2].mean()
        colour = np.full(3, 235 if behind < 128 else 20, np.float32)
        tint(picture, mask, round(x), round(middle - height / 2), colour)
