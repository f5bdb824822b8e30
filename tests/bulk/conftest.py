"""Small pictures, networks whose answers are known, and what a run has written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fsspec", reason="needs the extra bulk")
pytest.importorskip("pyarrow", reason="needs the extra bulk")

import cv2
import pyarrow.dataset as pa_dataset
import pyarrow.fs as pa_fs

from numberplate.bulk.tables import SCHEMAS

from ..reading.conftest import make_weights

__all__ = ["make_weights"]

MakeWeights = Callable[..., Path]

PLATES = 2
"""Picture i of the tests has i % (PLATES + 1)."""


def encoded(i: int) -> bytes:
    """Picture i, whose width says which it is, and which is too high to be taken for a plate itself."""
    picture = np.zeros((352, 160 * PLATES + i, 3), np.uint8)
    for plate in range(i % (PLATES + 1)):
        picture[64:72, 80 + 160 * plate : 88 + 160 * plate] = (0, 0, 255)
    return cv2.imencode(".png", picture)[1].tobytes()


def write_pictures(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{i:05d}.png" for i in range(count)]
    for i, path in enumerate(paths):
        path.write_bytes(encoded(i))
    return paths


def rows(out: Path | str, table: str, filesystem: pa_fs.FileSystem | None = None) -> list[dict]:
    """A table's rows in the order of its keys, without times."""
    place = f"{out}/{table}"
    if filesystem is None and not Path(place).exists():
        return []
    found = pa_dataset.dataset(place, SCHEMAS[table], format="parquet", filesystem=filesystem)
    made = found.to_table().to_pylist()
    for row in made:
        row.pop("milliseconds", None)
    return sorted(made, key=lambda row: (row["part"], row["row"], row.get("plate")))


def check_all_there(out: Path, count: int) -> None:
    """Whether each of the pictures, and each of their plates, is there once."""
    pictures = rows(out, "pictures")
    assert sorted(row["width"] - 160 * PLATES for row in pictures) == list(range(count))
    assert len({(row["part"], row["row"]) for row in pictures}) == count
    for row in pictures:
        assert row["plates"] == (row["width"] - 160 * PLATES) % (PLATES + 1)
    plates = rows(out, "plates")
    assert len(plates) == sum(row["plates"] for row in pictures)
    assert len({(row["part"], row["row"], row["plate"]) for row in plates}) == len(plates)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Forty pictures in two folders, a hidden one, what is no picture, and two bad ones."""
    folder = tmp_path / "photos"
    write_pictures(folder, 30)
    for i in range(30, 40):
        (folder / "deep").mkdir(exist_ok=True)
        (folder / "deep" / f"{i:05d}.PNG").write_bytes(encoded(i))
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "1.png").write_bytes(encoded(1))
    (folder / "._00001.png").write_bytes(b"of another system")
    (folder / "notes.txt").write_text("none")
    (folder / "zz-empty.jpg").touch()
    (folder / "zz-text.jpg").write_text("no picture")
    return folder
