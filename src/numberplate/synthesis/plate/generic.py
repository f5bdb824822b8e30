"""The generic design: a new plate of no country at every draw, so that a country not listed is read too."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.plates.design import Band, Caption, Design, Line, Sticker, Variant
from numberplate.plates.pattern import DIGITS, LETTERS, Pattern
from numberplate.plates.shares import Shares

Thing = TypeVar("Thing")

MIN_CONTRAST = 60
"""Least difference in luma (0..255) between a text and its plate."""

_HOW_OFTEN = {2: 1, 3: 2, 4: 3, 5: 5, 6: 9, 7: 12, 8: 5, 9: 3, 10: 2.5, 11: 1.2, 12: 1}
_LENGTHS = Shares({n: _HOW_OFTEN[n] for n in range(MIN_LENGTH, MAX_LENGTH + 1)})

TWO_LINES = 0.2
"""Share of generic plates that have two lines."""

_LAYOUTS = Shares({"one": 0.72, "spread": 0.12, "stacked": 0.08, "small": 0.05, "block": 0.03})
"""How a row is set: in one line; groups far apart, each in its own place; letters above each other before or
after the others; letters of another height; two lines on the left and one as high as both on the right."""

_TEMPORARY = 0.03
"""Share of plates of one line with a date as large as the text above it: paper plates of a few weeks."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_UNEVEN = 0.06
"""Share of plates painted by hand."""

# Papers and inks that plates have somewhere, with how often to draw each.
_LIGHT = {
    "#f4f4f0": 12, "#e8e8e4": 6, "#ffd21e": 5, "#f0b400": 2, "#c8ccd0": 3, "#b4b8bc": 2, "#dff0e0": 1,
    "#cfe0f4": 1, "#f6e6c0": 1, "#f4c8c0": 1, "#f08030": 1,
}  # fmt: skip
_DARK_INKS = {"#101010": 12, "#1c2a6a": 3, "#0a4028": 2, "#8c1414": 2, "#303030": 2, "#4a2a14": 1}
_DARK = {"#1a1a1a": 7, "#12306e": 4, "#a01818": 4, "#0d5a34": 4, "#5a3418": 1, "#2a6a9c": 1}
_LIGHT_INKS = {"#f8f8f8": 8, "#d8dadc": 2, "#ffe040": 2}
_DARK_PLATES = 0.2
_PAPERS_AND_INKS = (
    (Shares(_LIGHT), Shares(_DARK_INKS)),
    (Shares(_DARK), Shares(_LIGHT_INKS)),
)
_STICKER_COLOURS = Shares({**_LIGHT, **_DARK})


_MARKS = Shares({"    -": 0.42, "-": 0.13, " *": 0.12, "*": 0.17, ".": 0.1, " .-*": 0.06})
"""What may stand between groups, each as often as it is in the text."""

_EMBLEMS = Shares(
    {
        "shield": 0.1,
        "circle": 0.08,
        "blob": 0.4,
        "letter": 0.08,
        "heart": 0.04,
        "stickers": 0.1,
        "shield and dash": 0.1,
        "stickers and dash": 0.1,
    }
)

_BESIDE = {"long": 0.06, "american": 0.3, "middle": 0.12, "any": 0.12}
"""Share of plates with an emblem before or after the text: a cactus, a pelican, a coat of arms."""

_WITHOUT_DIGIT = 0.05
"""Share of the texts drawn without a digit that are kept; the others are drawn anew.

Plates of letters alone are personal ones, less than a hundredth of all, and names on bodywork are of letters
alone: with a quarter of them among these plates CITROEN was found to be one.
"""

_GROUPS = Shares({1: 0.25, 2: 0.5, 3: 0.2, 4: 0.05})
_HOLES = Shares({0: 0.5, 2: 0.35, 4: 0.15})
_HEADS = Shares({"nothing": 0.5, "name": 0.3, "band": 0.2})
_SIGNS = Shares({"none": 0.1, "stars": 0.4, "shield": 0.25, "flag": 0.15, "bars": 0.1})
_BAND_COLOURS = ("#1c46a8", "#1c46a8", "#0d5a34", "#a01818")
_KINDS = Shares({"long": 0.32, "american": 0.34, "middle": 0.2, "any": 0.14})
_STICKERS = Shares({0: 0.5, 1: 0.2, 2: 0.22, 3: 0.08})
_STICKER_SHAPES = Shares({"rectangle": 0.8, "circle": 0.2})
_STICKER_PLACES = Shares({0.12: 0.75, 0.88: 0.25})

