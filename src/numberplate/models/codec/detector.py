"""A detector's grid: plates' corners as its target, and what its cells say as corners."""

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Floats, side_lengths
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.spec import ABSENT, BLOCK, IGNORED, PRESENT

_Number = TypeVar("_Number", np.uint8, np.float32)

_NEARLY = 1.2
"""A plate out of the detector's range of widths by less than this factor is neither present nor absent."""

_CORE = 0.45
"""Cells this far from a plate's middle towards its edges, as a share, are present; the rest is ignored."""


def in_blocks(pictures: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Pictures, (n, height, width), as the detector takes them, (n, height / BLOCK, width / BLOCK, BLOCK²).

    Each block of pixels becomes channels, row by row. Height and width are multiples of BLOCK.
    """
    count, height, width = pictures.shape
    rows, columns = height // BLOCK, width // BLOCK
    if pictures.dtype == np.uint8:
        # The four pixels of a row of a block as one number: a quarter as many to move. OpenCV moves them five
        # times as fast as NumPy, as if they were colours of a picture.
        whole = np.ascontiguousarray(pictures).view(np.int32).reshape(count * rows, BLOCK, columns)
        moved = np.empty((count * rows, columns, BLOCK), np.int32)
        if whole.size:
            cv2.merge([whole[:, row] for row in range(BLOCK)], moved)
        return moved.view(pictures.dtype).reshape(count, rows, columns, BLOCK * BLOCK)
    blocks = pictures.reshape(count, rows, BLOCK, columns, BLOCK).transpose(0, 1, 3, 2, 4)
    return np.ascontiguousarray(blocks).reshape(count, rows, columns, BLOCK * BLOCK)


def encode_plates(plates: npt.NDArray[np.floating], rows: int, columns: int, card: DetectorCard) -> Floats:
    """The detector's target for one picture.

    `plates`: (n, 4, 2) corners in pixels. Returns float32 (rows, columns, 9): presence and the offsets of the
    corners from the cell's centre in units of the card's corner_scale. The cells about a plate's middle are
    PRESENT, at least the nearest one; the others on the plate, and those beside a small plate's middle, are
    IGNORED. So are all cells of a plate a little out of the range from min_width to max_width. One further
    out is ABSENT: at another scale it is in range, and at this one its corners would be guessed from a part
    of it.
    """
    target = np.zeros((rows, columns, 9), np.float32)
    target[..., 0] = ABSENT
    row, column = np.indices((rows, columns))
    centres = _centres(row, column, card)
    widths = side_lengths(plates)[0] if len(plates) else np.zeros(0)
    beyond = np.maximum(widths / card.max_width, card.min_width / np.maximum(widths, 1e-6))
    for corners in plates[beyond < _NEARLY]:
        near = np.abs(centres - corners.mean(0)).max(-1) < card.stride
        target[_inside(centres, corners) | near, 0] = IGNORED
    # After all that is ignored: what lies beside one small plate's middle may be the middle of another.
    for corners in plates[beyond <= 1]:
        middle = corners.mean(0)
        core = _inside(centres, (corners - middle) * _CORE + middle)
        core.flat[int(np.argmin(np.hypot(*np.moveaxis(centres - middle, -1, 0))))] = True
        target[core, 0] = PRESENT
        target[core, 1:] = ((corners[None] - centres[core][:, None]) / card.corner_scale).reshape(-1, 8)
    return target


def decode_corners(
    grid: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], card: DetectorCard
) -> Floats:
    """The corners that cells of a grid (rows, columns, 9) state: (n, 4, 2), in pixels of the input."""
    return decode_cells(grid[rows, columns], rows, columns, card)


def decode_cells(
    cells: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], card: DetectorCard
) -> Floats:
    """The same of the cells themselves, (n, 9), which may be of several grids."""
    offsets = cells[:, 1:].reshape(-1, 4, 2) * card.corner_scale
    return (_centres(rows, columns, card)[:, None] + offsets).astype(np.float32)


def _centres(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], card: DetectorCard
) -> npt.NDArray[np.float64]:
    return np.asarray(np.stack([columns + 0.5, rows + 0.5], -1) * card.stride, np.float64)


def _inside(points: npt.NDArray[np.float64], corners: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    sides = np.roll(corners, -1, 0) - corners
    offsets = points[..., None, :] - corners
    turns = sides[:, 0] * offsets[..., 1] - sides[:, 1] * offsets[..., 0]
    return np.asarray((turns >= 0).all(-1), np.bool_)
