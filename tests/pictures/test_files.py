from pathlib import Path

import pytest

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
        (["-", "x/a.jpg"], ["out/stdin.png", "out/a.jpg"]),
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
