import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.geometry.quads import (
    LOWER,
    MARGIN,
    UPPER,
    expand,
    flat_crop,
    homography,
    is_convex,
    moved,
    offsets,
    rectify,
    side_lengths,
    strip,
)

UPRIGHT = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)


@st.composite
def plates(draw: st.DrawFn) -> np.ndarray:
    """Corners of a plate turned any way round, with some perspective: always convex and clockwise."""
    width = draw(st.floats(20, 400))
    height = width / draw(st.floats(1.5, 5))
    turn = draw(st.floats(-np.pi, np.pi))
    # Each corner leans inwards by less than half of the shorter side: it stays convex.
    lean = np.array([[draw(st.floats(0, 0.2)) for _ in range(2)] for _ in range(4)]) * (1 - 2 * UPRIGHT)
    flat = (UPRIGHT + lean - 0.5) * (width, height)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return flat @ matrix.T + (draw(st.floats(-100, 900)), draw(st.floats(-100, 900)))


@given(plates(), st.floats(0, 0.2), st.floats(0, 0.2))
def test_homography_puts_the_corners_inside_of_the_margin(corners: np.ndarray, x: float, y: float) -> None:
    matrix = homography(corners, 48, 144, (x, y))
    inner = (UPRIGHT + np.array([x, y])) / (1 + 2 * x, 1 + 2 * y) * (144, 48)
    there = cv2.perspectiveTransform(inner[None], matrix)[0]
    assert np.abs(there - corners).max() < 0.05


@given(plates())
def test_expanded_corners_surround_the_plate(corners: np.ndarray) -> None:
    outer = expand(corners)
    assert is_convex(outer)
    for corner in corners:
        assert cv2.pointPolygonTest(outer, (float(corner[0]), float(corner[1])), False) > 0
    assert np.abs(expand(corners, (0, 0)) - corners).max() < 0.05


def test_expansion_of_an_upright_plate() -> None:
    # 200×50 pixels: a tenth of the width and a fifth of the height to each side.
    corners = [(100, 100), (300, 100), (300, 150), (100, 150)]
    assert expand(corners, (0.1, 0.2)) == pytest.approx(
        np.array([(80, 90), (320, 90), (320, 160), (80, 160)]), abs=0.01
    )


def test_strips_of_an_upright_plate() -> None:
    plate = [(10, 20), (110, 20), (110, 70), (10, 70)]
    assert strip(plate, (0.0, 0.5)) == pytest.approx(np.array([(10, 20), (110, 20), (110, 45), (10, 45)]))
    assert strip(plate, (0.4, 1.0)) == pytest.approx(np.array([(10, 40), (110, 40), (110, 70), (10, 70)]))


@given(plates())
def test_the_halves_of_a_plate_cover_it(corners: np.ndarray) -> None:
    upper, lower = strip(corners, UPPER), strip(corners, LOWER)
    assert upper[:2] == pytest.approx(corners[:2], abs=1e-2)
    assert lower[2:] == pytest.approx(corners[2:], abs=1e-2)
    assert is_convex(np.stack([upper, lower])).all()
    # They overlap: the lower one begins above the end of the upper one, at both ends.
    down = corners[[3, 2]] - corners[[0, 1]]
    assert (((upper[[3, 2]] - lower[[0, 1]]) * down).sum(-1) > 0).all()


@given(plates(), st.lists(st.floats(-0.1, 0.1), min_size=8, max_size=8))
def test_corners_moved_by_their_offsets_are_the_true_ones(corners: np.ndarray, by: list[float]) -> None:
    found = moved(corners, np.reshape(by, (4, 2)))
    assert offsets(corners, found) == pytest.approx(np.reshape(by, (4, 2)), abs=2e-3)
    assert moved(corners, np.zeros((4, 2))) == pytest.approx(corners, abs=0.02)


def test_offsets_of_an_upright_plate() -> None:
    # Its crop is 112 % as wide and 120 % as high.
    plate = [(100, 100), (300, 100), (300, 150), (100, 150)]
    right = [(111.2, 100), (311.2, 100), (311.2, 153), (111.2, 153)]
    assert offsets(plate, right) == pytest.approx(
        np.array([(0.05, 0), (0.05, 0), (0.05, 0.05), (0.05, 0.05)]), abs=1e-5
    )


@given(plates())
def test_convexity_knows_the_direction(corners: np.ndarray) -> None:
    assert is_convex(corners)
    assert not is_convex(corners[::-1])  # mirrored
    assert not is_convex(corners[[0, 2, 1, 3]])  # crossed


def test_a_triangle_is_not_convex_enough() -> None:
    assert not is_convex([(0, 0), (1, 0), (2, 0), (0, 1)])
    assert not is_convex(np.zeros((4, 2)))


def test_side_lengths() -> None:
    width, height = side_lengths([(0, 0), (30, 40), (0, 80), (-30, 40)])  # a square on its point
    assert (width, height) == (50, 50)


