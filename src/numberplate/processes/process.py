"""A Python process that answers messages: what a stranger's picture does to it, it does to it alone.

Unlike those of `multiprocessing` it does not import the program that starts it, so that a script needs no
`if __name__ == "__main__"`; and it ends when the process that started it has ended, however that came about.
"""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any

Tell = Callable[[Any], None]
"""What an answer calls to tell something before it is there."""

Answer = Callable[[Any, Tell], Any]
"""Answers a message."""

_PROGRAM = (
    "import pickle, sys\n"
    "sys.path[:] = pickle.load(sys.stdin.buffer)\n"
    "from numberplate.processes.process import serve\n"
    "serve(sys.stdin.buffer)"
)

_READY, _TOLD, _ANSWERED, _FAILED = "ready", "told", "answered", "failed"


class ProcessEndedError(RuntimeError):
    """The process ended before it answered."""


class ProcessFailedError(RuntimeError):
    """The process raised what was not expected; the message is its traceback."""

    @property
    def last_line(self) -> str:
        """The error itself."""
        return str(self).strip().rpartition("\n")[2]


class Process:
    """A process that answers one message after another.

    Args:
        make: a function of a module, that gives what answers; called once, in the process.
        arguments: for it.
        start_seconds: after which a process that is not ready is ended.
        environment: variables that it has besides those of this process.
        expected: kinds of errors that are raised here as what they are; others are ProcessFailedError.

    Raises what `make` raises, if that can be pickled, ProcessFailedError, ProcessEndedError and TimeoutError.
    """

    def __init__(
        self,
        make: Callable[..., Answer],
        *arguments: Any,
        start_seconds: float = 120.0,
        environment: Mapping[str, str] | None = None,
        expected: tuple[type[BaseException], ...] = (BaseException,),
    ):
        self._expected = expected
        self._process = subprocess.Popen(
            # -P: what is in the folder that it starts in, such as a pickle.py, is nobody's module.
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Decoders' C code prints of damaged pictures; what we have to say is sent.
            stderr=subprocess.DEVNULL,
            env=None if environment is None else {**os.environ, **environment},
        )
        self._watch = _Watch(self._process.kill)
        try:
            self._send(sys.path)
            self._send((make, arguments))
            self._answer(start_seconds, None)
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, message: Any, seconds: float | None = None, on_progress: Tell | None = None) -> Any:
        """The answer to a message.

        `seconds`: that it may take to the answer, and from one thing that it tells to the next; None for any
        time. `on_progress`: called with each thing that it tells before.

        Raises TimeoutError, having ended the process, ProcessEndedError, what the process raised, and
        ProcessFailedError where that cannot be pickled.
        """
        self._send(message)
        return self._answer(seconds, on_progress)

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self._watch.end()
        # First: a pipe is not closed while another thread waits for what comes out of it.
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # of what was still to be sent
                    pipe.close()
        self._process.wait()

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: somebody else has ended it
            raise self._ended() from error

    def _answer(self, seconds: float | None, on_progress: Tell | None) -> Any:
        try:
            while True:
                self._watch.allow(seconds)
                kind, value = self._receive(seconds)
                if kind == _TOLD:
                    if on_progress is not None:
                        on_progress(value)
                elif kind == _FAILED:
                    error, trace = value
                    if not isinstance(error, self._expected):
                        raise ProcessFailedError(trace)
                    error.add_note(trace)
                    raise error
                else:
                    return value
        finally:
            self._watch.allow(None)

    def _receive(self, seconds: float | None) -> tuple[str, Any]:
        assert self._process.stdout is not None
        try:
            received: tuple[str, Any] = pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            if self._watch.late:
                raise TimeoutError(f"it took longer than {seconds:g} s") from error
            raise self._ended() from error
        return received

    def _ended(self) -> ProcessEndedError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return ProcessEndedError(f"process {self.pid} ended, with status {self._process.returncode}")


class _Watch:
    """Calls `stop` when the time that was allowed is over; `late` says that it did.

    One thread waits, however often time is allowed: that costs next to nothing.
    """

    def __init__(self, stop: Callable[[], None]):
        self.late = False
        self._stop = stop
        self._until: float | None = None
        self._over = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def allow(self, seconds: float | None) -> None:
        """So many seconds from now; None for any time."""
        before = self._until
        self._until = None if seconds is None else time.monotonic() + seconds
        if before is None and seconds is not None:  # else it looks when the time before is over
            if self._thread is None:
                self._thread = threading.Thread(target=self._wait, name="numberplate watch", daemon=True)
                self._thread.start()
            with self._changed:
                self._changed.notify()

    def end(self) -> None:
        """Waits no more."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def _wait(self) -> None:
        with self._changed:
            while not self._over:
                until = self._until
                left = None if until is None else until - time.monotonic()
                if left is None or left > 0:
                    self._changed.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
                else:
                    self.late, self._until = True, None
                    self._stop()


def serve(taken: IO[bytes]) -> None:
    """The process itself: answers what comes in until nobody asks any more."""
    # Ctrl-C and service managers signal whole groups; the one that started this says when it is time.
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)
    given = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed by mistake must not get among the answers

    def send(kind: str, value: Any) -> None:
        try:
            given.write(pickle.dumps((kind, value), pickle.HIGHEST_PROTOCOL))
            given.flush()
        except OSError:
            os._exit(0)  # nobody is there any more

    def tell(value: Any) -> None:
        send(_TOLD, value)

    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def listen() -> None:
        while True:
            try:
                messages.put(pickle.load(taken))
            except (EOFError, OSError, pickle.UnpicklingError):
                os._exit(0)  # at once: whoever wanted an answer has gone

    try:
        make, arguments = pickle.load(taken)
        answer = make(*arguments)
        send(_READY, None)
        threading.Thread(target=listen, daemon=True).start()
        while True:
            send(_ANSWERED, answer(messages.get(), tell))
    except BaseException as error:
        send(_FAILED, (_sendable(error), traceback.format_exc()))
        raise


def _sendable(error: BaseException) -> BaseException | None:
    """The error, if it arrives as what it is."""
    try:
        pickle.loads(pickle.dumps(error))
    except (pickle.PicklingError, TypeError, AttributeError, ValueError):
        return None
    return error
