from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.bundle import load_window
from numberplate.models.initial import WINDOW
from numberplate.plates.alphabet import ALPHABET
from numberplate.reading import PictureError, PlateReader, WeightsError, windows
from numberplate.reading.detector import Level
from numberplate.reading.windows import (
    MOST_MATCHES,
    Group,
    Match,
    Windows,
    framed_level,
    group_matches,
    level_picture,
    likeliest_labels,
    plate,
    pyramid,
    window_counts,
)

from .conftest import MakeWeights, change_card

CARD = replace(
    WINDOW, width=128, height=64, margin_x=10, margin_y=14, stride=8, characters=7, overlap=0.2, zoom=1.3
)

SIZES = st.tuples(st.integers(CARD.width, 2000), st.integers(CARD.height, 2000))


def picture_with(places: list[tuple[int, int]], size: tuple[int, int] = (200, 300)) -> np.ndarray:
    """A black picture, white in the middle of the windows at (row, column): the network's answer is sure."""
    picture = np.zeros((*size, 3), np.uint8)
    for row, column in places:
        y, x = 28 + 8 * row, 60 + 8 * column
        picture[y : y + 8, x : x + 8] = 255
    return picture


@given(SIZES, st.floats(1.05, 3))
def test_levels_shrink_until_no_window_fits(size: tuple[int, int], zoom: float) -> None:
    width, height = size
    levels = pyramid(width, height, replace(CARD, zoom=zoom))
    assert levels[0] == Level(width, height)
    for i, level in enumerate(levels):
        assert level.width >= CARD.width
        assert level.height >= CARD.height
        assert level.width == pytest.approx(width / zoom**i, abs=0.51)
        assert level.height == pytest.approx(height / zoom**i, abs=0.51)
    further = zoom ** len(levels)
    assert width / further < CARD.width or height / further < CARD.height


@given(SIZES)
def test_windows_cover_a_level_and_reach_less_than_a_stride_beyond(size: tuple[int, int]) -> None:
    level = Level(*size)
    rows, columns = window_counts(level, CARD)
    assert 0 <= CARD.height + (rows - 1) * CARD.stride - level.height < CARD.stride
    assert 0 <= CARD.width + (columns - 1) * CARD.stride - level.width < CARD.stride


@pytest.mark.parametrize("size", [(128, 64), (129, 65), (300, 200)])
def test_framed_level_is_the_level_within_repeated_edges(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, size[::-1], np.uint8)
    framed = framed_level(picture, CARD)
    rows, columns = window_counts(Level(*size), CARD)
    assert framed.shape == (64 + 28 + 8 * (rows - 1), 128 + 20 + 8 * (columns - 1))
    assert (framed[14 : 14 + size[1], 10 : 10 + size[0]] == picture).all()
    assert (framed[:14, 10 : 10 + size[0]] == picture[0]).all()
    assert (framed[14 + size[1] :, 10 + size[0] :] == picture[-1, -1]).all()


@pytest.mark.parametrize("size", [(127, 64), (128, 63), (1, 1)])
def test_no_level_is_smaller_than_a_window(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="smaller than a window of 128×64"):
        pyramid(*size, CARD)


def test_every_window_is_seen_alone(make_weights: MakeWeights) -> None:
    """Each output is that of its own window with its margin, and of nothing else in the level."""
    weights = make_weights()
    level = np.random.default_rng(1).integers(0, 256, (90, 163), np.uint8)
    outputs = Windows(weights).outputs(level)
    framed, network = framed_level(level, CARD), load_window(weights)[0]
    assert outputs.shape == (*window_counts(Level(163, 90), CARD), 253)
    for row, column in np.ndindex(outputs.shape[:2]):
        seen = framed[8 * row :, 8 * column :][:92, :148]
        alone = network(seen[None, ..., None].astype(np.float32))[0, 0, 0]
        assert outputs[row, column] == pytest.approx(alone, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 30_000, 50_000])
