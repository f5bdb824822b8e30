"""An annotated video: each frame with its plates drawn in."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.error
import av.video.stream

from numberplate.live.sources.frame import Frame
from numberplate.live.sources.recording import why
from numberplate.pictures.annotate import draw
from numberplate.results.plate import Plate

_CLOCK = Fraction(1, 90_000)

_AT_ONCE = {"flush_packets": "1"}
_PIECES = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
"""An MP4 in pieces, each whole, and at once in the file: what is written can be watched, however the program
ends."""


class DrawingError(OSError):
    """A video that cannot be written. The message names it and says why."""


class Drawing:
    """Writes a video, H.264 in MP4, or what the path's suffix stands for.

    Raises DrawingError, here and later, when it cannot be written.
    """

    def __init__(self, path: str | Path, rate: float):
        self.path = Path(path)
        options = _AT_ONCE | (_PIECES if self.path.suffix.lower() in (".mp4", ".mov", ".m4v") else {})
        try:
            self._container = av.open(str(path), "w", options=options)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise DrawingError(f"{path}: {why(error)}") from error
        self._rate = Fraction(rate).limit_denominator(1000)
        self._stream: av.video.stream.VideoStream | None = None
        self._last = -1

    def write(self, frame: Frame, plates: Sequence[Plate]) -> None:
        """The next frame, with these plates. Frames keep their times; their size is that of the first."""
        height, width = frame.picture.shape[:2]
        try:
            if self._stream is None:
                stream = self._container.add_stream("libx264", rate=self._rate)
                # The codec wants even sides.
                stream.width, stream.height = width - width % 2, height - height % 2
                stream.pix_fmt = "yuv420p"
                stream.codec_context.time_base = _CLOCK
                stream.codec_context.options = {"preset": "veryfast", "crf": "23", "g": "50"}
                self._stream = stream
            image = av.VideoFrame.from_ndarray(draw(frame.picture, plates), format="rgb24")
            if (image.width, image.height) != (self._stream.width, self._stream.height):
                image = image.reformat(self._stream.width, self._stream.height)
            self._last = max(self._last + 1, round(frame.seconds / _CLOCK))
            image.pts, image.time_base = self._last, _CLOCK
            self._container.mux(self._stream.encode(image))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise DrawingError(f"{self.path}: {why(error)}") from error

    def close(self) -> None:
        """Writes what is left."""
        try:
            if self._stream is not None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise DrawingError(f"{self.path}: {why(error)}") from error
