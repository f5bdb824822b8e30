"""AVIF and HEIC: pictures in the boxes of an ISO base media file (ISO/IEC 14496-12 and 23008-12).

The size that a box states is not the one that a decoder allocates: that stands in the coded picture itself,
so that is looked at too.
"""

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from numberplate.pictures.headers.bits import Bits
from numberplate.pictures.headers.header import Header, HeaderError

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_EITHER_BRANDS = frozenset({b"mif1", b"msf1", b"mif2"})

_MOST_BOXES = 20_000
_MOST_ITEMS = 4096
"""A telephone's picture is a grid of some hundred; each has a place or two, and some properties."""

_MOST_LINKS = 10 * _MOST_ITEMS

_MOST_UNITS = 10 * _MOST_ITEMS
"""Of all coded pictures together, each of which has a few."""

_ORIENTATIONS = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}
"""EXIF's number for the quarters that a picture is to be turned anticlockwise, and then mirrored: not at all,
top to bottom or left to right."""

_BYTES_A_PIXEL = {"AVIF": 20, "HEIC": 12}
_BYTES_A_PIXEL_ALPHA = {"AVIF": 36, "HEIC": 16}

_NANOSECONDS = {"AVIF": (40, 140), "HEIC": (28, 110)}
"""For each pixel and each byte. Telephones take HEICs of 24 megapixels, which are to be read: drawn patterns
may take longer than stated here."""


def is_isobmff(data: bytes) -> bool:
    """Whether it begins as such a picture does; films and others do as well but for their brand."""
    return data[4:8] == b"ftyp" and bool(_brands(data) & (_AVIF_BRANDS | _HEIC_BRANDS | _EITHER_BRANDS))


@dataclass
class _Meta:
    """What the `meta` box says of the items."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    properties: list[tuple[bytes, int, int]] = field(default_factory=list)
    owned: dict[int, list[int]] = field(default_factory=dict)
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    alpha: bool = False


def read(data: bytes) -> Header:
    """The primary item's size, and the largest that anything in the file may decode to."""
    meta, frames = _Meta(), 1
    found = False
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"meta":
            if found:
                raise HeaderError("damaged: two headers in it")
            found = True
            _read_meta(data, start, end, meta)
        elif kind == b"moov":
            frames = _frame_count(data, start, end)
    coded = set(meta.kinds.values())
    name = "AVIF" if b"av01" in coded else "HEIC"
    if not found or not coded & {b"av01", b"hvc1", b"hev1"}:
        raise HeaderError("a picture of a kind that cannot be decoded: neither AVIF nor HEIC")
    sizes = [_ispe(data, start, end) for kind, start, end in meta.properties if kind == b"ispe"]
    primary = [meta.properties[i] for i in meta.owned.get(meta.primary, []) if 0 <= i < len(meta.properties)]
    own = [_ispe(data, start, end) for kind, start, end in primary if kind == b"ispe"]
    if len(own) != 1:
        raise HeaderError(f"damaged {name}: it does not state its size")
    width, height = own[0]
    sizes += list(_coded_sizes(data, meta))
    largest = max(w * h for w, h in sizes)
    each = (_BYTES_A_PIXEL_ALPHA if meta.alpha else _BYTES_A_PIXEL)[name]
    a_pixel, a_byte = _NANOSECONDS[name]
    # With this brand the decoder takes the picture and not the film that may be beside it.
    beginning, start = (data[:8] + b"avif", 12) if name == "AVIF" else (b"", 0)
    return Header(
        name,
        width,
        height,
        each * largest,
        a_pixel * largest + a_byte * len(data),
        alpha=meta.alpha,
        orientation=_orientation(data, primary) if name == "AVIF" else 1,  # libheif turns it, OpenCV does not
        pages=frames,
        parts=((start, len(data)),),
        beginning=beginning,
    )


def _brands(data: bytes) -> set[bytes]:
    (size,) = struct.unpack_from(">I", data)
    body = data[8 : min(size, 1024)]
    return {body[i : i + 4] for i in (0, *range(8, len(body), 4))}


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each box's content. Raises HeaderError where one ends after its place does."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        last = end if size == 0 else start + size
        if last > end or last < body:
            raise HeaderError("truncated: a part of the picture ends after the file")
        yield kind, body, last
        start = last
    raise HeaderError("damaged: too many parts")


