import numpy as np
import pytest

from numberplate.live.vehicles.direction import direction

N = 20


def seen(
    x: tuple[float, float], depth: tuple[float, float], noise: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Path and widths, in a picture 1000 wide, of a plate that drives from one place to another.

    `x`: to the side, in widths of the plate; `depth`: a width of 1000 / depth pixels.
    """
    across, away = np.linspace(*x, N), np.linspace(*depth, N)
    width = 1000 / away
    rng = np.random.default_rng(4)
    path = np.stack([500 + across * width, 300 + 2 * width], 1) + rng.normal(0, noise, (N, 2))
    return path.astype(np.float32), (width + rng.normal(0, noise, N)).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 1.5])
@pytest.mark.parametrize(
    ("x", "depth", "expected"),
    [
        ((1, 1), (14, 6), "towards"),
        ((2, 1), (14, 6), "towards"),
        ((-1, -1), (6, 14), "away"),
        ((-4, 4), (8, 8), "right"),
        ((4, -4), (8, 8), "left"),
        ((4, -4), (9, 7.8), "left"),
        ((0, 0.2), (8, 8), None),
    ],
)
def test_direction_is_the_way_on_the_road(x: tuple, depth: tuple, expected: str | None, noise: float) -> None:
    assert direction(*seen(x, depth, noise), 1000) == expected


def test_seen_once_has_no_direction() -> None:
    assert direction(np.array([[5, 5]], np.float32), np.array([50], np.float32), 1000) is None


def test_straight_from_above_down_the_picture_is_towards() -> None:
    path = np.stack([np.full(N, 500), np.linspace(100, 600, N)], 1).astype(np.float32)
    assert direction(path, np.full(N, 80, np.float32), 1000) == "towards"
