"""The figures: pictures side by side, heat maps, outlines and charts.

All are uint8 (height, width, 3), RGB.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture
from numberplate.pictures import writing
from numberplate.reading.detector import Level

LONGEST = 960
"""Longest side of a picture in a figure, in pixels."""

ACROSS = 1200
"""Width that pictures side by side share, in pixels."""

FOUND = (0, 200, 60)
FAINT = (170, 170, 180)
MARK = (255, 70, 50)
OTHER = (70, 150, 255)
_PAPER = (255, 255, 255)
_INK = (30, 30, 36)

_GAP = 12
_LINE = 22
"""Height of a line of text, in pixels."""

_TALLEST = 700
"""Of pictures side by side, in pixels."""

_FARTHEST = 1 << 30
"""From the picture's corner, of what is outlined, in pixels: OpenCV takes numbers of 32 bits."""

_ENLARGED = 4.0
"""A small picture is enlarged this many times at most."""

Colour = tuple[int, int, int]
Values = npt.NDArray[np.floating[Any]]


def fit(picture: Picture, longest: int = LONGEST) -> Picture:
    """The picture, RGB or grey, with that longest side, or smaller if it were enlarged too much: a copy."""
    scale = min(_ENLARGED, longest / max(picture.shape[:2]))
    return resized(picture, scale)


def resized(picture: Picture, scale: float) -> Picture:
    """The picture, RGB or grey, so many times as large: a copy, RGB."""
    rgb = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if picture.ndim == 2 else picture
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.array(cv2.resize(rgb, size, interpolation=way), np.uint8)


def enlarged(picture: Picture, times: int) -> Picture:
    """A grey picture, each pixel a square of so many, RGB."""
    size = picture.shape[1] * times, picture.shape[0] * times
    large = cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), np.uint8)


def grey(picture: Picture) -> Picture:
    """The picture without its colours, still RGB, so that drawn ones stand out."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def level_colours(count: int) -> list[Colour]:
    """One colour for each level, from dark to light as the levels shrink."""
    values = np.linspace(0.4, 1, count) if count > 1 else np.ones(count)
    return [(int(r), int(g), int(b)) for r, g, b in colours(values[None])[0]] if count else []


def colours(values: Values) -> Picture:
    """Probabilities (height, width) as colours: dark violet for 0, green for 0.5, yellow for 1."""
    shades = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    mapped = cv2.applyColorMap(shades, cv2.COLORMAP_VIRIDIS)
    return np.asarray(cv2.cvtColor(mapped, cv2.COLOR_BGR2RGB), np.uint8)


def spread(
    maps: Sequence[Values],
    levels: Sequence[Level],
    size: tuple[int, int],
    first: tuple[float, float],
    stride: int,
) -> npt.NDArray[np.float32]:
    """The maps of levels, (rows, columns) each, over a picture of `size`, (width, height): their maximum.

    A value fills the cell of `stride` pixels of its level that it stands for; the first cell begins at
    `first`, (x, y). Returns float32 (height, width); -1 where there is no cell.
    """
    greatest = np.full(size[::-1], -1, np.float32)
    for values, level in zip(maps, levels, strict=True):
        across, down = size[0] / level.width, size[1] / level.height
        # OpenCV counts from the centres of pixels and cells.
        matrix = np.array(
            [
                [across * stride, 0, across * (first[0] + stride / 2) - 0.5],
                [0, down * stride, down * (first[1] + stride / 2) - 0.5],
            ]
        )
        over = cv2.warpAffine(
            np.asarray(values, np.float32),
            matrix,
            size,
            flags=cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=-1,
        )
        np.maximum(greatest, over, out=greatest)
    return greatest


def heat(picture: Picture, values: npt.NDArray[np.float32]) -> Picture:
    """A picture, without its colours, under the colours of `spread`'s values; bare where there is none."""
    weight = np.where(values < 0, 0, 0.4 + 0.5 * np.clip(values, 0, 1))[..., None]
    return np.asarray(np.round(grey(picture) * (1 - weight) + colours(values) * weight), np.uint8)


def scale_bar(threshold: float, width: int = 360) -> Picture:
    """What the colours stand for, with the threshold marked."""
    bar = colours(np.linspace(0, 1, width)[None].repeat(14, 0))
    canvas = _blank(width + 2 * _GAP, 14 + _LINE + 4)
    canvas[4:18, _GAP : _GAP + width] = bar
    for value in (0.0, 0.5, 1.0):
        write(canvas, f"{value:.0%}", _GAP + round(value * (width - 1)) - (0, 14, 38)[round(2 * value)], 22)
    at = _GAP + round(threshold * (width - 1))
    cv2.line(canvas, (at, 0), (at, 18), MARK, 2)
    write(canvas, f"threshold {threshold:.2g}", _GAP + 70, 22, MARK)
    return canvas


def write(canvas: Picture, text: str, x: int, y: int, colour: Colour = _INK, size: float = 0.45) -> None:
    """Writes a text whose top left is at (x, y)."""
    writing.write(canvas, text, (x, y + writing.text_size(text, size)[1] + 2), size, colour)


def text_width(text: str, size: float = 0.45) -> int:
    """Pixels that a text of `write` is wide."""
    return writing.text_size(text, size)[0]


