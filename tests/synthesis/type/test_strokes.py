from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis.type.pen import Pen, from_height, rounded
from numberplate.synthesis.type.skeletons import SKELETONS, StrokeStyle
from numberplate.synthesis.type.strokes import (
    CAP_HEIGHT,
    NAMED,
    StrokeLettering,
    british,
    din,
    italian,
    mandatory,
    mandatory_bare,
    random_style,
)

SAME = {"I1", "O0"}
"""Pairs that some alphabets do not tell apart."""

MARGIN = 0.012
"""Least share of the ink of two characters in which they differ, drawn in one box."""

seeds = st.integers(0, 2**32 - 1)


def lettering(seed: int) -> StrokeLettering:
    return StrokeLettering(random_style(np.random.default_rng(seed)), f"drawn-{seed}")


def check_alphabet(letters: StrokeLettering) -> None:
    for c in ALPHABET:
        glyph = letters.glyph(c)
        assert glyph.dtype == np.uint8, c
        assert glyph.shape[0] == CAP_HEIGHT, c
        assert 8 <= glyph.shape[1] <= 1.5 * CAP_HEIGHT, c
        ink = glyph > 127
        assert ink[:3].any(), f"{c}: no ink at the top"
        assert ink[-3:].any(), f"{c}: no ink at the foot"
        assert glyph[:, :2].any(), f"{c}: not cropped on the left"
        assert glyph[:, -2:].any(), f"{c}: not cropped on the right"
        bare = c in "I1" and glyph.shape[1] < 0.3 * CAP_HEIGHT
        assert 0.12 < ink.mean() < (1.01 if bare else 0.85), f"{c}: {ink.mean():.2f} of its box is ink"


def check_distinct(letters: StrokeLettering) -> None:
    boxes = {c: cv2.resize(letters.glyph(c), (48, 80), interpolation=cv2.INTER_AREA) / 255 for c in ALPHABET}
    for a, b in combinations(ALPHABET, 2):
        if {a + b, b + a} & SAME:
            continue
        difference = np.abs(boxes[a] - boxes[b]).sum() / (boxes[a] + boxes[b]).sum()
        assert difference > MARGIN, f"{a} and {b} differ by {difference:.4f} in {letters.name}"


def counters(glyph: np.ndarray) -> int:
    """How many areas of paper the ink encloses."""
    paper = np.pad(glyph < 128, 1, constant_values=True).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    return int((stats[1:, cv2.CC_STAT_AREA] > 12).sum()) - 1


def test_every_character_of_the_alphabet_has_a_skeleton() -> None:
    assert sorted(SKELETONS) == sorted(ALPHABET)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_any_random_style_draws_the_alphabet(seed: int) -> None:
    check_alphabet(lettering(seed))


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_no_two_characters_of_a_random_style_look_the_same(seed: int) -> None:
    check_distinct(lettering(seed))


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_counters_stay_open_and_bowls_closed(seed: int) -> None:
    letters = lettering(seed)
    style = letters.style
    expected = {
        "B": 2,
        "8": 2,
        "D": 1,
        "O": 1,
        "A": 1,
        "R": 1,
        "C": 0,
        "G": 0,
        "S": 0,
        "5": 0,
        "2": 0,
        "3": 0,
    }
    expected |= {"4": 1 if style.four_kind == "closed" else 0, "H": 0, "U": 0, "N": 0, "E": 0}
    expected |= dict.fromkeys("P" if style.gap else "P69", 0 if style.gap else 1)
    for c, count in expected.items():
        assert counters(letters.glyph(c)) == count, c


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_the_same_seed_draws_the_same_typeface(seed: int) -> None:
    one, other = lettering(seed), lettering(seed)
    assert one.style == other.style
    for c in "AGQ27":
        np.testing.assert_array_equal(one.glyph(c), other.glyph(c))


def test_different_seeds_draw_different_typefaces() -> None:
    assert len({lettering(seed).glyph("R").tobytes() for seed in range(20)}) == 20


@pytest.mark.parametrize("make", NAMED)
def test_named_alphabets_are_whole_and_distinct(make) -> None:
    letters = make()
    assert letters.name.startswith("drawn-")
    check_alphabet(letters)
    check_distinct(letters)


