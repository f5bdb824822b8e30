"""`numberplate actions`, run as a person runs it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from numberplate.cli import app
from numberplate.sightings import Sightings

from ..actions.conftest import Receiver, receiver
from ..sightings.conftest import sighting

assert receiver  # a fixture


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Done:
    """The command within this process: what it imports takes longer than all that it does."""
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def file(tmp_path: Path, receiver: Receiver) -> Path:
    path = tmp_path / "numberplate.toml"
    path.write_text(
        f"""
database = "sightings.db"
[[camera]]
name = "gate"
source = "0"
[[action]]
name = "tell"
webhook = {{ url = "{receiver.url}" }}
[[action]]
name = "open the gate"
opens = true
when = {{ list = "allow", min_confidence = 0.95, time = "00:00-23:59" }}
webhook = {{ url = "{receiver.url}" }}
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def ids(tmp_path: Path) -> list[int]:
    now = datetime.now(UTC)
    with Sightings(tmp_path / "sightings.db") as store:
        return [
            store.add(sighting(text, first_seen=now - timedelta(hours=hours), last_seen=now)).id
            for text, hours in (("OLD1234", 48), ("AB12CDE", 2), ("XY99ZZZ", 1))
        ]


def test_they_are_listed_with_what_could_not_be_delivered(file: Path, tmp_path: Path, ids: list[int]) -> None:
    with Sightings(tmp_path / "sightings.db") as store:
        store.progress.put_aside("tell", ids[1], 4, "the receiver replied 404")
    done = run("actions", "--config", file)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["tell", "webhook", "always", "1", "1"] in rows
    opening = next(line for line in done.stdout.splitlines() if line.startswith("open the gate"))
    assert "webhook, opens" in opening
    assert "list allow, 00:00-23:59, min_confidence 0.95" in opening
    assert "the receiver replied 404" in done.stdout
    values = [json.loads(line) for line in run("actions", "-c", file, "-f", "jsonl").stdout.splitlines()]
    assert [value["name"] for value in values[:2]] == ["tell", "open the gate"]
    assert values[2]["failure"]["sighting_id"] == ids[1]


def test_what_was_put_aside_is_delivered_or_forgotten(
    file: Path, tmp_path: Path, ids: list[int], receiver: Receiver
) -> None:
    with Sightings(tmp_path / "sightings.db") as store:
        for id in ids:
            store.progress.put_aside("tell", id, 1, "refused")
        store.progress.put_aside("gone", ids[0], 1, "refused")
    receiver.replies = [500]
    done = run("actions", "--config", file, "retry")
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["2: delivered by tell", "3: delivered by tell"]
    assert "1: tell: the receiver replied 500" in done.stderr
    assert "4: there is no action gone any more" in done.stderr
    assert run("actions", "--config", file, "retry", "1").returncode == 0
    assert [r.json()["sighting"]["text"] for r in receiver.requests][-1] == "OLD1234"
    assert run("actions", "--config", file, "discard").stdout == "1 forgotten\n"


def test_one_is_tried(file: Path, receiver: Receiver) -> None:
    done = run("actions", "--config", file, "test", "open the gate")
    assert done.returncode == 0, done.stderr
    (request,) = receiver.requests
    assert request.json()["test"] is True
    assert request.json()["id"] in done.stdout
    receiver.replies = [404]
    failed = run("actions", "--config", file, "test", "tell")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "numberplate: tell: the receiver replied 404" in failed.stderr
    unknown = run("actions", "--config", file, "test", "shut")
    assert unknown.returncode == 1
    assert "there are tell, open the gate" in unknown.stderr


def test_a_rehearsal_of_a_day(file: Path, ids: list[int], receiver: Receiver) -> None:
    done = run("actions", "--config", file, "--dry-run", "--since", "24h", "--name", "open the gate")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len([line for line in lines if "open the gate" in line]) == 3  # two sightings, and the sum
    assert "no: is not on allow; confidence 0.9000 is below 0.95" in done.stdout
    assert lines[-1] == "open the gate: would have been set off by 0 of 2 sightings"
    rows = run("actions", "-c", file, "--dry-run", "--since", "3d", "-f", "jsonl").stdout.splitlines()
    told = [json.loads(row) for row in rows]
    assert [row["text"] for row in told if row["action"] == "tell" and row["fires"]] == [
        "OLD1234",
        "AB12CDE",
        "XY99ZZZ",
    ]
    assert not receiver.requests
    assert run("actions", "-c", file, "--dry-run", "--since", "soon").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--since", "24h"], "--since: needs --dry-run"),
        (["--until", "1h"], "--until: needs --dry-run"),
        (["--name", "tell"], "--name: needs --dry-run"),
        (["--dry-run", "--since", "1h", "--until", "2h"], "--until: 2h is no later than --since 1h"),
        (["--dry-run", "--since", "yesterday"], "'yesterday' is neither a time"),
        (["--dry-run", "--name", "shut"], "no action shut; there are tell, open the gate"),
        # What is rehearsed opens nothing.
        (["--dry-run", "test", "tell"], "--dry-run: does not go with test"),
        (["--since", "1h", "test", "tell"], "--since: does not go with test"),
        (["--format", "jsonl", "test", "tell"], "--format: does not go with test"),
        (["retry", "99"], "nothing that could not be delivered has the number 99"),
        (["discard", "7", "99"], "nothing that could not be delivered has the number 7, 99"),
        (["test"], "Missing argument"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    file: Path, ids: list[int], receiver: Receiver, arguments: list[str], reason: str
) -> None:
    done = run("actions", "--config", file, *arguments)
    assert done.returncode in (1, 2)
    assert reason in " ".join(done.stderr.replace("│", " ").split())
    assert not receiver.requests


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "cut.toml").write_text("x = [")
    (tmp_path / "empty.toml").write_text('database = "none.db"')
    for name, reason in (
        ("no.toml", "No such file or directory; --config FILE or NUMBERPLATE_CONFIG names another one"),
        ("odd.toml", "is no text in UTF-8"),
        ("cut.toml", "is no TOML"),
        ("", "Is a directory"),
    ):
        done = run("actions", "--config", tmp_path / name)
        assert done.returncode == 1
        assert reason in done.stderr
    rehearsed = run("actions", "--config", tmp_path / "empty.toml", "--dry-run")
    assert (rehearsed.returncode, (tmp_path / "none.db").exists()) == (1, False)
    assert "none.db" in rehearsed.stderr
    assert run("actions", "--config", tmp_path / "empty.toml").stdout == "There are no actions.\n"
