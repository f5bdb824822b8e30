from collections.abc import Callable

import pytest

from numberplate.evaluation.figures import PictureResult
from numberplate.evaluation.labels import Truth
from numberplate.evaluation.misses import misses
from numberplate.reading import Plate

MakePlate = Callable[..., Plate]

BOX = (0.0, 0.0, 100.0, 20.0)
FAR = (300.0, 300.0, 100.0, 20.0)


@pytest.mark.parametrize(
    ("truths", "readings", "kinds"),
    [
        ([("AB1", BOX)], [("AB1", BOX)], []),
        ([("AB1", BOX)], [], ["not found"]),
        ([("AB1", BOX)], [("A81", BOX)], ["misread"]),
        ([("AO1", BOX)], [("A01", BOX)], ["O/0 or I/1"]),
        ([("AO1", BOX)], [("A0I", BOX)], ["O/0 or I/1"]),  # both at once, and both ways
        ([("AO1", BOX)], [("A0", BOX)], ["misread"]),  # a missing character is no matter of O and 0
        ([("AB1", BOX)], [("AB1", FAR)], ["not found", "false plate"]),
        ([("AB1", BOX)], [("AB1", BOX), ("XY9", FAR)], ["false plate"]),
        ([], [("XY9", FAR)], ["false plate"]),  # labelled as showing no plate
        (
            [("AB1", None)],
            [("AB1", BOX), ("XY9", FAR)],
            [],
        ),  # where a box is unknown, no reading is called false
        ([("AB1", None)], [], ["not found"]),
    ],
)
def test_kinds(plate: MakePlate, truths: list, readings: list, kinds: list[str]) -> None:
    result = PictureResult("1.jpg", tuple(Truth(*t) for t in truths), tuple(plate(*r) for r in readings), 10)
    assert [miss.kind for miss in misses([result])] == kinds


def test_every_plate_of_an_unreadable_picture_is_shown() -> None:
    truths = (Truth("AB1", BOX), Truth("CD2"))
    found = misses([PictureResult("1.jpg", truths, error="empty"), PictureResult("2.jpg", (), error="empty")])
    assert [miss.kind for miss in found] == ["unreadable picture"] * 3
    assert [miss.truth for miss in found] == [*truths, None]


def test_a_badly_placed_reading_is_told_from_an_overlooked_plate(plate: MakePlate) -> None:
    result = PictureResult("1.jpg", (Truth("AB1", BOX),), (plate("AB1", (50, 0, 100, 20)),), 10)
    assert [miss.overlap for miss in misses([result])] == pytest.approx([1 / 3, 1 / 3])


def test_the_nearest_reading_tells(plate: MakePlate) -> None:
    readings = (plate("AB1", FAR), plate("AB1", (50, 0, 100, 20)))
    found = misses([PictureResult("1.jpg", (Truth("AB1", BOX),), readings, 10)])
    assert [miss.overlap for miss in found] == pytest.approx([1 / 3, 0, 1 / 3])


def test_misses_come_by_kind_then_in_the_order_of_the_pictures(plate: MakePlate) -> None:
    results = [
        PictureResult("1.jpg", (Truth("AB1", BOX),), (plate("X1", FAR),), 10),
        PictureResult("2.jpg", (Truth("AB1", BOX),), (plate("X1", BOX),), 10),
        PictureResult("3.jpg", (Truth("AB1", BOX),), (), 10),
    ]
    assert [(miss.kind, miss.result.image) for miss in misses(results)] == [
        ("not found", "1.jpg"),
        ("not found", "3.jpg"),
        ("misread", "2.jpg"),
        ("false plate", "1.jpg"),
    ]
