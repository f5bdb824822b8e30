"""One frame of a video."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from numberplate.geometry.quads import Picture

if TYPE_CHECKING:
    from av import VideoFrame


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
        return np.ascontiguousarray(self.image.to_ndarray(format="rgb24"))
