"""What a client sends: read into memory within bounds of bytes, parts and time, and never into a file."""

import asyncio
import codecs
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

import numpy as np
from fastapi import Request
from pydantic import BaseModel, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from numberplate.server.refusal import Refusal
from numberplate.server.settings import Settings
from numberplate.server.uploads.memory import Upload

_MOST_PARTS = 100
"""Of a form; no client sends a tenth of it."""

_MOST_ITEMS = 1000
"""Of a JSON body, at all depths: more than there are regions."""

_MOST_NESTED = 100
"""Lists and objects in a JSON body."""

_MOST_CHARACTERS = 10_000
"""Of a field that holds no picture."""

_MOST_DOCUMENT_MEGABYTES = 0.25
"""Of JSON without a picture: all zones and masks that a camera may have, of as many digits as there are."""

_MOST_FAULTS = 5
"""Of such a document, in a refusal."""

_NO_DIGIT = 16

PICTURES = ("upload", "image", "image_bytes", "picture")
"""Fields that may hold a picture in Base64."""

T = TypeVar("T")
Document = TypeVar("Document", bound=BaseModel)

_SURROGATE = re.compile("[\ud800-\udfff]")


class Form:
    """The fields of a request, whether it was a form, of either encoding, or a JSON object.

    `texts`: of each name, the values that are text, in order; `files`: the first file of each name, as its
    bytes and the name that it has with the client.
    """

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.files: dict[str, tuple[bytes, str]] = {}

    def text(self, name: str, most: int = _MOST_CHARACTERS) -> str | None:
        """The last value of that name; None where there is none. Raises Refusal for one that is longer."""
        values = self.texts.get(name)
        text = values[-1] if values else None
        if text is not None and len(text) > most and name not in PICTURES:
            raise Refusal(400, f"{name}: expected at most {most} characters, got {len(text)}")
        return text

    def number(self, name: str, default: float) -> float:
        """The value as a number, 0..1. Raises Refusal for what is none."""
        text = self.text(name)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            raise Refusal(400, f"{name}: expected a number, got {text[:40]!r}") from None
        if not 0 <= value <= 1:
            raise Refusal(400, f"{name}: expected a probability in 0..1, got {text[:40]}")
        return value

    def add(self, name: str, value: str) -> None:
        """Adds a text. Raises Refusal for one that is too long, or is no Unicode."""
        if len(name) > 100:
            raise Refusal(400, "a field's name has more than 100 characters")
        if name not in PICTURES and len(value) > _MOST_CHARACTERS:
            raise Refusal(
                400, f"{_plain(name)}: expected at most {_MOST_CHARACTERS} characters, got {len(value)}"
            )
        # JSON may hold halves of characters, which no database and no reply takes.
        if _has_surrogate(name) or _has_surrogate(value):
            raise Refusal(400, f"{_plain(name)}: not Unicode: half of a character in it")
        self.texts.setdefault(name, []).append(value)

    def add_file(self, name: str, data: bytes, filename: str) -> None:
        """Adds a file, if there is none of that name yet."""
        filename = filename[-200:]
        if _has_surrogate(filename):
            raise Refusal(400, f"{_plain(name)}: not Unicode: half of a character in the file's name")
        self.files.setdefault(name, (data, filename))


_CHARSETS = ("utf-8", "ascii", "iso8859-1", "cp1252")
"""Of a form's texts. Python knows a hundred more, and some of them take minutes for a megabyte (Punycode)."""


class _InMemory(MultiPartParser):
    spool_max_size = 0  # a spooled file of no size limit stays in memory; the request has one


async def read_form(request: Request, settings: Settings, upload: Upload) -> Form:
    """The fields of a request, by its Content-Type.

    Raises Refusal when it is too large, arrives too slowly, breaks off, or is of another or a broken kind,
    and Busy when there is no memory for it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":

        async def parse() -> Form:
            stream = _bounded(request, settings, upload)
            return await _multipart(request.headers, stream, settings.max_bytes)

    elif kind == "application/x-www-form-urlencoded":

        async def parse() -> Form:
            data = b"".join([chunk async for chunk in _bounded(request, settings, upload)])
            return await asyncio.to_thread(_urlencoded, data)

    elif kind == "application/json":

        async def parse() -> Form:
            data = b"".join([chunk async for chunk in _bounded(request, settings, upload)])
            return await asyncio.to_thread(_json, data)

    else:
        raise Refusal(
            415,
            "expected Content-Type multipart/form-data, application/x-www-form-urlencoded or "
            "application/json",
        )
    try:
        return await _in_time(parse, settings, upload)
    except MultiPartException as error:
        raise Refusal(400, f"not a form that can be read: {error.message}") from None


async def read_document(
    request: Request, document: type[Document], settings: Settings, upload: Upload
) -> Document:
    """The JSON body, of at most 0.25 MB, as a `document`.

    Raises Refusal when its Content-Type is another, when it is too large, arrives too slowly, breaks off, or
    is no such document, and Busy when there is no memory for it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "expected Content-Type application/json")
    limit = min(settings.max_upload_megabytes, _MOST_DOCUMENT_MEGABYTES)
    data = await read_bytes(request, settings.model_copy(update={"max_upload_megabytes": limit}), upload)
    return await asyncio.to_thread(_validated, document, data)


