"""Encoded pictures as no encoder writes them: their parts repeated, reordered, cut, and with other numbers.

A generator that knows how each format is built, so that what it makes reaches beyond the first check.
"""

import io
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image

Parts = list[bytes]

NUMBERS = (0, 1, 2, 3, 7, 8, 9, 16, 100, 255, 256, 4095, 9000, 16383, 16384, 18000, 32767, 32768, 65535)
NUMBERS_OF_32 = (
    65536,
    100_000,
    1 << 20,
    1 << 24,
    (1 << 30) - 1,
    1 << 30,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
)


def corpus() -> dict[str, bytes]:
    """Small whole pictures of each format and kind, by a name that begins with the format's."""
    rng = np.random.default_rng(3)
    rough = rng.integers(0, 256, (6, 8, 3), np.uint8)
    pixels = cv2.resize(rough, (96, 72), interpolation=cv2.INTER_CUBIC)
    image = Image.fromarray(pixels)
    clear = image.copy()
    clear.putalpha(Image.fromarray(cv2.resize(rough[..., 0], (96, 72))))
    frames = [image, image.rotate(180), image]
    more = {"save_all": True, "append_images": frames[1:]}
    deep = np.asarray(clear, np.uint16) * 257
    found = {
        "jpeg": _saved(image, "JPEG"),
        "jpeg progressive": _saved(image, "JPEG", progressive=True),
        "jpeg cmyk": _saved(image.convert("CMYK"), "JPEG", subsampling=0),
        "jpeg restarts": cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_RST_INTERVAL, 4])[1].tobytes(),
        "png": _saved(image, "PNG"),
        "png alpha": _saved(clear, "PNG"),
        "png palette": _saved(image.convert("P"), "PNG", transparency=3),
        "png deep": cv2.imencode(".png", deep)[1].tobytes(),
        "png animated": _saved(image, "PNG", **more),
        "webp": _saved(image, "WEBP"),
        "webp lossless": _saved(image, "WEBP", lossless=True),
        "webp alpha": _saved(clear, "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
        "webp animated": _saved(image, "WEBP", **more),
        "bmp": _saved(image, "BMP"),
        "bmp palette": _saved(image.convert("P"), "BMP"),
        "gif": _saved(image, "GIF"),
        "gif animated": _saved(image, "GIF", **more),
        "tiff": _saved(image, "TIFF"),
        "tiff lzw": _saved(clear, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": _saved(image, "TIFF", compression="jpeg"),
        "tiff bilevel": _saved(image.convert("1"), "TIFF", compression="group4"),
        "tiff deep": cv2.imencode(".tiff", deep)[1].tobytes(),
        "j2k": _saved(image, "JPEG2000", no_jp2=True),
        "jp2": _saved(clear, "JPEG2000"),
        "jp2 tiles": _saved(image, "JPEG2000", tile_size=(32, 32)),
    }
    if cv2.haveImageWriter(".avif"):
        found["avif"] = cv2.imencode(".avif", pixels)[1].tobytes()
        found["avif alpha"] = cv2.imencode(".avif", np.asarray(clear))[1].tobytes()
    return found


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def mutated(seed: int, corpus: dict[str, bytes]) -> tuple[str, bytes]:
    """The name and the bytes of one: the same for a seed and a corpus always."""
    rng = np.random.default_rng(seed)
    names = sorted(corpus)
    name = names[rng.integers(len(names))]
    split, join = _FORMATS[name.partition(" ")[0]]
    parts = split(corpus[name])
    for _ in range(rng.geometric(0.6)):
        change = _CHANGES[rng.integers(len(_CHANGES))]
        other = names[rng.integers(len(names))]
        # Parts of another picture: of the same format most often, of any other now and then.
        same = [n for n in names if n.partition(" ")[0] == name.partition(" ")[0]]
        other = other if rng.random() < 0.1 else same[rng.integers(len(same))]
        change(rng, parts, _FORMATS[other.partition(" ")[0]][0](corpus[other]))
        parts = parts or [b""]
    data = join(parts)
    kind = rng.random()
    if kind < 0.1:
        data = data[: rng.integers(len(data) + 1)]
    elif kind < 0.13:
        data = rng.bytes(int(rng.integers(1, 300))) + data
    elif kind < 0.16:
        data += rng.bytes(int(rng.integers(1, 300)))
    return name, data


def _place(rng: np.random.Generator, parts: Parts) -> int:
    return int(rng.integers(len(parts)))


def _repeat(rng: np.random.Generator, parts: Parts, _: Parts) -> None:
    part = parts[_place(rng, parts)]
    times = int(rng.choice((1, 1, 2, 5, 200), p=(0.4, 0.3, 0.15, 0.13, 0.02)))
    at = _place(rng, parts)
    parts[at:at] = [part] * times


def _repeat_with_number(rng: np.random.Generator, parts: Parts, others: Parts) -> None:
    at = _place(rng, parts)
    parts.insert(at + int(rng.integers(2)), parts[at])
    _number(rng, parts, others, at)


def _move(rng: np.random.Generator, parts: Parts, _: Parts) -> None:
    part = parts.pop(_place(rng, parts))
    parts.insert(int(rng.integers(len(parts) + 1)), part)


def _drop(rng: np.random.Generator, parts: Parts, _: Parts) -> None:
    parts.pop(_place(rng, parts))


def _cut(rng: np.random.Generator, parts: Parts, _: Parts) -> None:
    at = _place(rng, parts)
    parts[at] = parts[at][: int(rng.integers(len(parts[at]) + 1))]


def _take(rng: np.random.Generator, parts: Parts, others: Parts) -> None:
    parts.insert(int(rng.integers(len(parts) + 1)), others[_place(rng, others)])


def _number(rng: np.random.Generator, parts: Parts, _: Parts, at: int | None = None) -> None:
    """A number of one, two or four bytes is another: near the part's beginning, where its head is."""
    at = _place(rng, parts) if at is None else at
    part = bytearray(parts[at])
    size = int(rng.choice((1, 2, 4)))
    if len(part) < size:
        return
    start = int(rng.integers(min(len(part) - size + 1, 40)))
    numbers = NUMBERS + NUMBERS_OF_32 if size == 4 else NUMBERS
    value = int(numbers[rng.integers(len(numbers))]) & ((1 << 8 * size) - 1)
    part[start : start + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")
    parts[at] = bytes(part)


def _flip(rng: np.random.Generator, parts: Parts, _: Parts) -> None:
    at = _place(rng, parts)
    part = bytearray(parts[at])
    for _i in range(int(rng.integers(1, 4))):
        if part:
            part[int(rng.integers(len(part)))] ^= 1 << int(rng.integers(8))
    parts[at] = bytes(part)


Change = Callable[[np.random.Generator, Parts, Parts], None]

_CHANGES: tuple[Change, ...] = (
    *(_repeat, _repeat_with_number, _repeat_with_number, _move, _drop, _cut, _take, _flip),
    *(_number, _number, _number),  # type: ignore[list-item]
)


def _split_jpeg(data: bytes) -> Parts:
    """Segments, the coded data of a scan with its head."""
    parts, at = [data[:2]], 2
    while at + 4 <= len(data):
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if data[at + 1] == 0xDA:
            while end + 1 < len(data) and not (
                data[end] == 0xFF and data[end + 1] not in {0, *range(0xD0, 0xD8)}
            ):
                end += 1
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:]]


