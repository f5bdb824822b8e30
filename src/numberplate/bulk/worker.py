"""Reads a part: in a process of its own, which one picture may end without ending the run."""

import json
import os
import re
import tarfile
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from lzma import LZMAError
from pathlib import Path
from tarfile import EmptyHeaderError, EOFHeaderError, HeaderError, ReadError  # type: ignore[attr-defined]
from typing import IO, Any, cast

import cv2
import numpy as np
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from numberplate.bulk.errors import BulkError, MalformedError, PlaceError, StoreError
from numberplate.bulk.places import Folder, opened, store_errors
from numberplate.bulk.plan import Part, names_of
from numberplate.bulk.tables import Rows
from numberplate.pictures.addresses import is_web_address, shown_address
from numberplate.pictures.decode import PictureError, max_bytes
from numberplate.pictures.files import SUFFIXES, is_hidden
from numberplate.processes.process import Answer, Process, ProcessEndedError, Tell
from numberplate.reading import PlateReader, ReadOptions

_AHEAD = 8
"""Pictures that are fetched while one is read: a store answers later than it takes to read one."""

_TRIES, _PAUSE = 4, 0.5
"""How often a failing store is asked, and seconds before the second time; twice as long before each next."""

_START_SECONDS = 300.0
"""For a worker to load the networks, on a machine that starts as many as it has cores."""

_MOST_FAILURES = 4
"""How often processes may end over the same picture, or before any, until the run ends."""

_NOWHERE = -1
"""The row of a process that has begun none."""

_TAR_FAULTS = (tarfile.TarError, EOFError, zlib.error, LZMAError, OSError)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """How pictures are read by all workers; see `PlateReader`.

    `seconds`: that one picture may take, its fetching included.
    """

    options: ReadOptions = field(default_factory=ReadOptions)
    weights: Path | None = None
    threads: int = 1
    device: str = "cpu"
    seconds: float = 60.0

    def reader(self) -> PlateReader:
        """Raises WeightsError, DeviceError and RegionError."""
        return PlateReader(self.weights, self.threads, self.options, self.device)


@dataclass(frozen=True)
class Receipt:
    """What a part gave; written when all its tables are there, and the part is done when it is.

    `pictures`: that were read; `bad`: that could not be; `plates`; `seconds` of the clock and `cpu_seconds`
    of the process that read it.
    """

    part: int
    pictures: int
    plates: int
    bad: int
    seconds: float
    cpu_seconds: float

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Receipt":
        """Raises ValueError."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"not a receipt: {error}") from error


def receipt_name(part: Part) -> str:
    """Of the file that says that a part is done."""
    return f"_run/done/{part.name}.json"


class PartWorker:
    """Reads one part after the other, in a process that is started anew when a picture ends it.

    Raises what keeps the first process from being ready, such as WeightsError.
    """

    def __init__(self, reading: Reading, out: str):
        self._reading, self._out, self._closed = reading, out, False
        self._process: Process | None = self._started()

    @property
    def pid(self) -> int | None:
        """Its process's number, while it has one."""
        return None if self._process is None else self._process.pid

    def read(self, part: Part, on_progress: Callable[[int], None] | None = None) -> Receipt:
        """Reads a part and writes its tables. `on_progress`: called as pictures are done, with how many are.

        A picture that takes too long, or that twice ends the process, is one of the bad ones. Raises
        BulkError where the results cannot be written, or processes keep ending with no picture to blame.
        """
        trouble: dict[int, str] = {}
        stop: int | None = None
        ended: Counter[int] = Counter()
        at = [_NOWHERE]

        def reached(row: int) -> None:
            at[0] = row
            if on_progress is not None:
                on_progress(row)

        while True:
            at[0] = _NOWHERE
            self._check_open()
            process = self._process  # of which another thread that closes may take leave
            if process is None:
                process = self._process = self._started()
                self._check_open()  # it takes a while
            try:
                receipt: Receipt = process.ask((part, trouble, stop), self._reading.seconds, reached)
                return receipt
            except TimeoutError:
                reason = f"reading it took longer than {self._reading.seconds:g} s, and was ended"
                most = 1
            except ProcessEndedError:
                reason, most = "the processes that read it ended over it", 2
            self._end()
            row = at[0]
            ended[row] += 1
            if ended[row] >= _MOST_FAILURES:
                raise BulkError(f"{part.name}: the processes that are to read it keep ending")
            if row == _NOWHERE:
                continue
            if row in trouble:
                stop = row  # it is not the picture, but getting to it
            elif ended[row] >= most:
                trouble[row] = reason

    def _check_open(self) -> None:
        if self._closed:
            self._end()
            raise BulkError("the worker is closed")

    def close(self) -> None:
        """Ends the process, whatever it does, and with it what another thread has it read."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _started(self) -> Process:
        try:
            return Process(part_reader, self._reading, self._out, start_seconds=_START_SECONDS)
        except (ProcessEndedError, TimeoutError) as error:
            raise BulkError(f"a process that is to read pictures does not start: {error}") from error


def part_reader(reading: Reading, out: str) -> Answer:
    """What a worker's process does: reads parts, and tells the row of each picture before it looks at it."""
    cv2.setNumThreads(reading.threads)
    reader, folder = reading.reader(), Folder(out)
    # The first picture takes longer, which is not the picture's fault.
    reader.read(np.zeros((480, 640, 3), np.uint8))
    limit = max_bytes(reading.options.max_megapixels)

    def answer(message: tuple[Part, dict[int, str], int | None], tell: Tell) -> Receipt:
        part, trouble, stop = message
        start, cpu_start = time.perf_counter(), time.process_time()
        rows = Rows(part.number)
        # The names come before the first picture: it must not be blamed if they take long.
        pictures = (
            _fetched(names_of(part, folder), limit, trouble)
            if part.shard is None
            else _in_tar(part.shard, limit, trouble, stop)
        )
        tell(0)
        for row, name, fetched in pictures:
            try:
                content = fetched.result()
            except PictureError as error:
                rows.add_bad(row, name, error.reason)
            else:
                rows.add(row, reader.report(content, name, keep=False))
            tell(row + 1)
        receipt = Receipt(
            part.number,
            rows.count("pictures"),
            rows.count("plates"),
            rows.count("bad"),
            round(time.perf_counter() - start, 3),
            round(time.process_time() - cpu_start, 3),
        )
        write_part(part, rows, receipt, folder)
        return receipt

    return answer


