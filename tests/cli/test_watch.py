"""`numberplate watch`, run as a person runs it."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import av
import cv2
import pytest

from ..live.conftest import frame, passing, save_weights, write_video
from .test_read import COMMAND, run


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return save_weights(tmp_path / "weights")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "gate.mkv", [None, *passing(), None])


def test_a_table_of_the_vehicles(video: Path, weights: Path) -> None:
    zone = os.environ | {"TZ": "EST5"}
    done = run("watch", video, "--weights", weights, "--start", "2026-05-01T08:00:00", env=zone)
    assert done.returncode == 0, done.stderr
    head, _, row = done.stdout.splitlines()
    assert head.split() == [
        "first",
        "seen",
        "(EST)",
        "source",
        "plate",
        "confidence",
        "frames",
        "direction",
        "region",
    ]
    assert row.startswith(f"2026-05-01 08:00:00  {video}  AB123")
    assert " 15  right " in row
    assert f"{video}: 1 vehicle; 17 frames read, 17 processed, 0 dropped; " in done.stderr


def test_device_that_is_missing(video: Path, weights: Path) -> None:
    done = run("watch", video, "--weights", weights, "--device", "migraphx")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("numberplate: migraphx: this ONNX Runtime has no MIGraphX")
    done = run("watch", video, "--weights", weights, "--device", "auto")
    assert done.returncode == 0
    assert re.search(r"^numberplate: device: \w+$", done.stderr, re.MULTILINE)


def test_names_zones_masks_and_a_line(video: Path, weights: Path, tmp_path: Path) -> None:
    other = write_video(tmp_path / "yard.mkv", [*passing(row=4), *passing(row=15)[::-1]])
    done = run(
        *("watch", video, other, "--weights", weights, "-f", "jsonl", "--start", "2026-05-01T08:00:00+02:00"),
        *("--name", "gate", "--name", "yard", "--zone", "drive=0,0 1,1 length=5", "--mask", "0,0.7 1,1"),
        *("--line", "0.4,1 0.4,0"),
    )
    assert done.returncode == 0, done.stderr
    rows = sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda row: row["source"])
    assert [(row["source"], row["zone"], row["direction"]) for row in rows] == [
        ("gate", "drive", "in"),
        ("yard", "drive", "in"),
    ]
    assert rows[0]["cut"] == []
    assert rows[0]["first_seen"] == "2026-05-01T06:00:00.100+00:00"


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--zone", "drive", "expected NAME="),
        ("--zone", "drive=0,0 1,1 length=inf", "a whole number"),
        ("--zone", "drive=0,0 1,1 length=4.5", "a whole number"),
        ("--zone", "drive=0,0 1,1 width=inf", "0 or more"),
        ("--name", " ", "expected a camera's name"),
        ("--mask", "0,0 2,2", "fractions"),
        ("--line", "0,0", "two points"),
        ("--every", "soon", "expected a time"),
        ("--rate", "inf", "--rate"),
        ("--timeout", "inf", "--timeout"),
        ("--timeout", "1e7", "--timeout"),
        ("--start", "9999-12-31T23:59:59-1400", "--start"),
        ("--start", "9999-12-31T23:59:59Z", "--start"),
        ("--every", "0s", "expected a time"),
    ],
)
def test_what_is_no_zone_or_time_is_refused(video: Path, option: str, value: str, reason: str) -> None:
    done = run("watch", video, option, value)
    assert done.returncode == 2
    assert reason in done.stderr


def test_each_source_has_a_name_of_its_own(video: Path) -> None:
    for names, reason in ((["a", "b"], "2 names for 1"), (["a", "a"], "name")):
        done = run("watch", video, *(part for name in names for part in ("--name", name)))
        assert done.returncode == 2
        assert reason in done.stderr


def test_json_lines_of_several_sources(video: Path, weights: Path, tmp_path: Path) -> None:
    other = write_video(tmp_path / "yard.mkv", passing(row=6))
    done = run("watch", video, other, "-f", "jsonl", "--weights", weights, "--threads", 2)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(row["source"] for row in rows) == sorted(map(str, (video, other)))
    for row in rows:
        assert row["text"] == "AB123"
        assert row["frames"] == len(row["path"]) == 15


def test_what_cannot_be_watched_gets_a_line_and_the_rest_is_watched(
    video: Path, weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    names = [tmp_path / "none.mp4", tmp_path / "text.mp4", "http://127.0.0.1:9/x", video]
    done = run("watch", *names, "-f", "jsonl", "--weights", weights)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    for name in names[:3]:
        assert any(line.startswith(f"{name}: ") for line in done.stderr.splitlines())
    assert "Traceback" not in done.stderr


def test_a_file_that_breaks_off_loses_no_vehicle(video: Path, weights: Path) -> None:
    whole = write_video(video, [*passing(), *[None] * 40], "mjpeg").read_bytes()
    video.write_bytes(whole[: len(whole) * 3 // 4])
    done = run("watch", video, "-f", "jsonl", "--weights", weights)
    assert done.returncode == 1
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["AB123"]
    assert f"{video}: " in done.stderr


def test_the_drawn_video_has_every_frame(video: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done = run("watch", video, "--weights", weights, "--draw", out)
    assert done.returncode == 0, done.stderr
    with av.open(str(out)) as container:
        pictures = [image.to_ndarray(format="rgb24") for image in container.decode(video=0)]
    assert len(pictures) == 17
    assert pictures[8][..., 1].max() > 150  # the green outline, on black and red
    assert pictures[0].max() < 60


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full: Linux has it")
def test_a_full_disk_ends_the_drawing_alone(video: Path, weights: Path, tmp_path: Path) -> None:
    full = tmp_path / "out.mkv"
    full.symlink_to("/dev/full")
    done = run("watch", video, "-f", "jsonl", "--weights", weights, "--draw", full)
    assert done.returncode == 1
    assert "AB123" in done.stdout
    assert "No space left on device" in done.stderr
    assert done.stderr.count("--draw") == 1


def test_the_drawn_video_never_overwrites_the_source(video: Path, weights: Path) -> None:
    before = video.read_bytes()
    done = run("watch", video, "--weights", weights, "--draw", video)
    assert done.returncode == 1
    assert "would overwrite" in done.stderr
    assert video.read_bytes() == before


def test_the_drawn_video_never_overwrites_another_source(video: Path, weights: Path, tmp_path: Path) -> None:
    other = write_video(tmp_path / "out-1.mkv", passing())
    frames = tmp_path / "frames"
    frames.mkdir()
    cv2.imwrite(str(frames / "1.png"), frame((9, 10)))
    before = other.read_bytes(), (frames / "1.png").read_bytes()
    for sources, draw in (([video, other], "out.mkv"), ([frames], "frames/1.png")):
        done = run("watch", *sources, "--weights", weights, "--draw", tmp_path / draw)
        assert done.returncode == 1
        assert f"--draw {tmp_path / draw} would overwrite " in done.stderr
        assert (other.read_bytes(), (frames / "1.png").read_bytes()) == before
    # What was drawn beside the frames before is written anew.
    for _ in range(2):
        done = run("watch", frames, "--weights", weights, "--draw", frames / "drawn.mp4")
        assert done.returncode == 0, done.stderr


def test_sightings_are_kept(video: Path, weights: Path, tmp_path: Path) -> None:
    database = tmp_path / "gate.db"
    assert run("watch", video, "--weights", weights, "--database", database).returncode == 0
    found = run("sightings", "search", "AB1*", "-d", database, "-f", "jsonl")
    (kept,) = map(json.loads, found.stdout.splitlines())
    assert kept["text"] == "AB123"
    assert kept["source"] == str(video)


def test_nothing_is_kept_because_a_database_is_named_by_the_environment(
    video: Path, weights: Path, tmp_path: Path
) -> None:
    database = tmp_path / "gate.db"
    named = os.environ | {"NUMBERPLATE_DATABASE": str(database)}
    assert run("watch", video, "--weights", weights, env=named).returncode == 0
    assert not database.exists()
    assert run("watch", video, "--weights", weights, "--save", env=named).returncode == 0
    assert database.exists()


def test_a_recording_that_is_watched_twice_is_kept_once(video: Path, weights: Path, tmp_path: Path) -> None:
    flags = ["--weights", weights, "--database", tmp_path / "gate.db", "--start", "2026-05-01T08:00:00"]
    copy = tmp_path / "copy.mkv"
    copy.write_bytes(video.read_bytes())
    assert "kept before" not in run("watch", video, *flags).stderr
    assert "numberplate: 1 kept before, and not again" in run("watch", video, *flags).stderr
    assert "numberplate: 1 kept before, and not again" in run("watch", copy, *flags).stderr
    found = run("sightings", "search", "-d", tmp_path / "gate.db", "-f", "jsonl")
    assert len(found.stdout.splitlines()) == 1


def test_a_locked_database_loses_no_sighting(video: Path, weights: Path, tmp_path: Path) -> None:
    database = tmp_path / "gate.db"
    run("sightings", "watchlist", "add", "AB12", "-d", database)
    flags = ["--weights", weights, "--database", database]
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run("watch", video, *flags)
        other.execute("ROLLBACK")
    other.close()
    assert done.returncode == 1
    assert f"1 sightings wait in {database}-waiting" in done.stderr
    run("watch", video, *flags)  # which finds it there, and sees it again
    found = run("sightings", "search", "-d", database, "-f", "jsonl")
    assert len(found.stdout.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="the database's server would be at a socket in a folder")
def test_a_database_that_is_away_at_first_is_waited_for_if_asked_to(
    video: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    away = f"postgresql://nobody@/none?host={tmp_path / 'none'}"
    command = ["watch", video, "--weights", weights, "-f", "jsonl", "--database", away]
    done = run(*command)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"numberplate: {away.partition('?')[0]}")
    done = run(*command, "--wait")
    assert done.returncode == 1
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["AB123"]
    assert "1 sightings wait in " in done.stderr
    assert len([*tmp_path.rglob("*-*.sightings")]) == 1


@pytest.mark.parametrize("scheme", ["rtsp", "http", "rtmp", "tcp"])
def test_a_cameras_password_is_never_shown(weights: Path, scheme: str) -> None:
    done = run("watch", f"{scheme}://admin:S3CRET@127.0.0.1:1/live?token=S3CRET", "--weights", weights)
    assert done.returncode == 1
    assert f"{scheme}://127.0.0.1:1/live?token=***: " in done.stderr
    assert "S3CRET" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_addresses_that_differ_in_what_is_not_shown_have_names_of_their_own(weights: Path) -> None:
    cameras = [f"rtsp://admin:{word}@127.0.0.1:1/live" for word in ("one", "two", "three")]
    command = [*COMMAND, "watch", *cameras, "--wait", "--weights", str(weights)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # the table's head: all are watched from then on
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=30)
    names = [line.partition(": 0 vehicles")[0] for line in stderr.splitlines() if ": 0 vehicles" in line]
    address = "rtsp://127.0.0.1:1/live"
    assert names == [address, f"{address} (2)", f"{address} (3)"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_is_in_sight_is_reported(
    weights: Path, tmp_path: Path, number: signal.Signals
) -> None:
    long = write_video(tmp_path / "long.mkv", [(15, 10)] * 5_000, "mjpeg")
    out = tmp_path / "out.mp4"
    command = [*COMMAND, "watch", str(long), "-f", "jsonl", "--weights", str(weights), "--draw", str(out)]
    command += ["--report-after", "1e9"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 30
        while not out.exists():  # it is made with the first frame
            assert time.monotonic() < end
            time.sleep(0.1)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    assert [json.loads(line)["text"] for line in stdout.splitlines()] == ["AB123"]
    assert "1 vehicle; " in stderr


@pytest.mark.parametrize("arguments", [[], ["x.mp4", "--region", "zz"], ["x.mp4", "--min-confidence", "2"]])
def test_what_is_not_understood_exits_with_2(arguments: list[str], tmp_path: Path) -> None:
    write_video(tmp_path / "x.mp4", [None], "mjpeg")
    done = subprocess.run([*COMMAND, "watch", *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
