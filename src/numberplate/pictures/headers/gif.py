"""GIF: blocks, some of them frames."""

import struct

from numberplate.pictures.headers.header import Header, HeaderError

_MOST_BLOCKS = 2_000_000
"""That are gone through, of at most 255 bytes each; so is the empty one that ends them."""

_EXTENSION, _FRAME, _TRAILER = 0x21, 0x2C, b";"


def read(data: bytes) -> Header:
    """The screen's size or the first frame's, whichever is larger: no decoder makes more of it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    blocks = _Blocks(data, _after_colours(13, flags))
    if blocks.skip_extensions() != _FRAME:
        raise HeaderError("damaged GIF: no picture in it")
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, blocks.position + 1)
    width, height = max(width, left + frame_width), max(height, top + frame_height)
    blocks.skip_frame()
    first_ends, frames = blocks.position, 1
    try:
        while blocks.skip_extensions() == _FRAME:
            blocks.skip_frame()
            frames += 1
    except (IndexError, HeaderError):
        pass  # those after the first are only counted
    pixels, parts = width * height, ((0, first_ends),)
    nanoseconds = 15 * pixels + 30 * first_ends
    return Header("GIF", width, height, 8 * pixels, nanoseconds, pages=frames, parts=parts, ending=_TRAILER)


def _after_colours(position: int, flags: int) -> int:
    return position + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)


class _Blocks:
    """Goes through a GIF's blocks. Raises IndexError where the file ends, HeaderError for too many."""

    def __init__(self, data: bytes, position: int):
        self._data = data
        self.position = position
        self._count = 0

    def skip_extensions(self) -> int:
        """What kind of block comes after the extensions."""
        while (kind := self._data[self.position]) == _EXTENSION:
            self.position += 2
            self._skip()
        return kind

    def skip_frame(self) -> None:
        self.position = _after_colours(self.position + 10, self._data[self.position + 9]) + 1
        self._skip()

    def _skip(self) -> None:
        data, position = self._data, self.position
        size = None
        while size != 0:
            size = data[position]
            position += 1 + size
            self._count += 1
            if self._count > _MOST_BLOCKS:
                raise HeaderError(f"damaged GIF: more than {_MOST_BLOCKS} blocks")
        self.position = position
