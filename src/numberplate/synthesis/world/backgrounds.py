"""Photographs to lay plates on: a folder, zip or tar of pictures, or what is drawn where there is none."""

import csv
import io
import lzma
import stat
import sys
import tarfile
import warnings
import weakref
import zipfile
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import IO, Protocol

import cv2
import numpy as np
from PIL import Image

from numberplate.pictures.encode import encode
from numberplate.pictures.headers import HeaderError, read_header
from numberplate.synthesis.camera import noise
from numberplate.synthesis.world.street import street

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")

_KEPT = 8
"""Decoded pictures kept in memory: neighbouring samples share a background."""

_LARGE = 1600
"""A picture is decoded at a half, a quarter or an eighth of its size where its longer side stays this long.

Scenes show two fifths of it at least: of more, most would be decoded and kept in memory to be thrown away.
"""

_SURE = 0.5
"""Confidence of a box from which on a real plate is taken to show there."""

_BOXES = "plates.csv"

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    UnicodeDecodeError,
)
"""What the standard library raises for archives that are cut short or broken, or of a later kind."""


class BackgroundError(ValueError):
    """A source of backgrounds that cannot be used; the message names it and the reason."""


def is_picture(name: str) -> bool:
    """Whether a file of this name is taken for a photograph."""
    # macOS adds a file such as ._photo.jpg, which holds no picture, to the archives that it makes.
    return name.lower().endswith(SUFFIXES) and not name.rpartition("/")[2].startswith("._")


class _Source(Protocol):
    names: list[str]
    boxes: str | None
    """The name of the file that says where plates show."""

    def data(self, name: str) -> bytes: ...


def _outermost(names: Iterable[str]) -> str | None:
    """Of an archive's files the one with boxes: an archive may have its folder's name before all others."""
    found = (name for name in names if name.rpartition("/")[2] == _BOXES)
    return min(found, key=lambda name: (name.count("/"), name), default=None)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.names = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if is_picture(p.name))
        self.boxes = _BOXES if (path / _BOXES).is_file() else None

    def data(self, name: str) -> bytes:
        path = self._path / name
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise BackgroundError(f"{path}: not a file")
        return path.read_bytes()


class _Zip:
    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self.names = sorted(n for n in self._archive.namelist() if is_picture(n))
        self.boxes = _outermost(self._archive.namelist())

    def data(self, name: str) -> bytes:
        try:
            return self._archive.read(name)
        except RuntimeError as error:  # for want of a password, or of a way to unpack it
            raise BackgroundError(f"{self._archive.filename}: {error}") from error


class _Tar:
    """A tar, read in place where it is not compressed: SUN397 is 37 GB and is never unpacked."""

    def __init__(self, path: Path) -> None:
        self._places: dict[str, tuple[int, int]] = {}
        self._archive: tarfile.TarFile | None = None
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and (is_picture(member.name) or member.name.endswith(_BOXES)):
                    self._places[member.name] = (member.offset_data, member.size)
            plain = archive.fileobj is not None and archive.mode == "r" and _is_plain_tar(path)
        # Open as long as the backgrounds are.
        self._file: IO[bytes] = path.open("rb")
        weakref.finalize(self, self._file.close)
        if not plain:
            self._archive = tarfile.open(fileobj=self._file)  # noqa: SIM115
        self.names = sorted(n for n in self._places if is_picture(n))
        self.boxes = _outermost(self._places)

    def data(self, name: str) -> bytes:
        if self._archive is not None:
            member = self._archive.extractfile(name)
            return member.read() if member else b""
        offset, size = self._places[name]
        self._file.seek(offset)
        return self._file.read(size)


def _is_plain_tar(path: Path) -> bool:
    try:
        tarfile.open(path, "r:").close()
    except tarfile.ReadError:
        return False
    return True


