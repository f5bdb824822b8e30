"""What went wrong: every labelled plate not read right, and every reading that is no labelled plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from numberplate.evaluation.figures import PictureResult, box_of, match
from numberplate.evaluation.labels import Truth
from numberplate.geometry.overlap import iou
from numberplate.plates.alphabet import fold

if TYPE_CHECKING:
    from numberplate.reading import Plate

Kind = Literal["not found", "misread", "O/0 or I/1", "false plate", "unreadable picture"]

KINDS: tuple[Kind, ...] = ("unreadable picture", "not found", "misread", "O/0 or I/1", "false plate")
"""In the order in which a person wants to see them."""


@dataclass(frozen=True)
class Miss:
    """One miss: its kind, the picture it is in, and the labelled plate and the reading concerned.

    - not found: no reading matched `truth`; `plate` is None.
    - misread: `plate` was matched to `truth`, and their texts differ.
    - O/0 or I/1: the same, but they are equal once O is 0 and I is 1.
    - false plate: `plate` matched no labelled plate, in a picture whose labelled plates all have boxes;
      `truth` is None. It may be a real plate that nobody labelled.
    - unreadable picture: the file could not be read, so that `truth` was not found.
    """

    kind: Kind
    result: PictureResult
    truth: Truth | None = None
    plate: Plate | None = None
    overlap: float = 0.0
    """Not found, false plate: the greatest IoU (0..1) of any reading with the truth, or any truth with the
    reading; it tells a plate that was badly placed from one that was overlooked."""


def misses(results: Sequence[PictureResult]) -> list[Miss]:
    """Every miss in these pictures, by kind in the order of KINDS, then in the order of the pictures."""
    found: list[Miss] = []
    for result in results:
        matched = match(result.truths, result.plates)
        for truth, p in zip(result.truths, matched, strict=True):
            if result.error is not None:
                found.append(Miss("unreadable picture", result, truth))
            elif p is None:
                overlaps = [iou(truth.box, box_of(plate)) for plate in result.plates] if truth.box else []
                found.append(Miss("not found", result, truth, overlap=max(overlaps, default=0.0)))
            elif truth.text and (plate := result.plates[p]).text != truth.text:
                kind: Kind = "O/0 or I/1" if fold(plate.text) == fold(truth.text) else "misread"
                found.append(Miss(kind, result, truth, plate))
        if result.error is not None and not result.truths:
            found.append(Miss("unreadable picture", result))
        boxes = [truth.box for truth in result.truths if truth.box is not None]
        if len(boxes) == len(result.truths):
            for p, plate in enumerate(result.plates):
                if p not in matched:
                    overlap = max((iou(box, box_of(plate)) for box in boxes), default=0.0)
                    found.append(Miss("false plate", result, plate=plate, overlap=overlap))
    return sorted(found, key=lambda miss: KINDS.index(miss.kind))  # sorted() keeps the order of equals
