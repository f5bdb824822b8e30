"""What a camera sees where vehicles stood: whether one is still there, hidden, or gone.

All of it works on a reduced grey picture (`Frame.small`), and costs microseconds a place.
"""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Corners

Grey = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the reduced picture."""

_AROUND = 1.3
"""What is compared is the plate's box, so much larger."""

_ALIKE = 0.6
"""Least correlation of what shows the same plate at the same place."""

_FLAT = 2.0
"""Grey levels: a deviation below is noise, in which nothing correlates."""

_EMPTY = 12.0
"""Grey levels by which a place differs in the mean from what it was before the vehicle came, at most."""

_LESS = 0.4
"""... and at most this share of what the vehicle itself differed from it."""

_BLINK = 0.4
"""Seconds between two looks in which no vehicle makes room for another."""

_PACE, _STEP = 1.0, 2.0
"""Once in so many seconds, the ground moves by so many grey levels towards what is seen."""


_ASPECT = 0.03
"""Share by which width to height may differ between resolutions that show the same."""


class Ground:
    """What a camera sees where nothing stands: learnt slowly, but not where plates are."""

    def __init__(self) -> None:
        self._level: npt.NDArray[np.float32] | None = None
        self._learnt = 0.0

    def see(self, small: Grey, seconds: float, occupied: Iterable[Box]) -> None:
        """The next frame, reduced. `occupied`: places that show plates now, or did lately."""
        if self._level is not None and self._level.shape != small.shape:
            self._level = _as_large(self._level, small.shape)
        if self._level is None:
            self._level, self._learnt = small.astype(np.float32), seconds
        elif seconds - self._learnt >= _PACE:
            self._learnt = seconds
            step = np.clip(small - self._level, -_STEP, _STEP)
            for left, top, right, bottom in occupied:
                step[top:bottom, left:right] = 0
            self._level += step

    def differs(self, small: Grey, box: Box) -> float:
        """By how many grey levels, in the mean, this place is not as it is when nothing stands there; the
        light may have changed as a whole.
        """
        if self._level is None or self._level.shape != small.shape:
            return float("inf")
        wide = _around(box)
        return self.differs_in(small[wide], wide, box)

    def differs_in(self, seen: Grey, wide: tuple[slice, slice], box: Box) -> float:
        """The same, where only the part `wide` of a frame, which has the place in it, was kept."""
        if self._level is None or self._level[wide].shape != seen.shape:
            return float("inf")
        difference = seen - self._level[wide]
        left, top, right, bottom = box
        first, second = top - wide[0].start, left - wide[1].start
        inside = difference[first : first + bottom - top, second : second + right - left]
        return float(np.abs(inside - np.median(difference[::3, ::3])).mean())


class Place:
    """Where a plate was, and what is seen there since.

    Attributes:
        box: of the reduced picture.
        there: when it was last seen as the vehicle left it, in seconds of the source.
        least: the least that it resembled that since, -1..1.
        empty: seconds for which it was seen as it was before the vehicle came.
        hidden: seconds for which anything else than the vehicle was seen without a break.
    """

    def __init__(self, small: Grey, factor: int, corners: Corners, seconds: float):
        height, width = small.shape
        middle = corners.mean(0) / factor
        reach = np.maximum(np.ptp(corners, axis=0) / factor * _AROUND / 2, (3, 2))
        left, top = np.clip(np.floor(middle - reach), 0, (width - 4, height - 3)).astype(int).tolist()
        right, bottom = np.ceil(middle + reach).astype(int).tolist()
        self.box: Box = (left, top, min(max(right, left + 4), width), min(max(bottom, top + 3), height))
        self._shape = small.shape
        self._shown = _patch(small, self.box)
        self._wide = _around(self.box)
        self._with_vehicle: Grey | None = small[self._wide].copy()
        self._stood_out = 0.0
        self._looked = seconds
        self.there = seconds
        self.least = 1.0
        self.empty = 0.0
        self.hidden = 0.0
        self._blind = 0.0

    def look(self, small: Grey, ground: Ground, seconds: float) -> None:
        """The next frame, reduced."""
        passed, self._looked = max(0.0, seconds - self._looked), seconds
        self._blind = max(self._blind, passed)
        if small.shape != self._shape:
            return  # the camera's resolution changed: it is not known any more where this is
        alike = _correlation(self._shown, _patch(small, self.box))
        self.least = min(self.least, alike)
        if alike >= _ALIKE:
            self.there, self.empty, self.hidden = seconds, 0.0, 0.0
            return
        self.hidden += passed
        if self._with_vehicle is not None:
            self._stood_out = ground.differs_in(self._with_vehicle, self._wide, self.box)
            self._with_vehicle = None
        # Of one that was there from the first frame on, nothing is known of the ground.
        if ground.differs(small, self.box) <= min(_EMPTY, _LESS * self._stood_out):
            self.empty += passed

    @property
    def changed(self) -> bool:
        """Whether anything else was seen there since."""
        return self.least < _ALIKE

    def unchanged_until(self, seconds: float) -> bool:
        """Whether nothing else was there until then, at no moment long enough for one to take its place."""
        return not self.changed and max(self._blind, seconds - self._looked) < _BLINK


def _as_large(level: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
    """The same scene in a resolution that a camera changed to; None where it must show another part of it."""
    if abs(level.shape[1] / level.shape[0] * shape[0] / shape[1] - 1) > _ASPECT:
        return None
    return np.asarray(cv2.resize(level, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _around(box: Box) -> tuple[slice, slice]:
    """Rows and columns of the box and as much again on all of its sides."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    return slice(max(0, top - height), bottom + height), slice(max(0, left - width), right + width)


def _patch(small: Grey, box: Box) -> npt.NDArray[np.float32]:
    left, top, right, bottom = box
    patch = small[top:bottom, left:right].astype(np.float32)
    return np.asarray(patch - patch.mean(), np.float32)


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Of two patches about their means, -1..1; flat ones correlate with nothing."""
    deviations = [max(_FLAT, float(np.sqrt((patch**2).mean()))) for patch in (one, other)]
    return float((one * other).mean()) / (deviations[0] * deviations[1])
