"""The flat plate: a design, a text and a typeface become a picture of the plate seen straight on."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import capwords
from typing import NamedTuple

import cv2
import numpy as np

from numberplate.plates.alphabet import ALPHABET, alphabet
from numberplate.plates.design import Band, Caption, Design, Line
from numberplate.plates.pattern import MARKS
from numberplate.plates.shares import Shares
from numberplate.synthesis.paint import blend, tint
from numberplate.synthesis.plate.graphics import paint_picture
from numberplate.synthesis.plate.surface import emboss
from numberplate.synthesis.type.accents import accented
from numberplate.synthesis.type.lettering import FontLettering, Lettering, Letterings, spell
from numberplate.synthesis.type.native import NativeFace
from numberplate.synthesis.type.strokes import CAP_HEIGHT

PAD = 0.16
"""What the picture shows beyond the plate on each side, as a share of its height: room for a frame."""

_LEGIBLE = 35
"""Least difference in luma between a caption and what lies behind it."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUNE", "JULY", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_VOWELS, _CONSONANTS = "AEIOU", "BCDFGHKLMNPRSTVWZ"


@dataclass(frozen=True)
class PlateLine:
    """What is read in one go: a line, or lines that stand side by side.

    `text`: characters of the design's alphabet in reading order, without marks; `corners`: float32 (4, 2) in
    reading order, pixels, of the strip of the plate that belongs to it: what the bands leave, parted half-way
    between neighbours. A plate of one line is all one strip, its bands too.
    """

    text: str
    corners: np.ndarray


@dataclass(frozen=True)
class FlatPlate:
    """A plate seen straight on.

    `picture`: uint8 (height, width, 3) RGB, PAD of the plate's height larger than it on each side; `mask`:
    uint8 (height, width), 255 where plate or frame is; `corners`: float32 (4, 2), the plate's, in pixels;
    `text`: characters of the design's alphabet in reading order, without marks; `lines`: the same text line
    by line, and with it the lines that repeat it in another script.
    """

    picture: np.ndarray
    mask: np.ndarray
    corners: np.ndarray
    text: str
    lines: tuple[PlateLine, ...]


@dataclass(frozen=True)
class _Set:
    """A line set in type, at its natural width in pixels, before it is squeezed."""

    line: Line
    drawn: str
    glyphs: dict[str, "_Glyph"]
    advances: tuple[float, ...]
    """From each character or mark to the next."""

    @property
    def width(self) -> float:
        return sum(self.advances)

    @property
    def text(self) -> str:
        return "".join(c for c in self.drawn if c not in MARKS)


class _Glyph(NamedTuple):
    """A character's mask, the pixels to its columns, its height in pixels and how much lower it stands."""

    mask: np.ndarray
    across: float
    height: float
    drop: float


def luma(colour: Sequence[float] | np.ndarray) -> float:
    """Rec. 601 luma, 0..255, of red, green and blue."""
    return 0.299 * float(colour[0]) + 0.587 * float(colour[1]) + 0.114 * float(colour[2])


