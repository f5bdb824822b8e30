"""A page that shows every miss: one folder with `index.html` and its pictures, to open in any browser."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from numberplate.evaluation.edits import align
from numberplate.evaluation.figures import MIN_IOU, PictureResult, match
from numberplate.evaluation.misses import KINDS, Kind, Miss, misses
from numberplate.evaluation.table import named_figures, number, rows
from numberplate.geometry.overlap import Box
from numberplate.geometry.quads import Picture, rectify
from numberplate.pictures.encode import write_picture
from numberplate.pictures.writing import text_size, write
from numberplate.reading import PictureError, read_picture
from numberplate.replacing import write_whole
from numberplate.results.document import document

if TYPE_CHECKING:
    from numberplate.reading import Plate

PICTURE_SIDE = 800
"""Longer side of a picture on the page, in pixels at most."""

TRUTH_SIDE = 320
"""Longer side of the crop of a labelled plate on the page, in pixels."""

TRUTH_COLOUR = (0, 190, 90)
FOUND_COLOUR = (40, 140, 255)
FALSE_COLOUR = (255, 120, 0)
_COLOURS = {"truth": TRUTH_COLOUR, "found": FOUND_COLOUR, "false": FALSE_COLOUR}

_EXPLAINED: dict[Kind, str] = {
    "unreadable picture": "The file is missing or cannot be decoded. Its plates count as not found.",
    "not found": "No reading overlaps the labelled box by an IoU of at least 0.5; a labelled plate without a "
    "box is not found when nothing is left in its picture that could be its reading.",
    "misread": "The plate was found, and its text is wrong. What differs is marked.",
    "O/0 or I/1": "Right but for O and 0, or I and 1, which many countries do not distinguish.",
    "false plate": "A reading where no plate is labelled. Some are plates that nobody labelled. Pictures "
    "with a plate whose box is unknown are left out: there nobody can say.",
}


def write_page(
    out: str | Path,
    folder: str | Path,
    results: Sequence[PictureResult],
    crop_size: tuple[int, int],
    about: Mapping[str, Any] | None = None,
) -> Path:
    """Write `index.html` and the folder `pictures` into `out`, made if need be. Returns the page's path.

    Args:
        out: folder; what an earlier call wrote there is replaced.
        folder: the labelled folder, from which the pictures with misses are read again.
        results: what was read.
        crop_size: (height, width) in pixels of the crops that the recognizer sees.
        about: what else to say at the top, such as the weights, as names and values.

    Raises OSError when `out` cannot be written.
    """
    out, folder = Path(out), Path(folder)
    pictures = out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob(
        "miss-*.jpg"
    ):  # only what an earlier call wrote: the folder may hold other things
        old.unlink()

    articles: dict[Kind, list[str]] = {kind: [] for kind in KINDS}
    for i, result, group in _by_picture(results):
        name, picture = f"miss-{i:05d}", None
        if result.error is None:
            try:
                picture = read_picture(folder / result.image)
            except PictureError:
                picture = None  # it was there a moment ago; its misses are then shown without pictures
        if picture is not None:
            write_picture(pictures / f"{name}.jpg", draw(picture, result))
        for m, miss in enumerate(group):
            images = _write_crops(pictures, f"{name}-{m}", picture, miss, crop_size)
            articles[miss.kind].append(_article(miss, f"{name}.jpg" if picture is not None else None, images))

    page = out / "index.html"
    # A file's name may be no text: then it is shown with escapes.
    text = _page(folder, results, articles, about or {})
    write_whole(page, text.encode("utf-8", "backslashreplace"))
    return page


def draw(picture: Picture, result: PictureResult) -> Picture:
    """A smaller copy of the picture (RGB, uint8, longer side at most PICTURE_SIDE) with what was labelled
    and read drawn: a labelled box green, a reading that found its plate blue, any other orange."""
    scale = min(1.0, PICTURE_SIDE / max(picture.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    copy: Picture = np.array(picture, np.uint8)  # a copy: the caller's is not drawn on
    if scale < 1:
        copy = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    matched = match(result.truths, result.plates)
    for truth in result.truths:
        if truth.box is not None:
            x, y, w, h = truth.box
            _outline(copy, np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)]) * scale, TRUTH_COLOUR)
    for p, plate in enumerate(result.plates):
        corners = np.asarray(plate.corners, np.float64) * scale
        colour = FOUND_COLOUR if p in matched else FALSE_COLOUR
        _outline(copy, corners, colour)
        _caption(copy, corners, plate.text, colour)
    return copy


def _outline(picture: Picture, corners: np.ndarray, colour: tuple[int, int, int]) -> None:
    # Far outside is as good as just outside, and OpenCV takes no numbers beyond 16 bits.
    points = np.clip(np.round(corners), -10000, 10000).astype(np.int32)
    cv2.polylines(picture, [points], True, (0, 0, 0), 4, cv2.LINE_AA)  # dark below, to show on any ground
    cv2.polylines(picture, [points], True, colour, 2, cv2.LINE_AA)


def _caption(picture: Picture, corners: np.ndarray, text: str, colour: tuple[int, int, int]) -> None:
    """The text on a ground of the colour: below the plate, above it where there is no room, always inside."""
    size, pad = 0.55, 3
    across, up, down = text_size(text, size)
    width, height = across + 2 * pad, up + down + 2 * pad
    (left, top), (_, bottom) = corners.min(0), corners.max(0)
    y = bottom + 4 if bottom + 4 + height <= picture.shape[0] else top - 4 - height
    x = round(min(max(0.0, left), max(0, picture.shape[1] - width)))
    y = round(min(max(0.0, y), max(0, picture.shape[0] - height)))
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, cv2.FILLED)
    write(picture, text, (x + pad, y + pad + up), size, (0, 0, 0))


def _by_picture(results: Sequence[PictureResult]) -> Iterator[tuple[int, PictureResult, list[Miss]]]:
    """The place, the result and the misses of each picture with any: it is decoded once for all of them."""
    for i, result in enumerate(results):
        if found := misses([result]):
            yield i, result, found


def _write_crops(
    pictures: Path, name: str, picture: Picture | None, miss: Miss, crop_size: tuple[int, int]
) -> list[tuple[str, str]]:
    """Write the crops of one miss. Returns their file names with what they show."""
    images: list[tuple[str, str]] = []
    if picture is None:
        return images
    if miss.truth is not None and miss.truth.box is not None:
        crop = _cut(picture, miss.truth.box)
        if crop is not None:
            write_picture(pictures / f"{name}-truth.jpg", crop)
            images.append((f"{name}-truth.jpg", "as labelled"))
    if miss.plate is not None:
        write_picture(pictures / f"{name}-crop.jpg", rectify(picture, miss.plate.corners, *crop_size))
        images.append((f"{name}-crop.jpg", "as the recognizer saw it"))
    return images


def _cut(picture: Picture, box: Box) -> Picture | None:
    """The box with a fifth of its height around it, or None when nothing of it lies in the picture."""
    x, y, width, height = box
    around = 0.2 * height
    x0, y0 = max(0, round(x - around)), max(0, round(y - around))
    crop = picture[y0 : max(0, round(y + height + around)), x0 : max(0, round(x + width + around))]
    if not crop.size:
        return None
    scale = TRUTH_SIDE / max(crop.shape[:2])
    size = tuple(max(1, round(side * scale)) for side in crop.shape[1::-1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, size, interpolation=way), np.uint8)


def _article(miss: Miss, picture: str | None, images: Sequence[tuple[str, str]]) -> str:
    facts = []
    truth = miss.truth.text if miss.truth is not None else None
    if truth is not None and miss.plate is not None:
        pairs = align(truth, miss.plate.text)
        facts.append(("truth", _marked([(a, a != b) for a, b in pairs])))
        facts.append(("reading", _marked([(b, a != b) for a, b in pairs])))
    elif truth is not None:
        facts.append(("truth", _marked([(c, False) for c in truth])))
    elif miss.plate is not None:
        facts.append(("reading", _marked([(c, False) for c in miss.plate.text])))
    if miss.plate is not None:
        facts += _confidences(miss.plate)
    if miss.overlap > 0:
        facts.append(("nearest overlap", f"IoU {miss.overlap:.2f}"))
    if miss.result.error is not None:
        facts.append(("reason", html.escape(miss.result.error)))
    elif miss.truth is not None and miss.truth.box is None:
        facts.append(("labelled box", "unknown"))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    crops = "".join(
        f'<figure><img src="pictures/{file}" alt="" loading="lazy"><figcaption>{what}</figcaption></figure>'
        for file, what in images
    )
    name = html.escape(miss.result.image)
    big = '<div class="none">no picture</div>'
    if picture is not None:
        image = f'<img class="picture" src="pictures/{picture}" alt="{name}" loading="lazy">'
        big = f'<a href="pictures/{picture}">{image}</a>'
    return f"<article>{big}<div><h3>{name}</h3><dl>{listed}</dl>{crops}</div></article>"


def _confidences(plate: Plate) -> list[tuple[str, str]]:
    return [
        ("confidence", number(plate.confidence, 2)),
        ("detection", number(plate.detection_confidence, 2)),
    ]


def _marked(characters: Sequence[tuple[str, bool]]) -> str:
    """A plate's text in HTML; what differs is marked, and a dot stands where a character is missing."""
    return (
        '<span class="plate">'
        + "".join(
            f"<mark>{html.escape(c) or '·'}</mark>" if differs else html.escape(c)
            for c, differs in characters
        )
        + "</span>"
    )


