"""Where a vehicle went, as an angle."""

import math

from numberplate.sightings.stored import StoredSighting

_SAID = {"away": 0.0, "right": 90.0, "towards": 180.0, "left": 270.0}


def heading(sighting: StoredSighting) -> float | None:
    """Degrees in the picture, clockwise, 0 being up; None for a vehicle that stood, or was seen once."""
    if sighting.direction is None:
        return None
    said = _SAID.get(sighting.direction)
    if said is not None:
        return said
    # Across a line, in or out: the way itself says where that was.
    (x, y), (end_x, end_y) = sighting.path[0].tolist(), sighting.path[-1].tolist()
    if (x, y) == (end_x, end_y):
        return None
    return round(math.degrees(math.atan2(end_x - x, y - end_y)) % 360, 1)
