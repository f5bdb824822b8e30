from pathlib import Path

import numpy as np
import pytest

from numberplate.pictures.decode import read_picture
from numberplate.pictures.encode import EncodeError, encode, write_picture

COLOURS = np.full((20, 30, 3), (200, 100, 50), np.uint8)


@pytest.mark.parametrize("format", [".jpg", ".PNG", ".bmp", ".webp"])
def test_colours_come_back(format: str) -> None:
    found = read_picture(encode(COLOURS, format))
    assert found.shape == COLOURS.shape
    assert np.abs(found.astype(int) - COLOURS).max() <= 4


def test_grey_comes_back(tmp_path: Path) -> None:
    write_picture(tmp_path / "grey.png", COLOURS[..., 0])
    assert (read_picture(tmp_path / "grey.png") == 200).all()


def test_quality_is_that_of_a_jpeg() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    assert len(encode(noise, ".jpg", 30)) < len(encode(noise, ".jpg", 90))


@pytest.mark.parametrize("format", [".jpg", ".JPEG", ".png", ".webp", ".bmp"])
def test_nothing_is_printed(format: str, capfd: pytest.CaptureFixture[str]) -> None:
    encode(np.zeros((8, 8, 3), np.uint8), format)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("shape", "format"), [((0, 9, 3), ".jpg"), ((2, 70_000, 3), ".jpg"), ((9, 9, 3), ".doc")]
)
def test_what_cannot_be_encoded(shape: tuple[int, ...], format: str) -> None:
    with pytest.raises(EncodeError, match=rf"no \{format} can be made of shape"):
        encode(np.zeros(shape, np.uint8), format)
