"""The standard streams, whatever the terminal, pipe or disk behind them gives and takes."""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_PLAIN = {"─": "-", "–": "-", "…": "...", "×": "x"}
"""What is shown in place of our own signs where an encoding lacks them."""


def _shown(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] in _PLAIN:
        return _PLAIN[error.object[error.start]], error.start + 1
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
    return codecs.backslashreplace_errors(error)


codecs.register_error("numberplate", _shown)


class OutputError(OSError):
    """Standard output cannot be written to, for want of room on its disk for instance."""


class _Output(io.TextIOWrapper):
    def write(self, text: str) -> int:
        with _named():
            return super().write(text)

    def flush(self) -> None:
        with _named():
            super().flush()


class Complaints(io.TextIOWrapper):
    """Standard error. What it does not take is dropped, as of a log whose disk is full or whose reader has
    gone: there is nobody to tell, and a camera is watched all the same."""

    def write(self, text: str) -> int:
        """As of any file, but that it never fails."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """As of any file, but that it never fails."""
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        """As of any file, but that it never fails."""
        with suppress(OSError):
            super().close()


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read it has seen enough, which is no error
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


@contextmanager
def standard_streams() -> Iterator[None]:
    """What a program prints within is shown as far as can be, and what it is given is taken.

    A character that the encoding lacks is shown with escapes, a table's line with hyphens; of what is read,
    bytes that are none stay what they are, as in names of files. Streams that are closed take what is written
    and drop it, and give nothing; so does standard error where it fails. Where standard output fails, the
    program ends with a line on standard error and exit code 1; where its reader has gone before the end, as
    `head` does, with neither.
    """
    for name in ("stdin", "stdout", "stderr"):
        is_read = name == "stdin"
        stream: Any = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, "r" if is_read else "w")  # noqa: SIM115 - as long as the program runs
        stream.reconfigure(errors="surrogateescape" if is_read else "numberplate")
        setattr(sys, name, stream)
    plain = sys.stderr
    encoding, errors = plain.encoding, plain.errors
    sys.stderr = Complaints(plain.detach(), encoding=encoding, errors=errors, line_buffering=True)  # type: ignore[union-attr]
    plain = sys.stdout
    at_once = plain.isatty()
    encoding, errors = plain.encoding, plain.errors
    sys.stdout = _Output(plain.detach(), encoding=encoding, errors=errors, line_buffering=at_once)  # type: ignore[union-attr]
    try:
        try:
            yield
        finally:
            try:
                sys.stdout.flush()
            except BrokenPipeError:
                _drop_the_rest()
    except OutputError as error:
        print(f"numberplate: standard output: {error.strerror}", file=sys.stderr)
        _drop_the_rest()
        sys.exit(1)


def _drop_the_rest() -> None:
    """Sends what is still to be written nowhere: Python would try once more at the end, and fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
