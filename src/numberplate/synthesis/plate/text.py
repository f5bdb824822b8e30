"""A plate's text: lines set in type and laid on it."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from numberplate.plates.alphabet import ALPHABET, alphabet
from numberplate.plates.design import Line
from numberplate.plates.pattern import MARKS
from numberplate.synthesis.paint import tint
from numberplate.synthesis.plate.blank import Blank, rgb, scaled
from numberplate.synthesis.plate.emblems import draw_emblem
from numberplate.synthesis.plate.glyphs import rows_for, stem, stroke_weight, weighed
from numberplate.synthesis.type.accents import accented, stands_above
from numberplate.synthesis.type.centre_lines import DrawnFace
from numberplate.synthesis.type.native import NativeFace
from numberplate.synthesis.type.strokes import CAP_HEIGHT

_ABOVE, _ABOVE_SHARE = (0.16, 0.3), 0.35
"""How far accents reach above capitals, in their heights, and on what share of the plates they do: those that
are not set in a typeface of plates.
"""


class _Glyph(NamedTuple):
    """A character's mask, the pixels to its columns, its height in pixels and how much lower it stands."""

    mask: np.ndarray
    across: float
    height: float
    drop: float


@dataclass(frozen=True)
class _Set:
    """A line set in type, at its natural width in pixels, before it is squeezed."""

    line: Line
    drawn: str
    glyphs: dict[str, _Glyph]
    advances: tuple[float, ...]
    """From each character or mark to the next."""

    @property
    def width(self) -> float:
        return sum(self.advances)

    @property
    def text(self) -> str:
        return "".join(c for c in self.drawn if c not in MARKS)


