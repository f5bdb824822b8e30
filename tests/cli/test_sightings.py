"""`numberplate sightings` as a person runs it: another process, and what it prints."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from numberplate.sightings import Sightings

from ..actions.conftest import wait_until
from ..sightings.conftest import sighting

COMMAND = [sys.executable, "-c", "from numberplate.cli import main; main()", "sightings"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Sightings(tmp_path / "a.db") as store:
        store.watch_list.add("AB*", "alert", note="mine")
        store.add_all(sighting(text, i) for i, text in enumerate(("AB12CDE", "AB120DE", "XY99ZZZ")))
    return tmp_path / "a.db"


def run(path: Path, *arguments: object, **options: object) -> subprocess.CompletedProcess:
    values = {"capture_output": True, "encoding": "utf-8", "timeout": 60, "check": False} | options
    environment = os.environ | {"NUMBERPLATE_DATABASE": str(path)}
    return subprocess.run([*COMMAND, *map(str, arguments)], env=environment, **values)  # type: ignore[call-overload]


def plates(path: Path, *arguments: object) -> list[str]:
    done = run(path, "search", *arguments, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["text"] for line in done.stdout.splitlines()]


def test_search(path: Path) -> None:
    assert plates(path) == ["XY99ZZZ", "AB120DE", "AB12CDE"]
    assert plates(path, "ab-12*") == ["AB120DE", "AB12CDE"]
    assert plates(path, "AB12CDE", "--fuzzy", "--until", "2026-11-24T12:00:30Z") == ["AB12CDE"]
    assert plates(path, "--hit", "1", "--source", "gate") == ["AB120DE", "AB12CDE"]
    assert plates(path, "--hit", "allow") == []
    assert plates(path, "AB12O*", "--candidates") == ["AB120DE"]
    assert run(path, "search", "AB*", "--count").stdout == "2\n"


def test_pages(path: Path) -> None:
    first = run(path, "search", "--limit", 2)
    assert len(first.stdout.splitlines()) == 4
    more = first.stderr.split()
    assert more[:-1] == ["There", "are", "more:", "--after"]
    assert plates(path, "--after", more[-1]) == ["AB12CDE"]


def test_show(path: Path, tmp_path: Path) -> None:
    done = run(path, "show", 1, "--pictures", tmp_path / "out")
    assert "AB12CDE  90.0%" in done.stdout
    shapes = {p.name: cv2.imread(str(p)).shape for p in (tmp_path / "out").iterdir()}
    assert shapes == {"1-crop.jpg": (8, 24, 3), "1-frame.jpg": (30, 40, 3)}
    assert json.loads(run(path, "show", 1, "-f", "jsonl").stdout)["id"] == 1
    missing = run(path, "show", 99)
    assert (missing.returncode, missing.stderr) == (1, f"numberplate: {path}: no sighting 99\n")


def test_correct(path: Path) -> None:
    assert run(path, "correct", 1, "ab12 cdf").stdout == "1: AB12CDE, is AB12CDF\n"
    assert plates(path, "AB12CDF") == plates(path, "AB12CDE") == ["AB12CDE"]
    assert "AB12CDE, is AB12CDF" in run(path, "search").stdout
    assert "corrected   AB12CDF" in run(path, "show", 1).stdout
    assert run(path, "correct", 1, "--undo").stdout == "1: AB12CDE\n"
    assert plates(path, "AB12CDF") == []
    for arguments, reason in (
        ([1], "either what the plate says, or --undo"),
        ([1, "AB12", "--undo"], "either what the plate says, or --undo"),
        ([1, "!"], "expected 2 to 12 characters"),
        ([99, "AB12"], "no sighting 99"),
    ):
        done = run(path, "correct", *arguments)
        assert done.returncode in (1, 2)
        assert reason in " ".join(done.stderr.replace("│", " ").split())


def test_export(path: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(path, "export", "AB*").stdout)))
    assert [row["text"] for row in rows] == ["AB120DE", "AB12CDE"]
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        done = run(path, "export", "--out", tmp_path / name)
        assert done.stdout == f"3 sightings are in {tmp_path / name}\n"
    assert (tmp_path / "a.parquet").read_bytes()[:4] == b"PAR1"
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 3
    assert run(path, "export", "-f", "parquet").returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_export_that_is_ended_leaves_nothing_behind(
    path: Path, tmp_path: Path, number: signal.Signals
) -> None:
    # As `timeout` and service managers end it: once SIGTERM left all that was written, under a hidden name.
    with Sightings(path) as store:
        store.add_all([sighting(f"AB{i:05d}") for i in range(2000)])
    out = tmp_path / "out"
    out.mkdir()
    command = [*COMMAND, "export", "-d", str(path), "--out", str(out / "a.csv")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: [*out.iterdir()])
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (128 + number, "")
    assert "Traceback" not in stderr
    assert [*out.iterdir()] == []


def test_delete(path: Path) -> None:
    assert run(path, "delete", "--plate", "AB*", input="n\n").returncode == 1
    assert len(plates(path)) == 3
    assert "2 sightings deleted" in run(path, "delete", "--plate", "AB*", input="y\n").stdout
    assert run(path, "delete", 3, 99).stdout == "1 sightings deleted\n"
    assert run(path, "search").stdout == "Nothing was seen.\n"
    assert run(path, "delete").returncode == 2
    assert run(path, "delete", 1, "--plate", "A").returncode == 2


def test_a_part_is_offered_when_nothing_is_found(path: Path) -> None:
    assert run(path, "search", "B12").stdout == (
        "Nothing was seen. 2 plates have B12 in them: numberplate sightings search '*B12*'\n"
    )
    assert run(path, "search", "QQQ").stdout == "Nothing was seen.\n"
    assert run(path, "search", "B12?").stdout == "Nothing was seen.\n"
    for length in (38, 39, 40):  # as a part some would be longer than any plate
        assert run(path, "search", "A" * length).stdout == "Nothing was seen.\n"


def test_check(path: Path) -> None:
    done = run(path, "check")
    assert (done.returncode, done.stdout) == (0, f"{path}: no damage, 3 sightings\n")
    whole = bytearray(path.read_bytes())
    whole[8192:-4096] = bytes(len(whole) - 12288)
    path.write_bytes(whole)
    done = run(path, "check")
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_purge_by_age(path: Path) -> None:
    # They were seen long ago, in a recording, and stored just now.
    assert run(path, "purge", "--older-than", "1h").stdout == "0 sightings and 0 pictures deleted\n"
    assert run(path, "purge", "--older-than", "1h", "--by", "seen").stdout.startswith("3 sightings")


def test_purge(path: Path) -> None:
    done = run(path, "purge", "--keep", 2, "--keep-pictures", 1)
    assert done.stdout == "1 sightings and 4 pictures deleted\n"
    assert plates(path) == ["XY99ZZZ", "AB120DE"]
    for arguments in ((), ("--older-than", "soon"), ("--keep", -1)):
        assert run(path, "purge", *arguments).returncode == 2


def test_watch_list(path: Path) -> None:
    done = run(path, "watchlist", "add", "q 1", "W?8*", "--kind", "allow", "--fuzzy", "--note", "vans")
    assert done.stdout == "Q1 is entry 2\nW?8* is entry 3\n"
    entries = run(path, "watchlist", "list", "-f", "jsonl").stdout.splitlines()
    assert [json.loads(e)["pattern"] for e in entries] == ["AB*", "Q1", "W?8*"]
    assert run(path, "watchlist", "add", "Q1", "--kind", "allow").stderr == (
        "numberplate: Q1 is on the allow list already, as entry 2\n"
    )
    assert run(path, "watchlist", "remove", 2, 99).stderr == f"numberplate: {path}: no entry 99\n"
    assert "vans" in run(path, "watchlist", "list").stdout
    assert "Q1" not in run(path, "watchlist", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["search", "Ψ1"], "'Ψ1': 'Ψ' is neither a character of plates nor one of the wildcards ? and *"),
        (["search", "--from", "x"], "'x' is neither a time such as 2026-11-24T08:00 nor an age such as 12h"),
        (["search", "--after", "x"], "'x' is not the place of a page"),
        (["search", "-d", "none.db"], "none.db: no such database"),
        (["search", "-d", "mysql://u:p@h/x"], "mysql: sightings are kept in SQLite or PostgreSQL only"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(path: Path, arguments: list[str], reason: str) -> None:
    done = run(path, *arguments)
    assert done.returncode == 1
    assert done.stderr.endswith(f"{reason}\n")
    assert done.stderr.count("\n") == 1


def test_the_extra_is_missing(path: Path) -> None:
    program = "import sys; sys.modules['sqlalchemy'] = None; from numberplate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "sightings", "search"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "numberplate: this command needs sqlalchemy: pip install 'numberplate[sightings]'\n"


def test_labels(path: Path, tmp_path: Path) -> None:
    with Sightings(path) as store:
        store.correct(2, "AB12 ODE")
    done = run(path, "labels", tmp_path / "corrected")
    assert done.stdout == f"1 corrected sighting is in {tmp_path / 'corrected'}\n"
    written = (tmp_path / "corrected" / "labels.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [(row["image"], row["text"]) for row in rows] == [("2.jpg", "AB12ODE")]
