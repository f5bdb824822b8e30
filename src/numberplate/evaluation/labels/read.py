"""The labels of a folder, in whichever of the field's formats they are."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from numberplate.evaluation.labels.listing import Listing
from numberplate.evaluation.labels.objects import is_coco, is_voc, read_coco, read_voc, read_yolo
from numberplate.evaluation.labels.plate_sets import (
    is_ccpd,
    is_openalpr,
    is_ufpr,
    read_ccpd,
    read_openalpr,
    read_ufpr,
)
from numberplate.evaluation.labels.table import COLUMNS, FAST_PLATE_OCR, read_labels
from numberplate.evaluation.labels.truth import LabelledPicture, LabelsError

LabelFormat = Literal["csv", "yolo", "voc", "coco", "ccpd", "ufpr", "openalpr"]

FORMATS: tuple[LabelFormat, ...] = get_args(LabelFormat)

_READERS: dict[str, Callable[[Listing], Iterator[LabelledPicture]]] = {
    "yolo": read_yolo,
    "voc": read_voc,
    "coco": read_coco,
    "ccpd": read_ccpd,
    "ufpr": read_ufpr,
    "openalpr": read_openalpr,
}


def read_labelled(
    folder: str | Path, labels: str | Path | None = None, kind: str | None = None
) -> list[LabelledPicture]:
    """The labelled pictures of a folder, in whichever format its labels are.

    Places are those in the pictures as people see them, turned as EXIF says. `labels`: a CSV file, instead of
    what lies in the folder. `kind`: the format, of FORMATS; None to find it
    out: a CSV file with our columns or fast-plate-ocr's, then COCO's JSON, Pascal VOC's XML, text files of
    UFPR-ALPR, OpenALPR or YOLO, and CCPD's file names. Raises LabelsError that says what is wrong and where.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise LabelsError(f"{folder}: no such folder")
    if kind is not None and kind not in FORMATS:
        raise LabelsError(f"{kind}: no format of labels; known: {', '.join(FORMATS)}")
    if labels is not None:
        if kind not in (None, "csv"):
            raise LabelsError(f"{labels}: is read as CSV; {kind} is read from the folder alone")
        return read_labels(labels)
    listing = Listing(folder)
    kind = kind or _kind(listing)
    if kind == "csv":
        return _merged(_read_table(listing))
    found = _merged(_READERS[kind](listing))
    if not any(labelled.truths for labelled in found):
        raise LabelsError(f"{folder}: no plate is labelled as {kind} has it")
    return found


def _merged(labelled: Iterable[LabelledPicture]) -> list[LabelledPicture]:
    """Each picture once, with the plates that any file labels in it."""
    found: dict[str, LabelledPicture] = {}
    for one in labelled:
        before = found.setdefault(one.image, one)
        found[one.image] = replace(before, truths=tuple(dict.fromkeys([*before.truths, *one.truths])))
    return list(found.values())


def _kind(listing: Listing) -> LabelFormat:
    if _tables(listing):
        return "csv"
    for path in listing.with_suffix(".json"):
        try:
            if is_coco(json.loads(listing.text(path))):
                return "coco"
        except (ValueError, RecursionError):
            continue
    if any(is_voc(listing.beginning(path)) for path in listing.with_suffix(".xml")):
        return "voc"
    # A few files say what all are: a set has thousands.
    texts = [path for path in listing.with_suffix(".txt") if _of_a_picture(listing, path)][:20]
    contents = [text for text in map(listing.beginning, texts) if text.strip()]
    for kind, fits in (("ufpr", is_ufpr), ("openalpr", is_openalpr)):
        if any(map(fits, contents)):
            return kind  # type: ignore[return-value]
    if texts:
        return "yolo"
    loose = [path for path in listing.with_suffix(".txt") if path not in texts][:20]
    if any(is_openalpr(listing.beginning(path)) for path in loose):
        return "openalpr"
    if any(map(is_ccpd, listing.pictures)):
        return "ccpd"
    raise LabelsError(
        f"{listing.folder}: no labels.csv, nor labels of another format ({', '.join(FORMATS[1:])})"
    )


def _of_a_picture(listing: Listing, path: str) -> bool:
    try:
        return listing.picture_beside(path) is not None
    except LabelsError:
        return False  # of several: it is no less a label file


def _tables(listing: Listing) -> list[str]:
    """The CSV files of labels: labels.csv alone where there is one."""
    if "labels.csv" in listing.others:
        return ["labels.csv"]
    return [path for path in listing.with_suffix(".csv") if _is_table(listing.folder / path)]


def _is_table(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = next(csv.reader([file.readline(10_000)]), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    header = {name.strip().lower() for name in first}
    return {*COLUMNS} <= header or {*FAST_PLATE_OCR} <= header


def _read_table(listing: Listing) -> Iterator[LabelledPicture]:
    """Paths in a table are below its own folder, or below the labelled one."""
    for path in _tables(listing) or ["labels.csv"]:
        below = Path(path).parent
        for labelled in read_labels(listing.folder / path):
            inside = (below / labelled.image).as_posix()
            is_there = os.path.isfile(listing.folder / inside)  # of names too long as well
            yield replace(labelled, image=inside if is_there else labelled.image)
