"""BMP: a header of one of some kinds, and the pixels."""

import struct

from numberplate.pictures.headers.header import Header


def read(data: bytes) -> Header:
    """The size that the header states."""
    (header,) = struct.unpack_from("<I", data, 14)
    # The oldest kind has sizes of 16 bits; a negative height says that the first row is the top one.
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    width, height = abs(width), abs(height)
    (bits,) = struct.unpack_from("<H", data, 24 if header == 12 else 28)
    # With a palette, all of its indices are kept as well.
    memory = (6 if bits <= 8 else 4) * width * height
    nanoseconds = 7 * width * height + 8 * len(data)
    return Header("BMP", width, height, memory, nanoseconds, parts=((0, len(data)),))
