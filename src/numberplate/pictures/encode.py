"""Pictures as the bytes of a file."""

import cv2

from numberplate.geometry.quads import Picture


def as_jpeg(picture: Picture) -> bytes:
    """An RGB picture as JPEG."""
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