def _split_png(data: bytes) -> Parts:
    """Kinds and contents of chunks; their lengths and checksums are made anew."""
    parts, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        parts.append(data[at + 4 : at + 8 + length])
        at += 12 + length
    return parts


def _join_png(parts: Parts) -> bytes:
    chunks = [struct.pack(">I", max(0, len(p) - 4)) + p + struct.pack(">I", zlib.crc32(p)) for p in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _split_webp(data: bytes) -> Parts:
    parts, at = [], 12
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        parts.append(data[at : at + 8 + length + length % 2])
        at += 8 + length + length % 2
    return parts


def _join_webp(parts: Parts) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _split_tiff(data: bytes) -> Parts:
    """The file with its values, then the entries of its first directory, which is written anew at its end."""
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    return [data, *(data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count))]


def _join_tiff(parts: Parts) -> bytes:
    file = max(parts, key=len)
    entries = [part for part in parts if part is not file]
    order = "<" if file[:2] == b"II" else ">"
    body = b"".join(entries)
    directory = struct.pack(order + "H", len(body) // 12) + body + b"\0\0\0\0"
    return file[:4] + struct.pack(order + "I", len(file)) + file[8:] + directory


def _split_boxes(data: bytes) -> Parts:
    parts, at = [], 0
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        length = length or len(data) - at
        part = data[at : at + length]
        # What is in the header's box, as pieces of it: its length is left, as others point behind it.
        if part[4:8] == b"meta":
            parts.append(part[:12])
            inner = 12
            while inner + 8 <= len(part):
                (size,) = struct.unpack_from(">I", part, inner)
                parts.append(part[inner : inner + max(8, size)])
                inner += max(8, size)
        else:
            parts.append(part)
        at += length
    return parts


def _split_segments(data: bytes) -> Parts:
    """Of a JPEG 2000 code stream, its tiles whole."""
    parts, at = [data[:2]], 2
    while data[at : at + 2] not in (b"\xff\x90", b""):
        (length,) = struct.unpack_from(">H", data, at + 2)
        parts.append(data[at : at + 2 + length])
        at += 2 + length
    return [*parts, data[at:]]


def _split_evenly(data: bytes) -> Parts:
    """The first bytes in small pieces, the rest in large ones: for formats of little more than a head."""
    edges = [0, 6, 10, 14, 18, 22, 26, 30, 40, 54, *range(100, len(data), 997), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


_FORMATS: dict[str, tuple[Callable[[bytes], Parts], Callable[[Parts], bytes]]] = {
    "jpeg": (_split_jpeg, b"".join),
    "png": (_split_png, _join_png),
    "webp": (_split_webp, _join_webp),
    "tiff": (_split_tiff, _join_tiff),
    "avif": (_split_boxes, b"".join),
    "jp2": (_split_boxes, b"".join),
    "j2k": (_split_segments, b"".join),
    "bmp": (_split_evenly, b"".join),
    "gif": (_split_evenly, b"".join),
}
