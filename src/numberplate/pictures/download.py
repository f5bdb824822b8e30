"""A picture from an `http` or `https` address that its user gives, such as a camera's in the same house."""

import base64
import http.client
import socket
import ssl
import string
from contextlib import closing
from urllib.parse import quote, unquote, urljoin, urlsplit

from numberplate.pictures.deadline import Deadline

_MOST_REDIRECTS = 5

_CHUNK = 1 << 16


class DownloadError(ValueError):
    """What is at the address cannot be had; the message says why."""


def download(address: str, limit: int, seconds: float) -> bytes:
    """The bytes at an address: at most one more than `limit`, within `seconds` for all of it.

    Redirects are followed, a few, to web addresses only; a user and a password in the address are sent to its
    own host alone. It asks any host, also of the local network: it is for addresses that are trusted. Raises
    DownloadError.
    """
    with Deadline(seconds) as deadline:
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                moved, data = _get(address, limit, deadline)
                if moved is None:
                    deadline.check()
                    return data
                address = urljoin(address, moved)
            raise DownloadError(f"more than {_MOST_REDIRECTS} redirects")
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            if deadline.is_over or isinstance(error, TimeoutError):
                raise DownloadError(f"too slow: it did not come within {seconds:g} s") from error
            if isinstance(error, DownloadError):
                raise
            raise DownloadError(f"cannot be fetched: {getattr(error, 'strerror', None) or error}") from error


def _get(address: str, limit: int, deadline: Deadline) -> tuple[str | None, bytes]:
    """Where it has moved to, or None, and its bytes."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise DownloadError("expected an http or https address")
    context = ssl.create_default_context() if parts.scheme.lower() == "https" else None
    port = parts.port
    if port is None:  # http.client would look for it in the host, where an IPv6 address has colons
        port = http.client.HTTP_PORT if context is None else http.client.HTTPS_PORT
    connection = (
        http.client.HTTPConnection(parts.hostname, port)
        if context is None
        else http.client.HTTPSConnection(parts.hostname, port, context=context)
    )
    headers = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "numberplate"}
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode("utf-8")).decode("ascii")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        path += "?" + quote(parts.query, safe=string.punctuation)
    with closing(connection):
        connection.sock = socket.create_connection((connection.host, connection.port), deadline.seconds)
        deadline.hold(connection.sock)
        if context is not None:
            connection.sock = context.wrap_socket(connection.sock, server_hostname=parts.hostname)
        connection.request("GET", path, headers=headers)
        # One that ends with its connection is not closed with it.
        with connection.getresponse() as response:
            if response.status in (301, 302, 303, 307, 308) and (moved := response.getheader("Location")):
                return moved, b""
            if response.status != 200:
                raise DownloadError(f"its host replies with status {response.status}")
            data = bytearray()
            while len(data) <= limit and (chunk := response.read1(_CHUNK)):
                data += chunk
            if response.length and len(data) <= limit:  # of what was announced, there is a rest
                raise DownloadError("the reply broke off")
    return None, bytes(data[: limit + 1])
