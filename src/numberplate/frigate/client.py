"""Frigate's HTTP interface: pictures and clips of events, and what is set on them."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from numberplate.frigate.event import Event, EventError, parse_events
from numberplate.results.address import without_secrets

_MOST_PICTURE = 30_000_000
_MOST_CLIP = 500_000_000
_MOST_REPLY = 100_000
_MOST_EVENTS = 20_000_000
_PAGE = 100
"""Events of one reply."""
_CHUNK = 1 << 16

_SUB_LABEL_CHARACTERS = 100
_PLATE_CHARACTERS = 30
"""That Frigate takes."""


class FrigateError(Exception):
    """Frigate did not do what was asked. The message says why.

    `status`: of its reply; None where there was none: it may be there later.
    """

    def __init__(self, reason: str, status: int | None = None):
        super().__init__(reason)
        self.status = status


class Frigate:
    """Asks Frigate.

    Args:
        url: such as http://frigate:5000, which asks nobody who he is, or https://frigate:8971.
        user, password: of Frigate; None where it asks nobody.
        ca_file: PEM; the certificates to trust in place of the system's.
        seconds: that each part of a reply may take.

    Raises ValueError for an address or a file that cannot be used.
    """

    def __init__(
        self,
        url: str,
        user: str | None = None,
        password: str | None = None,
        ca_file: Path | None = None,
        seconds: float = 10.0,
    ):
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # such as a port beyond all
            usable = False
        if not usable:
            raise ValueError(f"{without_secrets(url)}: expected an address such as http://frigate:5000")
        if parts.username is not None:
            # They would be taken for a part of the host's name, and be in messages.
            raise ValueError(
                f"{without_secrets(url)}: its user and password are given apart from the address"
            )
        self.name = without_secrets(url.rstrip("/"))
        self._url = url.rstrip("/")
        self._login = None if user is None else {"user": user, "password": password or ""}
        self._seconds = seconds
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPCookieProcessor(CookieJar())]
        if ca_file is not None:
            try:
                context = ssl.create_default_context(cafile=ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ValueError(f"{ca_file}: {error.strerror or error}") from error
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)

    def events(
        self, after: datetime, cameras: Sequence[str] = (), labels: Sequence[str] = (), most: int = 1000
    ) -> list[Event]:
        """The events that began after that time, the earliest first; of more than `most` the newest.

        What is no event in it is passed over. Raises FrigateError.
        """
        found: dict[str, Event] = {}
        before: float | None = None
        while len(found) < most:
            query: dict[str, str | int | float] = {
                "after": after.timestamp(),
                "limit": _PAGE,
                "include_thumbnails": 0,
                "cameras": ",".join(cameras) or "all",
                "labels": ",".join(labels) or "all",
            }
            if before is not None:
                query["before"] = before
            with self._open("GET", f"/api/events?{urlencode(query)}") as reply:
                data = _bounded(reply, _MOST_EVENTS, "events")
            try:
                page = parse_events(data)
            except EventError as error:
                raise FrigateError(f"events: {error}") from error
            new = [event for event in page if event.id not in found]
            found |= {event.id: event for event in new}
            if not new or len(page) < _PAGE:
                break
            before = min(event.start for event in new).timestamp()
        return sorted(found.values(), key=lambda event: event.start)[-most:]

    def snapshot(self, event: str) -> bytes:
        """The event's best picture so far, without drawings, as JPEG. Raises FrigateError."""
        query = "bbox=0&timestamp=0&crop=0&quality=95"
        with self._open("GET", f"/api/events/{quote(event)}/snapshot.jpg?{query}") as reply:
            return _bounded(reply, _MOST_PICTURE, "snapshot")

    def clip(self, event: str, file: BinaryIO) -> None:
        """Writes the event's clip, MP4, into a file. Raises FrigateError."""
        with self._open("GET", f"/api/events/{quote(event)}/clip.mp4") as reply:
            size = 0
            while chunk := _read(reply, _CHUNK):
                size += len(chunk)
                if size > _MOST_CLIP:
                    raise FrigateError(f"clip: larger than {_MOST_CLIP // 1_000_000} MB")
                file.write(chunk)
            _check_whole(reply)
        if not size:
            raise FrigateError("clip: there is nothing in it", 404)

    def set_sub_label(self, event: str, text: str, confidence: float, camera: str) -> None:
        """Names an event. Raises FrigateError."""
        label = text[:_SUB_LABEL_CHARACTERS]
        body = {"subLabel": label, "subLabelScore": round(confidence, 4), "camera": camera}
        self._post(f"/api/events/{quote(event)}/sub_label", body)

    def set_plate(self, event: str, text: str, confidence: float) -> bool:
        """Tells the plate of an event's vehicle. False where this Frigate has no place for it: before 0.16.

        Raises FrigateError.
        """
        plate = text[:_PLATE_CHARACTERS]
        body = {"recognizedLicensePlate": plate, "recognizedLicensePlateScore": round(confidence, 4)}
        try:
            self._post(f"/api/events/{quote(event)}/recognized_license_plate", body)
        except FrigateError as error:
            if error.status in (404, 405):
                return False
            raise
        return True

    def _post(self, path: str, body: dict[str, Any]) -> None:
        with self._open("POST", path, body) as reply:
            _bounded(reply, _MOST_REPLY, "reply")

    def _open(self, method: str, path: str, body: dict[str, Any] | None = None) -> http.client.HTTPResponse:
        try:
            return self._request(method, path, body)
        except FrigateError as error:
            if error.status != 401 or self._login is None:
                raise
        with self._request("POST", "/api/login", self._login) as reply:  # the cookie ends some day
            _bounded(reply, _MOST_REPLY, "reply")
        return self._request(method, path, body)

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> http.client.HTTPResponse:
        data = None if body is None else json.dumps(body).encode()
        # Frigate wants this of whoever may not be a page of another site.
        headers = {"Content-Type": "application/json", "X-CSRF-TOKEN": "1", "User-Agent": "numberplate"}
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            reply: http.client.HTTPResponse = self._opener.open(request, timeout=self._seconds)
        except urllib.error.HTTPError as error:
            with error:
                raise FrigateError(f"{path.partition('?')[0]}: status {error.code}", error.code) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            raise FrigateError(f"{self.name}: {reason or type(error).__name__}") from error
        return reply


def _read(reply: http.client.HTTPResponse, size: int) -> bytes:
    try:
        return reply.read(size)
    except (OSError, http.client.HTTPException) as error:
        raise FrigateError(f"the reply broke off: {error}") from error


def _bounded(reply: http.client.HTTPResponse, most: int, what: str) -> bytes:
    data = _read(reply, most + 1)
    if len(data) > most:
        raise FrigateError(f"{what}: larger than {most // 1000} KB")
    _check_whole(reply)
    return data


def _check_whole(reply: http.client.HTTPResponse) -> None:
    """Raises FrigateError where a rest is missing of what was announced: reading by parts does not say so."""
    if reply.length:
        raise FrigateError(f"the reply broke off: {reply.length} bytes are missing")
