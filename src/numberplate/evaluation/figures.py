"""From readings and truths to figures: pure functions, no files and no pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numberplate.evaluation.edits import edit_distance
from numberplate.evaluation.labels import Truth, group_of
from numberplate.geometry.overlap import Box, iou
from numberplate.plates.alphabet import fold

if TYPE_CHECKING:
    from numberplate.reading import Plate

MIN_IOU = 0.5
"""A reading finds a labelled plate when their boxes overlap at least so much."""

CALIBRATION_BINS = 10


@dataclass(frozen=True)
class PictureResult:
    """What was labelled in one picture, and what was read in it."""

    image: str
    """Path below the labelled folder, with `/` between folders."""
    truths: tuple[Truth, ...]
    plates: tuple[Plate, ...] = ()
    milliseconds: float | None = None
    """Time from the file's bytes to the plates; None when the picture could not be read."""
    error: str | None = None
    """Why the picture could not be read; its plates then count as not found."""


@dataclass(frozen=True)
class Figures:
    """The figures of a set of pictures. Shares are in 0..1, and None where there is nothing to divide by."""

    pictures: int
    unreadable: int
    """Pictures that could not be read."""
    plates: int
    """Labelled plates."""
    plates_with_box: int
    plates_with_text: int
    detection_recall: float | None
    """Labelled plates with a box that were found / labelled plates with a box."""
    detection_precision: float | None
    """Readings that found a labelled plate / readings, in pictures whose labelled plates all have boxes.

    Photographs may show plates that nobody labelled, and reading those counts as wrong: a lower bound."""
    false_plates_per_picture: float | None
    """Readings that found no labelled plate / pictures, over the same pictures. For the same reason, an upper
    bound. Unreadable pictures are left out of it."""
    exact_strict: float | None
    """Labelled plates that were found and whose text is right in every character / those with a text."""
    exact_folded: float | None
    """The same with O as 0 and I as 1."""
    character_accuracy: float | None
    """See `character_accuracy`; a plate not found reads as an empty text."""
    calibration_error: float | None
    """See `calibration_error`; over the readings matched to a labelled plate; right: strictly."""
    milliseconds_median: float | None
    milliseconds_p90: float | None


def match(truths: Sequence[Truth], plates: Sequence[Plate], min_iou: float = MIN_IOU) -> list[int | None]:
    """For each labelled plate of one picture, the index of its reading, or None when it was not found.

    No reading serves two truths. Truths with a box come first: of all pairs with an IoU of at least `min_iou`
    (0..1), the pair with the greatest is matched, then the next among what is left, and so on. Then each
    truth without a box gets the reading nearest to its text in edit distance among what is left, however far
    that is; of equally near ones the more confident.
    """
    found: list[int | None] = [None] * len(truths)
    free = set(range(len(plates)))

    def take(pairs: list[tuple[float, float, int, int]]) -> None:
        for _, _, truth, plate in sorted(pairs):
            if found[truth] is None and plate in free:
                found[truth] = plate
                free.remove(plate)

    boxed = []
    for t, truth in enumerate(truths):
        if truth.box is not None:
            for p in free:
                overlap = iou(truth.box, box_of(plates[p]))
                if overlap > 0 and overlap >= min_iou:
                    boxed.append((-overlap, -plates[p].confidence, t, p))
    take(boxed)
    take(
        [
            (edit_distance(truth.text, plates[p].text), -plates[p].confidence, t, p)
            for t, truth in enumerate(truths)
            if truth.box is None
            for p in free
        ]
    )
    return found


