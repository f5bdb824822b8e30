"""A source read in a thread of its own, and what became of its frames."""

import threading
from collections import deque
from dataclasses import dataclass

from numberplate.live.sources.base import Source, SourceError
from numberplate.live.sources.frame import Frame

_AHEAD = 4
"""Frames of a recording that are decoded ahead."""


@dataclass
class Counters:
    """Frames `read` from the source, `processed`, and `dropped` because newer ones came first."""

    read: int = 0
    processed: int = 0
    dropped: int = 0


class Feed:
    """The frames of a source, decoded in a thread.

    Of a recording every frame waits to be taken. Of a live source only the newest one does: a slow taker gets
    fewer frames, but never old ones.

    Args:
        wake: notified when there is a frame, and when there will be no more.
    """

    def __init__(self, source: Source, wake: threading.Condition):
        self.source = source
        self.counters = Counters()
        self.error: SourceError | None = None
        self._broken: Exception | None = None
        self._wake = wake
        self._waiting: deque[Frame] = deque()
        self._ended = False
        self._closed = False
        # A daemon: a library that hangs in a system call does not keep the process.
        self._thread = threading.Thread(target=self._read, name=source.name, daemon=True)
        self._thread.start()

    def take(self) -> Frame | None:
        """The next frame if there is one. To be called with `wake` held.

        Raises what the source did not expect itself: a camera never ends without a word.
        """
        if not self._waiting:
            if self._broken is not None:
                raise self._broken
            return None
        self.counters.processed += 1
        self._wake.notify_all()  # there is room again
        return self._waiting.popleft()

    @property
    def done(self) -> bool:
        """Whether there is nothing to take and will be nothing. To be read with `wake` held."""
        return self._ended and not self._waiting and self._broken is None

    def close(self) -> None:
        """Ends the reading; frames that wait are dropped."""
        with self._wake:
            self._closed = True
            self.counters.dropped += len(self._waiting)
            self._waiting.clear()
            self._wake.notify_all()
        self.source.close()

    def join(self, seconds: float) -> None:
        """Waits for the thread's end, but no longer than that."""
        self._thread.join(seconds)

    def _read(self) -> None:
        try:
            for frame in self.source.frames():
                with self._wake:
                    if self.source.live:
                        self.counters.dropped += len(self._waiting)
                        self._waiting.clear()
                    while len(self._waiting) >= _AHEAD and not self._closed:
                        self._wake.wait()
                    if self._closed:
                        break
                    self.counters.read += 1
                    self._waiting.append(frame)
                    self._wake.notify_all()
        except SourceError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001
            self._broken = error  # `take` raises it, where somebody will see it
        finally:
            with self._wake:
                self._ended = True
                self._wake.notify_all()
