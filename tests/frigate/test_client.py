"""Replies of Frigate that cannot be used."""

import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from numberplate.frigate import Frigate, FrigateError
from numberplate.frigate import client as client_module

from .conftest import FakeFrigate


@contextmanager
def replying(reply: bytes) -> Iterator[str]:
    """The address of a server that says this to everybody, and then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_clip_and_a_snapshot_that_break_off_are_no_whole_ones() -> None:
    with replying(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(300)) as url:
        frigate = Frigate(url)
        with pytest.raises(FrigateError, match=r"broke off: .*700") as raised:
            frigate.clip("1.0-x", io.BytesIO())
        assert raised.value.status is None  # it is asked for again
        with pytest.raises(FrigateError, match=r"broke off: .*700"):
            frigate.snapshot("1.0-x")


def test_a_clip_whose_length_is_not_said_may_end_anywhere() -> None:
    with replying(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(300)) as url:
        file = io.BytesIO()
        Frigate(url).clip("1.0-x", file)
        assert file.getvalue() == bytes(300)


@pytest.mark.parametrize(
    "url", ["frigate:5000", "http://", "http://frigate:50000000", "http://frigate:x", "http://["]
)
def test_what_is_no_address_is_said_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(url)}: expected an address such as http://frigate"):
        Frigate(url)


def test_a_clip_with_nothing_in_it_is_waited_for() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with replying(reply) as url, pytest.raises(FrigateError, match="nothing in it"):
        Frigate(url).clip("1.0-x", io.BytesIO())


@pytest.mark.parametrize("status", [404, 405])
def test_a_frigate_without_a_place_for_plates(status: int) -> None:
    with replying(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()) as url:
        assert not Frigate(url).set_plate("1.0-x", "AB123", 0.9)
        with pytest.raises(FrigateError, match=f"sub_label: status {status}"):
            Frigate(url).set_sub_label("1.0-x", "AB123", 0.9, "gate")


def test_no_text_is_longer_than_frigate_takes(frigate: FakeFrigate) -> None:
    client = Frigate(frigate.url)
    client.set_sub_label("1.0-x", "A" * 200, 0.9, "gate")
    client.set_plate("1.0-x", "A" * 200, 0.9)
    (label,), (plate,) = frigate.told("sub_label"), frigate.told("recognized_license_plate")
    assert (len(label["subLabel"]), len(plate["recognizedLicensePlate"])) == (100, 30)


def test_a_clip_and_a_snapshot_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_MOST_CLIP", "_MOST_PICTURE"):
        monkeypatch.setattr(client_module, name, 200)
    with replying(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(300)) as url:
        with pytest.raises(FrigateError, match="clip: larger than"):
            Frigate(url).clip("1.0-x", io.BytesIO())
        with pytest.raises(FrigateError, match="snapshot: larger than"):
            Frigate(url).snapshot("1.0-x")
