"""What mislead or overwhelmed a decoder: refused before it sees it."""

import io
import struct
import zlib
from contextlib import suppress

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from numberplate.pictures.decode import PictureError, PictureTooLargeError, decode_picture
from numberplate.pictures.headers import HeaderError, read_header
from numberplate.pictures.headers.jpeg import MOST_SCANS

from .mutations import corpus, mutated

CORPUS = corpus()


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_sizes_of_each_format(name: str) -> None:
    header = read_header(CORPUS[name])
    assert (header.width, header.height) == (96, 72)
    assert decode_picture(CORPUS[name]).pixels.shape == (72, 96, 3)


@pytest.mark.parametrize("seed", range(300))
def test_mutated_pictures_are_read_or_refused(seed: int) -> None:
    _, data = mutated(seed, CORPUS)
    with suppress(PictureError):
        found = decode_picture(data, max_megapixels=4)
        assert found.pixels.dtype == np.uint8
        assert found.pixels.ndim == 3


@given(st.binary(max_size=200), st.sampled_from([CORPUS[n][:12] for n in sorted(CORPUS)]))
def test_any_bytes(rest: bytes, beginning: bytes) -> None:
    for data in (rest, beginning + rest):
        with suppress(HeaderError):
            assert read_header(data).memory >= 0


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def webp_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8x(width: int, height: int, flags: int = 0) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sizes)


