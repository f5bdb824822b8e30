"""Panels with lettering, laid on a picture in perspective: what signs and the like share."""

import cv2
import numpy as np

from numberplate.synthesis.paint import blend, tint
from numberplate.synthesis.pose import homography, random_pose
from numberplate.synthesis.type.lettering import Letterings

_COMMON_COLOURS = (
    (230, 30, 30),
    (240, 240, 240),
    (250, 160, 30),
    (20, 20, 20),
    (40, 70, 180),
    (150, 150, 150),
)

LEGIBLE = 48.0
"""Least width in pixels of a panel like a plate: a smaller one could be a plate, for all that can be read."""

Box = tuple[float, float, float, float]
"""x, y, width, height."""


def any_colour(rng: np.random.Generator) -> tuple[float, ...]:
    if rng.random() < 0.6:
        base = np.array(_COMMON_COLOURS[int(rng.integers(len(_COMMON_COLOURS)))], float)
        return tuple(np.clip(base + rng.normal(0, 20, 3), 0, 255).tolist())
    return tuple(rng.uniform(0, 255, 3).tolist())


def contrasting(ground: tuple[float, ...], rng: np.random.Generator) -> tuple[float, ...]:
    """A colour to write with on `ground`."""
    light = float(np.mean(ground)) < 128
    return tuple((rng.uniform(170, 255, 3) if light else rng.uniform(0, 85, 3)).tolist())


def box_ends(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    x, y, width, height = box
    return (round(x), round(y)), (round(x + width), round(y + height))


def set_words(letterings: Letterings, text: str, height: float, rng: np.random.Generator) -> np.ndarray:
    """uint8 mask of a text, `height` pixels high."""
    font = letterings.small(rng)
    mask = font.word(text) if font else plotted(text, 20)
    if mask.size == 0:
        return np.zeros((1, 1), np.uint8)
    scale = max(3.0, height) / mask.shape[0]
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(height)))
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


def plotted(text: str, size: float, plain: bool = True, smooth: bool = True) -> np.ndarray:
    """uint8 mask of a text in the strokes that plotters and recorders write with, `size` pixels high."""
    kind = cv2.FONT_HERSHEY_SIMPLEX if plain else cv2.FONT_HERSHEY_PLAIN
    scale, thick = size / (22 if plain else 10), max(1, round(size / 12))
    (width, height), below = cv2.getTextSize(text, kind, scale, thick)
    mask: np.ndarray = np.zeros((height + below + 2, width + 2), np.uint8)
    how = cv2.LINE_AA if smooth else cv2.LINE_8
    cv2.putText(mask, text, (1, height + 1), kind, scale, 255, thick, how)
    x, y, across, down = cv2.boundingRect(mask)
    return mask[y : y + down, x : x + across]


def lettered_panel(
    lines: list[np.ndarray], size: tuple[int, int], ground: tuple[float, ...], ink: tuple[float, ...]
) -> np.ndarray:
    """A panel of `size` (width, height) with lines of lettering, each as large as there is room for it."""
    panel: np.ndarray = np.empty((size[1], size[0], 3), np.uint8)
    cv2.rectangle(panel, (0, 0), size, ground, -1)
    room = size[1] / len(lines)
    for i, mask in enumerate(lines):
        scale = min(0.72 * room / mask.shape[0], 0.9 * size[0] / mask.shape[1])
        fitted = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
        mask = cv2.resize(mask, fitted, interpolation=cv2.INTER_AREA)
        tint(panel, mask, (size[0] - fitted[0]) // 2, round((i + 0.5) * room - fitted[1] / 2), ink)
    return panel


def pin(picture: np.ndarray, panel: np.ndarray, cover: np.ndarray, corners: np.ndarray) -> None:
    """Lays a panel over the picture where its mask covers, in perspective."""
    height, width = panel.shape[:2]
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    low, high = np.floor(corners.min(0)), np.ceil(corners.max(0)) + 1
    left, top = (int(v) for v in np.clip(low, 0, picture.shape[1::-1]))
    right, bottom = (int(v) for v in np.clip(high, 0, picture.shape[1::-1]))
    if right <= left or bottom <= top:
        return
    matrix = homography(outline - 0.5, corners - 0.5 - (left, top))
    both = cv2.merge([*cv2.split(panel), cover])
    red, green, blue, mask = cv2.split(cv2.warpPerspective(both, matrix, (right - left, bottom - top)))
    part = picture[top:bottom, left:right]
    part[:] = blend(cv2.merge([red, green, blue]), part, mask)


def posed(box: Box, rng: np.random.Generator) -> np.ndarray:
    """The corners of a thing about a box, seen as plates are."""
    x, y, width, height = box
    return random_pose(rng, width, (x + width / 2, y + height / 2), tilt=0.7).corners(width / height)


def fine_size(box: Box) -> tuple[int, int]:
    """Pixels to draw a panel in that is seen in a box."""
    return max(8, round(1.2 * box[2])), max(6, round(1.2 * box[3]))
