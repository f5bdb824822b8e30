"""PNG: a chain of chunks with checksums."""

import struct
import zlib
from collections.abc import Iterator

from numberplate.pictures.headers.exif import exif_orientation
from numberplate.pictures.headers.header import Header, HeaderError, TooLargeError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MOST_CHUNKS = 200_000
"""libpng writes one for 8 kB."""

_DECODED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""What the decoder is given. The others are texts, profiles, further frames: nothing that the first picture
needs, and a compressed text of 8 kB is 8 MB that a decoder unpacks, a thousand times over."""

_MOST_TRANSPARENT = 256
"""Bytes of a tRNS chunk: one for each colour of a palette."""


_UNPACKED_AT_ONCE = 1 << 18

_MOST_UNCHECKED = 1_000_000
"""Bytes of coded pixels that are handed on as they are. They unpack to a thousand times as much at most, on
which the decoder spends a second."""

_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of an interlaced picture: its first column and row, and the steps to the next ones."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def check_pixels(data: bytes, header: Header) -> None:
    """Unpacks the coded pixels, and raises HeaderError where they are more than the size that is stated.

    The decoder unpacks them to their end, whatever the size: 3 MB may be 3 GB.
    """
    coded = [part for part in _chunks(data, header) if part[0] == b"IDAT"]
    if sum(len(content) for _, content in coded) <= _MOST_UNCHECKED:
        return
    width, height, bits, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    left = 0
    for x, y, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = max(0, -(-(width - x) // across)), max(0, -(-(height - y) // down))
        left += rows * (1 + -(-columns * bits * _CHANNELS.get(colour, 4) // 8)) if columns else 0
    unpacked = zlib.decompressobj()
    for _, content in coded:
        rest: bytes | memoryview = content
        while len(rest):
            try:
                left -= len(unpacked.decompress(rest, _UNPACKED_AT_ONCE))
            except zlib.error as error:
                raise HeaderError(f"damaged PNG: {error}") from error
            if left < 0:
                raise TooLargeError("too large: a PNG of more pixels than it states")
            if unpacked.eof:
                return
            rest = unpacked.unconsumed_tail


def _chunks(data: bytes, header: Header) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and content of those that the decoder is given."""
    whole = memoryview(data)
    for start, end in header.parts:
        at = max(start, len(SIGNATURE))
        while at < end:
            length, kind = struct.unpack_from(">I4s", data, at)
            yield kind, whole[at + 8 : at + 8 + length]
            at += 12 + length


def read(data: bytes) -> Header:
    """Follows the chunks to the end of the image."""
    if data[12:16] != b"IHDR" or data[8:12] != b"\0\0\0\x0d":
        raise HeaderError("damaged PNG: it does not begin with its header")
    width, height, bits, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
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
        elif kind == b"eXIf" and kind not in seen:
            seen.add(kind)
            orientation = exif_orientation(data[position + 8 : end - 4])
        elif kind == b"acTL" and length >= 4:
            pages = max(1, struct.unpack_from(">I", data, position + 8)[0])
        elif kind == b"IEND":
            samples = (4 if alpha else 3) * (2 if alpha and bits == 16 else 1)
            nanoseconds = (9 if alpha else 4) * (2 if bits == 16 else 1) * (2 if interlaced else 1)
            coded = sum(end - start for start, end in parts)
            return Header(
                "PNG",
                width,
                height,
                samples * width * height,
                nanoseconds * width * height + (15 if coded <= _MOST_UNCHECKED else 25) * coded,
                alpha=alpha,
                orientation=orientation,
                pages=pages,
                parts=tuple(parts),
            )
        position = end
    raise HeaderError(f"damaged PNG: more than {_MOST_CHUNKS} chunks")
