import os

import pytest

from numberplate.cli.output.lines import shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gate/Ü 皖.jpg", "gate/Ü 皖.jpg"),
        ("two\nlines\x1b[2J", "two\ufffdlines\ufffd[2J"),
        (os.fsdecode(b"caf\xe9.jpg"), "caf\ufffd.jpg"),  # a file's name in another encoding
        ("gate \ud83d", "gate \ufffd"),  # a camera's, from JSON
    ],
)
def test_names_are_made_fit_for_a_line(name: str, expected: str) -> None:
    assert shown(name) == expected
