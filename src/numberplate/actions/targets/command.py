"""Runs a program."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.configuration.action import Command
from numberplate.configuration.template import fill
from numberplate.results.printable import printable

_TAIL = 200
"""Characters of what a program printed that are reported when it fails."""

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
        with tempfile.TemporaryDirectory(prefix="numberplate-") as folder:
            for kind in ("crop", "frame"):
                jpeg = delivery.picture(kind)
                if jpeg is not None:
                    path = Path(folder, f"{kind}.jpg")
                    path.write_bytes(jpeg)
                    environment[f"NUMBERPLATE_{kind.upper()}"] = str(path)
            with tempfile.TemporaryFile(dir=folder) as output:
                try:
                    process = subprocess.Popen(
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
                    raise DeliveryError(f"{arguments[0]}: {reason}", again=False) from error
                code = self._wait(process)
                output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL))
                said = printable(output.read().decode("utf-8", "replace").strip().replace("\n", " | "))
        if code is None:
            raise DeliveryError(f"{arguments[0]}: took longer than {self._command.timeout:g} s", again=False)
        if code:
            how = f"ended with {code}" if code > 0 else f"was ended by signal {-code}"
            raise DeliveryError(f"{arguments[0]}: {how}{': ' + said if said else ''}", again=False)

    def idle(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Ends the program that runs."""
        self._closed.set()

    def _wait(self, process: subprocess.Popen[bytes]) -> int | None:
        """Its exit code; None where it took too long. Whatever it started has ended then."""
        end = time.monotonic() + self._command.timeout
        try:
            while time.monotonic() < end and not self._closed.is_set():
                try:
                    return process.wait(min(_TICK, max(0.0, end - time.monotonic())))
                except subprocess.TimeoutExpired:
                    continue
            return None
        finally:
            if process.poll() is None:
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                process.wait()
