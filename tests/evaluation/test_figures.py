from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.evaluation.figures import (
    MIN_IOU,
    PictureResult,
    box_of,
    calibration_error,
    character_accuracy,
    figures,
    figures_by_group,
    match,
)
from numberplate.evaluation.labels import Truth
from numberplate.evaluation.table import named_figures
from numberplate.geometry.overlap import Box, iou
from numberplate.reading import Plate

MakePlate = Callable[..., Plate]

sizes = st.floats(0.5, 500, width=32)
places = st.floats(-500, 500, width=32)
boxes = st.tuples(places, places, sizes, sizes)
texts = st.text("AB012", min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 10, 10), 1 / 3),
        ((0, 0, 10, 10), (0, 0, 10, 5), 0.5),  # one inside the other
        ((0, 0, 10, 10), (10, 0, 10, 10), 0.0),  # sharing an edge is no overlap
        ((0, 0, 10, 10), (20, 20, 10, 10), 0.0),  # apart both ways: two negative sides make no positive area
        ((0, 0, 0, 10), (0, 0, 0, 10), 0.0),  # without area, and no division by zero
        ((0.1, 0.1, 0.2, 0.2), (0.1, 0.1, 0.2, 0.2), 1.0),  # rounding must not pass 1
    ],
)
def test_iou(a: Box, b: Box, expected: float) -> None:
    assert iou(a, b) == pytest.approx(expected)


@given(boxes, boxes)
def test_iou_is_symmetric_and_within_bounds(a: Box, b: Box) -> None:
    assert 0 <= iou(a, b) <= 1
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert iou(a, a) == pytest.approx(1)


@given(boxes, st.sampled_from([0.25, 0.5, 2, 4]))
def test_iou_of_nested_boxes_is_the_ratio_of_areas(box: Box, scale: float) -> None:
    x, y, w, h = box
    assert iou(box, (x, y, w * scale, h)) == pytest.approx(min(scale, 1 / scale), abs=1e-6)


def test_match_takes_the_greatest_overlap_first(plate: MakePlate) -> None:
    truths = [Truth("AA1", (0, 0, 100, 20)), Truth("BB2", (30, 0, 100, 20))]
    # The first reading overlaps both plates enough; in order of the truths, the first would take it away.
    readings = [plate("BB2", (28, 0, 100, 20)), plate("AA1", (-20, 0, 100, 20))]
    assert iou((0, 0, 100, 20), box_of(readings[0])) >= MIN_IOU
    assert match(truths, readings) == [1, 0]


@pytest.mark.parametrize(
    ("truths", "readings", "expected"),
    [
        ([], [], []),
        ([], [("AB1", (0, 0, 10, 10))], []),  # a reading where no plate is labelled
        ([("AB1", (0, 0, 10, 10))], [], [None]),
        ([("AB1", (0, 0, 10, 10))], [("AB1", (0, 0, 10, 5))], [0]),  # exactly 0.5 is enough
        ([("AB1", (0, 0, 10, 10))], [("AB1", (0, 0, 10, 4.9))], [None]),  # the right text in a wrong place
        ([("AB1", (0, 0, 10, 10))], [("XX9", (0, 0, 10, 10))], [0]),  # a wrong text in the right place
        # Two readings of one plate: one finds it, the other is false.
        ([("AB1", (0, 0, 10, 10))], [("AB1", (0, 0, 10, 8)), ("AB1", (0, 0, 10, 9))], [1]),
        # Without a box: by text alone, however far off.
        ([("AB1", None)], [("XYZ", (0, 0, 10, 10)), ("A81", (50, 0, 10, 10))], [1]),
        ([("AB1", None)], [("XYZ789", (0, 0, 10, 10))], [0]),
        ([("AB1", None)], [], [None]),
        # The boxed plate comes first, though the other's text is nearer.
        ([("AB1", None), ("CD2", (0, 0, 10, 10))], [("AB1", (0, 0, 10, 10))], [None, 0]),
        # Two without boxes: the nearest pair first, not the first truth first.
        ([("AB1", None), ("CD2", None)], [("CD2", (0, 0, 10, 10)), ("XX9", (50, 0, 10, 10))], [1, 0]),
    ],
)
def test_match(plate: MakePlate, truths: list, readings: list, expected: list[int | None]) -> None:
    assert match([Truth(*t) for t in truths], [plate(*r) for r in readings]) == expected


def test_of_equally_near_readings_the_more_confident_counts(plate: MakePlate) -> None:
    readings = [plate("AB2", confidence=0.3), plate("AB3", confidence=0.6)]
    assert match([Truth("AB1")], readings) == [1]
    assert match([Truth("AB1", (0, 0, 100, 20))], readings) == [1]


