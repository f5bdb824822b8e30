"""Decodes a picture, whatever its file holds, to uint8 (height, width, 3), RGB, right side up."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture
from numberplate.pictures.header import Header, HeaderError, read_header

MAX_MEGAPIXELS = 100.0
"""Larger pictures are refused before they are decoded. 1 is 1,000,000 pixels."""

MIN_SIDE = 10
"""Pixels that each side of a picture has at least; a plate that can be read is larger."""

_BACKDROP = 255
"""White: what shows through a picture's transparent parts."""

_MOST_BYTES_A_PIXEL = 8
_SPARE_BYTES = 32_000_000
"""No picture's file is larger than four channels of 16 bits a pixel, and something for what goes with it."""

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[np.uint8]


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


def read_picture(source: Source, max_megapixels: float = MAX_MEGAPIXELS, name: str | None = None) -> Picture:
    """Decodes one picture.

    Args:
        source: the path of a file; its bytes; or uint8 (height, width, 3), RGB.
        max_megapixels: what has more is refused, before it is decoded; an array is not.
        name: of the source, for errors; None for the path itself, or "<bytes>" or "<array>".

    Returns: uint8 (height, width, 3), RGB, contiguous. 16 bits are brought to 8, grey, palettes and CMYK to
        RGB, transparent parts show white, and a rotation that the file asks for is done. An array comes back
        as it is, or a copy if it was not contiguous, but read-only.

    Raises PictureError when there is no such file, when it is no picture (JPEG, PNG, WebP, BMP, GIF or TIFF),
    when it breaks off before its end, and when it is too large or smaller than MIN_SIDE on a side.
    """
    if isinstance(source, np.ndarray):
        name = name or "<array>"
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3:
            raise PictureError(name, f"expected uint8 (height, width, 3), got {source.dtype} {source.shape}")
        _check_small(name, source.shape[1], source.shape[0])
        picture = np.ascontiguousarray(source).view()
        picture.flags.writeable = False
        return picture
    limit = int(max_megapixels * 1e6) * _MOST_BYTES_A_PIXEL + _SPARE_BYTES
    if isinstance(source, str | os.PathLike):
        name = name or os.fspath(source)
        data = _read_file(Path(source), name, limit)
    else:
        name = name or "<bytes>"
        data = bytes(source)
    if not data:
        raise PictureError(name, "empty: it has no bytes")
    if len(data) > limit:
        raise PictureTooLargeError(
            name, f"too large a file for a picture of {max_megapixels:g} megapixels at most"
        )
    try:
        header = read_header(data)
    except HeaderError as error:
        raise PictureError(name, str(error)) from error
    if header.width * header.height > max_megapixels * 1e6:
        raise PictureTooLargeError(
            name,
            f"too large: {header.width}×{header.height} pixels are {header.width * header.height / 1e6:.1f} "
            f"megapixels, at most {max_megapixels:g} are read",
        )
    _check_small(name, header.width, header.height)
    try:
        decoded = _decode(data, header)
    except cv2.error as error:
        raise PictureError(name, f"damaged {header.format}: {error.err or error}") from error
    if decoded is None:
        raise PictureError(name, f"damaged {header.format}, or of a kind that cannot be decoded")
    return decoded


def _read_file(path: Path, name: str, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than may be: enough to see that it is too much, and a device never ends.
            size = os.fstat(file.fileno()).st_size
            return file.read(min(size, limit) + 1) if path.is_file() else _read_stream(file.read, limit)
    except OSError as error:
        reason = "a folder, not a picture" if isinstance(error, IsADirectoryError) else error.strerror
        raise PictureError(name, reason or str(error)) from error
    except ValueError as error:  # a path with a null byte
        raise PictureError(name, str(error)) from error


def _read_stream(read: Callable[[int], bytes], limit: int) -> bytes:
    parts, size = [], 0
    while size <= limit and (part := read(1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _check_small(name: str, width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            name, f"too small: {width}×{height} pixels, at least {MIN_SIDE}×{MIN_SIDE} are needed"
        )


def _decode(data: bytes, header: Header) -> Picture | None:
    encoded = np.frombuffer(data, np.uint8)
    if header.alpha:
        # Only an unchanged decoding keeps the alpha, and that leaves PNG and WebP as they lie.
        pixels = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
        if pixels is not None and pixels.ndim == 3 and pixels.shape[2] == 4:
            # libtiff hands over colours already weighted by their alpha.
            picture = _over_backdrop(np.asarray(pixels), weighted=header.format == "TIFF")
            return np.ascontiguousarray(_turn(picture, header.orientation))
    # OpenCV turns JPEG and TIFF by itself. WebP it turns since 4.11 only, so that and PNG are turned here.
    ours = header.format in ("PNG", "WebP")
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR | (cv2.IMREAD_IGNORE_ORIENTATION if ours else 0))
    if decoded is None:
        return None
    picture = np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
    return np.ascontiguousarray(_turn(picture, header.orientation))


def _over_backdrop(bgra: npt.NDArray[Any], weighted: bool) -> Picture:
    most = np.iinfo(bgra.dtype).max
    colours = bgra[..., 2::-1].astype(np.float32) / most
    alpha = bgra[..., 3:].astype(np.float32) / most
    if not weighted:
        colours *= alpha
    return np.round(np.clip(colours * 255 + (1 - alpha) * _BACKDROP, 0, 255)).astype(np.uint8)


def _turn(picture: Picture, orientation: int) -> Picture:
    """Brings a picture with EXIF's orientation, 1..8, right side up."""
    if orientation >= 5:
        picture = picture.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return picture
