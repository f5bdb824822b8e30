import os
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis.type.lettering import (
    CAP_HEIGHT,
    SYSTEM_FONTS,
    FontError,
    FontLettering,
    Letterings,
    font_files,
    spell,
    system_font_files,
)
from numberplate.synthesis.type.strokes import NAMED, din


def test_glyphs_of_a_font_fill_their_height(font: Path) -> None:
    lettering = FontLettering(font)
    assert lettering.name == "aileron"
    for c in ALPHABET:
        glyph = lettering.glyph(c)
        assert glyph.dtype == np.uint8
        assert glyph.shape[0] == CAP_HEIGHT
        assert glyph[0].any()
        assert glyph[-1].any()
        assert glyph[:, 0].any()
        assert glyph[:, -1].any()
    assert lettering.glyph("W").shape[1] > 2 * lettering.glyph("I").shape[1]
    assert lettering.glyph("A") is lettering.glyph("A")  # drawn once


def test_words_of_a_font(font: Path) -> None:
    lettering = FontLettering(font)
    assert lettering.word("Lone Star").shape[1] > 1.5 * lettering.word("Lone").shape[1]
    assert lettering.word(" ").size == 0
    assert lettering.word("").size == 0


def test_what_is_no_font_is_left_out_and_named(font: Path, tmp_path: Path) -> None:
    (tmp_path / "text.ttf").write_text("no font")
    (tmp_path / "empty.otf").write_bytes(b"")
    # A font without its tables of characters and of their names draws its placeholder for each.
    lacking = font.read_bytes().replace(b"cmap", b"cmaq", 1).replace(b"post", b"posu", 1)
    (tmp_path / "placeholders.ttf").write_bytes(lacking)
    shutil.copy(font, tmp_path / "good.ttf")
    letterings = Letterings(font_files([tmp_path]))
    assert "good" in letterings.names
    assert len(letterings.refused) == 3
    for name, line in zip(("empty.otf", "placeholders.ttf", "text.ttf"), letterings.refused, strict=True):
        assert line.startswith(f"{tmp_path / name}: ")
    with pytest.raises(FontError, match="not a font that can be used"):
        FontLettering(tmp_path / "text.ttf")
    with pytest.raises(FontError, match="has no '0'"):
        FontLettering(tmp_path / "placeholders.ttf")


def test_font_files(font: Path, tmp_path: Path) -> None:
    for name in ("b/x.OTF", "a.ttf", "b/c/y.ttc", "licence.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert font_files([tmp_path]) == [tmp_path / n for n in ("a.ttf", "b/c/y.ttc", "b/x.OTF")]
    assert font_files([tmp_path / "b", font.parent]) == [
        tmp_path / "b/c/y.ttc",
        tmp_path / "b/x.OTF",
        font,
    ]
    assert font_files([]) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_a_pipe_in_a_folder_is_no_font(font: Path, tmp_path: Path) -> None:
    shutil.copy(font, tmp_path)
    os.mkfifo(tmp_path / "pipe.ttf")
    assert font_files([tmp_path]) == [tmp_path / font.name]


def test_a_folder_without_a_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(FontError, match=f"^{re.escape(str(tmp_path))}: no font in it$"):
        font_files([tmp_path])
    with pytest.raises(FontError, match=r"none: no such folder$"):
        font_files([tmp_path / "none"])


def test_system_fonts() -> None:
    folders = [f for f in SYSTEM_FONTS if f.is_dir()]
    found = system_font_files()  # none installed is no error
    assert all(any(file.is_relative_to(f) for f in folders) for file in found)
    if not found:
        pytest.skip("no fonts are installed here")
    assert len(Letterings(found[:3]).names) > 4 - len(Letterings(found[:3]).refused)


def test_drawn_alphabets_alone(letterings: Letterings) -> None:
    assert letterings.refused == []
    assert letterings.names == [make().name for make in NAMED]
    assert {"drawn-british", "drawn-din", "drawn-fe", "drawn-us"} < set(letterings.names)
    assert letterings.small(np.random.default_rng(0)) is None
    names = Counter(letterings.pick(("*",), np.random.default_rng(i)).name for i in range(300))
    assert len(names) > 60  # most of them drawn at random
    assert set(letterings.names) <= set(names)


def picked(letterings: Letterings, patterns: tuple[str, ...]) -> Counter[str]:
    rng = np.random.default_rng(1)
    return Counter(letterings.pick(patterns, rng).name for _ in range(400))


def test_pick(font: Path) -> None:
    letterings = Letterings([font])
    assert set(picked(letterings, ("drawn-d*",))) == {"drawn-din"}
    assert set(picked(letterings, ("aile*", "drawn-fe"))) == {"aileron", "drawn-fe"}
    # One that matches and the asterisk: all that there are.
    both = picked(letterings, ("drawn-fe", "*"))
    assert {"aileron", "drawn-fe", "drawn-us"} <= set(both)
    assert len(both) > 50
    assert 160 < both["drawn-fe"] < 260  # what is named is half of them
    # Where none matches, any will do, and not only those drawn at random.
    other = picked(letterings, ("no-such-font",))
    assert other["aileron"] > 12
    assert len(other) > 50
    small = letterings.small(np.random.default_rng(0))
    assert small is not None
    assert small.name == "aileron"


def test_spell() -> None:
    lettering = din()
    word = spell(lettering, "ab 1")
    assert word.shape[0] == CAP_HEIGHT
    letters = sum(lettering.glyph(c).shape[1] for c in "AB1")
    assert word.shape[1] > letters + CAP_HEIGHT // 2
    assert spell(lettering, "").size == 0
