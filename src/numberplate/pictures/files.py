"""Which pictures a person means by paths: files, folders, zip files, addresses, patterns, standard input."""

import glob
import lzma
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from numberplate.pictures.addresses import is_web_address, local_path, shown_address
from numberplate.pictures.decode import MAX_MEGAPIXELS, PictureError, max_bytes

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif"),
        *(".tif", ".tiff"),
        *(".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    }
)
"""Of the files in a folder, or that match a pattern, these are taken for pictures; letters of either case."""

STANDARD_INPUT = "-"


def walk(folder: str, onerror: Callable[[OSError], object]) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and those below it, each with the names of its folders and of its files, sorted, as `os.walk`.

    Hidden ones are passed over. Links to folders are followed, but for those that lead back to a folder that
    they are in. What is taken out of the list of folders is not gone through; `onerror` is given what cannot
    be listed.
    """
    # Not os.walk, which goes by recursion before Python 3.12, and ends where folders are very deep.
    real = os.path.realpath(folder)
    left = [(folder, real, frozenset([real]))]
    while left:
        place, real, around = left.pop()
        files, folders = [], {}
        try:
            with os.scandir(place) as listing:
                for entry in listing:
                    # Hidden files: among them the ._*.jpg that macOS leaves beside pictures, which are none.
                    if entry.name.startswith("."):
                        continue
                    if not _is_folder(entry):
                        files.append(entry.name)
                    elif entry.is_symlink():
                        folders[entry.name] = os.path.realpath(os.path.join(place, entry.name))
                    else:
                        folders[entry.name] = os.path.join(real, entry.name)
        except OSError as error:
            onerror(error)
            continue
        found = sorted(name for name in folders if folders[name] not in around)
        yield place, found, sorted(files)
        left += [
            (os.path.join(place, name), folders[name], around | {folders[name]}) for name in reversed(found)
        ]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle, to itself
        return False


class Archive:
    """A zip file. `files`: the names of the files in it, hidden ones left out, sorted."""

    def __init__(self, path: str):
        self.path = path
        with zipfile.ZipFile(path) as opened:
            names = [info.filename for info in opened.infolist() if not info.is_dir()]
        self.files = sorted(name for name in names if not any(map(is_hidden, name.split("/"))))

    def read(self, name: str, limit: int) -> bytes:
        """A file in it: at most one byte more than `limit`. Raises PictureError for one that is damaged."""
        try:
            with _opened(self).open(name) as file:
                return file.read(limit + 1)
        except _UNREADABLE as error:
            raise PictureError(f"{self.path}/{name}", f"cannot be read from the zip: {error}") from error


@lru_cache(maxsize=1)
def _opened(archive: Archive) -> zipfile.ZipFile:
    # Kept for the next picture in it: of many pictures the list takes long. One alone, as there may be more
    # than a program may open.
    return zipfile.ZipFile(archive.path)


def is_hidden(part: str) -> bool:
    """Whether a part of a path in an archive is passed over: so is what macOS leaves beside files."""
    return part == "__MACOSX" or (part.startswith(".") and part not in (".", ".."))


_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, KeyError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What `zipfile` raises for what is damaged, gone, encrypted or compressed in a way that it does not know."""


@dataclass(frozen=True)
class PictureFile:
    """One picture to read.

    Attributes:
        source: its name, fit to be shown: a path, an address, or that of a zip file and of the file in it.
        error: why there is none by this name; None when there may be one.
        address: where it is, if it is on the web, as its user gave it.
        archive, member: the zip file that it is in, and its name there.
    """

    source: str
    error: str | None = None
    address: str | None = field(default=None, repr=False)
    archive: Archive | None = field(default=None, repr=False)
    member: str = ""

    def content(self, max_megapixels: float = MAX_MEGAPIXELS) -> str | bytes:
        """What `decode_picture` reads it from. Raises PictureError for one in a damaged zip file."""
        if self.archive is not None:
            return self.archive.read(self.member, max_bytes(max_megapixels))
        return self.source if self.address is None else self.address


class Pictures(list[PictureFile]):
    """Pictures to read, and `left_out`: how many files of each suffix in their folders are none."""

    def __init__(self, pictures: Iterable[PictureFile] = (), left_out: Mapping[str, int] | None = None):
        super().__init__(pictures)
        self.left_out = Counter(left_out or {})

    def left_out_line(self) -> str | None:
        """The same in words; None when there are none."""
        return _left_out(self.left_out)


def find_pictures(paths: Sequence[str], *leave_out: Path | None) -> Pictures:
    """The pictures that paths stand for, in order, each once.

    - A file is taken as it is, whatever its suffix; so is an `http://` or `https://` address.
    - A `file://` URI is the path in it.
    - A folder stands for the pictures in it and in its folders, sorted; hidden ones are passed over, links
      followed.
    - A zip file stands for the pictures in it, sorted.
    - A pattern (`*`, `?`, `[…]`, `**` for any folders), if no file has that name, for what matches, sorted.
    - "-" stands for standard input.

    A path that stands for nothing gives one entry with an error. `leave_out`: folders that are passed over
    within others, such as those that are written to; None for none.
    """
    search = _Search({os.path.realpath(folder) for folder in leave_out if folder is not None})
    found: dict[str, PictureFile] = {}
    for path in paths:
        for entry in search.expand(path):
            plain = entry.source == STANDARD_INPUT or entry.address is not None
            found.setdefault(entry.address or entry.source if plain else os.path.abspath(entry.source), entry)
    return Pictures(found.values(), search.left_out)