def test_strips_give_what_the_whole_gives(
    make_weights: MakeWeights, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    scheme = Windows(make_weights())
    level = np.random.default_rng(2).integers(0, 256, (333, 210), np.uint8)
    whole = scheme.outputs(level)
    monkeypatch.setattr(windows, "_MOST_PIXELS", most)
    assert scheme.outputs(level) == pytest.approx(whole, abs=1e-4)


def test_temperature_divides_the_logits(make_weights: MakeWeights) -> None:
    weights = make_weights()
    level = np.random.default_rng(3).integers(0, 256, (64, 128), np.uint8)
    before = Windows(weights).outputs(level)
    change_card(weights, "window", temperature=2)
    assert Windows(weights).outputs(level) == pytest.approx(before / 2, abs=1e-4)


def test_search_says_where_and_what(make_weights: MakeWeights) -> None:
    search = Windows(make_weights()).search(picture_with([(2, 5)]))
    assert search.levels[:2] == (Level(300, 200), Level(231, 154))
    shapes = [window_counts(level, CARD) for level in search.levels]
    assert [presence.shape for presence in search.presence] == shapes
    assert all(((presence >= 0) & (presence <= 1)).all() for presence in search.presence)
    (match,) = search.matches
    assert (match.level, match.row, match.column) == (0, 2, 5)
    assert match.box == (40, 16, 128, 64)
    assert match.presence == pytest.approx(search.presence[0][2, 5], abs=1e-6)
    assert match.characters.shape == (7, 36)
    assert match.characters.sum(-1) == pytest.approx(np.ones(7))
    assert [group.matches for group in search.groups] == [(match,)]


def test_boxes_are_in_pixels_of_the_picture(make_weights: MakeWeights) -> None:
    # Too broad for one window's middle at the full size, it fills the middles of windows at smaller ones too.
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[180:220, 280:320] = 255
    search = Windows(make_weights()).search(picture)
    assert {match.level for match in search.matches} > {0, 1, 2}
    for match in search.matches:
        x, y, width, height = match.box
        level = search.levels[match.level]
        assert (width, height) == pytest.approx((128 * 600 / level.width, 64 * 400 / level.height))
        assert 280 <= x + width / 2 <= 320
        assert 180 <= y + height / 2 <= 220
    assert len(search.groups) < len(search.matches)


def test_of_a_picture_full_of_plates_the_most_probable_count(make_weights: MakeWeights) -> None:
    picture = np.full((600, 600, 3), 230, np.uint8)
    sure = [(5, 7), (40, 50), (66, 3)]
    for row, column in sure:
        picture[28 + 8 * row :, 60 + 8 * column :][:8, :8] = 255
    search = Windows(make_weights()).search(picture)
    counts = [sum(match.level == number for match in search.matches) for number in range(len(search.levels))]
    assert counts[0] == counts[1] == MOST_MATCHES > counts[-1] > 0
    places = [(match.row, match.column) for match in search.matches if match.level == 0]
    assert places == sorted(places)
    assert {*sure} < {*places}


def test_reads_what_the_network_says(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights(window="XY34FGH"), scheme="windows")
    first, second = reader.read(picture_with([(0, 0), (15, 20)]))
    assert sorted([first.box, second.box]) == [(0, 0, 128, 64), (160, 120, 128, 64)]
    for found in (first, second):
        assert found.text == "XY34FGH"
        # The last character, an H, might be an I; the rest is sure.
        assert [c.text for c in found.candidates[:2]] == ["XY34FGH", "XY34FGI"]
        assert found.confidence == pytest.approx(1 / (1 + np.exp(-2)), abs=0.002)
        assert [c.confidence > 0.99 for c in found.characters] == [True] * 6 + [False]
        assert found.detection_confidence == pytest.approx(1 / (1 + np.exp(-11)), abs=1e-6)


def test_picture_without_plate(make_weights: MakeWeights) -> None:
    assert PlateReader(make_weights(), scheme="windows").read(picture_with([])) == []


def test_picture_of_one_window(make_weights: MakeWeights) -> None:
    (found,) = PlateReader(make_weights(), scheme="windows").read(picture_with([(0, 0)], (64, 128)))
    assert found.box == (0, 0, 128, 64)


@pytest.mark.slow
def test_threshold_is_an_option(make_weights: MakeWeights) -> None:
    weights = make_weights()
    picture = picture_with([(2, 5)]) // 255 * 210  # logit 2, probability 0.88
    assert PlateReader(weights, scheme="windows").read(picture) == []
    (found,) = PlateReader(weights, scheme="windows", detection_threshold=0.8).read(picture)
    assert found.detection_confidence == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-4)
    assert PlateReader(weights, scheme="windows", detection_threshold=0.9).read(picture) == []


