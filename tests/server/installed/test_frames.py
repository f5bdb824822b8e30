"""What a camera of the installation sees now."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from numberplate.pictures.decode import decode_picture
from numberplate.server import create_app, load_settings, new_token
from numberplate.server.installed.frames import CameraFrames
from numberplate.server.refusal import Refusal

from ...live.conftest import SIZE, write_video


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes a connection and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://user:S3CRET@127.0.0.1:{server.getsockname()[1]}/stream"


@pytest.fixture
def file(tmp_path: Path, silent: str) -> Path:
    """Of the cameras gate, a video; gone and silent, not to be seen; empty and text, which show nothing."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.mp4").write_text("no video")
    sources = {
        "gate": write_video(tmp_path / "gate.mkv", [(9, 10), (12, 10)]),
        "gone": "http://user:S3CRET@127.0.0.1:9/stream",
        "silent": silent,
        "empty": tmp_path / "empty",
        "text": tmp_path / "text.mp4",
    }
    path = tmp_path / "numberplate.toml"
    cameras = [f'[[camera]]\nname = "{name}"\nsource = "{source}"\n' for name, source in sources.items()]
    path.write_text("".join(cameras), encoding="utf-8")
    return path


@pytest.fixture
def start(weights: Path, file: Path) -> Iterator[Callable[..., TestClient]]:
    with ExitStack() as stack:

        def make(**flags: object) -> TestClient:
            app = create_app(load_settings(weights=weights, workers=1, **flags), file)
            return stack.enter_context(TestClient(app, base_url="http://localhost"))

        yield make


def test_one_frame_as_a_jpeg_the_same_for_a_moment(start: Callable[..., TestClient]) -> None:
    client = start()
    reply = client.get("/api/cameras/gate/frame.jpg")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
    assert reply.headers["cache-control"] == "no-store"
    assert decode_picture(reply.content).pixels.shape[:2] == SIZE
    assert client.get("/api/cameras/gate/frame.jpg").content == reply.content


def test_a_frame_of_some_seconds_ago_is_not_shown_again(file: Path, tmp_path: Path) -> None:
    frames = CameraFrames(file)
    before = frames.jpeg("gate")
    write_video(tmp_path / "gate.mkv", [(20, 14), (20, 14)])
    assert frames.jpeg("gate") == before
    time.sleep(2.2)
    assert frames.jpeg("gate") != before


@pytest.mark.parametrize(
    ("camera", "status", "reason"),
    [
        ("yard", 404, "no camera 'yard'"),
        ("gone", 502, "gone: "),
        ("empty", 502, "empty: "),
        ("text", 502, "text: not a video"),
    ],
)
def test_what_cannot_be_seen_says_why_and_no_secret(
    start: Callable[..., TestClient], camera: str, status: int, reason: str
) -> None:
    reply = start().get(f"/api/cameras/{camera}/frame.jpg")
    assert reply.status_code == status
    assert reply.json()["error"].startswith(reason)
    assert "S3CRET" not in reply.text


def test_a_file_that_cannot_be_used(start: Callable[..., TestClient], file: Path) -> None:
    client = start()
    file.write_text("[[camera]]\n")
    assert client.get("/api/cameras/gate/frame.jpg").status_code == 503


def test_it_takes_the_role_admin(start: Callable[..., TestClient]) -> None:
    tokens = {role: new_token() for role in ("read", "write", "admin")}
    client = start(tokens=[f"{digest}:{role}" for role, (_, digest) in tokens.items()])
    for role, (token, _) in tokens.items():
        reply = client.get("/api/cameras/gate/frame.jpg", headers={"Authorization": f"Token {token}"})
        assert reply.status_code == (200 if role == "admin" else 403)


def refused(frames: CameraFrames, name: str) -> int:
    with pytest.raises(Refusal) as refusal:
        frames.jpeg(name)
    return refusal.value.status


def test_one_that_says_nothing_is_waited_for_so_long_and_opened_once(file: Path) -> None:
    frames = CameraFrames(file, seconds=1.0)
    statuses: list[int] = []
    waiting = threading.Thread(target=lambda: statuses.append(refused(frames, "silent")))
    began = time.monotonic()
    waiting.start()
    time.sleep(0.3)
    assert refused(frames, "silent") == 503
    waiting.join()
    assert statuses[0] in (502, 504)
    assert time.monotonic() - began < 5
    assert frames.jpeg("gate")