@given(
    st.lists(st.tuples(texts, st.none() | boxes), max_size=5),
    st.lists(st.tuples(texts, boxes), max_size=5),
)
def test_match_gives_no_reading_twice_and_leaves_no_pair_over(
    plate: MakePlate, truths: list, readings: list
) -> None:
    labelled, read = [Truth(*t) for t in truths], [plate(*r) for r in readings]
    found = match(labelled, read)
    assert len(found) == len(labelled)
    taken = [p for p in found if p is not None]
    assert len(set(taken)) == len(taken)
    for truth, p in zip(labelled, found, strict=True):
        if truth.box is not None and p is not None:
            assert iou(truth.box, box_of(read[p])) >= MIN_IOU
        if truth.box is not None and p is None:
            left = [q for q in range(len(read)) if q not in taken]
            assert all(iou(truth.box, box_of(read[q])) < MIN_IOU for q in left)
        if truth.box is None and p is None:
            assert len(taken) == len(read)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),
        ([("AB123", "AB123")], 1.0),
        ([("AB123", "A8123"), ("KE1", "")], 0.5),  # pooled: 4 of 8, not the mean of 0.8 and 0
        ([("AB", "XYZWV")], 0.0),  # worse than nothing is nothing, not −1.5
        ([("AB", "XYZWV"), ("CD", "CD")], 0.5),  # and does not spoil the others
    ],
)
def test_character_accuracy(pairs: list[tuple[str, str]], expected: float | None) -> None:
    assert character_accuracy(pairs) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("confidences", "right", "expected"),
    [
        ([], [], None),
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 0.0], [False, True], 1.0),  # wrong both ways; 1.0 belongs to the last bin
        ([0.75, 0.75, 1.0, 1.0], [True, False, True, True], 0.125),
        ([0.05, 0.95], [True, False], 0.95),  # wrong both ways must not even out: they are in two bins
        ([0.62, 0.68], [True, False], 0.15),  # one bin: mean confidence 0.65, half right
    ],
)
def test_calibration_error(confidences: list[float], right: list[bool], expected: float | None) -> None:
    assert calibration_error(confidences, right) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("confidences", "right"), [([1.2], [True]), ([float("nan")], [True]), ([0.5], [])])
def test_calibration_error_refuses(confidences: list[float], right: list[bool]) -> None:
    with pytest.raises(ValueError, match="confidences"):
        calibration_error(confidences, right)


def test_figures_of_a_mixed_set(plate: MakePlate) -> None:
    box, far = (0, 0, 100, 20), (300, 300, 100, 20)
    results = [
        # right, and a false plate beside it
        PictureResult("eu/1.jpg", (Truth("AB123", box),), (plate("AB123", box), plate("X9", far)), 10),
        # right but for O and 0
        PictureResult("eu/2.jpg", (Truth("CO123", box),), (plate("C0123", box),), 20),
        # the right text, but in another place: not found, so no match, and a false plate
        PictureResult("us/1.jpg", (Truth("EF123", box),), (plate("EF123", far),), 30),
        # unreadable: not found; neither its time nor its false plates count
        PictureResult("us/2.jpg", (Truth("GH123", box),), error="not a picture"),
        # without a box: in exact matches, but in neither recall, precision nor false plates
        PictureResult("uk/1.jpg", (Truth("IJ123"),), (plate("IJ123", far), plate("Z9", box)), 40),
    ]
    found = figures(results)
    assert (found.pictures, found.unreadable, found.plates, found.plates_with_box) == (5, 1, 5, 4)
    assert found.detection_recall == pytest.approx(2 / 4)
    assert found.detection_precision == pytest.approx(2 / 4)
    assert found.false_plates_per_picture == pytest.approx(2 / 3)
    assert found.exact_strict == pytest.approx(2 / 5)
    assert found.exact_folded == pytest.approx(3 / 5)
    assert found.character_accuracy == pytest.approx((5 + 4 + 0 + 0 + 5) / 25)
    assert found.calibration_error == pytest.approx(abs(2 / 3 - 0.9))  # three matched, two of them right
    assert found.milliseconds_median == pytest.approx(25)
    assert found.milliseconds_p90 == pytest.approx(37)

    groups = figures_by_group(results)
    assert list(groups) == ["eu", "uk", "us"]
    assert groups["uk"].exact_strict == 1
    assert groups["uk"].detection_recall is None  # no boxes: unknown, not 0
    assert groups["uk"].false_plates_per_picture is None
    assert groups["us"].detection_recall == 0
    assert sum(group.plates for group in groups.values()) == found.plates


def test_a_plate_without_a_text_is_only_to_be_found(plate: MakePlate) -> None:
    box, other = (0, 0, 100, 20), (300, 300, 100, 20)
    readings = (plate("AB1", box), plate("CD2", other))
    found = figures([PictureResult("1.jpg", (Truth("AB1", box), Truth("", other)), readings, 10)])
    assert (found.plates_with_text, found.detection_recall) == (1, 1)
    assert (found.exact_strict, found.character_accuracy) == (1, 1)


def test_a_picture_labelled_as_showing_no_plate_counts_its_false_plates(plate: MakePlate) -> None:
    found = figures([PictureResult("1.jpg", (), (plate("AB1"),), 10), PictureResult("2.jpg", (), (), 10)])
    assert found.false_plates_per_picture == pytest.approx(0.5)
    assert found.detection_precision == 0
    assert found.exact_strict is None


def test_figures_of_nothing_are_unknown() -> None:
    found = figures([])
    assert found.pictures == found.plates == 0
    assert found.detection_recall is found.exact_strict is found.milliseconds_median is None


@pytest.mark.parametrize(
    ("images", "names"),
    [
        (["1.jpg", "2.jpg"], ["all"]),
        (["1.jpg", "eu/2.jpg"], ["all", "./", "eu"]),  # those in no folder are a group beside others
        (["all/1.jpg", "eu/2.jpg"], ["all", "all/", "eu"]),
    ],
)
def test_names_of_the_groups(images: list[str], names: list[str]) -> None:
    assert list(named_figures([PictureResult(image, (), (), 10) for image in images])) == names
