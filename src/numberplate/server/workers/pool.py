"""The processes that read pictures, and how many pictures may wait for them."""

import logging
import threading
import time
from concurrent.futures import Future
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from queue import SimpleQueue
from typing import Any, Self

from numberplate.reading import DeviceError
from numberplate.server.refusal import Busy
from numberplate.server.workers.worker import Job, ReaderSettings, Reading, UnreadableError, work

log = logging.getLogger("numberplate.server")

_START_SECONDS = 60.0
"""A worker that is not ready by then is ended."""

_LONGEST_PAUSE = 30.0
"""Between two attempts to start a worker that cannot be started; the first pause is a thirtieth of this."""

_HELD = 0.25
"""Seconds for which a place is held: a picture from near is here by then."""

_GRACE = 5.0
"""A worker ends itself when it is so much later than the server should have ended it."""


class TooSlowError(UnreadableError):
    """Reading the picture took longer than is allowed, and was ended."""


class CrashError(UnreadableError):
    """The processes that were given the picture ended over it."""


class PoolClosedError(RuntimeError):
    """The pool does not read any more."""


class Place:
    """A place among those that wait, held for a picture that is on its way. For `with`.

    It is held for _HELD seconds: who sends more slowly has to find one when the picture is here.
    """

    def __init__(self, pool: "Pool"):
        self._pool = pool

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.release(self)