def _page(
    folder: Path,
    results: Sequence[PictureResult],
    articles: Mapping[Kind, Sequence[str]],
    about: Mapping[str, Any],
) -> str:
    named = named_figures(results)
    heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in named)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>' + "".join(f"<td>{v}</td>" for v in values) + "</tr>\n"
        for name, values in rows(named)
    )
    facts = "".join(
        f"<dt>{html.escape(str(name))}</dt><dd>{html.escape(str(value))}</dd>"
        for name, value in about.items()
    )
    links = " ".join(
        f'<a href="#{_anchor(kind)}">{kind} <b>{len(articles[kind])}</b></a>'
        for kind in KINDS
        if articles[kind]
    )
    sections = "".join(
        f'<section id="{_anchor(kind)}"><h2>{kind} <small>{len(articles[kind])}</small></h2>'
        f"<p>{_EXPLAINED[kind]}</p>\n" + "\n".join(articles[kind]) + "</section>\n"
        for kind in KINDS
        if articles[kind]
    )
    style = resources.files("numberplate.evaluation").joinpath("page.css").read_text("utf-8")
    colours = " ".join(
        "--{}: #{:02x}{:02x}{:02x};".format(name, *colour) for name, colour in _COLOURS.items()
    )
    title = html.escape(folder.resolve().name or str(folder))
    return document(
        f"Evaluation: {title}",
        f":root {{ {colours} }}\n{style}",
        f"""<h1>Evaluation: {title}</h1>
<dl class="about">{facts}</dl>
<div class="wide"><table>
<thead><tr><td></td>{heads}</tr></thead>
<tbody>
{body}</tbody>
</table></div>
<p class="note">Detection: IoU ≥ {MIN_IOU} of the reading's box and the labelled one, over plates with a
labelled box. An exact match must also have been found. Precision and false plates take every reading that is
no labelled plate for wrong, also one of a plate that nobody labelled: precision is at least, false plates are
at most, what is shown; unreadable pictures are in neither.</p>
<h2>Misses</h2>
<nav>{links or "none"}</nav>
<p class="legend"><span class="truth">labelled</span> <span class="found">reading that found its plate</span>
<span class="false">any other reading</span></p>
{sections}""",
    )


def _anchor(kind: Kind) -> str:
    return "".join(c if c.isalnum() else "-" for c in kind.lower())
