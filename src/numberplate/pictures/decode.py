"""Decodes a picture, whatever holds it, to uint8 (height, width, 3), RGB, right side up.

Strangers' pictures are decoded within stated bounds. The size that counts is the one that the decoder goes
by: `numberplate.pictures.headers` refuses files that state two. What decoding takes is estimated beforehand,
as measured for each format: at most `max_memory` bytes, the file's own among them, and MAX_SECONDS.
"""

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture
from numberplate.pictures.addresses import is_web_address, local_path, shown_address
from numberplate.pictures.headers import (
    Header,
    HeaderError,
    TooLargeError,
    check_pixels,
    find_start,
    read_header,
)

MAX_MEGAPIXELS = 100.0
"""Larger pictures are refused before they are decoded. 1 is 1,000,000 pixels."""

MIN_SIDE = 10
"""Pixels that each side of a picture has at least; a plate that can be read is larger."""

DOWNLOAD_SECONDS = 30.0
"""For a picture at an address, from looking up its host to the last byte."""

MAX_SECONDS, SECONDS_A_MEGABYTE, LONGEST_SECONDS = 1.1, 0.3, 4.0
"""Of a processor, that decoding may take by what is known beforehand: so many, with more for each megabyte of
the file beyond the first, since a large file is large for a reason, and so many at most. In proportion more
where more than MAX_MEGAPIXELS are allowed.
"""

_NANOSECONDS_A_PIXEL = 5
"""To make a decoded picture grey and smaller. A JPEG is decoded so."""

_MEMORY_A_PIXEL = 4.5
_LEAST_MEMORY = 64_000_000

_STRIP_PIXELS = 1 << 18
"""Of a picture whose transparent parts are laid over white, at a time."""

Order = Literal["RGB", "BGR"]
"""Of the channels of an array."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Pillows(Protocol):
    """`PIL.Image.Image`, by what it alone has: Pillow need not be there."""

    def getexif(self) -> Any: ...


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | _Readable | _Pillows
"""What a picture is read from."""


class PictureError(ValueError):
    """A picture that cannot be read. `source` names it, `reason` says why; the message has both."""

    def __init__(self, source: str, reason: str):
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class PictureTooLargeError(PictureError):
    """A picture with more pixels, or bytes, than are read."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture, uint8 (height, width, 3), RGB, and what its user should know of how it was read.

    Attributes:
        pixels: where grey was asked for, it may be (height, width), and smaller than the picture.
        warnings: that it was cut, that bytes before it were skipped, that it is one of several pages.
        width, height: of the picture, in pixels.
        whole: decodes it in grey at its own size; None where `pixels` has that size.
        colours: decodes it in RGB at its own size; None where `pixels` is that already.
    """

    pixels: Picture
    width: int
    height: int
    warnings: tuple[str, ...] = ()
    whole: Callable[[], Picture] | None = None
    colours: Callable[[], Picture] | None = None

    @classmethod
    def of(cls, pixels: Picture) -> "Decoded":
        """That of a picture that needed no decoding."""
        return cls(pixels, pixels.shape[1], pixels.shape[0])


def max_memory(max_megapixels: float = MAX_MEGAPIXELS) -> int:
    """Bytes that decoding one picture takes at most, its file included: 4.5 for each pixel that it may have.

    450 MB by default, and 64 MB at least. On Linux, one with 3 bytes a pixel, such as JPEG and PNG, may have
    all of them; others, such as progressive JPEG or AVIF, take more memory and are refused at fewer pixels.
    """
    return max(_LEAST_MEMORY, int(min(sys.maxsize, max_megapixels * 1e6 * _MEMORY_A_PIXEL)))


def max_bytes(max_megapixels: float = MAX_MEGAPIXELS) -> int:
    """Bytes that a picture's file has at most: half of `max_memory`, as decoding has it twice."""
    return max_memory(max_megapixels) // 2


def source_name(source: object) -> str:
    """A name for a source that was given none: its path or address, without secrets, or what it is."""
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        return shown_address(path) if isinstance(path, str) else os.fsdecode(path)
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, np.ndarray):
        return "<array>"
    if _is_pillow(source):
        return str(getattr(source, "filename", "") or "<picture>")
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        return name if isinstance(name, str) and name else "<file>"
    return "<None>" if source is None else f"<{type(source).__name__}>"


