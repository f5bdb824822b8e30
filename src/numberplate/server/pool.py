"""The threads that read pictures, and how many pictures may wait for them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from numberplate.server.refusal import Busy

T = TypeVar("T")


class Pool:
    """Threads with a bounded queue. ONNX Runtime and OpenCV let other threads run while they work.

    Args:
        workers: threads, 1 or more.
        queue: how much may wait, 0 or more, besides what is worked on.

    `places`: both together.
    """

    def __init__(self, workers: int, queue: int):
        self.workers = workers
        self.places = workers + queue
        self._threads = ThreadPoolExecutor(workers, "read")
        self._lock = threading.Lock()
        self._accepted = 0

    @property
    def accepted(self) -> int:
        """How much is worked on or waits."""
        return self._accepted

    def check(self) -> None:
        """Raises Busy where nothing more would be accepted: known before a picture is uploaded in vain."""
        if self._accepted >= self.places:
            raise Busy

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Accepts work, or raises Busy at once. What waits and is cancelled is not done."""
        with self._lock:
            self.check()
            self._accepted += 1
        future = self._threads.submit(work)
        future.add_done_callback(self._done)
        return future

    def close(self) -> None:
        """Finishes what was accepted."""
        self._threads.shutdown(wait=True)

    def _done(self, _: Future[T]) -> None:
        with self._lock:
            self._accepted -= 1
