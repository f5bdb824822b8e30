"""A picture from a public address, for clients that send an address instead of a picture."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import quote, urlsplit

import httptools

from numberplate.server.refusal import Refusal
from numberplate.server.settings import Settings
from numberplate.server.uploads.addresses import is_public
from numberplate.server.uploads.memory import Upload

_MOST_HEAD = 65_536
"""Bytes of a reply before its picture, and of what comes after a part of it and is no picture: headers behind
the body (trailers), which the parser keeps, and words beside the sizes of chunks."""

_CHUNK = 65_536

_RESOLVER = ThreadPoolExecutor(4, "resolver")
"""Looking up a name cannot be stopped: names that nobody replies to hold up other names alone."""


class FetchError(ValueError):
    """The address is not followed; the message says why."""


async def fetch_picture(
    field: str,
    url: str,
    settings: Settings,
    upload: Upload,
    permitted: Callable[[str], bool] = is_public,
) -> bytes:
    """What is at the address that a client sent in that field, as far as the settings follow any.

    Raises Refusal where it is not followed, and Busy when there is no memory for it.
    """
    if not settings.fetch_urls:
        raise Refusal(400, f"{field}: this server fetches nothing; send the picture itself")
    get = partial(fetch, url, settings.max_bytes, settings.upload_seconds, permitted, upload.took)
    try:
        return await upload.receive(get)
    except FetchError as error:
        raise Refusal(400, f"{field}: {error}") from None


async def fetch(
    url: str,
    limit: int,
    seconds: float,
    permitted: Callable[[str], bool] = is_public,
    took: Callable[[int], None] = lambda size: None,
) -> bytes:
    """The bytes at an http or https address: at most `limit`, and no redirect is followed.

    `seconds`: for all of it, from looking up the name to the last byte. `permitted`: whether an address (IP)
    may be asked. A name is looked up once, and that very address is asked: the name cannot lead elsewhere
    later. `took`: called with the size of each part that came.

    Raises FetchError, and what `took` raises.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname
    except ValueError:
        raise FetchError("not an address that can be read") from None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError("expected an http or https address")
    # As browsers do: what no address may have in it is written as %20 and the like.
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    try:
        name = host if ":" in host else host.encode("idna").decode("ascii")
        async with asyncio.timeout(seconds):  # which ends all of it, at whatever it waits
            addresses = await _look_up(name, port)
            if not all(permitted(address) for address in addresses):
                raise FetchError("its host has an address that is not public")
            shown = f"[{name}]" if ":" in name else name
            head = f"GET {path}{query} HTTP/1.1\r\nHost: {shown}:{port}\r\nAccept: image/*\r\n"
            head += "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
            context = ssl.create_default_context() if parts.scheme == "https" else None
            reader, writer = await _connect(addresses, port, context, name)
            try:
                writer.write(head.encode("ascii"))
                return await _receive(reader, limit, took)
            finally:
                writer.transport.abort()  # nothing is said to it any more
    except TimeoutError:
        raise FetchError(f"too slow: it did not reply in full within {seconds:g} s") from None
    except (OSError, UnicodeError, httptools.HttpParserError, httptools.HttpParserUpgrade):
        raise FetchError("it could not be fetched") from None


async def _look_up(host: str, port: int) -> list[str]:
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVER, look_up)
    except (OSError, UnicodeError):
        raise FetchError("its host is not known") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _connect(
    addresses: list[str], port: int, context: ssl.SSLContext | None, name: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first address that takes it."""
    for address in addresses[:-1]:
        try:
            return await asyncio.open_connection(
                address, port, ssl=context, server_hostname=name if context else None, limit=_CHUNK
            )
        except OSError:
            continue
    return await asyncio.open_connection(
        addresses[-1], port, ssl=context, server_hostname=name if context else None, limit=_CHUNK
    )


class _Reply:
    """Takes what the parser finds.

    Attributes:
        status: None until the head is there.
        measured: whether the reply says where it ends; if not, it does with its connection.
        whole: whether all of it is there.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.measured = self.whole = False
        self.data = bytearray()
        self.parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, _: bytes) -> None:
        self.measured |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        status = self.parser.get_status_code()
        if status >= 200:  # an interim reply, such as 103, is followed by the one that counts
            self.status = status

    def on_body(self, body: bytes) -> None:
        self.data += body

    def on_message_complete(self) -> None:
        self.whole = self.status is not None


async def _receive(reader: asyncio.StreamReader, limit: int, took: Callable[[int], None]) -> bytes:
    reply, other = _Reply(), 0
    while not reply.whole:
        chunk = await reader.read(_CHUNK)
        before = len(reply.data)
        if chunk:
            reply.parser.feed_data(chunk)
        came = len(reply.data) - before
        other = 0 if came else other + len(chunk)
        if other > _MOST_HEAD or (reply.status is None and not chunk):
            raise FetchError("it did not reply as HTTP does")
        if reply.status is None:
            continue
        if reply.status != 200:
            raise FetchError(f"it replied with status {reply.status}; redirects are not followed")
        if len(reply.data) > limit:
            raise FetchError("too large")
        took(came)
        if not chunk:
            if reply.measured:
                raise FetchError("its reply broke off")
            break
    return bytes(reply.data)