PICTURE = CORPUS["webp"][12:]  # the chunk "VP8 " of 96×72


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (webp(vp8x(16383, 16383), PICTURE, vp8x(96, 72)), "16383×16383 pixels .* megapixels"),
        (webp(vp8x(96, 72), vp8x(16383, 16383), PICTURE), "16383×16383 pixels .* megapixels"),
        (webp(PICTURE, vp8x(96, 72)), "two headers"),
        (webp(vp8x(96, 72), PICTURE, PICTURE), "two pictures"),
        (webp(PICTURE, CORPUS["webp lossless"][12:]), "two pictures"),
        (webp(vp8x(95, 72), PICTURE), "not of the size that it states"),
        (webp(vp8x(16384, 16384), PICTURE), "not of the size"),
        (webp(vp8x(96, 72)), "no picture in it"),
        (
            webp(vp8x(96, 72, flags=2), webp_chunk(b"ANMF", bytes(6) + vp8x(97, 72)[12:18] + bytes(4))),
            "larger than",
        ),
        (webp(PICTURE[:-8]), "truncated"),
    ],
)
def test_webp_of_two_sizes(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        decode_picture(data)


def tiff(*entries: tuple[int, int, int, int]) -> bytes:
    """A TIFF of one directory of entries (tag, kind, count, value)."""
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + bytes(4 + 200)


SHORT, LONG, BYTE = 3, 4, 1
GREY = [(258, SHORT, 1, 8), (259, SHORT, 1, 1), (262, SHORT, 1, 1), (273, LONG, 1, 8), (277, SHORT, 1, 1)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            tiff((256, LONG, 1, 18000), (256, LONG, 1, 20), (257, LONG, 1, 18000), *GREY),
            "18000×18000 .* megapixels",
        ),
        (
            tiff((256, LONG, 1, 20), (256, LONG, 1, 18000), (257, LONG, 1, 18000), *GREY),
            "18000×18000 .* megapixels",
        ),
        # Of kinds of which one alone is a size to us, whichever the decoder takes.
        (tiff((256, BYTE, 1, 99), (256, LONG, 1, 20), (257, LONG, 1, 20), *GREY), "two tags 256"),
        (tiff((256, 12, 1, 99), (256, LONG, 1, 20), (257, LONG, 1, 20), *GREY), "two tags 256"),
        (tiff((256, LONG, 1, 20), (257, LONG, 1, 20), *GREY, GREY[0]), "two tags 258"),
        (tiff((256, LONG, 1, 20), *GREY), "does not state its size"),
        (
            tiff((256, LONG, 1, 90), (257, LONG, 1, 90), *GREY, (322, LONG, 1, 40000), (323, LONG, 1, 40000)),
            "takes",
        ),
        (
            tiff((256, LONG, 1, 9999), (257, LONG, 1, 9999), *GREY[:4], (277, SHORT, 1, 60000)),
            "takes .* memory",
        ),
    ],
)
def test_tiff_of_two_sizes(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        decode_picture(data)


def progressive(width: int, height: int, scans: int) -> bytes:
    """A JPEG of nothing but scans, of ten bytes each, of its first component."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    return b"\xff\xd8\xff\xc2" + frame + b"\xff\xda\0\x08\1\1\0\1\x3f\0" * scans + b"\xff\xd9"


def test_scans_of_a_jpeg_are_few() -> None:
    read_header(progressive(1280, 720, MOST_SCANS))
    with pytest.raises(PictureTooLargeError, match="scans"):
        decode_picture(progressive(1280, 720, MOST_SCANS + 1))
    # And fewer of a large picture: each is gone through whole.
    read_header(progressive(7000, 7000, 10))
    with pytest.raises(PictureTooLargeError, match="scans"):
        decode_picture(progressive(7000, 7000, 20))


def test_a_jpeg_in_several_scans_keeps_its_coefficients() -> None:
    in_scans = progressive(960, 720, 3).replace(b"\xff\xc2", b"\xff\xc0", 1)
    assert read_header(in_scans).memory == (3 + 3 * 2) * 960 * 720
    assert read_header(CORPUS["jpeg"]).memory == 3 * 96 * 72


def test_scans_of_a_jpeg_in_a_tiff_are_few() -> None:
    data = CORPUS["tiff jpeg"]
    read_header(data + b"\xff\xda")
    with pytest.raises(HeaderError, match="more JPEG scans than it has parts"):
        read_header(data + 100 * b"\xff\xda")


def test_parts_of_a_webp_begin_at_even_places() -> None:
    header = read_header(webp(vp8x(96, 72), webp_chunk(b"XMP ", b"odd"), PICTURE))
    assert (header.width, header.height) == (96, 72)


def test_jpeg_of_two_frames() -> None:
    whole = CORPUS["jpeg"]
    at = whole.index(b"\xff\xc0")
    frame = whole[at : at + 19]
    larger = frame[:5] + struct.pack(">HH", 60000, 60000) + frame[9:]
    for data in (whole[:at] + larger + whole[at:], whole[: at + 19] + larger + whole[at + 19 :]):
        with pytest.raises(PictureError, match="two frames"):
            decode_picture(data)


def test_png_of_two_headers() -> None:
    whole = CORPUS["png"]
    other = chunk(b"IHDR", struct.pack(">IIBBBBB", 18000, 18000, 8, 2, 0, 0, 0))
    with pytest.raises(PictureError, match="two chunks IHDR"):
        decode_picture(whole[:33] + other + whole[33:])
    with pytest.raises(PictureError, match="begin with its header"):
        decode_picture(whole[:8] + chunk(b"tEXt", b"a\0b") + whole[8:])


@pytest.mark.parametrize("interlaced", [0, 1])
def test_png_of_more_pixels_than_it_states(interlaced: int) -> None:
    # 1.2 GB that a decoder would unpack of 1.2 MB, for a picture of 20 kB.
    block, checksum = bytes(1 << 24), 1
    packer = zlib.compressobj(9)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the same bytes unpack to the same block again.
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(73):
        checksum = zlib.adler32(block, checksum)
    coded = start + 73 * again + b"\x03\x00" + struct.pack(">I", checksum)
    unpacked = zlib.decompressobj()
    assert all(len(unpacked.decompress(part)) == len(block) for part in (start + again, again))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 72, 8, 2, 0, 0, interlaced))
    data = CORPUS["png"][:8] + header + chunk(b"IDAT", coded) + chunk(b"IEND", b"")
    with pytest.raises(PictureTooLargeError, match="more pixels than it states"):
        decode_picture(data)


@pytest.mark.parametrize("kind", ["RGB", "RGBA", "L", "1", "P", "I;16"])
def test_large_pngs_have_as_many_pixels_as_they_state(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1250, 6400 if kind == "1" else 901, 4), np.uint8)
    if kind == "I;16":
        image = Image.fromarray(noise[..., :2].copy().view(np.uint16)[..., 0])
    else:
        image = Image.fromarray(noise).convert(kind)
    file = io.BytesIO()
    image.save(file, "PNG")
    assert len(file.getvalue()) > 1_000_000
    assert decode_picture(file.getvalue()).pixels.shape[:2] == noise.shape[:2]


def png_of_nothing(side: int, bits: int, colour: int, interlaced: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, interlaced))
    return CORPUS["png"][:8] + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def arithmetic(side: int, scans: int) -> bytes:
    """A progressive JPEG whose scans are coded arithmetically, of each of which nothing is there."""
    return progressive(side, side, scans).replace(b"\xff\xc2", b"\xff\xca", 1)


@pytest.mark.parametrize(
    "data",
    [
        png_of_nothing(9900, bits=16, colour=2, interlaced=1),
        png_of_nothing(8200, bits=8, colour=6, interlaced=1),
        png_of_nothing(7800, bits=16, colour=2, interlaced=1),  # and to make it grey and smaller
        arithmetic(7000, 16),
        tiff((256, LONG, 1, 100), (257, LONG, 1, 600_000), *GREY, (278, LONG, 1, 1)),
        tiff((256, LONG, 1, 6000), (257, LONG, 1, 6000), *GREY[:2], (262, SHORT, 1, 8), (278, LONG, 1, 9)),
    ],
)
def test_what_takes_a_decoder_long_is_refused(data: bytes) -> None:
    with pytest.raises(PictureTooLargeError, match=r"may take \d+\.\d s, at most 1\.1 are spent"):
        decode_picture(data)


def test_more_pixels_may_take_more_time() -> None:
    data = png_of_nothing(9900, bits=16, colour=2, interlaced=1)
    with pytest.raises(PictureError, match="damaged PNG"):
        decode_picture(data, max_megapixels=200)


def test_texts_of_a_png_are_not_unpacked() -> None:
    # 16 MB that a decoder would make of 16 kB; a thousand such take it seconds.
    text = chunk(b"zTXt", b"key\0\0" + zlib.compress(bytes(8_000_000), 9))
    whole = CORPUS["png"]
    data = whole[:33] + 2 * text + whole[33:]
    header = read_header(data)
    assert sum(end - start for start, end in header.parts) == len(whole)
    assert (decode_picture(data).pixels == decode_picture(whole).pixels).all()


def test_largest_frame_of_coded_av1_counts() -> None:
    # A header that states 96×72 around coded pictures of another size.
    small, large = CORPUS["avif"], cv2.imencode(".avif", np.zeros((720, 960, 3), np.uint8))[1].tobytes()
    assert read_header(small).memory == 20 * 96 * 72
    stated = small.replace(
        b"ispe" + struct.pack(">III", 0, 96, 72), b"ispe" + struct.pack(">III", 0, 960, 720)
    )
    assert read_header(stated).memory == 20 * 960 * 720
    lying = large.replace(
        b"ispe" + struct.pack(">III", 0, 960, 720), b"ispe" + struct.pack(">III", 0, 96, 72)
    )
    assert (read_header(lying).width, read_header(lying).memory) == (96, 20 * 960 * 720)
    assert decode_picture(lying).pixels.shape == (72, 96, 3)


def jpeg_2000(
    width: int, height: int, tile: int = 1 << 20, block: int = 4, precinct: int | None = None
) -> bytes:
    size = struct.pack(">HHIIIIIIIIH", 41, 0, width, height, 0, 0, tile, tile, 0, 0, 1) + b"\x07\1\1"
    sides = b"" if precinct is None else bytes([precinct]) * 6
    style = bytes([precinct is not None, 0, 0, 1, 0, 5, block, block, 0, 1]) + sides
    tiles = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 0, 0, 1) + b"\xff\x93" + bytes(20) + b"\xff\xd9"
    return b"\xff\x4f\xff\x51" + size + b"\xff\x52" + struct.pack(">H", len(style) + 2) + style + tiles


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (jpeg_2000(4000, 4000, tile=32), "15625 tiles"),
        (jpeg_2000(4000, 4000, block=0), "code blocks are too small"),
        (jpeg_2000(4000, 4000, precinct=0x11), "precincts are too small"),
        (jpeg_2000(12000, 12000), "144.0 megapixels"),
        (jpeg_2000(9900, 9900), "takes .* memory"),
        (jpeg_2000(6000, 7000), "may take"),
        (jpeg_2000(100, 100)[:60], "truncated"),
    ],
)
def test_jpeg_2000_of_too_many_pieces(data: bytes, reason: str) -> None:
    assert read_header(jpeg_2000(4000, 4000)).width == 4000
    with pytest.raises(PictureError, match=reason):
        decode_picture(data)


def test_places_in_avif_that_are_counted_without_end() -> None:
    data = CORPUS["avif"]
    at = data.index(b"iloc")
    sizes_of_nothing = data[: at + 8] + b"\0\0" + b"\xff\xff" + b"\xff" * 30
    with pytest.raises(HeaderError):
        read_header(sizes_of_nothing + data[at + 42 :])


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def avif(properties: bytes = b"", more: bytes = b"", places: bytes = b"") -> bytes:
    """An AVIF of 96×72 with further properties, more boxes beside theirs, and a box of places."""
    item = box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", 1, 0, b"av01") + b"\0")
    ispe = box(b"ispe", struct.pack(">III", 0, 96, 72))
    own = box(b"ipma", bytes(4) + struct.pack(">IHBB", 1, 1, 1, 1))
    meta = (
        box(b"pitm", bytes(4) + struct.pack(">H", 1)),
        box(b"iinf", bytes(4) + struct.pack(">H", 1) + item),
        box(b"iprp", box(b"ipco", ispe + properties) + own + more),
        places,
    )
    return box(b"ftyp", b"avif" + bytes(4) + b"avifmif1") + box(b"meta", bytes(4) + b"".join(meta))


def units(count: int) -> bytes:
    """A property that has so many units of coded AV1, none of them a picture's header."""
    return box(b"av1C", bytes(4) + b"\x12\0" * count)


@pytest.mark.parametrize(("level", "tier"), [(0, ""), (7, ""), (8, "1"), (31, "0")])
def test_sizes_that_coded_av1_states(level: int, tier: str) -> None:
    # No still picture, and neither times nor models: one way to decode it, of a level, and a size of 11 bits.
    bits = "000" + "0" + "0" + "0" + "0" + 5 * "0" + 12 * "0" + f"{level:05b}" + tier
    bits += f"{10:04b}{10:04b}{1919:011b}{1079:011b}"
    coded = int(bits.ljust(80, "0"), 2).to_bytes(10, "big")
    unit = b"\x0a" + bytes([len(coded)]) + coded
    assert read_header(avif(box(b"av1C", bytes(4) + unit))).memory == 20 * 1920 * 1080
    # The same where the picture lies within the header.
    place = b"\1\0\0\0\x44\0" + struct.pack(">HHHHHII", 1, 1, 1, 0, 1, 3, len(unit))
    data = avif(places=box(b"iloc", place) + box(b"idat", b"123" + unit))
    assert read_header(data).memory == 20 * 1920 * 1080


def links(items: int) -> bytes:
    """That so many pictures own one property each."""
    return box(b"ipma", bytes(4) + struct.pack(">I", items) + struct.pack(">HBB", 2, 1, 1) * items)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        # Of more pictures than are looked at: that whose size counts could be the last one.
        (avif(places=box(b"iloc", bytes(6) + struct.pack(">H", 4097) + bytes(6 * 4097))), "too many"),
        (avif(more=links(4097)), "too many"),
        # Each of these is short, and as many as fit into a file would take minutes.
        (avif(more=11 * links(4096)), "too many"),
        (avif(more=box(b"ipco", b"")), "two headers"),
        (avif(50 * units(900)), "too many"),
    ],
)
def test_avif_of_too_many_parts(data: bytes, reason: str) -> None:
    assert read_header(avif(20 * units(900), links(4096))).width == 96
    with pytest.raises(HeaderError, match=reason):
        read_header(data)


