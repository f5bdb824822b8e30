import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numberplate.training.variation import varied

HEIGHT, WIDTH = 128, 192


def drawn(corners: np.ndarray) -> np.ndarray:
    """A white plate at these corners, (4, 2), on black."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillConvexPoly(picture, np.rint(corners).astype(np.int32), 255, cv2.LINE_AA)
    return picture


@given(seed=st.integers(0, 10**6), x=st.floats(12, 120), y=st.floats(12, 84), width=st.floats(42, 60))
def test_a_plate_lies_where_it_is_said_to_lie(seed: int, x: float, y: float, width: float) -> None:
    plate = np.array([(x, y), (x + width, y), (x + width, y + width / 2), (x, y + width / 2)], np.float32)
    picture, plates = varied(drawn(plate), plate[None], np.random.default_rng(seed))
    assert picture.shape == (HEIGHT, WIDTH)
    bright = picture > (int(picture.min()) + int(picture.max())) / 2
    if not len(plates):
        assert picture.max() == picture.min() or bright.mean() < 0.01
        return
    said = drawn(plates[0]) > 127
    assert (bright & said).sum() / (bright | said).sum() > 0.8


@given(seed=st.integers(0, 10**6))
def test_no_plate_is_cut_that_was_whole(seed: int) -> None:
    plate = np.array([(150, 100), (186, 100), (186, 112), (150, 112)], np.float32)
    _, plates = varied(drawn(plate), plate[None], np.random.default_rng(seed))
    for corners in plates:
        outline = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float32)
        inside = cv2.intersectConvexConvex(corners, outline)[0] / cv2.contourArea(corners)
        assert inside >= 0.74


def test_it_is_seen_otherwise_each_time() -> None:
    plate = np.array([(60, 50), (120, 50), (120, 70), (60, 70)], np.float32)
    rng = np.random.default_rng(5)
    seen = [varied(drawn(plate), plate[None], rng) for _ in range(40)]
    widths = [np.linalg.norm(plates[0][1] - plates[0][0]) for _, plates in seen if len(plates)]
    assert min(widths) < 48 < 72 < max(widths)
    assert len({int(picture.max()) for picture, _ in seen}) > 3
