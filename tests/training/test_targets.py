import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numberplate.geometry.quads import side_lengths
from numberplate.models.spec import (
    ABSENT,
    BLANK,
    CLASSES,
    CORNER_SCALE,
    IGNORED,
    MAX_WIDTH,
    MIN_WIDTH,
    PRESENT,
    STRIDE,
)
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH
from numberplate.synthesis.pose import random_pose
from numberplate.synthesis.window import Window
from numberplate.training.targets import (
    detection_figures,
    encode_corners,
    encode_text,
    encode_windows,
    greedy_texts,
    window_figures,
)

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
    """The corners (n, 4, 2) that the PRESENT cells of a target state."""
    rows, columns = np.nonzero(target[..., 0] == PRESENT)
    centres = (np.stack([columns, rows], -1) + 0.5) * STRIDE
    return centres[:, None] + target[rows, columns, 1:].reshape(-1, 4, 2) * CORNER_SCALE


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
    assert set(np.unique(encode_corners(plate[None], 16, 32)[..., 0])) == expected


@given(plates())
def test_every_plate_can_be_found_again(truth: np.ndarray) -> None:
    target = encode_corners(truth, ROWS, COLUMNS)
    assert target.shape == (ROWS, COLUMNS, 9)
    assert target.dtype == np.float32
    assert set(np.unique(target[..., 0])) <= {PRESENT, ABSENT, IGNORED}
    stated = decode(target)
    distances = np.abs(stated[:, None] - truth[None]).max((-1, -2))
    assert (distances.min(0) < 1e-2).all()  # each plate has a cell
    assert (distances.min(1) < 1e-2).all()  # and each cell a plate


@given(plates())
def test_cells_by_their_place(truth: np.ndarray) -> None:
    presence = encode_corners(truth, ROWS, COLUMNS)[..., 0]
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
            stated = decode(encode_corners(both.astype(np.float32), ROWS, COLUMNS))
            assert all(np.abs(stated - plate).max((-1, -2)).min() < 1e-2 for plate in both)


def test_no_plate() -> None:
    target = encode_corners(np.zeros((0, 4, 2), np.float32), ROWS, COLUMNS)
    assert (target == 0).all()
    assert ABSENT == 0


def test_a_large_plate_has_a_core_within_what_is_ignored() -> None:
    corners = np.array([[8, 24], [120, 24], [120, 72], [8, 72]], np.float32)
    presence = encode_corners(corners[None], ROWS, COLUMNS)[..., 0]
    assert presence[6, 8] == PRESENT
    assert presence[3, 1] == IGNORED
    assert presence[0, 0] == ABSENT
    assert 1 < (presence == PRESENT).sum() < (presence == IGNORED).sum()


@given(st.text(ALPHABET, max_size=MAX_LENGTH))
def test_encode_text(text: str) -> None:
    codes = encode_text(text)
    assert codes.shape == (MAX_LENGTH,)
    assert codes.dtype == np.uint8
    assert "".join(ALPHABET[c] for c in codes if c != BLANK) == text
    assert (codes[len(text) :] == BLANK).all()


@pytest.mark.parametrize(
    ("text", "reason"), [("A" * 11, "11 characters"), ("AB-1", "substring"), ("ä", "substring")]
)
def test_texts_that_cannot_be_taught(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode_text(text)


def logits(*classes: int) -> np.ndarray:
    return np.eye(CLASSES, dtype=np.float32)[list(classes)]


@pytest.mark.parametrize(
    ("head", "classes", "text"),
    [
        ("ctc", [10, 10, BLANK, 10, 11, 11], "AAB"),  # a repeat is the same character but after a blank
        ("ctc", [BLANK] * 4, ""),
        ("ctc", [35, BLANK, BLANK, 35], "ZZ"),
        ("slots", [10, 10, 11, BLANK], "AAB"),
        ("slots", [BLANK, BLANK], ""),
        ("slots", [1, BLANK, 2], "12"),  # a hole is left out
    ],
)
def test_greedy_texts(head: str, classes: list[int], text: str) -> None:
    assert greedy_texts(np.stack([logits(*classes)] * 2), head) == [text, text]


def test_detection_figures() -> None:
    corners = np.array([[8, 24], [120, 24], [120, 72], [8, 72]], np.float32)
    target = encode_corners(corners[None], ROWS, COLUMNS)[None]
    grid = target.copy()
    grid[..., 0] = np.where(target[..., 0] == PRESENT, 5, -5)
    assert detection_figures(target, grid) == {"recall": 1.0, "false_cells": 0.0, "corner_error": 0.0}
    grid[0, 0, :3, 0] = 5  # three cells far from the plate
    grid[..., 1:] += 4.8 / CORNER_SCALE  # a tenth of its height to the right and down
    cells = np.argwhere(target[0, ..., 0] == PRESENT)
    grid[0, cells[0][0], cells[0][1], 0] = -5
    figures = detection_figures(target, grid)
    assert figures["recall"] == pytest.approx(1 - 1 / len(cells))
    assert figures["false_cells"] == 3
    assert figures["corner_error"] == pytest.approx(0.1 * math.sqrt(2), rel=1e-4)
    # 3 logits are 95 %.
    assert detection_figures(target, np.full_like(grid, 3), threshold=0.96)["recall"] == 0


def test_detection_figures_without_a_plate() -> None:
    target = np.zeros((2, ROWS, COLUMNS, 9), np.float32)
    figures = detection_figures(target, np.full_like(target, 1))
    assert math.isnan(figures["recall"])
    assert figures["false_cells"] == ROWS * COLUMNS


def test_encode_windows() -> None:
    """A plate 2 pixels from the right edge is in the windows to the right, not in those to the left."""
    corners = np.array([(36, 20), (126, 20), (126, 42), (36, 42)], np.float32)
    window = Window(np.zeros((108, 164), np.uint8), corners, "AB12CDE", "present")
    target = encode_windows(window, 1)
    assert target.shape == (3, 3, 8)
    assert target[..., 0].tolist() == [[0, 1, 1]] * 3
    assert (target[..., 1:] == [10, 11, 1, 2, 12, 13, 14]).all()
    none = encode_windows(Window(window.picture, None, "AB12CDE", "no plate"), 1)
    assert (none[..., 0] == 0).all()
    assert encode_windows(window, 1, counted=False)[..., 0].tolist() == [[2, 2, 2], [2, 1, 2], [2, 2, 2]]


def test_window_figures() -> None:
    target = np.array([[1, 10, 11, 1, 2, 12, 13, 14]] * 3 + [[0] * 8], np.uint8)
    outputs = np.zeros((4, 253), np.float32)
    outputs[:, 0] = [5, 5, -5, -5]
    for i, row in enumerate(target):
        outputs[i, 1 + np.arange(7) * 36 + row[1:]] = 5
    # The second has one character wrong, the third is missed, the fourth is rightly told to be none.
    outputs[1, 1:37] = np.eye(36)[9] * 5
    figures = window_figures(target, outputs)
    assert figures == {"presence": 0.75, "all_right": 0.5, "characters": pytest.approx(20 / 21)}
