"""Which plates a set of pictures shows: `labels.csv`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from numberplate.geometry.overlap import Box
from numberplate.plates.alphabet import normalize

COLUMNS = ("image", "x", "y", "width", "height", "text")


class LabelsError(ValueError):
    """A labels file that cannot be used; the message names the file, the line and the reason."""


@dataclass(frozen=True)
class Truth:
    """One labelled plate: its text (alphabet 0-9A-Z, not empty), and its box in pixels, None when unknown."""

    text: str
    box: Box | None = None


@dataclass(frozen=True)
class LabelledPicture:
    """One picture and every plate labelled in it; no plates means that it shows none."""

    image: str
    """Path below the labelled folder, with `/` between folders."""
    truths: tuple[Truth, ...]
    line: int = field(default=0, compare=False)
    """Line of the labels file that first names the picture, from 1; 0 when it came from no file."""

    @property
    def group(self) -> str:
        """First folder of the path; empty for a picture that lies in none."""
        return group_of(self.image)


def group_of(image: str) -> str:
    """First folder of a picture's path: `eu` of `eu/old/1.jpg`, and empty for `1.jpg`."""
    parts = PurePosixPath(image).parts
    return parts[0] if len(parts) > 1 else ""


def read_labels(path: str | Path) -> list[LabelledPicture]:
    """The labelled pictures of a CSV file, in the order in which the file first names them.

    The file's first line is a header with the columns image, x, y, width, height and text, in any order;
    further columns are ignored. Each row is one plate, so several rows may name one picture.

    - image: path below the labelled folder.
    - x, y, width, height: the plate's box in pixels, origin top left; all four empty when it is unknown.
    - text: normalized as `numberplate.plates.alphabet.normalize` does. Text and box both empty: the picture
      shows no plate.

    Raises LabelsError, naming file, line number and reason, for a file that is missing, is no UTF-8 or no
    CSV, lacks a column or has no rows, and for a row with a wrong number of fields, a partial box, a number
    that is none, a size that is not above 0, a text outside the alphabet, or that says the same as an earlier
    one.
    """
    path = Path(path)
    try:
        with path.open(
            encoding="utf-8-sig", newline=""
        ) as file:  # -sig: spreadsheets write a byte order mark
            return _read_rows(path, file)
    except OSError as error:
        raise LabelsError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LabelsError(f"{path}: not UTF-8 text") from error


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
                missing = [name for name in COLUMNS if name not in header]
                if missing:
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
        if isinstance(error, UnicodeDecodeError):
            raise
        raise LabelsError(f"{path}, line {rows.line_num}: {error}") from error
    if not truths:
        raise LabelsError(f"{path}, line {max(1, rows.line_num)}: no labelled picture")
    return [LabelledPicture(image, tuple(found), lines[image]) for image, found in truths.items()]


def _parse(header: list[str], row: list[str]) -> tuple[str, Truth | None]:
    if len(row) != len(header):
        raise ValueError(f"{len(header)} fields expected, as in the header, but there are {len(row)}")
    values = {name: value.strip() for name, value in zip(header, row, strict=True)}
    image = PurePosixPath(values["image"])
    if not values["image"]:
        raise ValueError("image is empty")
    if image.is_absolute():
        raise ValueError(f"image {image} must be a path below the labelled folder")
    box = _parse_box(values)
    if not values["text"]:
        if box is not None:
            raise ValueError("text is empty, though there is a box")
        return str(image), None
    text = normalize(values["text"])
    if not text:
        raise ValueError(f"text {values['text']!r} has no letter or digit")
    return str(image), Truth(text, box)


def _parse_box(values: dict[str, str]) -> Box | None:
    names = ("x", "y", "width", "height")
    empty = [name for name in names if not values[name]]
    if len(empty) == len(names):
        return None
    if empty:
        raise ValueError(f"{', '.join(empty)} empty; give all of {', '.join(names)}, or none")
    numbers = []
    for name in names:
        try:
            number = float(values[name])
        except ValueError:
            raise ValueError(f"{name} {values[name]!r} is not a number") from None
        if not math.isfinite(number):
            raise ValueError(f"{name} {values[name]!r} is not a finite number")
        if name in ("width", "height") and number <= 0:
            raise ValueError(f"{name} {values[name]} must be above 0")
        numbers.append(number)
    x, y, width, height = numbers
    return x, y, width, height
