"""A video file, or a finite video at an address: every frame, as fast as it decodes."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import av.container
import av.error
import av.video.stream

from numberplate.live.sources.base import SourceError
from numberplate.live.sources.frame import Frame

_RATE = 25.0
"""Frames a second of a video that does not say."""

_SHORT = 1.0
"""Seconds that may be missing at the end of a video before that is worth a word."""


class Recording:
    """A video file.

    Args:
        name: its path or address.
        start: when its first frame was taken; None for what the file says of that, or else for the time of
            its last change less its length.
        container: already opened, if it is.
    """

    live = False

    def __init__(
        self, name: str, start: datetime | None = None, container: av.container.InputContainer | None = None
    ):
        self.name = name
        self.rate = _RATE
        self._start = start
        self._container = container
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends `frames` after the current one."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """All frames. Raises SourceError for what is no video, and where one is damaged or breaks off."""
        container = self._container or open_container(self.name)
        self._container = None
        with container:
            stream = video_stream(container, self.name)
            self.rate = frame_rate(stream)
            start = self._start or _begin(self.name, container)
            first, last, number, damaged = None, 0.0, 0, 0
            try:
                for packet in container.demux(stream):
                    try:
                        images = packet.decode()
                    except av.error.InvalidDataError:
                        damaged += 1
                        continue
                    for image in images:
                        if self._closed.is_set():
                            return
                        place = number / self.rate if image.time is None else image.time
                        first = place if first is None else first
                        last = max(last, place - first)
                        number += 1
                        frame = Frame(image, start + timedelta(seconds=last), last)
                        _ = frame.picture  # in this thread, while others detect
                        yield frame
            except (av.error.FFmpegError, OSError) as error:
                raise SourceError(self.name, f"cannot be read after {last:.1f} s: {why(error)}") from error
            if not number:
                raise SourceError(self.name, "no frame in it can be decoded")
            if damaged:
                raise SourceError(self.name, f"damaged: {damaged} of its frames cannot be decoded")
            length = float((stream.duration or 0) * (stream.time_base or 0))
            length = length or (container.duration or 0) / av.time_base
            if length - last > _SHORT + 2 / self.rate:
                raise SourceError(self.name, f"breaks off after {last:.1f} of {length:.1f} s")


def open_container(
    name: str, timeout: float | None = None, options: dict[str, str] | None = None, format: str | None = None
) -> av.container.InputContainer:
    """Opens what has frames. `timeout`: seconds that opening, and later each reading, may take.

    Raises SourceError when that is not possible.
    """
    limits = None if timeout is None else (timeout, timeout)
    try:
        return av.open(name, timeout=limits, options=options or {}, format=format)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise SourceError(name, why(error)) from error


def video_stream(container: av.container.InputContainer, name: str) -> av.video.stream.VideoStream:
    """The video in a container, its decoder on several threads. Raises SourceError when there is none."""
    if not container.streams.video:
        raise SourceError(name, "has no video")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def frame_rate(stream: av.video.stream.VideoStream) -> float:
    """Frames a second, as the stream says; 25 where it does not, or says what cannot be."""
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    return rate if 0.1 <= rate <= 300 else _RATE


def why(error: Exception) -> str:
    """The reason of an error of PyAV, as a person would say it."""
    if isinstance(error, av.error.ExitError):
        return "no answer in time"
    if isinstance(error, av.error.InvalidDataError):
        return "not a video that can be decoded"
    if isinstance(error, av.error.FFmpegError | OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__


def _begin(name: str, container: av.container.InputContainer) -> datetime:
    """When a recording began, as far as it tells."""
    said = container.metadata.get("creation_time", "")
    try:
        begin = datetime.fromisoformat(said)
        return begin.astimezone(UTC) if begin.tzinfo else begin.replace(tzinfo=UTC)
    except ValueError:
        pass
    length = timedelta(microseconds=container.duration or 0)
    try:
        return datetime.fromtimestamp(Path(name).stat().st_mtime, UTC) - length
    except OSError:  # an address
        return datetime.now(UTC)
