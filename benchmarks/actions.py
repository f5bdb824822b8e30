"""How long after a vehicle's last frame its message is there.

Needs the extras `live` and `mqtt`, and mosquitto.

    python benchmarks/actions.py                          both
    python benchmarks/actions.py --only kept --count 500  from the database on

A camera is an MJPEG stream over HTTP, which shows the cars of samples/ one after the other, each moving for
`--seconds`, with an empty frame between them for a second longer. `numberplate run` watches it, as it comes
or with `--camera 'hold = "0.5s"'`, with a broker (mosquitto) and a webhook, all on this machine and over
loopback. Printed are p50 and p99 in milliseconds:

- frame: from when the last frame that shows a vehicle was sent to when the message arrived, by MQTT and by
  the webhook. The time that a vehicle has to be out of sight before it is reported, `sure_after` or `hold`,
  is in it.
- kept: from when a sighting was on the disk (`Sightings.add` returned) to when the message arrived; so many
  are added 20 times a second.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from numberplate.results.plate import Candidate, Character
from numberplate.results.sighting import Sighting
from numberplate.sightings import Sightings

SAMPLES = Path(__file__).parents[1] / "samples"
RATE = 15
SIZE = (1280, 720)


class Receiver:
    """A webhook's receiver: when what came."""

    def __init__(self) -> None:
        self.came: list[tuple[float, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((time.time(), json.loads(body)))
                self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Camera:
    """An MJPEG stream. `last`: for each car the time when its last frame was sent; `done` once all were."""

    def __init__(self, cars: int, seconds: float) -> None:
        self.last: list[float] = []
        self.done = threading.Event()
        # Samples are read right whatever they are; each is one car, and every pass is another visit.
        pictures = [cv2.imread(str(path)) for path in sorted(SAMPLES.glob("*.jpg"))]
        empty = jpeg(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
        count = round(RATE * seconds)
        passes = [[jpeg(moved(picture, i / count)) for i in range(count)] for picture in pictures]
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                due = time.monotonic()

                def send(frame: bytes) -> None:
                    nonlocal due
                    due += 1 / RATE
                    time.sleep(max(0.0, due - time.monotonic()))
                    self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
                    self.wfile.write(f"Content-Length: {len(frame)}\r\n\r\n".encode() + frame + b"\r\n")

                try:
                    for i in range(cars + 1):
                        for _ in range(round(RATE * (seconds + 1))):
                            send(empty)
                        if i == cars:
                            camera.done.set()
                            continue
                        for frame in passes[i % len(passes)]:
                            send(frame)
                        camera.last.append(time.time())
                    while True:
                        send(empty)
                except OSError:
                    pass

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def moved(picture: np.ndarray, share: float) -> np.ndarray:
    """The picture on a frame of SIZE, so far on its way from left to right: as slowly as one walks."""
    frame = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    factor = min(0.8 * SIZE[0] / picture.shape[1], 0.95 * SIZE[1] / picture.shape[0])
    car = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    height, width = car.shape[:2]
    x, y = round(share * (SIZE[0] - width)), (SIZE[1] - height) // 2
    frame[y : y + height, x : x + width] = car
    return frame


def jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A mosquitto of its own."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    process = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL)
    time.sleep(1)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def subscribe(port: int, topic: str) -> list[tuple[float, Any]]:
    """What comes, with when it came."""
    came: list[tuple[float, Any]] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="benchmark")
    client.on_message = lambda _, __, message: came.append((time.time(), json.loads(message.payload)))
    client.connect("127.0.0.1", port)
    client.subscribe(topic, 1)
    client.loop_start()
    return came


@contextmanager
def running(folder: Path, text: str) -> Iterator[Path]:
    """`numberplate run` with that configuration."""
    file = folder / "numberplate.toml"
    file.write_text(f'database = "sightings.db"\n{text}')
    command = [sys.executable, "-m", "numberplate", "run", "--config", str(file)]
    process = subprocess.Popen(command)
    try:
        yield folder / "sightings.db"
    finally:
        process.terminate()
        process.wait()


def table(port: int, receiver: Receiver) -> str:
    url = f"http://127.0.0.1:{receiver.server.server_port}/"
    return (
        f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\n'
        f'[[action]]\nname = "tell"\nwebhook = {{ url = "{url}" }}\n'
    )


def report(name: str, waits: list[float], wanted: int) -> None:
    if not waits:
        print(f"{name:<16} none of {wanted} came")
        return
    p50, p99 = np.percentile(np.array(waits) * 1000, [50, 99])
    print(f"{name:<16} {len(waits):>4} of {wanted:<4} p50 {p50:6.0f} ms   p99 {p99:6.0f} ms")


def after_last_frame(folder: Path, cars: int, seconds: float, options: str, verbose: bool) -> None:
    with broker(folder) as port:
        receiver, camera = Receiver(), Camera(cars, seconds)
        came = subscribe(port, "numberplate/gate/sighting")
        source = f"http://127.0.0.1:{camera.server.server_port}/stream"
        text = f'[[camera]]\nname = "gate"\nsource = "{source}"\n{options}\n'
        with running(folder, text + table(port, receiver)):
            camera.done.wait(60 + cars * (2 * seconds + 2))
            time.sleep(3)
        for name, arrived in (("frame, MQTT", came), ("frame, webhook", receiver.came)):
            waits = []
            for last in camera.last:
                # Of each car the first message after its last frame, before the next car's.
                found = [
                    (when - last, value) for when, value in arrived if 0 <= when - last < 2 * seconds + 1
                ]
                waits += [wait for wait, _ in found[:1]]
                for wait, value in found[:1] if verbose else []:
                    one = value["sighting"]
                    facts = (one["text"], one["confidence"], one["frames"], one["direction"])
                    print(f"  {1000 * wait:6.0f} ms", *facts)
            report(name, waits, cars)


def after_it_was_kept(folder: Path, count: int) -> None:
    with broker(folder) as port:
        receiver = Receiver()
        came = subscribe(port, "numberplate/gate/sighting")
        rng = np.random.default_rng(0)
        frame = rng.integers(0, 256, (720, 1280, 3), np.uint8)
        kept: dict[int, float] = {}
        with running(folder, table(port, receiver)) as database:
            with Sightings(database) as store:
                while store.progress.after("tell") is None:
                    time.sleep(0.1)
                time.sleep(1)
                for i in range(count):
                    text, now = f"AB{i:05d}", datetime.now(UTC)
                    one = Sighting(
                        source="gate",
                        text=text,
                        confidence=0.9,
                        characters=tuple(Character(c, 0.98) for c in text),
                        candidates=(Candidate(text, 0.9),),
                        regions=(),
                        first_seen=now,
                        last_seen=now,
                        frames=9,
                        corners=np.array([(1, 2), (50, 2), (50, 12), (1, 12)], np.float32),
                        path=np.zeros((9, 2), np.float32),
                        direction="towards",
                        picture=frame,
                        crop=frame[:60, :240],
                    )
                    stored = store.add(one)
                    kept[stored.id] = time.time()
                    time.sleep(0.05)
            time.sleep(3)
        for name, arrived in (("kept, MQTT", came), ("kept, webhook", receiver.came)):
            waits = [max(0.0, when - kept[value["sighting"]["id"]]) for when, value in arrived]
            report(name, waits, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=["frame", "kept"])
    parser.add_argument("--cars", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0, help="for which a car is in sight")
    parser.add_argument("--camera", default="", metavar="TOML", help="more of the table [[camera]]")
    parser.add_argument("--verbose", action="store_true", help="print what was seen of each car")
    parser.add_argument("--count", type=int, default=200, help="sightings that are added")
    given = parser.parse_args()
    for name in ("frame", "kept"):
        if given.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                if name == "frame":
                    after_last_frame(Path(folder), given.cars, given.seconds, given.camera, given.verbose)
                else:
                    after_it_was_kept(Path(folder), given.count)


if __name__ == "__main__":
    main()
