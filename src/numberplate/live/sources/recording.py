"""A video file, or a finite video at an address: every frame, as fast as it decodes."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import av.container
import av.error
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.stream import Disposition
from av.video.stream import VideoStream

from numberplate.live.sources.base import DamagedError, SourceError
from numberplate.live.sources.clock import BROADCAST, Elapsed
from numberplate.live.sources.display import Display
from numberplate.live.sources.frame import Frame

_RATE = 25.0
"""Frames a second of a video that does not say."""

_CREATED = ("com.apple.quicktime.creationdate", "creation_time", "date")
"""Where a file says when it was recorded; the first has the zone."""

_EARLIEST = 1990
"""Years before are those in which clocks of cameras begin that were never set."""

_AHEAD = timedelta(days=1)
"""What a clock may be ahead; later than that nothing was recorded yet."""

_STILL = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
"""Pictures in a file that are no video, such as the cover of a record."""

_SHORT = 1.0
"""Seconds that may be missing at the end of a video before that is worth a word."""


class Recording:
    """A video file.

    Args:
        name: its path or address.
        start: when its first frame was taken; None for what the file says of that, or else for the time of
            its last change less its length.
        container: already opened, if it is.
        hardware: whether graphics hardware decodes it, where there is one that can.
    """

    live = False

    def __init__(
        self,
        name: str,
        start: datetime | None = None,
        container: av.container.InputContainer | None = None,
        hardware: bool = False,
    ):
        self.name = name
        self.rate = _RATE
        self.address = name
        self._start = start
        self._container = container
        self._hardware = hardware
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends `frames` after the current one."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """All frames. Raises SourceError for what is no video, and where one is damaged or breaks off."""
        container = self._container or open_container(self.address, hardware=self._hardware)
        self._container = None
        with container:
            stream = video_stream(container, self.name)
            self.rate = frame_rate(stream)
            start = self._start or _begin(self.address, container, stream)
            elapsed = _elapsed(container, self.rate)
            images = _Images(container, stream)
            number = 0
            try:
                for image in images:
                    if self._closed.is_set():
                        return
                    number += 1
                    seconds = elapsed.at(image.time)
                    frame = Frame(image, start + timedelta(seconds=seconds), seconds)
                    _ = frame.small  # in this thread, while others detect
                    yield frame
            except (av.error.FFmpegError, OSError) as error:
                reason = f"cannot be read after {elapsed.seconds:.1f} s: {why(error)}"
                raise SourceError(self.name, reason) from error
            if not number:
                raise SourceError(self.name, "no frame in it can be decoded")
            if images.damaged:
                raise DamagedError(self.name, f"damaged: {images.damaged} of its frames cannot be decoded")
            length = float((stream.duration or 0) * (stream.time_base or 0))
            length = length or (container.duration or 0) / av.time_base
            shown = (images.last or 0.0) - (images.first or 0.0)
            missing = length - max(elapsed.seconds, shown)
            if missing > _SHORT + 2 / self.rate:
                raise DamagedError(self.name, f"breaks off after {elapsed.seconds:.1f} of {length:.1f} s")


class _Images:
    """The frames of a video in order, as they are to be seen.

    `damaged`: packets that could not be decoded; `first`, `last`: the least and the greatest time stamp.
    """

    def __init__(self, container: av.container.InputContainer, stream: VideoStream):
        self.damaged = 0
        self.first: float | None = None
        self.last: float | None = None
        self._container = container
        self._stream = stream

    def __iter__(self) -> Iterator[av.VideoFrame]:
        display = Display(self._stream.sample_aspect_ratio)
        for packet in self._container.demux(self._stream):
            try:
                images = packet.decode()
            except av.error.InvalidDataError:
                self.damaged += 1
                continue
            for image in images:
                if image.time is not None:
                    self.first = image.time if self.first is None else min(self.first, image.time)
                    self.last = image.time if self.last is None else max(self.last, image.time)
                yield from display.show(image)
        yield from display.rest()


def open_container(
    name: str,
    timeout: float | None = None,
    options: dict[str, str] | None = None,
    format: str | None = None,
    hardware: bool = False,
) -> av.container.InputContainer:
    """Opens what has frames.

    `timeout`: seconds that opening, and later each reading, may take; `hardware`: whether graphics hardware
    decodes it, if one can. Raises SourceError when that is not possible.
    """
    limits = None if timeout is None else (timeout, timeout)
    devices = hwdevices_available() if hardware else []
    for device in [*devices, None]:
        acceleration = None if device is None else HWAccel(device)
        try:
            return av.open(
                name,
                timeout=limits,
                options=dict(options or {}),
                format=format,
                hwaccel=acceleration,
                metadata_errors="replace",  # a title in another encoding is no reason to see nothing
            )
        except (av.error.FFmpegError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
            if device is not None:
                continue  # it is not there, or cannot decode this
            if isinstance(error, av.error.InvalidDataError) and format is None and _may_be_mjpeg(name):
                # Pictures one after the other, without the boundary that should come before the first.
                return open_container(name, timeout, options, "mjpeg")
            raise SourceError(name, why(error)) from error
    raise AssertionError("the last attempt returns or raises")


def _may_be_mjpeg(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def video_stream(container: av.container.InputContainer, name: str) -> VideoStream:
    """The best video in a container that can be decoded, its decoder on several threads: of the most pixels,
    rather the one that is marked as the default. The others are not read. Raises SourceError when there is
    none.
    """
    moving = [s for s in container.streams.video if not s.disposition & _STILL]
    if not moving:
        what = "no video, but a picture" if container.streams.video else "no video"
        raise SourceError(name, f"has {what}")
    # A stream without a decoder has no size either; PyAV's types do not say so.
    known = [s for s in moving if hasattr(s, "width")]
    if not known:
        raise SourceError(name, "has a video of a kind that cannot be decoded")
    best = max(
        known,
        key=lambda s: (s.width * s.height, bool(s.disposition & Disposition.default), -s.index),
    )
    if hasattr(best, "discard"):  # not in earlier versions of PyAV
        # Of a playlist, variants that nobody watches would be fetched as well.
        for other in container.streams:
            if other.index != best.index:
                other.discard = type(other.discard).all
    best.thread_type = "AUTO"
    return best


def frame_rate(stream: VideoStream) -> float:
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


def _begin(name: str, container: av.container.InputContainer, stream: VideoStream) -> datetime:
    """When a recording began, as far as it tells."""
    said = [of.get(key, "") for of in (container.metadata, stream.metadata) for key in _CREATED]
    for text in said:
        try:
            begin = datetime.fromisoformat(text)
            begin = begin.astimezone(UTC) if begin.tzinfo else begin.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
        if begin.year >= _EARLIEST and begin - datetime.now(UTC) < _AHEAD:
            return begin
    try:
        ended = datetime.fromtimestamp(Path(name).stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # an address, or a time that no calendar has
        return datetime.now(UTC)
    try:
        return ended - _length(name, container, stream)
    except OverflowError:  # longer than there are calendars, says the file
        return ended


def _length(name: str, container: av.container.InputContainer, stream: VideoStream) -> timedelta:
    """Of a file; of its packets where it does not say, as of one that is being written, or was cut off."""
    if container.duration:
        return timedelta(microseconds=container.duration)
    elapsed = _elapsed(container, frame_rate(stream))
    # What it says on the way to its end, `frames` will say.
    with suppress(av.error.FFmpegError, OSError), open_container(name) as again:
        for packet in again.demux(video_stream(again, name)):
            if packet.size:
                elapsed.at(None if packet.dts is None else float(packet.dts * packet.time_base))
    return timedelta(seconds=elapsed.seconds)


def _elapsed(container: av.container.InputContainer, rate: float) -> Elapsed:
    return Elapsed(rate, broadcast=bool(BROADCAST & {*container.format.name.split(",")}))