def test_overlap_is_an_option(make_weights: MakeWeights) -> None:
    weights = make_weights()
    picture = picture_with([(2, 5), (2, 13)])  # half a window apart: a third of their union
    assert len(PlateReader(weights, scheme="windows").read(picture)) == 1
    assert len(PlateReader(weights, scheme="windows", overlap=0.4).read(picture)) == 2


@pytest.mark.parametrize(
    "options", [{"detection_threshold": 0}, {"detection_threshold": 1.1}, {"overlap": -0.1}, {"overlap": 2}]
)
def test_options_out_of_range(make_weights: MakeWeights, options: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(options)).removeprefix("detection_")):
        PlateReader(make_weights(), scheme="windows", **options)


def test_nothing_is_as_sure_as_a_threshold_of_one(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights(), scheme="windows", detection_threshold=1)
    assert reader.read(picture_with([(2, 5)])) == []


@pytest.mark.parametrize("size", [(63, 300), (200, 127)])
def test_picture_smaller_than_a_window(make_weights: MakeWeights, size: tuple[int, int]) -> None:
    reader = PlateReader(make_weights(), scheme="windows")
    picture = picture_with([], size)
    reason = f"too small: {size[1]}×{size[0]} pixels, at least 128×64 are needed"
    with pytest.raises(PictureError, match=f"<array>: {reason}"):
        reader.read(picture)
    assert reader.report(picture, "camera 7").to_dict()["error"] == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"margin_x": None}, r"window\.margin_x: expected a number, got None"),
        ({"margin_y": 14.5}, r"window\.margin_y: expected a whole number, got 14\.5"),
        ({"stride": 0}, r"window\.stride: expected a number above 0 and up to 2048, got 0"),
        ({"temperature": "1"}, r"window\.temperature: expected a number"),
        ({"zoom": 1}, r"window\.zoom: expected a number above 1"),
        ({"characters": 6}, r"window\.onnx: output: expected shape \(None, None, None, 217\)"),
    ],
)
def test_card_that_does_not_fit(make_weights: MakeWeights, changes: dict, reason: str) -> None:
    weights = make_weights()
    change_card(weights, "window", **changes)
    with pytest.raises(WeightsError, match=reason):
        Windows(weights)


# What the network's file does not state.
@pytest.mark.parametrize(
    "changes",
    [{"margin_x": 20}, {"margin_x": 1}, {"margin_y": 5}, {"width": 160}, {"height": 8}, {"stride": 4}],
)
def test_card_of_other_windows(make_weights: MakeWeights, changes: dict) -> None:
    weights = make_weights()
    change_card(weights, "window", **changes)
    with pytest.raises(WeightsError, match=r"window\.onnx: .* the card does not fit the network"):
        Windows(weights)


def test_missing_file_is_named(make_weights: MakeWeights) -> None:
    weights = make_weights()
    (weights / "window.onnx").unlink()
    with pytest.raises(WeightsError, match=r"window\.onnx"):
        PlateReader(weights, scheme="windows")
    PlateReader(weights)  # the cascade needs none of them


def as_match(box: tuple[float, float, float, float], logit: float) -> Match:
    return Match(box, 0, 0, 0, logit, np.full((7, 36), 1 / 36))


NUMBERS = st.floats(0, 500)
SIDES = st.floats(20, 300)
BOXES = st.tuples(NUMBERS, NUMBERS, SIDES, SIDES)
MATCHES = st.lists(st.builds(as_match, BOXES, st.floats(-10, 30)), max_size=12)
OVERLAPS = st.floats(0, 1)