def test_hevc_headers_are_few() -> None:
    # A header of 96×72: as short as it can be, with all that stands before its size 0.
    bits = "0000" + "000" + "0" + 96 * "0" + "1" + "010" + f"{97:013b}" + f"{73:013b}"
    unit = b"\x42\1" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    sets = bytes(22) + b"\1\x21" + struct.pack(">H", 900) + 900 * (struct.pack(">H", len(unit)) + unit)
    heic = avif(box(b"hvcC", sets)).replace(b"av01", b"hvc1")
    assert read_header(heic).memory == 12 * 96 * 72
    with pytest.raises(HeaderError, match="too many"):
        read_header(avif(50 * box(b"hvcC", sets)).replace(b"av01", b"hvc1"))


def test_blocks_of_a_gif_are_few() -> None:
    data = CORPUS["gif"]
    frame = data.index(b"\x2c" + struct.pack("<HHHH", 0, 0, 96, 72))
    assert read_header(data[:frame] + 100 * b"\x21\xfe\0" + data[frame:]).height == 72
    with pytest.raises(HeaderError, match="more than 2000000 blocks"):
        read_header(data[:frame] + 2_000_000 * b"\x21\xfe\0" + data[frame:])
    # After the first frame, which is all that is read, they are only not counted any more.
    ending = data[:-1] + 2_000_000 * b"\x21\xfe\0" + data[frame:]
    assert read_header(ending).pages == 1


def exif(orientation: int) -> bytes:
    return b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 274, SHORT, 1, orientation) + bytes(4)


def test_one_block_of_exif_turns_a_picture() -> None:
    whole = CORPUS["jpeg"]

    def jpeg(*orientations: int) -> bytes:
        blocks = (b"Exif\0\0" + exif(orientation) for orientation in orientations)
        return (
            whole[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(b) + 2) + b for b in blocks) + whole[2:]
        )

    assert read_header(jpeg(6)).orientation == 6
    assert read_header(jpeg(6, 3)).orientation == 6
    # Each takes a while, and as many as fit into a file a quarter of a minute.
    assert read_header(jpeg(*[1] * 9, 6)).orientation == 1
    png = CORPUS["png"]
    blocks = [chunk(b"eXIf", exif(orientation)) for orientation in (6, 3)]
    assert read_header(png[:33] + b"".join(blocks) + png[33:]).orientation == 6
