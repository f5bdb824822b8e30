"""The installed command: started, used and stopped as a person or a service manager does it."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from multiprocessing import active_children
from pathlib import Path

import httpx
import pytest

from numberplate.reading import WeightsError
from numberplate.server import create_app, load_settings
from numberplate.server.tokens import digest
from numberplate.sightings import SightingsError

from .conftest import CAR, TEXT, StartServer

COMMAND = [sys.executable, "-c", "from numberplate.cli import main; main()", "serve"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [*COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)


def begin_upload(port: int, whole: bytes, sent: int, path: str = "/api/read") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
    connection.sendall(f"{head}Content-Length: {len(whole)}\r\n\r\n".encode() + whole[:sent])
    return connection


def reply_of(connection: socket.socket) -> bytes:
    data = b""
    while chunk := connection.recv(1 << 16):
        data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        if body and head.lower().find(f"content-length: {len(body)}".encode()) >= 0:
            break
    return data


def test_device_that_is_missing() -> None:
    for name, words in (("abacus", "no such device"), ("migraphx", "this ONNX Runtime has no MIGraphX")):
        done = run("--device", name, "--port", "0", "--database", "none")
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"numberplate: {name}: {words}")


def test_stop_finishes_what_was_accepted(start_server: StartServer) -> None:
    server = start_server()
    connection = begin_upload(server.port, CAR, len(CAR) // 2)
    time.sleep(0.3)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/healthz")
    connection.sendall(CAR[len(CAR) // 2 :])
    reply = reply_of(connection)
    assert reply.startswith(b"HTTP/1.1 200")
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["plates"][0]["text"] == TEXT
    connection.close()
    assert server.process.wait(20) == 0


def test_upload_that_is_slow_is_refused_and_others_are_not_held_up(start_server: StartServer) -> None:
    server = start_server("--upload-seconds", 1, "--workers", 1, "--queue", 0)
    slow = begin_upload(server.port, CAR, 10)
    quick = httpx.post(f"{server.url}/v1/vision/alpr", files={"upload": ("car.png", CAR)})
    assert quick.json()["predictions"][0]["plate"] == TEXT
    reply = reply_of(slow)
    assert reply.startswith(b"HTTP/1.1 408")
    assert b"did not arrive within 1 s" in reply
    slow.close()


def test_client_that_goes_leaves_no_trace(start_server: StartServer) -> None:
    server = start_server("--workers", 1, "--queue", 1)
    for sent in (0, 10, len(CAR)):
        for _ in range(5):
            begin_upload(server.port, CAR, sent).close()
    until = time.monotonic() + 10
    while "numberplate_accepted_pictures 0.0" not in httpx.get(f"{server.url}/metrics").text:
        assert time.monotonic() < until
        time.sleep(0.1)
    reply = httpx.post(f"{server.url}/api/read", content=CAR, headers={"Content-Type": "image/png"})
    assert reply.json()["plates"][0]["text"] == TEXT


def test_large_body_that_is_refused_gets_its_reply(start_server: StartServer) -> None:
    server = start_server("--max-upload-megabytes", 1)
    body = bytes(5_000_000)
    reply = httpx.post(f"{server.url}/v1/plate-reader/", files={"upload": ("big.jpg", body)})
    assert (reply.status_code, reply.json()["status_code"]) == (413, 413)

    def chunks() -> object:  # without a stated length
        for _ in range(50):
            yield bytes(100_000)

    reply = httpx.post(f"{server.url}/api/read", content=chunks(), headers={"Content-Type": "image/png"})  # type: ignore[arg-type]
    assert reply.status_code == 413


def test_log_has_no_plates_and_nothing_searched_for(start_server: StartServer, tmp_path: Path) -> None:
    for flags, told in (([], False), (["--log-plates", "--log-format", "json"], True)):
        server = start_server("--database", tmp_path / "gate.db", *flags)
        httpx.post(f"{server.url}/api/read", content=CAR, headers={"Content-Type": "image/png"})
        httpx.get(f"{server.url}/api/sightings", params={"text": "SECRET1"})
        httpx.get(f"{server.url}/SECRET1")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) == 0
        log = (tmp_path / "log").read_text()
        assert "/api/read" in log
        assert "SECRET1" not in log
        assert (TEXT in log) is told
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (read,) = [line for line in lines if line.get("route") == "/api/read"]
    assert (read["status"], read["plates"], read["level"]) == (200, [TEXT], "INFO")


def test_new_token() -> None:
    done = run("--new-token")
    token, shown = (line.split()[1] for line in done.stdout.splitlines()[:2])
    assert digest(token) == shown
    assert run("--new-token").stdout != done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--role", "read"], 2, "--role: is of a new token"),
        (["--expires", "2127-01-31"], 2, "--expires: is of a new token"),
        (["--new-token", "--expires", "2020-01-31"], 2, "--expires: 2020-01-31 has passed"),
        (["--new-token", "--expires", "soon"], 1, "expected a day such as 2027-01-31, got 'soon'"),
        (["--new-token", "--role", "king"], 1, "expected roles of read, write, admin, got 'king'"),
    ],
)
def test_no_token_is_made_that_nobody_asked_for(arguments: list[str], code: int, reason: str) -> None:
    done = run(*arguments, "--port", "0", "--database", "none")
    assert (done.returncode, done.stdout) == (code, "")
    assert reason in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--host", "0.0.0.0"], "tokens are needed"),
        (["--config", "nowhere.toml"], "nowhere.toml: no such file"),
        (["--weights", "nowhere"], "nowhere"),
        (["--regions", "narnia"], "no region 'narnia'"),
        (["--database", "nowhere/at/all/gate.db"], "nowhere/at/all"),
        (["--tls-certificate", "no.pem", "--tls-key", "no.pem"], "no.pem"),
        (["--host", "203.0.113.1", "--tokens", "0" * 64], "203.0.113.1, port 8000: "),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(arguments: list[str], reason: str) -> None:
    if "--database" not in arguments:
        arguments = [*arguments, "--database", "none"]
    done = run(*arguments)
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("numberplate: ")


def test_missing_extra_is_named() -> None:
    without = "import sys; sys.modules['fastapi'] = None\nfrom numberplate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "serve"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert "pip install 'numberplate[server]'" in done.stderr


def test_what_cannot_be_served_leaves_nothing_running(weights: Path, tmp_path: Path) -> None:
    settings = {"database": str(tmp_path / "gate.db"), "keep_uploads": True, "workers": 1}
    processes, threads = active_children(), threading.enumerate()
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SightingsError, match="file"):
        create_app(load_settings(**settings, weights=weights, waiting=file))
    with pytest.raises(WeightsError):
        create_app(load_settings(**settings, weights=tmp_path))
    assert active_children() == processes
    assert [thread for thread in threading.enumerate() if thread not in threads] == []
