"""What is known of an encoded picture before it is decoded."""

from dataclasses import KW_ONLY, dataclass, field


class HeaderError(ValueError):
    """The bytes are no picture of a kind that is known, or a damaged one. The message is the reason.

    `size`: the largest that the bytes state, (width, height) in pixels, where they state several.
    """

    def __init__(self, reason: str, size: tuple[int, int] | None = None):
        super().__init__(reason)
        self.size = size


class TooLargeError(HeaderError):
    """A picture whose decoding would take too long, whatever its size."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes:
        format: "JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "AVIF", "HEIC" or "JPEG 2000".
        width, height: in pixels as stored, before a rotation that the file asks for.
        memory: bytes that decoding takes, as measured: what the decoder holds and the picture that it gives.
        nanoseconds: of a processor that decoding takes at most, by its pixels and its bytes, as measured with
            pictures that take long, on a busy core.
        alpha: whether pixels may be transparent; not followed, hence False, in GIF and BMP.
        orientation: EXIF's, 1..8, which is left to us; 1 where the decoder turns the picture itself.
        pages: pages or frames in the file, of which the first is read.
        cut: whether the file ends before its picture does.
        parts: where in the bytes lies what the decoder is given, start and end of each run; `beginning` and
            `ending` are given before and after them.
    """

    format: str
    width: int
    height: int
    memory: int
    nanoseconds: float
    _: KW_ONLY
    alpha: bool = False
    orientation: int = 1
    pages: int = 1
    cut: bool = False
    parts: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    beginning: bytes = field(default=b"", repr=False)
    ending: bytes = field(default=b"", repr=False)
