from dataclasses import replace

import cv2
import numpy as np
import pytest

from numberplate.pictures import writing
from numberplate.pictures.writing import atlas_characters, text_size, write
from numberplate.plates.alphabet import ALPHABET, alphabets

TEXTS = ["AB12 CDE 94%", "皖A12345", "طبج٣٩٤٥ 91%", "品川330あ1234", "1กข2345", "MÜAB123"]


def blank() -> np.ndarray:
    return np.full((80, 600, 3), 255, np.uint8)


def inked(canvas: np.ndarray) -> tuple[int, int, int, int]:
    x, y, width, height = cv2.boundingRect((canvas.min(-1) < 160).astype(np.uint8))
    return x, y, x + width, y + height


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [0.4, 1.0])
def test_a_text_lies_within_its_size(text: str, size: float) -> None:
    canvas = blank()
    across, up, down = text_size(text, size, 2)
    write(canvas, text, (20, 50), size, (0, 0, 0), 2)
    left, top, right, bottom = inked(canvas)
    assert 18 <= left < 32
    assert 20 + 0.75 * across < right <= 20 + across + 3
    assert 50 - up - 3 <= top < 50
    assert bottom <= 50 + down + 3


def test_every_character_of_plates_has_a_shape_of_its_own() -> None:
    shapes = {}
    for c in atlas_characters():
        canvas = blank()
        write(canvas, c, (20, 50), 1.0, (0, 0, 0))
        assert canvas.min() < 100, c
        shapes.setdefault(canvas.tobytes(), []).append(c)
    # Arabic and Persian have most digits and one letter in common, by another code point each; Đ is as Ð.
    alike = {c for same in shapes.values() if len(same) > 1 for c in same}
    assert alike <= {*"٠١٢٣٧٨٩۰۱۲۳۷۸۹ىیÐĐ"}, alike
    assert {*atlas_characters()} == {c for a in alphabets().values() for c in a.own}


def test_ascii_is_written_as_opencv_does() -> None:
    ours, theirs = blank(), blank()
    write(ours, "AB12", (20, 50), 0.8, (0, 0, 0))
    cv2.putText(theirs, "AB12", (20, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 1, cv2.LINE_AA)
    assert np.array_equal(ours, theirs)


def test_a_new_alphabet_leaves_the_others_as_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its characters are in the picture once that is drawn again."""
    before, after = blank(), blank()
    write(before, "皖?", (20, 50), 1.0, (0, 0, 0))
    new = replace(alphabets()["thai"], code="new", characters=ALPHABET + "ᚠᚢ")
    monkeypatch.setattr(writing, "alphabets", lambda: alphabets() | {"new": new})
    writing.atlas_characters.cache_clear()
    writing._glyph.cache_clear()
    write(after, "皖ᚠ", (20, 50), 1.0, (0, 0, 0))
    assert np.array_equal(before, after)


def test_letters_stand_as_on_the_plate() -> None:
    """An Egyptian plate has its digits on the left."""
    ours, printed = blank(), blank()
    write(ours, "طب٣٩", (20, 50), 1.0, (0, 0, 0))
    for i, c in enumerate("٣٩بط"):
        write(printed, c, (20 + sum(text_size(d, 1.0)[0] for d in "٣٩بط"[:i]), 50), 1.0, (0, 0, 0))
    assert np.array_equal(ours, printed)


def test_the_unknown_and_the_edge() -> None:
    ours, theirs = blank(), blank()
    write(ours, "AΨ", (20, 50), 0.8, (0, 0, 0))
    write(theirs, "A?", (20, 50), 0.8, (0, 0, 0))
    assert np.array_equal(ours, theirs)
    for place in ((-20, 10), (590, 50), (1000, 50), (20, -50), (20, 200)):
        write(blank(), "皖A1", place, 1.0, (0, 0, 0))
    grey = np.zeros((80, 100), np.uint8)
    write(grey, "皖", (20, 50), 1.0, (255, 255, 255))
    assert grey.max() > 200


@pytest.mark.parametrize(("x", "y"), [(-9, 50), (20, 8), (20, 90), (580, 50)])
def test_what_is_beyond_the_edge_is_cut_off(x: int, y: int) -> None:
    canvas, large = blank(), np.full((280, 800, 3), 255, np.uint8)
    write(canvas, "皖京沪", (x, y), 1.0, (0, 0, 0))
    write(large, "皖京沪", (x + 100, y + 100), 1.0, (0, 0, 0))
    assert (canvas == large[100:180, 100:700]).all()
    assert canvas.min() < 100
