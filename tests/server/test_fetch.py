"""Pictures from addresses: against a real server on this machine, which is allowed here alone."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from numberplate.server.fetch import FetchError, _is_public, fetch

from .conftest import CAR


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/car.png")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CAR)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_fetches(address: str) -> None:
    assert fetch(f"{address}/car.png?x=1", 10_000, 5, permitted=lambda _: True) == CAR


def test_refuses(address: str) -> None:
    for url, limit, reason in [
        (f"{address}/moved", 10_000, "status 302"),
        (f"{address}/car.png", 10, "too large"),
        ("ftp://127.0.0.1/x", 10, "http or https"),
        ("http://127.0.0.1:99999/", 10, "not an address"),
        ("http:///x", 10, "http or https"),
        ("http://127.0.0.1:1/", 10, "could not be fetched"),
        (f"{address}/a b\r\nX: y", 10, "could not be fetched"),
    ]:
        with pytest.raises(FetchError, match=reason):
            fetch(url, limit, 5, permitted=lambda _: True)
    with pytest.raises(FetchError, match="not public"):
        fetch(f"{address}/car.png", 10_000, 5)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "100.64.0.1"),
        *("::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::"),
    ],
)
def test_private_addresses(address: str) -> None:
    assert not _is_public(address)


def test_public_addresses() -> None:
    assert _is_public("1.1.1.1")
    assert _is_public("2606:4700:4700::1111")
