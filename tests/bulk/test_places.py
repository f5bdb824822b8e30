"""Files that appear whole."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from fsspec import register_implementation
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

from numberplate.bulk.errors import BulkError, PlaceError
from numberplate.bulk.places import Folder, opened
from numberplate.bulk.plan import make_plan


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
    for name in (".a.parquet.0123.part", "b.parquet", ".mine", "c.part"):
        (tmp_path / name).touch()
    folder.remove_parts("")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine", "b.parquet", "c.part"]


def test_nothing_is_left_of_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    folder = Folder(str(tmp_path))
    with pytest.raises(BulkError, match=r"/a: "):
        folder.write("a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_two_may_write_the_same_file(tmp_path: Path) -> None:
    """Such as a machine that was thought dead: one whole file is there."""
    folder, contents = Folder(str(tmp_path)), [bytes([i]) * 200_000 for i in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda content: folder.write("a", content), contents * 20))
    assert folder.read("a") in contents
    assert folder.names("") == {"a"}


class Remote(MemoryFileSystem):
    """As FTP's: of a file that is not there it says so in a way of its own."""

    protocol = "remote"
    store: ClassVar[dict[str, MemoryFile]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    class Error(Exception):
        pass

    def rm_file(self, path: str) -> None:
        if not self.exists(path):
            raise self.Error("550 no such file")
        super().rm_file(path)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.removeprefix("remote://"))


@pytest.fixture
def remote() -> Folder:
    register_implementation("remote", Remote, clobber=True)
    Remote.store.clear()
    return Folder("remote://some/")


def test_files_of_another_machine(remote: Folder) -> None:
    remote.write("deep/a", b"1")
    remote.write("deep/a", b"2")
    remote.write("deep/.b.0123.part", b"")
    assert remote.read("deep/a") == b"2"
    assert remote.read("deep/b") is None
    remote.remove_parts("deep")
    assert remote.names("deep") == {"a"}
    assert remote.shown("deep/a") == "remote://some/deep/a"


def test_what_is_no_file_in_a_store_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BulkError, match=r"^memory://none/list\.txt: no such file$"):
        make_plan(["memory://none/list.txt"], Folder(str(tmp_path)), {})


def test_passwords_are_not_shown() -> None:
    assert Folder("https://user:secret@example.org/x?token=1").shown() == "https://example.org/x?…"
    with pytest.raises(PlaceError, match=r"^nowhere://example\.org/x: "):
        opened("nowhere://user:secret@example.org/x")
