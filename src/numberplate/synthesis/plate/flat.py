"""The flat plate: a design, a text and a typeface become a picture of the plate seen straight on."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from numberplate.plates.design import Design, Line
from numberplate.synthesis.plate.blank import Blank, rectangle
from numberplate.synthesis.plate.fittings import lay_above, lay_beneath
from numberplate.synthesis.plate.frame import framed
from numberplate.synthesis.plate.text import Text
from numberplate.synthesis.type.lettering import Letterings

PAD = 0.16
"""What the picture shows beyond the plate on each side, as a share of its height: room for a frame."""


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


def draw_flat(design: Design, letterings: Letterings, scale: float, rng: np.random.Generator) -> FlatPlate:
    """A plate of `design` with a random text, variant and typeface, at `scale` pixels to the millimetre."""
    blank = Blank(design, letterings, scale, rng)
    lay_beneath(blank)
    text = Text(blank)
    texts = text.lay()
    lay_above(blank)
    pad = max(2, round(blank.height * PAD))
    picture, mask = framed(blank, pad)
    corners = rectangle(0, 0, blank.width, blank.height) + pad
    strips = _strips(blank, text.rows)
    lines = tuple(PlateLine(line, strip + pad) for line, strip in zip(texts, strips, strict=True))
    main = [line for line, row in zip(texts, text.rows, strict=True) if row[0].repeats is None]
    return FlatPlate(picture, mask, corners, "".join(main), lines)


def _strips(blank: Blank, rows: list[list[Line]]) -> list[np.ndarray]:
    """The corners of each row's strip, float32 (4, 2), in pixels of the plate."""
    if len(rows) == 1:
        return [rectangle(0, 0, blank.width, blank.height)]
    cuts = [blank.top]
    for row, below in pairwise(rows):
        middle = (max(line.bottom for line in row) + min(line.top for line in below)) / 2
        cuts.append(middle * blank.scale)
    cuts.append(blank.bottom)
    return [rectangle(blank.left, top, blank.right, bottom) for top, bottom in pairwise(cuts)]
