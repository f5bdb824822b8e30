from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numberplate.plates.design import shipped_designs
from numberplate.synthesis.sheet import contact_sheet, design_sheet, write_palette
from numberplate.synthesis.type.lettering import Letterings


def test_a_cell_for_each_picture() -> None:
    pictures = [np.full((20 + 7 * i, 90, 3), 200, np.uint8) for i in range(5)]
    sheet = contact_sheet(pictures, list("abcde"), columns=3, cell=(40, 60))
    assert sheet.dtype == np.uint8
    assert sheet.shape == (2 * (40 + 18), 3 * 60, 3)
    assert (sheet[58:98, 120:] == 0).all()  # the sixth has none
    assert (sheet[15:25, 5:55] == 200).all()


def test_each_design_has_a_cell_with_a_plate_and_a_label(letterings: Letterings) -> None:
    designs = shipped_designs()[:5]
    sheet = design_sheet(designs, letterings, 1, columns=3, cell=(40, 80))
    page = sheet[0, 0]
    assert (sheet[[0, -1]] == page).all()
    height, width = (sheet.shape[0] - 12) // 2, (sheet.shape[1] - 12) // 3
    for i in range(6):
        left, top = 12 + i % 3 * width, 12 + i // 3 * height
        plate, label = sheet[top : top + 40, left : left + 80], sheet[top + 42 : top + 72, left : left + 80]
        drawn = (plate != page).any(-1).mean(), (label != page).any(-1).mean()
        assert drawn[0] > 0.2 if i < 5 else drawn == (0, 0)
        assert (drawn[1] > 0.02) == (i < 5)
    again, other = (design_sheet(designs, letterings, seed, columns=3, cell=(40, 80)) for seed in (1, 2))
    assert (sheet == again).all()
    assert (sheet != other).any()


def test_a_long_name_does_not_reach_into_the_next_cell(letterings: Letterings) -> None:
    design = shipped_designs()[0].model_copy(update={"name": "Ünited Kingdom of " + "very " * 20 + "long"})
    sheet = design_sheet([design] * 2, letterings, 1, columns=2, cell=(40, 80))
    between = sheet[12 + 42 : 12 + 72, 12 + 80 : 12 + 90]
    assert (between == sheet[0, 0]).all()


def test_a_palette_picture(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    write_palette(tmp_path / "a.png", picture)
    with Image.open(tmp_path / "a.png") as read:
        assert read.mode == "P"
        assert read.size == (60, 40)
        close = np.abs(np.asarray(read.convert("RGB"), int) - picture)
    assert close.mean() < 25
    with pytest.raises(OSError, match="No such file"):
        write_palette(tmp_path / "none" / "a.png", picture)