def write_part(part: Part, rows: Rows, receipt: Receipt, out: Folder) -> None:
    """Writes the tables of a part, and last the receipt: without it the part is read and written again."""
    for table, data in rows.files().items():
        name = f"{table}/{part.name}.parquet"
        if data is not None:
            out.write(name, data)
        else:
            out.remove(name)  # of an attempt that found other ones bad and got no further
    out.write(receipt_name(part), receipt.to_json().encode("utf-8"))


Fetched = tuple[int, str, "Future[str | bytes]"]
"""A picture's row and name, fit to be shown, and what `PlateReader.report` reads it from."""


def _fetched(names: Sequence[str], limit: int, trouble: Mapping[int, str]) -> Iterator[Fetched]:
    """The pictures of these names, in order. A future raises PictureError for one that cannot be fetched.

    `trouble`: why those of some rows are not to be read.
    """
    threads = ThreadPoolExecutor(_AHEAD)
    try:
        waiting: deque[Fetched] = deque()
        for row, name in enumerate(names):
            if len(waiting) >= _AHEAD:
                yield waiting.popleft()
            shown = shown_address(name)
            if row in trouble:
                future = _failed(shown, trouble[row])
            elif _is_read_here(name):
                future = _done(name)
            else:
                future = threads.submit(_fetch, name, limit)
            waiting.append((row, shown, future))
        yield from waiting
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _is_read_here(name: str) -> bool:
    """Whether `PlateReader.report` takes it by its name: the path of a file, or an address on the web."""
    return is_web_address(name) or not _SCHEME.match(name)


def _fetch(name: str, limit: int) -> str | bytes:
    """The bytes of a picture in a store; the path of one that is here.

    Raises PictureError, and BulkError where the store does not answer at all: all pictures would be bad ones.
    """
    try:
        fs, path = opened(name)
        if isinstance(fs, LocalFileSystem):
            return path
        data: bytes = _tried(partial(_first_bytes, fs, path, limit + 1))
    except PlaceError as error:
        raise PictureError(name, error.reason) from error
    except FileNotFoundError as error:
        raise PictureError(name, "no such file") from error
    except MalformedError as error:
        raise PictureError(name, str(error)) from error
    except StoreError as error:
        raise BulkError(f"{shown_address(name)}: {error}") from error
    except (OSError, ValueError) as error:
        raise PictureError(name, f"cannot be fetched: {getattr(error, 'strerror', None) or error}") from error
    return data


