"""Characters of other scripts that are drawn from strokes."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from numberplate.plates.alphabet import alphabet
from numberplate.synthesis.type.centre_lines import STYLES, DrawnFace, centre_lines, is_drawn
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.type.native import NativeFace, stroke_width
from numberplate.synthesis.type.strokes import CAP_HEIGHT

HAN = alphabet("han")


def test_every_character_of_the_alphabet_is_drawn() -> None:
    assert set(centre_lines("han")) == set(HAN.own)
    assert is_drawn("han")
    assert not is_drawn("thai")


def test_strokes_lie_in_their_box_and_reach_its_sides() -> None:
    for character, strokes in centre_lines("han").items():
        points = np.concatenate(strokes)
        assert all(len(stroke) >= 2 for stroke in strokes), character
        assert points.min() >= 0, character
        assert points.max() <= 1, character
        assert np.ptp(points, axis=0).min() > 0.6, character


@pytest.mark.parametrize("aspect", [0.4, 0.5, 1.0])
def test_a_box_is_filled(aspect: float) -> None:
    lettering = DrawnFace("han", 0).fitted(aspect, 0.07)
    for c in "京皖川":
        mask = lettering.glyph(c, CAP_HEIGHT)
        assert mask.dtype == np.uint8
        assert mask.shape == (CAP_HEIGHT, round(CAP_HEIGHT * aspect))
        rows, columns = np.nonzero(mask > 127)
        assert np.ptp(rows) > 0.9 * CAP_HEIGHT
        assert np.ptp(columns) > 0.85 * mask.shape[1]
        assert lettering.glyph(c, 40).shape == (40, round(40 * aspect))


def test_strokes_are_as_wide_as_asked_where_there_is_room() -> None:
    thin, thick = (DrawnFace("han", 0).fitted(0.6, width) for width in (0.05, 0.09))
    for c in "川云吉":
        assert stroke_width(thin.glyph(c, CAP_HEIGHT)) == pytest.approx(0.05 * CAP_HEIGHT, rel=0.25)
        assert stroke_width(thick.glyph(c, CAP_HEIGHT)) == pytest.approx(0.09 * CAP_HEIGHT, rel=0.25)
    assert stroke_width(thick.glyph("赣", CAP_HEIGHT)) < 0.07 * CAP_HEIGHT


@pytest.mark.parametrize("style", range(STYLES))
def test_in_every_style_no_two_characters_look_alike(style: int) -> None:
    lettering = DrawnFace("han", style).fitted(0.5, 0.085)
    shapes = {}
    for c in HAN.own:
        mask = lettering.glyph(c, 64)
        shapes[c] = np.asarray(np.pad(mask, ((0, 0), (0, 48 - mask.shape[1]))) > 127)
        assert 0.1 < shapes[c].sum() / mask.size < 0.8, c
    for one, other in combinations(HAN.own, 2):
        both, either = shapes[one] & shapes[other], shapes[one] | shapes[other]
        assert both.sum() < 0.93 * either.sum(), (one, other)


def test_a_style_is_the_same_each_time_and_unlike_the_others() -> None:
    one, again, other = (DrawnFace("han", n).fitted(0.5, 0.085).glyph("皖", 64) for n in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or (one != other).any()


def test_without_a_font_chinese_plates_are_lettered_all_the_same(font: Path) -> None:
    letterings = Letterings([font])
    rng = np.random.default_rng(0)
    assert letterings.has("han")
    faces = [letterings.native("han", ("*",), rng) for _ in range(20)]
    assert not any(isinstance(face, NativeFace) for face in faces)
    assert {face.fitted(0.5, None).glyph("皖", 64).shape[0] for face in faces} == {64}


def test_an_unknown_character_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        DrawnFace("han", 0).fitted(None, None).glyph("あ", 64)
