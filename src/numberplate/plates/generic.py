"""The generic design: a new plate of no country at every draw, so that a country not listed is read too."""

import numpy as np

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH
from numberplate.plates.design import Band, Caption, Design, Line, Sticker, Variant
from numberplate.plates.pattern import DIGITS, LETTERS, Pattern

MIN_CONTRAST = 60
"""Least difference in luma (0..255) between a text and its plate."""

_LENGTH_WEIGHTS = np.array([1, 2, 3, 5, 9, 12, 5, 2.5, 1.5])
_LENGTH_WEIGHTS = _LENGTH_WEIGHTS / _LENGTH_WEIGHTS.sum()

# Papers that plates have somewhere, with how often to draw each.
_PAPERS = {
    "#f4f4f0": 12, "#e8e8e4": 6, "#ffd21e": 4, "#f0b400": 2, "#c8ccd0": 3, "#b4b8bc": 2, "#1a1a1a": 2,
    "#12306e": 1, "#a01818": 1, "#0d5a34": 1, "#dff0e0": 1, "#cfe0f4": 1, "#f6e6c0": 1, "#f4c8c0": 1,
}  # fmt: skip
_INKS = {"#101010": 10, "#1c2a6a": 3, "#0a4028": 1, "#8c1414": 2, "#303030": 2, "#f8f8f8": 6, "#ffe040": 1}


def luma(colour: str) -> float:
    """Rec. 601 luma, 0..255, of a colour such as `#ffd21e`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _weighted(choices: dict[str, int], rng: np.random.Generator) -> str:
    weights = np.array(list(choices.values()), float)
    return list(choices)[int(rng.choice(len(choices), p=weights / weights.sum()))]


def _shade(colour: str, rng: np.random.Generator, spread: float = 14) -> str:
    channels = [int(colour[i : i + 2], 16) + rng.normal(0, spread) for i in (1, 3, 5)]
    return "#" + "".join(f"{int(np.clip(c, 0, 255)):02x}" for c in channels)


def _colours(rng: np.random.Generator) -> Variant:
    while True:
        paper, ink = _shade(_weighted(_PAPERS, rng), rng), _shade(_weighted(_INKS, rng), rng)
        if abs(luma(paper) - luma(ink)) >= MIN_CONTRAST:
            return Variant(paper=paper, ink=ink)


def _text(rng: np.random.Generator, marks: str) -> str:
    """Two to ten characters in one to four groups of letters, of digits or of both, with marks between."""
    length = int(rng.choice(np.arange(MIN_LENGTH, MAX_LENGTH + 1), p=_LENGTH_WEIGHTS))
    groups = min(length, int(rng.choice([1, 2, 3, 4], p=[0.25, 0.5, 0.2, 0.05])))
    cuts: list[int] = []
    if groups > 1:
        cuts = sorted(int(cut) for cut in rng.choice(np.arange(1, length), groups - 1, replace=False))
    text = ""
    start = 0
    for end in [*cuts, length]:
        pool = (LETTERS, DIGITS, ALPHABET)[int(rng.choice(3, p=[0.42, 0.38, 0.2]))]
        text += marks[int(rng.integers(len(marks)))] if start else ""
        text += "".join(pool[int(i)] for i in rng.integers(0, len(pool), end - start))
        start = end
    return text


def generic_design(rng: np.random.Generator) -> Design:
    """A random single-line design. Its text is drawn too: the pattern has no alternative left."""
    kind = rng.choice(["long", "american", "middle", "any"], p=[0.32, 0.34, 0.2, 0.14])
    height = 110.0 if kind == "long" else 152.0 if kind == "american" else 130.0
    aspect = {
        "long": rng.uniform(4.2, 5.0),
        "american": rng.uniform(1.8, 2.15),
        "middle": rng.uniform(2.7, 3.4),
        "any": rng.uniform(1.6, 5.6),
    }[str(kind)]
    width = height * float(aspect)
    colours = _colours(rng)
    captions: list[Caption] = []
    stickers: list[Sticker] = []
    bands: list[Band] = []
    inks = (colours.ink, _shade("#b01c20", rng, 30), _shade("#1c3c9c", rng, 30))

    share = {
        "long": rng.uniform(0.62, 0.8),
        "american": rng.uniform(0.38, 0.58),
        "middle": rng.uniform(0.42, 0.62),
        "any": rng.uniform(0.4, 0.85),
    }[str(kind)]
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
    if rng.random() < {"long": 0.65, "american": 0.05, "middle": 0.15, "any": 0.3}[str(kind)]:
        for side in sides:
            letters_ = "".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(1, 4))))
            blue = rng.random() < 0.75
            bands.append(
                Band(
                    side=side,
                    width=rng.uniform(36, 60) * height / 110,
                    sign=rng.choice(
                        ["none", "stars", "shield", "flag", "bars"], p=[0.1, 0.4, 0.25, 0.15, 0.1]
                    ),
                    colour=_shade("#1c46a8" if blue else colours.paper, rng, 18),
                    letters=(letters_,),
                    ink=_shade("#f8f8f8", rng, 8) if blue else colours.ink,
                )
            )
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.5, 0.2, 0.22, 0.08])) if kind != "long" else 0):
        stickers.append(
            Sticker(
                shape=rng.choice(["rectangle", "circle"], p=[0.8, 0.2]),
                x=rng.choice([0.09, 0.91, 0.5]),
                y=rng.choice([0.12, 0.88], p=[0.75, 0.25]),
                colours=(_shade(_weighted(_PAPERS, rng), rng, 40),),
                size=(rng.uniform(22, 40), rng.uniform(16, 28)),
            )
        )
    marks = rng.choice(["    -", "-", " *", "*", ".", " .-*"], p=[0.42, 0.12, 0.12, 0.2, 0.08, 0.06])
    return Design(
        code="generic",
        name="any",
        source="drawn at random",
        size=(width, height),
        variants=(colours,),
        lines=(
            Line(
                pattern=Pattern(_text(rng, str(marks))),
                height=height * share,
                y=y,
                width=height * share * rng.uniform(0.36, 0.78) if rng.random() < 0.85 else None,
                gap=height * share * rng.uniform(0.05, 0.2),
                space=height * share * rng.uniform(0.2, 0.75),
            ),
        ),
        radius=rng.uniform(0, 14),
        border=rng.uniform(1.5, 5) if rng.random() < 0.5 else 0,
        border_inset=rng.choice([0.0, 3.0, 5.0]),
        bands=tuple(bands),
        captions=tuple(captions),
        stickers=tuple(stickers),
        graphic=0.3 if kind == "american" else 0.04,
        frame=0.35,
        emblem=rng.choice(
            ["shield", "circle", "blob", "stickers", "shield and dash", "stickers and dash"],
            p=[0.1, 0.1, 0.5, 0.1, 0.1, 0.1],
        ),
        holes=int(rng.choice([0, 2, 4], p=[0.5, 0.35, 0.15])),
    )