# Many countries avoid these letters, so the shipped designs have them seldom: some more of them here.
_LETTERS = 4 * LETTERS + "QQQQIIOOUUW"


_POOLS = Shares({_LETTERS: 0.42, DIGITS: 0.38, _LETTERS + 4 * DIGITS: 0.2})


def luma(colour: str) -> float:
    """Rec. 601 luma, 0..255, of a colour such as `#ffd21e`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _shade(colour: str, rng: np.random.Generator, spread: float = 14) -> str:
    red, green, blue = (
        min(255, max(0, int(int(colour[i : i + 2], 16) + rng.normal(0, spread)))) for i in (1, 3, 5)
    )
    return f"#{red:02x}{green:02x}{blue:02x}"


def _colours(rng: np.random.Generator) -> Variant:
    while True:
        papers, inks = _PAPERS_AND_INKS[int(rng.random() < _DARK_PLATES)]
        paper, ink = _shade(papers.draw(rng), rng), _shade(inks.draw(rng), rng)
        if abs(luma(paper) - luma(ink)) >= MIN_CONTRAST:
            return Variant(paper=paper, ink=ink)


def _one_of(things: Sequence[Thing], rng: np.random.Generator) -> Thing:
    return things[int(rng.integers(len(things)))]


def _text(rng: np.random.Generator, length: int, marks: str) -> str:
    """Characters in one to four groups of letters, of digits or of both, with marks between."""
    groups = min(length, _GROUPS.draw(rng))
    cuts = sorted((rng.permutation(length - 1)[: groups - 1] + 1).tolist()) if groups > 1 else []
    text = ""
    start = 0
    for end in [*cuts, length]:
        pool = _POOLS.draw(rng)
        if start:
            # Once in a while twice, as on plates painted at home.
            text += _one_of(marks, rng) * (1 if rng.random() < 0.93 else 2)
        text += "".join([pool[i] for i in rng.integers(0, len(pool), end - start).tolist()])
        start = end
    return text


def _texts(rng: np.random.Generator, *lengths: int) -> list[str]:
    """A text for each line, of these lengths."""
    marks = _MARKS.draw(rng)
    while True:
        texts = [_text(rng, length, marks) for length in lengths]
        if any(c in DIGITS for text in texts for c in text) or rng.random() < _WITHOUT_DIGIT:
            return texts


def generic_design(rng: np.random.Generator) -> Design:
    """A random design, of two lines in a share of TWO_LINES.

    Its text is drawn too: the patterns have no alternative left.
    """
    return _two_lines(rng) if rng.random() < TWO_LINES else _one_line(rng)


class _Hand:
    """How one plate's characters are set: all of its lines alike."""

    def __init__(self, rng: np.random.Generator) -> None:
        kind = rng.random()
        self.width = rng.uniform(0.36, 0.78) if rng.random() < 0.85 else None
        self.gap = rng.uniform(0.05, 0.2)
        self.space = rng.uniform(0.2, 0.7) if rng.random() < 0.8 else rng.uniform(0.7, 1.8)
        self.stroke: float | None = None
        if kind < 0.22:  # thin
            self.stroke = rng.uniform(0.055, 0.1)
        elif kind < 0.42:
            self.stroke = rng.uniform(0.1, 0.2)
        self.uneven = rng.uniform(0.015, 0.06) if rng.random() < _UNEVEN else 0.0

    def line(self, text: str, height: float, y: float, x: float | None = None) -> Line:
        """A line of these characters; lengths are shares of its height."""
        stroke = self.stroke and min(self.stroke, 0.32 * min(self.width or 1, 1))
        return Line(
            pattern=Pattern(text),
            height=height,
            y=y,
            x=x,
            width=height * self.width if self.width else None,
            gap=self.gap * height,
            space=(self.gap + self.space) * height,
            stroke=height * stroke if stroke else None,
            uneven=self.uneven,
        )


def _date(rng: np.random.Generator) -> str:
    """Until when a plate is valid, as printed below its text."""
    month, year = f"{rng.integers(1, 13):02d}", f"{rng.integers(5, 35):02d}"
    between = _one_of(("·", "-", ".", "/", " ", " · "), rng)
    return f"{month}{between}{year}"


