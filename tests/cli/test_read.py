"""The installed command, run as a person runs it: another process, and what it prints."""

import csv
import io
import json
import os
import subprocess
import sys
from inspect import signature
from pathlib import Path

import cv2
import numpy as np
import pytest

import numberplate
from numberplate.cli.read import read

COMMAND = [sys.executable, "-c", "from numberplate.cli import main; main()"]


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    values = {"capture_output": True, "encoding": "utf-8", "timeout": 60} | options
    return subprocess.run([*COMMAND, *map(str, arguments)], **values)  # type: ignore[call-overload]


def write(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    cv2.imwrite(str(path), cv2.resize(blocks, (80, 60)))
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two good pictures, of the same name, and three bad ones."""
    folder = tmp_path / "photos"
    write(folder / "car.jpg")
    write(folder / "deep" / "car.jpg", 1)
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("no picture")
    whole = write(folder / "cut.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    return folder


def test_version() -> None:
    assert run("--version").stdout == f"numberplate {numberplate.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["read", "--help"]])
def test_help_has_examples(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert "  numberplate read car.jpg" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_reading_needs_no_extra(photos: Path) -> None:
    # What only training needs is made impossible to import (pydantic comes with typer).
    without = (
        "import sys\n"
        "for name in ('keras', 'tensorflow', 'PIL', 'yaml', 'onnx', 'tf2onnx'):\n"
        "    sys.modules[name] = None\n"
        "from numberplate.cli import main; main()"
    )
    for arguments in (["--help"], ["read", str(photos / "car.jpg")]):
        done = subprocess.run([sys.executable, "-c", without, *arguments], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_defaults_are_the_librarys() -> None:
    # They are stated twice, so that help needs no OpenCV.
    command, library = signature(read).parameters, signature(numberplate.PlateReader).parameters
    for name in ("min_confidence", "threads", "max_megapixels", "weights"):
        assert command[name].default == library[name].default
    assert library["candidates"].default == 5  # as the help of --top says


def test_jsonl(photos: Path) -> None:
    done = run("read", photos, "--format", "jsonl")
    assert done.returncode == 1
    found = {
        Path(r["source"]).relative_to(photos).as_posix(): r for r in map(json.loads, done.stdout.splitlines())
    }
    assert list(found) == ["car.jpg", "cut.jpg", "empty.jpg", "text.jpg", "deep/car.jpg"]
    for name in ("car.jpg", "deep/car.jpg"):
        assert list(found[name]) == ["source", "width", "height", "milliseconds", "plates"]
        assert (found[name]["width"], found[name]["height"]) == (80, 60)
    for name in ("cut.jpg", "empty.jpg", "text.jpg"):
        assert found[name]["plates"] == []
        assert found[name]["error"]


def test_bad_pictures_get_one_line_each(photos: Path, tmp_path: Path) -> None:
    none = tmp_path / "none.jpg"
    (tmp_path / "bare").mkdir()
    done = run("read", photos, none, tmp_path / "bare", photos / "car.jpg")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{photos / 'cut.jpg'}: truncated JPEG: the file ends before the picture does",
        f"{photos / 'empty.jpg'}: empty: it has no bytes",
        f"{photos / 'text.jpg'}: not a picture of a known kind (JPEG, PNG, WebP, BMP, GIF, TIFF)",
        f"{none}: No such file or directory",
        f"{tmp_path / 'bare'}: a folder with no picture in it",
    ]


def test_good_pictures_alone_leave_no_trace_of_trouble(photos: Path) -> None:
    done = run("read", photos / "car.jpg", photos / "deep")
    assert (done.returncode, done.stderr) == (0, "")


def test_table_is_not_cut_on_a_narrow_terminal(tmp_path: Path) -> None:
    path = write(tmp_path / ("long" * 30 + ".png"))
    done = run("read", path, env={**os.environ, "COLUMNS": "40"})
    head, _, row = done.stdout.splitlines()
    assert head.split() == ["picture", "plate", "confidence", "ms"]
    assert row.split()[:2] == [str(path), "–"] or row.startswith(str(path))
    assert len(row) > 120


def test_csv(photos: Path) -> None:
    done = run("read", photos, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {Path(r["source"]).name for r in rows} == {"car.jpg", "cut.jpg", "empty.jpg", "text.jpg"}
    assert None not in rows[0]  # no more values than names
    assert all(r["error"] is not None for r in rows)  # and no fewer
    (empty,) = (r for r in rows if r["source"].endswith("empty.jpg"))
    assert empty["error"] == "empty: it has no bytes"


def test_standard_input(photos: Path) -> None:
    done = run("read", "-", "-f", "jsonl", stdin=(photos / "car.jpg").open("rb"))
    assert done.returncode == 0
    assert json.loads(done.stdout)["source"] == "-"
    assert json.loads(done.stdout)["width"] == 80
    done = run("read", "-", stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (1, "-: empty: it has no bytes\n")


def test_draw_keeps_pictures_of_one_name_apart(photos: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    run("read", photos, "--draw", drawn)
    assert sorted(p.relative_to(drawn).as_posix() for p in drawn.rglob("*.*")) == ["car.jpg", "deep/car.jpg"]
    for path in drawn.rglob("*.jpg"):
        assert cv2.imread(str(path)).shape == (60, 80, 3)


def test_draw_overwrites_no_picture(photos: Path) -> None:
    before = (photos / "car.jpg").read_bytes()
    done = run("read", photos / "car.jpg", "--draw", photos)
    assert done.returncode == 1
    assert "would overwrite" in done.stderr
    assert (photos / "car.jpg").read_bytes() == before


def test_draw_where_nothing_can_be_written(photos: Path) -> None:
    done = run("read", photos / "car.jpg", "--draw", photos / "text.jpg")
    assert done.returncode == 1
    assert "text.jpg" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "car.jpg" in done.stdout  # it is read all the same


def test_megapixels(photos: Path) -> None:
    done = run("read", photos / "car.jpg", "--max-megapixels", "0.004")
    assert done.returncode == 1
    assert "80×60" in done.stderr


def test_weights_that_are_missing(photos: Path, tmp_path: Path) -> None:
    done = run("read", photos / "car.jpg", "--weights", tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "detector.json" in done.stderr


@pytest.mark.parametrize(
    "option", [["--format", "xml"], ["--top", "0"], ["--threads", "0"], ["--min-confidence", "2"]]
)
def test_options_that_are_not_understood(photos: Path, option: list[str]) -> None:
    assert run("read", photos / "car.jpg", *option).returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="no such pipe on Windows")
def test_reader_that_goes_away_is_no_trouble(photos: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "read", str(photos / "car.jpg"), str(photos / "deep"), "-f", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # as `| head` does when it has seen enough
    complaints = process.stderr.read()
    process.wait(60)
    process.stderr.close()
    assert complaints == b""


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_name_that_is_not_unicode(photos: Path) -> None:
    name = os.fsencode(photos) + b"/caf\xe9.jpg"
    os.rename(photos / "car.jpg", name)
    for output in ("table", "csv", "jsonl"):
        done = subprocess.run([*COMMAND, "read", name, "-f", output], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"caf" in done.stdout
