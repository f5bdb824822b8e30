"""Glyphs with strokes as wide as a design wants them."""

from functools import lru_cache

import cv2
import numpy as np

from numberplate.plates.design import Line
from numberplate.synthesis.plate.blank import scaled
from numberplate.synthesis.type.lettering import Lettering
from numberplate.synthesis.type.strokes import CAP_HEIGHT


def rows_for(height: float) -> int:
    """Rows of a glyph that is fine enough to be scaled to `height`: more of them take longer."""
    rows = CAP_HEIGHT
    while rows > 32 and rows > 2.6 * height:
        rows //= 2
    return rows


@lru_cache(maxsize=16384)
def weighed(lettering: Lettering, character: str, across: int, down: int, rows: int) -> np.ndarray:
    """A glyph with upright strokes wider by `across` of its columns and level ones by `down` of its rows.

    Less than 0 makes them narrower. It is CAP_HEIGHT rows high then, its width changed by `across`, and is
    shrunk to `rows`.
    """
    if rows < CAP_HEIGHT:
        mask = weighed(lettering, character, across, down, 2 * rows)
        return scaled(mask, mask.shape[1] / 2, rows)
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


def stroke_weight(lettering: Lettering, line: Line, stroke: float) -> tuple[int, int]:
    """By how many columns and rows of a glyph its strokes are to grow to be `stroke` millimetres wide."""
    own = stem(lettering)
    down = stroke / line.height * CAP_HEIGHT
    across = down
    if line.width:
        # The letter grows with its strokes and is then scaled to its width.
        share = stroke / line.width
        across = share * (lettering.glyph("H").shape[1] - own) / (1 - share)
    return round(across - own), round(down - own)


def stem(lettering: Lettering) -> float:
    """Width in glyph columns of an upright stroke: that of an L above its foot."""
    glyph = lettering.glyph("L")[CAP_HEIGHT // 4 : CAP_HEIGHT // 2]
    return float(np.median((glyph > 127).sum(1)))
