import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.training.curves import add_row, draw_curves, read_curves
from numberplate.training.recipe import RecipeError


def test_rows_get_columns_that_earlier_ones_lack(tmp_path: Path) -> None:
    add_row(tmp_path, {"step": 10, "samples": 160, "loss": 2.5, "exact": 0.25})
    add_row(tmp_path, {"step": 20, "samples": 320, "loss": 1.25, "exact": 0.5, "fixed_exact": 0.125})
    text = (tmp_path / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert text == ["step,samples,loss,exact,fixed_exact", "10,160,2.5,0.25,", "20,320,1.25,0.5,0.125"]
    first, second = read_curves(tmp_path)
    assert math.isnan(first["fixed_exact"])
    assert second["fixed_exact"] == 0.125


def test_a_killed_run_that_goes_on_leaves_no_row_twice(tmp_path: Path) -> None:
    for step, loss in ((10, 3.0), (20, 2.0), (30, 1.0), (20, 2.5)):
        add_row(tmp_path, {"step": step, "samples": step, "loss": loss})
    assert [(row["step"], row["loss"]) for row in read_curves(tmp_path)] == [(10, 3.0), (20, 2.5)]


def test_curves_are_drawn(tmp_path: Path) -> None:
    for step in range(1, 6):
        add_row(
            tmp_path,
            {"step": step, "samples": step, "loss": 3 / step, "exact": step / 5, "corner_error": 2 + step},
        )
    drawn = cv2.imread(str(tmp_path / "curves.png"))
    assert drawn.shape == (900, 760, 3)  # loss, shares, the rest
    assert (drawn != 255).any(2).mean() > 0.01
    # A figure that rises is drawn above the place where it began.
    shares = draw_curves(read_curves(tmp_path))[300:600]
    blue = (np.abs(shares[:, 64:570].astype(int) - (31, 119, 180)) < 20).all(2)
    rows, columns = np.nonzero(blue)
    assert rows[columns < 80].mean() > rows[columns > 440].mean()


def test_a_loss_that_is_not_finite_is_left_out(tmp_path: Path) -> None:
    for step, loss in ((10, 3.0), (20, math.inf), (30, math.nan), (40, 2.0)):
        add_row(tmp_path, {"step": step, "loss": loss})
    assert (tmp_path / "curves.csv").read_text().splitlines() == ["step,loss", "10,3", "20,", "30,", "40,2"]
    assert cv2.imread(str(tmp_path / "curves.png")) is not None
    (tmp_path / "curves.csv").write_text("step,loss\n10,inf\n")
    add_row(tmp_path, {"step": 20, "loss": 1.0})
    assert math.isnan(read_curves(tmp_path)[0]["loss"])


def test_curves_that_cannot_be_drawn_say_so(tmp_path: Path) -> None:
    (tmp_path / "curves.png").mkdir()
    with pytest.raises(OSError, match=r"curves\.png"):
        add_row(tmp_path, {"step": 10, "loss": 3.0})


def test_one_row_can_be_drawn() -> None:
    assert draw_curves([{"step": 7, "samples": 3, "loss": 1.0}]).shape == (300, 760, 3)


def test_no_file_is_no_row(tmp_path: Path) -> None:
    assert read_curves(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"step;loss\r\n10;0,5\r\n", "could not convert string to float"),  # as a spreadsheet may save it
        (b"loss\n0.5\n", "no column step"),
        (b"step,loss\n10,\xff\n", "can't decode byte"),
        (b"step,loss\n10," + b"1" * 200_000, "field larger than field limit"),
    ],
)
def test_a_file_that_is_none_of_figures_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "curves.csv").write_bytes(content)
    with pytest.raises(RecipeError) as raised:
        add_row(tmp_path, {"step": 20, "loss": 0.25})
    assert str(raised.value).startswith(f"{tmp_path / 'curves.csv'}: not a run's figures: ")
    assert reason in str(raised.value)
