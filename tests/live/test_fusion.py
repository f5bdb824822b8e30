import cv2
import numpy as np
import pytest

from numberplate.live.fusion import fuse


@pytest.fixture
def plate() -> np.ndarray:
    """Dark letters on a light plate, uint8 (48, 144)."""
    picture = np.full((48, 144), 200, np.uint8)
    cv2.putText(picture, "AB12", (12, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 20, 4, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def seen(plate: np.ndarray, count: int, deviation: float) -> list[np.ndarray]:
    """As a detector whose corners tremble sees it, with noise."""
    rng = np.random.default_rng(3)
    crops = []
    for _ in range(count):
        move = np.float32([[1, 0, rng.normal(0, 2)], [0, 1, rng.normal(0, 1.2)]])
        moved = cv2.warpAffine(plate, move, (144, 48), borderMode=cv2.BORDER_REPLICATE)
        crops.append(np.clip(moved + rng.normal(0, deviation, plate.shape), 0, 255).astype(np.uint8))
    return crops


def test_the_mean_is_nearer_to_the_plate_than_any_crop_or_their_plain_mean(plate: np.ndarray) -> None:
    crops = seen(plate, 20, 40.0)

    def likeness(picture: np.ndarray) -> float:
        """Correlation with the plate, at the shift where it is greatest."""
        framed = cv2.copyMakeBorder(plate, 6, 6, 6, 6, cv2.BORDER_REPLICATE)
        return float(cv2.matchTemplate(framed, picture.astype(np.uint8), cv2.TM_CCOEFF_NORMED).max())

    fused = fuse(crops)
    assert fused.shape == (6, 48, 144)
    assert fused.dtype == np.uint8
    assert likeness(fused[0]) > 0.95
    assert likeness(fused[0]) > max(map(likeness, crops)) + 0.1
    assert likeness(fused[0]) > likeness(np.mean(crops, 0)) + 0.01


def test_a_crop_of_something_else_changes_little(plate: np.ndarray) -> None:
    crops = seen(plate, 10, 10.0)
    other = np.tile(np.arange(144, dtype=np.uint8), (48, 1))
    assert np.abs(fuse([*crops, other])[0].astype(float) - fuse(crops)[0]).mean() < 12


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_crops_give_nothing(plate: np.ndarray, count: int) -> None:
    assert len(fuse([plate] * count)) == 0


def test_crops_without_detail_do_no_harm() -> None:
    flat = np.full((48, 144), 90, np.uint8)
    assert np.array_equal(fuse([flat, flat])[0], flat)
