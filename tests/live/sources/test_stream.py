"""Streams from real servers on this machine, which go away and come back."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest

from numberplate.live.session import Watch
from numberplate.live.sources import stream
from numberplate.live.sources.base import Source
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.opening import open_source
from numberplate.live.sources.stream import Stream

from ..conftest import RATE, frame

OUTAGE = 10.0


class Camera:
    """An MJPEG camera over HTTP, at a port that stays its own; each connection sees what is there now."""

    def __init__(self, rate: float = RATE) -> None:
        self.place: tuple[int, int] | None = None
        self.rate = rate
        self.garbled = False
        self.connections = 0
        self._server: ThreadingHTTPServer | None = None
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video"

    def start(self) -> None:
        camera, running = self, threading.Event()
        running.set()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                while running.is_set():
                    picture = cv2.cvtColor(frame(camera.place), cv2.COLOR_RGB2BGR)
                    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
                    if camera.garbled:
                        jpeg = b"\xff\xd8" + b"no picture" * 50 + b"\xff\xd9"
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    try:
                        self.wfile.write(head.encode() + jpeg + b"\r\n")
                    except OSError:
                        return
                    time.sleep(1 / camera.rate)

            def log_message(self, *_: object) -> None:
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._running = running
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def stop(self) -> None:
        if self._server is not None:
            self._running.clear()
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def camera() -> Iterator[Camera]:
    made = Camera()
    made.start()
    yield made
    made.stop()


class Listener:
    """Takes the frames of a stream in a thread, with the time of each."""

    def __init__(self, source: Source) -> None:
        self.times: list[float] = []
        self.source = source
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for _ in self.source.frames():
            self.times.append(time.monotonic())

    def wait_for(self, count: int, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while len(self.times) < count:
            assert time.monotonic() < end, f"{len(self.times)} of {count} frames in {seconds} s"
            time.sleep(0.02)

    def wait_until_lost(self, said: list[str], seconds: float = 20.0) -> None:
        """What was on its way when a stream ends still comes: its next frames count from here."""
        end = time.monotonic() + seconds
        while not any("lost" in line for line in said):
            assert time.monotonic() < end, f"not lost in {seconds} s: {said}"
            time.sleep(0.02)

    def close(self) -> None:
        self.source.close()
        self._thread.join(15)
        assert not self._thread.is_alive()


def test_a_stream_that_stops_for_ten_seconds_costs_only_those(camera: Camera, weights: Path) -> None:
    said: list[str] = []
    camera.place = (15, 10)
    sightings, times = [], []

    def note(*_: object) -> None:
        times.append(time.monotonic())

    source = open_source(camera.url, timeout=3, say=said.append)
    watch = Watch([source], weights, report_after=2.0, on_frame=note)
    runner = threading.Thread(target=lambda: sightings.extend(watch.run()), daemon=True)
    runner.start()
    time.sleep(4)
    camera.stop()
    stopped = time.monotonic()
    time.sleep(OUTAGE)
    camera.start()
    back = time.monotonic()
    time.sleep(5)
    watch.stop()
    runner.join(15)
    assert not runner.is_alive()
    before = [t for t in times if t < stopped]
    after = [t for t in times if t > back]
    assert before
    assert after
    # A pause is at most a tenth of the time it was away; the rest is for connecting.
    assert after[0] - back < OUTAGE / 10 + 2.0
    (summary,) = watch.summaries()
    assert summary.error is None
    assert summary.counters.processed == len(times)
    assert summary.counters.read == summary.counters.processed + summary.counters.dropped
    assert "lost" in said[0]
    assert "back after" in said[-1]
    # The car was there before and after: it is the same.
    assert [s.text for s in sightings] == ["AB123"]
    assert summary.vehicles == 1


def test_one_who_waits_at_a_stream_is_told_before_hold_is_over(camera: Camera, weights: Path) -> None:
    camera.place = None
    watch = Watch([open_source(camera.url, timeout=3)], weights, hold=3600.0)
    reported = watch.run()

    def drive() -> None:
        for column in range(9, 30):
            camera.place = (column, 10)
            time.sleep(0.2)
        camera.place = None

    threading.Timer(2.0, drive).start()
    sighting = next(reported)
    assert (sighting.text, sighting.direction) == ("AB123", "right")
    watch.stop()
    assert list(reported) == []


def test_a_slow_taker_drops_frames_and_gets_new_ones(weights: Path) -> None:
    camera = Camera(rate=100)
    camera.start()
    ages = []

    def slow(_: object, image: Frame, __: object) -> None:
        ages.append(time.time() - image.time.timestamp())
        time.sleep(0.2)
        if len(ages) == 10:
            watch.stop()

    watch = Watch([open_source(camera.url, timeout=3)], weights, on_frame=slow)
    assert list(watch.run()) == []
    camera.stop()
    (summary,) = watch.summaries()
    frames = summary.counters
    assert frames.dropped > frames.processed
    assert frames.read == frames.processed + frames.dropped
    # One is detected while the one before is followed: it is at most two turns old.
    assert max(ages[2:]) < 2.0


def test_a_stream_that_hangs_is_lost_and_tried_again(camera: Camera) -> None:
    said: list[str] = []
    listener = Listener(open_source(camera.url, timeout=1.0, say=said.append))
    listener.wait_for(3)
    camera.rate = 0.25  # no frame for four seconds, but the connection stays
    time.sleep(2.5)
    camera.rate = RATE
    camera._running.clear()
    camera.stop()
    camera.start()
    count = len(listener.times)
    listener.wait_for(count + 5)
    listener.close()
    assert any("no answer in time" in line for line in said)
    assert camera.connections >= 2


def test_pauses_between_attempts_grow_to_a_longest(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that was away for a night is watched soon after it is back."""
    monkeypatch.setattr(stream, "_PAUSE", 1e4)  # as after a much longer time
    monkeypatch.setattr(stream, "_LONGEST", 0.5)
    said: list[str] = []
    listener = Listener(open_source(camera.url, timeout=2.0, say=said.append))
    listener.wait_for(3)
    camera.stop()
    listener.wait_until_lost(said)
    time.sleep(3)
    camera.start()
    listener.wait_for(len(listener.times) + 3)
    listener.close()


