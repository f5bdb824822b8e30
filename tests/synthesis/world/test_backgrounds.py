import io
import os
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from numberplate.synthesis.world.backgrounds import BackgroundError, Backgrounds, patterns

COLOURS = {"a.png": (200, 30, 40), "b/c.JPG": (20, 180, 60), "b/d.png": (10, 20, 220)}
"""Three pictures of one colour each, in order of name."""


def encoded(name: str, colour: tuple[int, int, int]) -> bytes:
    picture = np.full((12, 16, 3), colour[::-1], np.uint8)
    return cv2.imencode(Path(name).suffix, picture)[1].tobytes()


FILES = {name: encoded(name, colour) for name, colour in COLOURS.items()}
BESIDE = {"README.txt": b"no picture", "b/._c.jpg": b"what macOS adds to an archive", "empty.csv": b""}


def as_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def as_zip(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def as_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")

MAKERS: dict[str, Callable[[Path, dict[str, bytes]], Path]] = {
    "folder": lambda path, files: as_folder(path / "photos", files),
    "photos.zip": lambda path, files: as_zip(path / "photos.zip", files),
    "photos.tar": lambda path, files: as_tar(path / "photos.tar", files),
    "photos.tar.gz": lambda path, files: as_tar(path / "photos.tar.gz", files, "w:gz"),
    "photos.bin": lambda path, files: as_tar(
        path / "photos.bin", files, "w:xz"
    ),  # told by content, not by name
}


@needs_pipes
def test_a_pipe_is_no_source_of_pictures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tar")
    with pytest.raises(BackgroundError, match=r"pipe\.tar: not a folder, zip or tar$"):
        Backgrounds(tmp_path / "pipe.tar")


@pytest.mark.parametrize("kind", MAKERS)
def test_pictures_come_in_order_of_name(tmp_path: Path, kind: str) -> None:
    backgrounds = Backgrounds(MAKERS[kind](tmp_path, {**BESIDE, **dict(reversed(FILES.items()))}))
    assert len(backgrounds) == 3
    for i, colour in enumerate(COLOURS.values()):
        picture = backgrounds.picture(i)
        assert picture.shape == (12, 16, 3)
        assert picture.dtype == np.uint8
        assert np.abs(picture.astype(int) - colour).max() <= 6  # JPEG loses a little
        assert (backgrounds.picture(i + 3) == picture).all()  # the index goes round
        assert backgrounds.boxes(i) == []


def test_pictures_are_not_to_be_written_to(tmp_path: Path) -> None:
    for backgrounds in (Backgrounds(), Backgrounds(as_folder(tmp_path, FILES))):
        with pytest.raises(ValueError, match="read-only"):
            backgrounds.picture(0)[0, 0] = 0


def test_more_pictures_than_are_kept_in_memory(tmp_path: Path) -> None:
    files = {f"{i:03d}.png": encoded("x.png", (i, 255 - i, 7)) for i in range(60)}
    backgrounds = Backgrounds(as_folder(tmp_path, files))
    for _ in range(2):
        assert [int(backgrounds.picture(i)[0, 0, 0]) for i in range(60)] == list(range(60))


def test_keep_splits_them(tmp_path: Path) -> None:
    folder = as_folder(tmp_path, FILES)
    kept = Backgrounds(folder, keep=lambda place: place != 1)
    rest = Backgrounds(folder, keep=lambda place: place == 1)
    assert (len(kept), len(rest)) == (2, 1)
    assert np.abs(kept.picture(1).astype(int) - COLOURS["b/d.png"]).max() <= 2
    assert np.abs(rest.picture(0).astype(int) - COLOURS["b/c.JPG"]).max() <= 6


def test_boxes_of_real_plates(tmp_path: Path) -> None:
    rows = [
        "image,x,y,width,height,confidence",
        "a.png,1,2,3.7,4,0.9",
        "a.png,5,6,7,8,0.19",
        "b/d.png,9,8,7,6,0.2",
    ]
    folder = as_folder(tmp_path, {**FILES, "plates.csv": "\n".join(rows).encode()})
    backgrounds = Backgrounds(folder)
    assert [backgrounds.boxes(i) for i in range(4)] == [[(1, 2, 3, 4)], [], [(9, 8, 7, 6)], [(1, 2, 3, 4)]]
    assert Backgrounds(folder, covered=0.1).boxes(0) == [(1, 2, 3, 4), (5, 6, 7, 8)]
    # They stay with their pictures where some of these are held out.
    assert Backgrounds(folder, keep=lambda place: place == 2).boxes(0) == [(9, 8, 7, 6)]


@pytest.mark.parametrize("folder", ["", "./", "photos/"])
@pytest.mark.parametrize("kind", MAKERS)
def test_boxes_in_an_archive(tmp_path: Path, kind: str, folder: str) -> None:
    rows = b"image,x,y,width,height,confidence\na.png,1,2,3,4,0.9\nb/d.png,9,8,7,6,0.9\n"
    others = {"b/plates.csv": b"of nothing here", "plates.csv": rows, "my-plates.csv": b""}
    if kind == "folder" and folder == "photos/":
        folder = ""  # only that of the folder itself counts
    files = {f"{folder}{name}": data for name, data in {**others, **FILES}.items()}
    backgrounds = Backgrounds(MAKERS[kind](tmp_path, files))
    assert [backgrounds.boxes(i) for i in range(3)] == [[(1, 2, 3, 4)], [], [(9, 8, 7, 6)]]
    assert backgrounds.vehicles == (0, 2)


def test_pictures_with_a_sure_plate_show_vehicles(tmp_path: Path) -> None:
    rows = [
        "image,x,y,width,height,confidence",
        "a.png,1,2,3,4,0.3",
        "a.png,1,2,3,4,0.5",
        "a.png,1,2,3,4,0.2",
        "b/c.JPG,1,2,3,4,0.49",
    ]
    folder = as_folder(tmp_path, {**FILES, "plates.csv": "\n".join(rows).encode()})
    backgrounds = Backgrounds(folder)
    assert backgrounds.vehicles == (0,)
    assert backgrounds.boxes(1) == [(1, 2, 3, 4)]  # in doubt it is covered all the same
    assert Backgrounds(as_folder(tmp_path / "other", FILES)).vehicles == ()


def test_a_vehicle_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    rows = b"image,x,y,width,height,confidence\na.png,1,2,3,4,1\nb/d.png,1,2,3,4,1\n"
    folder = as_folder(tmp_path, {**FILES, "a.png": b"", "plates.csv": rows})
    backgrounds = Backgrounds(folder)
    assert backgrounds.vehicles == (0, 2)
    assert [backgrounds.vehicle(i) for i in range(4)] == [2, 2, 2, 2]
    (folder / "b/d.png").unlink()
    assert Backgrounds(folder).vehicle(0) is None
    assert Backgrounds().vehicle(0) is None


def test_boxes_that_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    text = "\ufeffimage,x,y,width,height,confidence\na.png,1,2,3,4,0.9\n"
    folder = as_folder(tmp_path, {**FILES, "plates.csv": text.encode()})
    assert Backgrounds(folder).boxes(0) == [(1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a.png,1,2,3,4,high", "high"),
        ("a.png,1,2,3", "not a box"),  # cut short
        ("a.png,1,2,3,,0.9", "not a box"),
        ("a.png,1,2,inf,4,0.9", "infinity"),
        ("a.png,1,2,3,4,nan", "not a box: a confidence of nan"),
        ("a.png,1,2,3,4,90", "not a box: a confidence of 90, not of 0 to 1"),
        ("a.png,1,2,-3,4,0.9", "not a box: -3 wide and 4 high"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, row: str, reason: str) -> None:
    text = f"image,x,y,width,height,confidence\na.png,1,2,3,4,0.9\n{row}\n"
    folder = as_folder(tmp_path, {**FILES, "plates.csv": text.encode()})
    with pytest.raises(BackgroundError, match=reason) as caught:
        Backgrounds(folder)
    assert str(caught.value).startswith(f"{folder / 'plates.csv'}, line 3: ")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    folder = as_folder(tmp_path, {**FILES, "plates.csv": b"image,x,y,width,height\na.png,1,2,3,4\n"})
    with pytest.raises(BackgroundError, match="line 2: no column 'confidence'"):
        Backgrounds(folder)


def missing(path: Path) -> Path:
    return path / "none"


def text(path: Path) -> Path:
    return as_folder(path, {"photos.zip": b"this is no archive"}) / "photos.zip"


def empty_file(path: Path) -> Path:
    return as_folder(path, {"photos.tar": b""}) / "photos.tar"


def empty_folder(path: Path) -> Path:
    return as_folder(path, {"README.txt": b"no picture"})


def empty_zip(path: Path) -> Path:
    return as_zip(path / "photos.zip", BESIDE)


def cut_tar_gz(path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, 60_000, np.uint8).tobytes()
    tar = as_tar(path / "photos.tar.gz", {"a.png": noise, "b.png": noise}, "w:gz")
    tar.write_bytes(tar.read_bytes()[:40_000])
    return tar


def broken_zip(path: Path) -> Path:
    archive = as_zip(path / "photos.zip", FILES)
    data = bytearray(archive.read_bytes())
    start = data.index(b"PK\x01\x02")  # the first entry of its directory
    data[start : start + 4] = b"PK\x09\x09"
    archive.write_bytes(data)
    return archive


def zip_of_a_later_version(path: Path) -> Path:
    archive = as_zip(path / "photos.zip", FILES)
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 100
    archive.write_bytes(data)
    return archive


def zip_of_a_damaged_name(path: Path) -> Path:
    archive = as_zip(path / "photos.zip", {"ä.png": FILES["a.png"]})
    archive.write_bytes(archive.read_bytes().replace("ä.png".encode(), b"\xc3\xc3.png"))
    return archive


def damaged_tar_xz(path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, 60_000, np.uint8).tobytes()
    tar = as_tar(path / "photos.tar.xz", {"a.png": noise, "b.png": noise}, "w:xz")
    data = bytearray(tar.read_bytes())
    data[len(data) // 2] ^= 0xFF
    tar.write_bytes(data)
    return tar


def not_utf8(path: Path) -> Path:
    return as_folder(path, {**FILES, "plates.csv": b"image,x\n\xff\xfe"})


def endless_field(path: Path) -> Path:
    return as_folder(path, {**FILES, "plates.csv": b"image,x\n" + b"a" * 200_000})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (missing, "No such file"),
        (text, "not a folder, zip or tar"),
        (empty_file, "not a folder, zip or tar|no picture in it"),  # an empty file is an empty tar to some
        (empty_folder, "no picture in it"),
        (empty_zip, "no picture in it"),
        (cut_tar_gz, "the archive is damaged"),
        (broken_zip, "the archive is damaged"),
        (zip_of_a_later_version, "the archive is damaged: zip file version"),
        (zip_of_a_damaged_name, "the archive is damaged"),
        (damaged_tar_xz, "the archive is damaged"),
        (not_utf8, "utf-8"),
        (endless_field, "field larger than field limit"),
    ],
)
def test_a_source_that_cannot_be_used_is_named(
    tmp_path: Path, make: Callable[[Path], Path], reason: str
) -> None:
    path = make(tmp_path)
    with pytest.raises(BackgroundError, match=reason) as caught:
        Backgrounds(path)
    assert str(caught.value).startswith(str(path))


def test_too_few_to_hold_some_out(tmp_path: Path) -> None:
    with pytest.raises(BackgroundError, match=r"too few pictures \(3\) to keep some for validation"):
        Backgrounds(as_folder(tmp_path, FILES), keep=lambda place: place == 6)


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    cut = FILES["a.png"][:30]
    for i, (data, kind) in enumerate((d, k) for d in (b"", b"text", cut) for k in MAKERS):
        (tmp_path / str(i)).mkdir()
        path = MAKERS[kind](tmp_path / str(i), {"bad.png": data})
        backgrounds = Backgrounds(path)
        with pytest.raises(BackgroundError, match=re.escape(f"{path}: bad.png is not a picture")):
            backgrounds.picture(0)


def gone(path: Path) -> Backgrounds:
    folder = as_folder(path, FILES)
    backgrounds = Backgrounds(folder)
    (folder / "a.png").unlink()
    return backgrounds


def changed_in_a_zip(path: Path) -> Backgrounds:
    archive = as_zip(path / "photos.zip", FILES)
    data = bytearray(archive.read_bytes())
    place = data.index(FILES["a.png"]) + 20
    data[place] ^= 0xFF  # its checksum tells
    archive.write_bytes(data)
    return Backgrounds(archive)


def changed_in_a_zip_of_lzma(path: Path) -> Backgrounds:
    archive = as_zip(path / "photos.zip", FILES, zipfile.ZIP_LZMA)
    data = bytearray(archive.read_bytes())
    place = data.index(b"a.png") + 20
    data[place : place + 20] = b"\xff" * 20
    archive.write_bytes(data)
    return Backgrounds(archive)


def pipe(path: Path) -> Backgrounds:
    folder = as_folder(path, FILES)
    (folder / "a.png").unlink()
    os.mkfifo(folder / "a.png")
    return Backgrounds(folder)


def boxed_elsewhere(path: Path) -> Backgrounds:
    rows = b"image,x,y,width,height,confidence\na.png,14,33,1e9,4,0.9\nb/c.JPG,-9,-9,30,20,0.9\n"
    return Backgrounds(as_folder(path, {**FILES, "plates.csv": rows}))


def behind_a_password(path: Path) -> Backgrounds:
    archive = as_zip(path / "photos.zip", FILES)
    data = bytearray(archive.read_bytes())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # of the first file, at both its places
        data[data.index(sign) + flags] |= 1
    archive.write_bytes(data)
    return Backgrounds(archive)


def cut_in_a_tar(path: Path) -> Backgrounds:
    return Backgrounds(as_tar(path / "photos.tar", {**FILES, "a.png": FILES["a.png"][:30]}))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (gone, r"a\.png: No such file"),
        (changed_in_a_zip, r"a\.png: the archive is damaged"),
        (cut_in_a_tar, r"a\.png is not a picture"),
        (behind_a_password, r"a\.png' is encrypted"),
        (changed_in_a_zip_of_lzma, r"a\.png: the archive is damaged"),
        pytest.param(pipe, r"a\.png: not a file", marks=needs_pipes),
        (boxed_elsewhere, r"a\.png: plates\.csv has a box far beyond its edges"),
    ],
)
def test_a_picture_that_cannot_be_read_is_named_once_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], Backgrounds], reason: str
) -> None:
    backgrounds = make(tmp_path)
    for _ in range(2):
        for index in (0, 3, 1):  # the second takes the place of the first
            assert np.abs(backgrounds.picture(index).astype(int) - COLOURS["b/c.JPG"]).max() <= 6
    assert np.abs(backgrounds.picture(2).astype(int) - COLOURS["b/d.png"]).max() <= 2
    assert [*backgrounds.refused] == [0]
    assert re.search(reason, backgrounds.refused[0])
    named = capsys.readouterr().err.splitlines()
    assert len(named) == 1
    assert re.search(f"^numberplate: left out .*{reason}", named[0])


