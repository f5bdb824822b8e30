"""What lies on a plate beside its text: graphic, bands, border, captions, stickers, bolts."""

from collections.abc import Sequence
from string import capwords

import cv2
import numpy as np

from numberplate.plates.design import Band, Caption
from numberplate.synthesis.paint import tint
from numberplate.synthesis.plate.blank import Blank, luma, rgb, rounded, scaled
from numberplate.synthesis.plate.emblems import draw_shape, shield_colour
from numberplate.synthesis.plate.graphics import paint_picture
from numberplate.synthesis.plate.surface import emboss
from numberplate.synthesis.plate.words import bare, legend, random_words
from numberplate.synthesis.type.lettering import spell

_LEGIBLE = 35
"""Least difference in luma between a caption and what lies behind it."""


def lay_beneath(blank: Blank) -> None:
    """What the text is laid on: graphic, bands, border, captions and stickers, each with its chance."""
    design, rng = blank.design, blank.rng
    if rng.random() < design.graphic:
        _graphic(blank)
    for band in design.bands:
        if rng.random() < band.chance:
            _band(blank, band)
    if design.border:
        _border(blank)
    for caption in design.captions:
        if rng.random() < caption.chance:
            _caption(blank, caption)
    for sticker in design.stickers:
        if rng.random() < sticker.chance:
            size = (sticker.size[0] * blank.scale, sticker.size[1] * blank.scale)
            colour = rgb(sticker.colours[int(rng.integers(len(sticker.colours)))])
            x, y = sticker.x * blank.width, sticker.y * blank.height
            if sticker.shape == "rectangle":
                _sticker(blank, sticker.texts, x, y, size, colour)
            else:
                draw_shape(blank, sticker.shape, x, y, size, colour)


def lay_above(blank: Blank) -> None:
    """What comes after the text: mostly the shading of its relief; bolts."""
    if blank.rng.random() < 0.6:
        _emboss(blank)
    _holes(blank)


def _graphic(blank: Blank) -> None:
    """A picture, which keeps away from the ink's brightness where the text runs."""
    lines = blank.design.lines
    top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
    height = blank.design.size[1]
    paint_picture(blank.picture, blank.paper, blank.ink, (top / height, bottom / height), blank.rng)


def _band(blank: Blank, band: Band) -> None:
    thick = max(1, round(band.width * blank.scale))
    upright = band.side in ("left", "right")
    x = max(0, blank.width - thick) if band.side == "right" else 0
    y = max(0, blank.height - thick) if band.side == "bottom" else 0
    width, height = (thick, blank.height) if upright else (blank.width, thick)
    blank.picture[y : y + height, x : x + width] = rgb(band.colour)
    size = thick * 0.6
    if upright:
        high, wide = blank.height * 0.26, width * 0.72
        name, sign = (x + width / 2, y + height * 0.76), (x + width / 2, y + height * 0.3)
    else:
        high, wide = thick * 0.62, max(1.0, width - 3.0 * thick)
        name, sign = (width / 2, y + thick / 2), (width - 0.9 * thick, y + thick / 2)
    if band.letters:
        letters = band.letters[int(blank.rng.integers(len(band.letters)))]
        mask = spell(blank.letterings.pick(("*",), blank.rng), bare(letters))
        if mask.size:
            high = min(high, wide * mask.shape[0] / mask.shape[1])
            mask = scaled(mask, mask.shape[1] * high / mask.shape[0], high)
            left, top = name[0] - mask.shape[1] / 2, name[1] - mask.shape[0] / 2
            tint(blank.picture, mask, round(left), round(top), rgb(band.ink))
    _sign(blank, band, *sign, size)
    if band.side == "left":
        blank.left = max(blank.left, float(width))
    elif band.side == "right":
        blank.right = min(blank.right, float(blank.width - width))
    elif band.side == "top":
        blank.top = max(blank.top, float(height))
    else:
        blank.bottom = min(blank.bottom, float(blank.height - height))


def _sign(blank: Blank, band: Band, x: float, y: float, size: float) -> None:
    """A band's sign about (x, y)."""
    if band.sign == "stars":
        for i in range(12):
            angle = i * np.pi / 6
            centre = (round(x + np.cos(angle) * size * 0.5), round(y + np.sin(angle) * size * 0.5))
            cv2.circle(blank.picture, centre, max(1, round(size * 0.07)), (250, 210, 40), -1, cv2.LINE_AA)
    elif band.sign == "shield":
        draw_shape(blank, "shield", x, y, (size, size * 1.15), shield_colour(blank))
    elif band.sign in ("flag", "bars"):
        for i in range(3):
            colour = blank.rng.uniform(0, 255, 3)
            a, b = (0, i) if band.sign == "flag" else (i, 0)
            one, other = (size, size / 3) if band.sign == "flag" else (size / 3, size)
            x0, y0 = x - size / 2 + a * size / 3, y - size / 2 + b * size / 3
            corner = (round(x0 + one), round(y0 + other))
            cv2.rectangle(blank.picture, (round(x0), round(y0)), corner, colour.tolist(), -1)


def _border(blank: Blank) -> None:
    inset = round(blank.design.border_inset * blank.scale)
    width = max(1, round(blank.design.border * blank.scale))
    edge = rounded(
        blank.height - 2 * inset, blank.width - 2 * inset, max(0.0, blank.design.radius * blank.scale - inset)
    )
    inner = rounded(
        max(1, blank.height - 2 * (inset + width)),
        max(1, blank.width - 2 * (inset + width)),
        max(0.0, blank.design.radius * blank.scale - inset - width),
    )
    line = edge.copy()
    line[width : width + inner.shape[0], width : width + inner.shape[1]] -= np.minimum(
        inner, line[width : width + inner.shape[0], width : width + inner.shape[1]]
    )
    tint(blank.picture, line, inset, inset, blank.ink)
    part = blank.relief[inset : inset + line.shape[0], inset : inset + line.shape[1]]
    np.maximum(part, line, out=part)


