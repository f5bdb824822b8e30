"""Alphabets drawn from strokes: named ones after published measurements, and any number of random ones."""

from typing import Literal

import cv2
import numpy as np

from numberplate.synthesis.type.pen import Mask
from numberplate.synthesis.type.skeletons import SKELETONS, StrokeStyle, draw

CAP_HEIGHT = 128
"""Rows of a glyph's mask."""

_FINER = 4
"""Glyphs are drawn this many times larger, and averaged down."""


class StrokeLettering:
    """One typeface drawn from strokes.

    Args:
        style: its proportions and shapes.
        name: what designs call it.
    """

    def __init__(self, style: StrokeStyle, name: str) -> None:
        self.style = style
        self.name = name
        self._glyphs: dict[str, Mask] = {}

    def glyph(self, character: str) -> Mask:
        """uint8 (CAP_HEIGHT, width of the ink), 255 where the ink is, antialiased. Not to be written to.

        Raises KeyError for what is not a letter A-Z or a digit.
        """
        if character not in self._glyphs:
            if character not in SKELETONS:
                raise KeyError(f"{character!r} is not in the alphabet 0-9A-Z")
            self._glyphs[character] = self._draw(character)
        return self._glyphs[character]

    def _draw(self, character: str) -> Mask:
        fine = draw(character, self.style, _FINER * CAP_HEIGHT)
        rows, columns = fine.shape
        if self.style.slant:
            lean = abs(self.style.slant) * rows
            shift = lean if self.style.slant > 0 else 0.0
            matrix = np.array([(1, -self.style.slant, shift), (0, 1, 0)], np.float64)
            columns += int(np.ceil(lean))
            fine = np.asarray(cv2.warpAffine(fine, matrix, (columns, rows)), np.uint8)
        inked = np.flatnonzero(fine.max(0))
        fine = fine[:, inked[0] : inked[-1] + 1]
        width = max(1, round(fine.shape[1] / _FINER))
        glyph = np.asarray(cv2.resize(fine, (width, CAP_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        glyph.flags.writeable = False
        return glyph


def random_style(rng: np.random.Generator) -> StrokeStyle:
    """A typeface that was never seen before, within what plates of the world look like."""

    def pick(*kinds: str, p: tuple[float, ...] | None = None) -> str:
        return kinds[int(rng.choice(len(kinds), p=p))]

    def chance(p: float) -> bool:
        return bool(rng.random() < p)

    def within(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    # Condensed dies, the middle of the road, and wide old alphabets.
    width = (within(0.38, 0.5), within(0.5, 0.68), within(0.68, 0.85))[
        int(rng.choice(3, p=(0.35, 0.48, 0.17)))
    ]
    digit_width = float(np.clip(width * within(0.88, 1.04), 0.36, 0.85))
    narrowest = min(width, digit_width)
    stroke = float(np.clip(within(0.09, 0.22), max(0.09, 0.14 * narrowest), 0.29 * narrowest))
    shape = pick("octagon", "stadium", "oval", "rectangle", p=(0.12, 0.38, 0.28, 0.22))
    corner, corner_height, squareness = {
        "octagon": (within(0.5, 0.85), within(0.8, 1.3), 1.0),
        "stadium": (within(0.8, 1.0), within(0.95, 1.4), within(1.9, 2.3)),
        "oval": (1.0, within(1.6, 3.0), within(1.9, 2.5)),
        "rectangle": (within(0.55, 0.8), within(0.95, 1.3), within(1.9, 2.3)),
    }[shape]
    terminal = pick("butt", "round", "square", p=(0.55, 0.35, 0.1))
    if terminal == "round":
        corner = max(corner, 0.68)  # or D and B, whose corners are round as well, come near to O and 8
    fields = dict(
        width=width,
        digit_width=digit_width,
        narrow=within(0.8, 1),
        wide=within(1.08, 1.42),
        one_width=within(0.45, 0.8),
        stroke=stroke,
        contrast=within(0.78, 1.05) if chance(0.5) else 1.0,
        terminal=terminal,
        corner=corner,
        corner_height=corner_height,
        squareness=squareness,
        aperture=within(0.42, 0.66),
        waist=within(0.45, 0.52),
        bowl=within(0.5, 0.59),
        upper=within(0, 0.07) if chance(0.5) else 0.0,
        spine=within(0, 0.1) if chance(0.5) else 0.0,
        middle_bar=within(0.7, 1),
        overhang=within(0.02, 0.05) if chance(0.12) else 0.0,
        gap=within(0.05, 0.08) if chance(0.06) else 0.0,
        slant=within(-0.04, 0.16) if chance(0.12) else 0.0,
        a_apex=within(0.15, 0.5) if chance(0.3) else 0.0,
        a_bar=within(0.62, 0.75),
        g_kind=pick("bar", "spur", "hook", p=(0.53, 0.22, 0.25)),
        g_bar=within(0.14, 0.28),
        i_serifs=chance(0.35),
        j_bar=within(0.5, 0.75) if chance(0.25) else 0.0,
        j_hook=within(0.6, 0.76),
        k_joint=within(0.52, 0.65),
        m_depth=within(0.48, 0.8) if chance(0.75) else 1.0,
        m_splay=within(0.02, 0.08) if chance(0.25) else 0.0,
        n_kind=pick("angle", "arch", p=(0.96, 0.04)),
        q_kind=pick("crossing", "inside", "outside", "below"),
        r_kind=pick("angle", "straight", "curved", p=(0.55, 0.2, 0.25)),
        r_start=within(0.12, 0.55),
        w_height=within(0.2, 0.5) if chance(0.75) else 0.0,
        w_foot=within(0.23, 0.29),
        y_joint=within(0.44, 0.6),
        z_bar=chance(0.06),
        zero_kind=pick("plain", "slashed", "dotted", "notched", p=(0.76, 0.12, 0.05, 0.07)),
        zero_width=within(0.84, 1.0),
        one_kind=pick("bar", "flag", "base", p=(0.15, 0.6, 0.25)),
        one_flag=within(0.18, 0.34),
        two_kind=pick("curved", "straight"),
        three_kind=pick("round", "flat", p=(0.75, 0.25)),
        four_kind=pick("closed", "open", p=(0.7, 0.3)),
        four_bar=within(0.66, 0.78),
        four_stem=within(0.65, 0.85),
        six_kind="straight" if shape in ("stadium", "oval") and chance(0.4) else "curved",
        six_bowl=within(0.38, 0.47),
        seven_kind=pick("straight", "curved", p=(0.65, 0.35)),
        seven_foot=within(0.18, 0.5),
        seven_bar=chance(0.08),
        seven_serif=chance(0.08),
    )
    return StrokeStyle(**fields)  # type: ignore[arg-type]


def british() -> StrokeLettering:
    """The British alphabet of 2001 ("Charles Wright"): 79 mm high, 50 mm wide but for 1 and I, 14 mm stroke.

    Measurements: The Road Vehicles (Display of Registration Marks) Regulations 2001 (SI 2001/561), part III.
    """
    style = StrokeStyle(
        width=50 / 79,
        digit_width=50 / 79,
        narrow=1,
        wide=1,
        stroke=14 / 79,
        corner=0.9,
        corner_height=1.1,
        aperture=0.62,
        waist=0.48,
        bowl=0.55,
        spine=0.02,
        g_kind="bar",
        m_depth=0.62,
        q_kind="crossing",
        r_start=0.4,
        w_height=0.3,
        one_kind="bar",
        six_bowl=0.4,
    )
    return StrokeLettering(style, "drawn-british")


def din() -> StrokeLettering:
    """Like DIN 1451 Mittelschrift, as on German plates until 1994 and grey Brazilian ones.

    A stroke of a seventh of the cap height is the standard's; the widths are an estimate.
    """
    style = StrokeStyle(
        width=0.62,
        digit_width=0.58,
        narrow=0.86,
        wide=1.22,
        stroke=1 / 7,
        corner=1,
        aperture=0.6,
        waist=0.48,
        bowl=0.55,
        upper=0.03,
        a_bar=0.72,
        m_depth=0.66,
        q_kind="crossing",
        r_start=0.4,
        w_height=0.2,
        one_width=0.56,
        two_kind="straight",
        four_kind="open",
        four_bar=0.76,
        four_stem=0.72,
        six_kind="straight",
        six_bowl=0.4,
        seven_foot=0.28,
    )
    return StrokeLettering(style, "drawn-din")


def fe() -> StrokeLettering:
    """Like FE-Schrift, the alphabet of German plates since 1994 that is hard to falsify.

    Characters 75 mm high, letters 47.5 mm and digits 44.5 mm wide: Fahrzeug-Zulassungsverordnung, annex 4.
    The stroke is an estimate. Open bowls, uneven bars and a notched 0 keep one character from being made
    another.
    """
    style = StrokeStyle(
        width=47.5 / 75,
        digit_width=44.5 / 75,
        narrow=1,
        wide=1,
        one_width=0.75,
        stroke=0.13,
        corner=1,
        corner_height=1.35,
        aperture=0.5,
        waist=0.46,
        bowl=0.58,
        upper=0.08,
        spine=0.06,
        middle_bar=0.78,
        gap=0.06,
        a_apex=0.3,
        a_bar=0.66,
        g_kind="spur",
        i_serifs=True,
        j_bar=0.62,
        m_depth=0.48,
        q_kind="inside",
        r_start=0.3,
        w_height=0.5,
        zero_kind="notched",
        zero_width=0.9,
        one_flag=0.34,
        four_kind="open",
        four_stem=0.68,
        seven_kind="curved",
        seven_foot=0.4,
    )
    return StrokeLettering(style, "drawn-fe")


def us_die() -> StrokeLettering:
    """Like the condensed dies of most US states: tall, narrow, bowls as rounded rectangles, round ends.

    The proportions are estimates from plates with 70 mm characters some 32 mm wide, stroke 8 mm.
    """
    style = StrokeStyle(
        width=0.46,
        digit_width=0.45,
        narrow=0.94,
        wide=1.12,
        one_width=0.7,
        stroke=0.115,
        terminal="round",
        corner=0.78,
        corner_height=1.1,
        aperture=0.6,
        bowl=0.53,
        a_bar=0.7,
        i_serifs=True,
        m_depth=0.6,
        w_height=0.4,
        one_kind="base",
        four_stem=0.78,
        seven_foot=0.3,
    )
    return StrokeLettering(style, "drawn-us")


def us_thin() -> StrokeLettering:
    """The lighter dies of western states, Idaho's among them: 2 has a straight neck and a sharp corner."""
    style = StrokeStyle(
        width=0.42,
        digit_width=0.42,
        narrow=0.94,
        wide=1.15,
        one_width=0.6,
        stroke=0.1,
        terminal="round",
        corner=0.85,
        corner_height=1.0,
        aperture=0.62,
        bowl=0.53,
        a_bar=0.72,
        i_serifs=True,
        m_depth=0.7,
        w_height=0.35,
        one_kind="flag",
        one_flag=0.2,
        two_kind="straight",
        three_kind="round",
        four_stem=0.75,
        seven_foot=0.3,
    )
    return StrokeLettering(style, "drawn-us-thin")


def mandatory() -> StrokeLettering:
    """Like grey Brazilian plates: wide, of even stroke; 1 has hardly a flag, I is a bare stem."""
    return StrokeLettering(_mandatory("flag"), "drawn-mandatory")


def mandatory_bare() -> StrokeLettering:
    """The same where 1 is a bare stem too, as dies wear or dirt hides its flag: 1 and I are one shape."""
    return StrokeLettering(_mandatory("bar"), "drawn-mandatory-bare")


def _mandatory(one: Literal["flag", "bar"]) -> StrokeStyle:
    # 63 mm high, stroke some 10 mm; widths estimated from the letters' places on a plate of 400 mm.
    return StrokeStyle(
        width=0.62,
        digit_width=0.56,
        narrow=0.84,
        wide=1.25,
        one_width=0.3,
        stroke=0.155,
        terminal="butt",
        corner=1,
        corner_height=1.0,
        aperture=0.58,
        waist=0.49,
        bowl=0.54,
        a_bar=0.7,
        g_kind="bar",
        m_depth=0.7,
        q_kind="crossing",
        r_start=0.45,
        w_height=0.3,
        one_kind=one,
        one_flag=0.2,
        two_kind="straight",
        four_kind="closed",
        four_bar=0.74,
        four_stem=0.74,
        six_kind="curved",
        seven_foot=0.3,
    )


def italian() -> StrokeLettering:
    """Like Italian plates since 1994: narrow bowls with straight sides; G is a C with a hint of a bar.

    The proportions are estimates.
    """
    style = StrokeStyle(
        width=0.56,
        digit_width=0.54,
        narrow=0.9,
        wide=1.18,
        one_width=0.6,
        stroke=0.135,
        corner=0.95,
        corner_height=1.1,
        aperture=0.6,
        waist=0.48,
        bowl=0.54,
        a_bar=0.7,
        g_kind="hook",
        g_bar=0.16,
        m_depth=0.6,
        q_kind="crossing",
        r_start=0.35,
        w_height=0.25,
        one_kind="flag",
        one_flag=0.28,
        four_stem=0.74,
        six_kind="curved",
        seven_foot=0.35,
    )
    return StrokeLettering(style, "drawn-italian")


NAMED = (british, din, fe, us_die, us_thin, mandatory, mandatory_bare, italian)
"""Makes each of the alphabets that have a name."""