def read_picture(
    source: Source, max_megapixels: float = MAX_MEGAPIXELS, name: str | None = None, order: Order = "RGB"
) -> Picture:
    """The picture of `decode_picture`, without the warnings."""
    return decode_picture(source, max_megapixels, name, order).pixels


def decode_picture(
    source: Source,
    max_megapixels: float = MAX_MEGAPIXELS,
    name: str | None = None,
    order: Order = "RGB",
    grey_side: int | None = None,
) -> Decoded:
    """Decodes one picture.

    Args:
        source: the path of a file, or a `file://` URI; an `http://` or `https://` address; the bytes of a
            file, or a file object; a picture of Pillow's; or an array (height, width) or (height, width, 1, 3
            or 4), the fourth being alpha, of uint8, uint16 or floats in 0..1.
        max_megapixels: what has more is refused, before it is decoded; an array is not. `max_memory` follows
            it.
        name: of the source, for errors; None for `source_name`.
        order: of an array's channels.
        grey_side: pixels that the longest side needs at least where no colours are needed; None where they
            are. A JPEG is then decoded in grey, at a half, a quarter or an eighth of its size if that is
            enough; others come as they do without.

    Returns: the picture, contiguous. 16 bits are brought to 8, grey, palettes and CMYK to RGB, transparent
        parts show white, but for those of grey TIFF, and a rotation that the file asks for is done. A uint8
        RGB array comes back as it is, or a copy if it was not contiguous, but read-only. A JPEG
        that breaks off is read as far as it goes, and bytes before a picture are skipped; of several pages or
        frames the first is read; `warnings` says so.

    Raises PictureError when there is no such file or address, when it is no picture (JPEG, PNG, WebP, BMP,
        GIF, TIFF, AVIF, JPEG 2000, or HEIC with the extra `heic`), when it breaks off before its end, and
        when it is too large (PictureTooLargeError) or smaller than MIN_SIDE on a side; ValueError for another
        order.
    """
    if order not in get_args(Order):
        raise ValueError(f"order: expected one of {', '.join(get_args(Order))}, got {order!r}")
    name = source_name(source) if name is None else name
    if isinstance(source, np.ndarray):
        return Decoded.of(_from_array(source, name, order))
    if _is_pillow(source):
        return Decoded.of(_from_pillow(source, name, max_megapixels))
    return _decode(_encoded(source, name, max_bytes(max_megapixels)), name, max_megapixels, grey_side)


def _encoded(source: object, name: str, limit: int) -> bytes:
    """The bytes of the file that a source stands for, at most `limit`."""
    if source is None:
        raise PictureError(name, "no picture but None, which cv2.imread gives for what it cannot read")
    if isinstance(source, str) and is_web_address(source):
        # HTTP and TLS take a tenth of the time to start, and most pictures are files.
        from numberplate.pictures.download import DownloadError, download

        try:
            data = download(source, limit, DOWNLOAD_SECONDS)
        except DownloadError as error:
            raise PictureError(name, str(error)) from error
    elif isinstance(source, str | os.PathLike):
        try:
            path = os.fspath(source)
            data = _read_file(Path(local_path(os.fsdecode(path))), name, limit)
        except ValueError as error:  # a path with a null byte, an address of another machine's file
            if isinstance(error, PictureError):
                raise
            raise PictureError(name, str(error)) from error
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif callable(read := getattr(source, "read", None)):
        data = _read_stream(read, name, limit)
    else:
        kinds = "a path, bytes, a file object, an array or a picture of Pillow's"
        raise PictureError(name, f"expected {kinds}, got {type(source).__name__}")
    if not data:
        raise PictureError(name, "empty: it has no bytes")
    if len(data) > limit:
        raise PictureTooLargeError(name, f"too large a file: at most {limit / 1e6:.0f} MB are read")
    return data


