"""How videos are opened and watched: options that travel together, as one value each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from numberplate.live.areas import Line, Mask, Zone
from numberplate.models.spec import MULTIPLE
from numberplate.reading.detector import LONGEST_SIDE

_LONGEST = 1e6
"""Seconds, eleven days: neither threads nor FFmpeg wait for any time."""

_LAST_YEAR = 9000
"""In which a recording may begin: calendars end with 9999, and it goes on after its start."""


@dataclass(frozen=True)
class SourceOptions:
    """How one source is opened; see `open_source`.

    Attributes:
        name: what sightings call it, such as "gate"; None for its address without the password.
        rate: frames a second of a folder's pictures, above 0.
        start: when the first frame of a recording was taken, a time with its zone; None for what it says
            itself.
        every: seconds from one snapshot to the next: the address is that of one picture, which is asked for
            again and again. None for an address of a video.
        timeout: seconds that a stream may take to answer, or to bring anything, before it is lost; six times
            as many where what it brings cannot be decoded.
        wait: whether a stream that cannot be reached at first is tried again.
        hardware: whether a video is decoded by the graphics hardware, where there is one that can.

    Raises ValueError for a value out of range.
    """

    name: str | None = None
    rate: float = 25.0
    start: datetime | None = None
    every: float | None = None
    timeout: float = 10.0
    wait: bool = False
    hardware: bool = False

    def __post_init__(self) -> None:
        if self.name is not None and not self.name.strip():
            raise ValueError("name: expected a camera's name, got none")
        if not 0 < self.rate < float("inf"):
            raise ValueError(f"rate: expected frames a second above 0, got {self.rate}")
        if self.start is not None:
            if self.start.utcoffset() is None:
                raise ValueError(f"start: expected a time with its zone, got {self.start}")
            if self.start.year > _LAST_YEAR:
                raise ValueError(f"start: expected a year up to {_LAST_YEAR}, got {self.start.year}")
            object.__setattr__(self, "start", self.start.astimezone(UTC))
        if self.every is not None and not 0.05 <= self.every <= _LONGEST:
            raise ValueError(f"every: expected seconds, 0.05 to {_LONGEST:.0f}, got {self.every}")
        if not 0 < self.timeout <= _LONGEST:
            raise ValueError(f"timeout: expected seconds above 0, {_LONGEST:.0f} at most, got {self.timeout}")


@dataclass(frozen=True)
class WatchOptions:
    """Which vehicles are reported, and when.

    Attributes:
        min_confidence: vehicles whose text is less probable, 0..1, are not reported.
        report_after: seconds after which a vehicle that is still there is reported.
        min_width: vehicles whose plate is never seen so wide, in pixels, are not reported: less is rarely
            read right.
        min_length: vehicles whose text has fewer characters are not reported: a grille that reads as 88 does
            so in every frame.
        regions: codes of the regions whose plates are expected, or one string of them with commas between;
            plates of others are read too.
        detection_threshold: least presence of what is followed, as of a detector alone, above 0 and up to 1;
            None for the bundle's own.
        longest_side: of the largest picture that the detector sees, 32 pixels or more.
        zones: if there are any, vehicles that were in none of them are not reported.
        masks: what is in one of them is not looked at.
        line: which way it is crossed is the direction of a vehicle; None for none.
        hold: seconds for which a vehicle may be out of sight and come back anywhere as the same. One that
            left is reported after them, or sooner:
        sure_after: seconds out of sight after which a vehicle of a live source is reported whose text is sure
            and whole, and of which it is known where it went. It may come back within `hold` all the same,
            and is not reported again.
        gone_after: seconds for which the place of a vehicle that stood must be seen as it was before it came;
            then it is gone, and the next one there is another visit, whatever its text.
        hidden_for: seconds for which something else may be seen in a vehicle's place before it is gone.
        unseen_for: seconds for which a vehicle that stood is remembered while its place is not seen.
        motion: whether only what moves is looked at: it saves time and should lose nothing.

    Raises ValueError for a value out of range. Whether regions are known is for who watches with them to say.
    """

    min_confidence: float = 0.5
    report_after: float = 10.0
    min_width: float = 48.0
    min_length: int = 4
    regions: str | Iterable[str] = ()
    detection_threshold: float | None = None
    longest_side: int = LONGEST_SIDE
    zones: tuple[Zone, ...] = ()
    masks: tuple[Mask, ...] = ()
    line: Line | None = None
    hold: float = 2.5
    sure_after: float = 0.4
    gone_after: float = 10.0
    hidden_for: float = 120.0
    unseen_for: float = 1800.0
    motion: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence: expected a probability in 0..1, got {self.min_confidence}")
        for name in ("report_after", "hold", "sure_after", "gone_after", "hidden_for", "unseen_for"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected seconds, got {getattr(self, name)}")
        if not self.min_width >= 0:
            raise ValueError(f"min_width: expected pixels, 0 or more, got {self.min_width}")
        if self.min_length < 1:
            raise ValueError(f"min_length: expected 1 character or more, got {self.min_length}")
        if self.longest_side < MULTIPLE:
            raise ValueError(f"longest_side: expected at least {MULTIPLE} pixels, got {self.longest_side}")
        if self.detection_threshold is not None and not 0 < self.detection_threshold <= 1:
            raise ValueError(
                f"detection_threshold: expected a probability above 0, got {self.detection_threshold}"
            )
        if not isinstance(self.regions, str):
            object.__setattr__(self, "regions", tuple(self.regions))
        for name in ("zones", "masks"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        names = [zone.name for zone in self.zones]
        if len({*names}) < len(names):
            raise ValueError(f"zones: expected a name once, got {', '.join(names)}")