def test_the_boxes_are_those_of_the_picture_that_is_shown(tmp_path: Path) -> None:
    rows = b"image,x,y,width,height,confidence\na.png,1,1,1,1,1\nb/c.JPG,2,3,4,5,1\n"
    folder = as_folder(tmp_path, {**FILES, "a.png": b"", "plates.csv": rows})
    assert [Backgrounds(folder).boxes(i) for i in range(3)] == [[(2, 3, 4, 5)], [(2, 3, 4, 5)], []]


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize(("side", "by"), [(1599, 1), (3199, 1), (3201, 2), (6400, 4), (13000, 8)])
def test_a_large_picture_is_decoded_smaller(tmp_path: Path, suffix: str, side: int, by: int) -> None:
    picture = np.full((40, side, 3), 90, np.uint8)
    picture[8:24, 800:1280] = 200
    cv2.imwrite(str(tmp_path / f"wide{suffix}"), picture)
    (tmp_path / "plates.csv").write_text(
        f"image,x,y,width,height,confidence\nwide{suffix},800,8,480,16,1\n", encoding="utf-8"
    )
    backgrounds = Backgrounds(tmp_path)
    decoded = backgrounds.picture(0)
    assert abs(decoded.shape[1] - side / by) <= 1
    ((x, y, width, height),) = backgrounds.boxes(0)
    assert (x, y, width, height) == (800 // by, 8 // by, 480 // by, 16 // by)
    assert decoded[y : y + height, x : x + width].min() > 120


def test_a_picture_that_pillow_takes_for_a_bomb_is_decoded_smaller_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cv2.imwrite(str(tmp_path / "wide.jpg"), np.full((8, 3201, 3), 90, np.uint8))
    for most in (20_000, 5_000):  # Pillow warns from it on, and refuses what is twice as large
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        assert Backgrounds(tmp_path).picture(0).shape[1] == 1601


def test_without_a_source_they_are_drawn() -> None:
    one, other = Backgrounds(), Backgrounds(keep=lambda place: place == 0)
    assert len(one) == len(other) > 100
    assert (one.picture(5) == other.picture(5)).all()
    assert (one.picture(5) != one.picture(6)).any()
    picture = patterns(np.random.default_rng(1), 50, 70)
    assert picture.shape == (50, 70, 3)
    assert picture.dtype == np.uint8
