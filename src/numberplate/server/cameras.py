"""What the page is told of a camera besides what it saw."""

from dataclasses import dataclass
from typing import Any

from numberplate.live.areas import Line, Mask, Zone


@dataclass(frozen=True)
class CameraAreas:
    """A camera that is watched, with the parts of its picture that mean something."""

    name: str
    zones: tuple[Zone, ...] = ()
    masks: tuple[Mask, ...] = ()
    line: Line | None = None

    def to_dict(self) -> dict[str, Any]:
        """Points are in fractions of the frame."""
        return {
            "zones": [{"name": zone.name, "points": zone.points} for zone in self.zones],
            "masks": [mask.points for mask in self.masks],
            "line": None if self.line is None else [self.line.start, self.line.end],
        }
