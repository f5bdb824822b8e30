"""Files that take the place of the one before once they are whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from numberplate.replacing import replacing, write_whole


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
    with pytest.raises(IsADirectoryError) as raised, replacing(tmp_path / "folder") as part:
        part.write_text("a file")
    assert raised.value.filename == str(tmp_path / "folder")
    with pytest.raises(FileNotFoundError, match=r"none.a\.json'$"):
        write_whole(tmp_path / "none" / "a.json", "text")
    assert [place.name for place in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
@pytest.mark.parametrize("call", ["write_whole(path, bytes(9999))", "write_picture(path, noise)"])
def test_a_disk_that_is_full_leaves_the_file_of_before_and_the_error_names_it(
    call: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_text("old")
    program = (
        "import resource, sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from numberplate.pictures.encode import write_picture\n"
        "from numberplate.replacing import write_whole\n"
        "noise = np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)\n"
        "path = Path(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"  # as a full disk, in the middle of it
        f"try: {call}\n"
        "except OSError as error: print(error.filename)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (f"{path}\n", "")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