def _first_bytes(fs: AbstractFileSystem, path: str, count: int) -> bytes:
    try:
        data: bytes = fs.cat_file(path, start=0, end=count)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except OSError:
        if fs.size(path) == 0:  # of nothing, a store gives no first bytes
            return b""
        raise
    return data


def _tried(get: Callable[[], Any]) -> Any:
    """What a store gives, which is asked again if it fails; what is not there, or not allowed, is not."""
    for attempt in range(_TRIES):
        try:
            with store_errors():
                return get()
        except (FileNotFoundError, PermissionError, IsADirectoryError, MalformedError):
            raise
        except OSError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def _in_tar(address: str, limit: int, trouble: Mapping[int, str], stop: int | None) -> Iterator[Fetched]:
    """The pictures in a tar, in its order; other files, as WebDataset has beside them, are passed over.

    The last one may be the tar itself, with what is wrong with it. `stop`: the row that is never reached.
    """
    shown, row = shown_address(address), 0
    if row == stop:
        yield row, shown, _failed(shown, trouble[row])
        return
    try:
        fs, path = opened(address)
        with (
            store_errors(*_TAR_FAULTS),
            _tried(partial(fs.open, path, "rb")) as file,
            tarfile.open(fileobj=cast(IO[bytes], _Patient(file)), mode="r|*", tarinfo=_Member) as tar,
        ):
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined] # all that it has seen, and millions may be
                is_link = member.islnk() or member.issym()
                if not (member.isfile() or is_link) or not _is_picture(member.name):
                    continue
                name = f"{shown}/{member.name.lstrip('/')}"
                if row in trouble:
                    yield row, name, _failed(name, trouble[row])
                elif is_link:
                    yield row, name, _failed(name, f"a link to {member.linkname}, which is not followed")
                else:
                    content = tar.extractfile(member)
                    assert content is not None  # it is a file
                    yield row, name, _done(content.read(limit + 1))
                row += 1
                if row == stop:
                    yield row, shown, _failed(shown, f"{_after(row)}: {trouble[row]}")
                    return
    except PlaceError as error:
        yield row, shown, _failed(shown, error.reason)
    except FileNotFoundError:
        yield row, shown, _failed(shown, "no such file")
    except StoreError as error:
        raise BulkError(f"{shown}: {error}") from error
    except _TAR_FAULTS as error:
        after = f" {_after(row)}" if row else ""
        yield row, shown, _failed(shown, f"a tar that cannot be read{after}: {error or type(error).__name__}")


def _after(pictures: int) -> str:
    return f"after {pictures} picture{'s' if pictures != 1 else ''}"


class _Patient:
    """A file whose store is asked again if it fails: a whole tar is too much to lose over one answer."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        data: bytes = _tried(partial(self._file.read, size))
        return data


class _Member(tarfile.TarInfo):
    """A file in a tar, in which damage is not taken for the end: what follows would be missing unsaid."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> "_Member":
        """See `TarInfo`. Raises TarError."""
        try:
            return super().fromtarfile(tarfile)
        except EOFHeaderError:
            raise  # the mark of the end
        except EmptyHeaderError as error:
            raise ReadError("it ends without the mark of its end") from error
        except HeaderError as error:
            raise ReadError(str(error)) from error
        except (ValueError, LookupError, OverflowError, RecursionError) as error:
            # tarfile takes what extended headers say as it is.
            raise ReadError("invalid header") from error


def _is_picture(name: str) -> bool:
    """By its name; what is hidden in a folder or a zip file is so in a tar."""
    return os.path.splitext(name)[1].lower() in SUFFIXES and not any(map(is_hidden, name.split("/")))


def _done(content: str | bytes) -> "Future[str | bytes]":
    future: Future[str | bytes] = Future()
    future.set_result(content)
    return future


def _failed(name: str, reason: str) -> "Future[str | bytes]":
    future: Future[str | bytes] = Future()
    future.set_exception(PictureError(name, reason))
    return future
