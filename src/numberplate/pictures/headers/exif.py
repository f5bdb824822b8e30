"""The one thing of EXIF that reading needs: how to turn the picture."""

import struct

from numberplate.pictures.headers.tiff import whole_numbers

_ORIENTATION = 274


def exif_orientation(exif: bytes) -> int:
    """EXIF's orientation, 1..8; 1 for a damaged block, which is no reason to refuse the picture.

    `exif`: the block from its byte order on.
    """
    if not exif.startswith((b"II*\0", b"MM\0*")):
        return 1
    try:
        value = whole_numbers(exif)[0].get(_ORIENTATION, (1,))[0]
    except (struct.error, ValueError):
        return 1
    return value if 1 <= value <= 8 else 1
