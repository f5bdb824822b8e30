"""What led to the plates of a picture, drawn step by step, to look at and to learn from.

Draws with OpenCV alone; nothing is computed anew but a window that is no match.
"""

import math
import os
from pathlib import Path

import cv2
import numpy as np

from numberplate.pictures.encode import write_picture
from numberplate.reading import cascade, windows
from numberplate.reading.explain.cascade import cascade_steps
from numberplate.reading.explain.page import Step, page
from numberplate.reading.explain.windows import window_steps
from numberplate.reading.report import Report
from numberplate.reading.scheme import Scheme
from numberplate.replacing import write_whole

__all__ = ["FILES", "Step", "explain", "steps"]

PAGE = "index.html"

FILES = (
    "1-levels.png",
    "2-presence-by-level.png",
    "3-presence.png",
    "4-before-suppression.png",
    "5-plates.png",
    "6-network-input.png",
    "7-characters.png",
)
"""The pictures, the same of each scheme, so that an explanation replaces an earlier one as a whole."""


def steps(report: Report, scheme: Scheme) -> list[Step]:
    """What led to a report's plates, one step for each of FILES.

    `scheme`: the one that read it. Raises ValueError for the report of a picture that could not be read, for
    one of another scheme, and for that of a crop, in which nothing was looked for.
    """
    if report.picture is None or report.search is None or report.searched is None:
        raise ValueError("report: expected one with its picture")
    if isinstance(report.search, cascade.Search) and not report.search.detections.levels:
        raise ValueError(f"report: {report.source} was read as a crop, which has no steps")
    picture = report.picture
    if picture.shape[1::-1] != report.searched:
        picture = np.asarray(cv2.resize(picture, report.searched, interpolation=cv2.INTER_AREA), np.uint8)
    # The report's, where they were found.
    least = min((plate.confidence for plate in report.plates), default=math.inf)
    plates = [plate for plate in report.search.plates if plate.confidence >= least]
    if isinstance(scheme, windows.Windows) and isinstance(report.search, windows.Search):
        return window_steps(picture, scheme, report.search, plates)
    if isinstance(scheme, cascade.Cascade) and isinstance(report.search, cascade.Search):
        return cascade_steps(picture, scheme, report.search, plates)
    raise ValueError(f"scheme: expected the one that read {report.source}, got {type(scheme).__name__}")


def explain(report: Report, scheme: Scheme, folder: str | Path) -> Path:
    """Writes the steps as FILES and `index.html` into `folder`, made if need be. Returns the page's path.

    See `steps` for the arguments and ValueError. Raises OSError, which names the file, when one cannot be
    written.
    """
    folder = Path(folder)
    taken = steps(report, scheme)
    folder.mkdir(parents=True, exist_ok=True)
    for name, step in zip(FILES, taken, strict=True):
        write_picture(folder / name, step.picture)
    # A name that is not UTF-8 is shown with its odd bytes replaced.
    source = os.fsencode(report.source).decode("utf-8", "replace")
    text = page(source, report.plates, list(zip(FILES, taken, strict=True)))
    write_whole(folder / PAGE, text)
    return folder / PAGE
