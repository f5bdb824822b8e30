"""Runs a program."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.configuration.action import Command
from numberplate.configuration.template import fill
from numberplate.results.printable import printable

_TAIL = 200
"""Characters of what a program printed that are reported when it fails."""

_PRINTED = 10_000_000
"""Bytes that a program may print: they lie on the disk until it ends."""

_TICK = 0.1


class CommandTarget:
    """Runs the command for each delivery, without a shell, with the sighting in its environment.

    A command that fails is not run again: nobody knows how much of it was done.
    """

    def __init__(self, command: Command, folder: Path):
        self._command = command
        self._folder = command.folder or folder
        self._closed = threading.Event()

    def deliver(self, delivery: Delivery) -> None:
        """Returns when it has ended with 0. Raises DeliveryError for another end."""
        values = delivery.fields()
        arguments = [fill(argument, values) for argument in self._command.arguments]
        environment = dict(os.environ) | {f"NUMBERPLATE_{name.upper()}": v for name, v in values.items()}
        with ExitStack() as stack:
            try:
                # What it started may still write there when it has ended.
                files = tempfile.TemporaryDirectory(prefix="numberplate-", ignore_cleanup_errors=True)
                folder = Path(stack.enter_context(files))
                environment |= _pictures(delivery, folder)
                output = stack.enter_context(tempfile.TemporaryFile(dir=folder))
            except OSError as error:  # nothing has begun
                where = error.filename or tempfile.gettempdir()
                raise DeliveryError(f"{where}: {error.strerror or error}") from error
            code = self._wait(self._started(arguments, environment, output), arguments[0], output)
            output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL))
            said = printable(output.read().decode("utf-8", "replace").strip().replace("\n", " | "))
        if code:
            how = f"ended with {code}" if code > 0 else f"was ended by signal {-code}"
            raise DeliveryError(f"{arguments[0]}: {how}{': ' + said if said else ''}", again=False)

    def idle(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Ends the program that runs."""
        self._closed.set()

    def _started(
        self, arguments: list[str], environment: dict[str, str], output: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                arguments,
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            # What is missing may be the folder: that is said of it, and not of the program.
            what = getattr(error, "filename", None) or arguments[0]
            raise DeliveryError(f"{what}: {reason}", again=False) from error

    def _wait(self, process: subprocess.Popen[bytes], name: str, output: IO[bytes]) -> int:
        """Its exit code. Raises DeliveryError where it is ended before; so is whatever it started."""
        end = time.monotonic() + self._command.timeout
        try:
            while time.monotonic() < end and not self._closed.is_set():
                try:
                    return process.wait(min(_TICK, max(0.0, end - time.monotonic())))
                except subprocess.TimeoutExpired:
                    if os.fstat(output.fileno()).st_size > _PRINTED:
                        raise DeliveryError(
                            f"{name}: printed more than {_PRINTED} bytes", again=False
                        ) from None
            late = f"took longer than {self._command.timeout:g} s"
            reason = "was ended, as actions were" if self._closed.is_set() else late
            raise DeliveryError(f"{name}: {reason}", again=False)
        finally:
            if process.poll() is None:
                # What runs as another user, such as by sudo, is not ours to end, nor to be waited for.
                with suppress(PermissionError):
                    if hasattr(os, "killpg"):
                        os.killpg(process.pid, signal.SIGKILL)
                    else:
                        process.kill()
                    process.wait()


def _pictures(delivery: Delivery, folder: Path) -> dict[str, str]:
    """The variables that name its pictures, which are written there."""
    found = {}
    for kind in ("crop", "frame"):
        jpeg = delivery.picture(kind)
        if jpeg is not None:
            path = folder / f"{kind}.jpg"
            path.write_bytes(jpeg)
            found[f"NUMBERPLATE_{kind.upper()}"] = str(path)
    return found
