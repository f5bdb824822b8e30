"""The article's scheme: one network slid over the picture at many sizes.

The network says of each window whether a plate lies in it, and which seven characters it has; see
`numberplate.networks.window`. A plate is seen by several windows, which are grouped.
"""

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import overlaps
from numberplate.geometry.quads import Floats, Picture
from numberplate.models.bundle import load_window
from numberplate.models.cards.window import WindowCard
from numberplate.models.codec.window import decode_window
from numberplate.models.device import CPU
from numberplate.models.probability import logit, sigmoid
from numberplate.plates.formats import Regions
from numberplate.reading.detector import Level
from numberplate.results.plate import Candidate, Character, Plate

_MOST_PIXELS = 1 << 20
"""Of a level's picture that the network sees at once, to bound the memory that its maps take."""

MOST_MATCHES = 1000
"""Of one level, the most probable ones: bounds the work on a picture full of what looks like plates."""

_LEAST_ROWS = 4
"""Of windows in what the network sees at once, however wide the picture is."""


@dataclass(frozen=True)
class Match:
    """A window that shows a plate.

    `box`: x, y, width, height in pixels of the picture; `level`, `row`, `column`: where in the pyramid;
    `logit`: of presence, and `presence` its probability; `characters`: float64 (characters, alphabet), the
    probabilities at each position.
    """

    box: tuple[float, float, float, float]
    level: int
    row: int
    column: int
    logit: float
    characters: npt.NDArray[np.float64]

    @property
    def presence(self) -> float:
        """The probability that the window shows a plate."""
        return float(sigmoid(self.logit))


@dataclass(frozen=True)
class Group:
    """The matches of one plate, most confident first, and `box`, the intersection of their boxes."""

    matches: tuple[Match, ...]
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Search:
    """All that was looked at in one picture.

    `levels`: the pyramid's sizes, largest first; `presence`: for each the probabilities, float32 (rows,
    columns); `matches`, of a level MOST_MATCHES at most, and the `groups` that they make, best first;
    `plates`: what each group states.
    """

    levels: tuple[Level, ...]
    presence: tuple[Floats, ...]
    matches: tuple[Match, ...]
    groups: tuple[Group, ...]
    plates: tuple[Plate, ...]


def pyramid(width: int, height: int, card: WindowCard) -> list[Level]:
    """The sizes at which the network sees a picture of (width, height), largest first.

    The first is the picture's own; each further one is smaller by the card's zoom, as long as a window fits.
    Raises ValueError for a picture smaller than a window.
    """
    if width < card.width or height < card.height:
        raise ValueError(
            f"picture: {width}×{height} pixels are smaller than a window of {card.width}×{card.height}"
        )
    found = []
    scale = 1.0
    while round(width * scale) >= card.width and round(height * scale) >= card.height:
        found.append(Level(round(width * scale), round(height * scale)))
        scale /= card.zoom
    return found


def window_counts(level: Level, card: WindowCard) -> tuple[int, int]:
    """Rows and columns of windows at a level: as many as cover it, the last ones reaching beyond."""
    return (
        1 + math.ceil((level.height - card.height) / card.stride),
        1 + math.ceil((level.width - card.width) / card.stride),
    )


