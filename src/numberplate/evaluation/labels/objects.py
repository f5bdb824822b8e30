"""Labels of detectors' data sets: YOLO's text files, Pascal VOC's XML and COCO's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

from numberplate.evaluation.labels.classes import is_plate, plate_classes, text_among
from numberplate.evaluation.labels.listing import Listing
from numberplate.evaluation.labels.truth import (
    LabelledPicture,
    LabelsError,
    Point,
    Truth,
    box_around,
    box_of_numbers,
    in_reading_order,
    number_of,
    text_of,
)
from numberplate.geometry.overlap import iou

_NAMES = ("classes.txt", "obj.names", "data.yaml", "dataset.yaml")
"""Files of YOLO's data sets that name the classes."""

_MOST = 2
"""What the parts of a plate beyond a picture's edge, and a pose's marks of visibility, may reach to."""

_POSED = 0.5
"""Least overlap of a pose's box and the box around its points."""


def read_yolo(listing: Listing) -> Iterator[LabelledPicture]:
    """One text file a picture: `class x y width height`, shares of the picture, (x, y) the box's middle.

    With four more points (poses: x, y and often visibility each), or in place of the box (oriented boxes
    and outlines of four points), they are the corners; of other outlines the box around them counts. An empty
    file is a picture without a plate. Where the classes have names, those of plates count; else all do. YOLO
    has no texts.
    """
    wanted = _yolo_classes(listing)
    for path in listing.with_suffix(".txt"):
        if PurePosixPath(path).name in _NAMES:
            continue
        picture = listing.picture_beside(path)
        if picture is None:
            continue  # readme.txt, lists of files
        size: tuple[int, int] | None = None
        truths = []
        for line, row in enumerate(listing.text(path).splitlines(), 1):
            fields = row.split()
            if not fields or (wanted is not None and fields[0] not in wanted):
                continue
            size = size or listing.size(picture)
            try:
                truths.append(_yolo_truth([number_of("field", field) for field in fields[1:]], *size))
            except ValueError as error:
                raise LabelsError(f"{listing.folder / path}, line {line}: {error}") from error
        yield LabelledPicture(picture, tuple(dict.fromkeys(truths)))


def _yolo_classes(listing: Listing) -> frozenset[str] | None:
    """The numbers of plates' classes; None where no file names classes."""
    for path in listing.others:
        name = PurePosixPath(path).name
        if name in _NAMES:
            text = listing.text(path)
            names = _yaml_names(text) if name.endswith(".yaml") else dict(enumerate(text.splitlines()))
            named = {str(number): label.strip() for number, label in names.items() if label.strip()}
            plates = plate_classes(named.values())
            if not plates:
                found = ", ".join(named.values()) or "none"
                raise LabelsError(f"{listing.folder / path}: none of the classes is a plate: {found}")
            return frozenset(number for number, label in named.items() if label in plates)
    return None


def _yaml_names(text: str) -> dict[int, str]:
    """The classes of a data.yaml: a list or mapping after `names:`, in one line or below it."""
    text = "\n".join(line for row in text.splitlines() if (line := re.sub(r"(^|\s+)#.*", "", row)))
    listed = re.search(r"^names:\s*[\[{](.*?)[\]}]", text, re.M | re.S)
    below = re.search(r"^names:\s*\n((?:[ \t]*(?:-|['\"]?\d+['\"]?:)[^\n]*\n?)+)", text, re.M)
    rows = listed[1].split(",") if listed else below[1].splitlines() if below else []
    found: dict[int, str] = {}
    for i, row in enumerate(rows):
        number, _, name = row.strip().partition(":") if ":" in row else (str(i), "", row.strip(" \t-"))
        number = number.strip("'\"")
        found[int(number) if number.isdecimal() else i] = name.strip().strip("'\"")
    return found


def _yolo_truth(numbers: list[float], width: int, height: int) -> Truth:
    if len(numbers) < 4 or (len(numbers) > 4 and (len(numbers) < 6 or len(numbers) % 2)):
        raise ValueError(f"{len(numbers)} numbers after the class; a box has 4, corners 8, both 12 or 16")

    if far := next((number for number in numbers if abs(number) > _MOST), None):
        raise ValueError(f"{far:g} is no share of the picture, 0..1")

    def pixels(values: Sequence[float]) -> list[Point]:
        return [(x * width, y * height) for x, y in zip(values[::2], values[1::2], strict=True)]

    if len(numbers) in (4, 12, 16):
        x, y, w, h = numbers[:4]
        middle = ((x - w / 2) * width, (y - h / 2) * height, w * width, h * height)
        step = 3 if len(numbers) == 16 else 2
        # A point that was not labelled is 0, 0.
        points = [
            point
            for i in range(4, len(numbers), step)
            for point in pixels(numbers[i : i + 2])
            if point != (0, 0)
        ]
        # An outline of six or eight points has as many numbers; its first two are no box about the others.
        if len(points) < 3 or iou(middle, box_around(points)) >= _POSED:
            return Truth("", box_of_numbers(middle), in_reading_order(points))
    outline = pixels(numbers)
    return Truth("", box_around(outline), in_reading_order(outline))


