"""The command, run as a person runs it, ended in all ways, and gone on with."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from numberplate.bulk.run import Progress

from .conftest import MakeWeights, check_all_there, rows, write_pictures

COMMAND = [sys.executable, "-c", "from numberplate.cli import main; main()", "bulk"]

needs_signals = pytest.mark.skipif(os.name == "nt", reason="no such signals on Windows")


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    values = {"capture_output": True, "text": True, "timeout": 300} | options
    return subprocess.run([*COMMAND, *map(str, arguments)], **values)  # type: ignore[call-overload,no-any-return]


def started(*arguments: object) -> subprocess.Popen[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def parts_done(out: Path) -> int:
    return len(list(out.glob("_run/done/part-*.json")))


def wait_for_parts(out: Path, count: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while parts_done(out) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_until_all_have_ended(process: subprocess.Popen[str]) -> None:
    """All of its group, workers too."""
    process.communicate(timeout=60)
    end = time.monotonic() + 60
    while True:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < end
        time.sleep(0.02)


def test_time_that_is_left() -> None:
    assert Progress(30, 100, 3, 10, now=20, seconds=10.0).seconds_left == 35
    # Where nobody can tell: how many there are, or, in the first moment, how long one takes.
    assert Progress(30, None, 3, 10, now=20, seconds=10.0).seconds_left is None
    assert Progress(30, 100, 3, 10, now=0, seconds=10.0).seconds_left is None
    assert Progress(30, 100, 3, 10, now=1, seconds=0.0).seconds_left is None


def test_a_folder(photos: Path, make_weights: MakeWeights, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(photos, "--out", out, "--workers", 1, "--weights", make_weights())
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"What could not be read, and why, is in {out}/bad" in done.stdout
    check_all_there(out, 40)
    assert len(rows(out, "bad")) == 2
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["pictures"], summary["plates"], summary["bad"], summary["parts"]) == (40, 39, 2, 3)
    assert summary["rate"] > 0
    assert 0 < summary["cpu_seconds"] == pytest.approx(3600 * summary["core_hours"])
    assert re.search(r"^pictures read +40$", done.stdout, re.M)

    # All is done: it is said, and not done again.
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*.parquet")}
    again = run(photos, "--out", out, "--weights", make_weights())
    assert again.returncode == 0
    assert again.stderr == "numberplate: going on: 3 of 3 parts are done\n"
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/*.parquet")} == before

    # Other options are other results.
    other = run(photos, "--out", out, "--weights", make_weights(), "--min-confidence", 0.9)
    assert other.returncode == 1
    assert "was begun with min_confidence null, and is not gone on with 0.9" in other.stderr
    assert run(photos, "--out", out).stderr.count("was begun with weights") == 1


def test_a_folder_of_something_else(photos: Path, make_weights: MakeWeights, tmp_path: Path) -> None:
    """Neither another column of a list, nor tables whose run is gone, are mixed with what a run finds."""
    (tmp_path / "list.csv").write_text(f"a,b\n{photos}/00000.png,{photos}/00001.png\n")
    out = tmp_path / "out"
    how = [tmp_path / "list.csv", "--out", out, "--workers", 1, "--weights", make_weights()]
    assert run(*how, "--column", "a").returncode == 0
    other = run(*how, "--column", "b")
    assert other.returncode == 1
    assert "was begun with column a, and is not gone on with b" in other.stderr
    shutil.rmtree(out / "_run")
    gone = run(*how, "--column", "b")
    assert gone.returncode == 1
    assert gone.stderr.startswith(
        f"numberplate: {out}/pictures: has files of no run that was begun in this folder"
    )
    assert [row["source"] for row in rows(out, "pictures")] == [f"{photos}/00000.png"]
    assert not (out / "_run").exists()


@needs_signals
def test_kill_at_any_moment(make_weights: MakeWeights, tmp_path: Path) -> None:
    """Again and again, the last time a worker alone: nothing is lost, nothing is there twice."""
    count = 300
    write_pictures(tmp_path / "photos", count)
    out = tmp_path / "out"
    how = [tmp_path / "photos", "--out", out, "--workers", 2, "--part-size", 20, "--weights", make_weights()]
    for least in (0, 5):
        process = started(*how)
        wait_for_parts(out, least, process)
        process.kill()
        wait_until_all_have_ended(process)
    before = parts_done(out)
    assert 5 <= before < 15
    process = started(*how)
    wait_for_parts(out, before + 1, process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for worker in re.findall(r"\d+", children.read_text()) if children.exists() else []:
        os.kill(int(worker), signal.SIGKILL)
    _, complaints = process.communicate(timeout=300)
    assert process.returncode == 0, complaints
    assert f"going on: {before} of 15 parts are done" in complaints
    check_all_there(out, count)
    assert rows(out, "bad") == []
    assert not list(out.glob("*/.*.part"))
    assert json.loads((out / "summary.json").read_text())["pictures"] == count


@needs_signals
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(make_weights: MakeWeights, tmp_path: Path, kind: signal.Signals) -> None:
    write_pictures(tmp_path / "photos", 600)
    out = tmp_path / "out"
    how = ["--out", out, "--part-size", 10, "--workers", 1, "--weights", make_weights()]
    process = started(tmp_path / "photos", *how)
    wait_for_parts(out, 1, process)
    os.killpg(process.pid, kind)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 128 + kind
    assert "numberplate: ended; the same command goes on from here" in complaints
    assert "Traceback" not in complaints
    wait_until_all_have_ended(process)
    assert parts_done(out) < 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none"], "numberplate: {here}/none: no such file or folder"),
        (["photos", "--device", "abacus"], "numberplate: abacus: no such device"),
        (["photos", "--region", "xx"], "no region 'xx'"),
        (["gs://bucket/photos"], "numberplate: gs://bucket/photos: "),
        (["photos", ""], "numberplate: expected the address of a folder, a list or a tar"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    write_pictures(tmp_path / "photos", 2)
    done = run(*arguments, "--out", "out", cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert words.format(here=tmp_path) in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_to_the_current_folder_for_want_of_a_name(tmp_path: Path) -> None:
    write_pictures(tmp_path / "photos", 1)
    done = run("photos", "--out", "", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("numberplate: expected the address")
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """Without the extra."""
    without = "import sys; sys.modules['fsspec'] = None\nfrom numberplate.cli import main; main()"
    command = [sys.executable, "-c", without, "bulk", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "numberplate: this command needs fsspec: pip install 'numberplate[bulk]'\n"
