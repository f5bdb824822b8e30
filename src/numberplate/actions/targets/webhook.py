"""POSTs to an address."""

import base64
import binascii
import hashlib
import hmac
import logging
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from numberplate import __version__
from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.actions.formats import openalpr, plate_recognizer
from numberplate.actions.formats.request import Body, json_body
from numberplate.actions.targets.connections import pools_telling
from numberplate.configuration.action import Webhook
from numberplate.configuration.values import read_secret
from numberplate.pictures.deadline import Deadline
from numberplate.results.address import without_secrets

log = logging.getLogger("numberplate.actions")

_TRY_AGAIN = (408, 425, 429)
_MOST_REPLY = 65_536
"""Bytes of a reply that are read; what it says is of no use, but an unread one costs the connection."""

_HEARTBEAT = 60.0
"""Seconds between two heartbeats of OpenALPR's agent."""

_MOST_WAIT = 3600.0
"""Seconds of a Retry-After that are believed."""


class WebhookTarget:
    """Posts each delivery, signed if there is a secret. `cameras`: for OpenALPR's heartbeat.

    Raises ValueError where a file that it needs cannot be used.
    """

    def __init__(self, webhook: Webhook, cameras: Sequence[str] = ()):
        self._webhook = webhook
        self._cameras = tuple(cameras)
        self._key = None if webhook.secret_file is None else _key(read_secret(webhook.secret_file))
        self._headers = {"User-Agent": f"numberplate/{__version__}", **webhook.headers}
        self._headers |= {name: read_secret(path) for name, path in webhook.header_files.items()}
        _check(self._headers)
        login = _login(webhook.url)
        if login is not None and "authorization" not in map(str.lower, self._headers):
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        try:
            context = ssl.create_default_context(cafile=webhook.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"{webhook.ca_file}: {error.strerror or error}") from error
        self._pool = urllib3.PoolManager(ssl_context=context, retries=False)
        self._deadline: Deadline | None = None
        self._pool.pool_classes_by_scheme = pools_telling(self._hold)
        self._began = time.time()
        self._beat = -_HEARTBEAT

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryError where the receiver refuses it or cannot be reached."""
        webhook, until = self._webhook, delivery.until
        if webhook.format == "platerecognizer":
            shown = without_secrets(webhook.url)
            self._post(delivery.id, plate_recognizer.body(delivery, shown, webhook.pictures), until)
        elif webhook.format == "openalpr":
            for i, value in enumerate(openalpr.bodies(delivery, webhook.pictures)):
                self._post(f"{delivery.id}-{i}" if i else delivery.id, json_body(value), until)
        else:
            value = delivery.with_pictures() if webhook.pictures else delivery.to_dict()
            self._post(delivery.id, json_body(value), until)

    def idle(self) -> None:
        """Sends OpenALPR's heartbeat when it is due; one that is lost is lost."""
        now = time.monotonic()
        if self._webhook.format != "openalpr" or now - self._beat < _HEARTBEAT:
            return
        self._beat = now
        try:
            beat = openalpr.heartbeat(self._cameras, self._began)
            self._post(f"heartbeat-{beat['timestamp']}", json_body(beat))
        except DeliveryError as error:
            log.info("heartbeat to %s: %s", without_secrets(self._webhook.url), error)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def _hold(self, connection: socket.socket) -> None:
        if self._deadline is not None:
            self._deadline.hold(connection)

    def _post(self, id: str, body: Body, until: datetime | None = None) -> None:
        timeout = self._webhook.timeout
        if until is not None:
            timeout = min(timeout, (until - datetime.now(UTC)).total_seconds())
            if timeout <= 0:
                raise DeliveryError("it is too late for it")
        stamp = str(int(time.time()))
        headers = self._headers | {
            "Content-Type": body.content_type,
            "webhook-id": id,
            "webhook-timestamp": stamp,
        }
        if self._key is not None:
            signed = hmac.new(self._key, f"{id}.{stamp}.".encode() + body.data, hashlib.sha256).digest()
            headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
        host = urlsplit(self._webhook.url).netloc.rpartition("@")[2]
        self._deadline = deadline = Deadline(timeout)
        try:
            # urllib3's own is of the pauses: a reply that comes byte by byte would not meet it.
            with deadline:
                reply = self._pool.request(
                    "POST",
                    self._webhook.url,
                    body=body.data,
                    headers=headers,
                    preload_content=False,
                    redirect=False,
                    timeout=urllib3.Timeout(total=timeout),
                )
                if deadline.has_ended:  # within the head
                    reply.close()
                    raise DeliveryError(f"{host}: {_late(timeout)}")
                with suppress(HTTPError):  # the status is there, whatever becomes of the rest
                    reply.read(_MOST_REPLY, decode_content=False)
                reply.close()  # and its connection, unless all of it was read
        except HTTPError as error:
            reason = _late(timeout) if deadline.has_ended else _reason(error)
            raise DeliveryError(f"{host}: {reason}") from error
        if 200 <= reply.status < 300:
            return
        reason = f"the receiver replied {reply.status} {reply.reason or ''}".rstrip()
        if 300 <= reply.status < 400:
            place = without_secrets(reply.headers.get("Location", "elsewhere"))
            raise DeliveryError(f"{reason}, to {place}: put that address into url", again=False)
        again = reply.status >= 500 or reply.status in _TRY_AGAIN
        raise DeliveryError(reason, again, _retry_after(reply.headers.get("Retry-After")))


def _login(url: str) -> str | None:
    """USER:PASSWORD of an address that has them."""
    try:
        auth = parse_url(url).auth
    except LocationParseError:
        # The address may hold a password, and is not repeated.
        raise ValueError("url: is no address of the web; its port is 1 to 65535") from None
    return None if auth is None else unquote(auth)


def _check(headers: Mapping[str, str]) -> None:
    """Raises ValueError for headers that HTTP has no room for; those with a secret are not repeated."""
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError(f"headers: {name!r} is no name of a header")
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", value):
            raise ValueError(f"headers: {name}: has a character that no header can hold")


def _key(secret: str) -> bytes:
    """The bytes of a secret; after `whsec_` they are in base64, as Standard Webhooks writes them."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("secret_file: after whsec_ base64 is expected") from error


def _retry_after(value: str | None) -> float | None:
    """Seconds of a header that has them, or a date."""
    if value is None:
        return None
    if re.fullmatch(r"\d{1,9}", value):
        return min(float(value), _MOST_WAIT)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MOST_WAIT)


def _late(seconds: float) -> str:
    return f"its reply took longer than {seconds:.3g} s"


def _reason(error: Exception) -> str:
    """In one line, without the address, which may hold a secret."""
    cause: BaseException = error
    while (inner := getattr(cause, "reason", None)) and isinstance(inner, BaseException):
        cause = inner
    text = str(cause)
    return re.sub(r"^<?[\w.]+(?:\(.*?\))?( object at 0x[0-9a-f]+>)?: ", "", text) or type(cause).__name__
