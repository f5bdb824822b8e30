"""Videos of red cells, which the known detector takes for plates, and folders of weights that know it."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from ..reading.conftest import save_detector, save_recognizer

RATE = 10
SIZE = (160, 320)
"""Height and width."""

MakeVideo = Callable[..., Path]


def frame(place: tuple[int, int] | None, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Black, with one red cell of 8×8 pixels at (column, row), which is a plate of 128×32 pixels."""
    picture = np.zeros((*size, 3), np.uint8)
    if place is not None:
        column, row = place
        picture[8 * row : 8 * row + 8, 8 * column : 8 * column + 8, 0] = 255
    return picture


def write_video(path: Path, places: list[tuple[int, int] | None], codec: str = "ffv1") -> Path:
    """A video of such frames, RATE a second, without loss."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuvj420p"
        for place in places:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(place), format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Writes a video: `make_video("gate.mkv", places)`."""

    def make(name: str, places: list[tuple[int, int] | None], codec: str = "ffv1") -> Path:
        return write_video(tmp_path / name, places, codec)

    return make


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return save_weights(tmp_path / "weights")


def save_weights(folder: Path, text: str = "AB123") -> Path:
    """Networks that read `text` on every red cell."""
    folder.mkdir()
    save_detector(folder)
    save_recognizer(folder, text)
    return folder


def passing(count: int = 15, row: int = 10) -> list[tuple[int, int] | None]:
    """A plate that crosses the picture from left to right, one cell a frame."""
    return [(9 + i, row) for i in range(count)]
