from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numberplate.geometry.quads import side_lengths
from numberplate.models.codec.detector import decode_corners, encode_plates, in_blocks
from numberplate.models.initial import DETECTOR
from numberplate.models.spec import ABSENT, BLOCK, IGNORED, MAX_WIDTH, MIN_WIDTH, PRESENT, STRIDE
from numberplate.synthesis.pose import random_pose

ROWS, COLUMNS = 12, 16
HEIGHT, WIDTH = ROWS * STRIDE, COLUMNS * STRIDE


@st.composite
def plates(draw: st.DrawFn) -> np.ndarray:
    """One to three plates of the detector's range, wholly in the picture and apart, as scenes have them."""
    placed: list[np.ndarray] = []
    for _ in range(draw(st.integers(1, 3))):
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        aspect = draw(st.floats(1.5, 5.5))
        corners = random_pose(rng, draw(st.floats(26, 100)), (0.0, 0.0)).corners(aspect)
        corners -= corners.min(0)
        room = np.array([WIDTH, HEIGHT]) - 2 - corners.max(0)
        across, down = side_lengths(corners)
        if (room < 0).any() or down < 5 or not MIN_WIDTH <= across <= MAX_WIDTH:
            continue
        # At the very border as often as anywhere else.
        corners += 1 + room * [draw(st.floats(0, 1)), draw(st.floats(0, 1))]
        gaps = [np.maximum(corners.min(0) - o.max(0), o.min(0) - corners.max(0)).max() for o in placed]
        if all(gap >= 4 for gap in gaps):
            placed.append(corners.astype(np.float32))
    assume(placed)
    return np.stack(placed)


def decode(target: np.ndarray) -> np.ndarray:
    """The corners (n, 4, 2) that the PRESENT cells of a target state, as reading takes them from a grid."""
    rows, columns = np.nonzero(target[..., 0] == PRESENT)
    return decode_corners(target, rows, columns, DETECTOR)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (14, {ABSENT}),
        (18, {ABSENT, IGNORED}),
        (22, {ABSENT, IGNORED, PRESENT}),
        (155, {ABSENT, IGNORED, PRESENT}),
        (170, {ABSENT, IGNORED}),
        (200, {ABSENT}),
    ],
)
def test_a_plate_out_of_range_is_absent_and_one_nearly_in_range_counts_not_at_all(
    width: int, expected: set[float]
) -> None:
    plate = np.array([(0, 0), (width, 0), (width, width / 4), (0, width / 4)], np.float32) + 8
    assert set(np.unique(encode_plates(plate[None], 16, 32, DETECTOR)[..., 0])) == expected


@given(plates())
def test_every_plate_can_be_found_again(truth: np.ndarray) -> None:
    target = encode_plates(truth, ROWS, COLUMNS, DETECTOR)
    assert target.shape == (ROWS, COLUMNS, 9)
    assert target.dtype == np.float32
    assert set(np.unique(target[..., 0])) <= {PRESENT, ABSENT, IGNORED}
    stated = decode(target)
    distances = np.abs(stated[:, None] - truth[None]).max((-1, -2))
    assert (distances.min(0) < 1e-2).all()  # each plate has a cell
    assert (distances.min(1) < 1e-2).all()  # and each cell a plate


@pytest.mark.slow
@given(plates())
def test_cells_by_their_place(truth: np.ndarray) -> None:
    presence = encode_plates(truth, ROWS, COLUMNS, DETECTOR)[..., 0]
    for row, column in np.ndindex(ROWS, COLUMNS):
        x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
        low, high = truth.min(1), truth.max(1)
        on = ((low <= [x, y]) & (high >= [x, y])).all(-1).any()
        near = (np.abs(truth.mean(1) - [x, y]).max(-1) < STRIDE).any()
        if not on and not near:
            assert presence[row, column] == ABSENT


def test_small_plates_one_above_the_other() -> None:
    """What is ignored beside the one's middle must not wipe out the other's only cell."""
    low = np.array([[40, 41], [62, 41], [62, 46], [40, 46]], np.float32)
    for gap in np.arange(9, 14, 0.5):
        for shift in np.arange(0, 8, 0.5):
            both = np.stack([low, low]) + np.array([[[0, shift]], [[0, shift + gap]]])
            stated = decode(encode_plates(both.astype(np.float32), ROWS, COLUMNS, DETECTOR))
            assert all(np.abs(stated - plate).max((-1, -2)).min() < 1e-2 for plate in both)


def test_no_plate() -> None:
    target = encode_plates(np.zeros((0, 4, 2), np.float32), ROWS, COLUMNS, DETECTOR)
    assert (target == 0).all()
    assert ABSENT == 0


def test_a_large_plate_has_a_core_within_what_is_ignored() -> None:
    corners = np.array([[8, 24], [120, 24], [120, 72], [8, 72]], np.float32)
    presence = encode_plates(corners[None], ROWS, COLUMNS, DETECTOR)[..., 0]
    assert presence[6, 8] == PRESENT
    assert presence[3, 1] == IGNORED
    assert presence[0, 0] == ABSENT
    assert 1 < (presence == PRESENT).sum() < (presence == IGNORED).sum()


@given(plates(), st.floats(4, 64))
def test_another_bundle_states_the_same_corners_in_other_units(truth: np.ndarray, scale: float) -> None:
    card = replace(DETECTOR, corner_scale=scale)
    target = encode_plates(truth, ROWS, COLUMNS, card)
    rows, columns = np.nonzero(target[..., 0] == PRESENT)
    expected = decode(encode_plates(truth, ROWS, COLUMNS, DETECTOR))
    assert decode_corners(target, rows, columns, card) == pytest.approx(expected, abs=1e-3)


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.sampled_from([np.uint8, np.float32]))
def test_a_block_has_its_pixels_row_by_row(count: int, rows: int, columns: int, kind: type) -> None:
    shape = (count, rows * BLOCK, columns * BLOCK)
    pictures = np.random.default_rng(rows).integers(0, 256, shape).astype(kind)
    blocks = in_blocks(pictures)
    assert blocks.dtype == kind
    assert blocks.shape == (count, rows, columns, BLOCK * BLOCK)
    for place in np.ndindex(blocks.shape):
        i, row, column, pixel = place
        y, x = row * BLOCK + pixel // BLOCK, column * BLOCK + pixel % BLOCK
        assert blocks[place] == pictures[i, y, x]


def test_a_part_of_a_picture_is_put_in_blocks_too() -> None:
    whole = np.random.default_rng(0).integers(0, 256, (1, 16, 40), np.uint8)
    part = whole[:, 4:12, 8:32]
    assert (in_blocks(part) == in_blocks(part.copy())).all()
