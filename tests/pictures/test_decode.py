"""Pictures are made here with Pillow, another library's idea of each format."""

import gzip
import io
import os
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from numberplate.pictures.decode import MIN_SIDE, decode_picture, max_memory
from numberplate.reading import PictureError, PictureTooLargeError, read_picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 64, height: int = 48) -> np.ndarray:
    """Red top left, green top right, blue bottom left, white bottom right: any turn or mirror shows."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = RED
    picture[: height // 2, width // 2 :] = GREEN
    picture[height // 2 :, : width // 2] = BLUE
    picture[height // 2 :, width // 2 :] = WHITE
    return picture


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def assert_quarters(picture: np.ndarray, tolerance: int = 0) -> None:
    assert picture.dtype == np.uint8
    assert picture.shape == (48, 64, 3)
    assert np.abs(picture.astype(int) - quarters())[2:-2, 2:-2].mean() <= tolerance


UPRIGHT = Image.fromarray(quarters())
# For each EXIF orientation, what a camera that asks for it has stored.
STORED = {
    1: UPRIGHT,
    2: UPRIGHT.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: UPRIGHT.transpose(Image.Transpose.ROTATE_180),
    4: UPRIGHT.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: UPRIGHT.transpose(Image.Transpose.TRANSPOSE),
    6: UPRIGHT.transpose(Image.Transpose.ROTATE_90),
    7: UPRIGHT.transpose(Image.Transpose.TRANSVERSE),
    8: UPRIGHT.transpose(Image.Transpose.ROTATE_270),
}


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 6),
        ("GIF", {}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 4),
        # Its picture comes in many scans, each followed by a marker that is not the end.
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 4),
    ],
)
def test_formats(kind: str, options: dict, tolerance: int) -> None:
    assert_quarters(read_picture(encode(UPRIGHT, kind, **options)), tolerance)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "P"), ("PNG", "RGBA"), ("TIFF", "P"), ("TIFF", "RGBA"), ("TIFF", "CMYK"), ("JPEG", "CMYK")],
)
def test_modes(kind: str, mode: str) -> None:
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    assert_quarters(read_picture(encode(UPRIGHT.convert(mode), kind, **options)), 4)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits(suffix: str) -> None:
    deep = cv2.cvtColor(quarters(), cv2.COLOR_RGB2BGR).astype(np.uint16) * 257
    assert_quarters(read_picture(cv2.imencode(suffix, deep)[1].tobytes()))


def test_sixteen_bits_with_alpha() -> None:
    deep = np.dstack([quarters()[..., ::-1], np.full((48, 64), 255, np.uint8)]).astype(np.uint16) * 257
    assert_quarters(read_picture(cv2.imencode(".png", deep)[1].tobytes()))


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
def test_grey(mode: str) -> None:
    grey = np.zeros((20, 30), np.uint8)
    grey[:, 15:] = 255
    image = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey)
    image = image if mode == "I;16" else image.convert(mode)
    picture = read_picture(encode(image, "PNG"))
    assert picture.shape == (20, 30, 3)
    assert (picture == grey[..., None]).all()


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(
    ("kind", "alpha"),
    [
        ("JPEG", False),
        ("PNG", False),
        ("PNG", True),
        ("WEBP", False),
        ("WEBP", True),
        ("TIFF", False),
        ("TIFF", True),
        ("AVIF", False),
        ("AVIF", True),
    ],
)
def test_exif_orientation(orientation: int, kind: str, alpha: bool) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    image = STORED[orientation]
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    if alpha:  # opaque but for one pixel, or Pillow's WebP leaves the alpha out
        image = image.convert("RGBA")
        image.putpixel((image.width // 2, image.height // 2), (255, 255, 255, 254))
    assert_quarters(read_picture(encode(image, kind, exif=exif, **options)), 4)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparent_parts_show_white(kind: str) -> None:
    pixels = np.dstack([quarters(), np.full((48, 64), 255, np.uint8)])
    pixels[:24, :32] = (0, 0, 0, 0)  # what tools leave under what they cut out
    pixels[24:, :32, 3] = 128  # half of blue and half of white
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = read_picture(encode(Image.fromarray(pixels), kind, **options))
    assert (picture[:24, :32] == 255).all()
    assert np.abs(picture[24:, :32].astype(int) - (127, 127, 255)).max() <= 1
    assert (picture[:24, 32:] == GREEN).all()


def test_transparent_palette_shows_white() -> None:
    image = UPRIGHT.convert("P", palette=Image.Palette.ADAPTIVE)
    picture = read_picture(encode(image, "PNG", transparency=image.getpixel((2, 2))))
    assert (picture[:24, :32] == 255).all()
    assert (picture[:24, 32:] == GREEN).all()


def noise(kind: str, **options: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    return encode(Image.fromarray(pixels), kind, **options)


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.97])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {}),
        ("BMP", {}),
        ("GIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_truncated(kind: str, options: dict, kept: float) -> None:
    data = noise(kind, **options)
    with pytest.raises(PictureError):
        read_picture(data[: int(len(data) * kept)])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.5, 0.8, 0.97])
def test_cut_jpeg_is_read_as_far_as_it_goes(kept: float, progressive: bool) -> None:
    options = {"quality": 95, "subsampling": 0, "progressive": progressive}
    rough = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    data = encode(Image.fromarray(rough), "JPEG", **options)
    found = decode_picture(data[: int(len(data) * kept)])
    assert found.pixels.shape == (60, 80, 3)
    assert found.warnings == ("truncated JPEG: read as far as it goes",)
    if not progressive:
        assert (found.pixels[:16] == decode_picture(data).pixels[:16]).all()


@pytest.mark.parametrize("end", [-1, -2, -10])
def test_jpeg_without_its_last_bytes(end: int) -> None:
    whole, cut = decode_picture(noise("JPEG")), decode_picture(noise("JPEG")[:end])
    assert (whole.pixels[:40] == cut.pixels[:40]).all()
    assert (whole.warnings, len(cut.warnings)) == ((), 1)


@pytest.mark.parametrize("kept", [2, 10, 300])
def test_jpeg_that_is_cut_within_its_header(kept: int) -> None:
    with pytest.raises(PictureError, match="truncated JPEG"):
        read_picture(noise("JPEG")[:kept] if kept > 2 else b"\xff\xd8\xff")


def test_truncated_jpeg_with_whole_thumbnail() -> None:
    # The thumbnail inside of the header has an end of its own, which is not the picture's.
    thumbnail = noise("JPEG")
    block = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = noise("JPEG", quality=90)
    data = whole[:2] + block + whole[2:]
    assert read_picture(data).shape == (60, 80, 3)
    assert decode_picture(data).warnings == ()
    assert decode_picture(data[:-100]).warnings == ("truncated JPEG: read as far as it goes",)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("before", [b"\r\n", b"\0" * 500, b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"])
def test_bytes_before_a_picture_are_skipped(kind: str, before: bytes) -> None:
    found = decode_picture(before + noise(kind))
    assert (found.pixels == read_picture(noise(kind))).all()
    assert found.warnings == (f"skipped {len(before)} bytes before the picture",)


@pytest.mark.parametrize("beginning", [b"%PDF-1.7\n", b"PK\x03\x04", b"<svg>", b"\0\0\0\x18ftypmp42"])
def test_picture_within_a_file_of_another_kind_is_not_looked_for(beginning: bytes) -> None:
    with pytest.raises(PictureError, match="not a picture of a known kind"):
        read_picture(beginning + noise("JPEG"))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_first_page_is_read_and_said(kind: str) -> None:
    first = Image.fromarray(quarters())
    more = [Image.new("RGB", (64, 48), colour) for colour in (RED, BLUE)]
    data = encode(first, kind, save_all=True, append_images=more)
    found = decode_picture(data)
    assert_quarters(found.pixels, 8)
    assert found.warnings == ("page 1 of 3 is read",)


@pytest.mark.parametrize("trailer", [b"\0" * 4096, b"SEFT camera data \xff\xd8\xff", b"\xff"])
def test_jpeg_with_bytes_after_its_end(trailer: bytes) -> None:
    # Phones append depth maps and film; some cameras pad to a block of their card.
    data = noise("JPEG")
    assert (read_picture(data + trailer) == read_picture(data)).all()


def test_damaged_png() -> None:
    data = bytearray(noise("PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(PictureError, match="checksum"):
        read_picture(bytes(data))


def png_header(width: int, height: int) -> bytes:
    """A PNG of that size whose pixels are missing, in 45 bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IEND", b"")


