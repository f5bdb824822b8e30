"""JPEG 2000: a code stream of segments, alone or in the boxes of a JP2 file."""

import struct

from numberplate.pictures.headers.header import Header, HeaderError, TooLargeError

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
STREAM = b"\xff\x4f\xff\x51"

_SIZE, _STYLE, _COMPONENT_STYLE, _TILE, _DATA, _END = 0xFF51, 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9

_MOST_TILES = 1024
_MOST_COMPONENTS = 4
_MOST_SEGMENTS = 20_000

_LEAST_BLOCK = 8
"""Logarithm of the samples in a code block, each of which costs the decoder some hundred bytes: 16×16."""

_LEAST_PRECINCT = 5
"""Logarithm of a precinct's side; the two lowest levels of detail, which are small, may have smaller ones."""

_MOST_LAYERS = 100


def read(data: bytes) -> Header:
    """The size that the code stream states, and whether it is cut into no more parts than decoding bears."""
    start, end = (0, len(data)) if data.startswith(STREAM) else _code_stream(data)
    if data[start : start + 4] != STREAM:
        raise HeaderError("damaged JPEG 2000: its code stream has no header")
    _, right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, count = struct.unpack_from(
        ">H8IH", data, start + 6
    )
    width, height = right - left, bottom - top
    if width < 1 or height < 1 or not 1 <= count <= _MOST_COMPONENTS or not tile_width or not tile_height:
        raise HeaderError("damaged JPEG 2000, or of a kind that cannot be decoded")
    planes = 8
    for i in range(count):
        bits, across, down = struct.unpack_from("BBB", data, start + 42 + 3 * i)
        if bits & 0x80 or bits > 15 or not across or not down:
            raise HeaderError("a JPEG 2000 of a kind that cannot be decoded")
        planes = max(planes, bits + 1)
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    if tiles > _MOST_TILES:
        raise TooLargeError(f"too large: a JPEG 2000 of {tiles} tiles, at most {_MOST_TILES} are read")
    _check_segments(data, start + 2, end)
    pixels, coded = width * height, end - start
    # Each plane of bits is gone through three times, whether there are bytes for it or not.
    nanoseconds = 30 * planes / 8 * count * pixels + 310 * coded
    return Header(
        "JPEG 2000",
        width,
        height,
        (4 + 5 * count) * pixels,
        nanoseconds,
        alpha=count in (2, 4),
        parts=((0, len(data)),),
    )


def _code_stream(data: bytes) -> tuple[int, int]:
    """Where the first one of a JP2 file lies."""
    at = 0
    for _ in range(1000):
        if at + 8 > len(data):
            break
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        end = len(data) if size == 0 else at + size
        if end > len(data):
            raise HeaderError("truncated JPEG 2000: the file ends before the picture does")
        if kind == b"jp2c":
            return body, end
        if end < body:
            break
        at = end
    raise HeaderError("damaged JPEG 2000: no picture in it")


def _check_segments(data: bytes, at: int, end: int) -> None:
    """Follows the main header and the tiles' own."""
    part = 0
    for _ in range(_MOST_SEGMENTS):
        (marker,) = struct.unpack_from(">H", data, at)
        if marker == _END:
            return
        if marker == _DATA:
            at = part
            if at >= end:
                break
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if marker == _TILE:
            (size,) = struct.unpack_from(">I", body, 2)
            part = end if size == 0 else at + size
            if part > end or part <= at:
                raise HeaderError("truncated JPEG 2000: the file ends before the picture does")
        elif marker == _STYLE:
            if struct.unpack_from(">H", body, 2)[0] > _MOST_LAYERS:
                raise TooLargeError("too large: a JPEG 2000 of too many layers")
            _check_style(body[0] & 1, body[5:])
        elif marker == _COMPONENT_STYLE:
            _check_style(body[1] & 1, body[2:])
        at += 2 + length
        if at >= end:
            break
    else:
        raise HeaderError(f"damaged JPEG 2000: more than {_MOST_SEGMENTS} segments")
    if not part:
        raise HeaderError("truncated JPEG 2000: the file ends within its header")


def _check_style(precincts: int, style: bytes) -> None:
    """Whether code blocks and precincts are of sizes that encoders choose: the smallest would be millions."""
    levels, across, down = style[0], style[1] + 2, style[2] + 2
    if levels > 32 or across + down < _LEAST_BLOCK:
        raise HeaderError("a JPEG 2000 of a kind that cannot be decoded: its code blocks are too small")
    sides = style[5 : 5 + levels + 1] if precincts else b""
    if any(side & 15 < _LEAST_PRECINCT or side >> 4 < _LEAST_PRECINCT for side in sides[2:]):
        raise HeaderError("a JPEG 2000 of a kind that cannot be decoded: its precincts are too small")
