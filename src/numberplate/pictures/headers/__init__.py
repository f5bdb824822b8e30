"""What a picture's bytes say of it before they are decoded: format, size, and what decoding would take.

A file of another kind has no header here, and is not read: its size could not be checked before it is
decoded.
"""

import struct

from numberplate.pictures.headers import bmp, gif, isobmff, jpeg, jpeg2000, png, tiff, webp
from numberplate.pictures.headers.header import Header, HeaderError, TooLargeError

__all__ = ["KINDS", "Header", "HeaderError", "TooLargeError", "check_pixels", "find_start", "read_header"]

KINDS = "JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF, HEIC, JPEG 2000"
"""That are known, for people."""

_MOST_BEFORE = 1 << 16
"""Bytes before a picture that are skipped."""

_PLAIN_BEGINNINGS = (b"\xff\xd8\xff", png.SIGNATURE, b"GIF87a", b"GIF89a", b"RIFF", jpeg2000.SIGNATURE)
"""By which a picture is found that does not begin its file."""

_OTHERS = (b"%PDF", b"PK", b"%!PS", b"\x1a\x45\xdf\xa3", b"{", b"<")
"""How files begin that are none, though a picture may be in them."""


def read_header(data: bytes) -> Header:
    """The header of an encoded picture. Raises HeaderError, also for one that breaks off before its end; a
    JPEG that does so after its beginning has one, which says so."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return jpeg.read(data)
        if data.startswith(png.SIGNATURE):
            return png.read(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return webp.read(data)
        if data.startswith(b"BM"):
            return bmp.read(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return gif.read(data)
        if data.startswith((b"II*\0", b"MM\0*")):
            return tiff.read(data)
        if data.startswith((jpeg2000.SIGNATURE, jpeg2000.STREAM)):
            return jpeg2000.read(data)
        if isobmff.is_isobmff(data):
            return isobmff.read(data)
    except (struct.error, IndexError) as error:
        raise HeaderError("truncated: the file ends within its header") from error
    raise HeaderError(f"not a picture of a known kind ({KINDS})")


def check_pixels(data: bytes, header: Header) -> None:
    """Of a picture whose size is allowed: whether its pixels are no more than that. Raises HeaderError."""
    if header.format == "PNG":
        png.check_pixels(data, header)


def find_start(data: bytes) -> int:
    """Where the picture begins: after bytes that are none of it, as some cameras send; 0 if none is found."""
    if data.startswith(_OTHERS) or data[4:8] == b"ftyp":
        return 0
    found = [data.find(beginning, 0, _MOST_BEFORE) for beginning in _PLAIN_BEGINNINGS]
    return min((at for at in found if at >= 0), default=0)
