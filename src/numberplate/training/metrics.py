"""Figures of training: how well outputs meet targets."""

import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.models.spec import ABSENT, PRESENT, WINDOW_CHARACTERS


def detection_figures(target: np.ndarray, grid: np.ndarray, threshold: float = 0.5) -> dict[str, float]:
    """How well grids (batch, rows, columns, 9) meet their targets, cell by cell.

    `recall`: share of present cells above `threshold`; `false_cells`: absent cells above it, a picture;
    `corner_error`: mean distance of a present cell's corners, in heights of the plate.
    """
    presence = target[..., 0]
    found = grid[..., 0] > np.log(threshold / (1 - threshold))
    present = presence == PRESENT
    true, read = (a[present][:, 1:].reshape(-1, 4, 2) for a in (target, grid))
    if not len(true):
        return {
            "recall": float("nan"),
            "false_cells": float((found & (presence == ABSENT)).sum()) / len(grid),
            "corner_error": float("nan"),
        }
    errors = np.linalg.norm(true - read, axis=-1).mean(-1) / side_lengths(true)[1]
    return {
        "recall": float(found[present].mean()),
        "false_cells": float((found & (presence == ABSENT)).sum()) / len(grid),
        "corner_error": float(errors.mean()),
    }


def window_figures(target: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """The article's two figures for outputs (n, WINDOW_OUTPUTS), and what they are made of.

    `presence`: share of windows where presence is right, at a probability of one half; `all_right`:
    where, besides, all characters of a plate that is present are right; `characters`: share of the single
    characters of present plates.
    """
    present = target[:, 0] == 1
    found = outputs[:, 0] > 0
    read = outputs[:, 1:].reshape(len(outputs), WINDOW_CHARACTERS, -1).argmax(-1)
    right = read == target[:, 1:]
    return {
        "presence": float((found == present).mean()),
        "all_right": float(((found == present) & (~present | right.all(-1))).mean()),
        "characters": float(right[present].mean()) if present.any() else float("nan"),
    }
