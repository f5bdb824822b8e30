"""Pictures into files' bytes."""

from pathlib import Path

import cv2

from numberplate.geometry.quads import Picture
from numberplate.replacing import write_whole

_JPEG = {".jpg", ".jpeg", ".jpe"}


class EncodeError(ValueError):
    """A picture that a format cannot hold. The message says why."""


def encode(picture: Picture, format: str = ".jpg", quality: int = 95) -> bytes:
    """A picture, uint8 (height, width, 3), RGB, or (height, width), grey, as a file has it.

    `format`: the file's suffix, such as ".png"; `quality`: of a JPEG, up to 100. Raises EncodeError.
    """
    # OpenCV warns of what a format does not have.
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality] if format.lower() in _JPEG else []
    try:
        stored = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if picture.ndim == 3 else picture
        done, data = cv2.imencode(format.lower(), stored, settings)
    except cv2.error as error:  # an empty picture, or a suffix of no format
        raise EncodeError(f"no {format} can be made of shape {picture.shape}") from error
    if not done:  # JPEG has at most 65535 pixels a side
        raise EncodeError(f"no {format} can be made of shape {picture.shape}")
    return data.tobytes()


def write_picture(path: Path, picture: Picture) -> None:
    """Writes all of it in the format of the path's suffix, or nothing.

    Raises EncodeError, and OSError that names the path.
    """
    write_whole(path, encode(picture, path.suffix))