class Windows:
    """The sliding windows.

    Args:
        weights: folder of a bundle with a window network; None for the package's own.
        threads: to run on.
        threshold: least probability of presence that counts as a match, 0..1; None for the bundle's own.
        overlap: matches whose boxes overlap by more, intersection over union, 0..1, are of one plate; None
            for the bundle's own.
        device: that the network runs on; see `numberplate.models.device`.

    Raises WeightsError when the weights cannot be used, ValueError for an argument out of range.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        threshold: float | None = None,
        overlap: float | None = None,
        device: str = CPU,
    ):
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"threshold: expected a probability above 0, got {threshold}")
        if overlap is not None and not 0 <= overlap <= 1:
            raise ValueError(f"overlap: expected a share in 0..1, got {overlap}")
        self._network, self.card = load_window(weights, threads, device)
        self.threshold = self.card.threshold if threshold is None else threshold
        self.overlap = self.card.overlap if overlap is None else overlap

    def search_crop(self, picture: Picture, candidates: int = 5) -> Search:
        """Raises ValueError: windows see no crops."""
        raise ValueError('plate_only: only for the scheme "cascade"')

    def with_regions(self, regions: Regions) -> "Windows":
        """This one: it reads one format alone, whatever the region."""
        return self

    @property
    def smallest(self) -> tuple[int, int]:
        """Width and height of the smallest picture that can be read, in pixels: those of a window."""
        return self.card.width, self.card.height

    def read(self, picture: Picture, candidates: int = 5) -> list[Plate]:
        """The plates of a picture, uint8 (height, width, 3), RGB, best first.

        Their corners are those of upright boxes: this scheme tells no more of a plate's pose. Raises
        ValueError for a picture smaller than a window.
        """
        return list(self.search(picture, candidates).plates)

    @property
    def min_confidence(self) -> float:
        """What is no plate reads as nonsense, less sure than that."""
        return 0.1

    @property
    def grey_side(self) -> None:
        """None: a window sees every pixel of a picture."""

    def search(
        self, picture: Picture, candidates: int = 5, whole: Callable[[], Picture] | None = None
    ) -> Search:
        """The same, with all that led to it. `whole`: of no effect."""
        height, width = picture.shape[:2]
        levels = pyramid(width, height, self.card)
        grey = (
            picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        )
        presence: list[Floats] = []
        matches: list[Match] = []
        for number, level in enumerate(levels):
            outputs = self.outputs(level_picture(grey, level))
            presence.append(sigmoid(outputs[..., 0]).astype(np.float32))
            scale = np.array([width / level.width, height / level.height])
            matches += self._matches(number, outputs, scale)
        groups = tuple(group_matches(matches, self.overlap))
        plates = tuple(plate(group, self.card.alphabet, candidates) for group in groups)
        return Search(tuple(levels), tuple(presence), tuple(matches), groups, plates)

    def outputs(self, level: npt.NDArray[np.uint8]) -> Floats:
        """What the network gives for each window of a level's picture, uint8 (height, width), grey.

        Returns float32 (rows, columns, outputs), logits divided by the card's temperature; see
        `window_counts`.
        """
        card = self.card
        rows, columns = window_counts(Level(level.shape[1], level.shape[0]), card)
        framed = framed_level(level, card)
        # In strips, whose maps fit in memory however large the picture is; they give what the whole gives.
        most = max(_LEAST_ROWS, (_MOST_PIXELS // framed.shape[1] - card.height) // card.stride)
        # All in one array from the start: of a large picture they take more than a gigabyte.
        found = np.empty((rows, columns, 1 + card.characters * len(card.alphabet)), np.float32)
        for first in range(0, rows, most):
            count = min(most, rows - first)
            top = first * card.stride
            bottom = top + card.height + 2 * card.margin_y + (count - 1) * card.stride
            logits = self._network(framed[None, top:bottom, :, None].astype(np.float32))[0]
            np.divide(logits, np.float32(card.temperature), found[first : first + count])
        return found

    def _matches(self, number: int, outputs: Floats, scale: npt.NDArray[np.float64]) -> Iterator[Match]:
        said = outputs[..., 0].ravel()
        places = np.flatnonzero(said >= float(logit(self.threshold)))
        if len(places) > MOST_MATCHES:
            places = np.sort(places[np.argsort(-said[places], kind="stable")[:MOST_MATCHES]])
        for row, column in np.stack(np.unravel_index(places, outputs.shape[:2]), 1).tolist():
            yield self.match(number, row, column, outputs[row, column], scale)

    def match(
        self, number: int, row: int, column: int, outputs: Floats, scale: npt.NDArray[np.float64]
    ) -> Match:
        """The window at (row, column) of a level as a match, however probable its presence is.

        `number`: of the level; `outputs`: of the window, float32 (outputs,); `scale`: (x, y), pixels of the
        picture in one of the level's.
        """
        card = self.card
        x, y = (scale * [column * card.stride, row * card.stride]).tolist()
        width, height = (scale * [card.width, card.height]).tolist()
        logit, characters = decode_window(outputs, card.characters)
        return Match((x, y, width, height), number, row, column, logit, characters)


def level_picture(grey: npt.NDArray[np.uint8], level: Level) -> npt.NDArray[np.uint8]:
    """A grey picture, uint8 (height, width), at the size of a level."""
    if grey.shape == (level.height, level.width):
        return grey
    size = (level.width, level.height)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def framed_level(level: npt.NDArray[np.uint8], card: WindowCard) -> npt.NDArray[np.uint8]:
    """A level's picture with what the network sees beyond it: its edges, repeated."""
    rows, columns = window_counts(Level(level.shape[1], level.shape[0]), card)
    below = card.height + (rows - 1) * card.stride - level.shape[0]
    right = card.width + (columns - 1) * card.stride - level.shape[1]
    x, y = card.margin_x, card.margin_y
    framed = cv2.copyMakeBorder(level, y, y + below, x, x + right, cv2.BORDER_REPLICATE)
    return np.asarray(framed, np.uint8)