async def read_bytes(request: Request, settings: Settings, upload: Upload) -> bytes:
    """The whole body. Raises Refusal when it is too large, arrives too slowly or breaks off, and Busy when
    there is no memory for it."""

    async def join() -> bytes:
        return b"".join([chunk async for chunk in _bounded(request, settings, upload)])

    return await _in_time(join, settings, upload)


async def _in_time(receive: Callable[[], Awaitable[T]], settings: Settings, upload: Upload) -> T:
    try:
        return await upload.receive(receive, settings.upload_seconds)
    except TimeoutError:
        # Its rest may still come, and must not be taken for another request.
        reason = f"too slow: the request did not arrive within {settings.upload_seconds:g} s"
        raise Refusal(408, reason, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Refusal(400, "the request broke off before its end") from None


async def _bounded(request: Request, settings: Settings, upload: Upload) -> AsyncGenerator[bytes, None]:
    too_large = Refusal(413, f"too large: a request has at most {settings.max_upload_megabytes:g} MB")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > settings.max_bytes:
        raise too_large
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > settings.max_bytes:
            raise too_large
        upload.took(len(chunk))
        yield chunk


async def _multipart(headers: Headers, stream: AsyncGenerator[bytes, None], limit: int) -> Form:
    _, parameters = parse_options_header(headers["content-type"])
    charset = parameters.get(b"charset", b"utf-8").decode("latin-1")
    if not _is_read(charset):
        raise Refusal(415, f"a form's charset: expected UTF-8 or ISO-8859-1, got {charset[:40]!r}")
    parser = _InMemory(headers, stream, max_files=_MOST_PARTS, max_fields=_MOST_PARTS, max_part_size=limit)
    parts = (await parser.parse()).multi_items()
    return await asyncio.to_thread(_form, parts)


def _is_read(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in _CHARSETS
    except (LookupError, ValueError):  # none at all, or with a NUL in its name
        return False


def _form(parts: list[tuple[str, str | UploadFile]]) -> Form:
    form = Form()
    for name, value in parts:
        if isinstance(value, UploadFile):
            form.add_file(name, value.file.read(), value.filename or "")
            value.file.close()
        else:
            form.add(name, value)
    return form


def _urlencoded(data: bytes) -> Form:
    # Not by Starlette's parser: for 20 MB of escapes it takes seconds on the event loop, and gigabytes.
    pairs = data.split(b"&", _MOST_PARTS)
    if len(pairs) > _MOST_PARTS:
        raise Refusal(400, f"not a form that can be read: more than {_MOST_PARTS} fields")
    form = Form()
    for pair in filter(None, pairs):
        name, _, value = pair.partition(b"=")
        form.add(_unescaped(name), _unescaped(value))
    return form


def _unescaped(data: bytes) -> str:
    """As `urllib.parse.unquote_plus`, which takes a hundred times the memory."""
    text = np.frombuffer(data.replace(b"+", b" "), np.uint8)
    digits = _DIGITS[text]
    high, low = digits[1:-1], digits[2:]
    escape = (text[:-2] == ord("%")) & (high < _NO_DIGIT) & (low < _NO_DIGIT)
    characters = text.copy()
    np.copyto(characters[:-2], 16 * high + low, where=escape)
    keep = np.ones(len(text), bool)
    keep[1:-1] &= ~escape
    keep[2:] &= ~escape
    return characters[keep].tobytes().decode("utf-8", "replace")


def _digits() -> np.ndarray:
    """Of each byte, the value that it has as a hexadecimal digit."""
    values = np.full(256, _NO_DIGIT, np.uint8)
    for value, digit in enumerate("0123456789abcdef"):
        values[[ord(digit), ord(digit.upper())]] = value
    return values


_DIGITS = _digits()


def _validated(document: type[Document], data: bytes) -> Document:
    try:
        return document.model_validate_json(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_FAULTS]
        reasons = [f"{'.'.join(map(str, f['loc']))[:100] or 'body'}: {f['msg']}" for f in faults]
        raise Refusal(422, "; ".join(reasons)) from None


def _json(data: bytes) -> Form:
    # Counted before it is parsed, where a list of lists takes a thousand times as long. What is in strings
    # counts as well: Base64 has none of it.
    if data.count(b",") > _MOST_ITEMS or data.count(b"[") + data.count(b"{") > _MOST_NESTED:
        raise Refusal(400, f"JSON of more than {_MOST_ITEMS} items, or {_MOST_NESTED} lists and objects")
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal(400, "not JSON that can be read") from None
    if not isinstance(values, dict):
        raise Refusal(400, "expected a JSON object")
    form = Form()
    for name, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                form.add(name, item if isinstance(item, str) else json.dumps(item))
    return form


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None


def _plain(name: str) -> str:
    """A field's name fit for a message."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", name[:100])