def _read_file(path: Path, name: str, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than may be: enough to see that it is too much, and a device never ends.
            size = os.fstat(file.fileno()).st_size
            return file.read(min(size, limit) + 1) if path.is_file() else _read_stream(file.read, name, limit)
    except OSError as error:
        reason = "a folder, not a picture" if isinstance(error, IsADirectoryError) else error.strerror
        raise PictureError(name, reason or str(error)) from error


def _read_stream(read: Callable[[int], Any], name: str, limit: int) -> bytes:
    parts, size = [], 0
    try:
        while size <= limit and (part := read(1 << 20)):
            if not isinstance(part, bytes | bytearray | memoryview):
                raise PictureError(name, f"expected a file of bytes, got one of {type(part).__name__}")
            parts.append(part)
            size += len(part)
    except PictureError:
        raise
    except UnicodeDecodeError as error:
        raise PictureError(
            name, "expected a file of bytes, opened with mode 'rb', got one of text"
        ) from error
    except Exception as error:  # its own: those of zipfile, gzip and http.client have no base in common
        raise PictureError(name, _reason(error)) from error
    return b"".join(parts)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _decode(data: bytes, name: str, max_megapixels: float, grey_side: int | None) -> Decoded:
    warnings = []
    try:
        try:
            header = read_header(data)
        except HeaderError:
            start = find_start(data)
            if not start:
                raise
            data = data[start:]
            header = read_header(data)
            warnings.append(f"skipped {start} bytes before the picture")
    except HeaderError as error:
        if error.size is not None:
            _check_pixels(name, *error.size, max_megapixels)
        raise _refused(name, error) from error
    _check_size(name, header, len(data), max_megapixels)
    try:
        check_pixels(data, header)
    except HeaderError as error:
        raise _refused(name, error) from error
    whole = colours = None
    if header.format == "HEIC":
        pixels = _decode_heic(data, name)
    elif header.format == "JPEG" and grey_side is not None:
        halvings = min(3, max(0, int(math.log2(max(header.width, header.height) / grey_side))))
        pixels = _decode_by_opencv(data, header, name, _GREY[halvings], 2**halvings)
        colours = partial(_decode_by_opencv, data, header, name)
        if halvings:
            whole = partial(_decode_by_opencv, data, header, name, _GREY[0])
    else:
        pixels = _decode_by_opencv(data, header, name)
    if header.cut:
        warnings.append(f"truncated {header.format}: read as far as it goes")
    if header.pages > 1:
        warnings.append(f"page 1 of {header.pages} is read")
    height, width = pixels.shape[:2]
    if whole is not None:
        width, height = (
            (header.height, header.width) if header.orientation >= 5 else (header.width, header.height)
        )
    return Decoded(pixels, width, height, tuple(warnings), whole, colours)


def _refused(name: str, error: HeaderError) -> PictureError:
    kind = PictureTooLargeError if isinstance(error, TooLargeError) else PictureError
    return kind(name, str(error))


def _check_size(name: str, header: Header, size: int, max_megapixels: float) -> None:
    width, height = header.width, header.height
    _check_pixels(name, width, height, max_megapixels)
    _check_small(name, width, height)
    memory = header.memory + 2 * size + (0 if _DIRECT else 4 * width * height)
    if header.orientation != 1:
        memory += 3 * width * height
    if memory > max_memory(max_megapixels):
        raise PictureTooLargeError(
            name,
            f"too large: to decode {width}×{height} pixels of this {header.format} takes "
            f"{memory / 1e6:.0f} MB of memory, at most {max_memory(max_megapixels) / 1e6:.0f} are spent",
        )
    after = 0 if header.format == "JPEG" else _NANOSECONDS_A_PIXEL
    seconds = (header.nanoseconds + after * width * height) / 1e9
    most = min(LONGEST_SECONDS, MAX_SECONDS + SECONDS_A_MEGABYTE * max(0.0, size / 1e6 - 1))
    most *= max(1.0, max_megapixels / MAX_MEGAPIXELS)
    if seconds > most:
        raise PictureTooLargeError(
            name,
            f"too large: to decode {width}×{height} pixels and {size / 1e6:.1f} MB of this {header.format} "
            f"may take {seconds:.1f} s, at most {most:.1f} are spent",
        )


def _check_pixels(name: str, width: int, height: int, max_megapixels: float) -> None:
    if width * height > max_megapixels * 1e6:
        raise PictureTooLargeError(
            name,
            f"too large: {width}×{height} pixels are {width * height / 1e6:.1f} megapixels, "
            f"at most {max_megapixels:g} are read",
        )


def _check_small(name: str, width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            name, f"too small: {width}×{height} pixels, at least {MIN_SIDE}×{MIN_SIDE} are needed"
        )


_GREY = (
    cv2.IMREAD_GRAYSCALE,
    cv2.IMREAD_REDUCED_GRAYSCALE_2,
    cv2.IMREAD_REDUCED_GRAYSCALE_4,
    cv2.IMREAD_REDUCED_GRAYSCALE_8,
)
"""What decodes a JPEG in grey, at its own size, half of it, and so on."""


def _decode_by_opencv(
    data: bytes, header: Header, name: str, mode: int = cv2.IMREAD_COLOR_RGB, shrink: int = 1
) -> Picture:
    """`mode`: OpenCV's flag for colour or grey; `shrink`: by which it makes the picture smaller."""
    # Only an unchanged decoding keeps the alpha, and that leaves a picture as it lies; libtiff turns always.
    flags = mode | (0 if header.format == "TIFF" else cv2.IMREAD_IGNORE_ORIENTATION)
    try:
        decoded = _imdecode(data, header, cv2.IMREAD_UNCHANGED if header.alpha else flags)
        if decoded is not None and header.alpha and (decoded.ndim != 3 or decoded.shape[2] != 4):
            decoded = None
            decoded = _imdecode(data, header, flags)
    except cv2.error as error:
        raise PictureError(name, f"damaged {header.format}: {error.err or error}") from error
    shape = 2 if mode in _GREY else 3
    if decoded is None or decoded.ndim != shape or decoded.dtype not in (np.uint8, np.uint16):
        raise PictureError(name, f"damaged {header.format}, or of a kind that cannot be decoded")
    stated, found = sorted((header.width, header.height)), sorted(decoded.shape[:2])
    stated = [math.ceil(side / shrink) for side in stated]
    if found != stated and not (header.format == "GIF" and found <= stated):
        raise PictureError(name, f"damaged {header.format}: its pixels are not of the size that it states")
    if decoded.ndim == 3 and decoded.shape[2] == 4:
        # libtiff hands over colours already weighted by their alpha.
        decoded = _over_white(decoded, header.format == "TIFF")
    return np.ascontiguousarray(_turn(decoded, header.orientation))


_DIRECT = sys.platform == "linux" and os.path.exists("/proc/self/fd")
"""Whether a file in memory has a path. OpenCV decodes a file into the array that it gives, but bytes into one
that it then copies: half of the memory, and a quarter of the time of a large JPEG."""


def _imdecode(data: bytes, header: Header, flags: int) -> npt.NDArray[Any] | None:
    whole = memoryview(data)
    parts: list[bytes | memoryview] = [
        header.beginning,
        *(whole[start:end] for start, end in header.parts),
        header.ending,
    ]
    if not _DIRECT or header.format == "TIFF":  # which OpenCV turns, and then has no place in the array
        return cv2.imdecode(np.frombuffer(b"".join(parts), np.uint8), flags)
    with _file_in_memory(parts) as path:
        return cv2.imread(path, None, flags)


@contextmanager
def _file_in_memory(parts: list[bytes | memoryview]) -> Iterator[str]:
    descriptor = os.memfd_create("picture")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            for part in parts:
                file.write(part)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _decode_heic(data: bytes, name: str) -> Picture:
    try:
        import pillow_heif
    except ModuleNotFoundError as error:
        raise PictureError(name, "HEIC needs an extra: pip install 'numberplate[heic]'") from error
    try:
        image = pillow_heif.open_heif(data, convert_hdr_to_8bit=True, bgr_mode=True)
        pixels = np.array(image)
    except (ValueError, RuntimeError, OSError, EOFError, MemoryError) as error:
        raise PictureError(name, f"damaged HEIC: {error}") from error
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    if pixels.shape[2] == 4:
        return _over_white(pixels, weighted=False)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def _is_pillow(source: object) -> bool:
    # Whoever has such a picture has loaded Pillow: the library itself does not need it.
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)


