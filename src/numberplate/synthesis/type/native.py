"""The characters of other scripts than Latin: a font's glyphs, fitted to plates and varied a little.

Few fonts of such scripts are like those of plates, so that each is drawn in many styles: narrowed to the box
that plates have, with strokes thinner or bolder, and bent a little.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numberplate.plates.alphabet import Alphabet
from numberplate.synthesis.type.strokes import CAP_HEIGHT

FACES = 72
"""Fonts times styles that a script is drawn in, about: the fewer fonts, the more styles of each."""

_EM = 160
"""Size in pixels that glyphs are taken from the font at."""

_THINNEST = 0.45
"""Share of its ink that a glyph keeps at least when it is made thinner."""


_SPECK = 0.02
"""Share of a glyph's box that a part without ink has at least, to be one of its gaps."""


@dataclass(frozen=True)
class Style:
    """How a font's glyphs are changed.

    `bend`: powers that places across and down are raised to, 1 for none; `weight`: by how much strokes are
    wider, in shares of their width; `narrow`: what the width is multiplied by.
    """

    bend: tuple[float, float] = (1.0, 1.0)
    weight: float = 0.0
    narrow: float = 1.0


def random_style(number: int) -> Style:
    """Style `number`, the first of which changes nothing."""
    if number == 0:
        return Style()
    rng = np.random.default_rng([20161122, number, 3])
    bend = np.exp(rng.normal(0, 0.1, 2))
    return Style(
        (float(bend[0]), float(bend[1])), float(rng.uniform(-0.3, 0.25)), float(rng.uniform(0.85, 1.1))
    )


class NativeFace:
    """The own characters of an alphabet in a font file and a style, to be fitted to boxes."""

    def __init__(self, path: Path, alphabet: Alphabet, style: Style) -> None:
        self.path, self.alphabet, self.style = path, alphabet, style
        self._fitted: dict[tuple[float | None, float | None], NativeLettering] = {}

    def fitted(self, aspect: float | None, stroke: float | None) -> "NativeLettering":
        """The glyphs for boxes of a width over height of `aspect`, None for the font's own.

        `stroke`: mean width of a stroke as a share of the box's height, None for the font's own.
        """
        key = (aspect, stroke)
        if key not in self._fitted:
            self._fitted[key] = NativeLettering(self, aspect, stroke)
        return self._fitted[key]


class FittedGlyphs(ABC):
    """A script's own glyphs, fitted to boxes; each is made once for each height."""

    def __init__(self) -> None:
        self._glyphs: dict[tuple[str, int], np.ndarray] = {}

    def glyph(self, character: str, rows: int) -> np.ndarray:
        """uint8 (rows, width), 255 where the ink is; as high as the line, of which it may fill a part."""
        key = (character, rows)
        if key not in self._glyphs:
            mask = self._make(character)
            size = (max(1, round(mask.shape[1] * rows / CAP_HEIGHT)), rows)
            self._glyphs[key] = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        return self._glyphs[key]

    @abstractmethod
    def _make(self, character: str) -> np.ndarray:
        """uint8 (CAP_HEIGHT, width), 255 where the ink is."""


class NativeLettering(FittedGlyphs):
    """The glyphs of a face, fitted; made by `NativeFace.fitted`."""

    def __init__(self, face: NativeFace, aspect: float | None, stroke: float | None) -> None:
        super().__init__()
        self.name = face.path.stem
        self._path, self._alphabet, self._style = face.path, face.alphabet, face.style
        self._aspect, self._stroke = aspect, stroke

    def _make(self, character: str) -> np.ndarray:
        fit = self._alphabet.fit
        whole = _em(self._path, shape_of(self._path, self._alphabet, character))
        x, y, width, height = cv2.boundingRect(whole)
        if fit in ("em", "line"):
            y, height = extent(self._path, self._alphabet, character.isdigit())
        if fit == "em":
            x, width = _EM // 2, _EM
        part = whole[y : y + height, x : x + width]
        across = CAP_HEIGHT / height
        if self._aspect and fit in ("em", "box"):
            across = CAP_HEIGHT * self._aspect / width
        elif self._aspect and fit == "letters":
            across = CAP_HEIGHT * self._aspect / _usual_width(self._path, self._alphabet)
        size = (max(2, round(width * across * self._style.narrow)), CAP_HEIGHT)
        mask = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        if fit != "line":
            mask = _bent(mask, *self._style.bend)
        own = _stroke(self._path, self._alphabet)
        across_own, down_own = own * size[0] / width, own * CAP_HEIGHT / height
        wanted = self._stroke * CAP_HEIGHT if self._stroke else (across_own * down_own) ** 0.5
        wanted *= 1 + self._style.weight
        across_more, down_more = round(wanted - across_own), round(wanted - down_own)
        grown = _grown(mask, across_more, down_more, fit)
        # Bold strokes would close the gaps of Ш, which are narrower than those of other letters.
        while fit == "letters" and max(across_more, down_more) > 0 and _gaps(grown) < _gaps(mask):
            across_more, down_more = (v * 3 // 4 if v > 0 else v for v in (across_more, down_more))
            grown = _grown(mask, across_more, down_more, fit)
        return grown


def shape_of(path: Path, alphabet: Alphabet, character: str) -> str:
    """The code point that a font draws a character with, "" where it has none."""
    return next((c for c in alphabet.shapes.get(character, (character,)) if _has(path, c)), "")


def covers(path: Path, alphabet: Alphabet, characters: str | None = None) -> bool:
    """Whether a font has these of an alphabet's own characters, None for all that are not composed; False for
    a file that is no font.
    """
    try:
        wanted = alphabet.lettered if characters is None else characters
        return all(shape_of(path, alphabet, c) for c in wanted)
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=512)
def extent(path: Path, alphabet: Alphabet, digits: bool) -> tuple[int, int]:
    """The row of `_em` where the highest own digit, or other character, starts, and the height of all."""
    some = [c for c in alphabet.lettered if c.isdigit() == digits]
    boxes = [cv2.boundingRect(_em(path, shape_of(path, alphabet, c))) for c in some]
    top, bottom = min(y for _, y, _, _ in boxes), max(y + height for _, y, _, height in boxes)
    return top, bottom - top


