"""Decoded frames as they are meant to be seen: a video says how, and players obey.

Interlaced frames are deinterlaced (bwdif), pixels made square, and the frame is turned as its display matrix
says, all by libavfilter; high dynamic range is mapped to the standard one when a frame is converted to RGB.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import cast

import av
import av.filter
import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import SideData, SideDataContainer, Type
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

_PQ, _HLG = 16, 18
"""Transfer characteristics of high dynamic range (ITU-T H.273)."""

_WHITE = 203.0
"""Candela a square metre of paper white (ITU-R BT.2408)."""

_SQUARE = 0.02
"""Pixels whose aspect differs by less from 1 count as square."""

_STRETCHED = 8
"""No pixels are more times as wide as high, or as high as wide: frames of such would fill the memory."""


@dataclass(frozen=True)
class _How:
    """What is to be done with frames of one kind, and what they are."""

    width: int
    height: int
    format: str
    aspect: Fraction
    turn: tuple[str, ...]
    interlaced: bool
    time_base: Fraction


class Display:
    """Turns frames of one video into those that are to be seen.

    `aspect`: width of a pixel over its height, as the stream says it.
    """

    def __init__(self, aspect: Fraction | None = None):
        self._aspect = aspect if aspect and 1 / _STRETCHED <= aspect <= _STRETCHED else Fraction(1)
        self._how: _How | None = None
        self._graph: av.filter.Graph | None = None
        self._interlaced = False
        self._turned: tuple[str, ...] = ()

    def show(self, image: VideoFrame) -> Iterator[VideoFrame]:
        """The frames that this one completes: one as a rule, and none of the first interlaced one."""
        self._interlaced = self._interlaced or image.interlaced_frame
        turn = _turn(image)
        # A stream says it of its key frames, and what is decoded from those is turned likewise.
        if turn is not None or image.key_frame:
            self._turned = turn or ()
        aspect = self._aspect if abs(self._aspect - 1) > _SQUARE else Fraction(1)
        how = _How(
            image.width,
            image.height,
            image.format.name,
            aspect,
            self._turned,
            self._interlaced,
            image.time_base or Fraction(1, 1000),
        )
        if how != self._how:
            yield from self.rest()
            self._how = how
            self._graph = _graph(how)
        if self._graph is None:
            yield image
            return
        self._graph.push(image)
        yield from self._ready()

    def rest(self) -> Iterator[VideoFrame]:
        """Those that are still held back, at the end."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()
            self._graph = self._how = None

    def _ready(self) -> Iterator[VideoFrame]:
        while self._graph is not None:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if isinstance(frame, VideoFrame):
                yield frame


def _graph(how: _How) -> av.filter.Graph | None:
    """The filters for such frames; None where none is needed."""
    steps = []
    if how.interlaced:
        steps.append(("bwdif", "mode=send_frame:deint=interlaced"))
    if how.aspect != 1:
        # Enlarged, never reduced: what is there stays.
        wide = how.aspect > 1
        width = round(how.width * how.aspect / 2) * 2 if wide else how.width
        height = how.height if wide else round(how.height / how.aspect / 2) * 2
        steps.append(("scale", f"w={width}:h={height}:flags=bicubic"))
    steps += [(name, argument) for name, _, argument in (step.partition("=") for step in how.turn)]
    if not steps:
        return None
    graph = av.filter.Graph()
    last = graph.add_buffer(
        width=how.width,
        height=how.height,
        format=VideoFormat(how.format),
        time_base=how.time_base,
        name="in",
    )
    for name, arguments in steps:
        step = graph.add(name, arguments) if arguments else graph.add(name)
        last.link_to(step)
        last = step
    sink = graph.add("buffersink")
    last.link_to(sink)
    graph.configure()
    return graph


def _turn(image: VideoFrame) -> tuple[str, ...] | None:
    """The filters that do what the display matrix says: a quarter turn or more, and a flip.

    None where the frame has no matrix.
    """
    # Not `image.side_data`, which stays in the frame and refers to it: such a frame, and the threads that
    # converted it, would be there until cycles are looked for. It iterates over its values, whatever its type
    # says.
    parts = cast(Iterable[SideData], SideDataContainer(image))  # type: ignore[call-arg]
    matrix = next((data for data in parts if data.type == Type.DISPLAYMATRIX), None)
    if matrix is None:
        return None
    # 3×3 in fixed point, of which the first two rows and columns map (x, y) to (ax + cy, bx + dy).
    values = np.frombuffer(bytes(matrix), np.int32)
    if len(values) < 9:
        return ()
    a, b, c, d = (int(np.sign(v)) if abs(v) > (1 << 15) else 0 for v in values[[0, 1, 3, 4]])
    return {
        (1, 0, 0, 1): (),
        (0, 1, -1, 0): ("transpose=clock",),
        (-1, 0, 0, -1): ("hflip", "vflip"),
        (0, -1, 1, 0): ("transpose=cclock",),
        (-1, 0, 0, 1): ("hflip",),
        (1, 0, 0, -1): ("vflip",),
        (0, 1, 1, 0): ("transpose=cclock_flip",),
        (0, -1, -1, 0): ("transpose=clock_flip",),
    }.get((a, b, c, d), ())


def to_rgb(image: VideoFrame) -> npt.NDArray[np.uint8]:
    """The frame as uint8 (height, width, 3), RGB in the standard dynamic range."""
    # Earlier versions of PyAV do not tell it of a frame.
    transfer = int(getattr(image, "color_trc", 0) or 0)
    if transfer not in (_PQ, _HLG):
        return np.ascontiguousarray(image.to_ndarray(format="rgb24"))
    deep = image.to_ndarray(format="rgb48le")
    return _standard(transfer)[deep]


@cache
def _standard(transfer: int) -> npt.NDArray[np.uint8]:
    """For each 16-bit value of a high dynamic range signal the 8-bit one that shows the same.

    Light up to paper white stays as it is, but for a little room above, into which what is brighter is bent.
    """
    signal = np.arange(65536) / 65535
    if transfer == _PQ:  # SMPTE ST 2084
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = signal ** (1 / m2)
        light = 10000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    else:  # ARIB STD-B67, on a screen of 1000 candela with its gamma of 1.2
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        light = 1000 * light**1.2
    relative = light / _WHITE
    mapped = relative * (1 + relative / 25) / (1 + relative)  # Reinhard 2002, white at five times paper white
    mapped = np.clip(mapped * 1.6, 0, 1)
    gamma = np.where(mapped < 0.018, 4.5 * mapped, 1.099 * mapped**0.45 - 0.099)  # ITU-R BT.709
    return np.asarray(np.round(255 * gamma), np.uint8)