def test_too_many_megapixels_is_said_before_decoding() -> None:
    # 10 gigapixels: decoding would need 30 GB, and there is nothing to decode.
    with pytest.raises(PictureError, match=r"100000×100000 .* 10000\.0 megapixels, at most 100 "):
        read_picture(png_header(100_000, 100_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_megapixels_of_each_format(kind: str) -> None:
    data = noise(kind)  # 80×60: 0.0048 megapixels
    assert read_picture(data, max_megapixels=0.0048).shape == (60, 80, 3)
    with pytest.raises(PictureError, match=r"80×60 .*megapixels"):
        read_picture(data, max_megapixels=0.0047)


def test_gif_whose_frame_is_larger_than_its_screen() -> None:
    data = bytearray(noise("GIF"))
    data[6:10] = (20).to_bytes(2, "little") * 2  # the screen; the frame stays 80×60
    with pytest.raises(PictureError, match="megapixels"):
        read_picture(bytes(data), max_megapixels=0.004)


@pytest.mark.parametrize("size", [(1, 1), (MIN_SIDE - 1, 100), (100, MIN_SIDE - 1)])
def test_too_small(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match=f"too small.*{size[0]}×{size[1]}.*{MIN_SIDE}×{MIN_SIDE}"):
        read_picture(encode(Image.new("RGB", size), "PNG"))


def test_files(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    good.write_bytes(encode(UPRIGHT, "PNG"))
    assert_quarters(read_picture(good))
    assert_quarters(read_picture(str(good)))
    assert_quarters(read_picture(bytearray(good.read_bytes())))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.jpg", None, "No such file"),
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"This is no picture.\n" * 20, "not a picture"),
        ("short.jpg", b"\xff\xd8\xff", "truncated"),
        ("hollow.heic", b"\0\0\0\x18ftypheic" + b"\0" * 12, "neither AVIF nor HEIC"),
        ("film.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 12, "not a picture of a known kind"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: bytes | None, reason: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PictureError, match=reason) as caught:
        read_picture(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.source == str(path)


def test_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="a folder, not a picture"):
        read_picture(tmp_path)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_endless_file() -> None:
    with pytest.raises(PictureError, match="too large a file"):
        read_picture("/dev/zero", max_megapixels=0.01)


def test_array_is_neither_copied_nor_changed() -> None:
    array = quarters()
    picture = read_picture(array)
    assert np.shares_memory(picture, array)
    assert not picture.flags.writeable
    assert array.flags.writeable


def test_array_that_is_a_mirrored_view() -> None:
    # Negative strides: what BGR[..., ::-1] gives.
    assert_quarters(read_picture(np.ascontiguousarray(quarters()[..., ::-1])[..., ::-1]))


@pytest.mark.parametrize("shape", [(48,), (3, 48, 64), (1, 48, 64, 3), (48, 64, 2), (48, 64, 0)])
def test_array_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match=r"<array>: expected an array \(height, width\) or"):
        read_picture(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("kind", ["int64", "bool", "complex64", "U1"])
def test_array_of_another_type(kind: str) -> None:
    with pytest.raises(PictureError, match="expected an array of uint8, uint16 or floats"):
        read_picture(np.zeros((48, 64, 3), kind))


@pytest.mark.parametrize("wrong", [255.0, -0.5, np.nan, np.inf])
def test_floats_out_of_range(wrong: float) -> None:
    array = np.zeros((48, 64, 3), np.float32)
    array[1, 2, 0] = wrong
    with pytest.raises(PictureError, match=r"expected floats in 0\.\.1"):
        read_picture(array)


@pytest.mark.parametrize(
    "array",
    [
        quarters() / 255,
        (quarters() / 255).astype(np.float16),
        quarters().astype(np.uint16) * 257,
        (quarters().astype(np.uint16) * 257).astype(">u2"),
        np.dstack([quarters(), np.full((48, 64), 255, np.uint8)]),
        np.dstack([quarters(), np.full((48, 64), 255, np.uint8)]) / 255,
        np.asfortranarray(quarters()),
    ],
)
def test_arrays_as_other_libraries_have_them(array: np.ndarray) -> None:
    assert_quarters(read_picture(array))


def test_grey_arrays() -> None:
    grey = quarters()[..., 0]
    for array in (grey, grey[..., None], grey / 255):
        assert (read_picture(array) == grey[..., None]).all()


@pytest.mark.parametrize("alpha", [False, True])
def test_order_of_channels(alpha: bool) -> None:
    bgr = quarters()[..., ::-1]
    array = np.dstack([bgr, np.full((48, 64), 255, np.uint8)]) if alpha else bgr
    kept = array.copy()
    assert_quarters(read_picture(array, order="BGR"))
    assert (array == kept).all()
    with pytest.raises(ValueError, match="order: expected one of RGB, BGR"):
        read_picture(array, order="GBR")  # type: ignore[arg-type]


def test_transparent_array_shows_white() -> None:
    pixels = np.dstack([quarters(), np.zeros((48, 64), np.uint8)])
    assert (read_picture(pixels) == 255).all()
    pixels[..., 3] = 128
    assert np.abs(read_picture(pixels)[4, 4].astype(int) - (255, 127, 127)).max() <= 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr", "LAB"])
def test_pictures_of_pillow(mode: str) -> None:
    if mode == "LAB":
        assert read_picture(Image.new("L", (64, 48), 7)).max() == 7
        assert read_picture(Image.new("1", (64, 48), 1)).min() == 255
        assert read_picture(Image.new("LA", (64, 48), (0, 0))).min() == 255
        assert read_picture(Image.new("I;16", (64, 48), 257 * 9)).max() == 9
        return
    assert_quarters(read_picture(UPRIGHT.convert(mode)), 4)


def test_deep_pictures_of_pillow() -> None:
    grey = quarters()[..., 0]
    as_16_bits = Image.fromarray(grey.astype(np.int32) * 257)
    floats = Image.fromarray(grey.astype(np.float32))
    for image in (as_16_bits, Image.fromarray(grey.astype(np.int32)), floats):
        assert (read_picture(image) == grey[..., None]).all()
    assert (read_picture(Image.fromarray(grey.astype(np.float32) / 255)) == grey[..., None]).all()
    assert (read_picture(Image.fromarray(grey).convert("LA").convert("La")) == grey[..., None]).all()
    with pytest.raises(PictureError, match="expected floats"):
        read_picture(Image.fromarray(np.full((48, 64), np.nan, np.float32)))


def test_pillow_pictures_are_turned_and_named(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = 6
    STORED[6].save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as image:
        assert_quarters(read_picture(image))
    (tmp_path / "cut.png").write_bytes(noise("PNG")[:-1000])
    with Image.open(tmp_path / "cut.png") as image, pytest.raises(PictureError, match=r"cut\.png: damaged"):
        read_picture(image)
    with pytest.raises(PictureTooLargeError, match="megapixels"):
        read_picture(UPRIGHT, max_megapixels=0.001)


def test_file_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encode(UPRIGHT, "PNG"))
    with path.open("rb") as file:
        assert_quarters(read_picture(file))
    assert_quarters(read_picture(io.BytesIO(path.read_bytes())))
    assert_quarters(read_picture(memoryview(path.read_bytes())))
    for encoding in ("latin-1", "utf-8"):  # of which the second takes no picture for text
        with (
            path.open("r", encoding=encoding) as text,
            pytest.raises(PictureError, match=r"a\.png: expected a file of bytes"),
        ):
            read_picture(text)  # type: ignore[arg-type]
    with pytest.raises(PictureError, match=r"a\.png: .*closed"):
        read_picture(file)
    with pytest.raises(PictureError, match="<file>: empty"):
        read_picture(io.BytesIO())


def test_file_objects_with_errors_of_their_own() -> None:
    data = encode(UPRIGHT, "PNG")
    cut = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)[:-20]))
    with pytest.raises(PictureError, match="<file>: Compressed file ended before"):
        read_picture(cut)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("a.png", data)
    damaged = zipfile.ZipFile(io.BytesIO(stored.getvalue().replace(data[-20:], bytes(20))))
    with damaged.open("a.png") as file, pytest.raises(PictureError, match=r"a\.png: Bad CRC-32"):
        read_picture(file)


