"""Plates of other scripts; some need DejaVu, which has Arabic, Cyrillic and Hebrew, to be installed."""

from pathlib import Path

import numpy as np
import pytest

from numberplate.plates.alphabet import alphabet, alphabets
from numberplate.plates.design import Design, shipped_designs
from numberplate.synthesis.plate.flat import FlatPlate, draw_flat
from numberplate.synthesis.type.lettering import FontError, Letterings

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
needs_dejavu = pytest.mark.skipif(not DEJAVU.exists(), reason="this machine has no DejaVu Sans")


def drawn(design: Design, letterings: Letterings, number: int = 6) -> list[FlatPlate]:
    scale = 90 / design.size[1]
    return [draw_flat(design, letterings, scale, np.random.default_rng([7, i])) for i in range(number)]


def designs(*scripts: str) -> list[Design]:
    return [design for script in scripts for design in shipped_designs(script)]


@pytest.mark.parametrize("script", [s for s in alphabets() if s != "latin"])
def test_every_script_has_designs_of_its_own(script: str) -> None:
    assert shipped_designs(script)
    for design in shipped_designs(script):
        assert design.script == script
        assert {*"".join(line.pattern.characters for line in design.lines)} & {*alphabet(script).own}


def test_designs_use_each_character_of_their_alphabet() -> None:
    """A class that no plate shows would never be learnt."""
    for script in alphabets():
        used = {c for d in shipped_designs(script) for line in d.lines for c in line.pattern.characters}
        assert {*alphabet(script).own} <= used, script


@pytest.mark.parametrize("design", designs("latin-extended"), ids=lambda d: f"{d.code}-{d.name}")
def test_accents_need_no_font(design: Design, letterings: Letterings) -> None:
    of = alphabet("latin-extended")
    for flat in drawn(design, letterings):
        assert {*flat.text} <= {*of.characters}
        assert flat.text == "".join(line.text for line in flat.lines)


@needs_dejavu
@pytest.mark.parametrize(
    "design", designs("arabic", "cyrillic", "hebrew"), ids=lambda d: f"{d.code}-{d.name}"
)
def test_texts_are_of_the_alphabet_in_reading_order(design: Design) -> None:
    of = alphabet(design.script)
    for flat in drawn(design, Letterings([DEJAVU])):
        assert {*flat.text} <= {*of.characters}
        assert all(of.read(of.printed(line.text)) == line.text for line in flat.lines)
        assert flat.picture.std() > 5


@needs_dejavu
def test_an_egyptian_plate_has_its_letters_on_the_right() -> None:
    (design,) = [d for d in shipped_designs("arabic") if d.name == "Egypt"]
    of = alphabet("arabic")
    for flat in drawn(design, Letterings([DEJAVU]), 12):
        letters = flat.text.rstrip("٠١٢٣٤٥٦٧٨٩")
        assert 1 <= len(letters) <= 3
        assert of.printed(flat.text).endswith(letters[::-1])


@needs_dejavu
def test_the_rows_of_a_saudi_plate_say_the_same() -> None:
    of = alphabet("arabic")
    for design in shipped_designs("arabic"):
        if design.code != "sa":
            continue
        for flat in drawn(design, Letterings([DEJAVU]), 12):
            upper, lower = (line.text for line in flat.lines)
            assert flat.text == lower
            assert lower.isascii()
            assert not upper.isascii()
            assert of.fold(of.printed(upper)) == of.fold(lower)


@needs_dejavu
def test_a_plate_of_another_script_differs_with_its_text(letterings: Letterings) -> None:
    (design,) = [d for d in shipped_designs("hebrew") if d.name == "Israel, police"]
    plates = drawn(design, Letterings([DEJAVU]), 3)
    assert len({flat.picture.tobytes() for flat in plates}) == 3
    again = drawn(design, Letterings([DEJAVU]), 3)
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(plates, again, strict=True))


def test_without_a_font_it_cannot_be_drawn(letterings: Letterings) -> None:
    design = shipped_designs("thai")[0]
    with pytest.raises(FontError, match="no font has the characters of Thai plates"):
        drawn(design, letterings)
