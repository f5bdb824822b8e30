"""Labelled pictures to plates that a recognizer can be trained on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from numberplate.evaluation.edits import edit_distance
from numberplate.evaluation.figures import box_of
from numberplate.evaluation.labels import LabelledPicture, Truth
from numberplate.geometry.overlap import iou
from numberplate.geometry.quads import (
    TWO_LINES_ASPECT,
    Picture,
    halves,
    is_convex,
    rectify,
    side_lengths,
    strip,
)
from numberplate.models.probability import sigmoid
from numberplate.pictures.decode import PictureError, decode_picture
from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.reading.cascade import Cascade
from numberplate.results.plate import Plate
from numberplate.training.labelled import LabelledPlate

_AROUND = 0.7
"""What is kept of the picture around a plate, on each side, in its heights: corners are moved in training."""

_WIDEST = 400
"""Pixels of the widest plate that is kept; the recognizer's crop has 144 columns."""

_MIN_IOU = 0.5
"""Overlap from which on what the detector finds is the labelled plate."""

_SPLIT = (0.25, 0.75)
"""Where a second line may begin."""


@dataclass(frozen=True)
class Prepared:
    """`plates` to train and validate on; `left_out`: pictures and the reasons why plates in them are not."""

    plates: tuple[LabelledPlate, ...]
    left_out: tuple[tuple[str, str], ...]


def prepare(
    cascade: Cascade,
    folder: Path,
    labelled: Sequence[LabelledPicture],
    held_out: AbstractSet[str],
    crops: bool = False,
    report: Callable[[int], None] = lambda done: None,
) -> Prepared:
    """The plates of labelled pictures, with their corners.

    Corners are those labelled; else those that the networks of `cascade` find where the box is; else the
    box's. A plate that is labelled without a place is the one that reads most like its text. `crops`: each
    picture is a plate and little else. `report` gets how many pictures are done.
    """
    plates: list[LabelledPlate] = []
    left_out: list[tuple[str, str]] = []
    for done, picture in enumerate(labelled, 1):
        wanted = [truth for truth in picture.truths if truth.text]
        if wanted:
            try:
                pixels = decode_picture(str(folder / picture.image)).pixels
            except PictureError as error:
                left_out.append((picture.image, error.reason))
            else:
                for found in _plates(cascade, pixels, wanted, crops, picture.image in held_out):
                    if isinstance(found, str):
                        left_out.append((picture.image, found))
                    else:
                        plates.append(found)
        report(done)
    return Prepared(tuple(plates), tuple(left_out))


def _plates(
    cascade: Cascade, pixels: Picture, truths: Sequence[Truth], crops: bool, held_out: bool
) -> Iterator[LabelledPlate | str]:
    """The labelled plates of one picture, or why one of them is left out."""
    if crops and len(truths) > 1:
        texts = ", ".join(truth.text for truth in truths)
        yield f"{texts}: a picture of one plate and little else has one text"
        return
    for truth, corners in zip(truths, _placed(cascade, pixels, truths, crops), strict=True):
        if not MIN_LENGTH <= len(truth.text) <= MAX_LENGTH:
            yield f"{truth.text}: not of {MIN_LENGTH} to {MAX_LENGTH} characters"
        elif corners is None or not is_convex(corners):
            yield f"{truth.text}: its place cannot be determined"
        else:
            found = list(_lines(cascade, pixels, truth, corners, held_out))
            yield from found
            if not found:
                yield f"{truth.text}: where its second line begins cannot be determined"


def _placed(
    cascade: Cascade, pixels: Picture, truths: Sequence[Truth], crops: bool
) -> Iterator[np.ndarray | None]:
    """The corners of each labelled plate; None where nothing says where it is."""
    if crops:
        found = cascade.search_crop(pixels).plates
        height, width = pixels.shape[:2]
        whole = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        for _ in truths:
            yield found[0].corners if found else whole
        return
    read = cascade.search(pixels).plates if any(truth.corners is None for truth in truths) else ()
    for truth in truths:
        if truth.corners is not None:
            yield np.array(truth.corners, np.float32)
        elif truth.box is not None:
            x, y, w, h = truth.box
            near = [(iou(truth.box, box_of(plate)), plate.corners) for plate in read]
            overlap, corners = max(near, key=lambda pair: pair[0], default=(0.0, None))
            if corners is None or overlap < _MIN_IOU:
                corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float32)
            yield corners
        else:
            yield _most_alike(truth.text, read)


def _most_alike(text: str, plates: Iterable[Plate]) -> np.ndarray | None:
    alike = [(edit_distance(text, plate.text), plate.corners) for plate in plates]
    distance, corners = min(alike, key=lambda pair: pair[0], default=(len(text), None))
    return corners if distance <= len(text) // 2 else None


def _lines(
    cascade: Cascade, pixels: Picture, truth: Truth, corners: np.ndarray, held_out: bool
) -> Iterator[LabelledPlate]:
    """The plate; of one of two lines the whole, which is no text, and each line, or nothing in doubt."""
    picture, corners = _around(pixels, corners)
    exact = truth.corners is not None
    width, height = side_lengths(corners)
    seen = cascade.recognizer.look(_cut(cascade, picture, corners))
    two = 0.0 if seen.lines is None else float(sigmoid(seen.lines[0, 0]))
    if seen.lines is None or two < 0.5 or width >= TWO_LINES_ASPECT * height:
        yield LabelledPlate(picture, truth.text, corners, exact, 0.0 if two < 0.02 else None, held_out)
        return
    split = float(np.clip(seen.lines[0, 1], *_SPLIT))
    strips = [strip(corners, part) for part in halves(split)]
    upper, lower = (cascade.recognizer.read(_cut(cascade, picture, quad))[0].text for quad in strips)
    # Lines are not labelled apart: what is read says how many characters the upper one has.
    if len(upper) + len(lower) == len(truth.text) or truth.text.endswith(lower or "?"):
        first = len(truth.text) - len(lower)
    elif truth.text.startswith(upper or "?"):
        first = len(upper)
    else:
        return
    if not 0 < first < len(truth.text):
        return
    yield LabelledPlate(picture, "", corners, exact, split, held_out)
    for text, quad in zip((truth.text[:first], truth.text[first:]), strips, strict=True):
        yield LabelledPlate(picture, text, quad, False, None, held_out)


def _cut(cascade: Cascade, picture: Picture, corners: np.ndarray) -> np.ndarray:
    card = cascade.recognizer.card
    return rectify(picture, corners, card.height, card.width)[None]


def _around(pixels: Picture, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture that shows a plate, grey and no larger than is of use, and the corners in it."""
    width, height = side_lengths(corners)
    edge = _AROUND * height + 2
    rows, columns = pixels.shape[:2]
    left, top = np.clip(np.floor(corners.min(0) - edge), 0, (columns - 1, rows - 1)).astype(int).tolist()
    right, bottom = (
        np.clip(np.ceil(corners.max(0) + edge), (left + 1, top + 1), (columns, rows)).astype(int).tolist()
    )
    part = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    moved = corners - np.array([left, top], np.float32)
    scale = min(1.0, _WIDEST / max(width, 1.0))
    if scale == 1.0:
        return part, moved
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    factor = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]], np.float32)
    return small, (moved * factor).astype(np.float32)
