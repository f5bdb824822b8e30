"""The installed command, run as a person runs it: another process, and what it prints."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

import numberplate
from numberplate.pictures.headers import KINDS

from ..reading.conftest import change_card, save_detector, save_recognizer, save_window

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


def test_help_names_every_key_of_a_plate(tmp_path: Path) -> None:
    save_detector(tmp_path)
    save_recognizer(tmp_path, "AB123")
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[200:208, 200:208] = (0, 0, 255)
    cv2.imwrite(str(tmp_path / "car.png"), picture)
    found = run("read", tmp_path / "car.png", "--weights", tmp_path, "--format", "jsonl")
    (plate,) = json.loads(found.stdout)["plates"]
    shown = re.search(r'"plates": \[\{(.*?)\}', run("read", "--help").stdout, re.DOTALL)
    assert shown is not None
    assert re.findall(r'"(\w+)"', shown[1]) == list(plate)


def test_small_plates_of_large_pictures(tmp_path: Path) -> None:
    save_detector(tmp_path)
    save_recognizer(tmp_path, "AB123")
    picture = np.zeros((1920, 2560, 3), np.uint8)
    picture[800:808, 800:808] = (0, 0, 255)  # half as large in what plates are looked for by default
    cv2.imwrite(str(tmp_path / "large.png"), picture)
    given = ("read", tmp_path / "large.png", "--weights", tmp_path)
    assert "AB123" not in run(*given).stdout
    assert "AB123" in run(*given, "--longest-side", 2560).stdout
    done = run(*given, "--longest-side", 16)
    assert done.returncode == 2
    assert "--longest-side" in done.stderr


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
        "for name in ('keras', 'tensorflow', 'PIL', 'yaml', 'onnx'):\n"
        "    sys.modules[name] = None\n"
        "from numberplate.cli import main; main()"
    )
    picture = str(photos / "car.jpg")
    for arguments in (["--help"], ["read", picture], ["read", picture, "--explain", str(photos / "steps")]):
        done = subprocess.run([sys.executable, "-c", without, *arguments], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


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
    assert found["cut.jpg"]["warnings"] == ["truncated JPEG: read as far as it goes"]
    assert found["cut.jpg"]["width"] == 80
    for name in ("empty.jpg", "text.jpg"):
        assert found[name]["plates"] == []
        assert found[name]["error"]


def test_bad_pictures_get_one_line_each(photos: Path, tmp_path: Path) -> None:
    none = tmp_path / "none.jpg"
    (tmp_path / "bare").mkdir()
    done = run("read", photos, none, tmp_path / "bare", photos / "car.jpg")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{photos / 'cut.jpg'}: warning: truncated JPEG: read as far as it goes",
        f"{photos / 'empty.jpg'}: empty: it has no bytes",
        f"{photos / 'text.jpg'}: not a picture of a known kind ({KINDS})",
        f"{none}: No such file or directory",
        f"{tmp_path / 'bare'}: a folder with no picture in it",
    ]


def test_cut_picture_alone_is_no_failure(photos: Path) -> None:
    done = run("read", photos / "cut.jpg")
    assert done.returncode == 0
    # And none of what the decoder's own code prints.
    assert done.stderr == f"{photos / 'cut.jpg'}: warning: truncated JPEG: read as far as it goes\n"


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_picture_without_a_plate(tmp_path: Path, threads: int) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((480, 640, 3), 130, np.uint8))
    done = run("read", tmp_path / "blank.png", "--threads", threads, "-f", "jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["plates"] == []


def test_zip_file_and_what_is_left_out(photos: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as file:
        file.write(photos / "car.jpg", "in/car.jpg")
        file.writestr("notes.txt", "none")
    (photos / "deep" / "film.mp4").touch()
    done = run("read", tmp_path / "some.zip", photos / "deep", (photos / "car.jpg").as_uri(), "-f", "jsonl")
    assert done.returncode == 0
    assert done.stderr == "numberplate: 2 other files left out (1 .mp4, 1 .txt)\n"
    names = [str(tmp_path / "some.zip/in/car.jpg"), str(photos / "deep/car.jpg"), str(photos / "car.jpg")]
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == names


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


SAMPLE = Path(__file__).parents[2] / "samples" / "us-ca.jpg"


def test_regions_in_each_format() -> None:
    (plate,) = json.loads(run("read", SAMPLE, "-f", "jsonl").stdout)["plates"]
    assert plate["regions"][0]["code"] == "us-ca"
    (row,) = csv.DictReader(io.StringIO(run("read", SAMPLE, "-f", "csv").stdout))
    assert row["regions"] == " ".join(f"{r['code']}:{r['confidence']}" for r in plate["regions"])
    for options, columns in (
        ([], []),
        (["--region", "us,ca"], ["region"]),
        (["--top", 2], ["region", "others"]),
    ):
        head, _, line = run("read", SAMPLE, *options).stdout.splitlines()
        assert head.split() == ["picture", "plate", "confidence", "ms", *columns]
        assert (" us-ca " in line) == bool(columns)


def test_several_regions(photos: Path) -> None:
    assert run("read", SAMPLE, "--region", "GB,de", "--region", "us-ca").returncode == 0
    done = run("read", SAMPLE, "--region", "gb", "--region", "gbr")
    assert done.returncode == 2
    assert "no region 'gbr'; near: " in done.stderr


def test_csv(photos: Path) -> None:
    done = run("read", photos, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {Path(r["source"]).name for r in rows} == {"car.jpg", "cut.jpg", "empty.jpg", "text.jpg"}
    assert None not in rows[0]  # no more values than names
    assert all(r["error"] is not None for r in rows)  # and no fewer
    (empty,) = (r for r in rows if r["source"].endswith("empty.jpg"))
    assert empty["error"] == "empty: it has no bytes"


def test_standard_input(photos: Path) -> None:
    with (photos / "car.jpg").open("rb") as picture:
        done = run("read", "-", "-f", "jsonl", stdin=picture)
    assert done.returncode == 0
    assert json.loads(done.stdout)["source"] == "-"
    assert json.loads(done.stdout)["width"] == 80
    done = run("read", "-", stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (1, "-: empty: it has no bytes\n")


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="no such name of standard input here")
def test_standard_input_by_its_name_beside_others(photos: Path) -> None:
    with (photos / "car.jpg").open("rb") as picture:
        done = run("read", "/dev/stdin", photos / "deep", "-f", "jsonl", "--jobs", 2, stdin=picture)
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["width"] for line in done.stdout.splitlines()] == [80, 80]


def test_draw_keeps_pictures_of_one_name_apart(photos: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    run("read", photos, "--draw", drawn)
    assert sorted(p.relative_to(drawn).as_posix() for p in drawn.rglob("*.*")) == [
        "car.jpg",
        "cut.jpg",
        "deep/car.jpg",
    ]
    for path in drawn.rglob("*.jpg"):
        assert cv2.imread(str(path)).shape == (60, 80, 3)


def test_draw_overwrites_no_picture(photos: Path) -> None:
    before = (photos / "car.jpg").read_bytes()
    done = run("read", photos / "car.jpg", "--draw", photos)
    assert done.returncode == 1
    assert "would overwrite" in done.stderr
    assert (photos / "car.jpg").read_bytes() == before


def test_pictures_that_are_shown_alike_are_not_drawn_over_each_other(tmp_path: Path) -> None:
    addresses = [f"http://127.0.0.1:9/car.jpg?camera={n}" for n in (1, 2)]
    for option in ("--draw", "--explain"):
        done = run("read", *addresses, option, tmp_path)
        assert done.returncode == 1
        assert "2 addresses are shown as http://127.0.0.1:9/car.jpg?…" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_draw_where_nothing_can_be_written(photos: Path) -> None:
    done = run("read", photos / "car.jpg", "--draw", photos / "text.jpg")
    assert done.returncode == 1
    assert done.stderr == f"{photos / 'car.jpg'}: {photos / 'text.jpg'}: File exists\n"
    assert "car.jpg" in done.stdout  # it is read all the same


def test_the_other_texts_are_not_the_first_one() -> None:
    sample = Path(__file__).parents[2] / "samples" / "br.jpg"
    row = run("read", sample, "--top", 3).stdout.splitlines()[-1].removeprefix(str(sample)).split()
    text, others = row[0], [word for word in row[1:] if word.isalnum() and len(word) > 4]
    assert len(text) == 7
    assert others
    assert text not in others


def test_top_is_how_many_texts_each_plate_offers() -> None:
    sample = Path(__file__).parents[2] / "samples" / "br.jpg"
    offered = []
    for top in ([], ["--top", 1]):
        (plate,) = json.loads(run("read", sample, "-f", "jsonl", *top).stdout)["plates"]
        offered.append([candidate["text"] for candidate in plate["candidates"]])
    assert 1 < len(offered[0]) <= 5
    assert offered[1] == offered[0][:1]


@pytest.mark.parametrize("other", [("--scheme", "windows"), ("--explain", "steps")])
def test_a_crop_is_read_by_the_cascade_alone(photos: Path, other: tuple[str, str]) -> None:
    done = run("read", photos / "car.jpg", "--crop", *other, cwd=photos)
    assert done.returncode == 2
    assert "--crop" in done.stderr
    assert not (photos / "steps").exists()


def test_a_name_that_does_not_print_stays_within_its_line(photos: Path) -> None:
    """Where it cannot be written too: a terminal would obey it."""
    odd = write(photos / "odd" / "a\n\x1b[2Jb.jpg")
    assert len(run("read", odd, "--format", "csv").stdout.splitlines()) == 2
    done = run("read", odd, "--draw", photos / "text.jpg")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr + done.stdout


def test_explain_keeps_pictures_of_one_name_apart(photos: Path, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    done = run("read", photos / "car.jpg", photos / "deep", "--explain", steps, "--draw", tmp_path / "drawn")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(p.parent.relative_to(steps).as_posix() for p in steps.rglob("index.html")) == [
        "car",
        "deep/car",
    ]
    for page in steps.rglob("index.html"):
        for picture in re.findall(r'src="([^"]*)"', page.read_text("utf-8")):
            assert cv2.imread(str(page.parent / picture)) is not None


def test_explanations_are_not_read(photos: Path) -> None:
    for _ in range(2):
        done = run("read", photos / "deep", "--explain", photos / "deep" / "steps", "-f", "jsonl")
        assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == [
            str(photos / "deep" / "car.jpg")
        ]


def test_explain_writes_among_no_pictures(photos: Path) -> None:
    write(photos / "car" / "other.jpg")
    done = run("read", photos / "car.jpg", photos / "car", "--explain", photos)
    assert done.returncode == 1
    assert f"would write among the pictures of {photos / 'car'}" in done.stderr
    assert [p.name for p in (photos / "car").iterdir()] == ["other.jpg"]


def test_explain_where_nothing_can_be_written(photos: Path) -> None:
    done = run("read", photos / "car.jpg", "--explain", photos / "text.jpg")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{photos / 'car.jpg'}: {photos / 'text.jpg' / 'car'}: Not a directory"
    ]
    assert "car.jpg" in done.stdout  # it is read all the same


@pytest.fixture
def windows_weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    save_window(folder, "AB12CDE")
    return folder


def test_scheme_of_windows(windows_weights: Path, tmp_path: Path) -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[44:52, 100:108] = 255  # the middle of a window: all that its network looks at
    cv2.imwrite(str(tmp_path / "car.png"), picture)
    options = ["--scheme", "windows", "--weights", windows_weights, "--explain", tmp_path / "steps"]
    done = run("read", tmp_path / "car.png", *options, "-f", "jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    (found,) = json.loads(done.stdout)["plates"]
    assert (found["text"], found["box"]) == ("AB12CDE", [40, 16, 128, 64])
    assert "AB12CDE" in (tmp_path / "steps" / "car" / "index.html").read_text("utf-8")


def test_picture_smaller_than_a_window(windows_weights: Path, photos: Path, tmp_path: Path) -> None:
    options = ["--scheme", "windows", "--weights", windows_weights, "--explain", tmp_path / "steps"]
    done = run("read", photos / "car.jpg", *options)
    assert done.returncode == 1
    assert done.stderr == f"{photos / 'car.jpg'}: too small: 80×60 pixels, at least 128×64 are needed\n"
    assert not (tmp_path / "steps").exists()


def test_windows_weights_that_do_not_fit(windows_weights: Path, photos: Path) -> None:
    change_card(windows_weights, "window", margin_x=40)
    done = run("read", photos / "car.jpg", "--scheme", "windows", "--weights", windows_weights)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "window.onnx: expected 2×2 windows" in done.stderr


def test_megapixels(photos: Path) -> None:
    done = run("read", photos / "car.jpg", "--max-megapixels", "0.004")
    assert done.returncode == 1
    assert "80×60" in done.stderr
    assert run("read", photos / "car.jpg", "--max-megapixels", "inf").returncode == 0


def test_weights_that_are_missing(photos: Path, tmp_path: Path) -> None:
    done = run("read", photos / "car.jpg", "--weights", tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "bundle.json" in done.stderr


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


def test_openalpr(photos: Path) -> None:
    done = run("read", photos, "--format", "openalpr", "--top", "3")
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["version"], r["data_type"], r["img_width"]) for r in found] == [(2, "alpr_results", 80)] * 3
    assert len(done.stderr.splitlines()) == 3  # what cannot be read, or was cut, has its line there alone


def test_jobs_read_the_same_in_the_same_order(photos: Path, tmp_path: Path) -> None:
    many = [write(tmp_path / "many" / f"{i}.png", i) for i in range(8)]
    found = []
    for jobs in (1, 3):
        drawn = tmp_path / f"drawn{jobs}"
        done = run("read", photos, *many, "--jobs", jobs, "-f", "csv", "--draw", drawn)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        copies = {p.relative_to(drawn): p.read_bytes() for p in drawn.rglob("*.*")}
        found.append(([row | {"milliseconds": ""} for row in rows], done.stderr, done.returncode, copies))
    assert found[0] == found[1]
    assert len(found[0][0]) == 13


def test_more_jobs_than_pictures(photos: Path) -> None:
    assert run("read", photos / "car.jpg", "--jobs", 64).returncode == 0
    assert run("read", photos / "car.jpg", "--jobs", 0).returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="no such limit on Windows")
def test_more_jobs_than_the_system_has_room_for(tmp_path: Path) -> None:
    for i in range(20):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.zeros((60, 80, 3), np.uint8))
    limited = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))\n"
        "from numberplate.cli import main; main()"
    )
    command = [sys.executable, "-c", limited, "read", str(tmp_path), "--jobs", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "numberplate: a process that is to read pictures does not start: Too many open files\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="no such modes on Windows")
def test_folder_that_cannot_be_listed(photos: Path) -> None:
    closed = photos / "deep"
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        closed.chmod(0o700)
        pytest.skip("this user may list all folders")
    try:
        done = run("read", photos / "car.jpg", closed.parent)
    finally:
        closed.chmod(0o700)
    assert done.returncode == 1
    assert f"{closed}: a folder that cannot be listed: Permission denied" in done.stderr


def test_device_that_is_missing(photos: Path) -> None:
    for name, words in (("abacus", "no such device"), ("migraphx", "this ONNX Runtime has no MIGraphX")):
        done = run("read", photos / "car.jpg", "--device", name)
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert f"numberplate: {name}: {words}" in done.stderr
    done = run("read", photos / "car.jpg", "--device", "auto")
    assert done.returncode == 0
    assert re.fullmatch(r"numberplate: device: \w+\n", done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="no such signal on Windows")
def test_ctrl_c_ends_all(tmp_path: Path) -> None:
    for i in range(2000):
        (tmp_path / f"{i}.png").symlink_to(SAMPLE)
    process = subprocess.Popen(
        [*COMMAND, "read", str(tmp_path), "--jobs", "2", "-f", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for _ in range(60):  # by then both processes are at work
        assert len(process.stdout.readline()) > 100
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
    try:
        rest, complaints = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in complaints
    assert rest == "" or json.loads(rest.splitlines()[-1])["plates"]  # what was printed is whole
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # nobody is left