def _caption(blank: Blank, caption: Caption) -> None:
    text = (
        caption.texts[int(blank.rng.integers(len(caption.texts)))]
        if caption.texts
        else random_words(blank.rng)
    )
    if caption.letters == "native":
        mask = blank.letterings.native_word(blank.design.script, text, blank.rng)
        _place_caption(blank, caption, mask)
        return
    font = blank.letterings.small(blank.rng)
    if caption.letters == "script" or blank.rng.random() < 0.2:
        text = capwords(text)
    _place_caption(blank, caption, font.word(text) if font else spell(blank.lettering, bare(text)))


def _place_caption(blank: Blank, caption: Caption, mask: np.ndarray) -> None:
    if mask.size == 0:
        return
    height = max(2.0, caption.height * blank.scale * blank.rng.uniform(0.85, 1.2))
    width = min(mask.shape[1] * height / mask.shape[0], blank.width * 0.9)
    mask = scaled(mask, width, height)
    if caption.letters == "script":
        slant = np.array([[1, -0.25, 0.25 * height], [0, 1, 0]], np.float32)
        mask = cv2.warpAffine(mask, slant, (mask.shape[1] + round(0.25 * height), mask.shape[0]))
    colour = rgb(caption.colours[int(blank.rng.integers(len(caption.colours)))])
    x = np.clip(caption.x * blank.width - mask.shape[1] / 2, 0, max(0, blank.width - mask.shape[1]))
    y = round(caption.y * blank.scale - height / 2)
    tint(blank.picture, mask, round(float(x)), y, _legible(blank, colour, round(float(x)), y, mask.shape))


def _legible(blank: Blank, colour: np.ndarray, x: int, y: int, size: tuple[int, ...]) -> np.ndarray:
    """The colour, or white or black where it would not be seen on what the picture shows there."""
    behind = blank.picture[max(0, y) : y + size[0], max(0, x) : x + size[1]]
    if behind.size == 0:
        return colour
    ground = luma(cv2.mean(behind)[:3])
    if abs(luma(colour) - ground) > _LEGIBLE:
        return colour
    return np.full(3, 245 if ground < 128 else 15, np.float32)


def _sticker(
    blank: Blank, texts: Sequence[str], x: float, y: float, size: tuple[float, float], colour: np.ndarray
) -> None:
    """A sticker of registration about (x, y): one or two lines of a month, a year, a number."""
    rng = blank.rng
    width, height = size[0] * rng.uniform(0.8, 1.3), size[1] * rng.uniform(0.8, 1.3)
    left, top = round(x - width / 2), round(y - height / 2)
    body = np.full((max(1, round(height)), max(1, round(width))), 255, np.uint8)
    tint(blank.picture, body, left, top, colour)
    if texts:
        lines = [texts[int(rng.integers(len(texts)))]]
    else:
        lines = [legend(rng) for _ in range(1 if rng.random() < 0.6 else 2)]
    if min(width, height) < 6:
        return
    ink = np.full(3, 20 if luma(colour) > 110 else 240, np.float32)
    if rng.random() < 0.35:
        ink = np.clip(rng.normal(0, 120, 3) + (255 if luma(colour) < 110 else 0), 0, 255)
    font = blank.letterings.small(rng)
    # A small line over a large one, as often as not.
    shares = [1.0] if len(lines) == 1 else [0.35, 0.65] if rng.random() < 0.6 else [0.5, 0.5]
    upper = float(top)
    for line, share in zip(lines, shares, strict=True):
        mask = font.word(line) if font else spell(blank.lettering, line)
        if mask.size:
            fit = min(0.75 * share * height / mask.shape[0], 0.88 * width / mask.shape[1])
            mask = scaled(mask, mask.shape[1] * fit, mask.shape[0] * fit)
            place = upper + (share * height - mask.shape[0]) / 2
            tint(blank.picture, mask, round(x - mask.shape[1] / 2), round(place), ink)
        upper += share * height


def _holes(blank: Blank) -> None:
    spots = {
        0: [],
        2: [(0.25, 0.1), (0.75, 0.1)],
        4: [(0.25, 0.1), (0.75, 0.1), (0.25, 0.9), (0.75, 0.9)],
    }
    near = blank.rng.uniform(0.05, 0.35)
    mid = blank.rng.random() < 0.3
    for x, y in spots.get(blank.design.holes, spots[2]):
        x = near if x < 0.5 else 1 - near
        y = 0.5 if mid else y
        if mid:
            x = 0.03 + near * 0.1 if x < 0.5 else 0.97 - near * 0.1
        shade = float(blank.rng.uniform(0, 200))
        radius = max(1, round(blank.height * blank.rng.uniform(0.02, 0.05)))
        cv2.circle(
            blank.picture,
            (round(x * blank.width), round(y * blank.height)),
            radius,
            (shade, shade, shade),
            -1,
            cv2.LINE_AA,
        )


def _emboss(blank: Blank) -> None:
    depth = max(1.0, blank.height / 50)
    slope = emboss(blank.relief, blank.rng, depth, float(blank.rng.uniform(0.1, 0.5)))
    blank.picture = cv2.add(blank.picture, cv2.merge([slope] * 3), dtype=cv2.CV_8U)
