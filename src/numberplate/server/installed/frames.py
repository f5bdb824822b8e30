"""What a camera of the installation sees now: one frame, for which its source is opened."""

import logging
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from numberplate.configuration import Camera, ConfigurationError, load_configuration
from numberplate.pictures.encode import encode
from numberplate.server.refusal import Refusal

if TYPE_CHECKING:
    from numberplate.live.sources.base import Source

log = logging.getLogger("numberplate.server")

_SECONDS = 10.0
"""For a frame to come."""

_FRESH = 2.0
"""Seconds for which a frame is given again."""

_MOST_OPEN = 2
"""Cameras that are opened at once: each takes a thread and a connection."""


class CameraFrames:
    """Frames of the cameras in the file of an installation. For any number of threads.

    `seconds`: that a frame may take to come.
    """

    def __init__(self, file: Path, seconds: float = _SECONDS):
        self._file = file
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open: set[str] = set()
        self._last: dict[str, tuple[float, bytes]] = {}

    def jpeg(self, name: str) -> bytes:
        """What the camera of this name sees, as a JPEG; see `_FRESH`.

        Raises Refusal: 404 for no such camera, 502 where it cannot be seen, 503 where it, or too many others,
        are being opened, or videos cannot be decoded here, and 504 where no frame came in time.
        """
        camera = self._camera(name)
        with self._lock:
            at, jpeg = self._last.get(name, (0.0, b""))
            if jpeg and time.monotonic() - at < _FRESH:
                return jpeg
            if name in self._open or len(self._open) >= _MOST_OPEN:
                raise Refusal(503, "cameras are being opened; try again later", {"Retry-After": "2"})
            self._open.add(name)
        opened = _Opened(camera, self._seconds)
        # It is closed where it takes too long, and until it has ended it counts as open.
        thread = threading.Thread(target=self._run, args=(name, opened), daemon=True)
        thread.start()
        thread.join(self._seconds)
        if thread.is_alive():
            opened.close()
            raise Refusal(504, f"{name}: no frame in {self._seconds:g} s")
        if opened.refusal is not None:
            raise opened.refusal
        return opened.jpeg

    def _camera(self, name: str) -> Camera:
        try:
            cameras = load_configuration(self._file).camera
        except ConfigurationError as error:
            log.error("%s", error)
            raise Refusal(503, f"{self._file.name} cannot be used as it is; the log says why") from None
        found = next((camera for camera in cameras if camera.name == name), None)
        if found is None:
            raise Refusal(404, f"no camera {name!r}")
        return found

    def _run(self, name: str, opened: "_Opened") -> None:
        try:
            opened.look()
        finally:
            with self._lock:
                self._open.discard(name)
                if opened.jpeg:
                    self._last[name] = (time.monotonic(), opened.jpeg)


class _Opened:
    """One camera while it is looked through. `refusal`: why there is no `jpeg` yet."""

    def __init__(self, camera: Camera, seconds: float):
        self.jpeg = b""
        self.refusal: Refusal | None = Refusal(502, f"{camera.name}: it could not be seen")
        self._camera = camera
        self._seconds = seconds
        self._source: Source | None = None
        self._closed = False

    def look(self) -> None:
        """Opens it and takes its first frame."""
        try:
            from numberplate.live.sources.base import SourceError
            from numberplate.live.sources.opening import open_source
        except ModuleNotFoundError as error:
            self.refusal = Refusal(503, f"videos are decoded with the extra `live`: {error.name} is missing")
            return
        name = self._camera.name
        options = self._camera.source_options()
        options = replace(options, wait=False, timeout=min(options.timeout, self._seconds))
        try:
            source = self._source = open_source(self._camera.address(), options)
            if self._closed:
                return
            frames = source.frames()
            frame = next(frames, None)
            if frame is None:
                self.refusal = Refusal(502, f"{name}: there is no frame in it")
            else:
                self.jpeg, self.refusal = encode(frame.picture, quality=90), None
        except SourceError as error:
            # Its address is nobody's concern who looks at the page.
            self.refusal = Refusal(502, f"{name}: {error.reason}")
        except ValueError as error:
            log.error("%s: %s", name, error)
            self.refusal = Refusal(502, f"{name}: its address cannot be read; the log says why")
        finally:
            self.close()

    def close(self) -> None:
        """Ends `look` soon, from another thread."""
        self._closed = True
        if self._source is not None:
            self._source.close()