@lru_cache(maxsize=2048)
def word(path: Path, text: str, right_to_left: bool) -> np.ndarray:
    """uint8 mask of a word in a font, its letters joined where the script joins them, as large as its ink."""
    font = _font(path, 48)
    left, top, right, bottom = (int(v) for v in font.getbbox(text))
    picture = Image.new("L", (max(1, right - left + 8), max(1, bottom - top + 8)))
    direction = "rtl" if right_to_left and ImageFont.core.HAVE_RAQM else None
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, font=font, fill=255, direction=direction)
    mask = np.asarray(picture)
    x, y, width, height = cv2.boundingRect(mask)
    return mask[y : y + height, x : x + width]


@lru_cache(maxsize=512)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@lru_cache(maxsize=65536)
def _has(path: Path, character: str) -> bool:
    """Whether a font draws a character as something else than nothing or its placeholder."""
    mask = bytes(_font(path, 24).getmask(character))
    return any(mask) and mask not in _placeholders(path)


@lru_cache(maxsize=512)
def _placeholders(path: Path) -> tuple[bytes, ...]:
    return tuple(bytes(_font(path, 24).getmask(c)) for c in "\U0010ffff\ufffd\u0378")


def _em(path: Path, character: str) -> np.ndarray:
    """uint8 mask of a character's ink, twice as wide and high as the em square, which lies in its middle."""
    picture = Image.new("L", (2 * _EM, 2 * _EM))
    font = _font(path, _EM)
    start = _EM / 2 + max(0.0, (_EM - font.getlength(character)) / 2)
    ImageDraw.Draw(picture).text((start, _EM * 1.4), character, font=font, fill=255, anchor="ls")
    return np.asarray(picture)


@lru_cache(maxsize=512)
def _usual_width(path: Path, alphabet: Alphabet) -> float:
    """Median width of an alphabet's own characters in `_em`."""
    return float(
        np.median([cv2.boundingRect(_em(path, shape_of(path, alphabet, c)))[2] for c in alphabet.lettered])
    )


@lru_cache(maxsize=512)
def _stroke(path: Path, alphabet: Alphabet) -> float:
    """Mean width of a stroke in `_em`'s pixels, of some of an alphabet's own characters."""
    some = alphabet.lettered[:: max(1, len(alphabet.lettered) // 8)]
    return float(np.mean([stroke_width(_em(path, shape_of(path, alphabet, c))) for c in some]))


def stroke_width(mask: np.ndarray) -> float:
    """Mean width of the strokes of a mask: its area over half its outline's length."""
    ink = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY)[1]
    outlines = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
    length = sum(cv2.arcLength(outline, closed=True) for outline in outlines)
    return 2 * cv2.countNonZero(ink) / max(length, 1e-6)


def _gaps(mask: np.ndarray) -> int:
    """How many parts without ink a glyph's box has, such as the two of Ш, without specks."""
    paper = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY_INV)[1]
    areas = cv2.connectedComponentsWithStats(paper, connectivity=4)[2][1:, cv2.CC_STAT_AREA]
    return int((areas > _SPECK * mask.size).sum())


def _bent(mask: np.ndarray, across: float, down: float) -> np.ndarray:
    if across == down == 1:
        return mask
    height, width = mask.shape
    columns = (np.linspace(0, 1, width) ** across * (width - 1)).astype(np.float32)
    rows = (np.linspace(0, 1, height) ** down * (height - 1)).astype(np.float32)
    x, y = np.meshgrid(columns, rows)
    return cv2.remap(mask, x, y, cv2.INTER_LINEAR)


def _grown(mask: np.ndarray, across: int, down: int, fit: str) -> np.ndarray:
    """A mask with upright strokes wider by `across` and level ones by `down`, less than 0 for narrower."""
    edge = max(abs(across), abs(down), 1)
    changed = cv2.copyMakeBorder(mask, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
    for grow, much in ((cv2.dilate, (across, down)), (cv2.erode, (-across, -down))):
        kernel = tuple(max(0, v) + 1 for v in much)
        if max(kernel) > 1:
            new = grow(changed, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, kernel))
            if grow is cv2.dilate or cv2.sumElems(new)[0] > _THINNEST * cv2.sumElems(changed)[0]:
                changed = new
    if fit == "line":
        # What stands above and below the line keeps its place.
        x, _, width, _ = cv2.boundingRect(changed)
        return cv2.resize(
            changed[:, x : x + max(1, width)], (max(1, width), CAP_HEIGHT), interpolation=cv2.INTER_AREA
        )
    if fit == "em":
        return cv2.resize(changed, mask.shape[::-1], interpolation=cv2.INTER_AREA)
    x, y, width, height = cv2.boundingRect(changed)
    return cv2.resize(changed[y : y + height, x : x + width], mask.shape[::-1], interpolation=cv2.INTER_AREA)
