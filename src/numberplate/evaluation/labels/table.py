"""Labels in a CSV file: ours, which is one row a plate, and that of fast-plate-ocr."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from numberplate.evaluation.labels.listing import text_in
from numberplate.evaluation.labels.truth import (
    LabelledPicture,
    LabelsError,
    Quad,
    Truth,
    box_around,
    box_of_numbers,
    in_reading_order,
    number_of,
    text_of,
)
from numberplate.geometry.overlap import Box

COLUMNS = ("image", "x", "y", "width", "height", "text")

CORNERS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")
"""Columns that may also be there: top left, top right, bottom right, bottom left."""

FAST_PLATE_OCR = {"image_path": "image", "plate_text": "text"}
"""The columns of fast-plate-ocr's files, and what they are called here."""

_BOX = COLUMNS[1:5]


def read_labels(path: str | Path) -> list[LabelledPicture]:
    """The labelled pictures of a CSV file, in the order in which the file first names them.

    The file's first line is a header with the columns image, x, y, width, height and text, in any order, or
    those of fast-plate-ocr, image_path and plate_text. The four of the box may be missing together. Further
    columns are ignored, but for CORNERS. Each row is one plate, so several rows may name one picture.

    - image: path below the labelled folder.
    - x, y, width, height: the plate's box in pixels, origin top left; all four empty when it is unknown.
    - x1, y1, … x4, y4: its corners; with them the box may be left out.
    - text: normalized as `numberplate.plates.alphabet.normalize` does. Empty beside a box: the text is not
      known. Text and box both empty: the picture shows no plate.

    Raises LabelsError, naming file, line number and reason, for a file that is missing, too large, no UTF-8
    or no CSV, lacks a column, has one twice or has no rows, and for a row with a wrong number of fields, a
    partial box, a number that is none, a size that is not above 0, a text outside the alphabet, or that says
    the same as an earlier one.
    """
    path = Path(path)
    return _read_rows(path, io.StringIO(text_in(path), newline=""))


def _read_rows(path: Path, file: Iterable[str]) -> list[LabelledPicture]:
    rows = csv.reader(file, strict=True)
    truths: dict[str, list[Truth]] = {}
    lines: dict[str, int] = {}
    header: list[str] | None = None
    try:
        for row in rows:
            if not any(value.strip() for value in row):  # a blank line, or a spreadsheet's row of commas
                continue
            if header is None:
                header = [name.strip().lower() for name in row]
                is_ours = not {*FAST_PLATE_OCR} <= {*header}
                if not is_ours:
                    header = [FAST_PLATE_OCR.get(name, name) for name in header]
                if twice := [name for name in (*COLUMNS, *CORNERS) if header.count(name) > 1]:
                    raise ValueError(f"the column {twice[0]} is there twice")
                missing = [name for name in COLUMNS if name not in header] if is_ours else []
                if missing and missing != [*_BOX]:
                    raise ValueError(
                        f"no column {', '.join(missing)}; the header must be {','.join(COLUMNS)}"
                    )
                continue
            image, truth = _parse(header, row)
            known = truths.setdefault(image, [])
            lines.setdefault(image, rows.line_num)
            if (truth is None and known) or (
                truth is not None and not known and lines[image] != rows.line_num
            ):
                raise ValueError(f"{image} is said to show no plate, and also one (see line {lines[image]})")
            if truth is not None:
                if truth in known:
                    raise ValueError(
                        f"{image} with {truth.text} was labelled before (see line {lines[image]})"
                    )
                known.append(truth)
    except (ValueError, csv.Error) as error:
        raise LabelsError(f"{path}, line {rows.line_num}: {error}") from error
    if not truths:
        raise LabelsError(f"{path}, line {max(1, rows.line_num)}: no labelled picture")
    return [LabelledPicture(image, tuple(found), lines[image], str(path)) for image, found in truths.items()]


def _parse(header: list[str], row: list[str]) -> tuple[str, Truth | None]:
    if len(row) != len(header):
        raise ValueError(f"{len(header)} fields expected, as in the header, but there are {len(row)}")
    values = {name: value.strip() for name, value in zip(header, row, strict=True)}
    image = PurePosixPath(values["image"].replace("\\", "/"))  # as Windows writes paths
    if not values["image"]:
        raise ValueError("image is empty")
    if image.is_absolute() or ".." in image.parts:
        raise ValueError(f"image {image} must be a path below the labelled folder")
    if "\0" in values["image"]:
        raise ValueError(f"image {values['image']!r} is no path")
    corners = _parse_corners(values)
    box = _parse_box(values) or (box_around(corners) if corners else None)
    text = text_of(values["text"])
    return str(image), Truth(text, box, corners) if text or box else None


def _some(values: dict[str, str], names: tuple[str, ...]) -> list[str] | None:
    """The values by these names; None where all are empty."""
    given = [values.get(name, "") for name in names]
    empty = [name for name, value in zip(names, given, strict=True) if not value]
    if len(empty) == len(names):
        return None
    if empty:
        raise ValueError(f"{', '.join(empty)} empty; give all of {', '.join(names)}, or none")
    return given


def _parse_box(values: dict[str, str]) -> Box | None:
    given = _some(values, _BOX)
    return None if given is None else box_of_numbers(given)


def _parse_corners(values: dict[str, str]) -> Quad | None:
    given = _some(values, CORNERS)
    if given is None:
        return None
    numbers = [number_of(name, value) for name, value in zip(CORNERS, given, strict=True)]
    quad = in_reading_order(list(zip(numbers[::2], numbers[1::2], strict=True)))
    if quad is None:
        raise ValueError("the corners are no convex quadrilateral")
    return quad