def over_union(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes, x, y, width, height."""
    shared = common(a, b)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def common(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """The area that two boxes have in common."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


@given(MATCHES, OVERLAPS)
def test_every_match_is_in_one_group(matches: list[Match], overlap: float) -> None:
    groups = group_matches(matches, overlap)
    members = [id(match) for group in groups for match in group.matches]
    assert sorted(members) == sorted(map(id, matches))


@given(MATCHES, OVERLAPS)
def test_groups_and_their_matches_are_best_first(matches: list[Match], overlap: float) -> None:
    groups = group_matches(matches, overlap)
    for ranked in ([group.matches[0] for group in groups], *[group.matches for group in groups]):
        logits = [match.logit for match in ranked]
        assert logits == sorted(logits, reverse=True)


@given(MATCHES, OVERLAPS)
def test_matches_are_grouped_with_the_first_that_they_overlap(matches: list[Match], overlap: float) -> None:
    groups = group_matches(matches, overlap)
    for i, group in enumerate(groups):
        first = group.matches[0]
        assert all(over_union(first.box, other.box) > overlap - 1e-9 for other in group.matches)
        for later in groups[i + 1 :]:
            assert all(over_union(first.box, other.box) <= overlap + 1e-9 for other in later.matches)


@given(MATCHES, OVERLAPS)
def test_group_box_is_what_its_matches_share(matches: list[Match], overlap: float) -> None:
    for group in group_matches(matches, overlap):
        area = group.box[2] * group.box[3]
        assert area > 0
        assert common(group.box, group.matches[0].box) == pytest.approx(area)
        for match in group.matches:
            # Within it, or, of one that has nothing in common with the surer ones, outside of it.
            assert common(group.box, match.box) in (pytest.approx(area), pytest.approx(0, abs=1e-6))


def test_group_of_one_match_has_its_box() -> None:
    (group,) = group_matches([as_match((3, 4, 128, 64), 5)], 0.2)
    assert group.box == (3, 4, 128, 64)


def test_no_match_makes_no_group() -> None:
    assert group_matches([], 0.2) == []


def test_group_is_read_by_its_most_confident_match() -> None:
    def reading(text: str) -> np.ndarray:
        probabilities = np.full((7, 36), 0.1 / 35)
        probabilities[range(7), [ALPHABET.index(c) for c in text]] = 0.9
        return probabilities

    matches = [
        Match((0, 0, 128, 64), 0, 0, 0, 5, reading("AA11AAA")),
        Match((8, 0, 128, 64), 0, 0, 1, 7, reading("BB22BBB")),
        Match((16, 0, 128, 64), 0, 0, 2, 6, reading("CC33CCC")),
    ]
    (group,) = group_matches(matches, 0.2)
    found = plate(group, ALPHABET)
    assert found.text == "BB22BBB"
    assert found.detection_confidence == pytest.approx(1 / (1 + np.exp(-7)))
    assert found.confidence == pytest.approx(0.9**7)
    assert found.box == (16, 0, 112, 64)
    assert [c.confidence for c in found.characters] == pytest.approx([0.9] * 7)


@given(st.integers(0, 2**32), st.integers(1, 20))
def test_candidates_are_the_best_texts_sorted(seed: int, count: int) -> None:
    characters = np.random.default_rng(seed).dirichlet(np.full(36, 0.1), 7)
    group = Group((Match((0, 0, 128, 64), 0, 0, 0, 6.0, characters),), (0, 0, 128, 64))
    found = plate(group, ALPHABET, count)
    assert len(found.candidates) == count == len({c.text for c in found.candidates})
    confidences = [c.confidence for c in found.candidates]
    assert confidences == sorted(confidences, reverse=True)
    assert found.text == "".join(ALPHABET[c] for c in characters.argmax(-1))
    for candidate in found.candidates:
        at = [ALPHABET.index(c) for c in candidate.text]
        assert candidate.confidence == pytest.approx(characters[range(7), at].prod())


def test_level_picture_has_its_size() -> None:
    grey = np.random.default_rng(4).integers(0, 256, (200, 300), np.uint8)
    assert (level_picture(grey, Level(300, 200)) == grey).all()
    assert level_picture(grey, Level(231, 154)).shape == (154, 231)
    assert level_picture(grey, Level(231, 154)).mean() == pytest.approx(grey.mean(), abs=1)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 5), st.integers(1, 12))
def test_likeliest_labels_are_those_of_enumeration(seed: int, count: int, classes: int, wanted: int) -> None:
    odds = np.exp(np.random.default_rng(seed).normal(0, 2, (count, classes)))
    rows = odds / odds.sum(1, keepdims=True)
    expected = {c: float(np.prod(rows[range(count), c])) for c in product(range(classes), repeat=count)}
    found = likeliest_labels(rows, wanted)
    assert [p for _, p in found] == pytest.approx(sorted(expected.values(), reverse=True)[:wanted])
    assert all(p == pytest.approx(expected[label]) for label, p in found)
