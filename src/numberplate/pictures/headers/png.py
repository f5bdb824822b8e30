"""PNG: a chain of chunks with checksums."""

import struct
import zlib

from numberplate.pictures.headers.exif import exif_orientation
from numberplate.pictures.headers.header import Header, HeaderError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MOST_CHUNKS = 200_000
"""libpng writes one for 8 kB."""

_DECODED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""What the decoder is given. The others are texts, profiles, further frames: nothing that the first picture
needs, and a compressed text of 8 kB is 8 MB that a decoder unpacks, a thousand times over."""

_MOST_TRANSPARENT = 256
"""Bytes of a tRNS chunk: one for each colour of a palette."""


def read(data: bytes) -> Header:
    """Follows the chunks to the end of the image."""
    if data[12:16] != b"IHDR" or data[8:12] != b"\0\0\0\x0d":
        raise HeaderError("damaged PNG: it does not begin with its header")
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    alpha, orientation, pages, position = colour in (4, 6), 1, 1, 8
    parts = [(0, 8)]
    seen: set[bytes] = set()
    for _ in range(_MOST_CHUNKS):
        if position + 12 > len(data):
            raise HeaderError("truncated PNG: the file ends before the picture does")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise HeaderError("truncated PNG: the file ends before the picture does")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != checksum:
            raise HeaderError(f"damaged PNG: wrong checksum at byte {position}")
        if kind in _DECODED:
            if kind != b"IDAT" and kind in seen:
                raise HeaderError(f"damaged PNG: two chunks {kind.decode()}")
            seen.add(kind)
            if parts[-1][1] == position:
                parts[-1] = parts[-1][0], end
            else:
                parts.append((position, end))
        elif not kind[0] & 0x20:
            raise HeaderError("a PNG of a kind that cannot be decoded")  # a critical chunk of no standard
        if kind == b"tRNS":
            if length > _MOST_TRANSPARENT:
                raise HeaderError("damaged PNG: more transparent colours than a palette has")
            alpha = True
        elif kind == b"eXIf":
            orientation = exif_orientation(data[position + 8 : end - 4])
        elif kind == b"acTL" and length >= 4:
            pages = max(1, struct.unpack_from(">I", data, position + 8)[0])
        elif kind == b"IEND":
            samples = (4 if alpha else 3) * (2 if alpha and bits == 16 else 1)
            memory = samples * width * height
            return Header(
                "PNG",
                width,
                height,
                memory,
                alpha=alpha,
                orientation=orientation,
                pages=pages,
                parts=tuple(parts),
            )
        position = end
    raise HeaderError(f"damaged PNG: more than {_MOST_CHUNKS} chunks")