class Pool:
    """Worker processes with a bounded queue. One that ends, or takes too long, is replaced.

    Args:
        settings: of the readers.
        workers: processes, 1 or more.
        queue: how many pictures may wait, 0 or more, in addition to those being read.
        seconds: that one picture may take, from the moment its reading begins.
        megabytes: of memory that reading one picture may take.
        longest_wait: seconds; what would have to wait longer is not accepted.

    `places`: workers and queue together. `started`: how many processes were, first ones and others.

    Raises WeightsError, DeviceError or RegionError where no reader can be made.
    """

    def __init__(
        self,
        settings: ReaderSettings,
        workers: int,
        queue: int,
        seconds: float = 10.0,
        megabytes: int = 600,
        longest_wait: float = 60.0,
    ):
        self.places = workers + queue
        self.started = 0
        self.seconds = seconds
        self.longest_wait = longest_wait
        self._work = (settings, megabytes, seconds + _GRACE)
        self._queue: SimpleQueue[Future[Reading] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._jobs: dict[Future[Reading], Job] = {}
        self._accepted = 0
        self._held: dict[Place, float] = {}
        self._read_seconds = 0.0
        self._closing = threading.Event()
        self._workers = [_Worker(self) for _ in range(workers)]
        # multiprocessing waits at its exit for processes that nobody ended.
        Finalize(self, _end, args=(self._closing, self._workers), exitpriority=10)
        try:
            for worker in self._workers:
                worker.start()
            for worker in self._workers:  # all of them start at the same time
                worker.wait_until_ready()
        except BaseException:
            for worker in self._workers:
                worker.end()
            raise
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), name=f"worker-{i}", daemon=True)
            for i, worker in enumerate(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def accepted(self) -> int:
        """How many pictures are read or wait."""
        return self._accepted

    @property
    def alive(self) -> int:
        """How many workers are ready to read or reading."""
        return sum(worker.ready for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """The workers' processes."""
        return [worker.process.pid for worker in self._workers if worker.process and worker.process.pid]

    @property
    def wait_seconds(self) -> float:
        """How long a picture that is accepted now will wait, as the last ones went."""
        return self._read_seconds * max(0, self._accepted - len(self._workers) + 1) / len(self._workers)

    def check(self) -> None:
        """Raises Busy where nothing more would be accepted: known before a picture is uploaded in vain."""
        with self._lock:
            self._check()

    def _check(self) -> None:
        now = time.monotonic()
        # The oldest come first.
        while self._held and now - next(iter(self._held.values())) > _HELD:
            del self._held[next(iter(self._held))]
        # Whoever only begins to send takes no place from others while most are free.
        coming = min(len(self._held), self.places // 4)
        if self._accepted + coming >= self.places or self.wait_seconds > self.longest_wait:
            raise Busy(self.wait_seconds)

    def hold(self) -> Place:
        """Holds a place for a picture that is on its way, or raises Busy.

        In a flood most pictures would otherwise be received in vain: many find the same place free.
        """
        with self._lock:
            self._check()
            place = Place(self)
            self._held[place] = time.monotonic()
        return place

    def release(self, place: Place) -> None:
        """Gives a place back; nothing where it was used, or held too long."""
        with self._lock:
            self._held.pop(place, None)

    def submit(self, job: Job, place: Place | None = None) -> Future[Reading]:
        """Accepts a picture, or raises Busy at once. What waits and is cancelled is not read.

        `place`: that was held for it. The future's exception is an UnreadableError where the picture is at
        fault.
        """
        with self._lock:
            if self._closing.is_set():
                raise PoolClosedError
            if place is not None:
                self._held.pop(place, None)
            self._check()
            self._accepted += 1
            future: Future[Reading] = Future()
            self._jobs[future] = job
            future.add_done_callback(self._done)
            self._queue.put(future)  # before the pool is closed, after which nobody would take it
        return future

    def close(self) -> None:
        """Finishes what was accepted, and ends the processes."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _done(self, future: Future[Reading]) -> None:
        with self._lock:
            self._accepted -= 1
            # What is cancelled is in the queue for as long as the workers are busy, its picture is not.
            self._jobs.pop(future, None)

    def _serve(self, worker: "_Worker") -> None:
        while (future := self._queue.get()) is not None:
            if not future.set_running_or_notify_cancel():
                continue
            job = self._jobs.pop(future)
            start = time.monotonic()
            try:
                reply = self._read(worker, job)
            except UnreadableError as error:
                future.set_exception(error)
            else:
                self._read_seconds += (time.monotonic() - start - self._read_seconds) / 16
                future.set_result(reply)
            del job, future  # nothing is held while the next one is waited for
        worker.end()

    def _read(self, worker: "_Worker", job: Job) -> Reading:
        # Whoever ended a worker may have meant the process, and not the picture: it is tried once more.
        for _ in range(2):
            self._make_ready(worker)
            try:
                reply = worker.ask(job, self.seconds)
            except TimeoutError:
                log.warning("a picture took longer than %g s, its worker is replaced", self.seconds)
                worker.end()
                raise TooSlowError(f"reading it took longer than {self.seconds:g} s, and was ended") from None
            except (EOFError, OSError):
                log.warning("a worker ended while it read a picture, and is replaced")
                worker.end()
                continue
            if isinstance(reply, UnreadableError):
                raise reply
            reading: Reading = reply
            return reading
        raise CrashError("the processes that read it ended over it")

    def _make_ready(self, worker: "_Worker") -> None:
        pause = _LONGEST_PAUSE / 30
        while not worker.ready:
            try:
                worker.start()
                worker.wait_until_ready()
            except (OSError, EOFError, TimeoutError, ValueError, DeviceError) as error:
                # No memory, or the weights or the device went.
                log.error("a worker cannot be started: %s", error or type(error).__name__)
                worker.end()
                if self._closing.wait(pause):
                    raise CrashError("the server has no process left to read it") from None
                pause = min(2 * pause, _LONGEST_PAUSE)


class _Worker:
    """One process at a time; used by one thread."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self._connection: Connection | None = None
        self._ready = False
        self.process: BaseProcess | None = None

    @property
    def ready(self) -> bool:
        """Whether it runs, as far as is known."""
        return self._ready and self.process is not None and self.process.is_alive()

    def start(self) -> None:
        self.end()
        context = _context()
        ours, its = context.Pipe()
        try:
            self.process = context.Process(
                target=work, args=(its, *self._pool._work), name="numberplate worker", daemon=True
            )
            self.process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        self._connection = ours
        self._pool.started += 1

    def wait_until_ready(self) -> None:
        """Raises what keeps it from being ready."""
        assert self._connection is not None
        problem = self._receive(_START_SECONDS)
        if problem is not None:
            raise problem
        self._ready = True

    def ask(self, job: Job, seconds: float) -> Any:
        """Raises TimeoutError, and EOFError or OSError where the process ended."""
        assert self._connection is not None
        self._connection.send(job)
        return self._receive(seconds)

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self._ready = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self.process is not None and self.process.pid is not None:
            self.process.kill()
            self.process.join()
        self.process = None

    def _receive(self, seconds: float) -> Any:
        assert self._connection is not None
        if not self._connection.poll(seconds):
            raise TimeoutError
        return self._connection.recv()


def _end(closing: threading.Event, workers: list["_Worker"]) -> None:
    closing.set()
    for worker in workers:
        worker.end()


def _context() -> ForkServerContext | SpawnContext:
    """Where there is a fork server, it imports all once, and each worker is there in a moment."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["numberplate.server.workers.worker"])
    return context
