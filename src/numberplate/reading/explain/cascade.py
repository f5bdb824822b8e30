"""The steps of the cascade."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from numberplate.geometry.overlap import CONTAINED, boxes, overlaps
from numberplate.geometry.quads import Floats, Picture, is_convex, rectify
from numberplate.models.codec.detector import decode_corners
from numberplate.models.probability import sigmoid
from numberplate.pictures.annotate import draw
from numberplate.reading.cascade import Cascade, Search
from numberplate.reading.decoding import Reading
from numberplate.reading.detector import Level
from numberplate.reading.explain import drawing
from numberplate.reading.explain.page import Step, left_out
from numberplate.reading.look import Look
from numberplate.results.plate import Plate

_MOST = 8
"""Looks whose crop and characters are shown, those at the best detections first."""

_TIMES = 4
"""A crop is shown so many times enlarged."""

_ACROSS = 864
"""Width of the chart of characters, and of the crop above it, in pixels."""

_DOWN = 17
"""Height of a row of the chart, in pixels."""

_PLATE = 111 / 520
"""Height of most plates over their width; it is for the drawing alone."""


@dataclass(frozen=True, eq=False)
class _Cell:
    """The most probable cell of all: its `presence`, and its `corners`, None when they make no plate."""

    presence: float
    corners: Floats | None


def cascade_steps(picture: Picture, scheme: Cascade, search: Search, plates: Sequence[Plate]) -> list[Step]:
    """The steps of one picture, uint8 (height, width, 3), RGB; `plates`: those of the search's kept."""
    found = search.detections
    scale = drawing.shared_scale(found.levels)
    small = [drawing.resized(picture, scale * level.width / picture.shape[1]) for level in found.levels]
    presence = [
        sigmoid(grid[..., 0] / scheme.detector.card.temperature).astype(np.float32) for grid in found.grids
    ]
    best_cell = None if len(found.corners) else _most_present(picture, scheme, search, presence)
    return [
        _levels(scheme, search, small, scale),
        _presence_by_level(scheme, search, small, presence),
        _presence(picture, scheme, search, presence),
        _before(picture, search, best_cell),
        _after(picture, scheme, search, plates),
        _crops(picture, scheme, search, plates, best_cell),
        _characters(scheme, search),
    ]


def _levels(scheme: Cascade, search: Search, small: Sequence[Picture], scale: float) -> Step:
    card, levels = scheme.detector.card, search.detections.levels
    framed = []
    for level, picture in zip(levels, small, strict=True):
        copy = picture.copy()
        for width, colour in ((card.max_width, drawing.FOUND), (card.min_width, drawing.OTHER)):
            box = (4, 4, width * scale, width * scale * _PLATE)
            drawing.outline(copy, drawing.box_corners(box), colour, 1)
        framed.append((_size(level), copy))
    return Step(
        "The picture in a few sizes",
        f"The detector finds plates from {card.min_width:.0f} (blue) to {card.max_width:.0f} (green) pixels "
        f"wide. For larger ones it looks at the picture again, at half the size each time: "
        f"{len(levels)} {'sizes' if len(levels) > 1 else 'size'} here.",
        drawing.shelves(framed),
    )


def _presence_by_level(
    scheme: Cascade, search: Search, small: Sequence[Picture], presence: Sequence[Floats]
) -> Step:
    heated = []
    for picture, level, values in zip(small, search.detections.levels, presence, strict=True):
        cells = drawing.spread(
            [values], [level], (picture.shape[1], picture.shape[0]), (0, 0), scheme.detector.card.stride
        )
        heated.append((f"{_size(level)}: {values.max():.2%} at most", drawing.heat(picture, cells)))
    return Step(
        "Where a plate's centre is, at each size",
        f"The network divides each size into cells of {scheme.detector.card.stride} pixels and gives each "
        "the probability that a plate's centre is there, shown as a colour from violet for 0 % to yellow for "
        "100 %; and where the plate's four corners are then.",
        drawing.stacked([drawing.shelves(heated), drawing.scale_bar(scheme.faintest)]),
    )


