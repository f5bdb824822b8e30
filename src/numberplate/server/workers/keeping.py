"""The plates of a picture as sightings, to be kept."""

from datetime import UTC, datetime
from uuid import uuid4

from numberplate.geometry.quads import flat_crop
from numberplate.live import Sighting
from numberplate.plates.alphabet import known_characters
from numberplate.reading import Plate, Report
from numberplate.sightings.record import Record, to_bytes


def can_be_kept(plate: Plate) -> bool:
    """Whether a database takes the plate: not one with a character of no alphabet, which is `?`."""
    return known_characters().issuperset(plate.text)


def records(report: Report, source: str) -> bytes:
    """Each plate of a report, which has its picture, as a sighting of one frame, seen now; see `to_bytes`.

    Only those that can be kept; nothing where there is none.
    """
    now, plates = datetime.now(UTC), [plate for plate in report.plates if can_be_kept(plate)]
    if not plates:
        return b""
    return to_bytes(Record.of(_sighting(report, plate, source, now), uuid4().hex) for plate in plates)


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
        cut=plate.cut,
        picture=report.picture,
        crop=flat_crop(report.picture, plate.corners),
    )