def _read_meta(data: bytes, start: int, end: int, meta: _Meta) -> None:
    seen: set[bytes] = set()
    inside = 0
    for kind, body, last in _boxes(data, start + 4, end):
        if kind in (b"pitm", b"iinf", b"iprp", b"iloc", b"idat"):
            if kind in seen:
                raise HeaderError("damaged: two headers in it")
            seen.add(kind)
        if kind == b"pitm":
            meta.primary = struct.unpack_from(">H" if data[body] == 0 else ">I", data, body + 4)[0]
        elif kind == b"iinf":
            _read_items(data, body, last, meta)
        elif kind == b"iprp":
            _read_properties(data, body, last, meta)
        elif kind == b"iloc":
            _read_places(data, body, meta)
        elif kind == b"idat":
            inside = body
    # Items within the header itself have their places counted from there: marked by a negative start.
    meta.places = {
        item: [(inside - 1 - at if at < 0 else at, size) for at, size in places]
        for item, places in meta.places.items()
    }


def _read_items(data: bytes, start: int, end: int, meta: _Meta) -> None:
    for kind, body, last in _boxes(data, start + (6 if data[start] == 0 else 8), end):
        if kind == b"infe" and data[body] in (2, 3) and last - body >= 12:
            wide = data[body] == 3
            number, _, name = struct.unpack_from(">IH4s" if wide else ">HH4s", data, body + 4)
            meta.kinds[number] = name
            if len(meta.kinds) > _MOST_ITEMS:
                raise HeaderError("damaged: too many pictures in it")


def _read_properties(data: bytes, start: int, end: int, meta: _Meta) -> None:
    total = 0
    for kind, body, last in _boxes(data, start, end):
        if kind == b"ipco":
            if meta.properties:
                raise HeaderError("damaged: two headers in it")
            meta.properties += list(_boxes(data, body, last))
        elif kind == b"ipma":
            wide_items, wide = data[body] >= 1, data[body + 3] & 1
            (count,) = struct.unpack_from(">I", data, body + 4)
            at, total = body + 8, total + count
            for _ in range(_few(count)):
                (item,) = struct.unpack_from(">I" if wide_items else ">H", data, at)
                at += 4 if wide_items else 2
                owned, at = data[at], at + 1
                total += owned
                if total > _MOST_LINKS:
                    raise HeaderError("damaged: too many parts")
                for _ in range(owned):
                    if wide:
                        (index,) = struct.unpack_from(">H", data, at)
                        index, at = index & 0x7FFF, at + 2
                    else:
                        index, at = data[at] & 0x7F, at + 1
                    meta.owned.setdefault(item, []).append(index - 1)
    meta.alpha = any(
        kind == b"auxC" and (b"alpha" in data[body:last] or b"hevc:2015:auxid:1" in data[body:last])
        for kind, body, last in meta.properties
    )


def _read_places(data: bytes, start: int, meta: _Meta) -> None:
    version = data[start]
    sizes, more = struct.unpack_from("BB", data, start + 4)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version in (1, 2) else 0
    at = start + 6
    (count,) = struct.unpack_from(">H" if version < 2 else ">I", data, at)
    at += 2 if version < 2 else 4

    def number(size: int) -> int:
        nonlocal at
        if at + size > len(data):
            raise IndexError
        at += size
        return int.from_bytes(data[at - size : at], "big")

    total = 0
    for _ in range(_few(count)):
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)
        base, extents = number(base_size), number(2)
        total += extents
        if total > _MOST_LINKS:
            raise HeaderError("damaged: too many parts")
        for _ in range(extents):
            number(index_size)
            place = base + number(offset_size), number(length_size)
            meta.places.setdefault(item, []).append(place if method == 0 else (-1 - place[0], place[1]))


def _few(items: int) -> int:
    """The number. Raises HeaderError for too many: of what is not looked at, a decoder may make anything."""
    if items > _MOST_ITEMS:
        raise HeaderError("damaged: too many pictures in it")
    return items


def _ispe(data: bytes, start: int, end: int) -> tuple[int, int]:
    if end - start < 12:
        raise HeaderError("damaged: it does not state its size")
    width, height = struct.unpack_from(">II", data, start + 4)
    return width, height