def _expiry(rng: np.random.Generator) -> str:
    """The day on which a temporary plate ends."""
    month = _one_of(_MONTHS, rng)
    day, year = int(rng.integers(1, 32)), int(rng.integers(10, 35))
    kinds = (f"{month} {day:02d} {year}", f"{month} {day} 20{year}", f"{rng.integers(1, 13)}/{day}/20{year}")
    return _one_of(("", "", "EXP ", "EXPIRES ", "VALID TO "), rng) + _one_of(kinds, rng)


def _two_lines(rng: np.random.Generator) -> Design:
    """As on motorcycles, lorries and cars with a square recess: two lines, sometimes a name above them."""
    height = 200.0
    width = height * (rng.uniform(0.95, 1.75) if rng.random() < 0.75 else rng.uniform(1.75, 2.6))
    colours = _colours(rng)
    bands: list[Band] = []
    captions: list[Caption] = []
    upper_hand = _Hand(rng)
    lower_hand = upper_hand if rng.random() < 0.6 else _Hand(rng)
    head = _HEADS.draw(rng)
    top = 0.0 if head == "nothing" else height * rng.uniform(0.1, 0.2)
    if head == "name":
        inks = (colours.ink, _shade("#b01c20", rng, 30), _shade("#1c3c9c", rng, 30))
        size = top * rng.uniform(0.5, 0.8)
        captions.append(Caption(texts=(), height=size, y=top * 0.55, x=rng.uniform(0.4, 0.6), colours=inks))
    elif head == "band":
        bands.append(_top_band(rng, top))
    if rng.random() < 0.2:
        bands.append(_side_band(rng, "left", rng.uniform(30, 45), colours))
    room = height - top
    # The upper line is sometimes the smaller one: a region's or a class's letters.
    upper = room * (rng.uniform(0.2, 0.28) if rng.random() < 0.15 else rng.uniform(0.3, 0.41))
    lower = min(room * 0.45, upper * rng.uniform(0.85, 1.15)) if upper > 0.28 * room else room * 0.45
    between = (room - upper - lower) * rng.uniform(0.25, 0.5)
    edge = (room - upper - lower - between) / 2
    upper_y, lower_y = top + edge + upper / 2, height - edge - lower / 2
    if rng.random() < 0.08 and edge > 0.03 * height:  # a date or a dealer below
        size = edge * rng.uniform(0.9, 1.2)
        texts = (_date(rng),) if rng.random() < 0.6 else ()
        x, y = rng.uniform(0.3, 0.8), height - 0.8 * edge
        captions.append(Caption(texts=texts, height=size, y=y, x=x, colours=(colours.ink,)))
        lower_y -= 0.7 * edge
        upper_y -= 0.4 * edge
    length = _LENGTHS.draw(rng)
    cut = min(length - 1, max(1, round(length * rng.uniform(0.25, 0.65))))
    above, below = _texts(rng, cut, length - cut)
    return Design(
        code="generic",
        name="any of two lines",
        source="drawn at random",
        size=(width, height),
        variants=(colours,),
        lines=(
            upper_hand.line(above, upper, upper_y),
            lower_hand.line(below, lower, lower_y),
        ),
        radius=rng.uniform(0, 16),
        border=rng.uniform(1.5, 5) if rng.random() < 0.5 else 0,
        border_inset=_one_of((0.0, 3.0), rng),
        bands=tuple(bands),
        captions=tuple(captions),
        graphic=0.06,
        frame=0.2,
        emblem=_EMBLEMS.draw(rng),
        holes=_HOLES.draw(rng),
    )


def _side_band(rng: np.random.Generator, side: str, width: float, colours: Variant) -> Band:
    blue = rng.random() < 0.75
    return Band(
        side=side,
        width=width,
        sign=_SIGNS.draw(rng),
        colour=_shade("#1c46a8" if blue else colours.paper, rng, 18),
        letters=("".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(1, 4)))),),
        ink=_shade("#f8f8f8", rng, 8) if blue else colours.ink,
    )


def _top_band(rng: np.random.Generator, width: float) -> Band:
    return Band(
        side="top",
        width=width,
        sign=_one_of(("none", "flag"), rng),
        colour=_shade(_one_of(_BAND_COLOURS, rng), rng, 18),
        letters=("".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(4, 10)))),),
        ink=_shade("#f8f8f8", rng, 8),
    )