def _presence(picture: Picture, scheme: Cascade, search: Search, presence: Sequence[Floats]) -> Step:
    fitted = drawing.fit(picture)
    size = (fitted.shape[1], fitted.shape[0])
    values = drawing.spread(presence, search.detections.levels, size, (0, 0), scheme.detector.card.stride)
    return Step(
        "Where a plate's centre is",
        "The same for all sizes together: the greatest probability at each place of the picture.",
        drawing.stacked([drawing.heat(fitted, values), drawing.scale_bar(scheme.faintest)]),
    )


def _before(picture: Picture, search: Search, best_cell: _Cell | None) -> Step:
    found = search.detections
    fitted = drawing.grey(drawing.fit(picture))
    scale = fitted.shape[1] / picture.shape[1]
    for quad in found.all_corners[::-1]:
        drawing.outline(fitted, quad * scale, drawing.OTHER, 1)
    sentence = (
        f"Each cell with a probability of at least {found.least:.2g} states four corners: "
        f"{len(found.all_corners):,} detections. Neighbouring cells state the same plate."
    )
    if best_cell is not None:
        sentence += f" The most probable cell of all has {best_cell.presence:.2%}"
        if best_cell.corners is not None:
            drawing.outline(fitted, best_cell.corners * scale, drawing.MARK, 1)
            drawing.tag(fitted, best_cell.corners * scale, f"{best_cell.presence:.2%}", drawing.MARK)
            sentence += " and states the corners in red."
        else:
            sentence += ", and its corners make no quadrilateral."
    return Step("Detections", sentence, fitted)


