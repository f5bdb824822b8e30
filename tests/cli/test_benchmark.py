"""Beside other programs: those that are here, and those that are not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.evaluation.benchmark import compete
from numberplate.evaluation.labels import LabelledPicture, Truth
from numberplate.peers.answers import PeerError

COMMAND = [sys.executable, "-c", "from numberplate.cli import main; main()", "benchmark"]

SAMPLES = Path(__file__).parents[2] / "samples"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are measured as on POSIX")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "labelled"
    (folder / "some").mkdir(parents=True)
    for name in ("de.jpg", "gb.jpg"):
        shutil.copy(SAMPLES / name, folder / "some" / name)
    rows = (SAMPLES / "labels.csv").read_text().splitlines()
    kept = [
        row if i == 0 else f"some/{row}" for i, row in enumerate(rows) if i == 0 or row[:2] in ("de", "gb")
    ]
    (folder / "labels.csv").write_text("\n".join(kept) + "\n")
    return folder


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    values = {"capture_output": True, "text": True, "timeout": 300} | options
    return subprocess.run([*COMMAND, *map(str, arguments)], **values)  # type: ignore[call-overload,no-any-return]


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    path.chmod(0o755)
    return path


def test_beside_a_command_and_one_that_is_missing(labelled: Path, tmp_path: Path) -> None:
    # It knows one of the plates, takes no time of the processor, and some memory.
    other = script(
        tmp_path / "other",
        "held = bytearray(400_000_000)\nprint('RPF 29N 0.9' if sys.argv[1].endswith('gb.jpg') else 'X1')",
    )
    out = tmp_path / "out"
    path = {**os.environ, "PATH": str(tmp_path / "none")}  # on which there is no alpr
    done = run(
        *(
            labelled,
            "--against",
            "command",
            "--command",
            f"{other} {{}}",
            "--against",
            "openalpr",
            "--out",
            out,
        ),
        env=path,
    )
    assert done.returncode == 1
    assert (
        "numberplate: openalpr: there is no command alpr here but numberplate's own: install OpenALPR\n"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
    head, *_ = done.stdout.splitlines()
    assert head.split() == ["numberplate", "command"]
    figures = json.loads((out / "benchmark.json").read_text())
    ours, theirs = figures["programs"]["numberplate"], figures["programs"]["command"]
    assert ours["figures"]["exact_folded"] == 1.0
    assert (ours["by_text"], theirs["by_text"]) == (False, True)
    assert theirs["figures"]["exact_folded"] == 0.5
    assert theirs["peak_memory"] > 400e6 > ours["peak_memory"] > 50e6
    assert ours["cpu_milliseconds"] > 0
    assert list(ours["groups"]) == ["some"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "<th>command</th>" in page
    assert "50.0%" in page


def test_a_picture_that_cannot_be_read_fails_at_the_end(labelled: Path) -> None:
    (labelled / "some" / "gb.jpg").write_bytes(b"no picture")
    done = run(labelled)
    assert (done.returncode, done.stderr) == (1, "")
    assert "pictures that it could not read" in done.stdout


def test_openalpr_as_a_command(labelled: Path, tmp_path: Path) -> None:
    """What speaks as it does: we do. Our own command of that name is passed over."""
    for folder in ("ours", "bin"):
        (tmp_path / folder).mkdir()
    script(tmp_path / "ours" / "alpr", "from numberplate.cli.alpr import main\nsys.exit('it is our own')")
    script(
        tmp_path / "bin" / "alpr",
        "from numberplate.cli import main\n"
        "assert sys.argv[1] == '-j'\n"
        "sys.argv = ['numberplate', 'read', '-f', 'openalpr', sys.argv[2]]\nmain()",
    )
    path = {
        **os.environ,
        "PATH": os.pathsep.join([str(tmp_path / "ours"), str(tmp_path / "bin"), os.environ["PATH"]]),
    }
    done = run(labelled, "--against", "openalpr", "--limit", 1, "--out", tmp_path / "out", env=path)
    assert done.returncode == 0, done.stderr
    ours, theirs = json.loads((tmp_path / "out" / "benchmark.json").read_text())["programs"].values()
    for figure in ("pictures", "detection_recall", "exact_strict", "character_accuracy"):
        assert ours["figures"][figure] == theirs["figures"][figure]
    assert theirs["figures"]["pictures"] == 1
    assert theirs["figures"]["unreadable"] == 0


def test_labels_of_another_format(labelled: Path, tmp_path: Path) -> None:
    (labelled / "labels.csv").unlink()
    for name in ("de", "gb"):
        (labelled / "some" / f"{name}.txt").write_text("0 0.5 0.5 0.2 0.1\n")
    done = run(labelled, "--limit", 1, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "out" / "benchmark.json").read_text())["programs"]["numberplate"]
    assert (figures["figures"]["plates"], figures["figures"]["plates_with_text"]) == (1, 0)


def test_rapidocr(labelled: Path) -> None:
    pytest.importorskip("rapidocr", reason="needs rapidocr, which is never installed by us")
    contender = compete("rapidocr", labelled, [LabelledPicture("some/gb.jpg", (Truth("RPF29N"),))])
    assert contender.figures.exact_folded == 1.0


def test_programs_that_fail(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((60, 80, 3), np.uint8))
    pictures = [LabelledPicture("a.png", (Truth("AB123"),))]
    failing = script(tmp_path / "failing", "sys.exit('no such camera')")
    contender = compete("command", tmp_path, pictures, f"{failing} {{}}")
    assert contender.figures.unreadable == 1
    assert contender.cpu_milliseconds is None
    for command, words in (
        ("none {}", "there is no command none here"),
        (f"{failing}", "a command needs {}"),
        ("read '{}", "read '{}: No closing quotation"),
    ):
        with pytest.raises(PeerError, match=words.replace("{}", r"\{\}")):
            compete("command", tmp_path, pictures, command)
    with pytest.raises(PeerError, match="no such program"):
        compete("another", tmp_path, pictures)


def test_what_is_not_understood(labelled: Path, tmp_path: Path) -> None:
    assert "goes with --against command" in run(labelled, "--command", "x {}").stderr
    assert "goes with --against command" in run(labelled, "--against", "command").stderr
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        ([tmp_path / "none"], "no such folder"),
        ([tmp_path / "empty"], "no labels.csv, nor labels of another format"),
        ([labelled, "--out", labelled / "labels.csv"], "labels.csv: File exists"),
    ):
        done = run(*arguments)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert words in done.stderr
    done = run(labelled, "--limit", 1, "--device", "migraphx")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "numberplate: migraphx: this ONNX Runtime has no MIGraphX" in done.stderr
