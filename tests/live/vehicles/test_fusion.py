import cv2
import numpy as np
import pytest

from numberplate.live.vehicles.fusion import View, fuse


@pytest.fixture
def plate() -> np.ndarray:
    """Dark letters on a light plate, uint8 (48, 144)."""
    picture = np.full((48, 144), 200, np.uint8)
    cv2.putText(picture, "AB12", (12, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 20, 4, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def seen(plate: np.ndarray, count: int, deviation: float) -> list[View]:
    """As a detector whose corners tremble sees it pass, with noise."""
    rng = np.random.default_rng(3)
    views = []
    for number in range(count):
        off = rng.normal(0, (2, 1.2))
        move = np.float32([[1, 0, -off[0]], [0, 1, -off[1]]])
        moved = cv2.warpAffine(plate, move, (144, 48), borderMode=cv2.BORDER_REPLICATE)
        crop = np.clip(moved + rng.normal(0, deviation, plate.shape), 0, 255).astype(np.uint8)
        # A crop's pixel is a frame's: it shows the plate and a margin of a sixteenth on each side.
        corners = np.array([[8, 4], [136, 4], [136, 44], [8, 44]]) + off + number * np.array([3.0, 1.0])
        views.append(View(crop, corners.astype(np.float32), number / 25))
    return views


def on_the_spot(crops: np.ndarray) -> np.ndarray:
    """What a recognizer says that finds every crop well cut."""
    return np.zeros((len(crops), 4, 2), np.float32)


def likeness(plate: np.ndarray, picture: np.ndarray) -> float:
    """Correlation with the plate, at the shift where it is greatest."""
    framed = cv2.copyMakeBorder(plate, 6, 6, 6, 6, cv2.BORDER_REPLICATE)
    return float(cv2.matchTemplate(framed, picture.astype(np.uint8), cv2.TM_CCOEFF_NORMED).max())


def test_each_mean_is_nearer_to_the_plate_than_any_crop_or_their_plain_mean(plate: np.ndarray) -> None:
    views = seen(plate, 20, 40.0)
    crops = [view.crop for view in views]
    fused = fuse(views, on_the_spot)
    assert fused.shape == (6, 48, 144)
    assert fused.dtype == np.uint8
    for mean in fused[::2]:
        assert likeness(plate, mean) > 0.95
        assert likeness(plate, mean) > max(likeness(plate, crop) for crop in crops) + 0.1
        assert likeness(plate, mean) > likeness(plate, np.mean(crops, 0)) + 0.01


def test_a_path_that_is_off_is_corrected_as_the_recognizer_says(plate: np.ndarray) -> None:
    views = seen(plate, 12, 10.0)
    left = fuse(views, lambda crops: np.full((1, 4, 2), (0.1, 0.0), np.float32))
    assert np.abs(left[4, :, :120].astype(float) - left[2, :, 14:134]).mean() < 6
    assert np.abs(left[4].astype(float) - left[2]).mean() > 12


def test_no_path_is_drawn_where_a_plate_jumps(plate: np.ndarray) -> None:
    views = seen(plate, 12, 10.0)
    jumping = [
        View(view.crop, view.corners + np.float32(40 * (number % 3)), view.seconds)
        for number, view in enumerate(views)
    ]
    assert len(fuse(jumping, on_the_spot)) == len(fuse(views[:4], on_the_spot)) == 2


def test_a_recognizer_that_tells_no_corners_has_no_third_mean(plate: np.ndarray) -> None:
    assert len(fuse(seen(plate, 8, 10.0), lambda crops: None)) == 4


def test_a_crop_of_something_else_changes_little(plate: np.ndarray) -> None:
    views = seen(plate, 10, 10.0)
    other = View(np.tile(np.arange(144, dtype=np.uint8), (48, 1)), views[0].corners, 0.0)
    changed, plain = fuse([*views, other], on_the_spot), fuse(views, on_the_spot)
    assert np.abs(changed[0].astype(float) - plain[0]).mean() < 12


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_crops_give_nothing(plate: np.ndarray, count: int) -> None:
    assert len(fuse(seen(plate, count, 1.0), on_the_spot)) == 0


def test_crops_without_detail_do_no_harm() -> None:
    flat = np.full((48, 144), 90, np.uint8)
    views = [View(flat, seen(flat, 1, 0.0)[0].corners, 0.0)] * 2
    assert np.array_equal(fuse(views, on_the_spot)[0], flat)