def drawn(
    corners: np.ndarray, height: int, width: int, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A soft pattern, and a picture (size) with it warped onto the corners, without a margin."""
    rng = np.random.default_rng(5)
    flat = cv2.resize(rng.integers(0, 256, (6, 16), np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ homography(corners, height, width, (0, 0)) @ half
    picture = cv2.warpPerspective(flat, matrix, size, flags=cv2.INTER_CUBIC, borderValue=0)
    return flat, np.dstack([picture] * 3)


@settings(max_examples=25, deadline=None)
@given(plates())
def test_rectify_undoes_the_pose(corners: np.ndarray) -> None:
    corners = corners - corners.min(0) + 20
    corners = corners * max(1.0, 100 / side_lengths(corners)[1])  # at least 100 pixels high: little is lost
    size = tuple(int(v) for v in np.ceil(corners.max(0)) + 20)
    flat, picture = drawn(corners, 48, 144, size)
    crop = rectify(picture, corners, 48, 144, (0, 0))
    assert crop.shape == (48, 144)
    assert crop.dtype == np.uint8
    assert np.abs(crop.astype(int) - flat)[3:-3, 3:-3].mean() < 6


@pytest.mark.parametrize("scale", [1, 4, 10, 25])
def test_fine_stripes_are_averaged(scale: int) -> None:
    # Stripes one pixel wide: sampling shows black and white at random, averaging shows grey.
    picture = np.zeros((48 * scale + 40, 144 * scale + 40, 3), np.uint8)
    picture[:, ::2] = 255
    corners = UPRIGHT * (144 * scale, 48 * scale) + 20.0
    crop = rectify(picture, corners, 48, 144, (0, 0))
    contrast = crop.astype(float).std()
    assert contrast < 20 if scale > 1 else contrast > 100  # at its own size all of it is kept


def test_stripes_of_less_than_two_pixels_are_averaged_too() -> None:
    # Sampled once a pixel, every second one of the crop would show the other colour.
    picture = np.zeros((120, 300, 3), np.uint8)
    picture[:, ::2] = 255
    crop = rectify(picture, UPRIGHT * (144 * 1.8, 48 * 1.8) + 20.0, 48, 144, (0, 0))
    assert crop.astype(float).std() < 40


def test_a_plate_of_its_crops_size_is_cut_out_pixel_by_pixel() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (100, 200), np.uint8)
    crop = rectify(picture, UPRIGHT * (144, 48) + (20, 30), 48, 144, (0, 0))
    assert (crop == picture[30:78, 20:164]).all()


@pytest.mark.parametrize("across", [False, True])
def test_a_crop_to_look_at_shows_what_is_around_the_plate(across: bool) -> None:
    # Each pixel says where it is, in a picture's middle and at its edge.
    ramp = np.arange(256, dtype=np.uint8)
    picture = np.tile(ramp, (256, 1)) if across else np.tile(ramp[:, None], (1, 256))
    for left, top in ((30, 100), (0, 0)):
        crop = flat_crop(picture, UPRIGHT * (200, 50) + (left, top))
        assert crop.shape == (50, 200)
        # 6 % of its width and 10 % of its height on each side, 224 pixels by 60 in all.
        x, y = np.meshgrid(left - 12 + 1.12 * (np.arange(200) + 0.5), top - 5 + 1.2 * (np.arange(50) + 0.5))
        shown = np.clip((x if across else y) - 0.5, 0, 255)
        assert np.abs(crop - shown).max() < 0.6
        assert abs((crop - shown).mean()) < 0.2


def test_beyond_the_picture_its_edge_repeats() -> None:
    picture = np.full((60, 80, 3), 200, np.uint8)
    corners = UPRIGHT * (144, 48) - 70.0
    assert (rectify(picture, corners, 48, 144) == 200).all()
    assert (rectify(picture, corners + 5000, 48, 144) == 200).all()


def test_wider_than_opencv_warps() -> None:
    # Panoramas pass 32767 pixels, where OpenCV's own warp fails.
    picture = np.full((60, 33_000, 3), 90, np.uint8)
    assert (rectify(picture, UPRIGHT * (33_000, 60), 48, 144) == 90).all()


def test_picture_is_not_changed() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    before = picture.copy()
    picture.flags.writeable = False
    rectify(picture, UPRIGHT * (70, 50) + 5, 48, 144, MARGIN)
    assert (picture == before).all()


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        (UPRIGHT[:3], r"expected shape \(4, 2\), got \(3, 2\)"),
        (UPRIGHT[::-1], "reading order"),
        (UPRIGHT * 0, "convex"),
        (UPRIGHT * np.nan, "finite"),
    ],
)
def test_bad_corners(corners: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rectify(np.zeros((60, 80, 3), np.uint8), corners, 48, 144)


def test_a_grey_picture_gives_the_crop_of_the_same_in_colour() -> None:
    grey = np.random.default_rng(2).integers(0, 256, (60, 80), np.uint8)
    crop = rectify(np.dstack([grey] * 3), UPRIGHT * 40, 48, 144)
    assert (rectify(grey, UPRIGHT * 40, 48, 144) == crop).all()


@pytest.mark.parametrize("shape", [(60,), (60, 80, 4), (0, 80, 3), (0, 80), (60, 80, 3, 1)])
def test_bad_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(h, w, 3\)"):
        rectify(np.zeros(shape, np.uint8), UPRIGHT * 40, 48, 144)
