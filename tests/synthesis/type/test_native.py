"""Native letterings, with an alphabet whose characters are in the font that is always at hand."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.plates.alphabet import ALPHABET, Alphabet, alphabet
from numberplate.synthesis.type.lettering import FontError, Letterings
from numberplate.synthesis.type.native import NativeFace, Style, covers, random_style, stroke_width, word
from numberplate.synthesis.type.strokes import CAP_HEIGHT

OWN = "jp&@%"
SCRIPT = Alphabet("trial", "Trial", ALPHABET + OWN)


def face(font: Path, fit: str, style: Style | None = None) -> NativeFace:
    return NativeFace(font, replace(SCRIPT, fit=fit), style or Style())


def ink(mask: np.ndarray) -> tuple[int, int, int, int]:
    return cv2.boundingRect((mask > 127).astype(np.uint8))


@pytest.mark.parametrize("aspect", [0.5, 0.8, 1.0])
def test_a_box_is_filled(font: Path, aspect: float) -> None:
    for c in OWN:
        mask = face(font, "box").fitted(aspect, 0.07).glyph(c, CAP_HEIGHT)
        assert mask.shape == (CAP_HEIGHT, round(CAP_HEIGHT * aspect))
        x, y, width, height = ink(mask)
        assert x <= 3
        assert y <= 3
        assert width >= mask.shape[1] - 6
        assert height >= CAP_HEIGHT - 6


def test_an_em_square_keeps_the_place_in_it(font: Path) -> None:
    fitted = face(font, "em").fitted(1.0, None)
    assert {fitted.glyph(c, CAP_HEIGHT).shape for c in OWN} == {(CAP_HEIGHT, CAP_HEIGHT)}
    tops = {c: ink(fitted.glyph(c, CAP_HEIGHT))[1] for c in OWN}
    assert tops["p"] > tops["j"] + 5


def test_a_line_keeps_what_is_above_and_below(font: Path) -> None:
    fitted = face(font, "line").fitted(None, None)
    boxes = {c: ink(fitted.glyph(c, CAP_HEIGHT)) for c in OWN}
    assert all(fitted.glyph(c, CAP_HEIGHT).shape[0] == CAP_HEIGHT for c in OWN)
    assert min(y for _, y, _, _ in boxes.values()) <= 2
    assert boxes["p"][1] > 10
    assert boxes["&"][1] + boxes["&"][3] < CAP_HEIGHT - 10
    assert max(y + height for _, y, _, height in boxes.values()) >= CAP_HEIGHT - 2
    widths = {c: fitted.glyph(c, CAP_HEIGHT).shape[1] for c in OWN}
    assert widths["j"] < widths["&"]


@pytest.mark.parametrize("stroke", [0.09, 0.13])
def test_strokes_are_as_wide_as_asked(font: Path, stroke: float) -> None:
    widths = [stroke_width(face(font, "box").fitted(0.8, stroke).glyph(c, CAP_HEIGHT)) for c in OWN]
    assert np.mean(widths) == pytest.approx(stroke * CAP_HEIGHT, rel=0.3)


@pytest.mark.parametrize("stroke", [0.1, 0.18, 0.24])
def test_bold_letters_keep_their_gaps(font: Path, stroke: float) -> None:
    """An m of three strokes is no block, as a bold Ш was on one plate in sixteen."""
    of = Alphabet("trial", "Trial", ALPHABET + "mWM", fit="letters")
    mask = NativeFace(font, of, Style()).fitted(0.4, stroke).glyph("m", CAP_HEIGHT)
    row = np.flatnonzero(mask[CAP_HEIGHT * 2 // 3] > 127)
    assert (np.diff(row) > 1).sum() == 2


def test_fewer_rows_are_the_same_smaller(font: Path) -> None:
    fitted = face(font, "box").fitted(0.6, 0.08)
    whole, small = fitted.glyph("&", CAP_HEIGHT), fitted.glyph("&", 32)
    assert small.shape[0] == 32
    again = cv2.resize(whole, small.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.array_equal(small, again)
    assert fitted.glyph("&", 32) is small


def test_styles_differ_and_stay_alike(font: Path) -> None:
    assert random_style(0) == Style()
    glyphs = [face(font, "box", random_style(i)).fitted(0.8, 0.08).glyph("&", 64) for i in range(6)]
    assert len({g.tobytes() for g in glyphs}) == 6
    again = face(font, "box", random_style(3)).fitted(0.8, 0.08).glyph("&", 64)
    assert np.array_equal(again, glyphs[3])


def test_stroke_width() -> None:
    mask = np.zeros((100, 100), np.uint8)
    cv2.rectangle(mask, (40, 10), (49, 89), 255, -1)
    assert stroke_width(mask) == pytest.approx(10, rel=0.2)


def test_covers(font: Path, tmp_path: Path) -> None:
    assert covers(font, SCRIPT)
    assert not covers(font, alphabet("han"))
    assert covers(font, alphabet("latin-extended"))  # composed, so that a font need have none
    (tmp_path / "no.ttf").write_text("no font")
    assert not covers(tmp_path / "no.ttf", SCRIPT)


def test_words(font: Path) -> None:
    short, long = word(font, "&", False), word(font, "&&&", False)
    assert long.shape[1] > 2 * short.shape[1]
    assert short[0].any()
    assert short[-1].any()
    assert short[:, 0].any()
    assert short[:, -1].any()


def test_a_script_without_a_font_is_named(font: Path, letterings: Letterings) -> None:
    rng = np.random.default_rng(0)
    assert not letterings.has("thai")
    assert letterings.has("latin")
    assert letterings.has("latin-extended")
    with pytest.raises(FontError, match="no font has the characters of Thai plates"):
        Letterings([font]).native("thai", ("*",), rng)


def test_a_font_of_a_script_letters_no_latin(font: Path, tmp_path: Path) -> None:
    named = tmp_path / "thai-aileron.ttf"
    named.write_bytes(font.read_bytes())
    letterings = Letterings([named])
    assert not letterings.refused
    assert "thai-aileron" not in letterings.names
