"""JPEG: a chain of segments, some of them followed by coded data."""

import re
import struct
from dataclasses import dataclass

from numberplate.pictures.headers.exif import exif_orientation
from numberplate.pictures.headers.header import Header, HeaderError, TooLargeError

# Every marker of a frame but the differential ones and those that are no frames: DHT, JPG, DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Frames whose data are coded arithmetically: each symbol takes longer than of Huffman's."""

# Within the coded data: stuffed zeros, restarts and fill bytes go on; anything else is a segment.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_MOST_SEGMENTS = 10_000
"""Of a file: large colour profiles and depth maps come in some hundred."""

_MOST_EXIF = 8
"""Blocks of EXIF that are looked at; a picture has one."""

MOST_SCANS = 100
"""Of a picture. Encoders write some ten; each is gone through whole, however few bytes it has."""

MOST_SCANNED = 800e6
"""Samples of a picture that all of its scans go through together at most: some two seconds' work."""

_END = b"\xff\xd9"


@dataclass
class _Frame:
    """`areas`: samples of each component, by its number; `progressive`: whether it comes in refinements;
    `arithmetic`: see above."""

    width: int
    height: int
    areas: dict[int, int]
    progressive: bool
    arithmetic: bool


def read(data: bytes) -> Header:
    """Follows the segments to the end of the image, so that neither a thumbnail's end nor what a camera
    appends after the real one is mistaken for it.

    A picture that is cut after its coded data began is one up to the last whole segment.
    """
    frame: _Frame | None = None
    orientation, exifs, several, scans, scanned, position = 1, 0, False, 0, 0, 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(data, position)
        start = len(data) if found is None else found.start()
        cut = found is None or start + 4 > len(data)
        if found is not None and data[start + 1] == 0xD9:
            return _header(frame, scanned, several, orientation, found.end(), cut=False)
        if not cut:
            marker, position = data[start + 1], start + 2
            if marker == 0xD8:
                raise HeaderError("damaged JPEG: it begins twice")
            if marker == 0x01:  # without a length
                continue
            (length,) = struct.unpack_from(">H", data, position)
            cut = position + length > len(data)
        if cut:
            if frame is None or not scans:
                raise HeaderError("truncated JPEG: the file ends within its header")
            return _header(frame, scanned, several, orientation, start, cut=True)
        body = data[position + 2 : position + length]
        if marker in _FRAMES:
            if frame is not None:
                raise HeaderError("damaged JPEG: two frames in it")
            frame = _frame(body, marker)
        elif marker == 0xDA:
            if frame is None:
                raise HeaderError("damaged JPEG: no frame before its scans")
            components = body[1 : 1 + 2 * body[0] : 2]
            several = several or frame.progressive or len(components) < len(frame.areas)
            scans += 1
            scanned += sum(frame.areas.get(component, 0) for component in components)
            if scans > MOST_SCANS or scanned > MOST_SCANNED:
                raise TooLargeError(f"too large: a JPEG of {scans} scans or more, which take too long")
        elif marker == 0xE1 and body.startswith(b"Exif\0\0") and orientation == 1 and exifs < _MOST_EXIF:
            orientation, exifs = exif_orientation(body[6:]), exifs + 1
        position += length
    raise HeaderError(f"damaged JPEG: more than {_MOST_SEGMENTS} segments")


def _frame(body: bytes, marker: int) -> _Frame:
    _, height, width, count = struct.unpack_from(">BHHB", body)
    factors: dict[int, tuple[int, int]] = {}
    for i in range(count):
        component, factor, _ = struct.unpack_from("BBB", body, 6 + 3 * i)
        if component in factors:
            raise HeaderError("damaged JPEG: a component that is stated twice")
        factors[component] = factor >> 4, factor & 15
    if not factors or not all(h and v for h, v in factors.values()):
        raise HeaderError("damaged JPEG: no components in its frame")
    # Whole blocks in each direction, as the coefficients are kept.
    across, down = max(h for h, _ in factors.values()), max(v for _, v in factors.values())
    columns, rows = -(-width // (8 * across)), -(-height // (8 * down))
    areas = {component: 64 * columns * rows * h * v for component, (h, v) in factors.items()}
    return _Frame(width, height, areas, marker in _PROGRESSIVE, marker in _ARITHMETIC)


def _header(
    frame: _Frame | None, scanned: int, several: bool, orientation: int, end: int, cut: bool
) -> Header:
    if frame is None or not scanned:
        raise HeaderError("damaged JPEG: no picture in it")
    memory = 3 * frame.width * frame.height
    if several:  # all coefficients are kept until the last scan
        memory += 2 * sum(frame.areas.values())
    a_sample, a_byte = (1.5, 55) if frame.arithmetic else (0.5, 30) if frame.progressive else (0.0, 12)
    return Header(
        "JPEG",
        frame.width,
        frame.height,
        memory,
        7 * frame.width * frame.height + a_sample * scanned + a_byte * end,
        orientation=orientation,
        parts=((0, end),),
        cut=cut,
        ending=_END if cut else b"",
    )
