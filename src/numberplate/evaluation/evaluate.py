"""Read every labelled picture of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from numberplate.evaluation.figures import PictureResult
from numberplate.evaluation.labels import LabelledPicture
from numberplate.reading import PlateReader


def evaluate(
    reader: PlateReader, folder: str | Path, labelled: Iterable[LabelledPicture]
) -> Iterator[PictureResult]:
    """The result of each labelled picture, in order, as soon as it is read.

    The time of a picture is that of `PlateReader.report`: from the encoded picture to its plates. A picture
    that is missing or cannot be decoded gives a result with `error`, and the rest is read all the same.
    """
    # The first run of a network sets up its memory; no picture should be charged with that.
    reader.read(np.zeros((480, 640, 3), np.uint8))
    for picture in labelled:
        report = reader.report(Path(folder) / picture.image, picture.image, keep=False)
        yield PictureResult(
            picture.image,
            picture.truths,
            report.plates,
            report.milliseconds if report.error is None else None,
            report.error,
        )
