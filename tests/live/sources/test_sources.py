"""Files, folders and what is none, as sources of frames."""

import gc
import os
import shutil
import struct
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition

from numberplate.live.sources.base import SourceError
from numberplate.live.sources.fingerprint import fingerprint
from numberplate.live.sources.folder import Folder
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.opening import open_source
from numberplate.live.sources.recording import Recording

from ..conftest import RATE, SIZE, MakeVideo, frame, passing


def frames_until_error(source: Recording | Folder) -> tuple[list[Frame], str]:
    found: list[Frame] = []
    with pytest.raises(SourceError) as caught:
        found.extend(source.frames())  # keeps those before the error
    assert caught.value.source == source.name
    return found, caught.value.reason


def test_every_frame_of_a_file_comes_as_it_was(make_video: MakeVideo) -> None:
    source = open_source(str(make_video("gate.mkv", passing())))
    found = list(source.frames())
    assert not source.live
    assert source.rate == RATE
    for image, place in zip(found, passing(), strict=True):
        assert np.array_equal(image.picture, frame(place))
    assert [f.seconds for f in found] == pytest.approx([i / RATE for i in range(15)], abs=1e-3)


def test_a_file_is_opened_by_its_path(make_video: MakeVideo) -> None:
    path = make_video("gate.mkv", passing())
    assert open_source(path).name == str(path)
    assert isinstance(open_source(path.parent), Folder)
    with pytest.raises(SourceError, match="no such file"):
        open_source(path / "nothing.mp4")


def test_a_frame_is_gone_as_soon_as_nobody_has_it(make_video: MakeVideo) -> None:
    # One of 4K is 12 MB, and one that was converted has threads of its own.
    gc.collect()
    gc.disable()
    try:
        for found in open_source(str(make_video("gate.mkv", passing()))).frames():
            assert found.picture.shape == (*SIZE, 3)
        del found
        assert sum(isinstance(one, av.VideoFrame) for one in gc.get_objects()) <= 1
    finally:
        gc.enable()


def test_times_begin_where_the_user_says(make_video: MakeVideo) -> None:
    start = datetime(2026, 5, 1, 8, tzinfo=UTC)
    found = list(Recording(str(make_video("gate.mkv", passing())), start).frames())
    assert found[0].time == start
    assert found[-1].time - start == pytest.approx(timedelta(seconds=1.4), abs=timedelta(milliseconds=2))


def test_a_file_that_tells_no_time_ended_when_it_was_last_changed(make_video: MakeVideo) -> None:
    path = make_video("gate.mkv", passing())
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    first = next(iter(Recording(str(path)).frames()))
    assert abs(changed - first.time - timedelta(seconds=1.5)) < timedelta(seconds=0.2)


@pytest.mark.parametrize("name", ["gate.mkv", "gate.mjpeg"])
def test_one_that_does_not_say_its_length_is_as_long_as_what_is_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    container = av.open(str(path), "w", options={"flush_packets": "1"})
    stream = container.add_stream("mjpeg", rate=RATE)
    stream.height, stream.width = SIZE
    stream.pix_fmt = "yuvj420p"
    for place in [*passing(14)] * 5:
        container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(place), format="rgb24")))
    whole = path.read_bytes()  # while it is being written, there is no length at its beginning
    container.close()
    path.write_bytes(whole)
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    source = Recording(str(path))
    found = list(source.frames())
    assert len(found) > 20
    ended = found[-1].time + timedelta(seconds=1 / source.rate)
    assert abs(changed - ended) < timedelta(seconds=0.3)


@pytest.mark.parametrize(
    "said", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-05:00", "1970-01-01"]
)
def test_a_time_at_which_nothing_was_recorded_is_not_believed(tmp_path: Path, said: str) -> None:
    path = tmp_path / "gate.mov"
    with av.open(str(path), "w") as container:
        container.metadata["date"] = said
        stream = container.add_stream("mjpeg", rate=RATE)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuvj420p"
        for place in passing():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(place), format="rgb24")))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert said in container.metadata.values()
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = list(Recording(str(path)).frames())
    assert changed - found[0].time == pytest.approx(timedelta(seconds=1.5), abs=timedelta(milliseconds=2))


