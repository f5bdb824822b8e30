"""Replies of Frigate that cannot be used."""

import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from numberplate.frigate import Frigate, FrigateError


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
