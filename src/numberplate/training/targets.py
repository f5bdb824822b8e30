"""Samples as the networks' inputs and targets."""

import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.models.spec import (
    ABSENT,
    CORNER_SCALE,
    IGNORED,
    MAX_WIDTH,
    MIN_WIDTH,
    PRESENT,
    STRIDE,
    UNCOUNTED,
    WINDOW_CHARACTERS,
    WINDOW_STRIDE,
)
from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis.window import Window, presence

_NEARLY = 1.2
"""A plate out of the detector's range of widths by less than this factor is neither present nor absent."""

_CORE = 0.45
"""Cells this far from a plate's middle towards its edges, as a share, are present; the rest is ignored."""

WINDOWS_AROUND = 1
"""In training each picture shows the network so many windows more on each side of the sample's own."""


def encode_windows(window: Window, around: int, counted: bool = True) -> np.ndarray:
    """The window network's target for one picture and `around` more windows on each side of its own.

    Returns uint8 (1 + 2 around, 1 + 2 around, 1 + WINDOW_CHARACTERS): presence in each window, 1 or 0, then
    the characters' indices in the alphabet. All but the picture's own window are UNCOUNTED unless `counted`.
    """
    places = range(-around, around + 1)
    target = np.zeros((len(places), len(places), 1 + WINDOW_CHARACTERS), np.uint8)
    target[..., 1:] = [ALPHABET.index(c) for c in window.text]
    if window.corners is not None:
        for row, y in enumerate(places):
            for column, x in enumerate(places):
                corners = window.corners - np.array([x, y], np.float32) * WINDOW_STRIDE
                target[row, column, 0] = presence(corners) == "present"
    if not counted:
        own = target[around, around, 0]
        target[..., 0] = UNCOUNTED
        target[around, around, 0] = own
    return target


def encode_corners(plates: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The detector's target for one picture.

    `plates`: (n, 4, 2) corners in pixels. Returns float32 (rows, columns, 9): presence and the offsets of the
    corners from the cell's centre in units of CORNER_SCALE. The cells about a plate's middle are PRESENT, at
    least the nearest one; the others on the plate, and those beside a small plate's middle, are IGNORED. So
    are all cells of a plate a little out of the range from MIN_WIDTH to MAX_WIDTH. One further out is ABSENT:
    at another scale it is in range, and at this one its corners would be guessed from a part of it.
    """
    target = np.zeros((rows, columns, 9), np.float32)
    target[..., 0] = ABSENT
    x, y = np.meshgrid((np.arange(columns) + 0.5) * STRIDE, (np.arange(rows) + 0.5) * STRIDE)
    centres = np.stack([x, y], -1)
    widths = side_lengths(plates)[0] if len(plates) else np.zeros(0)
    beyond = np.maximum(widths / MAX_WIDTH, MIN_WIDTH / np.maximum(widths, 1e-6))
    for corners in plates[beyond < _NEARLY]:
        near = np.abs(centres - corners.mean(0)).max(-1) < STRIDE
        target[_inside(centres, corners) | near, 0] = IGNORED
    # After all that is ignored: what lies beside one small plate's middle may be the middle of another.
    for corners in plates[beyond <= 1]:
        middle = corners.mean(0)
        core = _inside(centres, (corners - middle) * _CORE + middle)
        core.flat[int(np.argmin(np.hypot(*np.moveaxis(centres - middle, -1, 0))))] = True
        target[core, 0] = PRESENT
        target[core, 1:] = ((corners[None] - centres[core][:, None]) / CORNER_SCALE).reshape(-1, 8)
    return target


def _inside(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    sides = np.roll(corners, -1, 0) - corners
    offsets = points[..., None, :] - corners
    return (sides[:, 0] * offsets[..., 1] - sides[:, 1] * offsets[..., 0] >= 0).all(-1)


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

    `presence`: share of windows where presence is told right, at a probability of one half; `all_right`:
    where, besides, all characters of a plate that is present are right; `characters`: share of the single
    characters of present plates.
    """
    present = target[:, 0] == 1
    told = outputs[:, 0] > 0
    read = outputs[:, 1:].reshape(len(outputs), WINDOW_CHARACTERS, -1).argmax(-1)
    right = read == target[:, 1:]
    return {
        "presence": float((told == present).mean()),
        "all_right": float(((told == present) & (~present | right.all(-1))).mean()),
        "characters": float(right[present].mean()) if present.any() else float("nan"),
    }