class Backgrounds:
    """The pictures of a folder (with its subfolders), a zip or a tar, in order of name.

    A file `plates.csv` beside them, in an archive too, (image, x, y, width, height, confidence) says where
    real plates show. Scenes cover the boxes of at least `covered` confidence, so that no real plate is learnt
    from, as plate or as nothing.
    `keep` says of a picture's place in that order whether it is used, to hold some out for validation.
    A picture that cannot be read is named on stderr and in `refused`, and the next one takes its place; where
    none can be read, BackgroundError is raised.
    Without a path, half of the backgrounds are patterns of random shapes and half are drawn streets, each
    with a car and the place of its plate as a box. Raises BackgroundError.
    """

    def __init__(
        self, path: Path | None = None, covered: float = 0.2, keep: Callable[[int], bool] | None = None
    ) -> None:
        self.path = path
        self.refused: dict[int, str] = {}
        """Pictures that cannot be used, by their place in the order, and why."""
        self._cache: OrderedDict[int, tuple[list[np.ndarray], int]] = OrderedDict()
        self._files: dict[int, bytes] = {}
        """Drawn pictures as JPEG files, by their place: to decode one takes a twentieth of drawing it."""
        self._boxes: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
        self._sure: dict[str, float] = defaultdict(float)
        """The greatest confidence of a box of each picture."""
        self._source: _Source | None = None
        if path is None:
            return
        try:
            if path.is_dir():
                self._source = _Folder(path)
            elif not stat.S_ISREG(path.stat().st_mode):
                raise BackgroundError(f"{path}: not a folder, zip or tar")  # a device may have no end
            elif zipfile.is_zipfile(path):
                self._source = _Zip(path)
            elif tarfile.is_tarfile(path):
                self._source = _Tar(path)
        except OSError as error:
            raise BackgroundError(f"{path}: {error.strerror or error}") from error
        except _DAMAGED as error:
            raise BackgroundError(f"{path}: the archive is damaged: {error}") from error
        if self._source is None:
            raise BackgroundError(f"{path}: not a folder, zip or tar")
        found = self._source.names
        if not found:
            raise BackgroundError(f"{path}: no picture in it")
        if keep is not None:
            self._source.names = [name for i, name in enumerate(found) if keep(i)]
        if not self._source.names:
            raise BackgroundError(f"{path}: too few pictures ({len(found)}) to keep some for validation")
        if self._source.boxes is not None:
            self._read_boxes(self._source, self._source.boxes, covered)

    def __len__(self) -> int:
        return len(self._source.names) if self._source else 1000

    def picture(self, index: int, halvings: int = 0) -> np.ndarray:
        """uint8 (height, width, 3) RGB, its sides halved so many times; not to be written to.

        The halves are made once: neighbouring samples, each of which shows little of a picture in few pixels,
        need not average all of its pixels again.
        """
        levels = self._usable(index)[1]
        while len(levels) <= halvings:
            height, width = levels[-1].shape[:2]
            size = (max(1, width // 2), max(1, height // 2))
            half = cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA)
            half.setflags(write=False)
            levels.append(half)
        return levels[halvings]

    def boxes(self, index: int) -> list[tuple[int, int, int, int]]:
        """Where picture `index` shows real plates, or a drawn one has room for one: (x, y, width, height)."""
        place, _, reduced = self._usable(index)
        boxes = self._boxes.get(self._source.names[place] if self._source else str(place), [])
        return [(x // reduced, y // reduced, -(-w // reduced), -(-h // reduced)) for x, y, w, h in boxes]

    @cached_property
    def vehicles(self) -> tuple[int, ...]:
        """The pictures in which a plate surely shows, where one is laid: their places in the order.

        Empty without a `plates.csv`. Of pictures that are drawn, a half has a place for a plate, and which
        those are is not known before they are drawn.
        """
        if self._source is None:
            return ()
        return tuple(i for i, name in enumerate(self._source.names) if self._sure[name] >= _SURE)

    def vehicle(self, number: int) -> int | None:
        """The place of one of `vehicles`, counted round, or the next one that can be read; None without."""
        for step in range(len(self.vehicles)):
            place = self.vehicles[(number + step) % len(self.vehicles)]
            if self._usable(place)[0] == place:
                return place
        return None

    def _usable(self, index: int) -> tuple[int, list[np.ndarray], int]:
        """The place of picture `index`, or of the next that can be read; it and its halves; its divisor."""
        failed: list[str] = []
        for step in range(len(self)):
            place = (index + step) % len(self)
            if place in self.refused:
                continue
            try:
                found = self._kept(place)
            except BackgroundError as error:
                failed.append(str(error))
                self.refused[place] = failed[-1]
                continue
            for reason in failed:
                print(f"numberplate: left out {reason}", file=sys.stderr)
            return place, *found
        raise BackgroundError(next(iter(self.refused.values())))

    def _kept(self, place: int) -> tuple[list[np.ndarray], int]:
        if place in self._cache:
            self._cache.move_to_end(place)
            return self._cache[place]
        picture, reduced = self._decoded(place) if self._source else (self._drawn(place), 1)
        picture.setflags(write=False)
        self._cache[place] = ([picture], reduced)
        if len(self._cache) > _KEPT:
            self._cache.popitem(last=False)
        return self._cache[place]

    def _drawn(self, index: int) -> np.ndarray:
        if index not in self._files:
            self._files[index] = self._draw(index)
        return np.asarray(cv2.imdecode(np.frombuffer(self._files[index], np.uint8), cv2.IMREAD_COLOR_RGB))

    def _draw(self, index: int) -> bytes:
        """A drawn picture as a JPEG file; its box is noted."""
        rng = np.random.default_rng([397, index])
        if rng.random() < 0.5:
            picture = patterns(rng)
        else:
            picture, box = street(rng, 450, 600)
            self._boxes[str(index)] = [box]
        return encode(picture, quality=92)

    def _decoded(self, place: int) -> tuple[np.ndarray, int]:
        """A picture, and by what its sides were divided."""
        assert self._source is not None
        name = self._source.names[place]
        data = self._data(self._source, name)
        reduced = _reduction(data)
        how = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
        flag = how.get(reduced, cv2.IMREAD_REDUCED_COLOR_8)
        try:
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), flag) if data else None
        except cv2.error as error:  # a header that promises a picture of more than 2^30 pixels
            raise BackgroundError(f"{self.path}: {name}: {error.err}") from error
        if picture is None:
            raise BackgroundError(f"{self.path}: {name} is not a picture")
        size = (picture.shape[1] * reduced, picture.shape[0] * reduced)
        if any(_is_far(box, size) for box in self._boxes.get(name, [])):
            raise BackgroundError(f"{self.path}: {name}: {_BOXES} has a box far beyond its edges")
        return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), reduced

    def _data(self, source: _Source, name: str) -> bytes:
        try:
            return source.data(name)
        except OSError as error:
            raise BackgroundError(f"{self.path}: {name}: {error.strerror or error}") from error
        except _DAMAGED as error:
            raise BackgroundError(f"{self.path}: {name}: the archive is damaged: {error}") from error

    def _read_boxes(self, source: _Source, name: str, covered: float) -> None:
        assert self.path is not None
        path, folder = self.path / name, name.removesuffix(_BOXES)
        try:
            text = self._data(source, name).decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
        except (UnicodeDecodeError, csv.Error) as error:
            raise BackgroundError(f"{path}: {error}") from error
        for number, row in enumerate(rows, 2):
            try:
                confidence = float(row["confidence"])
                if not 0 <= confidence <= 1:
                    raise ValueError(f"a confidence of {row['confidence']}, not of 0 to 1")
                if confidence >= covered:
                    image = folder + row["image"]
                    x, y, width, height = (int(float(row[k])) for k in ("x", "y", "width", "height"))
                    if min(width, height) < 0:
                        raise ValueError(f"{width} wide and {height} high")
                    self._sure[image] = max(self._sure[image], confidence)
                    self._boxes[image].append((x, y, width, height))
            except KeyError as error:
                raise BackgroundError(f"{path}, line {number}: no column {error}") from error
            except (TypeError, ValueError, OverflowError) as error:
                raise BackgroundError(f"{path}, line {number}: not a box: {error}") from error