def test_pictures_of_pillow_with_errors_of_their_own() -> None:
    cut = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(noise("BMP"))[:-20]))
    with Image.open(cut) as image, pytest.raises(PictureError, match="damaged: Compressed file ended"):
        read_picture(image)


def test_what_is_no_source() -> None:
    with pytest.raises(PictureError, match=r"no picture but None, which cv2\.imread gives"):
        read_picture(None)  # type: ignore[arg-type]
    with pytest.raises(PictureError, match="<list>: expected a path, bytes"):
        read_picture([quarters()])  # type: ignore[arg-type]


def test_file_uris(tmp_path: Path) -> None:
    path = tmp_path / "a car, 100 %.png"
    path.write_bytes(encode(UPRIGHT, "PNG"))
    assert_quarters(read_picture(path.as_uri()))
    with pytest.raises(PictureError, match="a file of another machine"):
        read_picture("file://elsewhere/car.png")


@pytest.mark.parametrize("kind", ["AVIF", "JPEG2000"])
@pytest.mark.parametrize("alpha", [False, True])
def test_later_formats(kind: str, alpha: bool) -> None:
    image = UPRIGHT.convert("RGBA") if alpha else UPRIGHT
    if alpha:
        image.putpixel((40, 5), (0, 255, 0, 254))
    assert_quarters(
        read_picture(encode(image, kind, quality=95) if kind == "AVIF" else encode(image, kind)), 8
    )


