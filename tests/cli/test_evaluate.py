import json
import os
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app

LABELS = "image,x,y,width,height,text\neu/1.png,40,50,100,20,AB 123\nuk/2.png,,,,,CD456\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for i, name in enumerate(("eu/1.png", "uk/2.png")):
        path = folder / name
        path.parent.mkdir(parents=True)
        picture = np.random.default_rng(i).integers(0, 256, (120, 200, 3), np.uint8)
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    (folder / "labels.csv").write_text(LABELS, encoding="utf-8")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_prints_figures_and_writes_them_with_a_page(folder: Path, tmp_path: Path) -> None:
    result = run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""  # no progress bar where there is no terminal
    first, *lines = result.stdout.splitlines()
    assert first.split() == ["all", "eu", "uk"]
    assert lines[0].split() == ["pictures", "2", "1", "1"]
    assert (tmp_path / "out" / "index.html").is_file()
    figures = json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))
    assert figures["overall"]["pictures"] == 2
    assert figures["overall"]["plates_with_box"] == 1
    assert figures["overall"]["milliseconds_median"] > 0
    assert set(figures["groups"]) == {"eu", "uk"}
    assert figures["groups"]["uk"]["detection_recall"] is None


def test_json_on_standard_output_is_the_file(folder: Path, tmp_path: Path) -> None:
    result = run(folder, "--out", tmp_path / "a" / "b", "--format", "json")
    assert result.exit_code == 0, result.stderr
    written = (tmp_path / "a" / "b" / "figures.json").read_text(encoding="utf-8")
    assert json.loads(result.stdout) == json.loads(written)


@pytest.mark.parametrize(
    ("options", "exact"), [((), 1.0), (("--crop",), 0.0), (("--longest-side", "64"), 0.0)]
)
def test_pictures_are_read_as_the_options_say(tmp_path: Path, options: tuple[str, ...], exact: float) -> None:
    """A plate in a scene is none that a crop shows, and too small in a picture of 64 pixels."""
    samples = Path(__file__).parents[2] / "samples"
    shutil.copy(samples / "gb.jpg", tmp_path)
    rows = (samples / "labels.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.startswith(("image,", "gb.jpg"))]
    (tmp_path / "labels.csv").write_text("\n".join(kept), encoding="utf-8")
    result = run(tmp_path, *options, "--out", tmp_path / "out", "--format", "json")
    assert json.loads(result.stdout)["overall"]["exact_folded"] == exact


def test_labels_may_lie_elsewhere(folder: Path, tmp_path: Path) -> None:
    labels = tmp_path / "mine.csv"
    (folder / "labels.csv").rename(labels)
    assert run(folder, "--labels", labels, "--out", tmp_path / "out").exit_code == 0


def test_pictures_that_cannot_be_read_are_named_and_count_as_not_found(folder: Path, tmp_path: Path) -> None:
    (folder / "eu" / "text.jpg").write_text("no picture", encoding="utf-8")
    labels = folder / "labels.csv"
    labels.write_text(LABELS + "eu/text.jpg,1,2,30,10,EF1\neu/gone.jpg,1,2,30,10,EF2\n", encoding="utf-8")
    result = run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 1
    text, gone = result.stderr.splitlines()
    assert text.startswith(f"{folder / 'eu' / 'text.jpg'}: ")
    assert text.endswith(f"({labels}, line 4)")
    assert gone.startswith(f"{folder / 'eu' / 'gone.jpg'}: ")
    figures = json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))
    assert figures["overall"]["unreadable"] == 2
    assert figures["overall"]["plates"] == 4  # they are not dropped from what is divided by
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "EF1" in page
    assert "EF2" in page


def test_a_complaint_names_the_table_that_lists_the_picture(folder: Path, tmp_path: Path) -> None:
    (folder / "labels.csv").unlink()
    mine = folder / "eu" / "mine.csv"
    mine.write_text("image_path,plate_text\n1.png,AB123\ngone.png,CD456\n", encoding="utf-8")
    result = run(folder, "--out", tmp_path / "out")
    (line,) = result.stderr.splitlines()
    assert line.endswith(f"({mine}, line 3)")


def test_labels_of_another_format_and_plates_without_a_text(folder: Path, tmp_path: Path) -> None:
    (folder / "labels.csv").unlink()
    (folder / "eu" / "1.txt").write_text("0 0.5 0.5 0.4 0.2\n", encoding="utf-8")
    result = run(folder, "--label-format", "yolo", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    overall = json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))["overall"]
    assert (overall["plates_with_box"], overall["plates_with_text"]) == (1, 0)
    assert overall["detection_recall"] == 0  # noise shows none
    assert overall["exact_strict"] is None


def test_what_was_measured_is_printed_where_nothing_can_be_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "index.html").mkdir(parents=True)
    result = run(folder, "--out", out)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].split() == ["all", "eu", "uk"]
    assert json.loads((out / "figures.json").read_text(encoding="utf-8"))["overall"]["pictures"] == 2
    (line,) = result.stderr.splitlines()
    assert line == f"numberplate: {out / 'index.html'}: Is a directory"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are texts elsewhere")
def test_a_name_that_is_no_text(folder: Path, tmp_path: Path) -> None:
    (folder / "labels.csv").unlink()
    odd = os.fsdecode(b"\xe4")
    (folder / "eu" / "1.png").rename(folder / "eu" / f"{odd}.png")
    (folder / "eu" / f"{odd}.txt").write_text("0 0.5 0.5 0.4 0.2\n", encoding="utf-8")
    result = run(folder, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "\\udce4.png" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_cut_out_plates(folder: Path, tmp_path: Path) -> None:
    result = run(folder, "--crop", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("{folder}/nowhere", "--out", "{out}"), "nowhere: no such folder"),
        (
            ("{folder}/eu", "--out", "{out}"),
            "eu: no labels.csv, nor labels of another format",
        ),  # the default, in a folder without it
        (("{folder}", "--labels", "{folder}/bad.csv", "--out", "{out}"), "bad.csv, line 2: "),
        (("{folder}", "--weights", "{folder}", "--out", "{out}"), "bundle.json"),  # a folder without weights
        (
            ("{folder}", "--device", "migraphx", "--out", "{out}"),
            "migraphx: this ONNX Runtime has no MIGraphX",
        ),
        (("{folder}", "--out", "{folder}/bad.csv"), "bad.csv: "),  # a file where the folder should be
    ],
)
def test_what_stops_it_is_one_clear_line(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    (folder / "bad.csv").write_text("image,x,y,width,height,text\na.jpg,1,2,3,4\n", encoding="utf-8")
    result = run(*(argument.format(folder=folder, out=tmp_path / "out") for argument in arguments))
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("numberplate: ")
    assert named in line
