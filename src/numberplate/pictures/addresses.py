"""Addresses of pictures: which texts are some, and how they are shown."""

import os
import re

from numberplate.results.address import without_password

_WEB = re.compile(r"https?://", re.IGNORECASE)
_FILE = re.compile(r"file:", re.IGNORECASE)


def is_web_address(text: str) -> bool:
    """Whether a text is an `http` or `https` address."""
    return _WEB.match(text) is not None


def local_path(text: str) -> str:
    """The path of a `file://` URI; another text as it is.

    Raises ValueError for a file of another machine, and for an empty text, which would be the current folder.
    """
    if not text:
        raise ValueError("an empty path")
    if not _FILE.match(text) or os.path.exists(text):
        return text
    # A plain path needs neither; the latter brings all of HTTP.
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost"):
        raise ValueError("a file of another machine")
    return url2pathname(parts.path)


def shown_address(address: str) -> str:
    """A picture's web address without user, password and query, fit to be shown; of others no password.

    Of a camera, whose query says which of its pictures is meant, see `results.address.without_secrets`.
    """
    address = without_password(address)
    if not is_web_address(address):
        return address
    scheme, _, rest = address.partition("://")
    place, mark, _ = rest.partition("?")
    host, slash, path = place.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{'?…' if mark else ''}"
