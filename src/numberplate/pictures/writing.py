"""Texts written on pictures, in any script that plates have: OpenCV alone writes ASCII.

Other characters are in a picture of all of them, `characters.png`, in the order of `characters.txt`. Both are
made from fonts by `python -m numberplate.synthesis.type.atlas`.
"""

import re
from functools import cache
from importlib import resources

import cv2
import numpy as np

from numberplate.geometry.quads import Picture
from numberplate.plates.alphabet import alphabets

ATLAS, ORDER = "characters.png", "characters.txt"
CELL, COLUMNS, BASELINE = 28, 32, 20
"""Pixels of a cell's sides; cells in a row; the row of a cell that letters stand on."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SCALE = 1.4
"""Pixels to the cell's where OpenCV's font has the size 1: capitals are as high as its."""
_UNKNOWN = "?"

Colour = tuple[int, int, int]


@cache
def atlas_characters() -> str:
    """The characters of the picture, in its order. A new alphabet's are not among them until it is drawn
    again: they are written as ?, and the others as before."""
    return resources.files("numberplate.pictures").joinpath(ORDER).read_text(encoding="utf-8").rstrip("\n")


def text_size(text: str, size: float, thick: int = 1) -> tuple[int, int, int]:
    """Width, height above the line and depth below it, in pixels, of a text of `write`."""
    if text.isascii():
        (across, up), down = cv2.getTextSize(text, _FONT, size, thick)
        return across, up, down
    across = 0
    (_, up), down = cv2.getTextSize("A", _FONT, size, thick)
    for part in _parts(text):
        if part.isascii():
            across += cv2.getTextSize(part, _FONT, size, thick)[0][0]
        else:
            across += sum(round(_glyph(c).shape[1] * size * _SCALE) for c in part)
    side = size * _SCALE
    return across, max(up, round(BASELINE * side)), max(down, round((CELL - BASELINE) * side))


def write(
    canvas: Picture, text: str, place: tuple[int, int], size: float, colour: Colour, thick: int = 1
) -> None:
    """Writes a text whose line begins at `place`, (x, y), into a picture, grey or RGB.

    Arabic letters stand in the order of the plate, alone as on it. What is in no alphabet is written as ?.
    """
    x, y = place
    for part in [text] if text.isascii() else _parts(text):
        if part.isascii():
            cv2.putText(canvas, part, (x, y), _FONT, size, colour, thick, cv2.LINE_AA)
            x += cv2.getTextSize(part, _FONT, size, thick)[0][0]
            continue
        for c in part:
            glyph = _glyph(c)
            across, side = round(glyph.shape[1] * size * _SCALE), max(1, round(CELL * size * _SCALE))
            mask = cv2.resize(glyph, (max(1, across), side), interpolation=cv2.INTER_AREA)
            if thick > 1:
                mask = cv2.dilate(mask, np.ones((1, thick), np.uint8))
            _blend(canvas, mask, x, y - round(BASELINE * size * _SCALE), colour)
            x += across


def _parts(text: str) -> list[str]:
    """Runs of ASCII and of other characters, from left to right."""
    words = [_left_to_right(word) for word in re.split(r"( )", text)]
    known = "".join(c if c.isascii() or c in atlas_characters() else _UNKNOWN for c in "".join(words))
    return re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]+", known)


def _left_to_right(word: str) -> str:
    """A word in the order that its characters have on a plate."""
    for one in alphabets().values():
        if one.right_to_left and {*word} <= {*one.characters}:
            return one.printed(word)
    return word


@cache
def _atlas() -> np.ndarray:
    content = np.frombuffer(resources.files("numberplate.pictures").joinpath(ATLAS).read_bytes(), np.uint8)
    atlas = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
    assert atlas is not None  # it comes with the package
    return atlas


@cache
def _glyph(character: str) -> np.ndarray:
    """uint8 (CELL, width): the cell's columns with ink, and one on either side."""
    row, column = divmod(atlas_characters().index(character), COLUMNS)
    cell = _atlas()[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
    x, _, width, _ = cv2.boundingRect(cell)
    return np.pad(cell[:, x : x + width], ((0, 0), (1, 1)))


def _blend(canvas: Picture, mask: np.ndarray, x: int, y: int, colour: Colour) -> None:
    top, left = max(0, y), max(0, x)
    bottom, right = min(canvas.shape[0], y + mask.shape[0]), min(canvas.shape[1], x + mask.shape[1])
    if bottom <= top or right <= left:
        return
    share = mask[top - y : bottom - y, left - x : right - x].astype(np.float32) / 255
    under = canvas[top:bottom, left:right].astype(np.float32)
    ink = np.array(colour if canvas.ndim == 3 else colour[0], np.float32)
    share = share[..., None] if canvas.ndim == 3 else share
    canvas[top:bottom, left:right] = np.round(under + share * (ink - under)).astype(np.uint8)
