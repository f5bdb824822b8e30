"""Files that take the place of the one before once they are whole."""

from pathlib import Path

import pytest

from numberplate.replacing import replacing


def test_the_file_is_the_old_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
        assert part.parent == tmp_path
        assert part.name.startswith(".")
        assert part.suffix == ".part"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_breaks_off_changes_nothing(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def break_off() -> None:
        with replacing(path) as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        break_off()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_last_of_two_writers_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with replacing(path) as one, replacing(path) as other:
        other.write_text("other")
        one.write_text("one")
    assert path.read_text() == "one"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError), replacing(tmp_path / "folder") as part:
        part.write_text("a file")
    assert [place.name for place in tmp_path.iterdir()] == ["folder"]
