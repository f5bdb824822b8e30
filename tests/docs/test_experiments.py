"""What the documents' figures and pictures are made with still runs."""

import csv
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import cv2
from PIL import ImageFont

DOCS = Path(__file__).parents[2] / "docs"


def test_how_many_fonts(tmp_path: Path) -> None:
    default = ImageFont.load_default(20)
    assert isinstance(default, ImageFont.FreeTypeFont)
    assert isinstance(default.path, BytesIO)
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    for name in ("one-400.ttf", "other-400.ttf", "other-700.ttf"):
        (fonts / name).write_bytes(default.path.getvalue())
    result = subprocess.run(
        [
            sys.executable,
            str(DOCS / "experiments" / "fonts.py"),
            *("--fonts", str(fonts), "--out", str(tmp_path / "out")),
            *("--counts", "1,2", "--samples", "3000", "--passes", "2", "--unseen", "1"),
        ],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    with (tmp_path / "out" / "fonts.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["fonts"] for row in rows] == ["1", "2"]
    # Few steps, but better than one character in 36.
    assert all(float(row[key]) > 0.06 for row in rows for key in ("seen", "unseen"))
    assert cv2.imread(str(tmp_path / "out" / "fonts.png")).shape == (360, 680, 3)


def test_the_sheet_of_effects(tmp_path: Path) -> None:
    out = tmp_path / "realism.png"
    result = subprocess.run(
        [sys.executable, str(DOCS / "realism.py"), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert cv2.imread(str(out)).shape == cv2.imread(str(DOCS / "realism.png")).shape


def test_the_sheet_of_designs_is_up_to_date(tmp_path: Path) -> None:
    code = "from numberplate.cli import main; main()"
    command = [sys.executable, "-c", code, "synthesize", "--designs", "--out", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    drawn, shown = (cv2.imread(str(folder / "designs.png")).astype(int) for folder in (tmp_path, DOCS))
    assert drawn.shape == shown.shape, "numberplate synthesize --designs --out docs/"
    # Other builds of the libraries round otherwise.
    assert abs(drawn - shown).mean() < 0.5, "numberplate synthesize --designs --out docs/"
