"""Contact sheets: many samples on one picture, with what is true of them."""

from collections.abc import Sequence

import cv2
import numpy as np

from numberplate.synthesis.scene import Scene

_LABEL = 18


def outlined(scene: Scene) -> np.ndarray:
    """A copy of the scene's picture with its plates' corners joined in green, the top edge in red."""
    picture = scene.picture.copy()
    for plate in scene.plates:
        points = plate.corners.round().astype(np.int32)
        cv2.polylines(picture, [points], True, (0, 255, 0), 1, cv2.LINE_AA)
        cv2.line(picture, points[0].tolist(), points[1].tolist(), (255, 0, 0), 1, cv2.LINE_AA)
    return picture


def contact_sheet(
    pictures: Sequence[np.ndarray],
    labels: Sequence[str],
    columns: int = 8,
    cell: tuple[int, int] = (120, 180),
) -> np.ndarray:
    """uint8 (rows, columns, 3) RGB: each picture in a cell (height, width) with its label below it."""
    height, width = cell
    cells = []
    for picture, label in zip(pictures, labels, strict=True):
        scale = min(height / picture.shape[0], width / picture.shape[1])
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        whole = np.zeros((height + _LABEL, width, 3), np.uint8)
        x, y = (width - size[0]) // 2, (height - size[1]) // 2
        whole[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=how)
        cv2.putText(
            whole, label, (3, height + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA
        )
        cells.append(whole)
    columns = max(1, min(columns, len(cells)))
    cells += [np.zeros((height + _LABEL, width, 3), np.uint8)] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])
