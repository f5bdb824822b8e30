"""The steps of the article's scheme."""

import math
from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture
from numberplate.pictures.annotate import draw
from numberplate.reading.explain import drawing
from numberplate.reading.explain.page import Step, left_out
from numberplate.reading.windows import (
    MOST_MATCHES,
    Group,
    Match,
    Search,
    Windows,
    framed_level,
    level_picture,
    plate,
    window_counts,
)
from numberplate.results.plate import Plate

_MOST = 8
"""Plates whose window and characters are shown, the best ones."""

_TIMES = 4
"""A window is shown so many times enlarged."""

_CELL = (28, 28)
"""Of the chart of characters, width and height in pixels."""


def window_steps(picture: Picture, scheme: Windows, search: Search, plates: Sequence[Plate]) -> list[Step]:
    """The steps of one picture, uint8 (height, width, 3), RGB; `plates`: those of the search's kept."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    shown = [group.matches[0] for group in search.groups[:_MOST]] or [_most_present(grey, scheme, search)]
    scale = drawing.shared_scale(search.levels)
    small = [drawing.resized(level_picture(grey, level), scale) for level in search.levels]
    return [
        _levels(scheme, search, small, scale),
        _presence_by_level(scheme, search, small),
        _presence(picture, scheme, search),
        _matches(picture, scheme, search, shown[0]),
        _groups(picture, search, plates),
        _inputs(grey, scheme, search, shown),
        _characters(scheme, search, shown),
    ]


def _levels(scheme: Windows, search: Search, small: Sequence[Picture], scale: float) -> Step:
    card = scheme.card
    framed = []
    for level, picture in zip(search.levels, small, strict=True):
        copy = picture.copy()
        width, height = card.width * scale, card.height * scale
        corner = ((copy.shape[1] - width) / 2, (copy.shape[0] - height) / 2, width, height)
        drawing.outline(copy, drawing.box_corners(corner), drawing.FOUND)
        framed.append((_size(search, search.levels.index(level)), copy))
    count = sum(math.prod(window_counts(level, card)) for level in search.levels)
    return Step(
        "The picture in many sizes",
        f"The network sees windows of {card.width}×{card.height} pixels (green) and knows plates of about "
        f"one size, so the picture is shrunk again and again, by {card.zoom} each time: large plates fit "
        "when it is small, small ones when it is large. The window is moved over all "
        f"{len(search.levels)} sizes in steps of {card.stride} pixels, {count:,} windows in all.",
        drawing.shelves(framed),
    )


def _presence_by_level(scheme: Windows, search: Search, small: Sequence[Picture]) -> Step:
    heated = [
        (
            f"{_size(search, i)}: {search.presence[i].max():.2%} at most",
            drawing.heat(picture, _spread(scheme, search, [i], (picture.shape[1], picture.shape[0]))),
        )
        for i, picture in enumerate(small)
    ]
    return Step(
        "Where a plate is, at each size",
        "Each window gives the probability that a plate lies in its middle, and it is shown as a colour "
        "there, from violet for 0 % to yellow for 100 %. No window's middle is near the edge: it stays bare.",
        drawing.stacked([drawing.shelves(heated), drawing.scale_bar(scheme.threshold)]),
    )


def _presence(picture: Picture, scheme: Windows, search: Search) -> Step:
    fitted = drawing.fit(picture)
    values = _spread(scheme, search, range(len(search.levels)), (fitted.shape[1], fitted.shape[0]))
    return Step(
        "Where a plate is",
        "The same for all sizes together: the greatest probability at each place of the picture.",
        drawing.stacked([drawing.heat(fitted, values), drawing.scale_bar(scheme.threshold)]),
    )


def _matches(picture: Picture, scheme: Windows, search: Search, best: Match) -> Step:
    fitted = drawing.grey(drawing.fit(picture))
    scale = fitted.shape[1] / picture.shape[1]
    colours = drawing.level_colours(len(search.levels))
    for match in reversed(search.matches):
        corners = drawing.box_corners(match.box) * scale
        drawing.outline(fitted, corners, colours[match.level], 1)
    counts = Counter(match.level for match in search.matches)
    legend = [drawing.line(f"{_size(search, i)}: {counts[i]}", colours[i]) for i in sorted(counts)]
    if search.matches:
        sentence = (
            f"All windows that are at least as probable as the threshold, {scheme.threshold:.2g}: "
            f"{len(search.matches):,}. A plate is seen by several windows around it and at neighbouring "
            "sizes; each size has its colour."
        )
        if max(counts.values()) == MOST_MATCHES:
            sentence += f" Of a size with more than {MOST_MATCHES:,} the most probable ones are taken."
    else:
        corners = drawing.box_corners(best.box) * scale
        drawing.outline(fitted, corners, drawing.MARK)
        drawing.tag(fitted, corners, f"{best.presence:.2%}", drawing.MARK)
        sentence = (
            f"No window is as probable as the threshold, {scheme.threshold:.2g}. The most probable one of "
            f"all has {best.presence:.2%} and is drawn in red."
        )
    return Step("Windows that show a plate", sentence, drawing.stacked([fitted, *legend]))


def _groups(picture: Picture, search: Search, plates: Sequence[Plate]) -> Step:
    drawn = picture.copy()
    thick = max(1, max(picture.shape[:2]) // 400)
    for group in search.groups:
        drawing.outline(drawn, drawing.box_corners(group.box), drawing.FAINT, thick)
    sentence = (
        "Windows that overlap show the same plate and are put together. The plate lies in all of them, so "
        "its box is what they have in common, and the most probable window of each group reads it. "
        if search.groups
        else "There is no window to put together, so no plate is read."
    )
    return Step(
        "One box for each plate",
        sentence + left_out(len(search.plates) - len(plates)),
        drawing.fit(draw(drawn, plates)),
    )


def _inputs(grey: Picture, scheme: Windows, search: Search, shown: Sequence[Match]) -> Step:
    card = scheme.card
    x, y = card.margin_x, card.margin_y
    pictures = []
    for match in shown:
        level = framed_level(level_picture(grey, search.levels[match.level]), card)
        top, left = match.row * card.stride, match.column * card.stride
        seen = level[top : top + card.height + 2 * y, left : left + card.width + 2 * x]
        large = drawing.enlarged(seen, _TIMES)
        frame = (x * _TIMES, y * _TIMES, card.width * _TIMES, card.height * _TIMES)
        drawing.outline(large, drawing.box_corners(frame), drawing.FOUND)
        text, size = _text(match, card.alphabet), _size(search, match.level)
        title = f"{text}  presence {match.presence:.2%}  at {size}"
        pictures.append((title, large))
    sentence = (
        f"The window that reads each plate, exactly as the network sees it, {_TIMES} times enlarged: grey, "
        "the plate a few pixels high. The green frame is the window; the network sees a little beyond it."
        if search.groups
        else f"The most probable window of all, {shown[0].presence:.2%}, {_TIMES} times enlarged. It is "
        f"below the threshold of {scheme.threshold:.2g}, so what it says is not given as a plate."
    )
    return Step("What the network saw", sentence + _first_ones(search), drawing.shelves(pictures))


def _characters(scheme: Windows, search: Search, shown: Sequence[Match]) -> Step:
    charts = []
    alphabet = scheme.card.alphabet
    for match in shown:
        best = match.characters.argmax(-1)
        stated = plate(Group((match,), match.box), alphabet, 5)
        texts = ", ".join(f"{c.text} {c.confidence:.1%}" for c in stated.candidates)
        rows = [str(i + 1) for i in range(len(best))]
        notes = [f"{alphabet[c]}  {p:.1%}" for c, p in zip(best, match.characters.max(-1), strict=True)]
        charts += [
            drawing.line(texts),
            drawing.chart(match.characters, rows, alphabet, list(enumerate(best)), _CELL, notes),
        ]
    sentence = (
        f"For each of the {shown[0].characters.shape[0]} positions (rows) the network gives the probability "
        "of each character (columns). The most probable one, in the red frame, is read; the probabilities of "
        "all positions, multiplied, are that of the whole text. Above each chart stand the likeliest texts."
    )
    if not search.groups:
        sentence += " This window is below the threshold, so the text is a guess about no plate."
    return Step("The characters", sentence + _first_ones(search), drawing.stacked(charts))


def _most_present(grey: Picture, scheme: Windows, search: Search) -> Match:
    """The most probable window of all, where none is a match."""
    number = int(np.argmax([presence.max() for presence in search.presence]))
    presence, level, card = search.presence[number], search.levels[number], scheme.card
    row, column = (int(i) for i in np.unravel_index(presence.argmax(), presence.shape))
    # Of the level only the part that the network sees of this window is looked at again.
    across, down = (math.ceil(margin / card.stride) for margin in (card.margin_x, card.margin_y))
    left, top = max(0, column - across), max(0, row - down)
    part = level_picture(grey, level)[
        top * card.stride : (row + down) * card.stride + card.height,
        left * card.stride : (column + across) * card.stride + card.width,
    ]
    outputs = scheme.outputs(part)[row - top, column - left]
    whole = search.levels[0]
    scale = np.array([whole.width / level.width, whole.height / level.height])
    return scheme.match(number, row, column, outputs, scale)


def _spread(
    scheme: Windows, search: Search, numbers: Sequence[int], size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    card = scheme.card
    # A window's probability stands in the cell at its centre.
    first = ((card.width - card.stride) / 2, (card.height - card.stride) / 2)
    maps, levels = [search.presence[i] for i in numbers], [search.levels[i] for i in numbers]
    return drawing.spread(maps, levels, size, first, card.stride)


def _first_ones(search: Search) -> str:
    more = len(search.groups) - _MOST
    return f" The first {_MOST} of {len(search.groups)} are shown." if more > 0 else ""


def _size(search: Search, number: int) -> str:
    return f"{search.levels[number].width} x {search.levels[number].height}"


def _text(match: Match, alphabet: str) -> str:
    return "".join(alphabet[c] for c in match.characters.argmax(-1))
