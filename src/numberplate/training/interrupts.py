"""Ctrl-C and SIGTERM while a network is trained: the step that runs is finished, then it stops."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Raised for a signal to stop; `signal`: its number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


class Interrupts:
    """A context in which SIGINT and SIGTERM raise Stopped, but not within `held`.

    A step that is interrupted within can leave weights that are gone: JAX hands their memory over to the
    step. A second signal is not held. In another thread than the main one, signals stay as they are.
    """

    def __init__(self) -> None:
        self._holding = False
        self._received: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on) for number in _SIGNALS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            # None: it was not Python's, which cannot put it back.
            signal.signal(number, handler or signal.SIG_DFL)  # type: ignore[arg-type]

    def _on(self, number: int, frame: FrameType | None) -> None:
        if self._holding and self._received is None:
            self._received = number
        else:
            raise Stopped(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What runs within is finished before the first signal that comes meanwhile stops."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._received is not None:
            number, self._received = self._received, None
            raise Stopped(number)
