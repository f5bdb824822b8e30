"""Several machines that watch, and keep what they see in one database."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from ..live.conftest import passing, write_video
from ..reading.conftest import save_detector, save_recognizer
from ..sightings.conftest import database
from .test_read import COMMAND, run

__all__ = ["database"]

TEXTS = ("AB123", "XY789")


def machine(folder: Path, text: str, row: int) -> dict[str, object]:
    """A machine with a folder for data of programs of its own, and two recordings of cars with that plate."""
    (folder / "weights").mkdir(parents=True)
    save_detector(folder / "weights")
    save_recognizer(folder / "weights", text)
    return {
        "videos": [
            write_video(folder / f"gate-{i}.mkv", [None] * i + passing(row=row) + [None]) for i in (1, 2)
        ],
        "weights": folder / "weights",
        "environment": {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")},
    }


def watching(machine: dict[str, object], database: str, start: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(*COMMAND, "watch", *map(str, machine["videos"]), "--weights", str(machine["weights"])),  # type: ignore[call-overload]
            *("--database", database, "--start", start),
        ],
        env=machine["environment"],  # type: ignore[arg-type]
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kept(database: str) -> list[dict]:
    done = run("sightings", "search", "-d", database, "-f", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_machines_that_start_at_once_on_an_empty_database(database: str, tmp_path: Path) -> None:
    """Neither waits for the other to make the tables; all is kept, each once, and watch lists are of both."""
    machines = [machine(tmp_path / f"machine-{i}", text, 4 + 2 * i) for i, text in enumerate(TEXTS)]
    processes = [watching(one, database, f"2026-05-0{i + 1}T08:00:00") for i, one in enumerate(machines)]
    for process in processes:
        _, complaints = process.communicate(timeout=240)
        assert process.returncode == 0, complaints
    found = kept(database)
    assert sorted(row["text"] for row in found) == sorted(TEXTS * 2)
    assert len({row["id"] for row in found}) == 4
    sources = {row["source"] for row in found}
    assert sources == {str(video) for one in machines for video in one["videos"]}  # type: ignore[attr-defined]

    # An entry that is added on one machine is of what any machine sees, from then on.
    assert run("sightings", "watchlist", "add", "XY78?", "-d", database).returncode == 0
    later = [machine(tmp_path / f"later-{i}", text, 10 + 2 * i) for i, text in enumerate(TEXTS)]
    processes = [watching(one, database, f"2026-06-0{i + 1}T08:00:00") for i, one in enumerate(later)]
    for process in processes:
        _, complaints = process.communicate(timeout=240)
        assert process.returncode == 0, complaints
    hits = [(row["text"], len(row["hits"])) for row in kept(database) if row["first_seen"] >= "2026-06"]
    assert sorted(hits) == [("AB123", 0)] * 2 + [("XY789", 1)] * 2
