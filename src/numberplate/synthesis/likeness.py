"""How like the world synthesized crops look: simple statistics of pictures of plates, and whether they tell.

Nothing is learnt from the real pictures for reading plates: what is taken from each is the numbers of
`NAMES`, and what a classifier makes of those numbers is its AUC and nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np

from numberplate.geometry.quads import rectify, side_lengths
from numberplate.models.probability import sigmoid
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH
from numberplate.plates.design import Design
from numberplate.synthesis.samples import PLATE_WIDTHS, background_of, sample_rng
from numberplate.synthesis.scene import Ingredients, draw_plate

_FOLDS, _TIMES = 5, 4
"""Parts that the pictures are divided into, and how often."""

FEWEST = 2 * _FOLDS
"""Pictures of either kind."""

_RIDGE = 3.0
"""Weight of the squared coefficients: with it a few dozen pictures are enough for as many coefficients."""


def statistics_of(picture: np.ndarray, corners: np.ndarray | None = None) -> np.ndarray:
    """float64 (len(NAMES),): the statistics of a plate in a picture, uint8 (height, width) grey.

    `corners`: the plate's with what is seen around it, float32 (4, 2) in reading order; None for the whole
    picture. Blockiness and aspect are those of the picture as it is, the others those of what the recognizer
    sees of the plate, at 48×144, where black is 0 and white is 1. Raises ValueError for a picture with fewer
    than 8 pixels a side.
    """
    height, width = picture.shape
    if min(height, width) < 8:
        raise ValueError(f"a picture of {width}×{height}: expected 8 pixels a side or more")
    if corners is None:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = rectify(picture, corners, INPUT_HEIGHT, INPUT_WIDTH, (0.0, 0.0)).astype(np.float32) / 255
    values = [measure(seen) for measure in _SEEN.values()]
    return np.array([*values, _blockiness(picture), np.divide(*side_lengths(corners))])


def _contrast(seen: np.ndarray) -> float:
    low, high = np.percentile(seen, [5, 95])
    return max(0.02, float(high - low))


def _slopes(seen: np.ndarray) -> np.ndarray:
    """Steps from pixel to pixel, in units of the picture's contrast."""
    across = cv2.Sobel(seen, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(seen, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return cv2.magnitude(across, down) / _contrast(seen)


def _fine(seen: np.ndarray) -> float:
    """Share of the spectrum's amplitude, but for the mean, above a quarter of a cycle a pixel."""
    window = np.hanning(seen.shape[0])[:, None] * np.hanning(seen.shape[1])
    amplitude = np.abs(np.fft.rfft2((seen - seen.mean()) * window))
    down, across = np.fft.fftfreq(seen.shape[0])[:, None], np.fft.rfftfreq(seen.shape[1])
    return float(amplitude[np.hypot(down, across) > 0.25].sum() / max(1e-9, amplitude.sum()))


def _halo(seen: np.ndarray) -> float:
    """How much light and dark stand out two or three pixels from an edge against further away from any.

    In units of the contrast: below 0 where edges are blurred, above it where they were sharpened.
    """
    _, mask = cv2.threshold((255 * seen).astype(np.uint8), 0, 1, cv2.THRESH_OTSU)
    total = 0.0
    for side, sign in ((mask, 1), (1 - mask, -1)):
        away = cv2.distanceTransform(side, cv2.DIST_L2, 3)
        near, far = seen[(away > 1.5) & (away < 3.5)], seen[away > 4.5]
        if near.size and far.size:
            total += sign * float(near.mean() - far.mean())
    return total / _contrast(seen)


def _noise(seen: np.ndarray) -> float:
    """Deviation of what is left, in grey levels of 255, where the picture is flattest (Immerkær)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    left = np.abs(cv2.filter2D(seen, cv2.CV_32F, kernel))
    slopes = _slopes(seen)
    flat = slopes <= np.quantile(slopes, 0.4)
    return 255 * float(left[flat].mean()) * float(np.sqrt(np.pi / 2))


def _uneven(seen: np.ndarray) -> float:
    """How unevenly the plate is lit: the spread of the lightest fifth of each of 2×6 parts, over its mean."""
    parts = seen.reshape(2, INPUT_HEIGHT // 2, 6, INPUT_WIDTH // 6).swapaxes(1, 2).reshape(12, -1)
    light = np.percentile(parts, 80, axis=1)
    return float(light.std() / max(0.02, light.mean()))


def _edge_width(seen: np.ndarray) -> float:
    """Pixels that the steepest edges take: the range of grey around them over their slope."""
    slopes = _slopes(seen) * _contrast(seen)
    steep = slopes >= np.quantile(slopes, 0.97)
    around = np.ones((7, 7), np.uint8)
    reach = cv2.dilate(seen, around) - cv2.erode(seen, around)
    return float(np.median(reach[steep] / np.maximum(slopes[steep], 1e-3)))


_SEEN: dict[str, Callable[[np.ndarray], float]] = {
    "mean grey": lambda seen: float(seen.mean()),
    "spread of grey": lambda seen: float(seen.std()),
    "contrast (p95 - p5)": _contrast,
    "black pixels": lambda seen: float((seen < 0.07).mean()),
    "burnt-out pixels": lambda seen: float((seen > 0.97).mean()),
    "high frequencies": _fine,
    "p99 gradient": lambda seen: float(np.quantile(_slopes(seen), 0.99)),
    "median gradient": lambda seen: float(np.median(_slopes(seen))),
    "halo at edges": _halo,
    "edge width": _edge_width,
    "noise": _noise,
    "uneven light": _uneven,
}


def _blockiness(picture: np.ndarray) -> float:
    """How much larger bends are at every eighth column and row, where JPEG's blocks meet: 1 without blocks.

    A picture may be cut anywhere: of the eight grids the clearest counts, against the clearest of grids of
    seven and nine, which no file has.
    """
    ratios = []
    for axis in (0, 1):
        steps = np.abs(np.diff(picture.astype(np.float32), 2, axis=axis)).mean(1 - axis)
        clearest = [
            max(steps[phase::period].mean() for phase in range(min(period, steps.size)))
            for period in (7, 8, 9)
        ]
        ratios.append(clearest[1] / max(0.1, (clearest[0] + clearest[2]) / 2))
    return float(np.sqrt(ratios[0] * ratios[1]))


NAMES = (*_SEEN, "blockiness", "aspect")
"""What each of the statistics is called."""

_SHAPE = (NAMES.index("aspect"),)
"""What depends on which plates were photographed, not on how: shown, but no reason to tell them apart."""


@dataclass(frozen=True)
class Likeness:
    """Statistics of real and of synthesized crops, float64 (n, len(NAMES)) each, and how well they tell."""

    real: np.ndarray
    synthesized: np.ndarray
    auc: float
    """Of a real and a synthesized crop, how often a classifier gives the real one more: 0.5 is by chance."""


def compared(real: np.ndarray, synthesized: np.ndarray, seed: int = 1) -> Likeness:
    """The likeness of two sets of statistics, rows of `statistics_of`.

    A logistic regression on each statistic's rank and its square is fitted to four fifths of the pictures,
    both sides weighing the same, and asked about the last fifth: each fifth, four times over. Raises
    ValueError for fewer than ten of either.
    """
    if min(len(real), len(synthesized)) < FEWEST:
        raise ValueError(f"{min(len(real), len(synthesized))} crops: expected {FEWEST} or more of either")
    both = np.delete(np.vstack([real, synthesized]), _SHAPE, axis=1)
    ranks = np.array([_ranks(column) for column in both.T]).T / len(both) * 2 - 1
    features = np.hstack([ranks, 3 * ranks**2 - 1, np.ones((len(both), 1))])
    truth = np.arange(len(both)) < len(real)
    weights = np.where(truth, 0.5 / len(real), 0.5 / len(synthesized)) * len(both)
    rng = np.random.default_rng(seed)
    areas = []
    for _ in range(_TIMES):
        folds = np.empty(len(both), np.int64)
        for side in (truth, ~truth):
            folds[side] = rng.permutation(np.arange(side.sum()) % _FOLDS)
        for fold in range(_FOLDS):
            fitted, asked = folds != fold, folds == fold
            coefficients = _logistic(features[fitted], truth[fitted], weights[fitted])
            areas.append(area(features[asked] @ coefficients, truth[asked]))
    return Likeness(real, synthesized, float(np.mean(areas)))


def _ranks(values: np.ndarray) -> np.ndarray:
    """The mean rank of each among all, from 0.5: equal ones have the same."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - counts / 2)[place]


def area(scores: np.ndarray, truth: np.ndarray) -> float:
    """The area under the ROC curve: how often a true one's score is above that of one that is not."""
    positive = int(truth.sum())
    above = _ranks(scores)[truth].sum() - positive**2 / 2
    return float(above / (positive * (len(scores) - positive)))


def _logistic(features: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The coefficients of a ridge logistic regression, by Newton's method."""
    coefficients = np.zeros(features.shape[1])
    ridge = np.full(features.shape[1], _RIDGE)
    ridge[-1] = 1e-3
    for _ in range(30):
        likely = sigmoid(features @ coefficients)
        slope = features.T @ (weights * (truth - likely)) - ridge * coefficients
        bend = (features * (weights * likely * (1 - likely))[:, None]).T @ features + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-6:
            break
    return coefficients


@dataclass(frozen=True)
class _Shaped(Ingredients):
    """Ingredients of plates whose aspect is about `aspect`, as far as there are such."""

    aspect: float = 2.0

    def design(self, rng: np.random.Generator) -> Design:
        for _ in range(40):
            design = super().design(rng)
            if 0.8 < design.aspect / self.aspect < 1.25:
                break
        return design


def crops(
    ingredients: Ingredients, seed: int, number: int, like: Sequence[tuple[int, int]] = ()
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Synthesized plates, uint8 (height, width) grey, and the corners that the recognizer's crops have there.

    They are as wide as training has them, or as wide and about as long for their height as pictures of
    (height, width) drawn from `like`.
    """
    shaped: dict[int, Ingredients] = {}
    for index in range(number):
        rng = sample_rng(seed, index)
        low, high = PLATE_WIDTHS
        drawn = ingredients
        if like:
            height, width = like[int(rng.integers(len(like)))]
            low = high = float(np.clip(width, low, high))
            step = round(8 * np.log(width / height))
            if step not in shaped:
                shaped[step] = _Shaped(
                    **{field.name: getattr(ingredients, field.name) for field in fields(ingredients)},
                    aspect=float(np.exp(step / 8)),
                )
            drawn = shaped[step]
        scene = draw_plate(drawn, background_of(seed, index), (low, high), rng, grey=True)
        a, b, c, d = corners = scene.plates[0].corners
        # As tightly as detectors and people cut: up to a twelfth of the plate's height beyond it.
        down = (d - a + c - b) / 2 * rng.uniform(0, 1 / 12)
        across = (b - a + c - d) / 2 * rng.uniform(0, 1 / 12) / np.divide(*side_lengths(corners))
        corners = corners + np.stack([-across - down, across - down, across + down, down - across])
        least = np.maximum(0, corners.min(0)).astype(int)
        right, bottom = np.ceil(corners.max(0)).astype(int)
        yield scene.picture[least[1] : bottom, least[0] : right], (corners - least).astype(np.float32)


def table(likeness: Likeness) -> str:
    """The statistics side by side as lines of plain text: quartiles of each, and the AUC of each alone."""
    real, synthesized = f"{len(likeness.real)} real", f"{len(likeness.synthesized)} synthesized"
    lines = [
        f"{'':20}  {real:^23}  {synthesized:^23}  alone",
        f"{'':20}  {'25 %':>7} {'median':>7} {'75 %':>7}  {'25 %':>7} {'median':>7} {'75 %':>7}    AUC",
    ]
    truth = np.arange(len(likeness.real) + len(likeness.synthesized)) < len(likeness.real)
    for i, name in enumerate(NAMES):
        both = likeness.real[:, i], likeness.synthesized[:, i]
        cells = ["".join(f" {v:7.3f}" for v in np.percentile(side, [25, 50, 75])) for side in both]
        alone = area(np.concatenate(both), truth)
        lines.append(f"{name:20} {cells[0]} {cells[1]}   {max(alone, 1 - alone):.2f}")
    return "\n".join(lines)
