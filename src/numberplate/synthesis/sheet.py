"""Contact sheets: many samples on one picture, with what is true of them."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numberplate.pictures.writing import write
from numberplate.plates.design import Design
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.scene import Scene
from numberplate.synthesis.type.lettering import Letterings

_LABEL = 18

_GAP = 12
_PAGE = 222
"""Grey of the paper that designs are shown on."""


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
        fitted = _fitted(picture, height, width)
        whole = np.zeros((height + _LABEL, width, 3), np.uint8)
        x, y = (width - fitted.shape[1]) // 2, (height - fitted.shape[0]) // 2
        whole[y : y + fitted.shape[0], x : x + fitted.shape[1]] = fitted
        write(whole, label, (3, height + 13), 0.4, (255, 255, 255))
        cells.append(whole)
    columns = max(1, min(columns, len(cells)))
    cells += [np.zeros((height + _LABEL, width, 3), np.uint8)] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])


def design_sheet(
    designs: Sequence[Design],
    letterings: Letterings,
    seed: int,
    columns: int = 14,
    cell: tuple[int, int] = (76, 150),
) -> np.ndarray:
    """uint8 (rows, columns, 3) RGB: a plate of each design seen straight on, its code and name below it.

    Text, variant and typeface are drawn at random by `seed`; frames and bolts are left out. `cell`: height
    and width in pixels that a plate is fitted into.
    """
    height, width = cell
    code, small = ImageFont.load_default(13), ImageFont.load_default(11)
    rows = -(-len(designs) // columns)
    across, down = width + _GAP, height + _GAP + 34
    page = Image.new("RGB", (columns * across + _GAP, rows * down + _GAP), (_PAGE,) * 3)
    pen = ImageDraw.Draw(page)
    for i, design in enumerate(designs):
        left, top = _GAP + i % columns * across, _GAP + i // columns * down
        plate = _fitted(
            _clean(design, letterings, np.random.default_rng([seed, i]), 2 * height), height, width
        )
        x, y = left + (width - plate.shape[1]) // 2, top + (height - plate.shape[0]) // 2
        page.paste(Image.fromarray(plate), (x, y))
        pen.text((left, top + height + 3), design.code, (20, 20, 20), code)
        pen.text((left, top + height + 18), _cut(_latin(design.name), small, width), (80, 80, 80), small)
    return np.asarray(page)


def write_palette(path: Path, picture: np.ndarray) -> None:
    """Writes a picture, uint8 (height, width, 3) RGB, as PNG with 256 colours. Raises OSError."""
    Image.fromarray(picture).quantize(256).save(path, format="PNG", optimize=True)


def _clean(design: Design, letterings: Letterings, rng: np.random.Generator, height: int) -> np.ndarray:
    """A plate without frame and bolts, and nothing around it, on the page."""
    bare = design.model_copy(update={"frame": 0.0, "holes": 0})
    flat = draw_flat(bare, letterings, height / design.size[1], rng)
    (left, top), (right, bottom) = flat.corners[0].astype(int), flat.corners[2].astype(int)
    alpha = flat.mask[top:bottom, left:right, None].astype(np.float32) / 255
    return (flat.picture[top:bottom, left:right] * alpha + _PAGE * (1 - alpha)).astype(np.uint8)


def _latin(text: str) -> str:
    """Text without accents, which Pillow's own font has not."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """As much of the text as fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip(" ,(") + "…"


def _fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture scaled to fit into height and width."""
    scale = min(height / picture.shape[0], width / picture.shape[1])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