def outline(canvas: Picture, corners: npt.ArrayLike, colour: Colour, thick: int = 2) -> None:
    """The outline of corners (n, 2), in pixels; a thick one is dark below, to show on any ground."""
    points = np.clip(np.round(np.asarray(corners, np.float64)), -_FARTHEST, _FARTHEST).astype(np.int32)
    if thick > 1:
        cv2.polylines(canvas, [points], True, (0, 0, 0), thick + 2, cv2.LINE_AA)
    cv2.polylines(canvas, [points], True, colour, thick, cv2.LINE_AA)


def box_corners(box: tuple[float, float, float, float]) -> npt.NDArray[np.float64]:
    """The corners (4, 2) of a box: x, y, width, height."""
    x, y, width, height = box
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def tag(canvas: Picture, corners: npt.ArrayLike, text: str, colour: Colour) -> None:
    """Text on a ground of the colour: above what has these corners, or below it; inside of the canvas."""
    width, height = text_width(text) + 6, _LINE - 2
    (left, top), (_, bottom) = np.min(corners, 0), np.max(corners, 0)
    y = top - height - 3 if top - height - 3 >= 0 else bottom + 3
    x = round(min(max(0.0, float(left)), max(0, canvas.shape[1] - width)))
    y = round(min(max(0.0, float(y)), max(0, canvas.shape[0] - height)))
    cv2.rectangle(canvas, (x, y), (x + width, y + height), colour, cv2.FILLED)
    write(canvas, text, x + 3, y + 3, (0, 0, 0))


def shared_scale(levels: Sequence[Level]) -> float:
    """So many times as large levels are drawn side by side: the two largest fit on one shelf."""
    widest = sum(level.width for level in levels[:2])
    tallest = levels[0].height
    return min(2.0, (ACROSS - 3 * _GAP) / widest, _TALLEST / tallest)


def shelves(pictures: Sequence[tuple[str, Picture]], across: int = ACROSS) -> Picture:
    """Pictures with their titles above them, side by side, on as many shelves as they need."""
    rows: list[list[tuple[str, Picture, int]]] = [[]]
    used = _GAP
    for title, picture in pictures:
        width = max(picture.shape[1], text_width(title))
        if rows[-1] and used + width + _GAP > across:
            rows.append([])
            used = _GAP
        rows[-1].append((title, picture, width))
        used += width + _GAP
    wide = max(_GAP + sum(width + _GAP for _, _, width in row) for row in rows)
    heights = [_LINE + _GAP + max((picture.shape[0] for _, picture, _ in row), default=0) for row in rows]
    canvas = _blank(wide, _GAP + sum(heights))
    y = _GAP
    for row, height in zip(rows, heights, strict=True):
        x = _GAP
        for title, picture, width in row:
            write(canvas, title, x, y)
            canvas[y + _LINE :, x:][: picture.shape[0], : picture.shape[1]] = picture
            x += width + _GAP
        y += height
    return canvas


def stacked(pictures: Sequence[Picture]) -> Picture:
    """Pictures below each other."""
    width = max(picture.shape[1] for picture in pictures)
    return np.concatenate(
        [
            cv2.copyMakeBorder(p, 0, 0, 0, width - p.shape[1], cv2.BORDER_CONSTANT, value=_PAPER)
            for p in pictures
        ]
    )


def line(text: str, key: Colour | None = None) -> Picture:
    """A line of text; `key`: a colour that it explains, shown before it."""
    left = _GAP if key is None else 2 * _GAP + 24
    canvas = _blank(left + text_width(text, 0.5) + _GAP, _LINE + 6)
    if key is not None:
        cv2.rectangle(canvas, (_GAP, 9), (_GAP + 24, 19), key, cv2.FILLED)
    write(canvas, text, left, 6, size=0.5)
    return canvas


def chart(
    values: Values,
    rows: Sequence[str],
    columns: Sequence[str],
    marked: Sequence[tuple[int, int]],
    cell: tuple[int, int],
    notes: Sequence[str] = (),
    above: Picture | None = None,
) -> Picture:
    """Probabilities (rows, columns) as a grid of colours with labels, some cells marked.

    `cell`: width and height of one, in pixels; `notes`: one to the right of each row; `above`: a picture as
    wide as the grid that stands above it.
    """
    width, height = cell
    left = _GAP + max(text_width(label) for label in rows) + 6
    right = max((text_width(note) for note in notes), default=0) + 2 * _GAP
    raised = 0 if above is None else above.shape[0] + 4
    top = raised + _LINE
    grid = np.repeat(np.repeat(colours(values), height, 0), width, 1)
    canvas = _blank(left + grid.shape[1] + right, top + grid.shape[0] + _GAP)
    if above is not None:
        canvas[: above.shape[0], left : left + above.shape[1]] = above
    canvas[top : top + grid.shape[0], left : left + grid.shape[1]] = grid
    for i, label in enumerate(columns):
        write(canvas, label, left + i * width + (width - text_width(label, 0.4)) // 2, raised + 5, size=0.4)
    for i, label in enumerate(rows):
        write(canvas, label, left - 6 - text_width(label), top + i * height + (height - 14) // 2)
    for i, note in enumerate(notes):
        write(canvas, note, left + grid.shape[1] + _GAP, top + i * height + (height - 14) // 2)
    for row, column in marked:
        x, y = left + column * width, top + row * height
        cv2.rectangle(canvas, (x, y), (x + width - 1, y + height - 1), MARK, 2)
    return canvas


def _blank(width: int, height: int) -> Picture:
    return np.full((height, width, 3), _PAPER, np.uint8)