def character_accuracy(pairs: Sequence[tuple[str, str]]) -> float | None:
    r"""Share of the characters read right, over (truth, reading) pairs; None when there is no truth.

    .. math::
        \frac{\sum_i \max(0,\; |t_i| - d(t_i, r_i))}{\sum_i |t_i|}

    where :math:`|t|` is the length of a truth and :math:`d` the edit distance. It is pooled over
    characters: a long plate weighs more than a short one, and a reading worse than nothing counts as nothing.

    >>> character_accuracy([("AB123", "A8123"), ("KE1", "")])  # 4 of 5 right, and 0 of 3
    0.5
    """
    characters = sum(len(truth) for truth, _ in pairs)
    right = sum(max(0, len(truth) - edit_distance(truth, reading)) for truth, reading in pairs)
    return right / characters if characters else None


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    r"""Expected calibration error, in 0..1, of readings with these confidences (0..1); None without any.

    .. math::
        \sum_{b=1}^{10} \frac{n_b}{n} \left| \text{right}_b - \text{confidence}_b \right|

    The confidences fall into ten bins of equal width (1.0 into the last); :math:`n_b` counts the readings
    of a bin, and :math:`\text{right}_b` and :math:`\text{confidence}_b` are the share of right ones and the
    mean confidence in it.

    >>> calibration_error([0.75, 0.75, 1.0, 1.0], [True, False, True, True])  # ½·|0.5 − 0.75| + ½·|1 − 1|
    0.125

    Raises ValueError when the two differ in length or a confidence lies outside 0..1.
    """
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences, but {len(right)} marks of right or wrong")
    if not confidences:
        return None
    values = np.asarray(confidences, np.float64)
    if not bool(np.all((values >= 0) & (values <= 1))):
        raise ValueError("confidences must lie in 0..1")
    marks = np.asarray(right, np.float64)
    bins = np.minimum((values * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    error = 0.0
    for b in range(CALIBRATION_BINS):
        inside = bins == b
        if inside.any():
            error += float(inside.mean()) * abs(float(marks[inside].mean() - values[inside].mean()))
    return error


def figures(results: Sequence[PictureResult]) -> Figures:
    """The figures of these pictures, all together."""
    readings: list[tuple[Truth, Plate | None]] = []
    read = matched = judged = 0
    for result in results:
        found = match(result.truths, result.plates)
        readings += [
            (t, None if p is None else result.plates[p]) for t, p in zip(result.truths, found, strict=True)
        ]
        if result.error is None and all(truth.box is not None for truth in result.truths):
            judged += 1
            read += len(result.plates)
            matched += sum(p is not None for p in found)
    boxed = [plate for truth, plate in readings if truth.box is not None]
    lettered = [(truth, plate) for truth, plate in readings if truth.text]
    texts = [(truth.text, "" if plate is None else plate.text) for truth, plate in lettered]
    strict = [truth == text for truth, text in texts]
    folded = [fold(truth) == fold(text) for truth, text in texts]
    found_right = [(p.confidence, r) for (_, p), r in zip(lettered, strict, strict=True) if p is not None]
    times = [result.milliseconds for result in results if result.milliseconds is not None]
    return Figures(
        pictures=len(results),
        unreadable=sum(result.error is not None for result in results),
        plates=len(readings),
        plates_with_box=len(boxed),
        plates_with_text=len(lettered),
        detection_recall=_share(sum(plate is not None for plate in boxed), len(boxed)),
        detection_precision=_share(matched, read),
        false_plates_per_picture=_share(read - matched, judged),
        exact_strict=_share(sum(strict), len(strict)),
        exact_folded=_share(sum(folded), len(folded)),
        character_accuracy=character_accuracy(texts),
        calibration_error=calibration_error([c for c, _ in found_right], [r for _, r in found_right]),
        milliseconds_median=float(np.median(times)) if times else None,
        milliseconds_p90=float(np.percentile(times, 90)) if times else None,
    )


def figures_by_group(results: Sequence[PictureResult]) -> dict[str, Figures]:
    """The figures of each group, by name; a group is the first folder of the picture's path."""
    groups: dict[str, list[PictureResult]] = {}
    for result in results:
        groups.setdefault(group_of(result.image), []).append(result)
    return {name: figures(groups[name]) for name in sorted(groups)}


def box_of(plate: Plate) -> Box:
    """The plate's box as plain floats, which JSON can hold: (x, y, width, height) in pixels."""
    x, y, width, height = (float(value) for value in plate.box)
    return x, y, width, height


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
