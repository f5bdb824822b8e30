"""What a client sends: read into memory within bounds of bytes and of time, and never into a file."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from numberplate.server.refusal import Refusal
from numberplate.server.settings import Settings

_MOST_PARTS = 100
"""Of a form; no client sends a tenth of it."""


class Form:
    """The fields of a request, whether it was a form, of either encoding, or a JSON object.

    `texts`: of each name, the values that are text, in order; `files`: the first file of each name, as its
    bytes and the name that it has with the client.
    """

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.files: dict[str, tuple[bytes, str]] = {}

    def text(self, name: str) -> str | None:
        """The last value of that name; None where there is none."""
        values = self.texts.get(name)
        return values[-1] if values else None

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


class _InMemory(MultiPartParser):
    spool_max_size = 0  # a spooled file of no size limit stays in memory; the request has one


async def read_form(request: Request, settings: Settings) -> Form:
    """The fields of a request, by its Content-Type.

    Raises Refusal when it is too large, arrives too slowly, breaks off, or is of another or a broken kind.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    stream = _bounded(request, settings)
    try:
        async with asyncio.timeout(settings.upload_seconds):
            if kind == "multipart/form-data":
                return await _multipart(request.headers, stream, settings.max_bytes)
            if kind == "application/x-www-form-urlencoded":
                parser = FormParser(
                    request.headers, stream, max_fields=_MOST_PARTS, max_part_size=settings.max_bytes
                )
                return _texts((await parser.parse()).multi_items())
            if kind == "application/json":
                return _json(b"".join([chunk async for chunk in stream]))
    except TimeoutError:
        raise _slow(settings) from None
    except ClientDisconnect:
        raise Refusal(400, "the request broke off before its end") from None
    except MultiPartException as error:
        raise Refusal(400, f"not a form that can be read: {error.message}") from None
    raise Refusal(
        415,
        "expected Content-Type multipart/form-data, application/x-www-form-urlencoded or application/json",
    )


async def read_bytes(request: Request, settings: Settings) -> bytes:
    """The whole body. Raises Refusal when it is too large, arrives too slowly or breaks off."""
    try:
        async with asyncio.timeout(settings.upload_seconds):
            return b"".join([chunk async for chunk in _bounded(request, settings)])
    except TimeoutError:
        raise _slow(settings) from None
    except ClientDisconnect:
        raise Refusal(400, "the request broke off before its end") from None


async def _bounded(request: Request, settings: Settings) -> AsyncGenerator[bytes, None]:
    too_large = Refusal(413, f"too large: a request has at most {settings.max_upload_megabytes:g} MB")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > settings.max_bytes:
        raise too_large
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > settings.max_bytes:
            raise too_large
        yield chunk


async def _multipart(headers: Headers, stream: AsyncGenerator[bytes, None], limit: int) -> Form:
    parser = _InMemory(headers, stream, max_files=_MOST_PARTS, max_fields=_MOST_PARTS, max_part_size=limit)
    form = Form()
    for name, value in (await parser.parse()).multi_items():
        if isinstance(value, UploadFile):
            form.files.setdefault(name, (value.file.read(), value.filename or ""))
            value.file.close()
        else:
            form.texts.setdefault(name, []).append(value)
    return form


def _texts(items: list[tuple[str, Any]]) -> Form:
    form = Form()
    for name, value in items:
        form.texts.setdefault(name, []).append(value)
    return form


def _json(data: bytes) -> Form:
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
                form.texts.setdefault(name, []).append(item if isinstance(item, str) else json.dumps(item))
    return form


def _slow(settings: Settings) -> Refusal:
    # Its rest may still come, and must not be taken for another request.
    reason = f"too slow: the request did not arrive within {settings.upload_seconds:g} s"
    return Refusal(408, reason, {"Connection": "close"})
