"""A webcam, or a stream over HTTP or RTSP: frames as they come, and again after the stream was lost."""

import threading
import time
from collections.abc import Callable, Iterator

import av.container
import av.error

from numberplate.live.sources.base import SourceError
from numberplate.live.sources.clock import Clock
from numberplate.live.sources.display import Display
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.recording import frame_rate, open_container, video_stream, why

TIMEOUT = 10.0
"""Seconds that a stream may take to answer, or to bring its next frame, before it is lost."""

_SHORTEST, _LONGEST = 0.25, 30.0
_PAUSE = 0.1
"""Each pause between two attempts is this share of the time since the stream was lost, within these seconds:
what a stream's return is noticed late is never more than a tenth of what it was away."""

_UNDECODED = 6
"""Time-outs after which a stream is lost that brings what cannot be decoded: some cameras send a key frame,
with which decoding begins, twice a minute only."""


class Stream:
    """A webcam or a stream, connected again whenever it is lost.

    Args:
        name: as the user gave it, for messages.
        address: what PyAV opens.
        options: of the format, as PyAV takes them.
        format: of a device; None for one that is found out.
        timeout: seconds after which a stream that brings nothing is lost; six times as many where what it
            brings cannot be decoded.
        wait: whether one that cannot be reached at first is tried again; it is an error otherwise.
        say: called with a line when the stream is lost and when it is back.
        container: already opened, if it is.
        hardware: whether graphics hardware decodes it, where there is one that can.
    """

    live = True

    def __init__(
        self,
        name: str,
        address: str,
        options: dict[str, str] | None = None,
        format: str | None = None,
        timeout: float = TIMEOUT,
        wait: bool = False,
        say: Callable[[str], None] = lambda line: None,
        container: av.container.InputContainer | None = None,
        hardware: bool = False,
    ):
        self.name = name
        self.rate = 25.0
        self.address = address
        self._options = options
        self._format = format
        self._timeout = timeout
        self._wait = wait
        self._say = say
        self._container = container
        self._hardware = hardware
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends `frames` with what comes next, or after the time-out."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """Frames until `close`. Raises SourceError when the stream cannot be reached at first."""
        clock = Clock()
        began = time.monotonic()
        lost: float | None = None if not self._wait else began
        said = ""
        while not self._closed.is_set():
            reason = "ended"
            try:
                for image in self._images():
                    now = time.monotonic()
                    if said and lost is not None:
                        self._say(f"{self.name}: back after {now - lost:.1f} s")
                    lost, said = now, ""
                    yield Frame(image, *clock.now())
                    if self._closed.is_set():
                        return
            except SourceError as error:
                if lost is None:
                    raise
                reason = error.reason
            except (av.error.FFmpegError, OSError) as error:
                reason = why(error)
            if lost is None:
                raise SourceError(self.name, f"{reason}, without a frame")
            if reason != said and not self._closed.is_set():
                self._say(f"{self.name}: {'still lost' if said else 'lost'}: {reason}; trying again")
                said = reason
            pause = (time.monotonic() - lost) * _PAUSE
            self._closed.wait(min(max(pause, _SHORTEST), _LONGEST))

    def _images(self) -> Iterator[av.VideoFrame]:
        container = self._container or open_container(
            self.address, self._timeout, self._options, self._format, self._hardware
        )
        self._container = None
        with container:
            stream = video_stream(container, self.name)
            # Frame threads hold back as many frames as there are threads.
            stream.thread_type = "SLICE"
            self.rate = frame_rate(stream)
            display = Display(stream.sample_aspect_ratio)
            decoded = time.monotonic()
            for packet in container.demux(stream):
                try:
                    images = packet.decode()
                except av.error.InvalidDataError:
                    images = []  # before the first whole picture, and after what the network lost
                for image in images:
                    yield from display.show(image)
                    decoded = time.monotonic()
                if self._closed.is_set():
                    return
                if time.monotonic() - decoded > _UNDECODED * self._timeout:
                    raise SourceError(self.name, "nothing that can be decoded")
