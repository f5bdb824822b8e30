"""The server with networks whose answers are known: it finds a plate, AB123, around each red cell."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

from numberplate.server import create_app, load_settings

from ..reading.conftest import save_detector, save_recognizer

TEXT = "AB123"

MakeClient = Callable[..., TestClient]
StartServer = Callable[..., "Server"]


def picture(*cells: tuple[int, int], width: int = 320, height: int = 160) -> bytes:
    """A PNG, black but for the red cells at these rows and columns, of 8×8 pixels."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for row, column in cells:
        pixels[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = 0, 0, 255
    return cv2.imencode(".png", pixels)[1].tobytes()


CAR = picture((8, 16))
EMPTY = picture(width=720)  # wider than what may be a plate and nothing else


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    save_detector(folder)
    save_recognizer(folder, TEXT)
    return folder


@pytest.fixture
def make_client(weights: Path) -> Iterator[MakeClient]:
    """A client of a server with these settings; without a database, if none is given."""
    with ExitStack() as stack:

        def make(**flags: object) -> TestClient:
            app = create_app(
                load_settings(**({"weights": weights, "database": "none", "workers": 2} | flags))
            )
            client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


@dataclass
class Server:
    """The installed command, in a process of its own."""

    process: subprocess.Popen
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def start_server(weights: Path, tmp_path: Path) -> Iterator[StartServer]:
    with starting(weights, tmp_path) as start:
        yield start


@contextmanager
def starting(weights: Path, tmp_path: Path) -> Iterator[StartServer]:
    """What starts servers; those that it started end with the block."""
    started: list[subprocess.Popen] = []

    def start(*flags: object, files: int | None = None) -> Server:
        """`files`: that it may have open."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-c", "from numberplate.cli import main; main()", "serve"]
        given = ["--port", port, "--weights", weights, *flags]
        if "--database" not in given:
            given += ["--database", "none"]
        if files is not None:
            command = ["bash", "-c", f'ulimit -n {files}; exec "$@"', "bash", *command]
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen([*command, *map(str, given)], stderr=log)
        started.append(process)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert process.poll() is None, (tmp_path / "log").read_text()
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return Server(process, port)
        raise AssertionError("the server did not start")

    try:
        yield start
    finally:
        for process in started:
            process.terminate()
            process.wait(20)
