from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.synthesis.likeness import NAMES, area, compared, crops, statistics_of, table
from numberplate.synthesis.samples import PLATE_WIDTHS
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds


@pytest.fixture(scope="module")
def ingredients() -> Ingredients:
    return Ingredients(Letterings(), Backgrounds())


@pytest.fixture(scope="module")
def drawn(ingredients: Ingredients) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(crops(ingredients, 3, 80))


def plate() -> np.ndarray:
    """Dark strokes on light paper, uint8 (96, 288)."""
    picture = np.full((96, 288), 190, np.uint8)
    for x in range(20, 260, 34):
        picture[20:76, x : x + 10] = 50
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


def value(picture: np.ndarray, name: str) -> float:
    return float(statistics_of(picture)[NAMES.index(name)])


def test_each_statistic_answers_to_its_cause() -> None:
    sharp = plate()
    blurred = cv2.GaussianBlur(sharp, (0, 0), 4.0)
    haloed = cv2.addWeighted(sharp, 2.2, cv2.GaussianBlur(sharp, (0, 0), 4.0), -1.2, 0)
    noisy = np.clip(sharp + np.random.default_rng(1).normal(0, 12, sharp.shape), 0, 255).astype(np.uint8)
    blocky = cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 8])[1], 0)
    shaded = (sharp * np.linspace(1, 0.4, 288)).astype(np.uint8)
    assert value(blurred, "edge width") > 1.5 * value(sharp, "edge width")
    assert value(blurred, "p99 gradient") < 0.8 * value(sharp, "p99 gradient")
    assert value(blurred, "high frequencies") < value(sharp, "high frequencies")
    assert value(haloed, "halo at edges") > value(sharp, "halo at edges") + 0.02
    assert value(noisy, "noise") > value(sharp, "noise") + 1
    assert value(blocky, "blockiness") > 1.2
    assert value(noisy, "blockiness") < 1.15
    assert value(shaded, "uneven light") > value(sharp, "uneven light") + 0.1
    assert value(np.full((48, 144), 3, np.uint8), "black pixels") == 1
    assert value(np.full((48, 144), 253, np.uint8), "burnt-out pixels") == 1
    assert value(sharp, "mean grey") == pytest.approx(sharp.mean() / 255, abs=0.01)
    assert value(sharp, "aspect") == 3


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 60), st.integers(8, 90), st.sampled_from(["flat", "noise"]), st.integers(0, 255))
def test_any_picture_has_finite_statistics(height: int, width: int, kind: str, grey: int) -> None:
    picture = np.full((height, width), grey, np.uint8)
    if kind == "noise":
        picture = np.random.default_rng(grey).integers(0, 256, (height, width), np.uint8)
    values = statistics_of(picture)
    assert values.shape == (len(NAMES),)
    assert np.isfinite(values).all()


def test_a_picture_of_next_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="7×40"):
        statistics_of(np.zeros((40, 7), np.uint8))


def test_two_draws_of_one_synthesizer_are_not_told_apart(ingredients: Ingredients) -> None:
    one, other = (np.array([statistics_of(*c) for c in crops(ingredients, s, 120)]) for s in (1, 2))
    assert compared(one, other).auc == pytest.approx(0.5, abs=0.12)


def test_blurred_ones_are_told(drawn: list[tuple[np.ndarray, np.ndarray]]) -> None:
    sharp = np.array([statistics_of(*crop) for crop in drawn])
    blurred = np.array([statistics_of(cv2.GaussianBlur(p, (0, 0), p.shape[1] / 40), c) for p, c in drawn])
    likeness = compared(sharp, blurred)
    assert likeness.auc > 0.95
    lines = table(likeness).splitlines()
    assert len(lines) == len(NAMES) + 2
    assert "80 real" in lines[0]
    edge = next(line for line in lines if line.startswith("edge width")).split()
    assert float(edge[3]) < float(edge[6])  # medians
    assert float(edge[-1]) > 0.9


def test_shape_is_shown_but_tells_nothing(drawn: list[tuple[np.ndarray, np.ndarray]]) -> None:
    values = np.array([statistics_of(*crop) for crop in drawn])
    one, other = values[:40], values[40:]
    before = compared(one, other).auc
    other[:, NAMES.index("aspect")] *= 3
    assert compared(one, other).auc == before


def test_too_few_are_an_error() -> None:
    rows = np.zeros((9, len(NAMES)))
    with pytest.raises(ValueError, match="9 crops: expected 10"):
        compared(rows, np.zeros((30, len(NAMES))))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30), st.data())
def test_area_is_the_share_of_pairs_in_order(scores: list[int], data: st.DataObject) -> None:
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))
    if truth.all() or not truth.any():
        return
    values = np.array(scores, float)
    above = values[truth][:, None] - values[~truth][None]
    assert area(values, truth) == pytest.approx(((above > 0) + 0.5 * (above == 0)).mean())


def test_crops_are_as_wide_and_as_long_as_asked(ingredients: Ingredients) -> None:
    like = [(60, 120)] * 3 + [(30, 130)]
    for (picture, corners), (again, _) in zip(
        crops(ingredients, 5, 20, like), crops(ingredients, 5, 20, like), strict=True
    ):
        assert (picture == again).all()
        assert 60 < picture.shape[1] < 220
        assert corners.min() > -1
        assert (corners.max(0) <= np.array(picture.shape[::-1]) + 1).all()
    widths = [p.shape[1] for p, _ in crops(ingredients, 5, 40)]
    assert min(widths) < 0.5 * PLATE_WIDTHS[1]
    long = np.mean([statistics_of(*c)[-1] for c in crops(ingredients, 5, 30, [(30, 140)])])
    short = np.mean([statistics_of(*c)[-1] for c in crops(ingredients, 5, 30, [(70, 140)])])
    assert short + 1 < long


REAL = Path(__file__).parents[3] / "shared" / "real-plates" / "more" / "crops-us"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real crops are not beside this checkout")
def test_real_crops_have_statistics() -> None:
    paths = sorted(REAL.iterdir())[:20]
    values = np.array([statistics_of(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) for path in paths])
    assert np.isfinite(values).all()
