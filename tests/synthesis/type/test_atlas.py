"""The picture of characters, drawn by a command."""

import subprocess
import sys
from pathlib import Path

import pytest

from numberplate.plates.alphabet import alphabet
from numberplate.synthesis.type.native import covers


@pytest.mark.parametrize(
    ("folder", "code", "line"),
    [
        ("none", 1, "{}: no such folder"),
        ("", 1, "{}: no font in it"),
        (None, 2, "the following arguments are required: fonts"),
    ],
)
def test_what_stops_it_is_one_clear_line(tmp_path: Path, folder: str | None, code: int, line: str) -> None:
    given = [] if folder is None else [str(tmp_path / folder)]
    command = [sys.executable, "-m", "numberplate.synthesis.type.atlas", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].endswith(line.format(*given))


@pytest.mark.parametrize("code", ["thai", "latin-extended"])  # of which a font must have all, or nothing
def test_a_file_that_is_no_font_has_no_characters(tmp_path: Path, code: str) -> None:
    (tmp_path / "none.ttf").write_bytes(b"no font")
    assert not covers(tmp_path / "none.ttf", alphabet(code), alphabet(code).own)