def _one_line(rng: np.random.Generator) -> Design:
    kind = _KINDS.draw(rng)
    height = 110.0 if kind == "long" else 152.0 if kind == "american" else 130.0
    aspects = {"long": (4.2, 5.0), "american": (1.8, 2.15), "middle": (2.7, 3.4), "any": (1.6, 5.6)}
    width = height * float(rng.uniform(*aspects[kind]))
    colours = _colours(rng)
    captions: list[Caption] = []
    stickers: list[Sticker] = []
    bands: list[Band] = []
    inks = (colours.ink, _shade("#b01c20", rng, 30), _shade("#1c3c9c", rng, 30))

    parts = {"long": (0.62, 0.8), "american": (0.38, 0.58), "middle": (0.42, 0.62), "any": (0.4, 0.85)}
    share = float(rng.uniform(*parts[kind]))
    y = height / 2
    room = (1 - share) / 2
    if (kind != "long" and rng.random() < 0.8) or (kind == "any" and rng.random() < 0.3):
        if kind == "middle":
            y = height * (1 - room * rng.uniform(0.45, 0.9))  # a city's band above pushes the text down
            y -= height * share / 2
        letters = "script" if rng.random() < 0.3 else "plain"
        top = y - height * share / 2
        if top > 14:
            size = min(top * rng.uniform(0.4, 0.75), 30)
            captions.append(
                Caption(
                    texts=(), height=size, y=top / 2, x=rng.uniform(0.4, 0.6), colours=inks, letters=letters
                )
            )
        bottom = height - y - height * share / 2
        if bottom > 12 and rng.random() < 0.6:
            size = min(bottom * rng.uniform(0.35, 0.7), 20)
            captions.append(
                Caption(texts=(), height=size, y=height - bottom / 2, x=rng.uniform(0.3, 0.7), colours=inks)
            )
    sides = ["left", "right"] if rng.random() < 0.15 else ["left"] if rng.random() < 0.9 else ["right"]
    layout = _LAYOUTS.draw(rng)
    # Beside a band, what has a place of its own near the edge would stand on it.
    if layout == "one" and rng.random() < {"long": 0.65, "american": 0.05, "middle": 0.15, "any": 0.3}[kind]:
        for side in sides:
            bands.append(_side_band(rng, side, rng.uniform(36, 60) * height / 110, colours))
    if not captions and height * (1 - share) / 2 > 14 and rng.random() < 0.25:
        # The name in a band along the top, which pushes the text down.
        thick = height * (1 - share) * rng.uniform(0.35, 0.55)
        bands.append(_top_band(rng, thick))
        y = thick + (height - thick) / 2
    for _ in range(_STICKERS.draw(rng) if kind != "long" else 0):
        stickers.append(
            Sticker(
                shape=_STICKER_SHAPES.draw(rng),
                x=_one_of((0.09, 0.91, 0.5), rng),
                y=_STICKER_PLACES.draw(rng),
                colours=(_shade(_STICKER_COLOURS.draw(rng), rng, 40),),
                size=(rng.uniform(22, 40), rng.uniform(16, 28)),
            )
        )
    bottom = height - y - height * share / 2
    if rng.random() < 0.1 and bottom > 8 and not any(caption.y > y for caption in captions):
        captions.append(
            Caption(
                texts=(_date(rng),),
                height=min(bottom * rng.uniform(0.5, 0.85), 26),
                y=height - bottom / 2,
                x=_one_of((0.5, rng.uniform(0.2, 0.8), rng.uniform(0.7, 0.85)), rng),
                colours=(colours.ink,),
            )
        )
    if layout == "one" and kind != "long" and rng.random() < _TEMPORARY:
        share, y, captions, bands = _temporary(rng, height, colours)
    return Design(
        code="generic",
        name="any",
        source="drawn at random",
        size=(width, height),
        variants=(colours,),
        lines=_row(rng, layout, height * share, y, _BESIDE[kind]),
        radius=rng.uniform(0, 14),
        border=rng.uniform(1.5, 5) if rng.random() < 0.5 else 0,
        border_inset=_one_of((0.0, 3.0, 5.0), rng),
        bands=tuple(bands),
        captions=tuple(captions),
        stickers=tuple(stickers),
        graphic=0.5 if kind == "american" else 0.05,
        frame=0.35,
        emblem=_EMBLEMS.draw(rng),
        holes=_HOLES.draw(rng),
    )


