"""Tokens: 256 random bits that a client shows. Only their digests are kept, with what they permit."""

import hashlib
import hmac
import math
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from ipaddress import ip_address, ip_network
from typing import Literal, get_args

from numberplate.server.refusal import Refusal

Role = Literal["read", "write", "admin"]
"""`read`: see sightings and watch lists. `write`: have pictures read. `admin`: all, also to delete sightings,
to change watch lists and the zones of cameras, and to see what cameras see now."""

_DIGEST = re.compile(r"[0-9a-f]{64}")

_MOST_FAILURES = 10
_FAILURE_SECONDS = 60.0
"""An address may show so many wrong tokens in so long a time."""

_MOST_ADDRESSES = 10_000


@dataclass(frozen=True)
class Token:
    """A token that is let in. `digest`: see `digest`; `expires`: in UTC, None: never."""

    digest: str
    roles: frozenset[Role] = frozenset({"admin"})
    expires: datetime | None = None

    @classmethod
    def parse(cls, entry: str) -> "Token":
        """From DIGEST, DIGEST:ROLES or DIGEST:ROLES:EXPIRY; roles with + between them, the time of ISO 8601.

        A day alone counts to its end, and a time without zone is in UTC. Raises ValueError, which does not
        repeat what may be a token.
        """
        shown, *rest = entry.split(":", 2)
        if not _DIGEST.fullmatch(shown):
            raise ValueError("expected SHA-256 digests, 64 hexadecimal digits each, and no token itself")
        roles = frozenset(rest[0].split("+")) if rest else frozenset({"admin"})
        if not roles <= set(get_args(Role)):
            raise ValueError(f"{shown[:8]}…: expected roles of {', '.join(get_args(Role))}, got {rest[0]!r}")
        return cls(shown, roles, _expiry(shown, rest[1]) if len(rest) > 1 else None)  # type: ignore[arg-type]

    def permits(self, role: Role | None) -> bool:
        """Whether it has that role, or admin; None: any will do."""
        return role is None or "admin" in self.roles or role in self.roles

    def is_valid(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires is None or now < self.expires


def _expiry(shown: str, text: str) -> datetime:
    try:
        with suppress(ValueError):  # a time, then
            return datetime.combine(date.fromisoformat(text) + timedelta(1), time_of_day(), UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{shown[:8]}…: expected a day such as 2027-01-31, got {text!r}") from None


class Tokens:
    """All tokens that are accepted. A client that keeps showing wrong ones has to wait.

    That keeps the log and the work small. It keeps nobody out who has a token: of 256 bits none can be
    guessed, and those behind one proxy share an address.
    """

    def __init__(self, tokens: Iterable[Token]):
        self._tokens = tuple(tokens)
        self._failures: dict[str, tuple[float, int]] = {}

    @property
    def needed(self) -> bool:
        """Whether any token is needed at all."""
        return bool(self._tokens)

    def find(self, shown: str, client: str) -> Token:
        """The token that a client, an address, shows.

        Raises Refusal: 403 for one that is not known or has expired, 429 after too many of them.
        """
        token = known(shown, self._tokens)
        if token is not None and token.is_valid(datetime.now(UTC)):
            return token
        self._count(_network(client))
        raise Refusal(403, "the token is not known here" if token is None else "the token has expired")

    def _count(self, client: str) -> None:
        now = time.monotonic()
        start, count = self._failures.get(client, (now, 0))
        if now - start >= _FAILURE_SECONDS:
            start, count = now, 0
        if count >= _MOST_FAILURES:
            wait = math.ceil(start + _FAILURE_SECONDS - now)
            raise Refusal(429, "too many wrong tokens; try again later", {"Retry-After": str(wait)})
        self._failures.pop(client, None)
        if len(self._failures) >= _MOST_ADDRESSES:
            del self._failures[next(iter(self._failures))]
        self._failures[client] = start, count + 1


def _network(client: str) -> str:
    """What one client has of addresses: of IPv6 a whole network."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if address.version == 4:
        return client
    # A socket of both versions has IPv4's clients all in one network.
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def new_token() -> tuple[str, str]:
    """A token, to be given to a client, and its digest, to be put into the settings."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """SHA-256, 64 hexadecimal digits. A token has too many bits to be guessed from it; a password has not."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def known(token: str, tokens: Iterable[Token]) -> Token | None:
    """The one of `tokens` that is this token; None where none is. Takes equally long wherever it stands, or
    if it does not."""
    shown, found = digest(token), None
    for one in tokens:
        if hmac.compare_digest(shown, one.digest):
            found = one
    return found