def _after(picture: Picture, scheme: Cascade, search: Search, plates: Sequence[Plate]) -> Step:
    drawn = picture.copy()
    thick = max(1, max(picture.shape[:2]) // 400)
    for quad in search.detections.corners:
        drawing.outline(drawn, quad, drawing.FAINT, thick)
    count = len(search.detections.corners)
    sentence = "There is no detection. "
    if len(search.detections.all_corners):
        sentence = (
            "Detections that overlap are of one plate, and the medians of their corners take their place. "
            "The detector looks at each again, in the middle of a small part of the picture, and both looks "
            f"make a probability. Of at least {scheme.faintest:.2g}, {count} {'is' if count == 1 else 'are'} "
            "left (grey). Those with a plate's text are drawn green with what the next steps read. "
        )
    if len(search.looks) > count:
        sentence += (
            "The picture was looked at once more, as a whole where it is so small that it may be nothing "
            "but a plate, and turned where no plate was sure; what that gave is drawn as well. "
        )
    return Step(
        "One quadrilateral for each plate",
        sentence + left_out(len(search.plates) - len(plates)),
        drawing.fit(draw(drawn, plates)),
    )


def _crops(
    picture: Picture, scheme: Cascade, search: Search, plates: Sequence[Plate], best_cell: _Cell | None
) -> Step:
    card = scheme.recognizer.card
    pictures = []
    for look, score in _first(search):
        result = f"{look.reading.text or 'no text'} {look.reading.confidence:.1%}"
        if look.reading.text and not _has(plates, look.corners):
            result += f" ({_why_left_out(scheme, search, look, score)}, left out)"
        pictures.append((f"{result}  presence {score:.2%}", drawing.enlarged(look.crop, _TIMES)))
    sentence = (
        f"Each plate is cut out along its corners and made flat, {card.width}×{card.height} pixels, grey: "
        f"this is what the recognizer sees, {_TIMES} times enlarged. It says where the plate's corners are "
        "in truth; where they are much off, the plate is cut out and looked at again, as here. What has no "
        "text of a plate's length is no plate, nor is a part of a more confident one, nor what presence "
        f"and text together make a plate with less than {scheme.threshold:.2g}."
    )
    if best_cell is not None and not pictures and best_cell.corners is not None:
        crop = rectify(picture, best_cell.corners, card.height, card.width)
        pictures = [(f"presence {best_cell.presence:.2%}", drawing.enlarged(crop, _TIMES))]
        sentence = (
            f"The corners of the most probable cell, cut out and made flat, {_TIMES} times enlarged. By both "
            "looks it is below the threshold, so the recognizer was not shown it."
        )
    elif not pictures:
        sentence = "There is nothing to cut out."
    shown = drawing.shelves(pictures) if pictures else drawing.line("no detection")
    return Step("What the recognizer saw", sentence + _first_ones(search), shown)


def _characters(scheme: Cascade, search: Search) -> Step:
    card = scheme.recognizer.card
    charts = [_chart(look.reading, look.crop, card.latin.alphabet) for look, _ in _first(search)]
    if not charts:
        return Step(
            "The characters",
            "The recognizer was shown nothing, so there are no characters.",
            drawing.line("no detection"),
        )
    sentence = (
        "The recognizer goes over the crop in steps from left to right (columns) and gives each character "
        "(rows) a probability at each step, and one to blank, which stands for no new character. Red frames "
        "mark the characters that are the most probable of their step; from left to right, and with "
        "neighbours that are the same merged, they mostly give the text. The reading itself adds up all the "
        "ways to give a text (CTC) and minds which texts plates have; the likeliest stand above each chart. "
        f"Where this crop leaves a doubt, they are those of it and of {len(card.views)} other views, a "
        "little scaled and shifted, together. "
        "Of a plate with two lines each half is read, one after the other."
    )
    return Step("The characters", sentence + _first_ones(search), drawing.stacked(charts))


def _chart(reading: Reading, crop: Picture, alphabet: str) -> Picture:
    texts = ", ".join(f"{c.text} {c.confidence:.1%}" for c in reading.candidates)
    said = drawing.line(texts or f"no text of a plate's length {reading.confidence:.1%}")
    steps = reading.probabilities
    if steps is None:  # of another script's text, and of what was left early
        return drawing.stacked([said, drawing.resized(crop, _ACROSS / crop.shape[1])])
    best = steps.argmax(-1)
    across = _ACROSS // len(steps)
    # Every other one where there is no room for all.
    columns = ["" if across < 16 and i % 2 else str(i + 1) for i in range(len(steps))]
    # The steps lie below what they are of, but for a few pixels.
    above = drawing.resized(crop, across * len(steps) / crop.shape[1])
    return drawing.stacked(
        [
            said,
            drawing.chart(
                steps.T,
                [*alphabet, "blank"],
                columns,
                [(c, i) for i, c in enumerate(best.tolist()) if c < len(alphabet)],
                (across, _DOWN),
                above=above,
            ),
        ]
    )


def _most_present(picture: Picture, scheme: Cascade, search: Search, presence: Sequence[Floats]) -> _Cell:
    """The most probable cell of all, where there is no detection."""
    found = search.detections
    number = int(np.argmax([values.max() for values in presence]))
    values, level = presence[number], found.levels[number]
    row, column = np.unravel_index(values.argmax(), values.shape)
    quad = decode_corners(found.grids[number], np.array([row]), np.array([column]), scheme.detector.card)[0]
    corners = quad * np.array([picture.shape[1] / level.width, picture.shape[0] / level.height], np.float32)
    return _Cell(float(values.max()), corners if is_convex(corners) else None)


def _has(plates: Sequence[Plate], quad: Floats) -> bool:
    return any(np.array_equal(plate.corners, quad) for plate in plates)


def _why_left_out(scheme: Cascade, search: Search, look: Look, presence: float) -> str:
    if _has(search.plates, look.corners):
        return "too improbable"
    if not scheme.reports(presence, look):
        return "hardly a plate"
    framed = boxes(np.stack([look.corners, *(plate.corners for plate in search.plates)]))
    if (overlaps(framed[0], framed[1:])[1] > CONTAINED).any():
        return "overlaps a more confident plate"
    return "less sure than another"  # of a picture turned, or of one that stands upright after all


def _first(search: Search) -> list[tuple[Look, float]]:
    return list(zip(search.looks, search.presences, strict=True))[:_MOST]


def _first_ones(search: Search) -> str:
    count = len(search.looks)
    return f" The first {_MOST} of {count} are shown." if count > _MOST else ""


def _size(level: Level) -> str:
    return f"{level.width} x {level.height}"
