"""Clocks that cameras burn into their pictures: what reads like plates, but goes with the time."""

import re
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from numberplate.geometry.quads import Corners, side_lengths
from numberplate.live.areas import Mask
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.scene import Ground, Place
from numberplate.plates.alphabet import fold
from numberplate.reading.decoding import Reading

_TEXTS, _SECONDS, _SHARE = 4, 6.0, 0.8
"""So many different texts at one place, over so many seconds at least, and so large a share of all that was
read there lately, go with the time if they are a clock's. What a plate is misread as may do so for a moment,
but what it says stays."""

_UNITS_PASSED = 2.25
"""Of what is shown last, seconds or minutes: in less time, what stays would pass for what goes on."""

_SURE = 0.5
"""Least confidence of a reading that counts."""

_SHIFT, _SIZE = 0.1, 0.15
"""What is the same place: within so many widths, and as wide within this share."""

_MOST_CLOCKS, _MOST_SPOTS, _MOST_READINGS = 4, 16, 8
"""That are masked in one picture; places that are remembered, and readings of each."""

_SLACK = 1.0
"""Seconds by which what is shown may be off what has passed, besides what is not shown of it."""

_UNITS = ((1.0, 60, 3600.0), (60.0, 24, 86400.0))
"""Minutes and seconds, or hours and minutes: seconds of the latter of the two, how many of the former there
are at most, and seconds after which they come again."""


@dataclass
class _Spot:
    place: Place
    middle: tuple[float, float]
    width: float
    readings: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_MOST_READINGS))


class Clocks:
    """Those of one source. `masks`: where they are.

    A place counts only as long as nothing else is seen there: of a queue at a barrier, whose plates may be in
    any order, it is empty in between.
    """

    def __init__(self) -> None:
        self.masks: list[Mask] = []
        self._spots: list[_Spot] = []

    def look(self, frame: Frame, ground: Ground) -> None:
        """The next frame: places that show something else are forgotten."""
        for spot in self._spots:
            spot.place.look(frame.small, ground, frame.seconds)
        self._spots = [spot for spot in self._spots if not spot.place.changed]

    def read(self, frame: Frame, corners: Corners, reading: Reading) -> Mask | None:
        """What is read at these corners, float32 (4, 2), of the frame that `look` was given last: the mask
        over a clock, where that shows now that it is one.
        """
        text = fold(reading.text)
        if reading.confidence < _SURE or not re.search(r"\d{4}", text):
            return None
        (x, y), width = corners.mean(0).tolist(), float(side_lengths(corners)[0])
        spot = next((spot for spot in self._spots if _is_at(spot, x, y, width)), None)
        place = Place(frame.small, frame.factor, corners, frame.seconds)
        if spot is None:
            spot = _Spot(place, (x, y), width)
            self._spots = [*self._spots, spot][-_MOST_SPOTS:]
        spot.place = place
        if not spot.readings or spot.readings[-1][1] != text:
            spot.readings.append((frame.seconds, text))
        if len(self.masks) == _MOST_CLOCKS or not _goes_with_time([*spot.readings]):
            return None
        self._spots.remove(spot)
        height, wide = frame.size
        shares = np.clip(np.stack([corners.min(0), corners.max(0)]) / (wide, height), 0, 1)
        (left, top), (right, bottom) = shares.tolist()
        mask = Mask(((left, top), (right, bottom)))
        self.masks.append(mask)
        return mask


def _is_at(spot: _Spot, x: float, y: float, width: float) -> bool:
    shift = np.hypot(x - spot.middle[0], y - spot.middle[1])
    return bool(shift <= _SHIFT * spot.width and abs(width / spot.width - 1) <= _SIZE)


def _goes_with_time(readings: list[tuple[float, str]]) -> bool:
    """Whether enough of the readings, each the seconds and the text, show the time that has passed."""
    if len({text for _, text in readings}) < len(readings):
        return False  # what a clock showed before does not come back
    *_, (now, newest) = readings
    for unit, most, period in _UNITS:
        for place in range(len(newest) - 3):
            shown = _shown(newest, place, unit, most)
            if shown is None:
                continue
            agreeing = []
            for seconds, text in readings:
                before = _shown(text, place, unit, most)
                if before is not None:
                    off = (shown - before - (now - seconds) + period / 2) % period - period / 2
                    if abs(off) <= unit + _SLACK:
                        agreeing.append((before, now - seconds))
            if len(agreeing) < max(_TEXTS, _SHARE * len(readings)):
                continue
            if len({before for before, _ in agreeing}) < len(agreeing):
                continue
            if max(passed for _, passed in agreeing) >= max(_SECONDS, _UNITS_PASSED * unit):
                return True
    return False


def _shown(text: str, place: int, unit: float, most: int) -> float | None:
    """Seconds that four digits show from that place on; None where they show none."""
    digits = text[place : place + 4]
    if not re.fullmatch(r"[0-9]{4}", digits):
        return None
    former, latter = int(digits[:2]), int(digits[2:])
    return None if former >= most or latter >= 60 else (60 * former + latter) * unit
