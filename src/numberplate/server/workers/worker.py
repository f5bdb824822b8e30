"""A process that reads pictures for the server: what a stranger's picture does to it, it does to it alone.

The server starts some of these (see `pool`), sends each one job after the other, ends one that takes too
long, and starts another for each that ends.
"""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np

from numberplate.geometry.quads import Picture, flat_crop
from numberplate.pictures.decode import PictureTooLargeError
from numberplate.pictures.encode import encode
from numberplate.plates.formats import RegionError, Regions
from numberplate.reading import DeviceError, PlateReader, Report, WeightsError
from numberplate.server.uploads.base64_picture import Base64Error, decode_base64
from numberplate.server.workers.keeping import records

_LEAST_COLOUR = 3.0
"""Of 255: the mean difference between the channels of a picture in colours; JPEG leaves grey ones 1 or 2."""


@dataclass(frozen=True)
class ReaderSettings:
    """How the readers of all workers are made; see `PlateReader`."""

    weights: Path | None = None
    min_confidence: float | None = None
    candidates: int = 5
    max_megapixels: float = 50.0
    regions: tuple[str, ...] = ()
    device: str = "cpu"

    def reader(self) -> PlateReader:
        """Raises WeightsError, DeviceError and RegionError."""
        return PlateReader(
            self.weights,
            threads=1,
            device=self.device,
            min_confidence=self.min_confidence,
            candidates=self.candidates,
            max_megapixels=self.max_megapixels,
            regions=self.regions,
        )


@dataclass(frozen=True)
class Options:
    """What a request may ask for.

    Attributes:
        regions: codes of expected ones; None: those of the settings.
        min_confidence: least probability of a text; None: that of the settings.
        candidates: how many texts each plate offers; None: as in the settings.
        plate_only: the picture shows a plate and little else.
    """

    regions: tuple[str, ...] | None = None
    min_confidence: float | None = None
    candidates: int | None = None
    plate_only: bool = False


@dataclass(frozen=True)
class Job:
    """A picture to read.

    Attributes:
        picture: as its file has it, or that in Base64.
        name: of the picture, for messages.
        crops: whether a crop of each plate is wanted.
        keep_as: the source's name, where the plates are to be kept as sightings.
    """

    picture: bytes | str
    name: str
    options: Options = Options()
    crops: bool = False
    keep_as: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a picture gave.

    Attributes:
        report: without the picture itself.
        crops: JPEGs, as many as plates, if they were wanted.
        records: the plates as sightings, if they are to be kept; see `sightings.record.to_bytes`.
        grey: whether the picture has no colours, as those that cameras take by infra-red light.
    """

    report: Report
    crops: tuple[bytes, ...] = ()
    records: bytes = b""
    grey: bool = False


class UnreadableError(ValueError):
    """The picture cannot be read; the message says why, for its client."""


class TooLargeError(UnreadableError):
    """The picture has more pixels than are read."""


def work(connection: Connection, settings: ReaderSettings, megabytes: int, seconds: float) -> None:
    """The process: says that it is ready (None) or why it is not, then answers each Job until nobody asks.

    `megabytes`: of memory beyond what it has when it is ready. `seconds`: after which it ends itself, should
    the server no longer be there to do it.
    """
    # Ctrl-C and service managers signal whole groups; the server says when it is time, by closing.
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)
    cv2.setNumThreads(1)  # pictures are read in parallel; no picture in several threads
    try:
        reader = settings.reader()
    except (WeightsError, DeviceError, RegionError) as error:
        connection.send(error)
        return
    _limit_memory(megabytes)
    connection.send(None)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job = connection.recv()
            with _ending_after(seconds):
                reply = answer(reader, job)
            connection.send(reply)


def answer(reader: PlateReader, job: Job) -> Reading | UnreadableError:
    """Reads one picture. What is no fault of the picture is raised, and ends the process."""
    start = time.perf_counter()
    try:
        data = decode_base64(job.picture) if isinstance(job.picture, str) else job.picture
        regions = None if job.options.regions is None else _tables(job.options.regions)
    except (Base64Error, RegionError) as error:
        return UnreadableError(f"regions: {error}" if isinstance(error, RegionError) else str(error))
    asked = job.options
    reader = reader.with_options(regions, asked.min_confidence, asked.candidates, asked.plate_only)
    try:
        report = reader.report(data, job.name)
    except MemoryError:
        return TooLargeError(_named(job, "reading it takes more memory than there is for one picture"))
    if report.fault is not None or report.picture is None:
        kind = TooLargeError if isinstance(report.fault, PictureTooLargeError) else UnreadableError
        return kind(_named(job, str(report.error)))
    crops = tuple(encode(flat_crop(report.picture, p.corners)) for p in report.plates) if job.crops else ()
    kept = b"" if job.keep_as is None else records(report, job.keep_as)
    grey = _is_grey(report.picture)
    milliseconds = 1000 * (time.perf_counter() - start)
    report = replace(report, milliseconds=milliseconds, picture=None, search=None)
    return Reading(report, crops, kept, grey)


def _is_grey(picture: Picture) -> bool:
    few = picture[:: max(1, picture.shape[0] // 64), :: max(1, picture.shape[1] // 64)].astype(np.int16)
    return picture.ndim == 2 or float(np.ptp(few, axis=2).mean()) < _LEAST_COLOUR


@lru_cache(maxsize=64)  # a client asks for the same ones always, and tables take as long as a picture
def _tables(codes: tuple[str, ...]) -> Regions:
    return Regions(codes)


def _named(job: Job, reason: str) -> str:
    return f"{job.name}: {reason}" if job.name else reason


def _limit_memory(megabytes: int) -> None:
    """Lets no picture take more: allocations fail beyond, where the system knows such a limit."""
    if sys.platform != "linux":
        return
    import resource

    status = Path("/proc/self/status").read_text()
    (held,) = (int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
    most = held + megabytes * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


@contextlib.contextmanager
def _ending_after(seconds: float) -> Iterator[None]:
    import faulthandler

    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