def is_voc(text: str) -> bool:
    """Whether an XML file's content is Pascal VOC's."""
    return re.search(r"<annotation[\s/>]", text[:2000]) is not None


def read_voc(listing: Listing) -> Iterator[LabelledPicture]:
    """One XML file a picture, with `object`s, each with a `name` and a `bndbox`.

    The text is an attribute of the object; or its name, where that has a digit in it, as some sets of
    plates have it. Objects that are no plates do not count.
    """
    for path in listing.with_suffix(".xml"):
        if not is_voc(listing.beginning(path)):
            continue
        text = listing.text(path)
        place = listing.folder / path
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise LabelsError(f"{place}: has a document type, which labels have no use for")
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            raise LabelsError(f"{place}: not XML: {error}") from error
        name = (root.findtext("filename") or "").strip()
        picture = listing.picture_beside(path)
        if picture is None:
            if not name:
                raise LabelsError(f"{place}: names no picture, and has none beside it")
            picture = listing.picture(name, path)
        truths = []
        for one in root.findall("object"):
            label = (one.findtext("name") or "").strip()
            attributes = {child.tag: child.text or "" for child in one if child.tag != "name"}
            for attribute in one.iter("attribute"):
                attributes[attribute.findtext("name") or ""] = attribute.findtext("value") or ""
            written = text_among(attributes)
            if not is_plate(label):
                if not any(c.isdigit() for c in label):
                    continue  # a car, a person
                written = written or label
            try:
                box = _voc_box(one.find("bndbox"))
                truths.append(Truth(text_of(written), box))
            except ValueError as error:
                raise LabelsError(f"{place}: {label}: {error}") from error
        yield LabelledPicture(picture, tuple(dict.fromkeys(truths)))


def _voc_box(box: ElementTree.Element | None) -> tuple[float, float, float, float]:
    if box is None:
        raise ValueError("no bndbox")
    left, top, right, bottom = (number_of(k, box.findtext(k)) for k in ("xmin", "ymin", "xmax", "ymax"))
    return box_of_numbers((left, top, right - left, bottom - top))


def read_coco(listing: Listing) -> Iterator[LabelledPicture]:
    """A JSON file with `images`, `annotations` and `categories`.

    The text is an attribute of the annotation, or of its `attributes`. A `segmentation` of four points is
    the plate's corners.
    """
    for path in listing.with_suffix(".json"):
        text = listing.text(path)
        try:
            whole = json.loads(text)
        except ValueError as error:
            raise LabelsError(f"{listing.folder / path}: not JSON: {error}") from error
        except RecursionError as error:
            raise LabelsError(f"{listing.folder / path}: nested too deeply") from error
        if is_coco(whole):
            yield from _coco_pictures(listing, path, whole)


def is_coco(whole: object) -> bool:
    """Whether a JSON file's content is COCO's."""
    return isinstance(whole, Mapping) and all(
        isinstance(whole.get(k), list) for k in ("images", "annotations")
    )


def _coco_pictures(listing: Listing, path: str, whole: Mapping[str, Any]) -> Iterator[LabelledPicture]:
    place = listing.folder / path
    try:
        names = {one["id"]: str(one["name"]) for one in whole.get("categories") or []}
        used = {one.get("category_id") for one in whole["annotations"]}
        # One class alone is that of plates; a split may lack those of another split.
        plates = plate_classes(names.values()) or plate_classes(n for i, n in names.items() if i in used)
        found: dict[Any, list[Truth]] = {one["id"]: [] for one in whole["images"]}
        for one in whole["annotations"]:
            if names and names.get(one.get("category_id")) not in plates:
                continue
            if one["image_id"] not in found:
                raise LabelsError(
                    f"{place}: annotation {one.get('id')}: no image has the id {one['image_id']}"
                )
            try:
                found[one["image_id"]].append(_coco_truth(one))
            except ValueError as error:
                raise LabelsError(f"{place}: annotation {one.get('id')}: {error}") from error
        pictures = [(str(one["file_name"]), found[one["id"]]) for one in whole["images"]]
    except KeyError as error:
        raise LabelsError(f"{place}: not as COCO has it: {error} is missing") from error
    except (TypeError, AttributeError) as error:
        raise LabelsError(f"{place}: not as COCO has it: {error}") from error
    if names and not plates:
        raise LabelsError(f"{place}: none of the categories is a plate: {', '.join(names.values())}")
    for name, truths in pictures:
        yield LabelledPicture(listing.picture(name, path), tuple(dict.fromkeys(truths)))


def _coco_truth(one: Mapping[str, Any]) -> Truth:
    attributes = one.get("attributes")
    written = text_among({**(attributes if isinstance(attributes, Mapping) else {}), **one})
    outline = one.get("segmentation")
    points = outline[0] if isinstance(outline, list) and len(outline) == 1 else None
    corners = None
    if isinstance(points, list) and len(points) == 8:
        numbers = [number_of("segmentation", value) for value in points]
        corners = in_reading_order(list(zip(numbers[::2], numbers[1::2], strict=True)))
    box = one["bbox"]
    if not isinstance(box, list):
        raise ValueError("bbox is no list")
    return Truth(text_of(written), box_of_numbers(box), corners)
