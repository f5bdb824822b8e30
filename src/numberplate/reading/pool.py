"""Reading on several cores: a picture at a time in each of several processes, or threads."""

import os
import sys
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import cv2
import numpy as np

from numberplate.pictures.addresses import is_web_address, local_path
from numberplate.pictures.decode import Order, Source, source_name
from numberplate.processes.cores import cores
from numberplate.processes.process import Answer, Process, ProcessEndedError, Tell
from numberplate.reading.report import Report

if TYPE_CHECKING:
    from numberplate.reading.reader import PlateReader

T = TypeVar("T")

_PICTURES_A_PROCESS = 16
"""A process is worth its start, about as long as so many pictures take, if each has so many to read."""

_AHEAD = 2
"""Pictures for each process that are given out before the oldest is read."""

_ENDED = "the processes that read it ended over it"

_TRIES = 2
"""Whoever ended a process may have meant the process, and not the picture: it is tried once more."""


class PoolError(RuntimeError):
    """Processes that are to read do not start; the message says why."""


class PoolClosedError(RuntimeError):
    """The pool does not read any more."""


def bare(_: "PlateReader", report: Report) -> Report:
    """The report without what is large: the picture, and what led to its plates."""
    return replace(report, picture=None, search=None)


def default_jobs(threads: int = 1, pictures: int | None = None) -> int:
    """As many jobs as there are cores for, with so many threads each, and as so many pictures are worth."""
    jobs = max(1, cores() // threads)
    return jobs if pictures is None else max(1, min(jobs, -(-pictures // _PICTURES_A_PROCESS)))


class ReaderPool(Generic[T]):
    """Reads pictures on several cores. It is shared by threads, and holds its processes until it is closed.

        with ReaderPool(PlateReader()) as pool:
            for report in pool.map(paths):
                print(report.source, report.plates)

    Each job is a process with a reader of its own. Python lets one thread at a time run Python, which is a
    part of reading: threads gain less. They are used, and share the one reader, where Python has no such
    lock, and where the networks run on another device, whose memory they then take once.

    A picture that ends its process costs nothing else: its report says so, and another process is started.
    Where processes do not even start, futures raise PoolError.

    A process that is forked from this one has no share in the pool: it makes its own.

    Args:
        reader: that all read with.
        jobs: pictures that are read at once, 1 or more; None for as many as there are cores. A job of one
            reads in this process. Processes start when there is something for them to do.
        then: what is made of each report in the process that read it; a function of a module, or what can be
            pickled. It is called with the reader too.
        keep: whether the report then has its picture, and what led to its plates; reading takes longer.

    Raises ValueError for jobs out of range.
    """

    @overload
    def __init__(self: "ReaderPool[Report]", reader: "PlateReader", jobs: int | None = None): ...

    @overload
    def __init__(
        self,
        reader: "PlateReader",
        jobs: int | None,
        then: "Callable[[PlateReader, Report], T]",
        keep: bool = False,
    ): ...

    def __init__(
        self,
        reader: "PlateReader",
        jobs: int | None = None,
        then: "Callable[[PlateReader, Report], Any]" = bare,
        keep: bool = False,
    ):
        if jobs is not None and jobs < 1:
            raise ValueError(f"jobs: expected at least 1, got {jobs}")
        self.jobs = default_jobs(reader.threads) if jobs is None else jobs
        self._reader, self._then, self._keep = reader, then, keep
        self._alone = self.jobs == 1 or reader.device != "cpu" or _no_lock()
        self._work: SimpleQueue[tuple[tuple[Any, str, Order], Future[T]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._unread, self._closed, self._process = 0, False, os.getpid()
        self._lanes: list[_Lane[T]] = []

    def submit(self, picture: Source, name: str | None = None, order: Order = "RGB") -> "Future[T]":
        """What is made of a picture's report, as a future; arguments as of `PlateReader.report`.

        A job starts for each until all are there. Raises PoolClosedError.
        """
        future: Future[T] = Future()
        call = picture, source_name(picture) if name is None else name, order
        if not self._is_here():
            raise PoolClosedError("the pool is of the process that this one was forked from")
        with self._lock:
            if self._closed:
                raise PoolClosedError("the pool is closed")
            self._unread += 1
            future.add_done_callback(self._done)
            if len(self._lanes) < min(self.jobs, self._unread):
                self._lanes.append(_Lane(self))
            self._work.put((call, future))  # before anybody can close it: afterwards nobody takes it
        return future

    def map(self, pictures: Iterable[Source], order: Order = "RGB") -> Iterator[T]:
        """What is made of each picture's report, in order; pictures are taken as they are needed.

        Raises TypeError for a single picture in place of several.
        """
        _check_several(pictures)
        return self.in_order(self.submit(picture, order=order) for picture in pictures)

    async def map_async(
        self, pictures: Iterable[Source] | AsyncIterable[Source], order: Order = "RGB"
    ) -> AsyncIterator[T]:
        """The same for an event loop, which goes on meanwhile."""
        import asyncio  # which whoever has an event loop has imported

        _check_several(pictures)
        places = asyncio.Semaphore(_AHEAD * self.jobs)
        given: asyncio.Queue[asyncio.Future[T] | None] = asyncio.Queue()

        async def give(picture: Source) -> None:
            await places.acquire()
            given.put_nowait(asyncio.wrap_future(self.submit(picture, order=order)))

        async def give_all() -> None:
            try:
                if isinstance(pictures, AsyncIterable):
                    async for picture in pictures:
                        await give(picture)
                else:
                    for picture in pictures:
                        await give(picture)
            finally:
                given.put_nowait(None)

        giving = asyncio.create_task(give_all())
        try:
            while (future := await given.get()) is not None:
                yield await future
                places.release()
            await giving  # which raises what the pictures' own iterator raised
        finally:
            giving.cancel()
            await asyncio.gather(giving, return_exceptions=True)
            while not given.empty():
                if (left := given.get_nowait()) is not None:
                    left.cancel()  # nobody waits for it any more

    def in_order(self, futures: "Iterable[Future[T]]") -> Iterator[T]:
        """The results of futures, in order. They are taken from the iterable as there is room for them."""
        waiting: deque[Future[T]] = deque()
        try:
            for future in futures:
                waiting.append(future)
                while waiting and (len(waiting) >= _AHEAD * self.jobs or waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()  # nobody waits for it any more

    def close(self, finish: bool = True) -> None:
        """Ends all processes, when what was submitted is read, or at once: then it is cancelled."""
        if not self._is_here():
            return  # the processes are not ours
        with self._lock:
            self._closed = True
            lanes, self._lanes = self._lanes, []
        if not finish:
            # Without waiting: a job may take the last picture first.
            with suppress(Empty):
                while True:
                    if (work := self._work.get_nowait()) is not None:
                        work[1].cancel()
        for _ in lanes:
            self._work.put(None)
        for lane in lanes:
            lane.end(finish)

    def __enter__(self) -> "ReaderPool[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(finish=kind is None)

    def _is_here(self) -> bool:
        return self._process == os.getpid()

    def _done(self, _: "Future[T]") -> None:
        with self._lock:
            self._unread -= 1


def _check_several(pictures: object) -> None:
    # A path has letters, bytes numbers, a file lines and an array rows: each would be taken for a picture.
    is_one = isinstance(pictures, str | bytes | bytearray | memoryview) or hasattr(pictures, "read")
    if isinstance(pictures, np.ndarray):
        is_one = pictures.ndim == 2 or (pictures.ndim == 3 and pictures.shape[2] in (1, 3, 4))
    if is_one:
        raise TypeError(f"pictures: expected several, such as a list of paths, got one: {pictures!r:.60}")


class _Lane(Generic[T]):
    """One job: a thread that reads, or has a process that reads."""

    def __init__(self, pool: ReaderPool[T]):
        self._pool = pool
        self._process: Process | None = None
        self._ending = False
        self._thread = threading.Thread(target=self._serve, name="numberplate reading", daemon=True)
        self._thread.start()

    def end(self, finish: bool) -> None:
        self._ending = not finish
        if self._ending and (process := self._process) is not None:
            process.end()
        self._thread.join()

    def _serve(self) -> None:
        while (work := self._pool._work.get()) is not None:
            call, future = work
            if self._ending:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = self._read(*call)
            except BaseException as error:  # noqa: BLE001 - SystemExit too: whoever waits for it is told
                future.set_exception(CancelledError() if self._ending else error)
            else:
                future.set_result(result)
            del work, call, future  # no picture is held while the next one is waited for
        if self._process is not None:
            self._process.end()

    def _read(self, picture: Any, name: str, order: Order) -> T:
        pool = self._pool
        if isinstance(picture, os.PathLike):
            picture = os.fsdecode(picture)
        # A file object cannot be sent, nor can a picture of Pillow's be that is not decoded, nor a pipe.
        if isinstance(picture, str) and not pool._alone:
            picture = _path_elsewhere(picture)
        if pool._alone or not isinstance(picture, str | bytes | bytearray | np.ndarray):
            made: T = pool._then(pool._reader, pool._reader.report(picture, name, order, pool._keep))
            return made
        for _ in range(_TRIES):
            if self._process is None:
                self._process = self._started()
            if self._ending:
                raise CancelledError
            try:
                result: T = self._process.ask((picture, name, order))
            except ProcessEndedError:
                self._process.end()
                self._process = None
                if self._ending:
                    raise
            else:
                return result
        instead: T = pool._then(pool._reader, Report(name, error=_ENDED))
        return instead

    def _started(self) -> Process:
        pool = self._pool
        for attempt in range(1, _TRIES + 1):
            if self._ending:
                raise CancelledError
            try:
                return Process(_reading, pool._reader, pool._then, pool._keep, cv2.getNumThreads())
            except ProcessEndedError as error:
                if attempt == _TRIES:
                    raise PoolError(f"a process that is to read pictures does not start: {error}") from error
            except OSError as error:  # there is no room for one more, or it took too long
                reason = error.strerror or error
                raise PoolError(f"a process that is to read pictures does not start: {reason}") from error
        raise AssertionError("the last attempt returns or raises")


def _reading(
    reader: "PlateReader", then: "Callable[[PlateReader, Report], Any]", keep: bool, threads: int
) -> Answer:
    cv2.setNumThreads(threads)

    def answer(message: tuple[Any, str, Order], _: Tell) -> Any:
        return then(reader, reader.report(*message, keep))

    return answer


def _path_elsewhere(path: str) -> str | Path:
    """What a process is given for a path or an address; a Path where none but this one has what it means."""
    if is_web_address(path):
        return path
    try:
        path = local_path(path)
        real = os.path.realpath(path)  # /dev/stdin is another file there
    except ValueError:  # it is none, as the process says too
        return path
    # A pipe that has no name: standard input, or what a shell makes of <(…).
    is_here = real.startswith("/dev/fd/") or (os.path.exists(path) and not os.path.exists(real))
    return Path(path) if is_here else real


def _no_lock() -> bool:
    """Whether this Python runs several threads at once."""
    is_enabled = getattr(sys, "_is_gil_enabled", None)  # from 3.13 on
    return is_enabled is not None and not is_enabled()
