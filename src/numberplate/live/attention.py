"""Where in a frame to look for plates: where something changed since it was looked at last.

Tiles of a much reduced grey picture are compared with what was there when they were last looked at, so
that what moves slowly is noticed too. All of a frame is looked at when much of it changes, as when the
camera moves or the picture is too noisy to tell, and once in a while anyway.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import boxes
from numberplate.live.sources.frame import Frame

_REDUCED = 4
"""Pixels of `Frame.small` that are averaged to one, wide and high: noise goes, a plate stays."""

_TILE = 4
"""Pixels of the reduced picture that a tile is wide and high."""

_FACTOR, _LEVELS = 1.3, 1.5
"""A tile changed when it differs by more than the median of all tiles times this, and so many grey levels."""

_RESTLESS = 5.0
"""Grey levels: where the median tile differs by more, no vehicle stands out from what moves."""

_MARGIN = 2
"""Tiles around what changed that are looked at too: a detector needs surroundings."""

_AROUND = 0.5
"""Widths of a plate by which a region goes beyond each plate that it touches."""

_MUCH = 0.45
"""Share of the frame: to look at more of it in parts saves nothing."""

_ALL = 2.0
"""Seconds after which all of it is looked at again."""

_ALIGNED = 32
"""Regions begin at multiples of so many pixels, so that the detector's cells lie as in the whole frame."""

Region = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the frame."""


@dataclass(frozen=True)
class Regions:
    """Parts of one frame to look at; all of it where `parts` is None."""

    parts: tuple[Region, ...] | None

    def outside(self, corners: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Which plates, (n, 4, 2), have their middles in none of them."""
        if self.parts is None:
            return np.zeros(len(corners), np.bool_)
        out = np.ones(len(corners), np.bool_)
        middles = corners.mean(1)
        for left, top, right, bottom in self.parts:
            x, y = middles[:, 0], middles[:, 1]
            out &= ~((x >= left) & (x <= right) & (y >= top) & (y <= bottom))
        return out


class Attention:
    """Says of each frame of one source, in order, where to look."""

    def __init__(self) -> None:
        self._seen: npt.NDArray[np.float32] | None = None
        self._all_at = -np.inf
        self.plates: npt.NDArray[np.float32] = np.zeros((0, 4, 2), np.float32)
        """Corners of the plates in the last frame that was followed, (n, 4, 2)."""

    def regions(self, frame: Frame) -> Regions:
        """Where to look in the next frame."""
        small = frame.small
        reduced = cv2.resize(
            small,
            (max(1, small.shape[1] // _REDUCED), max(1, small.shape[0] // _REDUCED)),
            interpolation=cv2.INTER_AREA,
        ).astype(np.float32)
        before, seconds = self._seen, frame.seconds
        if before is None or before.shape != reduced.shape or seconds - self._all_at >= _ALL:
            return self._everywhere(reduced, seconds)
        change = reduced - before
        tiles = _tiles(change - np.median(change))
        middle = float(np.median(tiles))
        if middle > _RESTLESS:
            return self._everywhere(reduced, seconds)
        changed = tiles > _FACTOR * middle + _LEVELS
        if not changed.any():
            return Regions(())
        grown = cv2.dilate(changed.astype(np.uint8), np.ones((2 * _MARGIN + 1,) * 2, np.uint8))
        parts = self._parts(np.asarray(grown, np.uint8), frame)
        height, width = frame.size
        if sum((r - x) * (b - y) for x, y, r, b in parts) > _MUCH * width * height:
            return self._everywhere(reduced, seconds)
        scale = frame.factor * _REDUCED
        for left, top, right, bottom in parts:
            place = (slice(top // scale, -(-bottom // scale)), slice(left // scale, -(-right // scale)))
            before[place] = reduced[place]
        return Regions(tuple(parts))

    def _everywhere(self, reduced: npt.NDArray[np.float32], seconds: float) -> Regions:
        self._seen, self._all_at = reduced, seconds
        return Regions(None)

    def _parts(self, grown: npt.NDArray[np.uint8], frame: Frame) -> list[Region]:
        """Boxes around what changed, none overlapping another."""
        height, width = frame.size
        side = frame.factor * _REDUCED * _TILE
        _, _, found, _ = cv2.connectedComponentsWithStats(grown)
        parts = [(x * side, y * side, (x + w) * side, (y + h) * side) for x, y, w, h, _ in found[1:].tolist()]
        plates = []
        for left, top, right, bottom in boxes(self.plates).tolist():
            reach = _AROUND * (right - left)
            plates.append((int(left - reach), int(top - reach), int(right + reach), int(bottom + reach)))
        joined: list[Region] = []
        for part in parts:
            new, again = _clipped(part, width, height), True
            while again:
                again = False
                for plate in plates:
                    inside = _clipped(plate, width, height)
                    if _touch(new, inside) and _union(new, inside) != new:
                        new, again = _clipped(_union(new, inside), width, height), True
                for other in joined:
                    if _touch(new, other):
                        joined.remove(other)
                        new, again = _union(new, other), True
                        break
            joined.append(new)
        return joined


def _tiles(change: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """By how much tiles changed: the root of the mean square, in which edges count more than noise; those
    at the right and lower edge may be smaller.
    """
    height, width = change.shape
    padded = cv2.copyMakeBorder(change**2, 0, -height % _TILE, 0, -width % _TILE, cv2.BORDER_REPLICATE)
    size = (padded.shape[1] // _TILE, padded.shape[0] // _TILE)
    return np.sqrt(np.asarray(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.float32))


def _clipped(part: Region, width: int, height: int) -> Region:
    left, top, right, bottom = part
    left, top = (max(0, v) // _ALIGNED * _ALIGNED for v in (left, top))
    right, bottom = (-(-max(0, v) // _ALIGNED) * _ALIGNED for v in (right, bottom))
    return min(left, width), min(top, height), min(right, width), min(bottom, height)


def _touch(one: Region, other: Region) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _union(one: Region, other: Region) -> Region:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )
