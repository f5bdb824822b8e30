"""TIFF: directories of tags, each of which says where its values lie."""

import re
import struct

from numberplate.pictures.headers.header import Header, HeaderError

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_SAMPLES, _ROWS_A_STRIP, _TILE_WIDTH, _TILE_HEIGHT, _EXTRA = 277, 278, 322, 323, 338
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324

_LETTERS = {1: "B", 3: "H", 4: "I"}
"""Kinds of whole numbers, as `struct` names them."""

_VALUES = 4
"""Of a tag that are looked at."""

_MOST_PAGES = 1000
"""That are counted."""

_JPEGS = (6, 7)
"""Compressions that are a JPEG for each strip or tile."""

_FAXES = (2, 3, 4)
"""Compressions of black and white, as telefaxes have: bit by bit, so that each byte takes long."""

_NANOSECONDS_A_PIXEL = {6: 20, 8: 60}
"""By the photometric interpretation, YCbCr and CIE L*a*b*, which are turned to RGB; 10 of others."""

_NANOSECONDS_A_PART = 2500

_SCANS_A_PART = 4
"""Of a JPEG within: its components, one after the other, and no refinements."""

_PROGRESSIVE = re.compile(rb"\xff[\xc2\xc6\xca\xce]")

Numbers = dict[int, tuple[int, ...]]


def read(data: bytes) -> Header:
    """The size that the first directory states, and what decoding takes."""
    tags, again = whole_numbers(data)
    width, height = _one(tags, _WIDTH) or 0, _one(tags, _HEIGHT) or 0
    if again:  # the decoder goes by one of them, and another is there to mislead
        largest = max([width, *again.get(_WIDTH, ())]), max([height, *again.get(_HEIGHT, ())])
        raise HeaderError(f"damaged TIFF: two tags {min(again)}", largest)
    if not width or not height:
        raise HeaderError("damaged TIFF: it does not state its size")
    # RGB with a fourth sample that is stated to be alpha has alpha.
    alpha = tags.get(_PHOTOMETRIC) == (2,) and tags.get(_EXTRA, (0,))[0] in (1, 2)
    samples, bits = _one(tags, _SAMPLES) or 1, max(tags.get(_BITS, (1,)))
    # A strip or tile is decoded whole, and made RGBA whole, whatever part of it lies within the picture.
    tile_width, tile_height = _one(tags, _TILE_WIDTH), _one(tags, _TILE_HEIGHT)
    if tile_width is None or tile_height is None:
        tile_width, tile_height = width, min(height, _one(tags, _ROWS_A_STRIP) or height)
    part = tile_width * tile_height * (4 + samples * -(-bits // 8))
    result = width * height * (4 * (2 if bits > 8 else 1) if alpha else 3)
    parts = -(-width // max(1, tile_width)) * -(-height // max(1, tile_height))
    (compression, *_), (photometric, *_) = tags.get(_COMPRESSION, (1,)), tags.get(_PHOTOMETRIC, (1,))
    if compression in _JPEGS:
        _check_jpegs(data, parts * samples)
    nanoseconds = (
        _NANOSECONDS_A_PIXEL.get(photometric, 10) * width * height
        + (75 if compression in _FAXES else 20) * len(data)
        + _NANOSECONDS_A_PART * parts
    )
    return Header(
        "TIFF",
        width,
        height,
        2 * result + part,
        nanoseconds,
        alpha=alpha,
        pages=_pages(data),
        parts=((0, len(data)),),
    )


def whole_numbers(data: bytes) -> tuple[Numbers, dict[int, list[int]]]:
    """The first directory's tags that hold whole numbers, and the first few of these.

    And, of tags that are there again, the first number of each repeat. Raises struct.error for a directory
    that is cut.
    """
    order = "<" if data[:2] == b"II" else ">"
    (position,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, position)
    tags: Numbers = {}
    again: dict[int, list[int]] = {}
    seen: set[int] = set()
    for i in range(count):
        start = position + 2 + 12 * i
        tag, kind, number = struct.unpack_from(order + "HHI", data, start)
        letter = _LETTERS.get(kind)
        values: tuple[int, ...] = ()
        if letter is not None and number >= 1:
            at = start + 8
            if struct.calcsize(f"={letter}") * number > 4:
                (at,) = struct.unpack_from(order + "I", data, at)
            values = struct.unpack_from(f"{order}{min(number, _VALUES)}{letter}", data, at)
        if tag in seen:
            again.setdefault(tag, []).extend(values[:1])
        elif values:
            tags[tag] = values
        seen.add(tag)
    return tags, again


def _one(tags: Numbers, tag: int) -> int | None:
    values = tags.get(tag)
    return values[0] if values else None


def _check_jpegs(data: bytes, parts: int) -> None:
    """A JPEG in a strip is gone through once: refinements, which may be many, have no place in one."""
    for scans, _ in enumerate(re.finditer(rb"\xff\xda", data), 1):
        if scans > _SCANS_A_PART * parts:
            raise HeaderError("damaged TIFF: more JPEG scans than it has parts")
    if _PROGRESSIVE.search(data):
        raise HeaderError("a TIFF of a kind that cannot be decoded: it holds a progressive JPEG")


def _pages(data: bytes) -> int:
    """Directories in the chain, as far as they can be followed; at least the first."""
    order = "<" if data[:2] == b"II" else ">"
    seen: set[int] = set()
    at = 4
    try:
        while len(seen) < _MOST_PAGES:
            (position,) = struct.unpack_from(order + "I", data, at)
            if position == 0 or position in seen:
                break
            (count,) = struct.unpack_from(order + "H", data, position)
            seen.add(position)
            at = position + 2 + 12 * count
    except struct.error:
        pass  # those after the first are only counted
    return max(1, len(seen))
