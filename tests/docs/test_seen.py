"""What the shipped weights saw is listed whole."""

import csv
import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures"

_spec = importlib.util.spec_from_file_location("seen", ROOT / "docs" / "seen.py")
assert _spec is not None
assert _spec.loader is not None
seen = importlib.util.module_from_spec(_spec)
sys.modules["seen"] = seen
_spec.loader.exec_module(seen)


def test_the_lists_are_of_what_the_plan_was_carried_out_with() -> None:
    plan = json.loads((ROOT / "src/numberplate/reproduction/plan.json").read_text(encoding="utf-8"))
    with (FIGURES / "fonts_seen.csv").open(encoding="utf-8", newline="") as file:
        fonts = list(csv.DictReader(file))
    pictures = json.loads((FIGURES / "backgrounds_seen.json").read_text(encoding="utf-8"))
    assert len(fonts) == plan["content"]["fonts"]["files"]
    # The list of boxes, plates.csv, is one of the files.
    assert sum(row["pictures"] for row in pictures) + 1 == plan["content"]["backgrounds"]["files"]
    assert all(font["licence"] and font["source"] for font in fonts)
    assert all(row["licence"] for row in pictures)


def test_lists_of_fonts_are_taken_over(tmp_path: Path) -> None:
    lists = {
        "old": "file,family,licence,source\na.ttf,A,MIT,npm @fontsource/allerta@4.5.9\n"
        "b.ttf,B,free,by hand\n",
        "new": "file,family,licence,package,version\nc.woff,C,OFL-1.1,@fontsource/arvo,5.3.0\n"
        "d.ttf,D,OFL-1.1,fonts-opendin,1.0-4\n",
    }
    for name, text in lists.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "fonts.csv").write_text(text)
    # Of a package that the manifest has, it knows the licence better.
    assert list(seen.fonts(tmp_path / "old")) == [
        ("a.ttf", "A", "OFL-1.1", "npm @fontsource/allerta@4.5.9"),
        ("b.ttf", "B", "free", "by hand"),
    ]
    assert [row[3] for row in seen.fonts(tmp_path / "new")] == [
        "npm @fontsource/arvo@5.3.0",
        "Debian fonts-opendin 1.0-4",
    ]


def test_pictures_are_counted_by_source(tmp_path: Path) -> None:
    (tmp_path / "streets").mkdir()
    for name in ("camvid-1.jpg", "camvid-2.jpg", "notes.txt"):
        (tmp_path / "streets" / name).touch()
    (found,) = seen.backgrounds(tmp_path)
    assert (found["folder"], found["pictures"], found["licence"]) == ("streets", 2, "unknown")
    (tmp_path / "streets" / "holiday.jpg").touch()
    with pytest.raises(SystemExit, match=r"holiday\.jpg: of no source"):
        seen.backgrounds(tmp_path)
