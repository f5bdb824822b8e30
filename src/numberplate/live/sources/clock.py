"""Time as it passed, from time stamps and clocks that jump."""

import time
from datetime import UTC, datetime, timedelta

_LONGEST = 3600.0
"""Seconds: what is said to have passed between two frames of a recording beyond these did not."""

_LONGEST_BROADCAST = 300.0
"""The same of formats for broadcast, which have no index and are cut and joined at will."""

_SHORTEST = 0.001
"""Seconds: stamps that differ by less stand still."""

_SET = 1.5
"""Seconds that the wall clock may be off what has passed before it counts as set."""

BROADCAST = {"mpegts", "mpeg", "hls", "flv", "rtp"}


class Elapsed:
    """Seconds since a recording's first frame, from its frames' time stamps.

    Where those stand still, go back or leap, one frame's time has passed. Where they stood still and then
    catch up, as those of cameras that count whole seconds do, what had passed meanwhile is part of it.

    Args:
        rate: frames a second.
        broadcast: whether the format is one whose stamps may leap; see BROADCAST.
    """

    def __init__(self, rate: float, broadcast: bool = False):
        self.seconds = 0.0
        self._step = 1 / rate
        self._longest = _LONGEST_BROADCAST if broadcast else _LONGEST
        self._last: float | None = None
        self._begun = False
        self._ahead = 0.0
        """Seconds that were counted while the stamps stood still."""

    def at(self, stamp: float | None) -> float:
        """Of the next frame; `stamp`: its own time in seconds, from any zero, None where it has none."""
        if self._begun:
            passed = None if stamp is None or self._last is None else stamp - self._last
            if passed is not None and _SHORTEST <= passed <= self._longest:
                self.seconds += max(min(passed, self._step), passed - self._ahead)
                self._ahead = 0.0
            else:
                self.seconds += self._step
                stands = passed is not None and abs(passed) < _SHORTEST
                self._ahead = self._ahead + self._step if stands else 0.0
        self._begun = True
        self._last = stamp
        return self.seconds


class Clock:
    """Wall time that never runs backwards within what belongs together.

    Time passes as the machine's steady clock says. Where the wall clock is set meanwhile, by more than time
    servers correct, the time jumps with it once.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._zero = datetime.now(UTC)

    def now(self) -> tuple[datetime, float]:
        """The time in UTC, and the seconds since this was made."""
        passed = time.monotonic() - self._began
        expected = self._zero + timedelta(seconds=passed)
        wall = datetime.now(UTC)
        if abs((wall - expected).total_seconds()) > _SET:
            self._zero = wall - timedelta(seconds=passed)
            expected = wall
        return expected, passed