def test_code_stream_of_jpeg_2000_alone() -> None:
    assert_quarters(read_picture(encode(UPRIGHT, "JPEG2000", no_jp2=True)))


@pytest.mark.parametrize("alpha", [False, True])
def test_heic(alpha: bool) -> None:
    heif = pytest.importorskip("pillow_heif", reason="needs pillow-heif, of the extra heic")
    image = UPRIGHT.convert("RGBA") if alpha else UPRIGHT
    file = io.BytesIO()
    heif.from_pillow(image).save(file, quality=95)
    assert_quarters(read_picture(file.getvalue()), 8)
    with pytest.raises(PictureError, match="megapixels"):
        read_picture(file.getvalue(), max_megapixels=0.003)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_large_jpeg_may_be_decoded_smaller(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    data = encode(Image.new("RGB", (1600, 800)), "JPEG", exif=exif)
    turned = orientation >= 5
    for grey_side, side in ((1600, 1600), (801, 1600), (800, 800), (201, 400), (200, 200), (10, 200)):
        found = decode_picture(data, grey_side=grey_side)
        assert found.pixels.shape == ((side, side // 2) if turned else (side // 2, side))
        assert (found.width, found.height) == ((800, 1600) if turned else (1600, 800))


def test_the_file_and_its_turning_take_memory_too() -> None:
    assert max_memory(13) == 64_000_000
    # 4 bytes a pixel to decode, and twice the 3 bytes that it has in the file.
    bitmap = cv2.imencode(".bmp", np.zeros((2000, 4000, 3), np.uint8))[1].tobytes()
    with pytest.raises(PictureTooLargeError, match="takes 80 MB of memory"):
        read_picture(bitmap, max_megapixels=13)
    exif = Image.Exif()
    exif[0x112] = 6
    upright, lying = (encode(Image.new("RGB", (4000, 3000)), "JPEG", exif=e) for e in (Image.Exif(), exif))
    assert read_picture(upright, max_megapixels=13).shape == (3000, 4000, 3)
    with pytest.raises(PictureTooLargeError, match="takes 72 MB of memory"):
        read_picture(lying, max_megapixels=13)


@pytest.mark.slow
def test_memory_is_bounded_beside_the_pixels() -> None:
    # 4 bytes a pixel of 16 bits each: fewer of these than of RGB with 8.
    deep = np.full((2000, 4500, 4), 65535, np.uint16)
    data = cv2.imencode(".png", deep, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    assert max_memory(9) == 64_000_000
    with pytest.raises(
        PictureTooLargeError, match=r"4500×2000 pixels of this PNG takes \d+ MB of memory, at most 64"
    ):
        read_picture(data, max_megapixels=9)
    assert (read_picture(data, max_megapixels=20) == 255).all()


def test_a_large_file_may_take_longer() -> None:
    """Noise of 12 megapixels, more than any scan has: the estimate would be too much for a small file."""
    noise = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), np.uint8)
    data = cv2.imencode(".png", noise, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    assert decode_picture(data, grey_side=1280).width == 4000