def test_look_alikes_are_as_on_the_real_plates() -> None:
    """1 is nearly I or the same on grey Brazilian plates, and G nearly C on Italian ones."""
    bare, flagged, clear = mandatory_bare(), mandatory(), din()
    assert np.array_equal(bare.glyph("1"), bare.glyph("I"))
    assert flagged.glyph("I").shape[1] < flagged.glyph("1").shape[1] < clear.glyph("1").shape[1]

    def unlike(letters: StrokeLettering) -> float:
        c, g = (cv2.resize(letters.glyph(x), (48, 80), interpolation=cv2.INTER_AREA) / 255 for x in "CG")
        return float(np.abs(c - g).sum() / (c + g).sum())

    assert unlike(italian()) < 0.8 * unlike(british())


def test_british_letters_have_their_published_measurements() -> None:
    letters = british()
    millimetre = CAP_HEIGHT / 79
    for c in ALPHABET:
        width = 14 if c in "1I" else 50
        assert letters.glyph(c).shape[1] == pytest.approx(width * millimetre, abs=1.5), c
    upright = letters.glyph("H")[20] > 127
    assert upright.sum() == pytest.approx(2 * 14 * millimetre, abs=2)
    level = letters.glyph("E")[:, -8] > 127
    assert level.sum() == pytest.approx(2 * 14 * millimetre, abs=3)


@pytest.mark.parametrize("character", ["a", "Ä", "-", " ", "", "AB"])
def test_a_character_outside_of_the_alphabet_is_named(character: str) -> None:
    with pytest.raises(KeyError, match="not in the alphabet") as caught:
        british().glyph(character)
    assert repr(character) in caught.value.args[0]


def test_glyphs_are_kept_and_cannot_be_drawn_on() -> None:
    letters = din()
    glyph = letters.glyph("A")
    assert letters.glyph("A") is glyph
    with pytest.raises(ValueError, match="read-only"):
        glyph[0, 0] = 1


def test_terminals_are_cut_off_or_round() -> None:
    style = StrokeStyle(stroke=0.2)
    cut, round_ = (
        StrokeLettering(replace(style, terminal=terminal), terminal).glyph("I")
        for terminal in ("butt", "round")
    )
    assert (cut[0] > 127).all()
    assert (round_[0] > 127).mean() < 0.6
    assert round_[:, round_.shape[1] // 2].min() > 127


def test_slant_leans_to_the_right_at_the_top() -> None:
    glyph = StrokeLettering(StrokeStyle(slant=0.15), "italic").glyph("I")
    top, foot = (np.flatnonzero(row).mean() for row in (glyph[4], glyph[-4]))
    assert top - foot == pytest.approx(0.15 * (CAP_HEIGHT - 8), abs=2)


@pytest.mark.parametrize(
    ("kind", "row", "ink"),
    [
        ("plain", 0.5, False),
        ("dotted", 0.5, True),
        ("slashed", 0.5, True),
        ("notched", 0.5, False),
    ],
)
def test_kinds_of_0(kind, row: float, ink: bool) -> None:
    glyph = StrokeLettering(StrokeStyle(zero_kind=kind), kind).glyph("0")
    assert (glyph[int(row * CAP_HEIGHT), glyph.shape[1] // 2] > 127) == ink


def test_a_squareness_of_1_cuts_a_corner_off_straight() -> None:
    path = rounded([(0, 1), (0, 0, 0.4, 0.3), (1, 0)], squareness=1)
    np.testing.assert_allclose(path, [(0, 1), (0, 0.3), (0.4, 0), (1, 0)], atol=1e-9)


def test_corners_that_want_more_than_their_edge_share_it() -> None:
    path = rounded([(0, 0, 9, 9), (1, 0, 9, 9), (1, 1, 9, 9), (0, 1, 9, 9)], closed=True)
    np.testing.assert_allclose(np.hypot(*(path - 0.5).T), 0.5, atol=1e-9)  # a square becomes a circle


def test_from_height_cuts_between_two_points() -> None:
    path = np.array([(0.0, 1.0), (0.0, 0.0), (1.0, 0.0)])
    np.testing.assert_allclose(from_height(path, 0.25), [(0, 0.25), (0, 0), (1, 0)])
    np.testing.assert_allclose(from_height(path, 2.0), path)  # it is never there


def test_a_pen_with_contrast_draws_bars_thinner_than_stems() -> None:
    pen = Pen(width=1, stem=0.2, bar=0.1, terminal="butt", rows=400)
    pen.stroke(np.array([(0.5, -0.5), (0.5, 1.5)]))
    pen.stroke(np.array([(-0.5, 0.5), (1.5, 0.5)]))
    assert (pen.ink[10] > 0).sum() == pytest.approx(80, abs=2)
    assert (pen.ink[:, 10] > 0).sum() == pytest.approx(40, abs=2)
