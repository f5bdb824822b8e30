"""WebP: chunks in a RIFF file. A simple one is one chunk; an extended one begins with VP8X."""

import struct

from numberplate.pictures.headers.exif import exif_orientation
from numberplate.pictures.headers.header import Header, HeaderError

_MOST_CHUNKS = 20_000
"""An animation has one for each frame."""

_MOST_CHUNKS_A_FRAME = 16

_ONCE = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"EXIF", b"ICCP"})

_ANIMATED, _TRANSPARENT = 0x02, 0x10


def read(data: bytes) -> Header:
    """Follows the chunks to the end of the file that its head states."""
    (length,) = struct.unpack_from("<I", data, 4)
    end = length + 8
    if end > len(data):
        raise HeaderError("truncated WebP: the file ends before the picture does")
    canvas: tuple[int, int] | None = None
    picture: tuple[int, int] | None = None
    alpha, lossless, flags, frames, orientation, position = False, False, 0, 0, 1, 12
    seen: set[bytes] = set()
    for _ in range(_MOST_CHUNKS):
        if position + 8 > end:
            break
        kind, chunk = struct.unpack_from("<4sI", data, position)
        body = position + 8
        if body + chunk > end:
            raise HeaderError("truncated WebP: a part of it ends after the file")
        # The decoder goes by the first, and a second one is there to mislead.
        if kind in seen or (kind == b"VP8X" and position != 12) or {b"VP8 ", b"VP8L"} <= seen | {kind}:
            stated = [size for size in (canvas, picture) if size is not None]
            if kind in (b"VP8X", b"VP8 ", b"VP8L"):
                stated.append(
                    _size(data[body + 4 : body + 10]) if kind == b"VP8X" else _picture(data, kind, body)
                )
            largest = max(stated, key=lambda size: size[0] * size[1], default=None)
            raise HeaderError("damaged WebP: two headers or two pictures in it", largest)
        if kind in _ONCE:
            seen.add(kind)
        if kind == b"VP8X":
            flags = data[body]
            canvas = _size(data[body + 4 : body + 10])
        elif kind in (b"VP8 ", b"VP8L"):
            picture, lossless = _picture(data, kind, body), kind == b"VP8L"
            if lossless:
                alpha = bool(data[body + 4] >> 4 & 1)
        elif kind == b"ALPH":
            alpha = True
        elif kind == b"ANMF":
            frames += 1
            _check_frame(data, body, chunk, canvas)
        elif kind == b"EXIF":
            orientation = exif_orientation(data[body : body + chunk].removeprefix(b"Exif\0\0"))
        position = body + chunk + chunk % 2
    else:
        raise HeaderError(f"damaged WebP: more than {_MOST_CHUNKS} parts")
    animated = bool(flags & _ANIMATED)
    size = picture if canvas is None else canvas
    if size is None or (picture is None and not (animated and frames)) or (animated and picture is not None):
        raise HeaderError("damaged WebP: no picture in it")
    if picture is not None and size != picture:
        raise HeaderError("damaged WebP: its picture is not of the size that it states")
    alpha = alpha or bool(flags & _TRANSPARENT)
    width, height = size
    each = 12 if animated else 8 if alpha or lossless else 4
    return Header(
        "WebP",
        width,
        height,
        each * width * height,
        (10 if lossless or animated else 6) * width * height + (20 if lossless else 40) * end,
        alpha=alpha,
        orientation=orientation,
        pages=max(1, frames),
        parts=((0, end),),
    )


def _size(six: bytes) -> tuple[int, int]:
    if len(six) < 6:
        raise HeaderError("truncated WebP: the file ends within its header")
    return 1 + int.from_bytes(six[:3], "little"), 1 + int.from_bytes(six[3:], "little")


def _picture(data: bytes, kind: bytes, body: int) -> tuple[int, int]:
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, body + 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, body + 6)
    return width & 0x3FFF, height & 0x3FFF


def _check_frame(data: bytes, body: int, chunk: int, canvas: tuple[int, int] | None) -> None:
    """A frame of an animation lies within the canvas, and its picture is of the frame's size."""
    width, height = _size(data[body + 6 : body + 12])
    left, top = (2 * int.from_bytes(data[body + i : body + i + 3], "little") for i in (0, 3))
    if canvas is None or left + width > canvas[0] or top + height > canvas[1]:
        raise HeaderError("damaged WebP: a frame that is larger than its canvas")
    position, pictures = body + 16, 0
    for _ in range(_MOST_CHUNKS_A_FRAME):
        if position + 8 > body + chunk:
            break
        kind, inner = struct.unpack_from("<4sI", data, position)
        if kind in (b"VP8 ", b"VP8L"):
            pictures += 1
            if pictures > 1 or _picture(data, kind, position + 8) != (width, height):
                raise HeaderError("damaged WebP: a frame that is not of the size that it states")
        position += 8 + inner + inner % 2
    else:
        raise HeaderError("damaged WebP: too many parts")