class _Search:
    """`passed_over`: folders, as real paths. `left_out`: suffixes of the files that are no pictures."""

    def __init__(self, passed_over: set[str]):
        self._passed_over = passed_over
        self.left_out: Counter[str] = Counter()

    def expand(self, path: str) -> list[PictureFile]:
        if path == STANDARD_INPUT:
            return [PictureFile(path)]
        if is_web_address(path):
            return [PictureFile(shown_address(path), address=path)]
        try:
            path = local_path(path)
        except ValueError as error:
            return [PictureFile(path, str(error))]
        if "://" in path and not os.path.lexists(path):
            return [PictureFile(shown_address(path), "an address that is not read: http, https and file are")]
        if os.path.isdir(path):
            return self._all_of(path, "a folder")
        if os.path.isfile(path) and _is_zip(path):
            return self._all_of(path, "a zip file")
        if os.path.lexists(path) or not glob.has_magic(path):
            return [PictureFile(path)]  # a name that does not exist is said when it is opened
        matches: list[PictureFile] = []
        for match in sorted(glob.glob(path, recursive=True)):
            matches += self._in(match)
        return matches or [PictureFile(path, "no picture matches this pattern")]

    def _all_of(self, path: str, kind: str) -> list[PictureFile]:
        before = self.left_out.copy()
        pictures = self._in(path)
        if pictures:
            return pictures
        others = _left_out(self.left_out - before)
        return [PictureFile(path, f"{kind} with no picture in it" + (f": {others}" if others else ""))]

    def _in(self, path: str) -> list[PictureFile]:
        if os.path.isdir(path):
            return list(self._in_folder(path))
        if os.path.isfile(path) and _is_zip(path):
            return self._in_zip(path)
        return [PictureFile(path)] if self._is_picture(path) else []

    def _in_folder(self, folder: str) -> Iterator[PictureFile]:
        closed: list[OSError] = []
        for place, folders, files in walk(folder, closed.append):
            if self._passed_over:  # which takes long where folders are deep
                folders[:] = [
                    f for f in folders if os.path.realpath(os.path.join(place, f)) not in self._passed_over
                ]
            for file in files:
                path = os.path.join(place, file)
                if is_file(path) and self._is_picture(file):
                    yield PictureFile(path)
        for error in closed:  # whatever pictures it has would be missing, and nobody would know
            yield PictureFile(error.filename, f"a folder that cannot be listed: {error.strerror}")

    def _in_zip(self, path: str) -> list[PictureFile]:
        try:
            archive = Archive(path)
        except _UNREADABLE as error:
            return [PictureFile(path, f"a zip file that cannot be read: {error}")]
        found = []
        for name in archive.files:
            # Wherever a name leads to, it is one within the zip file.
            parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
            if self._is_picture(name):
                found.append(PictureFile("/".join([path, *parts]), archive=archive, member=name))
        return found

    def _is_picture(self, name: str) -> bool:
        suffix = os.path.splitext(name)[1].lower()
        if suffix not in SUFFIXES:
            self.left_out[suffix] += 1
        return suffix in SUFFIXES


def is_file(path: str) -> bool:
    """Not a pipe, which nobody may ever write to, nor a device. A link that leads nowhere is one, and that is
    said when it is opened."""
    return os.path.isfile(path) or not os.path.exists(path)


def _is_zip(path: str) -> bool:
    # By its name too: other kinds of files, such as office documents, are zip files.
    return os.path.splitext(path)[1].lower() == ".zip"


def _left_out(kinds: Mapping[str, int]) -> str | None:
    if not kinds:
        return None
    counts = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    each = ", ".join(f"{count} {suffix or 'without a suffix'}" for suffix, count in counts)
    total = sum(kinds.values())
    return f"{total} other file{'s' if total > 1 else ''} left out ({each})"


def output_paths(sources: Sequence[str], folder: Path) -> dict[str, Path]:
    """Where a drawn copy of each source goes: its path below the folder that all have in common.

    So two of the same name from different folders do not meet. What is not JPEG or PNG gets ".png" appended,
    and again where that is another's name; standard input is "stdin.png".
    """
    names = _below_common(sources)
    kept = {source for source, name in names.items() if name.suffix.lower() in (".jpg", ".jpeg", ".png")}
    if STANDARD_INPUT in sources:
        names[STANDARD_INPUT] = Path("stdin")
    paths: dict[str, Path] = {}
    taken: set[str] = set()
    for source in sorted(names, key=lambda source: source not in kept):
        name = names[source] if source in kept else _with_png(names[source])
        while str(name).casefold() in taken:  # some file systems do not tell letters of either case apart
            name = _with_png(name)
        taken.add(str(name).casefold())
        paths[source] = folder / name
    return paths


def _with_png(path: Path) -> Path:
    return path.with_name(path.name + ".png")


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
    files = {source: os.path.abspath(_as_path(source)) for source in sources if source != STANDARD_INPUT}
    if len({os.path.splitdrive(file)[0].casefold() for file in files.values()}) > 1:
        return {source: _below_drive(file) for source, file in files.items()}
    common = os.path.commonpath([os.path.dirname(f) for f in files.values()]) if files else ""
    return {source: Path(os.path.relpath(file, common)) for source, file in files.items()}


def _below_drive(file: str) -> Path:
    """A file's path on Windows, where there is one for each drive, with the drive as the first folder."""
    drive, path = os.path.splitdrive(file)
    return Path(re.sub(r"\W+", "_", drive).strip("_"), path.lstrip("\\/"))


def _as_path(source: str) -> str:
    """A path, or one that names the host and the path of an address."""
    if not is_web_address(source):
        return source
    parts = urlsplit(source)
    return f"{parts.netloc.replace(':', '_')}/{parts.path.strip('/') or 'picture'}"
