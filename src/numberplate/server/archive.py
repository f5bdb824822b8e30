"""Uploads kept as sightings, where the settings ask for it."""

from datetime import UTC, datetime

from numberplate.geometry.quads import flat_crop
from numberplate.live import Sighting
from numberplate.reading import Plate, Report
from numberplate.sightings import Sightings


class Keeper:
    """Keeps the plates of an uploaded picture: each is a sighting of one frame."""

    def __init__(self, sightings: Sightings):
        self._sightings = sightings

    def keep(self, report: Report, source: str) -> None:
        """`source`: the camera's name, or that of the interface. Raises SightingsError where it fails."""
        now = datetime.now(UTC)
        self._sightings.add_all(_sighting(report, plate, source, now) for plate in report.plates)


def _sighting(report: Report, plate: Plate, source: str, time: datetime) -> Sighting:
    if report.picture is None:
        raise ValueError("report: expected one with its picture")
    return Sighting(
        source=source,
        text=plate.text,
        confidence=plate.confidence,
        characters=plate.characters,
        candidates=plate.candidates,
        regions=plate.regions,
        first_seen=time,
        last_seen=time,
        frames=1,
        corners=plate.corners,
        path=plate.corners.mean(0, keepdims=True),
        direction=None,
        picture=report.picture,
        crop=flat_crop(report.picture, plate.corners),
    )
