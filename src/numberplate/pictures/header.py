"""What a picture's bytes say of it before they are decoded: format, size, and whether all is there.

Knows JPEG, PNG, WebP, BMP, GIF and TIFF. A file of another kind has no header here, and is not read: its size
could not be checked before it is decoded.
"""

import re
import struct
import zlib
from dataclasses import dataclass


class HeaderError(ValueError):
    """The bytes are no picture of a kind that is known, or a damaged one. The message is the reason."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes:
        format: "JPEG", "PNG", "WebP", "BMP", "GIF" or "TIFF".
        width, height: in pixels as stored, before a rotation that the file asks for.
        alpha: whether pixels may be transparent; not followed, hence False, in GIF and BMP.
        orientation: EXIF's, 1..8, where the format keeps it in a block of its own (PNG, WebP); else 1.
    """

    format: str
    width: int
    height: int
    alpha: bool = False
    orientation: int = 1


def read_header(data: bytes) -> Header:
    """The header of an encoded picture. Raises HeaderError, also for one that breaks off before its end."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith(b"BM"):
            return _bmp(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _gif(data)
        if data.startswith((b"II*\0", b"MM\0*")):
            return _tiff(data)
    except (struct.error, IndexError) as error:
        raise HeaderError("truncated: the file ends within its header") from error
    raise HeaderError("not a picture of a known kind (JPEG, PNG, WebP, BMP, GIF, TIFF)")


# Every marker but the frames' own differential ones and those that are no frames: DHT, JPG, DAC.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

# Within the coded data: stuffed zeros, restarts and fill bytes go on; anything else is a segment.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _jpeg(data: bytes) -> Header:
    """Follows the segments to the end of the image, so that neither a thumbnail's end nor what a camera
    appends after the real one is mistaken for it."""
    size: tuple[int, int] | None = None
    position = 2
    while True:
        found = _JPEG_MARKER.search(data, position)
        if found is None:
            raise HeaderError("truncated JPEG: the file ends before the picture does")
        marker, position = data[found.start() + 1], found.end()
        if marker == 0xD9:  # end of image
            break
        if marker in (0x01, 0xD8):  # without a length
            continue
        (length,) = struct.unpack_from(">H", data, position)
        if marker in _JPEG_FRAMES and size is None:
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = width, height
        position += length
    if size is None:
        raise HeaderError("damaged JPEG: no frame in it")
    return Header("JPEG", *size)


def _png(data: bytes) -> Header:
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    alpha, orientation, position = colour in (4, 6), 1, 8
    while True:
        if position + 12 > len(data):
            raise HeaderError("truncated PNG: the file ends before the picture does")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise HeaderError("truncated PNG: the file ends before the picture does")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != checksum:
            raise HeaderError(f"damaged PNG: wrong checksum at byte {position}")
        if kind == b"tRNS":
            alpha = True
        elif kind == b"eXIf":
            orientation = _orientation(data[position + 8 : end - 4])
        elif kind == b"IEND":
            return Header("PNG", width, height, alpha, orientation)
        position = end


def _webp(data: bytes) -> Header:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise HeaderError("truncated WebP: the file ends before the picture does")
    size: tuple[int, int] | None = None
    alpha, orientation, position = False, 1, 12
    while position + 8 <= length + 8:
        kind, chunk = struct.unpack_from("<4sI", data, position)
        body = position + 8
        if kind == b"VP8X":
            alpha = bool(data[body] & 0x10)
            size = (
                1 + int.from_bytes(data[body + 4 : body + 7], "little"),
                1 + int.from_bytes(data[body + 7 : body + 10], "little"),
            )
        elif kind == b"VP8L" and size is None:
            (bits,) = struct.unpack_from("<I", data, body + 1)
            size, alpha = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)), bool(bits >> 28 & 1)
        elif kind == b"VP8 " and size is None:
            width, height = struct.unpack_from("<HH", data, body + 6)
            size = width & 0x3FFF, height & 0x3FFF
        elif kind == b"EXIF":
            orientation = _orientation(data[body : body + chunk].removeprefix(b"Exif\0\0"))
        position = body + chunk + chunk % 2
    if size is None:
        raise HeaderError("damaged WebP: no picture in it")
    return Header("WebP", *size, alpha, orientation)


def _bmp(data: bytes) -> Header:
    (header,) = struct.unpack_from("<I", data, 14)
    # The oldest kind has sizes of 16 bits; a negative height says that the first row is the top one.
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return Header("BMP", abs(width), abs(height))


def _gif(data: bytes) -> Header:
    """The screen's size or the first frame's, whichever is larger: no decoder makes more of it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    while data[position] == 0x21:  # extensions: blocks of at most 255 bytes until an empty one
        position += 2
        while data[position]:
            position += 1 + data[position]
        position += 1
    if data[position] != 0x2C:
        raise HeaderError("damaged GIF: no picture in it")
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, position + 1)
    return Header("GIF", max(width, left + frame_width), max(height, top + frame_height))


_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_PHOTOMETRIC, _TIFF_ORIENTATION, _TIFF_EXTRA = 256, 257, 262, 274, 338


def _tiff(data: bytes) -> Header:
    tags = _tiff_tags(data)
    if _TIFF_WIDTH not in tags or _TIFF_HEIGHT not in tags:
        raise HeaderError("damaged TIFF: it does not state its size")
    # OpenCV turns a TIFF itself, always; RGB with a fourth sample that is stated to be alpha has alpha.
    alpha = tags.get(_TIFF_PHOTOMETRIC) == 2 and tags.get(_TIFF_EXTRA, 0) in (1, 2)
    return Header("TIFF", tags[_TIFF_WIDTH], tags[_TIFF_HEIGHT], alpha)


def _tiff_tags(data: bytes) -> dict[int, int]:
    """The first directory's tags that hold a whole number; of several, the first that fits in the entry."""
    order = "<" if data[:2] == b"II" else ">"
    (position,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, position)
    tags: dict[int, int] = {}
    for i in range(count):
        start = position + 2 + 12 * i
        tag, kind, number = struct.unpack_from(order + "HHI", data, start)
        if kind in (3, 4) and number >= 1:
            tags[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, start + 8)[0]
    return tags


def _orientation(exif: bytes) -> int:
    """EXIF's orientation, 1..8; 1 for a damaged block, which is no reason to refuse the picture."""
    try:
        value = _tiff_tags(exif).get(_TIFF_ORIENTATION, 1)
    except struct.error:
        return 1
    return value if 1 <= value <= 8 else 1
