"""A folder of frames: pictures, in the order of their names."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from numberplate.live.sources.base import DamagedError, SourceError
from numberplate.live.sources.frame import Frame
from numberplate.pictures.decode import PictureError, read_picture
from numberplate.pictures.files import find_pictures


class Folder:
    """Pictures in a folder and the folders in it, as frames.

    Args:
        name: its path.
        rate: frames a second, above 0.
        start: when the first was taken; None for the time of its file's last change.
    """

    live = False

    def __init__(self, name: str, rate: float = 25.0, start: datetime | None = None):
        if not rate > 0:
            raise ValueError(f"rate: expected frames a second above 0, got {rate}")
        self.name = self.address = name
        self.rate = rate
        self._start = start
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends `frames` after the current one."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """All pictures that can be read. Raises SourceError in the end if some cannot, naming the first."""
        pictures = find_pictures([self.address])
        if pictures[0].error is not None:
            raise SourceError(self.name, pictures[0].error)
        start = self._start
        problems: list[PictureError] = []
        for number, picture in enumerate(pictures):
            if self._closed.is_set():
                return
            try:
                pixels = read_picture(picture.source)
                if start is None:
                    start = _changed(Path(picture.source)) - timedelta(seconds=number / self.rate)
            except PictureError as error:
                problems.append(error)
                continue
            seconds = number / self.rate
            yield Frame(pixels, start + timedelta(seconds=seconds), seconds)
        if problems:
            count = f"{len(problems)} of {len(pictures)} pictures cannot be read"
            raise DamagedError(self.name, f"{count}, the first: {problems[0]}")


def _changed(file: Path) -> datetime:
    """When it was changed last; now where it is gone meanwhile, or no calendar has that time."""
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return datetime.now(UTC)
