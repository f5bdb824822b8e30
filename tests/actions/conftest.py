"""Receivers of all kinds, each a real one: a broker, an HTTP server, an SMTP server."""

import json
import queue
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from numberplate.actions import Actions
from numberplate.configuration import Configuration
from numberplate.sightings import Sightings

PATIENCE = 60.0
"""Seconds after which what should have come will not."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """An HTTP server that keeps what is posted. `replies`: statuses, or status and headers, to give first.

    `pause`: seconds that it takes for each.
    With files of a certificate and its key it speaks HTTPS.
    """

    def __init__(self, cert: Path | None = None, key: Path | None = None) -> None:
        self.requests: list[Request] = []
        self.replies: list[int | tuple[int, dict[str, str]]] = []
        self.pause = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                reply = receiver.replies.pop(0) if receiver.replies else 200
                status, headers = reply if isinstance(reply, tuple) else (reply, {})
                receiver.requests.append(Request(self.path, dict(self.headers), body))
                time.sleep(receiver.pause)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if cert is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(cert, key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if cert else ''}://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


def certificate(folder: Path) -> None:
    """cert.pem and key.pem of 127.0.0.1, which are trusted where somebody says so."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    make += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem")]
    subprocess.run([*make, "-out", str(folder / "cert.pem")], check=True, capture_output=True)


class Broker:
    """mosquitto, which can be stopped and started again. `lines`: more of its configuration.

    It keeps what its clients subscribed to: of two that come back, either may be the first.
    """

    def __init__(self, folder: Path, lines: str = "") -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._file.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\n{lines or 'allow_anonymous true'}\n"
            f"persistence true\npersistence_location {folder}/\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        path = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = subprocess.Popen(
            [path, "-c", str(self._file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

        def answers() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until(answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


class Wire:
    """What lies between us and a broker: it passes on what comes, after `delay` seconds for a connection.

    While it is `cut`, nothing comes through, and no end of it notices.
    """

    def __init__(self, port: int) -> None:
        self.delay, self.cut = 0.0, False
        self._to = port
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self) -> None:
        """Those who are connected notice that they were cut off, and may connect again."""
        self.cut = False
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):  # the other end was closed before
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._listener.close()
        self.mend()

    def _accept(self) -> None:
        with suppress(OSError):  # until it is closed
            while True:
                end, _ = self._listener.accept()
                time.sleep(self.delay)
                other = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [end, other]
                for one, two in ((end, other), (other, end)):
                    threading.Thread(target=self._pass, args=(one, two), daemon=True).start()

    def _pass(self, one: socket.socket, two: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if not self.cut:
                    two.sendall(data)
            two.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(broker: "Broker") -> Iterator[Wire]:
    one = Wire(broker.port)
    yield one
    one.close()


def has_mosquitto() -> bool:
    return shutil.which("mosquitto") is not None or Path("/usr/sbin/mosquitto").exists()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    pytest.importorskip("paho.mqtt.client", reason="needs the extra mqtt")
    if not has_mosquitto():
        pytest.skip("needs mosquitto, which .ci/run installs")
    one = Broker(tmp_path)
    one.start()
    yield one
    one.stop()


@dataclass
class Message:
    topic: str
    payload: bytes
    retain: bool

    def json(self) -> Any:
        return json.loads(self.payload)


class Subscriber:
    """A client that keeps what the broker sends it, and goes on after the broker was away."""

    def __init__(self, port: int, topic: str = "#", **login: str) -> None:
        import paho.mqtt.client as paho
        from paho.mqtt.enums import CallbackAPIVersion

        name = f"subscriber-{uuid4().hex}"
        self.messages: list[Message] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self.client.reconnect_delay_set(1, 1)
        subscribed: queue.Queue[None] = queue.Queue()
        self.client.on_connect = lambda client, *_: client.subscribe(topic, 1)
        self.client.on_subscribe = lambda *_: subscribed.put(None)
        self.client.on_message = lambda _, __, m: self.messages.append(Message(m.topic, m.payload, m.retain))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        subscribed.get(timeout=PATIENCE)

    def of(self, topic: str) -> list[Message]:
        return [message for message in list(self.messages) if message.topic == topic]

    def wait(self, topic: str, count: int = 1) -> list[Message]:
        wait_until(lambda: len(self.of(topic)) >= count)
        return self.of(topic)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def subscriber(broker: Broker) -> Iterator[Subscriber]:
    one = Subscriber(broker.port)
    yield one
    one.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Sightings]:
    with Sightings(tmp_path / "sightings.db") as opened:
        yield opened


def configuration(**tables: Any) -> Configuration:
    """As from a file with these tables."""
    return Configuration.model_validate(tables)


@contextmanager
def at_work(store: Sightings, folder: Path | None = None, **tables: Any) -> Iterator[Actions]:
    """Actions that follow the store; they have begun when this goes on."""
    actions = Actions(configuration(**tables), store, folder)
    thread = threading.Thread(target=actions.run)
    thread.start()
    try:
        wait_until(lambda: all(store.progress.after(name) is not None for name in actions.targets))
        yield actions
    finally:
        actions.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()
