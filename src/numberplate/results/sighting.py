"""What a video gives: one sighting for each vehicle."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture, as_corners
from numberplate.plates.alphabet import latin
from numberplate.results.address import without_secrets
from numberplate.results.plate import SIDES, Candidate, Character, Region, likely_region

Direction = Literal["towards", "away", "left", "right", "in", "out"]
"""Of a vehicle, as the camera sees it: towards it, away from it, to the picture's left or right; or the way
in which it crossed the line that was drawn for its camera."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """One vehicle that passed a camera, by the vote over all frames that showed its plate.

    Attributes:
        source: what was watched, as the user named it, but for the password of an address.
        text: as `Plate.text`: upper case, without spaces or hyphens, in the characters of its script.
        confidence: the probability of the whole text, 0..1.
        characters: one for each character of `text`, in order.
        candidates: the likeliest texts, best first; the first is `text`.
        regions: the likeliest regions of the text, best first.
        first_seen, last_seen: of the first and the last frame that showed the plate, in UTC.
        frames: how many frames showed it.
        corners: float32 (4, 2), (x, y) in pixels of `picture`, in reading order: the plate there. Read-only.
        path: float32 (n, 2), the plate's middle in pixels, in those frames in order. Read-only.
        direction: where the vehicle went; None where it stood.
        picture: the frame that shows the plate best, uint8 (height, width, 3), RGB; None if not at hand.
        crop: the flat plate of that frame, uint8 (height, width, 3), RGB, likewise.
        cut: the plate's sides, of SIDES, that the frame's edge cut off wherever it was read; `confidence` is
            less by as much as that is likely.
        zone: the name of the zone that it was in; None where no zones are drawn.

    Raises ValueError, on construction, when a field's shape or range is another.
    """

    source: str
    text: str
    confidence: float
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]
    regions: tuple[Region, ...]
    first_seen: datetime
    last_seen: datetime
    frames: int
    corners: npt.NDArray[np.float32]
    path: npt.NDArray[np.float32]
    direction: Direction | None
    picture: Picture | None = None
    crop: Picture | None = None
    cut: tuple[str, ...] = ()
    zone: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", without_secrets(self.source))
        if not 0.0 <= self.confidence <= 1.0:  # NaN fails too
            raise ValueError(f"Sighting.confidence: expected a probability in 0..1, got {self.confidence}")
        for name in ("first_seen", "last_seen"):
            if getattr(self, name).utcoffset() != timedelta(0):
                raise ValueError(f"Sighting.{name}: expected a time in UTC, got {getattr(self, name)}")
        if self.last_seen < self.first_seen:
            raise ValueError(f"Sighting.last_seen: {self.last_seen} is before {self.first_seen}")
        if self.frames < 1:
            raise ValueError(f"Sighting.frames: expected at least 1, got {self.frames}")
        if self.direction is not None and self.direction not in get_args(Direction):
            raise ValueError(f"Sighting.direction: got {self.direction!r}")
        if not {*self.cut} <= {*SIDES}:
            raise ValueError(f"Sighting.cut: expected some of {SIDES}, got {self.cut}")
        corners = as_corners(self.corners).copy()
        path = np.array(self.path, np.float32)
        if path.ndim != 2 or path.shape[1] != 2 or not len(path):
            raise ValueError(f"Sighting.path: expected shape (n, 2), got {path.shape}")
        for name, value in (("corners", corners), ("path", path)):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def latin(self) -> str:
        """The text in digits and Latin letters: `AHA12345` for `皖A12345`."""
        return latin(self.text)

    @property
    def region(self) -> Region | None:
        """The region to name, which is more likely than not; None where none is. See `likely_region`."""
        return likely_region(self.regions)

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output: all but the pictures; confidences with four decimals, pixels with two."""
        return {
            "source": self.source,
            "text": self.text,
            "latin": self.latin,
            "confidence": round(self.confidence, 4),
            "first_seen": self.first_seen.isoformat(timespec="milliseconds"),
            "last_seen": self.last_seen.isoformat(timespec="milliseconds"),
            "frames": self.frames,
            "direction": self.direction,
            "corners": [[round(float(v), 2) for v in point] for point in self.corners],
            "path": [[round(float(v), 2) for v in point] for point in self.path],
            "characters": [c.to_dict() for c in self.characters],
            "candidates": [c.to_dict() for c in self.candidates],
            "region": self.region.to_dict() if self.region else None,
            "regions": [r.to_dict() for r in self.regions],
            "cut": list(self.cut),
            "zone": self.zone,
        }
