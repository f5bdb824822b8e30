"""A picture from a public address, for clients that send an address instead of a picture."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit


class FetchError(ValueError):
    """The address is not followed; the message says why."""


def _is_public(address: str) -> bool:
    found = ip_address(address)
    # What is embedded in an IPv6 address is where the packets go.
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def fetch(url: str, limit: int, seconds: float, permitted: Callable[[str], bool] = _is_public) -> bytes:
    """The bytes at an http or https address: at most `limit` within `seconds`, and no redirect is followed.

    `permitted`: whether an address (IP) may be asked. A name is looked up once, and that very address is
    asked: the name cannot lead elsewhere later. Raises FetchError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise FetchError("not an address that can be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("expected an http or https address")
    deadline = time.monotonic() + seconds
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("its host is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not all(permitted(address) for address in addresses):
        raise FetchError("its host has an address that is not public")
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        plain = socket.create_connection((addresses[0], port), timeout=seconds)
        connection.sock = plain
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
        connection.request("GET", path, headers={"Accept": "image/*"})
        response = connection.getresponse()
        if response.status != 200:
            raise FetchError(f"it replied with status {response.status}; redirects are not followed")
        data = bytearray()
        while chunk := response.read1(1 << 16):
            data += chunk
            if len(data) > limit:
                raise FetchError("too large")
            if time.monotonic() > deadline:
                raise FetchError("too slow")
        return bytes(data)
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        if isinstance(error, FetchError):
            raise
        raise FetchError("it could not be fetched") from None
    finally:
        connection.close()
