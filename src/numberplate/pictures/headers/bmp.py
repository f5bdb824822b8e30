"""BMP: a header of one of some kinds, and the pixels."""

import struct

from numberplate.pictures.headers.header import Header


def read(data: bytes) -> Header:
    """The size that the header states."""
    (header,) = struct.unpack_from("<I", data, 14)
    # The oldest kind has sizes of 16 bits; a negative height says that the first row is the top one.
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    width, height = abs(width), abs(height)
    return Header("BMP", width, height, 4 * width * height, parts=((0, len(data)),))
