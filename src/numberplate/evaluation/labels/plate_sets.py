"""Labels of data sets of plates: CCPD's file names, UFPR-ALPR's and RodoSol's text files, OpenALPR's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from numberplate.evaluation.labels.listing import Listing
from numberplate.evaluation.labels.truth import (
    LabelledPicture,
    LabelsError,
    Truth,
    box_around,
    box_of_numbers,
    in_reading_order,
    number_of,
    text_of,
)

_PROVINCES = "皖沪津渝冀晋蒙辽吉黑苏浙京闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新警学O"
_CITIES = "ABCDEFGHJKLMNPQRSTUVWXYZO"
_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789O"
"""Of CCPD, in the order of its numbers; the last, O, stands for none."""

_CCPD = re.compile(
    r"\d+-\d+_\d+-(?P<box>\d+&\d+_\d+&\d+)-(?P<corners>\d+&\d+(?:_\d+&\d+){3})-(?P<codes>\d+(?:_\d+){6,7})-\d+-\d+"
)


def is_ccpd(picture: str) -> bool:
    """Whether a picture's name is as CCPD has them."""
    return _CCPD.fullmatch(PurePosixPath(picture).stem) is not None


def read_ccpd(listing: Listing) -> Iterator[LabelledPicture]:
    """The file names say all: area, tilt, box, corners, the text's codes, brightness and blur.

    Pictures of other names, such as those of CCPD's folder without plates, show none.
    """
    for picture in listing.pictures:
        found = _CCPD.fullmatch(PurePosixPath(picture).stem)
        if found is None:
            yield LabelledPicture(picture, ())
            continue
        left, top, right, bottom = _numbers(found["box"])
        points = _numbers(found["corners"])
        codes = [int(code) for code in found["codes"].split("_")]
        alphabets = (_PROVINCES, _CITIES, *[_CHARACTERS] * (len(codes) - 2))
        try:
            text = text_of("".join(known[code] for known, code in zip(alphabets, codes, strict=True)))
            box = box_of_numbers((left, top, right - left, bottom - top))
        except (IndexError, ValueError) as error:
            raise LabelsError(f"{listing.folder / picture}: not a name of CCPD: {error}") from error
        corners = in_reading_order(list(zip(points[::2], points[1::2], strict=True)))
        yield LabelledPicture(picture, (Truth(text, box, corners),))


def _numbers(written: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+", written)]


def is_ufpr(text: str) -> bool:
    """Whether a text file's content is as UFPR-ALPR and RodoSol-ALPR have it."""
    return re.search(r"^\s*plate:", text, re.M | re.I) is not None


def read_ufpr(listing: Listing) -> Iterator[LabelledPicture]:
    """One text file a picture, with lines such as `plate: ABC-1234` and `position_plate: x y width height`.

    RodoSol-ALPR, and UFPR-ALPR since its corners were labelled, have `corners: x,y x,y x,y x,y`.
    """
    for path in listing.with_suffix(".txt"):
        picture = listing.picture_beside(path)
        if picture is None or not is_ufpr(text := listing.text(path)):
            continue
        values: dict[str, str] = {}
        for row in text.splitlines():
            name, _, value = row.partition(":")
            values.setdefault(name.strip().lower(), value.strip())
        try:
            corners = box = None
            if "corners" in values:
                numbers = [number_of("corners", v) for v in re.split(r"[\s,]+", values["corners"])]
                corners = in_reading_order(list(zip(numbers[::2], numbers[1::2], strict=False)))
                if corners is None:
                    raise ValueError("the corners are no convex quadrilateral")
                box = box_around(corners)
            elif "position_plate" in values:
                box = box_of_numbers(values["position_plate"].split())
            truth = Truth(text_of(values["plate"]), box, corners)
        except ValueError as error:
            raise LabelsError(f"{listing.folder / path}: {error}") from error
        yield LabelledPicture(picture, (truth,) if truth.text or truth.box else ())


def is_openalpr(text: str) -> bool:
    """Whether a text file's content is as OpenALPR's benchmark has it."""
    return any(len(row.split("\t")) == 6 for row in text.splitlines())


def read_openalpr(listing: Listing) -> Iterator[LabelledPicture]:
    """Text files with rows of picture, x, y, width, height and text, with tabs between."""
    found: dict[str, list[Truth]] = {}
    for path in listing.with_suffix(".txt"):
        if not is_openalpr(listing.beginning(path)):
            continue
        for line, row in enumerate(listing.text(path).splitlines(), 1):
            fields = row.split("\t")
            if len(fields) != 6:
                continue
            name, *box, written = fields
            picture = listing.picture(name, path)
            try:
                truth = Truth(text_of(written), box_of_numbers(box))
            except ValueError as error:
                raise LabelsError(f"{listing.folder / path}, line {line}: {error}") from error
            if truth not in found.setdefault(picture, []):
                found[picture].append(truth)
    for picture, truths in found.items():
        yield LabelledPicture(picture, tuple(truths))