def test_a_file_that_says_that_it_is_longer_than_calendars_go(make_video: MakeVideo) -> None:
    path = make_video("gate.mkv", passing())
    data = path.read_bytes()
    place = data.index(b"\x44\x89\x88") + 3  # Matroska's Duration, in milliseconds
    path.write_bytes(data[:place] + struct.pack(">d", 1e15) + data[place + 8 :])
    found, reason = frames_until_error(Recording(str(path)))
    assert len(found) == 15
    assert "breaks off after 1.4 of" in reason


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"every": float("inf")}, "every: expected seconds"),
        ({"timeout": float("inf")}, "timeout: expected seconds"),
        ({"start": datetime(2026, 5, 1)}, "start: expected a time with its zone"),
        ({"start": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "start: expected a year up to 9000"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        open_source("gate.mkv", **options)


def test_times_are_in_utc_whatever_the_zone_of_the_users(make_video: MakeVideo) -> None:
    start = datetime(2026, 5, 1, 8, tzinfo=timezone(timedelta(hours=2)))
    first = next(iter(open_source(str(make_video("gate.mkv", passing())), start=start).frames()))
    assert first.time.isoformat() == "2026-05-01T06:00:00+00:00"


def test_a_folder_of_frames(tmp_path: Path) -> None:
    for i, place in enumerate(passing(3)):
        cv2.imwrite(str(tmp_path / f"{i}.png"), cv2.cvtColor(frame(place), cv2.COLOR_RGB2BGR))
    (tmp_path / "1b.jpg").write_bytes(b"no picture")
    source = open_source(str(tmp_path), rate=5)
    assert isinstance(source, Folder)
    found, reason = frames_until_error(source)
    assert [f.seconds for f in found] == [0, 0.2, 0.6]
    assert np.array_equal(found[2].picture, frame((11, 10)))
    assert reason.startswith("1 of 4 pictures cannot be read, the first: ")
    assert "1b.jpg" in reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing.mp4", "no such file, folder or device"),
        ("250", "no such device"),
        ("/dev/video250", "no such device"),
        ("rtsp://127.0.0.1:9/x", "Connection refused"),
        ("http://127.0.0.1:9/x", "Connection refused"),
    ],
)
def test_what_is_not_there_is_said(name: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(name, timeout=3)
    assert str(caught.value) == f"{name}: {reason}"


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi"])
def test_a_title_that_is_no_utf_8_keeps_no_frame_away(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"gate.{suffix}"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Tor Bruecke"
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.height, stream.width = SIZE
        for place in passing(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(place), format="rgb24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    assert b"Bruecke" in data
    path.write_bytes(data.replace(b"Bruecke", b"Br\xfc\xfccke"))
    assert len(list(open_source(str(path)).frames())) == 5


def test_of_two_videos_as_large_the_default_one_is_watched(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("ffv1", rate=RATE) for _ in range(2)]
        for stream, disposition in zip(streams, (Disposition(0), Disposition.default), strict=True):
            stream.height, stream.width, stream.pix_fmt = *SIZE, "bgr0"
            stream.disposition = disposition
        for number, stream in enumerate(streams):
            picture = np.full((*SIZE, 3), 200 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode(None))
    assert [one.picture.mean() for one in open_source(str(path)).frames()] == [200]


def test_a_video_of_an_unknown_kind_is_said(make_video: MakeVideo) -> None:
    path = make_video("gate.mkv", passing(3))
    path.write_bytes(path.read_bytes().replace(b"FFV1", b"XXV1"))
    assert frames_until_error(Recording(str(path))) == ([], "has a video of a kind that cannot be decoded")


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    (tmp_path / "gate.mp4").write_text("no video " * 100)
    assert frames_until_error(Recording(str(tmp_path / "gate.mp4"))) == (
        [],
        "not a video that can be decoded",
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    assert frames_until_error(Folder(str(empty)))[1] == "a folder with no picture in it"


def test_a_file_that_breaks_off_gives_what_it_has(make_video: MakeVideo) -> None:
    path = make_video("gate.mkv", [(9, 10), *passing(14), *passing(14), *passing(14)], "mjpeg")
    data = path.read_bytes()
    # Of Matroska the length is at the beginning.
    path.write_bytes(data[: len(data) // 2])
    found, reason = frames_until_error(Recording(str(path)))
    assert 10 < len(found) < 30
    assert reason.startswith(("breaks off after", "cannot be read after", "damaged"))


def test_a_file_damaged_half_way_gives_what_can_be_decoded(make_video: MakeVideo) -> None:
    path = make_video("gate.mkv", [*passing(14), *passing(14), *passing(14)])
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 400] = bytes(400)
    path.write_bytes(data)
    found, reason = frames_until_error(Recording(str(path)))
    assert 15 < len(found) < 42
    assert reason


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="Linux has a folder in memory there")
def test_a_file_in_memory_is_no_device(make_video: MakeVideo) -> None:
    video = make_video("gate.mkv", passing(3))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        source = open_source(shutil.copy(video, folder))
        assert isinstance(source, Recording)
        assert len(list(source.frames())) == 3


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="other file systems keep no such times")
def test_a_file_of_a_time_that_no_calendar_has_is_of_now(make_video: MakeVideo) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        video, picture = shutil.copy(make_video("gate.mkv", passing(3)), folder), f"{folder}/1.png"
        cv2.imwrite(picture, frame((9, 10)))
        for path, source in ((video, Recording(video)), (picture, Folder(folder))):
            os.utime(path, (3e11, 3e11))
            first = next(source.frames())
            assert abs(datetime.now(UTC) - first.time) < timedelta(minutes=1)


def test_folders_that_differ_in_the_folders_within_are_other_recordings(tmp_path: Path) -> None:
    for number, camera in enumerate(("gate", "yard", "copy")):
        day = tmp_path / camera / "2026-05-01"
        day.mkdir(parents=True)
        cv2.imwrite(str(day / "1.png"), frame((9 + number % 2, 10)))
        if number == 1:
            cv2.imwrite(str(day / "2.png"), frame((9, 10)))
    gate, yard, copy = (fingerprint(Folder(str(tmp_path / name))) for name in ("gate", "yard", "copy"))
    assert gate == copy
    assert gate != yard


def test_digits_name_a_folder_or_a_file_where_there_is_one(
    tmp_path: Path, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "0").mkdir()
    cv2.imwrite(str(tmp_path / "0" / "1.png"), cv2.cvtColor(frame((9, 10)), cv2.COLOR_RGB2BGR))
    make_video("gate.mkv", passing(3)).rename(tmp_path / "250")
    folder, file = open_source("0"), open_source("250")
    assert isinstance(folder, Folder)
    assert [f.size for f in folder.frames()] == [SIZE]
    assert isinstance(file, Recording)
    assert len(list(file.frames())) == 3
    with pytest.raises(SourceError, match="251: no such device"):
        open_source("251")
