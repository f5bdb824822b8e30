"""Letters with accents, composed of a typeface's own capitals."""

import unicodedata
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

_LETTER = 0.8
"""Height of a letter below its accent, of the whole."""

Letter = Callable[[str], np.ndarray]
"""Gives the mask of a capital, uint8 (rows, width of the ink)."""

# Of each mark: the points of a line, across the letter from 0 to 1 and down the accent from 0 to 1.
_LINES = {
    "\N{COMBINING CARON}": [(0.3, 0.0), (0.5, 1.0), (0.7, 0.0)],
    "\N{COMBINING ACUTE ACCENT}": [(0.42, 1.0), (0.62, 0.0)],
}


def accented(character: str, letter: Letter, above: float = 0.0) -> np.ndarray:
    """uint8 (rows, width of the ink) of a letter such as Ö, Č, Ø, Æ or Þ. Raises KeyError for any other.

    Typefaces of plates lower a letter below its accent, so that both are as high as a capital. With `above`,
    a share of a capital's height, the letter is a whole capital as in other typefaces, and the accent stands
    above it in so many rows more.
    """
    if character in _MADE:
        return _MADE[character](letter)
    base, mark = tuple(unicodedata.normalize("NFD", character))
    mask, stem = letter(base), _stem(letter)
    rows, width = mask.shape
    low = rows if above else round(rows * _LETTER)
    high = max(2, round(rows * above)) if above else rows - low
    whole = np.zeros((high + low, width), np.uint8)
    whole[high:] = cv2.resize(mask, (width, low), interpolation=cv2.INTER_AREA)
    room = high * 0.8
    half = min(stem, room) / 2
    if mark == "\N{COMBINING DIAERESIS}":
        apart = min(width * 0.24, 2.2 * stem)
        for x in (width / 2 - apart, width / 2 + apart):
            axes = (max(1, round(half * 1.15)), max(1, round(min(half * 1.15, room / 2))))
            cv2.ellipse(whole, (round(x), round(room / 2)), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    elif mark == "\N{COMBINING RING ABOVE}":
        radius = max(2, round(room * 0.55))
        thick = max(1, round(half * 0.8))
        cv2.circle(whole, (width // 2, radius), radius - thick // 2, 255, thick, cv2.LINE_AA)
    else:
        points = [(round(x * width), round(half / 2 + y * (room - half))) for x, y in _LINES[mark]]
        for one, other in pairwise(points):
            cv2.line(whole, one, other, 255, max(1, round(half)), cv2.LINE_AA)
    return whole


def stands_above(character: str) -> bool:
    """Whether the letter has an accent that stands above it, as Ö has and Ø has not."""
    return character not in _MADE


def _stem(letter: Letter) -> float:
    """Width in columns of an upright stroke: that of an L above its foot."""
    mask = letter("L")
    return max(1.0, float(np.median((mask[len(mask) // 4 : len(mask) // 2] > 127).sum(1))))


def _slashed(letter: Letter) -> np.ndarray:
    mask = letter("O").copy()
    rows, width = mask.shape
    thick = max(1, round(_stem(letter) * 0.6))
    cv2.line(mask, (round(width * 0.08), rows - 1), (round(width * 0.92), 0), 255, thick, cv2.LINE_AA)
    return mask


def _barred(letter: Letter) -> np.ndarray:
    mask, stem = letter("D"), _stem(letter)
    rows, width = mask.shape
    out = max(1, round(0.16 * width))
    whole = cv2.copyMakeBorder(mask, 0, 0, out, 0, cv2.BORDER_CONSTANT)
    half = max(1, round(stem * 0.4))
    whole[rows // 2 - half : rows // 2 + half, : round(out + 0.42 * width)] = 255
    return whole


def _ligature(letter: Letter) -> np.ndarray:
    """A's left half and an E, which share an upright."""
    a, e = letter("A"), letter("E")
    left = a[:, : a.shape[1] // 2]
    whole = np.zeros((a.shape[0], left.shape[1] + e.shape[1]), np.uint8)
    whole[:, : left.shape[1]] = left
    np.maximum(whole[:, left.shape[1] :], e, out=whole[:, left.shape[1] :])
    return whole


def _thorn(letter: Letter) -> np.ndarray:
    """A P whose bowl is lower."""
    mask, stem = letter("P"), round(_stem(letter))
    rows = len(mask)
    whole = np.zeros_like(mask)
    down = round(rows * 0.2)
    whole[down:] = mask[: rows - down]
    whole[:, stem:][: down // 2] = 0
    whole[:, :stem] = mask[rows // 2 : rows // 2 + 1, :stem].max()
    return whole


def _crossed(letter: Letter) -> np.ndarray:
    mask = letter("O").copy()
    middle, half = len(mask) // 2, max(1, round(_stem(letter) * 0.4))
    mask[middle - half : middle + half, mask.shape[1] // 10 : -(mask.shape[1] // 10) or None] = 255
    return mask


_MADE: dict[str, Callable[[Letter], np.ndarray]] = {
    "Ø": _slashed,
    "Ө": _crossed,
    "Đ": _barred,
    "Ð": _barred,
    "Æ": _ligature,
    "Þ": _thorn,
}
