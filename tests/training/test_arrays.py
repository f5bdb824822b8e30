from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from numberplate.training.arrays import read_arrays
from numberplate.training.recipe import RecipeError


def test_arrays_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=np.ones(3), two=np.zeros(2))
    found = read_arrays(tmp_path / "a.npz")
    assert {name: values.tolist() for name, values in found.items()} == {"one": [1, 1, 1], "two": [0, 0]}


def _of_another_version(content: bytes) -> bytes:
    place = content.index(b"PK\1\2") + 6
    return content[:place] + b"\x58" + content[place + 1 :]


def _of_a_way_of_packing_that_is_none(content: bytes) -> bytes:
    place = content.index(b"PK\1\2") + 10
    return content[:place] + b"\x58" + content[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-9],
        lambda content: content.replace(b"NUMPY", b"NUMBY"),
        _of_another_version,
        _of_a_way_of_packing_that_is_none,
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, one=np.ones(3))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RecipeError, match=r"a\.npz: cannot be loaded: ."):
        read_arrays(path)


def test_an_array_alone_is_none(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones(3))
    with pytest.raises(RecipeError, match=r"a\.npy: cannot be loaded: ."):
        read_arrays(tmp_path / "a.npy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"a\.npz: No such file or directory$"):
        read_arrays(tmp_path / "a.npz")