def rgb(colour: str) -> np.ndarray:
    """float32 (3,), 0..255, of a colour such as `#ffd21e`."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def _scaled(mask: np.ndarray, width: float, height: float) -> np.ndarray:
    size = (max(1, round(width)), max(1, round(height)))
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


class _Drawing:
    """One plate in the making; `scale` is pixels to the millimetre."""

    def __init__(
        self, design: Design, letterings: Letterings, scale: float, rng: np.random.Generator
    ) -> None:
        self.design, self.letterings, self.scale, self.rng = design, letterings, scale, rng
        self.width, self.height = (max(8, round(side * scale)) for side in design.size)
        self.pad = max(2, round(self.height * PAD))
        shares = Shares({i: variant.weight for i, variant in enumerate(design.variants)})
        self.variant = design.variants[shares.draw(rng)]
        self.alphabet = alphabet(design.script)
        self.rows = [[design.lines[i] for i in row] for row in design.rows]
        self.face: NativeFace | None = None
        """Of the characters that are of the design's script alone; picked when it is needed."""
        self.drawn: dict[int, str] = {}
        """What stands on each line, by its `id`, with its marks."""
        self.paper, self.ink = rgb(self.variant.paper), rgb(self.variant.ink)
        self.picture: np.ndarray = np.empty((self.height, self.width, 3), np.uint8)
        cv2.rectangle(self.picture, (0, 0), (self.width, self.height), self.paper.tolist(), -1)
        self.relief = np.zeros((self.height, self.width), np.uint8)
        """The embossed parts: characters and border."""
        self.lettering = letterings.pick(design.letterings, rng)
        weight = int(rng.integers(-5, 7)) if isinstance(self.lettering, FontLettering) else 0
        self.weight = (weight, weight)
        # All lines have their margin and stray from the middle alike.
        self.margin, self.stray = rng.uniform(0.03, 0.12), rng.uniform(-0.5, 0.5)
        self.left, self.right = 0.0, float(self.width)
        self.top, self.bottom = 0.0, float(self.height)

    def make(self) -> FlatPlate:
        design, rng = self.design, self.rng
        if rng.random() < design.graphic:
            self._graphic()
        for band in design.bands:
            if rng.random() < band.chance:
                self._band(band)
        if design.border:
            self._border()
        for caption in design.captions:
            if rng.random() < caption.chance:
                self._caption(caption)
        for sticker in design.stickers:
            if rng.random() < sticker.chance:
                size = (sticker.size[0] * self.scale, sticker.size[1] * self.scale)
                colour = rgb(sticker.colours[int(rng.integers(len(sticker.colours)))])
                x, y = sticker.x * self.width, sticker.y * self.height
                if sticker.shape == "rectangle":
                    self._sticker(sticker.texts, x, y, size, colour)
                else:
                    self._shape(sticker.shape, x, y, size, colour)
        texts = [self.alphabet.read("".join(self._row(row))) for row in self.rows]
        if rng.random() < 0.6:
            self._emboss()
        self._holes()
        return self._framed(texts)

    # What lies on the plate, from the back to the front.

    def _graphic(self) -> None:
        """A picture, which keeps away from the ink's brightness where the text runs."""
        lines = self.design.lines
        top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
        height = self.design.size[1]
        paint_picture(self.picture, self.paper, self.ink, (top / height, bottom / height), self.rng)

    def _band(self, band: Band) -> None:
        thick = max(1, round(band.width * self.scale))
        upright = band.side in ("left", "right")
        x = max(0, self.width - thick) if band.side == "right" else 0
        y = max(0, self.height - thick) if band.side == "bottom" else 0
        width, height = (thick, self.height) if upright else (self.width, thick)
        self.picture[y : y + height, x : x + width] = rgb(band.colour)
        size = thick * 0.6
        if upright:
            high, wide = self.height * 0.26, width * 0.72
            name, sign = (x + width / 2, y + height * 0.76), (x + width / 2, y + height * 0.3)
        else:
            high, wide = thick * 0.62, max(1.0, width - 3.0 * thick)
            name, sign = (width / 2, y + thick / 2), (width - 0.9 * thick, y + thick / 2)
        if band.letters:
            letters = band.letters[int(self.rng.integers(len(band.letters)))]
            mask = spell(self.letterings.pick(("*",), self.rng), _bare(letters))
            high = min(high, wide * mask.shape[0] / mask.shape[1])
            mask = _scaled(mask, mask.shape[1] * high / mask.shape[0], high)
            left, top = name[0] - mask.shape[1] / 2, name[1] - mask.shape[0] / 2
            tint(self.picture, mask, round(left), round(top), rgb(band.ink))
        self._sign(band, *sign, size)
        if band.side == "left":
            self.left = max(self.left, float(width))
        elif band.side == "right":
            self.right = min(self.right, float(self.width - width))
        elif band.side == "top":
            self.top = max(self.top, float(height))
        else:
            self.bottom = min(self.bottom, float(self.height - height))

    def _sign(self, band: Band, x: float, y: float, size: float) -> None:
        """A band's sign about (x, y)."""
        if band.sign == "stars":
            for i in range(12):
                angle = i * np.pi / 6
                centre = (round(x + np.cos(angle) * size * 0.5), round(y + np.sin(angle) * size * 0.5))
                cv2.circle(self.picture, centre, max(1, round(size * 0.07)), (250, 210, 40), -1, cv2.LINE_AA)
        elif band.sign == "shield":
            self._shape("shield", x, y, (size, size * 1.15), self._arms())
        elif band.sign in ("flag", "bars"):
            for i in range(3):
                colour = self.rng.uniform(0, 255, 3)
                a, b = (0, i) if band.sign == "flag" else (i, 0)
                one, other = (size, size / 3) if band.sign == "flag" else (size / 3, size)
                x0, y0 = x - size / 2 + a * size / 3, y - size / 2 + b * size / 3
                corner = (round(x0 + one), round(y0 + other))
                cv2.rectangle(self.picture, (round(x0), round(y0)), corner, colour.tolist(), -1)

    def _border(self) -> None:
        inset = round(self.design.border_inset * self.scale)
        width = max(1, round(self.design.border * self.scale))
        edge = _rounded(
            self.height - 2 * inset, self.width - 2 * inset, max(0.0, self.design.radius * self.scale - inset)
        )
        inner = _rounded(
            max(1, self.height - 2 * (inset + width)),
            max(1, self.width - 2 * (inset + width)),
            max(0.0, self.design.radius * self.scale - inset - width),
        )
        line = edge.copy()
        line[width : width + inner.shape[0], width : width + inner.shape[1]] -= np.minimum(
            inner, line[width : width + inner.shape[0], width : width + inner.shape[1]]
        )
        tint(self.picture, line, inset, inset, self.ink)
        part = self.relief[inset : inset + line.shape[0], inset : inset + line.shape[1]]
        np.maximum(part, line, out=part)

    def _caption(self, caption: Caption) -> None:
        text = (
            caption.texts[int(self.rng.integers(len(caption.texts)))]
            if caption.texts
            else random_words(self.rng)
        )
        if caption.letters == "native":
            mask = self.letterings.native_word(self.design.script, text, self.rng)
            self._place_caption(caption, mask)
            return
        font = self.letterings.small(self.rng)
        if caption.letters == "script" or self.rng.random() < 0.2:
            text = capwords(text)
        self._place_caption(caption, font.word(text) if font else spell(self.lettering, _bare(text)))

    def _place_caption(self, caption: Caption, mask: np.ndarray) -> None:
        if mask.size == 0:
            return
        height = max(2.0, caption.height * self.scale * self.rng.uniform(0.85, 1.2))
        width = min(mask.shape[1] * height / mask.shape[0], self.width * 0.9)
        mask = _scaled(mask, width, height)
        if caption.letters == "script":
            slant = np.array([[1, -0.25, 0.25 * height], [0, 1, 0]], np.float32)
            mask = cv2.warpAffine(mask, slant, (mask.shape[1] + round(0.25 * height), mask.shape[0]))
        colour = rgb(caption.colours[int(self.rng.integers(len(caption.colours)))])
        x = np.clip(caption.x * self.width - mask.shape[1] / 2, 0, max(0, self.width - mask.shape[1]))
        y = round(caption.y * self.scale - height / 2)
        tint(self.picture, mask, round(float(x)), y, self._legible(colour, round(float(x)), y, mask.shape))

    def _legible(self, colour: np.ndarray, x: int, y: int, size: tuple[int, ...]) -> np.ndarray:
        """The colour, or white or black where it would not be seen on what the picture shows there."""
        behind = self.picture[max(0, y) : y + size[0], max(0, x) : x + size[1]]
        if behind.size == 0:
            return colour
        ground = luma(cv2.mean(behind)[:3])
        if abs(luma(colour) - ground) > _LEGIBLE:
            return colour
        return np.full(3, 245 if ground < 128 else 15, np.float32)

    def _set(self, line: Line) -> _Set:
        """A line with a random text, measured."""
        scale = self.scale
        drawn = self._text(line)
        weight = self.weight if line.stroke is None else _weight(self.lettering, line, line.stroke)
        rows = _rows(line.height * scale)
        across = line.height * scale / rows
        if line.width:
            across = line.width * scale / _weighed(self.lettering, "H", *weight, rows).shape[1]
        glyphs = {
            c: _Glyph(_weighed(self.lettering, c, *weight, rows), across, line.height * scale, 0.0)
            for c in {*drawn}
            if c in ALPHABET
        }
        if own := {*drawn} - {*ALPHABET, *MARKS}:
            glyphs |= self._native(line, "".join(sorted(own)), across, weight)
        advances = []
        for c, following in zip(drawn, [*drawn[1:], " "], strict=False):
            if c not in MARKS:
                gap = line.gap * scale if following not in MARKS else 0.0
                advances.append(glyphs[c].mask.shape[1] * glyphs[c].across + gap)
            else:
                advances.append(line.space * scale)
        return _Set(line, drawn, glyphs, tuple(advances))

    def _text(self, line: Line) -> str:
        """What a line says, its marks too: something random, or what another line says in another script."""
        if id(line) not in self.drawn:
            if line.repeats is None:
                self.drawn[id(line)] = line.pattern.generate(self.rng)
            else:
                source = self._text(self.design.lines[line.repeats])
                of = {self.alphabet.fold(c): c for c in line.pattern.characters}
                self.drawn[id(line)] = "".join(c if c in MARKS else of[self.alphabet.fold(c)] for c in source)
        return self.drawn[id(line)]

    def _native(
        self, line: Line, characters: str, across: float, weight: tuple[int, int]
    ) -> dict[str, _Glyph]:
        """The glyphs of characters that are of the script alone.

        `across` and `weight` are those of the line's digits and Latin letters.
        """
        native, scale = line.native, self.scale
        tall = (native.height or line.height) * scale
        rows = _rows(tall)
        glyphs = {}
        for c in {*characters} & {*self.alphabet.composed}:
            mask = accented(c, lambda base: _weighed(self.lettering, base, *weight, rows))
            glyphs[c] = _Glyph(mask, across, tall, native.drop * scale)
        fonts_have = {*characters} - {*glyphs}
        if not fonts_have:
            return glyphs
        stroke = native.stroke * scale / tall if native.stroke else None
        aspect = native.width * scale / tall if native.width else None
        if self.alphabet.fit == "letters":
            # Like the Latin letters beside them; in few steps, since each is another set of glyphs.
            own = _stem(self.lettering) + weight[0]
            stroke = stroke or max(0.04, round(own / CAP_HEIGHT / 0.02) * 0.02)
            aspect = aspect or (line.width / line.height if line.width else None)
        if self.face is None:
            self.face = self.letterings.native(self.design.script, self.design.native_letterings, self.rng)
        lettering = self.face.fitted(aspect, stroke)
        for c in fonts_have:
            glyphs[c] = _Glyph(lettering.glyph(c, rows), tall / rows, tall, native.drop * scale)
        return glyphs

    def _row(self, lines: list[Line]) -> list[str]:
        """Draws lines that stand side by side; returns their characters."""
        row = [self._set(line) for line in lines]
        edge = (self.design.border_inset + self.design.border) * self.scale if self.design.border else 0.0
        left, right = max(self.left, edge), min(self.right, self.width - edge)
        margin = (right - left) * self.margin / 2
        middles = [(left + right) / 2 if one.line.x is None else one.line.x * self.width for one in row]
        squeeze = 1.0
        for i, (one, middle) in enumerate(zip(row, middles, strict=True)):
            room = 2 * max(1.0, min(middle - left, right - middle) - margin)
            squeeze = min(squeeze, room / max(one.width, 1e-6))
            for j in range(i):
                # Those above each other at one end of a larger one do not get into each other's way.
                if one.line.top < row[j].line.bottom and row[j].line.top < one.line.bottom:
                    apart = max(1.0, abs(middle - middles[j]) - margin)
                    squeeze = min(squeeze, 2 * apart / max(one.width + row[j].width, 1e-6))
        slack = min(
            min(middle - left, right - middle) - one.width * squeeze / 2
            for one, middle in zip(row, middles, strict=True)
        )
        # A line that has its own place leaves it by less: captions stand beside it.
        furthest = 0.1 if all(one.line.x is None for one in row) else 0.02
        move = self.stray * max(0.0, min(slack, furthest * self.width))
        for one, middle in zip(row, middles, strict=True):
            self._lay(one, middle + move - one.width * squeeze / 2, squeeze)
        return [one.text for one in row]

    def _lay(self, setting: _Set, x: float, squeeze: float) -> None:
        """Draws a line from x on, narrower by `squeeze`."""
        height = setting.line.height * self.scale
        y = setting.line.y * self.scale - height / 2
        # All characters are laid on at once: that takes half as long as one after the other.
        start, stop = round(x), round(x + setting.width * squeeze) + 2
        # What is higher than the line reaches beyond it.
        tallest = max((glyph.height + 2 * abs(glyph.drop) for glyph in setting.glyphs.values()), default=0.0)
        above = max(0, math.ceil((tallest - height) / 2))
        whole = np.zeros((max(1, round(height)) + 2 * above, max(1, stop - start)), np.uint8)
        for c, advance in zip(setting.drawn, setting.advances, strict=True):
            if c not in MARKS:
                mask, across, tall, drop = setting.glyphs[c]
                mask = _scaled(mask, mask.shape[1] * across * squeeze, tall)
                if setting.line.uneven:
                    mask = self._unevenly(mask, setting.line.uneven)
                first = max(0, above + round((height - tall) / 2 + drop))
                part = whole[
                    first : first + mask.shape[0], round(x) - start : round(x) - start + mask.shape[1]
                ]
                np.maximum(part, mask[: part.shape[0], : part.shape[1]], out=part)
            else:
                self._mark(c, x, y, advance * squeeze, height)
            x += advance * squeeze
        tint(self.picture, whole, start, round(y) - above, self.ink)
        self._raise(whole, start, round(y) - above)

    def _unevenly(self, mask: np.ndarray, amount: float) -> np.ndarray:
        """A character of its own size, place and slant, within the line's height."""
        height, width = mask.shape
        small = 1 - abs(self.rng.normal(0, amount))
        lean, turn = self.rng.normal(0, amount, 2)
        down = self.rng.uniform(0, 1) * (1 - small) * height
        matrix = np.array(
            [[1, -lean, lean * height / 2], [turn * 0.5, small, down - turn * 0.25 * width]], np.float64
        )
        return cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)

    def _raise(self, mask: np.ndarray, x: int, y: int) -> None:
        top, left = max(0, y), max(0, x)
        bottom, right = min(self.height, y + mask.shape[0]), min(self.width, x + mask.shape[1])
        if bottom > top and right > left:
            part = self.relief[top:bottom, left:right]
            np.maximum(part, mask[top - y : bottom - y, left - x : right - x], out=part)

    def _mark(self, mark: str, x: float, y: float, width: float, height: float) -> None:
        """A dash, a dot or an emblem in the space of `width` from x on; a space draws nothing."""
        middle, centre = x + width / 2, y + height / 2
        thick = max(1.0, height * 0.13)
        if mark == "-" or (mark == "*" and self.design.emblem.endswith("dash")):
            low = centre + height * 0.05
            bar = np.full((round(thick) or 1, max(1, round(width * 0.55))), 255, np.uint8)
            tint(self.picture, bar, round(middle - bar.shape[1] / 2), round(low), self.ink)
        if mark == ".":
            cv2.circle(
                self.picture,
                (round(middle), round(centre)),
                max(1, round(thick * 0.7)),
                self.ink.tolist(),
                -1,
                cv2.LINE_AA,
            )
        if mark == "*":
            self._emblem(middle, centre, width, height)

    def _emblem(self, x: float, y: float, width: float, height: float) -> None:
        rng = self.rng
        kind = self.design.emblem.split(" ")[0]
        size = min(width * rng.uniform(0.65, 0.95), height * 0.8)
        colour = rng.uniform(20, 235, 3).astype(np.float32)
        if kind == "shield":
            self._shape(
                "shield",
                x,
                y - height * 0.2 * self.design.emblem.endswith("dash"),
                (size * 0.8, size),
                self._arms(),
            )
        elif kind == "stickers":
            for offset in (-0.3, 0.3):
                dot = min(size, height * 0.42)
                self._shape(
                    "circle", x, y + offset * height, (dot, dot), rng.uniform(30, 235, 3).astype(np.float32)
                )
        elif kind == "circle":
            self._shape("circle", x, y, (size, size), colour)
        elif kind == "heart":
            self._heart(x, y, size)
        elif kind == "letter":
            self._monogram(x, y, size, height)
        else:
            # The outline of a state, an animal, a fruit: a random star-shaped polygon with a patch on it,
            # sometimes as high as the letters.
            n = int(rng.integers(5, 12))
            angles = np.sort(rng.uniform(0, 2 * np.pi, n))
            tall = rng.uniform(0.6, 1.0) * min(height, size * 2.2) if rng.random() < 0.35 else size
            if rng.random() < 0.3:
                colour = self.ink + rng.normal(0, 20, 3).astype(np.float32)
            if rng.random() < 0.3:
                self._sketch(x, y, (size, tall), colour)
                return
            for shrink in (1.0, rng.uniform(0.3, 0.7)):
                radii = rng.uniform(0.4, 1.0, n) * shrink / 2
                outline = np.stack([x + np.cos(angles) * radii * size, y + np.sin(angles) * radii * tall], 1)
                mask = np.zeros(self.relief.shape, np.uint8)
                cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
                tint(self.picture, mask, 0, 0, np.clip(colour, 0, 255), rng.uniform(0.5, 1))
                colour = rng.uniform(20, 235, 3).astype(np.float32)

    def _heart(self, x: float, y: float, size: float) -> None:
        turns = np.linspace(0, 2 * np.pi, 48)
        across = 16 * np.sin(turns) ** 3
        up = 13 * np.cos(turns) - 5 * np.cos(2 * turns) - 2 * np.cos(3 * turns) - np.cos(4 * turns)
        outline = np.stack([x + across * size / 34, y - up * size / 34], 1)
        mask = np.zeros(self.relief.shape, np.uint8)
        cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
        own = self.rng.random() < 0.5
        colour = self.ink if own else np.array([200, 30, 40], np.float32) + self.rng.normal(0, 20, 3)
        tint(self.picture, mask, 0, 0, np.clip(colour, 0, 255))

    def _monogram(self, x: float, y: float, size: float, height: float) -> None:
        """A club's or college's letter, in another colour and typeface, often in a disc or ring: no text."""
        rng = self.rng
        colour = rng.uniform(0, 255, 3).astype(np.float32)
        ring, disc = rng.random() < 0.5, rng.random() < 0.5
        mask = np.zeros(self.relief.shape, np.uint8)
        radius = max(1, round(min(size * 0.75, height * 0.6)))
        if disc:
            cv2.circle(mask, (round(x), round(y)), radius, 255, -1, cv2.LINE_AA)
            tint(self.picture, mask, 0, 0, colour)
        if ring:
            ringed = np.zeros(self.relief.shape, np.uint8)
            cv2.circle(ringed, (round(x), round(y)), radius, 255, max(1, radius // 5), cv2.LINE_AA)
            tint(self.picture, ringed, 0, 0, rng.uniform(0, 255, 3))
        count = 1 if rng.random() < 0.7 else 2
        letters = "".join(ALPHABET[int(i)] for i in rng.integers(10, 36, count))
        letter = spell(self.letterings.pick(("*",), rng), letters)
        high = min(size, height) * (rng.uniform(0.5, 0.75) if ring or disc else rng.uniform(0.5, 0.8))
        wide = min(letter.shape[1] * high / letter.shape[0] * rng.uniform(0.9, 1.5), 1.3 * radius)
        letter = _scaled(letter, wide, high)
        if disc or not ring:
            # Unlike the text, or it would be one of its characters.
            colour = 255 - colour if disc else np.clip(255 - self.ink * rng.uniform(0, 1, 3), 0, 255)
            if abs(luma(colour) - luma(self.ink)) < 50 and not disc:
                colour = np.array([200, 40, 50], np.float32)
        tint(self.picture, letter, round(x - wide / 2), round(y - high / 2), colour)

    def _sketch(self, x: float, y: float, size: tuple[float, float], colour: np.ndarray) -> None:
        """A figure of two to five strokes about (x, y), which may look like a letter and is none."""
        rng = self.rng
        mask = np.zeros(self.relief.shape, np.uint8)
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
        tint(self.picture, mask, 0, 0, np.clip(colour, 0, 255), rng.uniform(0.6, 1))

    def _shape(self, shape: str, x: float, y: float, size: tuple[float, float], colour: np.ndarray) -> None:
        """A seal or coat of arms about (x, y): an outline filled, with a smaller figure inside."""
        width, height = size
        rng = self.rng
        mask = np.zeros(self.relief.shape, np.uint8)
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
            cv2.fillPoly(
                mask, [(outline * [width, height] + [x, y]).round().astype(np.int32)], 255, cv2.LINE_AA
            )
        tint(self.picture, mask, 0, 0, colour)
        if shape == "shield":
            self._charge(centre, width, height, mask)
        elif shape == "circle":
            inner, radius = rng.uniform(0, 255, 3).tolist(), max(1, round(width * rng.uniform(0.1, 0.3)))
            cv2.circle(self.picture, centre, radius, inner, -1, cv2.LINE_AA)

    def _sticker(
        self, texts: Sequence[str], x: float, y: float, size: tuple[float, float], colour: np.ndarray
    ) -> None:
        """A sticker of registration about (x, y): one or two lines of a month, a year, a number."""
        rng = self.rng
        width, height = size[0] * rng.uniform(0.8, 1.3), size[1] * rng.uniform(0.8, 1.3)
        left, top = round(x - width / 2), round(y - height / 2)
        body = np.full((max(1, round(height)), max(1, round(width))), 255, np.uint8)
        tint(self.picture, body, left, top, colour)
        if texts:
            lines = [texts[int(rng.integers(len(texts)))]]
        else:
            lines = [_legend(rng) for _ in range(1 if rng.random() < 0.6 else 2)]
        if min(width, height) < 6:
            return
        ink = np.full(3, 20 if luma(colour) > 110 else 240, np.float32)
        if rng.random() < 0.35:
            ink = np.clip(rng.normal(0, 120, 3) + (255 if luma(colour) < 110 else 0), 0, 255)
        font = self.letterings.small(rng)
        # A small line over a large one, as often as not.
        shares = [1.0] if len(lines) == 1 else [0.35, 0.65] if rng.random() < 0.6 else [0.5, 0.5]
        upper = float(top)
        for line, share in zip(lines, shares, strict=True):
            mask = font.word(line) if font else spell(self.lettering, line)
            if mask.size:
                fit = min(0.75 * share * height / mask.shape[0], 0.88 * width / mask.shape[1])
                mask = _scaled(mask, mask.shape[1] * fit, mask.shape[0] * fit)
                place = upper + (share * height - mask.shape[0]) / 2
                tint(self.picture, mask, round(x - mask.shape[1] / 2), round(place), ink)
            upper += share * height

    def _arms(self) -> np.ndarray:
        """The colour of a shield."""
        return (
            rgb("#c42430") if self.design.arms == "cross" else self.rng.uniform(0, 235, 3).astype(np.float32)
        )

    def _charge(self, centre: tuple[int, int], width: float, height: float, shield: np.ndarray) -> None:
        """What a shield about `centre` shows: Slovakia's cross on a hill, or something drawn at random."""
        rng = self.rng
        x, y = centre
        white = (244.0, 244.0, 244.0)
        thick = max(1, round(width * 0.14))
        if self.design.arms == "cross":
            top, foot = (x, round(y - height * 0.35)), (x, round(y + height * 0.15))
            cv2.line(self.picture, top, foot, white, thick)
            cv2.line(self.picture, (round(x - width * 0.3), y), (round(x + width * 0.3), y), white, thick)
            axes = (max(1, round(width * 0.3)), max(1, round(height * 0.14)))
            hill = (x, round(y + height * 0.3))
            cv2.ellipse(self.picture, hill, axes, 0, 0, 360, (30.0, 60.0, 160.0), -1)
            return
        fields = np.zeros(self.relief.shape, np.uint8)
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
        tint(self.picture, np.minimum(fields, shield), 0, 0, field)
        radii = rng.uniform(0.1, 0.34, 7)
        angles = np.arange(7) * 2 * np.pi / 7
        beast = np.stack([x + width * radii * np.cos(angles), y + height * radii * np.sin(angles)], 1)
        drawn = cv2.fillPoly(np.zeros_like(shield), [beast.round().astype(np.int32)], 255, cv2.LINE_AA)
        tint(self.picture, drawn, 0, 0, charge)

    def _emboss(self) -> None:
        depth = max(1.0, self.height / 50)
        slope = emboss(self.relief, self.rng, depth, float(self.rng.uniform(0.1, 0.5)))
        self.picture = cv2.add(self.picture, cv2.merge([slope] * 3), dtype=cv2.CV_8U)

    def _holes(self) -> None:
        spots = {
            0: [],
            2: [(0.25, 0.1), (0.75, 0.1)],
            4: [(0.25, 0.1), (0.75, 0.1), (0.25, 0.9), (0.75, 0.9)],
        }
        near = self.rng.uniform(0.05, 0.35)
        mid = self.rng.random() < 0.3
        for x, y in spots.get(self.design.holes, spots[2]):
            x = near if x < 0.5 else 1 - near
            y = 0.5 if mid else y
            if mid:
                x = 0.03 + near * 0.1 if x < 0.5 else 0.97 - near * 0.1
            shade = float(self.rng.uniform(0, 200))
            radius = max(1, round(self.height * self.rng.uniform(0.02, 0.05)))
            cv2.circle(
                self.picture,
                (round(x * self.width), round(y * self.height)),
                radius,
                (shade, shade, shade),
                -1,
                cv2.LINE_AA,
            )

    def _strips(self) -> list[np.ndarray]:
        """The corners of each row's strip, float32 (4, 2), in pixels of the plate."""
        rows = self.rows
        if len(rows) == 1:
            return [_corners(0, 0, self.width, self.height)]
        cuts = [self.top]
        for row, below in pairwise(rows):
            middle = (max(line.bottom for line in row) + min(line.top for line in below)) / 2
            cuts.append(middle * self.scale)
        cuts.append(self.bottom)
        return [_corners(self.left, top, self.right, bottom) for top, bottom in pairwise(cuts)]

    def _framed(self, texts: list[str]) -> FlatPlate:
        rng, pad = self.rng, self.pad
        height, width = self.height + 2 * pad, self.width + 2 * pad
        picture: np.ndarray = np.zeros((height, width, 3), np.uint8)
        mask = np.zeros((height, width), np.uint8)
        laps = (0, 0, 0)  # of the frame over the plate's edge: above, below, at either side
        thick = np.zeros(4)  # of the frame: left, top, right, bottom
        if rng.random() < self.design.frame:
            colour = rng.uniform(0, 60, 3) if rng.random() < 0.75 else rng.uniform(120, 255, 3)
            thick = rng.uniform(0.2, 0.9, 4) * pad
            if rng.random() < 0.5:
                thick[3] = pad
            left, top = round(pad - thick[0]), round(pad - thick[1])
            outer = _rounded(
                round(self.height + thick[1] + thick[3]), round(self.width + thick[0] + thick[2]), pad * 0.4
            )
            cv2.rectangle(picture, (0, 0), (width, height), colour.tolist(), -1)
            mask[top : top + outer.shape[0], left : left + outer.shape[1]] = outer
            laps = self._laps(thick)
        plate = _rounded(self.height, self.width, self.design.radius * self.scale)
        above, below, beside = laps
        plate[:above], plate[self.height - below :] = 0, 0
        plate[:, :beside], plate[:, self.width - beside :] = 0, 0
        inside = (slice(pad, pad + self.height), slice(pad, pad + self.width))
        picture[inside] = blend(self.picture, picture[inside], plate) if thick.any() else self.picture
        np.maximum(mask[inside], plate, out=mask[inside])
        if thick.any() and rng.random() < 0.8:
            self._dealer(picture, pad, thick[1], thick[3], above, below)
        corners = _corners(0, 0, self.width, self.height) + pad
        lines = tuple(PlateLine(text, strip + pad) for text, strip in zip(texts, self._strips(), strict=True))
        main = [text for text, row in zip(texts, self.rows, strict=True) if row[0].repeats is None]
        return FlatPlate(picture, mask, corners, "".join(main), lines)

    def _laps(self, thick: np.ndarray) -> tuple[int, int, int]:
        """How far the frame reaches over the plate above, below and at the sides, in pixels.

        Mostly a little; a broad one hides names and slogans, all but the text.
        """
        rng = self.rng
        slight = int(rng.integers(0, max(1, round(self.height * 0.035)) + 1))
        above = below = slight
        if rng.random() < 0.35:
            lines = [line for row in self.rows for line in row]
            free = min(line.top for line in lines) * self.scale
            beneath = self.height - max(line.bottom for line in lines) * self.scale
            above = max(slight, round(free * rng.uniform(0, 0.9)))
            below = max(slight, round(beneath * rng.uniform(0, 0.9)))
        return above, below, slight

    def _dealer(
        self, picture: np.ndarray, pad: int, above: float, below: float, lap_above: int, lap_below: int
    ) -> None:
        """A dealer's or a club's name on the frame, which is so thick in pixels and laps over so much."""
        rng = self.rng
        at_bottom = rng.random() < 0.7
        for place in (at_bottom, not at_bottom)[: 1 if rng.random() < 0.6 else 2]:
            font = self.letterings.small(rng)
            words = random_words(rng)
            mask = font.word(words) if font else spell(self.lettering, words)
            room = below + lap_below if place else above + lap_above
            height = room * rng.uniform(0.45, 0.85)
            if mask.size == 0 or height < 2:
                continue
            width = mask.shape[1] * height / mask.shape[0]
            if rng.random() < 0.4:  # as long as the frame is
                width = max(width, self.width * rng.uniform(0.5, 0.9))
            mask = _scaled(mask, min(width, self.width * 0.9), height)
            edge = pad + self.height - lap_below if place else pad - above
            middle = edge + room / 2
            x = pad + rng.uniform(0.1, 0.9) * max(0, self.width - mask.shape[1])
            row = min(max(0, round(middle)), picture.shape[0] - 1)
            behind = picture[row, picture.shape[1] // 2].mean()
            colour = np.full(3, 235 if behind < 128 else 20, np.float32)
            tint(picture, mask, round(x), round(middle - height / 2), colour)


def _corners(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


@lru_cache(maxsize=4096)
def _rounded_cached(height: int, width: int, radius: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    radius = min(radius, (min(height, width) - 1) // 2)
    if radius <= 0:
        mask[:] = 255
        return mask
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    return mask


def _rounded(height: int, width: int, radius: float) -> np.ndarray:
    """uint8 mask of a rectangle with rounded corners."""
    return _rounded_cached(height, width, round(radius)).copy()


def _rows(height: float) -> int:
    """Rows of a glyph that is fine enough to be scaled to `height`: more of them take longer."""
    rows = CAP_HEIGHT
    while rows > 32 and rows > 2.6 * height:
        rows //= 2
    return rows


@lru_cache(maxsize=16384)
def _weighed(lettering: Lettering, character: str, across: int, down: int, rows: int) -> np.ndarray:
    """A glyph with upright strokes wider by `across` of its columns and level ones by `down` of its rows.

    Less than 0 makes them narrower. It is CAP_HEIGHT rows high then, its width changed by `across`, and is
    shrunk to `rows`.
    """
    if rows < CAP_HEIGHT:
        mask = _weighed(lettering, character, across, down, 2 * rows)
        return _scaled(mask, mask.shape[1] / 2, rows)
    mask = lettering.glyph(character)
    if across == down == 0:
        return mask
    edge = max(abs(across), abs(down)) + 1
    changed = cv2.copyMakeBorder(mask, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
    if max(across, down) > 0:
        changed = cv2.dilate(changed, _ellipse(max(0, across), max(0, down)))
    if min(across, down) < 0:
        thinner = cv2.erode(changed, _ellipse(max(0, -across), max(0, -down)))
        if _whole(thinner, changed):
            changed = thinner
    x, y, width, height = cv2.boundingRect(cv2.threshold(changed, 40, 255, cv2.THRESH_TOZERO)[1])
    inked = changed[y : y + height, x : x + width]
    return cv2.resize(inked, (inked.shape[1], CAP_HEIGHT), interpolation=cv2.INTER_LINEAR)


def _whole(thinner: np.ndarray, glyph: np.ndarray) -> bool:
    """Whether no hairline of a glyph vanished or broke when it was made thinner."""
    if cv2.sumElems(thinner)[0] < 0.25 * cv2.sumElems(glyph)[0]:
        return False
    pieces = [cv2.threshold(mask, 100, 255, cv2.THRESH_BINARY)[1] for mask in (thinner, glyph)]
    one, other = (cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_16U)[0] for mask in pieces)
    return bool(one == other)


@lru_cache(maxsize=1024)
def _ellipse(across: int, down: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across + 1, down + 1))


def _weight(lettering: Lettering, line: Line, stroke: float) -> tuple[int, int]:
    """By how many columns and rows of a glyph its strokes are to grow to be `stroke` millimetres wide."""
    own = _stem(lettering)
    down = stroke / line.height * CAP_HEIGHT
    across = down
    if line.width:
        # The letter grows with its strokes and is then scaled to its width.
        share = stroke / line.width
        across = share * (lettering.glyph("H").shape[1] - own) / (1 - share)
    return round(across - own), round(down - own)


def _stem(lettering: Lettering) -> float:
    """Width in glyph columns of an upright stroke: that of an L above its foot."""
    glyph = lettering.glyph("L")[CAP_HEIGHT // 4 : CAP_HEIGHT // 2]
    return float(np.median((glyph > 127).sum(1)))


def _bare(text: str) -> str:
    """Text without accents, apostrophes and full stops, none of which drawn alphabets have."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c) and c not in "'’.,")


def _legend(rng: np.random.Generator) -> str:
    """What a sticker of registration says: a month, a year, a day, a number of its own."""
    kind = rng.random()
    if kind < 0.3:
        return _MONTHS[int(rng.integers(len(_MONTHS)))]
    if kind < 0.5:
        return f"{rng.integers(0, 30):02d}"
    if kind < 0.65:
        return str(rng.integers(1990, 2030))
    if kind < 0.8:
        return str(rng.integers(1, 32))
    if kind < 0.9:
        return f"{rng.integers(1, 13):02d}-{rng.integers(0, 30):02d}"
    return str(rng.integers(10**3, 10**8))


def random_words(rng: np.random.Generator) -> str:
    """One to three made-up words, sometimes a telephone number: what captions and dealers' frames say."""
    words = []
    for _ in range(int(rng.integers(1, 4))):
        syllables = int(rng.integers(1, 4))
        words.append(
            "".join(
                _CONSONANTS[int(rng.integers(len(_CONSONANTS)))] + _VOWELS[int(rng.integers(5))]
                for _ in range(syllables)
            )
            + (_CONSONANTS[int(rng.integers(len(_CONSONANTS)))] if rng.random() < 0.5 else "")
        )
    if rng.random() < 0.12:
        words.append(str(rng.integers(100000, 99999999)))
    return " ".join(words)


def draw_flat(design: Design, letterings: Letterings, scale: float, rng: np.random.Generator) -> FlatPlate:
    """A plate of `design` with a random text, variant and typeface, at `scale` pixels to the millimetre."""
    return _Drawing(design, letterings, scale, rng).make()
