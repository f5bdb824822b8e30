"""What processes of the tests make of reports: a module that they can import by its name alone."""

import os
import signal
import sys
from pathlib import Path

from numberplate.reading import PlateReader, Report


def ending(_: PlateReader, report: Report) -> tuple[str, int]:
    """Ends its process over one picture always, and over another once."""
    if report.error is not None:
        return report.error, 0
    once = Path(report.source).with_suffix(".once")
    if report.source.endswith("fatal.png") or once.exists():
        once.unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return report.source, len(report.plates)


def shape(_: PlateReader, report: Report) -> tuple[int, ...]:
    assert report.picture is not None
    assert report.search is not None
    return report.picture.shape


def mistaken(_: PlateReader, report: Report) -> float:
    return 1 / len(report.warnings)


def exiting(_: PlateReader, report: Report) -> None:
    sys.exit(3)


class EndingAsItStarts:
    """Ends a process that it is sent to, as that starts, for each of so many."""

    def __init__(self, folder: Path, times: int):
        self._left = [folder / f"{i}.left" for i in range(times)]
        for left in self._left:
            left.touch()

    def __call__(self, _: PlateReader, report: Report) -> int:
        return len(report.plates)

    def __setstate__(self, state: dict[str, list[Path]]) -> None:
        self.__dict__ = state
        for left in self._left:
            try:
                left.unlink()  # which one process alone can, of those that start at once
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
