"""One frame of a video."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture

if TYPE_CHECKING:
    from av import VideoFrame

_LUMA_FIRST = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
"""Formats of pixels whose first plane is the luma, a byte a pixel."""

_FULL_FORMATS = {"yuvj420p", "yuvj422p", "yuvj444p", "gray"}
_FULL_RANGE = 2
"""What says that black is 0 and white 255, and not 16 and 235."""

_EXPANDED = np.clip(np.round((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""For each luma of the narrow range what it is in the full one."""

_SMALL = 640
"""Pixels that the longer side of the reduced picture has at least, where the frame has as many."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame.

    Attributes:
        image: as it was decoded.
        time: when it was taken, in UTC.
        seconds: since the first frame of its source; it never falls from frame to frame.
    """

    image: "VideoFrame | Picture"
    time: datetime
    seconds: float

    @cached_property
    def picture(self) -> Picture:
        """uint8 (height, width, 3), RGB: converted when it is first asked for."""
        if isinstance(self.image, np.ndarray):
            return self.image
        # Where there is a frame of PyAV's, PyAV is there.
        from numberplate.live.sources.display import to_rgb

        return to_rgb(self.image)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        if isinstance(self.image, np.ndarray):
            height, width = self.image.shape[:2]
            return int(height), int(width)
        return self.image.height, self.image.width

    @property
    def factor(self) -> int:
        """How many pixels wide and high a pixel of `small` is."""
        return max(1, max(self.size) // _SMALL)

    @cached_property
    def grey(self) -> npt.NDArray[np.uint8]:
        """uint8 (height, width): from the luma, where the frame has one, which takes no conversion to RGB."""
        luma = self._luma()
        if luma is None or isinstance(self.image, np.ndarray):
            return np.asarray(cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY), np.uint8)
        if int(self.image.color_range) == _FULL_RANGE or self.image.format.name in _FULL_FORMATS:
            return np.ascontiguousarray(luma)
        return np.asarray(cv2.LUT(np.ascontiguousarray(luma), _EXPANDED), np.uint8)

    @cached_property
    def small(self) -> npt.NDArray[np.uint8]:
        """The frame reduced by `factor`, uint8 (height, width), grey: of the luma, where it has one."""
        luma = self._luma()
        grey = self.grey if luma is None else luma
        if self.factor == 1:
            return np.ascontiguousarray(grey)
        height, width = (max(1, side // self.factor) for side in grey.shape)
        grey = grey[: height * self.factor, : width * self.factor]
        return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def _luma(self) -> npt.NDArray[np.uint8] | None:
        """The luma as it was decoded, a view; None where that is not a byte a pixel."""
        if isinstance(self.image, np.ndarray) or self.image.format.name not in _LUMA_FIRST:
            return None
        plane = self.image.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8, plane.line_size * self.image.height)
        luma: npt.NDArray[np.uint8] = rows.reshape(self.image.height, plane.line_size)
        return luma[:, : self.image.width]