def _is_far(box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether a box reaches further beyond a picture of (width, height) than this is long."""
    (x, y, width, height), (across, down) = box, size
    return min(x + across, y + down, 2 * across - x - width, 2 * down - y - height) < 0


def _reduction(data: bytes) -> int:
    """By what to divide the sides of a picture, from its header: 1, 2, 4 or 8."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                longer = max(picture.size)
    except Image.DecompressionBombError:  # of the largest it is known best
        try:
            header = read_header(data)
        except HeaderError:
            return 1
        longer = max(header.width, header.height)
    except (OSError, ValueError, SyntaxError):
        return 1  # what it is, decoding will tell
    return next((by for by in (8, 4, 2) if longer >= by * _LARGE), 1)


def patterns(rng: np.random.Generator, height: int = 300, width: int = 400) -> np.ndarray:
    """A picture of random shapes over a gradient: a background where no photograph is at hand."""
    top, bottom = rng.uniform(0, 255, (2, 3))
    ramp = np.linspace(0, 1, height)[:, None, None]
    picture = np.ascontiguousarray(
        np.broadcast_to(top + ramp * (bottom - top), (height, width, 3)).astype(np.uint8)
    )
    for _ in range(int(rng.integers(5, 40))):
        colour = rng.uniform(0, 255, 3).tolist()
        x, y = int(rng.integers(width)), int(rng.integers(height))
        size = int(rng.integers(4, 120))
        kind = rng.random()
        if kind < 0.35:
            cv2.rectangle(picture, (x, y), (x + size, y + int(size * rng.uniform(0.2, 1.5))), colour, -1)
        elif kind < 0.6:
            cv2.ellipse(
                picture,
                (x, y),
                (size, int(size * rng.uniform(0.2, 1))),
                rng.uniform(0, 180),
                0,
                360,
                colour,
                -1,
            )
        elif kind < 0.85:
            cv2.line(
                picture,
                (x, y),
                (int(rng.integers(width)), int(rng.integers(height))),
                colour,
                int(rng.integers(1, 9)),
            )
        else:
            for i in range(int(rng.integers(3, 12))):
                cv2.line(picture, (x, y + 5 * i), (x + size, y + 5 * i), colour, 2)
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.5))
    return noise(soft, rng, rng.uniform(0, 12))
