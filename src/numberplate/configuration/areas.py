"""The zones, masks and lines of a file's cameras as they are now, for what runs while the file is changed."""

from collections.abc import Mapping
from pathlib import Path

from numberplate.configuration.loading import load
from numberplate.live.areas import Areas


class CurrentAreas:
    """Reads them again where the file has changed since. For one thread at a time."""

    def __init__(self, file: Path):
        self._file = file
        self._stamp: tuple[int, int, int] | None = None
        self._found: Mapping[str, Areas] = {}

    def read(self) -> Mapping[str, Areas]:
        """By the names of the cameras. Raises ConfigurationError, once for each change, where the file cannot
        be used; the next call gives what was read before.
        """
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            stamp = (0, 0, 0)
        if stamp != self._stamp:
            self._stamp = stamp
            self._found = {camera.name: camera.areas() for camera in load(self._file).configuration.camera}
        return self._found
