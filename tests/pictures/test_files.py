import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from numberplate.pictures.decode import PictureError
from numberplate.pictures.files import find_pictures, output_folders, output_paths


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ["b.jpg", "a.JPG", "notes.txt", "._a.jpg", "deep/er/c.png", ".hidden/d.png", "out/a.jpg"]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(paths: list[str], *leave_out: Path | None) -> list[str]:
    return [p.source if p.error is None else f"! {p.source}" for p in find_pictures(paths, *leave_out)]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["photos"], ["photos/a.JPG", "photos/b.jpg", "photos/deep/er/c.png", "photos/out/a.jpg"]),
        (["photos/*"], ["photos/a.JPG", "photos/b.jpg", "photos/deep/er/c.png", "photos/out/a.jpg"]),
        (["photos/**/*.png"], ["photos/deep/er/c.png"]),
        (["photos/[ab].*"], ["photos/a.JPG", "photos/b.jpg"]),
        # A file is taken as it is named; whether it is a picture is found when it is read.
        (["photos/notes.txt", "photos/._a.jpg"], ["photos/notes.txt", "photos/._a.jpg"]),
        (["-", "photos/b.jpg", "-"], ["-", "photos/b.jpg"]),
        (["photos/b.jpg", "photos/./b.jpg", "photos/b.*"], ["photos/b.jpg"]),
        (["empty", "photos/b.jpg"], ["! empty", "photos/b.jpg"]),
        (["photos/*.bmp"], ["! photos/*.bmp"]),
        (["missing.jpg"], ["missing.jpg"]),
        (["rtsp://user:secret@host/*.jpg"], ["! rtsp://host/*.jpg"]),
    ],
)
def test_find_pictures(photos: Path, paths: list[str], expected: list[str]) -> None:
    assert names(paths) == expected


def test_name_with_brackets_is_a_name_first(photos: Path) -> None:
    Path("car [1].jpg").touch()
    assert names(["car [1].jpg"]) == ["car [1].jpg"]


def test_folder_that_is_written_to_is_passed_over(photos: Path) -> None:
    assert names(["photos"], Path("photos/out")) == ["photos/a.JPG", "photos/b.jpg", "photos/deep/er/c.png"]
    left = names(["photos"], None, Path("photos/deep"), Path("photos/out"))
    assert left == ["photos/a.JPG", "photos/b.jpg"]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["x/a.jpg"], ["out/a.jpg"]),
        (["x/a.jpg", "y/a.jpg"], ["out/x/a.jpg", "out/y/a.jpg"]),
        (["x/a.jpg", "x/y/a.jpg"], ["out/a.jpg", "out/y/a.jpg"]),
        # The same name but for a suffix that is not written.
        (["x/a.png", "x/a.gif", "x/a.webp"], ["out/a.png", "out/a.gif.png", "out/a.webp.png"]),
        (
            ["x/a.gif", "x/a.gif.png", "x/a.gif.PNG"],
            ["out/a.gif.png.png.png", "out/a.gif.png", "out/a.gif.PNG.png"],
        ),
        (["-", "x/a.jpg"], ["out/stdin.png", "out/a.jpg"]),
        (["-", "x/stdin.png"], ["out/stdin.png.png", "out/stdin.png"]),
        (["../x/a.jpg", "y/a.jpg"], None),  # wherever they go, not outside of the folder, nor onto each other
    ],
)
def test_output_paths(sources: list[str], expected: list[str] | None) -> None:
    found = output_paths(sources, Path("out"))
    if expected is not None:
        assert [str(found[s]) for s in sources] == expected
    assert len(set(found.values())) == len(sources)
    for path in found.values():
        assert path.resolve().is_relative_to(Path("out").resolve())


@pytest.mark.skipif(os.name != "nt", reason="needs drives")
def test_pictures_on_two_drives() -> None:
    sources = [r"C:\x\a.jpg", r"D:\x\a.jpg", r"\\host\share\a.gif"]
    names = [r"C\x\a.jpg", r"D\x\a.jpg", r"host_share\a.gif"]
    assert output_paths(sources, Path("out")) == {
        source: Path("out", name if name.endswith("jpg") else f"{name}.png")
        for source, name in zip(sources, names, strict=True)
    }
    folders = output_folders(sources, Path("out"))
    assert folders == {s: Path("out", name).with_suffix("") for s, name in zip(sources, names, strict=True)}


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["x/a.jpg"], ["out/a"]),
        (["x/a.jpg", "y/a.jpg"], ["out/x/a", "out/y/a"]),
        (["-", "x/a.v2.jpg"], ["out/stdin", "out/a.v2"]),
        # Without their suffixes these would be the same, on some file systems at least.
        (["x/a.jpg", "x/A.png", "x/b.jpg"], ["out/a.jpg", "out/A.png", "out/b"]),
        (["x/a", "x/a.jpg"], ["out/a", "out/a.jpg"]),
        (["x/a.jpg.png", "x/a.jpg", "x/a.gif"], ["out/a.jpg.png", "out/a.jpg", "out/a.gif"]),
        (["-", "x/stdin.jpg"], ["out/stdin", "out/stdin.jpg"]),
    ],
)
def test_output_folders(sources: list[str], expected: list[str]) -> None:
    found = output_folders(sources, Path("out"))
    assert [found[source].as_posix() for source in sources] == expected


