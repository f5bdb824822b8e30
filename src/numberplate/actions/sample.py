"""A sighting that is made up, to try an action with."""

from datetime import UTC, datetime

import cv2
import numpy as np

from numberplate.actions.delivery import Delivery
from numberplate.pictures.encode import encode
from numberplate.results.plate import Candidate, Character, Region
from numberplate.sightings.stored import PictureKind, StoredSighting

TEXT = "TEST123"


def sample(action: str, camera: str) -> Delivery:
    """Of a vehicle that is at the camera now; its pictures say that they are a test."""
    now = datetime.now(UTC)
    frame = np.full((360, 640, 3), 90, np.uint8)
    crop = np.full((60, 240, 3), 235, np.uint8)
    for picture, place in ((crop, (20, 43)), (frame, (200, 192))):
        cv2.putText(picture, TEXT, place, cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 3, cv2.LINE_AA)
    pictures: dict[PictureKind, bytes] = {"crop": encode(crop), "frame": encode(frame)}
    sighting = StoredSighting(
        id=0,
        added=now,
        source=camera,
        text=TEXT,
        confidence=1.0,
        characters=tuple(Character(c, 1.0) for c in TEXT),
        candidates=(Candidate(TEXT, 1.0),),
        regions=(Region("gb", 1.0),),
        first_seen=now,
        last_seen=now,
        frames=1,
        corners=np.array([(190, 150), (420, 150), (420, 205), (190, 205)], np.float32),
        path=np.array([(305, 178)], np.float32),
        direction="towards",
        hits=(),
        pictures=("crop", "frame"),
    )
    return Delivery(action, sighting, (), pictures.get, is_test=True)