def _from_pillow(image: Any, name: str, max_megapixels: float) -> Picture:
    from PIL import ImageOps

    width, height = image.size
    _check_pixels(name, width, height, max_megapixels)  # it may not be decoded yet
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I") or image.mode == "F":
            return _from_array(_from_wide(np.asarray(image)), name, "RGB")
        if image.mode == "La":
            image = image.convert("LA")
        transparent = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
        return _from_array(np.asarray(image.convert("RGBA" if transparent else "RGB")), name, "RGB")
    except PictureError:
        raise
    except Exception as error:  # each of its formats has errors of its own
        raise PictureError(name, f"damaged: {_reason(error)}") from error


def _from_wide(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Grey of Pillow's modes of 16 and 32 bits and of floats, as an array that is read.

    Pillow does not say what is white in those of 32 bits and of floats. It is 255 here, as where Pillow
    converts them itself; 65535 where they go beyond, which are 16 bits kept in 32; and 1 of floats in 0..1.
    """
    if array.dtype.itemsize == 2:
        return array.astype(np.uint16)
    most = float(array.max(initial=0))
    if array.dtype.kind == "f" and not most > 1:
        return array
    return np.asarray(np.clip(array, 0, 65535).astype(np.uint16 if most > 255 else np.uint8))


def _from_array(array: npt.NDArray[Any], name: str, order: Order) -> Picture:
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (1,), (3,), (4,)):
        raise PictureError(
            name, f"expected an array (height, width) or (height, width, 1, 3 or 4), got {array.shape}"
        )
    _check_small(name, array.shape[1], array.shape[0])
    if array.dtype != np.uint8:
        array = _as_bytes(array, name)
    channels = 1 if array.ndim == 2 else array.shape[2]
    if channels == 3 and order == "RGB":
        picture = np.ascontiguousarray(array).view()
    elif channels == 3:
        picture = np.ascontiguousarray(array[..., ::-1])
    elif channels == 4:
        bgra = np.array(array if order == "BGR" else array[..., [2, 1, 0, 3]], order="C")
        picture = _over_white(bgra, weighted=False)
    else:
        picture = np.repeat(array.reshape(*array.shape[:2], 1), 3, axis=2)
    picture.flags.writeable = False
    return picture


def _as_bytes(array: npt.NDArray[Any], name: str) -> npt.NDArray[np.uint8]:
    if array.dtype.newbyteorder("=") == np.uint16:  # of either byte order, as files have it
        return np.asarray((array.astype(np.uint32) + 128) // 257, np.uint8)
    if not np.issubdtype(array.dtype, np.floating):
        raise PictureError(name, f"expected an array of uint8, uint16 or floats in 0..1, got {array.dtype}")
    least, most = float(array.min()), float(array.max())
    if not (least >= 0 and most <= 1):  # not a number is neither
        raise PictureError(name, f"expected floats in 0..1, got {least:g}..{most:g}")
    return np.round(array.astype(np.float32) * 255).astype(np.uint8)


def _over_white(bgra: npt.NDArray[Any], weighted: bool) -> Picture:
    """Pixels with alpha, (height, width, 4), of 8 or 16 bits, as RGB over white.

    In the memory that they have, strip by strip: what is done is less than what it is made of. `weighted`:
    whether the colours are already by their alpha.
    """
    height, width = bgra.shape[:2]
    target = bgra.reshape(-1).view(np.uint8)
    rows, done = max(1, _STRIP_PIXELS // width), 0
    for top in range(0, height, rows):
        rgb = _strip_over_white(bgra[top : top + rows], weighted).reshape(-1)
        target[done : done + rgb.size] = rgb
        done += rgb.size
    if bgra.flags.owndata:
        del target
        # The rest is given back. Nobody else has a view of it.
        bgra.resize(-(-done // bgra.itemsize), refcheck=False)
        target = bgra.view(np.uint8)
    return target[:done].reshape(height, width, 3)


def _strip_over_white(bgra: npt.NDArray[Any], weighted: bool) -> npt.NDArray[np.uint8]:
    if bgra.dtype == np.uint16:
        bgra = np.asarray(cv2.convertScaleAbs(bgra, alpha=1 / 257), np.uint8)
    alpha = cv2.extractChannel(bgra, 3)
    colours = cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB)
    if alpha.min() < 255:
        alphas = cv2.merge([alpha] * 3)
        if weighted:
            colours = cv2.add(colours, cv2.bitwise_not(alphas))
        else:
            colours = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(colours), alphas, scale=1 / 255))
    return np.asarray(colours, np.uint8)


def _turn(picture: Picture, orientation: int) -> Picture:
    """Brings a picture with EXIF's orientation, 1..8, right side up."""
    if orientation >= 5:
        picture = picture.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return picture