class Text:
    """The text of one plate, drawn at random from its design's patterns."""

    def __init__(self, blank: Blank) -> None:
        self.blank = blank
        self.alphabet = alphabet(blank.design.script)
        self.rows = [[blank.design.lines[i] for i in row] for row in blank.design.rows]
        """Lines that stand side by side, from the top down."""
        self.face: NativeFace | DrawnFace | None = None
        """Of the characters that are of the design's script alone; picked when it is needed."""
        self.drawn: dict[int, str] = {}
        """What stands on each line, by its `id`, with its marks."""

    @cached_property
    def _above(self) -> float:
        """How far the plate's accents reach above its capitals, in heights of those; 0 where they do not."""
        return self.blank.rng.uniform(*_ABOVE) if self.blank.rng.random() < _ABOVE_SHARE else 0.0

    def lay(self) -> list[str]:
        """Draws all rows; returns the characters of each, in reading order, without marks."""
        return [self.alphabet.read("".join(self._row(row))) for row in self.rows]

    def _row(self, lines: list[Line]) -> list[str]:
        """Draws lines that stand side by side; returns their characters."""
        row = [self._set(line) for line in lines]
        edge = (
            (self.blank.design.border_inset + self.blank.design.border) * self.blank.scale
            if self.blank.design.border
            else 0.0
        )
        left, right = max(self.blank.left, edge), min(self.blank.right, self.blank.width - edge)
        margin = (right - left) * self.blank.margin / 2
        middles = [(left + right) / 2 if one.line.x is None else one.line.x * self.blank.width for one in row]
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
        move = self.blank.stray * max(0.0, min(slack, furthest * self.blank.width))
        for one, middle in zip(row, middles, strict=True):
            self._lay(one, middle + move - one.width * squeeze / 2, squeeze)
        return [one.text for one in row]

    def _set(self, line: Line) -> _Set:
        """A line with a random text, measured."""
        scale = self.blank.scale
        drawn = self._text(line)
        weight = (
            self.blank.weight
            if line.stroke is None
            else stroke_weight(self.blank.lettering, line, line.stroke)
        )
        rows = rows_for(line.height * scale)
        across = line.height * scale / rows
        if line.width:
            across = line.width * scale / weighed(self.blank.lettering, "H", *weight, rows).shape[1]
        glyphs = {
            c: _Glyph(weighed(self.blank.lettering, c, *weight, rows), across, line.height * scale, 0.0)
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
                self.drawn[id(line)] = line.pattern.generate(self.blank.rng)
            else:
                source = self._text(self.blank.design.lines[line.repeats])
                of = {self.alphabet.fold(c): c for c in line.pattern.characters}
                self.drawn[id(line)] = "".join(c if c in MARKS else of[self.alphabet.fold(c)] for c in source)
        return self.drawn[id(line)]

    def _native(
        self, line: Line, characters: str, across: float, weight: tuple[int, int]
    ) -> dict[str, _Glyph]:
        """The glyphs of characters that are of the script alone.

        `across` and `weight` are those of the line's digits and Latin letters.
        """
        native, scale = line.native, self.blank.scale
        tall = (native.height or line.height) * scale
        rows = rows_for(tall)
        glyphs = {}
        composed = {*characters} & {*self.alphabet.composed}
        above = self._above if composed else 0.0
        for c in composed:
            mask = accented(c, lambda base: weighed(self.blank.lettering, base, *weight, rows), above)
            higher = tall * above if stands_above(c) else 0.0
            # What stands above the line's capitals moves the middle of the whole up by half of that.
            glyphs[c] = _Glyph(mask, across, tall + higher, native.drop * scale - higher / 2)
        fonts_have = {*characters} - {*glyphs}
        if not fonts_have:
            return glyphs
        stroke = native.stroke * scale / tall if native.stroke else None
        aspect = native.width * scale / tall if native.width else None
        if self.alphabet.fit == "letters":
            # Like the Latin letters beside them; in few steps, since each is another set of glyphs.
            own = stem(self.blank.lettering) + weight[0]
            stroke = stroke or max(0.04, round(own / CAP_HEIGHT / 0.02) * 0.02)
            aspect = aspect or (line.width / line.height if line.width else None)
        if self.face is None:
            self.face = self.blank.letterings.native(
                self.blank.design.script, self.blank.design.native_letterings, self.blank.rng
            )
        lettering = self.face.fitted(aspect, stroke)
        for c in fonts_have:
            glyphs[c] = _Glyph(lettering.glyph(c, rows), tall / rows, tall, native.drop * scale)
        return glyphs

    def _lay(self, setting: _Set, x: float, squeeze: float) -> None:
        """Draws a line from x on, narrower by `squeeze`."""
        height = setting.line.height * self.blank.scale
        y = setting.line.y * self.blank.scale - height / 2
        # All characters are laid on at once: that takes half as long as one after the other.
        start, stop = round(x), round(x + setting.width * squeeze) + 2
        # What is higher than the line reaches beyond it.
        tallest = max((glyph.height + 2 * abs(glyph.drop) for glyph in setting.glyphs.values()), default=0.0)
        above = max(0, math.ceil((tallest - height) / 2))
        whole = np.zeros((max(1, round(height)) + 2 * above, max(1, stop - start)), np.uint8)
        native = setting.line.native
        other = np.zeros_like(whole) if {*native.inked} & {*setting.drawn} else None
        for c, advance in zip(setting.drawn, setting.advances, strict=True):
            if c not in MARKS:
                mask, across, tall, drop = setting.glyphs[c]
                mask = scaled(mask, mask.shape[1] * across * squeeze, tall)
                if setting.line.uneven:
                    mask = self._unevenly(mask, setting.line.uneven)
                first = max(0, above + round((height - tall) / 2 + drop))
                layer = whole if other is None or c not in native.inked else other
                part = layer[
                    first : first + mask.shape[0], round(x) - start : round(x) - start + mask.shape[1]
                ]
                np.maximum(part, mask[: part.shape[0], : part.shape[1]], out=part)
            else:
                self._mark(c, x, y, advance * squeeze, height)
            x += advance * squeeze
        tint(self.blank.picture, whole, start, round(y) - above, self.blank.ink)
        if other is not None:
            tint(self.blank.picture, other, start, round(y) - above, rgb(native.ink))
            whole = np.maximum(whole, other)
        self._raise(whole, start, round(y) - above)

    def _unevenly(self, mask: np.ndarray, amount: float) -> np.ndarray:
        """A character of its own size, place and slant, within the line's height."""
        height, width = mask.shape
        small = 1 - abs(self.blank.rng.normal(0, amount))
        lean, turn = self.blank.rng.normal(0, amount, 2)
        down = self.blank.rng.uniform(0, 1) * (1 - small) * height
        matrix = np.array(
            [[1, -lean, lean * height / 2], [turn * 0.5, small, down - turn * 0.25 * width]], np.float64
        )
        return cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)

    def _raise(self, mask: np.ndarray, x: int, y: int) -> None:
        top, left = max(0, y), max(0, x)
        bottom, right = min(self.blank.height, y + mask.shape[0]), min(self.blank.width, x + mask.shape[1])
        if bottom > top and right > left:
            part = self.blank.relief[top:bottom, left:right]
            np.maximum(part, mask[top - y : bottom - y, left - x : right - x], out=part)

    def _mark(self, mark: str, x: float, y: float, width: float, height: float) -> None:
        """A dash, a dot or an emblem in the space of `width` from x on; a space draws nothing."""
        middle, centre = x + width / 2, y + height / 2
        thick = max(1.0, height * 0.13)
        if mark == "-" or (mark == "*" and self.blank.design.emblem.endswith("dash")):
            low = centre + height * 0.05
            bar = np.full((round(thick) or 1, max(1, round(width * 0.55))), 255, np.uint8)
            tint(self.blank.picture, bar, round(middle - bar.shape[1] / 2), round(low), self.blank.ink)
        if mark == ".":
            cv2.circle(
                self.blank.picture,
                (round(middle), round(centre)),
                max(1, round(thick * 0.7)),
                self.blank.ink.tolist(),
                -1,
                cv2.LINE_AA,
            )
        if mark == "*":
            draw_emblem(self.blank, middle, centre, width, height)
