"""A camera that gives a picture whenever it is asked, and one that forgets the boundary."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from numberplate.live.sources.base import SourceError
from numberplate.live.sources.opening import open_source
from numberplate.live.sources.snapshots import Snapshots

from ..conftest import frame


class Camera:
    """Says what it is told; `asked` is when."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.reply: bytes | None = jpeg(9)
        self.takes = 0.0
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.asked.append(time.monotonic())
                time.sleep(camera.takes)
                if self.path == "/mjpeg":
                    self.video()
                elif camera.reply is None:
                    self.send_error(503)
                else:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(camera.reply)))
                    self.end_headers()
                    self.wfile.write(camera.reply)

            def video(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    for number in range(200):
                        data = jpeg(9 + number % 20)
                        boundary = b"--frame\r\n" if number else b""
                        head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data)
                        self.wfile.write(boundary + head + data + b"\r\n")
                        time.sleep(0.02)
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # closing it waits for them, and they leave nothing open
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def jpeg(column: int) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(frame((column, 10)), cv2.COLOR_RGB2BGR))[1].tobytes()


@pytest.fixture
def camera() -> Iterator[Camera]:
    made = Camera()
    yield made
    made.close()


def test_a_snapshot_is_asked_for_again_and_again(camera: Camera) -> None:
    source = open_source(f"{camera.url}/snap.jpg?user=me&pwd=s3cret", every=0.2)
    assert isinstance(source, Snapshots)
    assert source.live
    assert source.rate == 5
    assert "s3cret" not in source.name
    frames = []
    for one in source.frames():
        frames.append(one)
        if len(frames) == 4:
            source.close()
    assert frames[0].picture.shape == frame(None).shape
    pauses = np.diff(camera.asked)
    assert len(frames) == 4
    assert (pauses > 0.15).all()
    assert np.diff([f.seconds for f in frames]).min() > 0.1


def test_a_reply_that_took_long_is_not_made_up_for(camera: Camera) -> None:
    source = open_source(f"{camera.url}/snap.jpg", every=0.2)
    frames = source.frames()
    next(frames)
    camera.takes = 1.0
    next(frames)
    camera.takes = 0.0
    slow = len(camera.asked)
    for _ in range(3):
        next(frames)
    source.close()
    assert (np.diff(camera.asked[slow:]) > 0.15).all()


def test_one_that_fails_is_asked_again_and_said_once(camera: Camera) -> None:
    said: list[str] = []
    source = open_source(f"{camera.url}/snap.jpg", every=0.05, say=said.append)
    frames = source.frames()
    next(frames)
    camera.reply = None
    threading.Timer(0.5, lambda: setattr(camera, "reply", jpeg(12))).start()
    next(frames)
    source.close()
    assert [line.split(": ")[1] for line in said] == ["lost", "back"]
    assert "503" in said[0]
    assert len(camera.asked) <= 7, "what is lost is asked less and less often"


@pytest.mark.parametrize("reply", [None, b"no picture"])
def test_one_that_never_gave_a_picture_is_an_error(camera: Camera, reply: bytes | None) -> None:
    camera.reply = reply
    with pytest.raises(SourceError) as caught:
        next(open_source(camera.url, every=1.0).frames())
    assert caught.value.reason


@pytest.mark.parametrize("address", ["snapshot.jpg", "cgi-bin/snapshot?channel=1"])
@pytest.mark.parametrize("size", [10, 400])
def test_the_address_of_a_picture_without_every_is_refused(camera: Camera, address: str, size: int) -> None:
    """As a video it would end after one frame, and as a stream be lost after each."""
    noise = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    camera.reply = cv2.imencode(".jpg", noise)[1].tobytes()
    for wait in (False, True):
        with pytest.raises(SourceError, match="every"):
            open_source(f"{camera.url}/{address}", wait=wait)


def test_only_web_addresses_have_snapshots() -> None:
    with pytest.raises(SourceError, match="at an http or https address"):
        open_source("gate.mp4", every=1.0)


def test_an_mjpeg_stream_without_its_first_boundary(camera: Camera) -> None:
    source = open_source(f"{camera.url}/mjpeg", timeout=5)
    sizes = set()
    for number, one in enumerate(source.frames()):
        sizes.add(one.picture.shape)
        if number == 5:
            source.close()
            break
    assert sizes == {frame(None).shape}


def test_nobody_there_is_an_error_and_with_wait_a_line() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/snap.jpg"
    with pytest.raises(SourceError, match="refused"):
        next(open_source(url, every=0.1).frames())
    said: list[str] = []
    source = open_source(url, every=0.1, wait=True, say=said.append)
    threading.Timer(0.5, source.close).start()
    assert list(source.frames()) == []
    assert len(said) == 1
