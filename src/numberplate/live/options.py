"""How videos are watched: the options of `Watch`, as one value."""

from collections.abc import Iterable
from dataclasses import dataclass

from numberplate.reading.detector import LONGEST_SIDE


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
        longest_side: of the largest picture that the detector sees, in pixels.

    Raises ValueError for a value out of range. Whether regions are known is for who watches with them to say.
    """

    min_confidence: float = 0.5
    report_after: float = 10.0
    min_width: float = 48.0
    min_length: int = 4
    regions: str | Iterable[str] = ()
    detection_threshold: float | None = None
    longest_side: int = LONGEST_SIDE

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence: expected a probability in 0..1, got {self.min_confidence}")
        if not self.report_after >= 0:
            raise ValueError(f"report_after: expected seconds, got {self.report_after}")
        if self.detection_threshold is not None and not 0 < self.detection_threshold <= 1:
            raise ValueError(
                f"detection_threshold: expected a probability above 0, got {self.detection_threshold}"
            )
        if not isinstance(self.regions, str):
            object.__setattr__(self, "regions", tuple(self.regions))
