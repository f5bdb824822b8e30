"""Tokens: 256 random bits that a client shows. Only their digests are kept."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable


def new_token() -> tuple[str, str]:
    """A token, to be given to a client, and its digest, to be put into the settings."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """SHA-256, 64 hexadecimal digits. A token has too many bits to be guessed from it; a password has not."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def is_known(token: str, digests: Iterable[str]) -> bool:
    """Whether the token's digest is among those. Takes equally long wherever it stands, or if it does not."""
    shown, found = digest(token), False
    for known in digests:
        found |= hmac.compare_digest(shown, known)
    return found