def test_a_stream_of_what_cannot_be_decoded_is_lost_and_tried_again(camera: Camera) -> None:
    said: list[str] = []
    listener = Listener(open_source(camera.url, timeout=0.5, say=said.append))
    listener.wait_for(3)
    camera.garbled = True
    listener.wait_until_lost(said)
    assert said[0].endswith("lost: nothing that can be decoded; trying again")
    camera.garbled = False
    listener.wait_for(len(listener.times) + 3)
    assert camera.connections >= 2
    # It does not wait for a frame to end either.
    camera.garbled = True
    began = time.monotonic()
    listener.close()
    assert time.monotonic() - began < 2.5


def test_one_that_is_not_there_yet_can_be_waited_for() -> None:
    camera = Camera()
    said: list[str] = []
    source = open_source(camera.url, timeout=2, wait=True, say=said.append)
    assert isinstance(source, Stream)
    listener = Listener(source)
    time.sleep(1.0)
    camera.start()
    listener.wait_for(3)
    listener.close()
    camera.stop()
    assert "Connection refused" in said[0]
    assert "back after" in said[-1]


SERVER = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=true "
                   "! video/x-raw,format=I420,width=320,height=160,framerate=10/1 "
                   "! jpegenc ! rtpjpegpay name=pay0 )")
factory.set_shared(True)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


def _python_with_rtsp_server() -> str | None:
    """Debian's Python, whose packages the server's bindings are."""
    python = shutil.which("python3", path="/usr/bin")
    check = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer;"
    )
    check += "Gst.init(None); exit(not all(map(Gst.ElementFactory.find, ('jpegenc', 'rtpjpegpay'))))"
    found = python and subprocess.run([python, "-c", check], capture_output=True).returncode == 0
    return python if found else None


@contextmanager
def rtsp_server(python: str, port: int) -> Iterator[None]:
    with subprocess.Popen([python, "-c", SERVER, str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.kill()


def test_rtsp_over_tcp_comes_back() -> None:
    python = _python_with_rtsp_server()
    if python is None:
        pytest.skip("no RTSP server: apt-get install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good")
    port = Camera().port
    said: list[str] = []
    with rtsp_server(python, port):
        source = open_source(f"rtsp://127.0.0.1:{port}/camera", timeout=3, say=said.append)
        listener = Listener(source)
        listener.wait_for(10)
        assert source.live
    listener.wait_until_lost(said)
    count = len(listener.times)
    with rtsp_server(python, port):
        back = time.monotonic()
        listener.wait_for(count + 10)
        listener.close()
    assert any("back after" in line for line in said)
    assert listener.times[count] - back < 8.0
