"""Lines on standard output and standard error."""

import os
import sys
from contextlib import suppress

from numberplate.plates.alphabet import on_screen
from numberplate.results.printable import printable


def say(line: str) -> None:
    """Prints a line of output, at once: a program that follows it waits for no buffer to fill."""
    print(line, flush=True)


def complain(line: str) -> None:
    """Prints a line on standard error."""
    print(line, file=sys.stderr, flush=True)


def shown(name: str) -> str:
    """A name fit for a line: what is not UTF-8 in it, and what does not print, is replaced."""
    with suppress(UnicodeEncodeError):  # of half a character, which JSON may have: it does not print either
        name = os.fsencode(name).decode("utf-8", "replace")
    return printable(name)


def plate_text(text: str) -> str:
    """A plate's text for a line: in the order of the plate on a terminal, to programs as it is."""
    return on_screen(text) if sys.stdout.isatty() else text
