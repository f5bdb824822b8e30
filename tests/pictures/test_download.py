"""Pictures from addresses: against a real server on this machine."""

import base64
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from numberplate.pictures.addresses import local_path, shown_address
from numberplate.pictures.decode import PictureError, decode_picture, source_name
from numberplate.pictures.download import DownloadError, download

from .mutations import corpus

PICTURE = corpus()["jpeg"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in ("/moved", "/circle", "/away"):
            target = {"/moved": "/car.jpg", "/circle": "/circle", "/away": "ftp://127.0.0.1/car.jpg"}[
                self.path
            ]
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()
        elif self.path == "/slow":
            try:
                for _ in range(600):  # a header that never ends
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX: " if _ == 0 else b"y")
                    time.sleep(0.05)
            except OSError:
                pass  # it was given up
        elif self.path == "/slow-body":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):  # it was given up
                for _ in range(200):
                    self.wfile.write(b"y")
                    time.sleep(0.05)
        elif self.path == "/locked":
            known = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"user:a b").decode()
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(PICTURE)
        elif self.path == "/broken":
            self.send_response(200)
            self.send_header("Content-Length", str(2 * len(PICTURE)))
            self.end_headers()
            self.wfile.write(PICTURE)
        elif self.path.startswith("/named?"):
            self.send_response(200 if self.path == "/named?at=K%C3%B6ln%20%C3%9F&t=1|2" else 404)
            self.end_headers()
            self.wfile.write(PICTURE)
        elif self.path == "/none":
            self.send_error(404)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PICTURE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_picture_at_an_address(host: str) -> None:
    assert decode_picture(f"http://{host}/car.jpg?at=1").pixels.shape == (72, 96, 3)
    assert download(f"http://{host}/named?at=Köln %C3%9F&t=1|2", 100_000, 10) == PICTURE
    assert download(f"HTTP://{host}/moved", 100_000, 10) == PICTURE
    assert download(f"http://user:a%20b@{host}/locked", 100_000, 10) == PICTURE


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("none", "status 404"),
        ("locked", "status 401"),
        ("circle", "more than 5 redirects"),
        ("away", "expected an http or https address"),
        ("broken", "broke off"),
    ],
)
def test_what_cannot_be_had(host: str, path: str, reason: str) -> None:
    with pytest.raises(DownloadError, match=reason):
        download(f"http://{host}/{path}", 100_000, 10)


@pytest.mark.parametrize("path", ["slow", "slow-body"])
def test_no_host_is_waited_for_without_end(host: str, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(DownloadError, match="too slow"):
        download(f"http://{host}/{path}", 100_000, 0.5)
    assert time.monotonic() - start < 5


def test_no_more_than_the_limit_is_taken(host: str) -> None:
    assert len(download(f"http://{host}/car.jpg", 100, 10)) == 101


def test_nobody_there() -> None:
    with pytest.raises(
        PictureError, match=r"^http://127\.0\.0\.1:9/car\.jpg\?…: cannot be fetched: Connection refused"
    ):
        decode_picture("http://user:secret@127.0.0.1:9/car.jpg?token=secret")


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://[::1]/car.jpg", ("::1", 80)),
        ("https://[2001:db8::80]/car.jpg", ("2001:db8::80", 443)),
        ("http://[::1]:8080/car.jpg", ("::1", 8080)),
        ("https://host/car.jpg", ("host", 443)),
    ],
)
def test_whom_an_address_means(address: str, asked: object, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[object] = []

    def connect(place: object, _: float) -> socket.socket:
        found.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)  # as there is no host of ours there
    with pytest.raises(DownloadError):
        download(address, 100, 10)
    assert found == [asked]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("http://u:p@host/a.jpg", "http://host/a.jpg"),
        ("https://host:81/a/b?token=x&y=1", "https://host:81/a/b?…"),
        ("http://u:p/?#:@x@host/a.jpg?y", "http://host/a.jpg?…"),
        ("http://host:80/a@b.jpg", "http://host:80/a@b.jpg"),
        ("http://[::1]:80/a@b.jpg", "http://[::1]:80/a@b.jpg"),
        ("rtsp://u:p@host/1", "rtsp://host/1"),
        ("abfs://container@account/a@b.jpg", "abfs://container@account/a@b.jpg"),
        ("http://host?u:p@x", "http://host?…"),
        ("photos/a@b.jpg", "photos/a@b.jpg"),
    ],
)
def test_secrets_are_not_shown(given: str, shown: str) -> None:
    assert shown_address(given) == source_name(given) == shown


def test_local_paths() -> None:
    assert local_path("file:///a/b%20c.jpg") == local_path("file://localhost/a/b%20c.jpg") == "/a/b c.jpg"
    assert local_path("car.jpg") == "car.jpg"
    with pytest.raises(ValueError, match="another machine"):
        local_path("file://host/a.jpg")
