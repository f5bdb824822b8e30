"""Which pictures a person means by paths: files, folders, patterns, and "-" for standard input."""

import glob
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"}
)
"""Of the files in a folder, or that match a pattern, these are taken for pictures; letters of either case."""

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class PictureFile:
    """One picture to read. `error`: why there is none by this name; None when there may be one."""

    source: str
    error: str | None = None


def find_pictures(paths: Sequence[str], *leave_out: Path | None) -> list[PictureFile]:
    """The pictures that paths stand for, in order, each once.

    - A file is taken as it is, whatever its suffix.
    - A folder stands for the pictures in it and in its folders, sorted; hidden ones are passed over.
    - A pattern (`*`, `?`, `[…]`, `**` for any folders), if no file has that name, for what matches, sorted.
    - "-" stands for standard input.

    A path that stands for nothing gives one entry with an error. `leave_out`: folders that are passed over
    within others, such as those that are written to; None for none.
    """
    found: dict[str, PictureFile] = {}
    passed_over = {os.path.realpath(folder) for folder in leave_out if folder is not None}
    for path in paths:
        for entry in _expand(path, passed_over):
            key = entry.source if entry.source == STANDARD_INPUT else os.path.abspath(entry.source)
            found.setdefault(key, entry)
    return list(found.values())


def _expand(path: str, passed_over: set[str]) -> list[PictureFile]:
    if path == STANDARD_INPUT:
        return [PictureFile(path)]
    if os.path.isdir(path):
        pictures = _in_folder(path, passed_over)
        return [PictureFile(p) for p in pictures] or [PictureFile(path, "a folder with no picture in it")]
    if os.path.lexists(path) or not glob.has_magic(path):
        return [PictureFile(path)]  # a name that does not exist is said when it is opened
    matches: list[str] = []
    for match in sorted(glob.glob(path, recursive=True)):
        if os.path.isdir(match):
            matches += _in_folder(match, passed_over)
        elif _is_picture(match):
            matches.append(match)
    return [PictureFile(m) for m in matches] or [PictureFile(path, "no picture matches this pattern")]


def _in_folder(folder: str, passed_over: set[str]) -> list[str]:
    pictures: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            f
            for f in folders
            if not f.startswith(".") and os.path.realpath(os.path.join(place, f)) not in passed_over
        )
        # Hidden: among them the ._*.jpg that macOS leaves beside pictures, which are none.
        pictures += [
            os.path.join(place, f) for f in sorted(files) if not f.startswith(".") and _is_picture(f)
        ]
    return pictures


def _is_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES


def output_paths(sources: Sequence[str], folder: Path) -> dict[str, Path]:
    """Where a drawn copy of each source goes: its path below the folder that all have in common.

    So two of the same name from different folders do not meet. What is not JPEG or PNG gets ".png" appended;
    standard input is "stdin.png".
    """
    paths = {source: folder / path for source, path in _below_common(sources).items()}
    for source, path in paths.items():
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            paths[source] = path.with_name(path.name + ".png")
    if STANDARD_INPUT in sources:
        paths[STANDARD_INPUT] = folder / "stdin.png"
    return paths


def output_folders(sources: Sequence[str], folder: Path) -> dict[str, Path]:
    """A folder for what is written about each source: likewise, and without the suffix.

    The suffix stays where another would have the same name without; standard input is "stdin".
    """
    names = _below_common(sources)
    if STANDARD_INPUT in sources:
        names[STANDARD_INPUT] = Path("stdin")
    bare = {source: name.with_suffix("") for source, name in names.items()}
    # Some file systems do not tell letters of either case apart.
    taken = Counter(str(name).casefold() for source in names for name in {names[source], bare[source]})
    return {
        source: folder / (name if taken[str(bare[source]).casefold()] > 1 else bare[source])
        for source, name in names.items()
    }


def _below_common(sources: Sequence[str]) -> dict[str, Path]:
    """The path of each source below the folder that all have in common, without standard input."""
    files = {source: os.path.abspath(source) for source in sources if source != STANDARD_INPUT}
    common = os.path.commonpath([os.path.dirname(f) for f in files.values()]) if files else ""
    return {source: Path(os.path.relpath(file, common)) for source, file in files.items()}
