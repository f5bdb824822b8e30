"""What starts the parts of an installation."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from numberplate.installation import Supervisor, supervisor
from numberplate.sightings import Sightings

from ..actions.conftest import wait_until
from ..cli.test_run import children
from ..live.conftest import passing, save_weights, write_video

unix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


Say = Callable[[str], None]


def ending(said: list[str], lines: int) -> Say:
    """Keeps what is said, and ends the supervisor when that is so many lines."""

    def say(line: str) -> None:
        said.append(line)
        if len(said) == lines:
            signal.raise_signal(signal.SIGTERM)

    return say


def installation(folder: Path, database: str, **cameras: Path) -> Path:
    """The file of an installation whose cameras are recordings, by their names."""
    file = folder / "numberplate.toml"
    lines = [f"database = '{database}'", f"weights = '{save_weights(folder / 'weights')}'"]
    for name, recording in cameras.items():
        lines += ["[[camera]]", f"name = '{name}'", f"source = '{recording}'"]
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_part_that_the_system_cannot_start_is_tried_again() -> None:
    said: list[str] = []
    # No system takes so long a command.
    Supervisor(["retention", "actions"], Path("x" * 4_000_000), ending(said, 3)).run()
    assert [line.partition(": ")[0] for line in said[:3]] == ["retention", "actions", "retention"]
    assert said[0].startswith("retention: cannot be started (")
    assert said[0].endswith("; started again in 1 s")
    assert said[2].endswith("; started again in 2 s")


@unix
def test_a_part_that_fails_is_started_again_after_ever_longer_pauses(tmp_path: Path) -> None:
    said: list[str] = []
    Supervisor(["retention"], tmp_path / "none.toml", ending(said, 2)).run()
    assert said == [f"retention: died (exit code 1); started again in {n} s" for n in (1, 2)]


@unix
@pytest.mark.parametrize("constant", ["_STEADY", "_LONGEST"])
def test_pauses_begin_anew_after_a_steady_time_and_grow_to_a_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str
) -> None:
    monkeypatch.setattr(supervisor, constant, {"_STEADY": 0.0, "_LONGEST": 1.0}[constant])
    said: list[str] = []
    Supervisor(["retention"], tmp_path / "none.toml", ending(said, 2)).run()
    assert said == ["retention: died (exit code 1); started again in 1 s"] * 2


@unix
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_a_part_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_STOPPING", 1.0)
    file = tmp_path / "numberplate.toml"
    file.write_text("database = 'sightings.db'\n[retention]\nage = '30d'\n")
    stopped: list[int] = []

    def hang() -> None:
        wait_until(lambda: children(os.getpid()))
        stopped.extend(children(os.getpid()).values())
        os.kill(stopped[0], signal.SIGSTOP)  # it hears of nothing any more
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=hang, daemon=True).start()
    Supervisor(["retention"], file, print).run()
    assert len(stopped) == 1
    assert not Path(f"/proc/{stopped[0]}").exists()


def test_a_video_that_has_come_to_its_end_is_done(tmp_path: Path) -> None:
    video = write_video(tmp_path / "gate.mkv", passing())
    file = installation(tmp_path, str(tmp_path / "sightings.db"), gate=video)
    said: list[str] = []
    Supervisor(["camera:gate"], file, said.append).run()
    assert said == ["camera:gate: has ended"]


def test_each_vehicle_of_a_recording_is_kept_once_however_often_it_is_watched(tmp_path: Path) -> None:
    video = write_video(tmp_path / "gate.mkv", [*passing(), *[None] * 130, *passing()])
    with Sightings(tmp_path / "sightings.db") as store:
        file = installation(tmp_path, store.name, gate=video)
        for _ in range(2):
            Supervisor(["camera:gate"], file, print).run()
            assert [one.text for one in store.since(0)] == ["AB123"] * 2


def test_a_recording_that_is_damaged_is_done_as_well(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # Once it was read anew each minute, for ever.
    video = write_video(tmp_path / "gate.mkv", [*passing(), *[None] * 40], "mjpeg")
    data = video.read_bytes()
    video.write_bytes(data[: len(data) * 3 // 4])
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "1.jpg").write_bytes(b"no picture")
    file = installation(tmp_path, str(tmp_path / "sightings.db"), gate=video, yard=frames)
    said: list[str] = []
    Supervisor(["camera:gate", "camera:yard"], file, said.append).run()
    assert sorted(said) == ["camera:gate: has ended", "camera:yard: has ended"]
    written = capfd.readouterr().err
    assert "camera:gate: gate: breaks off after" in written
    assert "camera:yard: yard: 1 of 1 pictures cannot be read" in written


@unix
def test_a_camera_watches_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # Once it was not watched until the database came, and what passed was lost.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    video = write_video(tmp_path / "gate.mkv", passing())
    file = installation(tmp_path, f"postgresql://nobody@/none?host={tmp_path / 'none'}", gate=video)
    said: list[str] = []
    Supervisor(["camera:gate"], file, said.append).run()
    assert said == ["camera:gate: has ended"]
    waiting = [path for path in tmp_path.rglob("*.sightings") if path.is_file()]
    assert len(waiting) == 1
    written = capfd.readouterr().err
    assert "camera:gate: sightings wait, and are not taken: postgresql://" in written
    assert f"camera:gate: 1 sightings wait in {waiting[0].parent} for the next start" in written


@unix
def test_parts_are_asked_to_end(tmp_path: Path) -> None:
    file = tmp_path / "numberplate.toml"
    file.write_text("database = 'sightings.db'\n[retention]\nage = '30d'\n")
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
    began = time.monotonic()
    Supervisor(["retention"], file, print).run()
    # One that did not hear of it would be waited for.
    assert time.monotonic() - began < 30
