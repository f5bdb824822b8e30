"""Starts the parts of an installation, and starts again what dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from numberplate.installation.parts import SUPERVISED

_SHORTEST, _LONGEST = 1.0, 60.0
"""Seconds before a part that died is started again; they double."""

_STEADY = 60.0
"""Seconds after which a part that dies is taken to have died for the first time."""

_STOPPING = 40.0
"""Seconds that parts have to end when they are asked to; the server finishes what it accepted in 30."""

_TICK = 0.2


@dataclass
class _Part:
    name: str
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = _SHORTEST
    again: float = 0.0
    """When it is to be started."""
    done: bool = False


class Supervisor:
    """One process for each part. A part that ends with 0 is done, one that dies is started again.

    Args:
        names: of the parts.
        file: the configuration.
        say: called with a line about each part that ends, dies, or cannot be started.
    """

    def __init__(self, names: Sequence[str], file: str | Path, say: Callable[[str], None]):
        self._parts = [_Part(name) for name in names]
        self._file, self._say = file, say
        self._stopped = False

    def run(self) -> None:
        """Until all parts are done, or until SIGINT or SIGTERM; then they have ended too."""
        before = {n: signal.signal(n, self._stop) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self._stopped and not all(part.done for part in self._parts):
                for part in self._parts:
                    self._tend(part)
                time.sleep(_TICK)
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def _tend(self, part: _Part) -> None:
        now = time.monotonic()
        if part.process is None:
            if not part.done and now >= part.again:
                self._start(part)
            return
        code = part.process.poll()
        if code is None:
            return
        if part.process.stdin is not None:
            part.process.stdin.close()
        part.process = None
        if code == 0:
            part.done = True
            self._say(f"{part.name}: has ended")
            return
        if now - part.began >= _STEADY:
            part.pause = _SHORTEST
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        self._again(part, f"died ({how})")

    def _start(self, part: _Part) -> None:
        command = [sys.executable, "-m", "numberplate", "run", "--config", str(self._file)]
        command += ["--only", part.name]
        part.began = time.monotonic()
        try:
            # Its standard input ends when we do, however that is. A session of its own: Ctrl-C reaches us
            # alone.
            part.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                env=os.environ | {SUPERVISED: "1"},
                start_new_session=True,
            )
        except OSError as error:  # such as no memory, or too many processes, just now: the others go on
            self._again(part, f"cannot be started ({error.strerror or error})")

    def _again(self, part: _Part, why: str) -> None:
        self._say(f"{part.name}: {why}; started again in {part.pause:g} s")
        part.again = time.monotonic() + part.pause
        part.pause = min(2 * part.pause, _LONGEST)

    def _end(self) -> None:
        running = [part.process for part in self._parts if part.process is not None]
        for process in running:
            process.terminate()
        end = time.monotonic() + _STOPPING
        for process in running:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
