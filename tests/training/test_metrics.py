import math

import numpy as np
import pytest

from numberplate.models.codec.detector import encode_plates
from numberplate.models.initial import DETECTOR
from numberplate.models.spec import CORNER_SCALE, PRESENT
from numberplate.training.metrics import detection_figures, window_figures

ROWS, COLUMNS = 12, 16


def test_detection_figures() -> None:
    corners = np.array([[8, 24], [120, 24], [120, 72], [8, 72]], np.float32)
    target = encode_plates(corners[None], ROWS, COLUMNS, DETECTOR)[None]
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


def test_window_figures() -> None:
    target = np.array([[1, 10, 11, 1, 2, 12, 13, 14]] * 3 + [[0] * 8], np.uint8)
    outputs = np.zeros((4, 253), np.float32)
    outputs[:, 0] = [5, 5, -5, -5]
    for i, row in enumerate(target):
        outputs[i, 1 + np.arange(7) * 36 + row[1:]] = 5
    # The second has one character wrong, the third is missed, the fourth is rightly told to be none, whatever
    # characters it would have.
    outputs[[1, 3], 1:37] = np.eye(36)[9] * 5
    figures = window_figures(target, outputs)
    assert figures == {"presence": 0.75, "all_right": 0.5, "characters": pytest.approx(20 / 21)}
