"""Which recording a source is, so that one that is watched twice is known again."""

import hashlib
import os
from pathlib import Path

from numberplate.live.sources.base import Source
from numberplate.pictures.files import find_pictures
from numberplate.results.address import without_secrets

_PART = 65_536
"""Bytes of a file's beginning, middle and end that tell it from others."""


def fingerprint(source: Source) -> str | None:
    """The same text for the same recording, whatever its file is called; None for what is live.

    Of a file its length and parts of it count, of a folder the names and lengths of its pictures, of anything
    else its name.
    """
    if source.live:
        return None
    path, found = Path(source.address), hashlib.sha256()
    try:
        if path.is_dir():
            for picture in find_pictures([source.address]):
                file = Path(picture.source)
                name = file.relative_to(path).as_posix()
                found.update(f"{name}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        elif path.is_file():
            with path.open("rb") as data:
                size = os.fstat(data.fileno()).st_size
                found.update(f"{size}\0".encode())
                for place in sorted({0, max(0, size // 2), max(0, size - _PART)}):
                    data.seek(place)
                    found.update(data.read(_PART))
        else:
            found.update(without_secrets(source.address).encode("utf-8", "surrogateescape"))
    except OSError:  # gone meanwhile: its name is all that is left of it
        found.update(without_secrets(source.address).encode("utf-8", "surrogateescape"))
    return found.hexdigest()
