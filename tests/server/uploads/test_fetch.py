"""Pictures from addresses: against a real server on this machine, which is allowed here alone."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from numberplate.server import load_settings
from numberplate.server.refusal import Busy
from numberplate.server.uploads.addresses import is_public
from numberplate.server.uploads.fetch import FetchError, fetch, fetch_picture
from numberplate.server.uploads.memory import UploadMemory

from ..conftest import CAR


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


def get(url: str, limit: int = 10_000, seconds: float = 5, **options: Any) -> bytes:
    return asyncio.run(fetch(url, limit, seconds, **({"permitted": lambda _: True} | options)))


def test_fetches(address: str) -> None:
    sizes: list[int] = []
    assert get(f"{address}/car.png?x=1", took=sizes.append) == CAR
    assert sum(sizes) == len(CAR)


def test_a_host_with_one_address_that_is_not_public_is_not_asked(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No name here has two: the resolver alone is replaced, and the server that would answer is real.
    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (ip, port)) for ip in ("127.0.0.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = address.replace("127.0.0.1", "two.example")
    assert get(url) == CAR
    for public in ("127.0.0.1", "10.0.0.1"):
        with pytest.raises(FetchError, match="has an address that is not public"):
            get(url, permitted=public.__eq__)


def test_refuses(address: str) -> None:
    for url, limit, reason in [
        (f"{address}/moved", 10_000, "status 302"),
        (f"{address}/car.png", 10, "too large"),
        ("ftp://127.0.0.1/x", 10, "http or https"),
        ("http://127.0.0.1:99999/", 10, "not an address"),
        ("http://[", 10, "not an address"),
        ("http:///x", 10, "http or https"),
        ("http://127.0.0.1:1/", 10, "could not be fetched"),
        (f"{'http://' + 'a' * 300}.example/", 10, "could not be fetched"),
    ]:
        with pytest.raises(FetchError, match=reason):
            get(url, limit)
    with pytest.raises(FetchError, match="not public"):
        get(f"{address}/car.png", permitted=is_public)


@contextmanager
def replying(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that sends these parts, a pause after each, and closes."""

    class Slow(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            with suppress(OSError):
                for part in parts:
                    self.request.sendall(part)
                    time.sleep(pause)

    with ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/x"
        server.shutdown()


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "data"),
    [
        ([OK + b"Content-Length: 3\r\n\r\n", b"a", b"bc"], b"abc"),
        ([OK + b"\r\nab", b"c"], b"abc"),  # until the connection ends
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"], b"abc"),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\na"], b"a"),
    ],
)
def test_each_way_to_reply(parts: list[bytes], data: bytes) -> None:
    with replying(*parts) as url:
        assert get(url) == data


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([b"SSH-2.0-x\r\n"], "could not be fetched"),
        ([b""], "did not reply as HTTP"),
        ([b"HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx"], "could not be fetched"),
        ([OK + b"Content-Length: 30\r\n\r\nabc"], "broke off"),
        ([OK, *[b"A: " + b"b" * 60_000 + b"\r\n"] * 3], "did not reply as HTTP"),
        ([OK + CHUNKED + b"0\r\n", *[b"A: " + b"b" * 60_000 + b"\r\n"] * 3], "did not reply as HTTP"),
        ([OK + CHUNKED + b"1\r\na\r\n1;", *[b"b" * 60_000] * 3], "did not reply as HTTP"),
        ([OK + b"Content-Length: 99999999\r\n\r\n", *[bytes(60_000)] * 3], "too large"),
    ],
)
def test_replies_that_are_none(parts: list[bytes], reason: str) -> None:
    with replying(*parts) as url, pytest.raises(FetchError, match=reason):
        get(url, 100_000)


@pytest.mark.parametrize("parts", [[OK, *[b"A: b\r\n"] * 100], [OK + b"\r\n", *[b"a"] * 100], [b"", b""]])
def test_one_deadline_for_all_of_it(parts: list[bytes]) -> None:
    # Each part comes in time; all of them together do not.
    with replying(*parts, pause=0.3) as url:
        start = time.monotonic()
        with pytest.raises(FetchError, match="too slow"):
            get(url, seconds=0.5)
        assert time.monotonic() - start < 3


def test_what_is_fetched_slowly_makes_room_for_others() -> None:
    settings = load_settings(fetch_urls=True)
    memory = UploadMemory(100_000)

    async def run(url: str) -> None:
        with memory.upload() as slow, memory.upload() as quick:
            get = fetch_picture("upload_url", url, settings, slow, permitted=lambda _: True)
            fetching = asyncio.ensure_future(get)
            while memory.held < 60_000:
                await asyncio.sleep(0.01)
            quick.took(90_000)
            with pytest.raises(Busy):
                await asyncio.wait_for(fetching, 5)
            assert memory.held == 90_000

    with replying(OK + b"\r\n" + bytes(60_000), *[b"a"] * 100, pause=0.1) as url:
        asyncio.run(run(url))
    assert memory.held == 0


# The IANA special-purpose address registries, as of 2026.
IANA_IPV4 = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 255.255.255.255/32
"""
IANA_IPV6 = """
::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32
2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28
2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10
"""
OTHERS = """
224.0.0.0/4 ::/96 ::ffff:0:0:0/96 fec0::/10 ff00::/8 4000::/3 ::ffff:8.8.8.8/128 64:ff9b::8.8.8.8/128
::8.8.8.8/128 2002:808:808::/48
"""


@pytest.mark.parametrize("block", [*IANA_IPV4.split(), *IANA_IPV6.split(), *OTHERS.split()])
def test_no_special_address_is_asked(block: str) -> None:
    network = ip_network(block)
    for address in (network[0], network[network.num_addresses // 3], network[-1]):
        assert not is_public(str(address))


@pytest.mark.parametrize("address", ["", "localhost", "1", "0x7f.1", "fe80::1%eth0", "1.1.1.1.1"])
def test_what_is_no_public_address(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "193.0.6.139", "2606:4700:4700::1111", "2a00:1450::1"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)