def group_matches(matches: list[Match], overlap: float) -> list[Group]:
    """Matches that overlap, together.

    The most confident one and all whose boxes overlap its own by more than `overlap` are the first group, the
    most confident one of the rest begins the next, and so on.

    The box of a group is the intersection of its matches' boxes, in which the plate lies if it lies wholly in
    each of them; a match that has nothing in common with that of the surer ones does not count for it.
    """
    ranked = sorted(matches, key=lambda match: -match.logit)
    edges = np.array([match.box for match in ranked]).reshape(-1, 4)
    edges[:, 2:] += edges[:, :2]
    left = np.arange(len(ranked))
    groups = []
    while len(left):
        together = overlaps(edges[left[0]], edges[left])[0] > overlap
        together[0] = True
        members = left[together]
        box = edges[members[0]]
        for other in edges[members]:
            smaller = np.concatenate([np.maximum(box[:2], other[:2]), np.minimum(box[2:], other[2:])])
            if (smaller[2:] > smaller[:2]).all():
                box = smaller
        x, y, right, bottom = box.tolist()
        found = tuple(ranked[i] for i in members.tolist())
        groups.append(Group(found, (x, y, right - x, bottom - y)))
        left = left[~together]
    return groups


def likeliest_labels(characters: npt.NDArray[np.float64], count: int) -> list[tuple[tuple[int, ...], float]]:
    """The `count` most probable labels with their probabilities, best first; exact.

    `characters`: float64 (positions, classes), each row summing to 1. A label has a class for each position.
    """
    best: list[tuple[tuple[int, ...], float]] = [((), 1.0)]
    # The positions are independent, so the best labels of one position more grow from the best of one less.
    for row in characters:
        classes = np.argsort(-row, kind="stable")[:count].tolist()
        longer = [((*label, c), p * float(row[c])) for label, p in best for c in classes]
        best = heapq.nlargest(count, longer, key=lambda item: item[1])
    return best


def plate(group: Group, alphabet: str, candidates: int = 5) -> Plate:
    """The plate that a group of matches states: read by its most confident one.

    `alphabet`: of the window's classes.
    """
    best = group.matches[0]
    labels = likeliest_labels(best.characters, candidates)
    texts = tuple(Candidate("".join(alphabet[c] for c in label), min(1.0, p)) for label, p in labels)
    sure = best.characters[range(len(best.characters)), labels[0][0]].tolist()
    x, y, width, height = group.box
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return Plate(
        texts[0].text,
        texts[0].confidence,
        best.presence,
        np.array(corners, np.float32),
        tuple(Character(c, min(1.0, p)) for c, p in zip(texts[0].text, sure, strict=True)),
        texts,
    )
