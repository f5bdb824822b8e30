"""What a folder or archive of fonts or photographs holds, as one number: whether two are the same."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from numberplate.synthesis.type.lettering import FONT_SUFFIXES
from numberplate.synthesis.world.backgrounds import SUFFIXES

_BLOCK = 1 << 20


def content_of(places: Iterable[Path]) -> tuple[int, str]:
    """How many fonts, pictures and lists of boxes there are, and the SHA-256 of their names and contents.

    `places`: folders, whose files are counted by their names below them, and archives, which count as one
    file. Where they lie makes no difference, nor do read-mes and licences in them.
    """
    found: set[tuple[str, str]] = set()
    for place in places:
        if place.is_dir():
            for path in place.rglob("*"):
                name = path.relative_to(place).as_posix()
                if path.is_file() and not _is_hidden(name) and _counts(path):
                    found.add((name, _hash(path)))
        else:
            found.add((place.name, _hash(place)))
    whole = hashlib.sha256()
    for name, content in sorted(found):
        whole.update(f"{name}\0{content}\n".encode())
    return len(found), whole.hexdigest()


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _counts(path: Path) -> bool:
    return path.suffix.lower() in FONT_SUFFIXES + SUFFIXES or path.name == "plates.csv"


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