def test_other_files_are_counted(photos: Path) -> None:
    for name in ("a.txt", "film.mp4", "deep/b.TXT", "README"):
        (photos / "photos" / name).touch()
    found = find_pictures(["photos", "empty"])
    assert found.left_out == {".txt": 3, ".mp4": 1, "": 1}
    assert found.left_out_line() == "5 other files left out (3 .txt, 1 without a suffix, 1 .mp4)"
    assert find_pictures(["photos/b.jpg"]).left_out_line() is None


def test_folder_of_other_files_alone(photos: Path) -> None:
    (photos / "empty" / "film.mp4").touch()
    (found,) = find_pictures(["empty"])
    assert found.error == "a folder with no picture in it: 1 other file left out (1 .mp4)"


@pytest.mark.parametrize("suffix", [".avif", ".heic", ".HEIF", ".jp2", ".jxl"])
def test_later_formats_in_a_folder(photos: Path, suffix: str) -> None:
    (photos / "empty" / f"a{suffix}").touch()
    (found,) = find_pictures(["empty"])
    assert (found.error is None) == (suffix != ".jxl")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("b.jpg", b"second")
        file.writestr("a/a.PNG", b"first")
        for name in ("notes.txt", "__MACOSX/._b.jpg", ".hidden.jpg", "a/.x/c.jpg"):
            file.writestr(name, b"")
        file.writestr("../../out.jpg", b"third")
        file.writestr("huge.jpg", bytes(70_000_000))
    return path


def test_zip_file(archive: Path) -> None:
    found = find_pictures([str(archive)])
    names = [Path(p.source).relative_to(archive).as_posix() for p in found]
    assert names == ["out.jpg", "a/a.PNG", "b.jpg", "huge.jpg"]
    assert [p.content(1.0)[:6] for p in found[:3]] == [b"third", b"first", b"second"]
    assert len(found[3].content(1.0)) == 32_000_001  # one more than is read
    assert found.left_out == {".txt": 1}


@pytest.mark.skipif(os.name == "nt", reason="no such limit on Windows")
def test_more_zip_files_than_a_program_may_open(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for i in range(80):
        with zipfile.ZipFile(tmp_path / f"{i:02d}.zip", "w") as file:
            file.writestr("car.jpg", str(i))
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 40, hard))
    try:
        found = [one.content() for one in find_pictures([str(tmp_path / "*.zip")])]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [str(i).encode() for i in range(80)]


def test_a_zip_file_that_has_changed_since_it_was_listed(archive: Path) -> None:
    found = find_pictures([str(archive)])
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("b.jpg", "new")
    given = {one.member: one for one in found}
    assert given["b.jpg"].content() == b"new"
    with pytest.raises(PictureError, match=r"cannot be read from the zip: .*a\.PNG"):
        next(one for name, one in given.items() if name.endswith("a.PNG")).content()


def test_damaged_zip_files(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip file")
    (found,) = find_pictures([str(tmp_path / "text.zip")])
    assert found.error == "a zip file that cannot be read: File is not a zip file"
    data = bytearray(archive.read_bytes())
    at = data.index(b"b.jpg") + 5
    data[at : at + 4] = b"\xff" * 4
    archive.write_bytes(data)
    damaged = next(p for p in find_pictures([str(archive)]) if p.source.endswith("b.jpg"))
    with pytest.raises(PictureError, match=r"photos\.zip/b\.jpg: cannot be read from the zip"):
        damaged.content()


def test_addresses(photos: Path) -> None:
    found = find_pictures(["http://u:p@host/car.jpg", "photos/b.jpg", (photos / "photos" / "b.jpg").as_uri()])
    assert [p.source for p in found] == ["http://host/car.jpg", "photos/b.jpg"]
    assert found[0].content() == "http://u:p@host/car.jpg"
    assert "u:p" not in repr(found)
    (elsewhere,) = find_pictures(["file://elsewhere/a.jpg"])
    assert elsewhere.error == "a file of another machine"
    assert [p.source for p in find_pictures([photos.as_uri() + "/photos/deep"])] == [
        str(photos / "photos" / "deep" / "er" / "c.png")
    ]
    places = output_paths(["https://host:81/a/car.jpg", "https://host/"], Path("out"))
    assert sorted(map(str, places.values())) == ["out/host/picture.png", "out/host_81/a/car.jpg"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_pipes_in_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "car.jpg").write_bytes(b"")
    assert [Path(one.source).name for one in find_pictures([str(tmp_path)])] == ["car.jpg", "nowhere.jpg"]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    disk, photos = tmp_path / "disk", tmp_path / "photos"
    for folder in (disk / "deep", photos / "b"):
        folder.mkdir(parents=True)
    for place in (disk / "one.jpg", disk / "deep" / "two.jpg", photos / "b" / "three.jpg"):
        place.write_bytes(b"")
    (photos / "a").symlink_to(disk)
    (photos / "c").symlink_to("b")
    (disk / "deep" / "back").symlink_to(photos)
    (photos / "b" / "self").symlink_to(".")
    found = [Path(one.source).relative_to(photos).as_posix() for one in find_pictures([str(photos)])]
    assert found == ["a/one.jpg", "a/deep/two.jpg", "b/three.jpg", "c/three.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="names of paths are short on Windows")
def test_folders_that_are_very_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    depth = 1000
    monkeypatch.chdir(tmp_path)
    try:
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
        Path("car.jpg").touch()
        os.chdir(tmp_path)
        assert [one.source for one in find_pictures(["d"])] == ["d/" * depth + "car.jpg"]
    finally:  # which Python and pytest do by recursion
        subprocess.run(["rm", "-r", tmp_path / "d"], check=True)
