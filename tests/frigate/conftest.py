"""A real broker, an HTTP server that answers as Frigate does, and networks whose answers are known."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import cv2
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ..live.conftest import frame, passing, save_weights, write_video

BROKER = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")

TEXT = "AB123"
PATIENCE = 60.0
"""Seconds after which what should have come will not; a busy machine takes its time."""


def wait_until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks that read AB123 on every red cell."""
    return save_weights(tmp_path_factory.mktemp("frigate") / "weights")


def snapshot(place: tuple[int, int] | None = (16, 10), size: tuple[int, int] = (336, 480)) -> bytes:
    """A picture with a plate there, or with none. Frigate sends JPEG; what has no loss is read as well."""
    return cv2.imencode(".png", frame(place, size)[:, :, ::-1])[1].tobytes()


class FakeFrigate:
    """Answers as Frigate 0.16 does. `snapshots`, `clips`: of events; what has none is not found.

    `user`: whose session is asked for. `old`: without a place for plates, as before 0.16.
    """

    def __init__(self) -> None:
        self.snapshots: dict[str, bytes] = {}
        self.clips: dict[str, bytes] = {}
        self.events: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.user: dict[str, str] | None = None
        self.old = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _is_let_in(self) -> bool:
                if outer.user is None or "frigate_token=good" in self.headers.get("Cookie", ""):
                    return True
                self._reply(401, b"{}")
                return False

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                if not self._is_let_in():
                    return
                if self.path.startswith("/api/events?"):
                    self._reply(200, json.dumps(outer.listed(self.path)).encode())
                    return
                _, _, _, event, name = self.path.partition("?")[0].split("/")
                found = (outer.snapshots if name == "snapshot.jpg" else outer.clips).get(event)
                if found is None:
                    status = 404 if name == "snapshot.jpg" else 400
                    self._reply(status, b'{"success": false, "message": "No recordings found"}')
                else:
                    self._reply(200, found)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/api/login":
                    right = body == outer.user
                    cookie = ("Set-Cookie", "frigate_token=good; Path=/; HttpOnly")
                    self._reply(200 if right else 401, b"{}", *([cookie] if right else []))
                    return
                if not self._is_let_in():
                    return
                if outer.old and self.path.endswith("/recognized_license_plate"):
                    self._reply(404, b"{}")
                    return
                outer.posted.append((self.path, body))
                self._reply(200, b'{"success": true}')

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()

    def listed(self, path: str) -> list[dict[str, Any]]:
        """The events that a request to /api/events asks for: the newest first, 100 if no limit is given."""
        asked = dict(parse_qsl(urlsplit(path).query))
        found = sorted(self.events, key=lambda event: -event["start_time"])
        for name, key in (("cameras", "camera"), ("labels", "label")):
            if asked.get(name, "all") != "all":
                found = [event for event in found if event[key] in asked[name].split(",")]
        after, before = float(asked.get("after", 0)), float(asked.get("before", "inf"))
        found = [event for event in found if after < event["start_time"] < before]
        return found[: int(asked.get("limit", 100))]

    def told(self, what: str) -> list[dict[str, Any]]:
        """What was posted to these addresses of events, in order."""
        return [body for path, body in self.posted if path.endswith(f"/{what}")]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def frigate() -> Iterator[FakeFrigate]:
    one = FakeFrigate()
    yield one
    one.close()


class Broker:
    """mosquitto, with a client that publishes as Frigate and hears what is published."""

    def __init__(self, folder: Path):
        if BROKER is None:
            pytest.skip("needs mosquitto (Debian: mosquitto)")
        self.port = free_port()
        self.messages: list[tuple[str, Any, bool]] = []
        settings = folder / "mosquitto.conf"
        settings.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._command = [BROKER, "-c", str(settings)]
        self.start()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_message = self._hear
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._client.connect("127.0.0.1", self.port)
                break
            except OSError:
                assert time.monotonic() < end, "mosquitto did not start"
                time.sleep(0.02)
        self._client.loop_start()

    def start(self) -> None:
        """Also after `stop`, with nothing of what it was told before."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """As if its machine was restarted; clients come back by themselves."""
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _hear(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        try:
            value = json.loads(message.payload)
        except ValueError:
            value = message.payload.decode()
        self.messages.append((message.topic, value, message.retain))

    def publish(self, topic: str, message: Any) -> None:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self._client.publish(topic, payload, 1).wait_for_publish(PATIENCE)

    def plates(self) -> list[dict[str, Any]]:
        """What the bridge has published."""
        return [value for topic, value, _ in self.messages if topic.endswith("/plate_recognizer")]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.close()


def changed(kind: str = "new", id: str = "1607123955.475377-mxklsc", **after: Any) -> dict[str, Any]:
    """A message of frigate/events, as Frigate's documentation has it."""
    state = {
        "id": id,
        "camera": "driveway",
        "frame_time": 1607123961.837752,
        "snapshot": {"frame_time": 1607123961.837752, "box": [424, 500, 536, 712], "attributes": []},
        "label": "car",
        "sub_label": None,
        "top_score": 0.958984375,
        "false_positive": False,
        "start_time": 1607123955.475377,
        "end_time": 1607123970.1 if kind == "end" else None,
        "score": 0.7890625,
        "box": [424, 500, 536, 712],
        "current_zones": ["gate"],
        "entered_zones": ["yard", "gate"],
        "has_snapshot": True,
        "has_clip": False,
        "stationary": False,
        "recognized_license_plate": None,
    }
    return {"type": kind, "before": state, "after": state | after}


def stored(id: str, start: float, end: float | None, **values: Any) -> dict[str, Any]:
    """An event as /api/events of Frigate 0.16 has it."""
    return {
        "id": id,
        "label": "car",
        "sub_label": None,
        "camera": "driveway",
        "start_time": start,
        "end_time": end,
        "false_positive": None,
        "zones": ["yard", "gate"],
        "thumbnail": None,
        "has_clip": False,
        "has_snapshot": True,
        "retain_indefinitely": False,
        "plus_id": None,
        "model_hash": None,
        "detector_type": None,
        "model_type": None,
        "data": {
            "box": [0.2, 0.5, 0.1, 0.2],
            "region": [0.1, 0.4, 0.3, 0.5],
            "score": 0.79,
            "top_score": 0.96,
            "attributes": [],
            "type": "object",
            "max_severity": "alert",
        },
    } | values


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    """A plate that crosses the picture."""
    return write_video(tmp_path / "clip.mkv", passing()).read_bytes()
