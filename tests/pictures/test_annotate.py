import numpy as np
import pytest

from numberplate.pictures.annotate import draw
from numberplate.reading import Candidate, Character, Plate


def plate(x: float, y: float) -> Plate:
    corners = np.array([(x, y), (x + 100, y), (x + 100, y + 30), (x, y + 30)], np.float32)
    return Plate("AB", 0.9, 0.9, corners, (Character("A", 1), Character("B", 1)), (Candidate("AB", 0.9),))


# In the middle, at each edge where the label has no room above or to the right, and outside altogether.
@pytest.mark.parametrize("place", [(200, 200), (0, 0), (590, 440), (-50, 460), (2000, -500)])
def test_draws_on_a_copy(place: tuple[int, int]) -> None:
    picture = np.full((480, 640, 3), 30, np.uint8)
    picture.flags.writeable = False
    copy = draw(picture, [plate(*place)])
    assert copy.shape == picture.shape
    assert copy.dtype == np.uint8
    assert (picture == 30).all()
    changed = np.argwhere((copy != 30).any(-1))
    # The label's box at least is there, and whole: some 60×20 pixels.
    assert len(changed) > 1000


@pytest.mark.parametrize("y", [5, 440])
def test_the_text_does_not_cover_the_plate(y: int) -> None:
    copy = draw(np.full((480, 640, 3), 30, np.uint8), [plate(200, y)])
    assert (copy[y + 4 : y + 26, 204:296] == 30).all()


def test_no_plate_changes_nothing() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    assert (draw(picture, []) == picture).all()


def test_tiny_picture() -> None:
    assert draw(np.zeros((10, 10, 3), np.uint8), [plate(0, 0)]).shape == (10, 10, 3)