def _temporary(
    rng: np.random.Generator, height: float, colours: Variant
) -> tuple[float, float, list[Caption], list[Band]]:
    """A text in the lower half and, above it, the day it ends: the text's share and middle, and the rest."""
    share = float(rng.uniform(0.28, 0.4))
    y = height * (0.94 - share / 2)
    room = height * (0.94 - share)
    inks = (colours.ink, _shade("#b01c20", rng, 30))
    size = room * rng.uniform(0.35, 0.6)
    captions = [Caption(texts=(_expiry(rng),), height=size, y=0.66 * room, colours=inks)]
    captions.append(Caption(texts=(), height=0.16 * room, y=0.18 * room, colours=inks))
    return share, y, captions, []


def _row(rng: np.random.Generator, layout: str, height: float, y: float, beside: float) -> tuple[Line, ...]:
    """The lines that make one row, `height` high in all about `y`; `beside` is the share with an emblem."""
    hand = _Hand(rng)
    length = _LENGTHS.draw(rng)
    if layout == "one" or length < 4:
        (text,) = _texts(rng, length)
        if rng.random() < beside:
            text = f"*{text}" if rng.random() < 0.6 else f"{text}*"
        return (hand.line(text, height, y),)
    if layout == "spread":
        return _spread(rng, hand, length, height, y)
    if layout == "block":
        first = max(1, length // 3)
        upper, lower, right = _texts(rng, first, max(1, length // 4), length - first - max(1, length // 4))
        small, off = height * rng.uniform(0.38, 0.45), height * rng.uniform(0.24, 0.27)
        left, x = rng.uniform(0.2, 0.28), rng.uniform(0.64, 0.7)
        return (
            hand.line(upper, small, y - off, left),
            hand.line(lower, small, y + off, left),
            hand.line(right, height * rng.uniform(0.7, 1), y, x),
        )
    count = int(rng.integers(1, 4)) if layout == "small" else 2 if rng.random() < 0.9 else 3
    aside, text = _texts(rng, count, length - count)
    aside = "".join(c for c in aside if c.isalnum())
    before = rng.random() < 0.5
    if layout == "small":
        size = height * rng.uniform(0.35, 0.7)
        level = y + rng.uniform(-0.5, 0.5) * (height - size)
        wide = 0.05 + 0.05 * count * size / height
        beside_it = [hand.line(aside, size, level, wide + 0.03 if before else 0.97 - wide)]
    else:
        wide = rng.uniform(0.06, 0.1)
        size = height * (rng.uniform(0.36, 0.46) if count == 2 else rng.uniform(0.25, 0.3))
        places = np.linspace(-1, 1, count) * (height - size) / 2 * rng.uniform(0.92, 1)
        x = wide if before else 1 - wide
        beside_it = [hand.line(c, size, y + off, x) for c, off in zip(aside, places.tolist(), strict=True)]
    middle = (wide + 0.5) if before else 0.5 - wide
    large = hand.line(text, height, y, float(np.clip(middle, 0.4, 0.6)))
    return (*beside_it, large) if before else (large, *beside_it)


def _spread(rng: np.random.Generator, hand: _Hand, length: int, height: float, y: float) -> tuple[Line, ...]:
    """Two or three groups, the outer ones near the edges: B 1388 DFX."""
    first = 1 if rng.random() < 0.6 else 2
    last = int(rng.integers(1, 4)) if length - first > 2 and rng.random() < 0.75 else 0
    last = min(last, length - first - 1)
    counts = [first, length - first - last, *([last] if last else [])]
    texts = _texts(rng, *counts)
    left, right = rng.uniform(0.08, 0.16) + 0.03 * first, 1 - rng.uniform(0.08, 0.16) - 0.025 * max(last, 1)
    if not last:
        return (hand.line(texts[0], height, y, left), hand.line(texts[1], height, y, rng.uniform(0.6, 0.68)))
    middle = (left + right) / 2 + rng.uniform(-0.04, 0.02)
    return tuple(hand.line(t, height, y, x) for t, x in zip(texts, (left, middle, right), strict=True))