def _orientation(data: bytes, properties: list[tuple[bytes, int, int]]) -> int:
    """EXIF's number for how a picture with these properties is to be turned and mirrored."""
    said = {kind: data[start] for kind, start, _ in properties if kind in (b"irot", b"imir")}
    mirrored = said[b"imir"] & 1 if b"imir" in said else None
    return _ORIENTATIONS[mirrored][said.get(b"irot", 0) & 3]


def _coded_sizes(data: bytes, meta: _Meta) -> Iterator[tuple[int, int]]:
    """The sizes that the coded pictures themselves state."""
    units = itertools.count(1)
    for kind, start, end in meta.properties:
        if kind == b"av1C":
            yield from _av1_sizes(data[start + 4 : end], units)
        elif kind == b"hvcC":
            yield from _hevc_sizes(data[start:end], units)
    looked_at = 0
    for item, kind in meta.kinds.items():
        if kind == b"av01":
            coded = []
            for at, size in meta.places.get(item, []):
                coded.append(data[at : at + size] if size else data[at:])
                looked_at += len(coded[-1])
                if looked_at > 2 * len(data):  # places that lie over each other, again and again
                    raise HeaderError("damaged AVIF: more coded data than the file has")
            yield from _av1_sizes(b"".join(coded), units)


def _frame_count(data: bytes, start: int, end: int) -> int:
    """Of the first track of a film; 1 where it does not say."""
    found = data.find(b"stsz", start, end)
    if found < 0 or found + 16 > end:
        return 1
    return max(1, int.from_bytes(data[found + 12 : found + 16], "big"))


def _next_unit(units: Iterator[int]) -> None:
    """Counts one more of `units`, those of all coded pictures. Raises HeaderError for too many."""
    if next(units) > _MOST_UNITS:
        raise HeaderError("damaged: too many units")


def _av1_sizes(coded: bytes, units: Iterator[int]) -> Iterator[tuple[int, int]]:
    """The largest frames that the sequence headers of coded AV1 allow."""
    at = 0
    while at < len(coded):
        _next_unit(units)
        head = coded[at]
        at += 2 if head & 4 else 1
        size = len(coded) - at
        if head & 2:
            size, at = _leb128(coded, at)
        if head >> 3 & 15 == 1:
            yield _av1_sequence(Bits(coded[at : at + size]))
        at += size


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(8):
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if not byte & 0x80:
            return value, at + i + 1
    raise HeaderError("damaged AVIF: a length that does not end")


def _av1_sequence(bits: Bits) -> tuple[int, int]:
    """5.5 of the AV1 specification, as far as the size."""
    bits.take(3)
    bits.take(1)
    if bits.take(1):  # reduced, as of a still picture
        bits.take(5)
    else:
        delays = 0
        model = False
        if bits.take(1):  # timing
            bits.take(64)
            if bits.take(1):
                bits.exp_golomb()
            model = bool(bits.take(1))
            if model:
                delays = bits.take(5) + 1
                bits.take(32 + 5 + 5)
        display = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if model and bits.take(1):
                bits.take(2 * delays + 1)
            if display and bits.take(1):
                bits.take(4)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(across) + 1, bits.take(down) + 1


def _hevc_sizes(configuration: bytes, units: Iterator[int]) -> Iterator[tuple[int, int]]:
    """The sizes in the sequence parameter sets of an `hvcC` box."""
    at = 23
    for _ in range(configuration[22]):
        (number,) = struct.unpack_from(">H", configuration, at + 1)
        parameter = configuration[at] & 63
        at += 3
        for _ in range(number):
            _next_unit(units)
            (size,) = struct.unpack_from(">H", configuration, at)
            if parameter == 33:
                yield _hevc_sequence(configuration[at + 2 : at + 2 + size])
            at += 2 + size


def _hevc_sequence(unit: bytes) -> tuple[int, int]:
    """7.3.2.2 of the HEVC specification, as far as the size."""
    bits = Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))
    bits.take(4)
    layers = bits.take(3)
    bits.take(1)
    bits.take(88 + 8)
    known = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in known:
        bits.take(88 * profile + 8 * level)
    bits.exp_golomb()
    if bits.exp_golomb() == 3:
        bits.take(1)
    return bits.exp_golomb(), bits.exp_golomb()
