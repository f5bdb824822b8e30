"""Files that appear whole."""

from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from numberplate.bulk.errors import BulkError, PlaceError
from numberplate.bulk.places import Folder, opened


def test_files(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "new" / "folder"))
    assert folder.names("deep") == set()
    assert folder.read("deep/a") is None
    folder.write("deep/a", b"1")
    folder.write("deep/a", b"2")
    assert folder.read("deep/a") == b"2"
    assert folder.names("deep") == {"a"}
    folder.remove("deep/a")
    folder.remove("deep/a")
    assert list((tmp_path / "new" / "folder" / "deep").iterdir()) == []


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(str(tmp_path))
    folder.write("a", b"old")

    class FullDisk(LocalFileSystem):
        def open(self, *_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "fs", FullDisk())
    with pytest.raises(BulkError, match=r"/a: No space left on device"):
        folder.write("a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_killed_writers_left_is_removed(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    for name in (".a.parquet.0123.part", "b.parquet", ".mine"):
        (tmp_path / name).touch()
    folder.remove_parts("")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine", "b.parquet"]


def test_passwords_are_not_shown() -> None:
    assert Folder("https://user:secret@example.org/x?token=1").shown() == "https://example.org/x?…"
    with pytest.raises(PlaceError, match=r"^nowhere://example\.org/x: "):
        opened("nowhere://user:secret@example.org/x")
