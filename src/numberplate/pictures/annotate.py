"""Plates drawn on a copy of their picture, to look at."""

from collections.abc import Iterable

import cv2
import numpy as np

from numberplate.geometry.quads import Picture
from numberplate.pictures.decode import Source, read_picture
from numberplate.pictures.writing import text_size, write
from numberplate.results.plate import Plate

_COLOUR = (0, 200, 60)
_INK = (0, 0, 0)


def draw(picture: Source, plates: Iterable[Plate]) -> Picture:
    """A copy of the picture, uint8 (height, width, 3), RGB, with each plate's outline, text and confidence.

    `picture`: an array, or what else `decode_picture` takes. Lines and letters grow with the picture, so that
    both can be seen on a screen. Raises PictureError when it cannot be read.
    """
    copy = read_picture(picture).copy()
    height, width = copy.shape[:2]
    size = max(0.5, max(height, width) / 1200)
    thick = max(1, round(2 * size))
    for plate in plates:
        outline = np.round(plate.corners).astype(np.int32)
        cv2.polylines(copy, [outline.reshape(-1, 1, 2)], True, _COLOUR, thick, cv2.LINE_AA)
        label = f"{plate.text} {plate.confidence:.0%}"
        across, up, down = text_size(label, size, thick)
        pad = thick + 2
        label_width, label_height = across + 2 * pad, up + down + 2 * pad
        x, y, _, tall = plate.box
        # Above the plate; below it where there is no room; inside of the picture in any case.
        top = y - label_height - pad
        if top < 0:
            top = y + tall + pad
        left = int(np.clip(x, 0, max(0, width - label_width)))
        top = int(np.clip(top, 0, max(0, height - label_height)))
        cv2.rectangle(copy, (left, top), (left + label_width, top + label_height), _COLOUR, cv2.FILLED)
        baseline = (left + pad, top + pad + up)
        write(copy, label, baseline, size, _INK, thick)
    return copy
