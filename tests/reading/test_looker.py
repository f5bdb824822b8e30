"""What is made of plates at given corners, by a network whose answers are known."""

import numpy as np
import pytest

from numberplate.geometry.quads import rectify, strip
from numberplate.reading.cascade import Cascade

from .conftest import MakeWeights

PICTURE = np.full((480, 640), 60, np.uint8)


def box(x: float, y: float, width: float, height: float) -> np.ndarray:
    """The corners of an upright plate, (4, 2)."""
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)


# One text of the whole has a confidence of 0.88, and that of both lines of 0.78.
@pytest.mark.parametrize(
    ("logit", "text"),
    [(-3.0, "AB123"), (0.0, "AB123"), (0.25, "AB123AB123"), (5.0, "AB123AB123")],
    ids=["hardly", "even", "likely", "surely"],
)
def test_lines_are_read_where_they_are_likelier_than_the_text_of_the_whole(
    make_weights: MakeWeights, logit: float, text: str
) -> None:
    cascade = Cascade(make_weights("AB123", lines=(logit, 0.5)))
    (look,) = cascade.recognize(PICTURE, box(200, 200, 200, 100)[None], again=False)
    assert look.reading.text == text
    assert look.is_of_two_lines == (text != "AB123")
    assert look.one_line == (logit < 0)


@pytest.mark.parametrize(("split", "part"), [(0.05, 0.2), (0.4, 0.4), (0.99, 0.8)])
def test_lines_part_where_the_network_says_and_each_has_some_height(
    make_weights: MakeWeights, split: float, part: float
) -> None:
    picture = np.random.default_rng(0).integers(0, 120, (480, 640), np.uint8)
    corners = box(200, 200, 200, 100)
    cascade = Cascade(make_weights("AB123", lines=(5.0, split)))
    (look,) = cascade.recognize(picture, corners[None])
    height, width = cascade.recognizer.card.height, cascade.recognizer.card.width
    # Each reaches a little beyond the place between them.
    both = [
        rectify(picture, strip(corners, span), height, width) for span in ((0, part + 0.04), (part - 0.04, 1))
    ]
    assert np.abs(look.crop.astype(int) - np.hstack(both)).max() <= 1


def test_a_network_that_does_not_tell_of_lines_reads_the_halves_of_what_is_high(
    make_weights: MakeWeights,
) -> None:
    picture = np.full_like(PICTURE, 40)
    picture[180:236] = 255
    # One character is no text of a plate's: neither the whole, which is dark, nor the lower half has one.
    cascade = Cascade(make_weights("A", light="AB12"))
    (look,) = cascade.recognize(picture, box(200, 200, 299, 100)[None])
    assert look.is_of_two_lines
    assert look.reading.text == "AB12A"
    assert look.together is None  # no band of one row is read
    (wide,) = cascade.recognize(picture, box(200, 200, 301, 100)[None], again=False)
    assert not wide.is_of_two_lines
    assert wide.reading.text == ""


# Less than 0.02, two lines are not looked for, even where the whole has no text.
@pytest.mark.parametrize(("logit", "text"), [(-3.0, "AB12A"), (-5.0, "")])
def test_lines_that_are_hardly_there_are_not_read(make_weights: MakeWeights, logit: float, text: str) -> None:
    picture = np.full_like(PICTURE, 40)
    picture[180:236] = 255
    cascade = Cascade(make_weights("A", light="AB12", lines=(logit, 0.5)))
    (look,) = cascade.recognize(picture, box(200, 200, 299, 100)[None], again=False)
    assert look.reading.text == text


# Of a plate whose height is 100, 6 pixels from an edge are near it.
@pytest.mark.parametrize(
    ("corners", "cut"),
    [
        (box(200, 200, 300, 100), ()),
        (box(1, 200, 300, 100), ("left",)),
        (box(5, 200, 300, 100), ("left",)),
        (box(9, 200, 300, 100), ()),
        (box(335, 200, 300, 100), ("right",)),
        (box(200, 5, 300, 100), ("top",)),
        (box(200, 375, 300, 100), ("bottom",)),
        (box(0, 0, 300, 100), ("left", "top")),
        (box(340, 380, 300, 100), ("right", "bottom")),
        # Of one whose height is 20, no more than 2.
        (box(1, 200, 60, 20), ("left",)),
        (box(3, 200, 60, 20), ()),
    ],
)
def test_what_the_network_says_of_cut_sides_counts_at_the_pictures_edge(
    make_weights: MakeWeights, corners: np.ndarray, cut: tuple[str, ...]
) -> None:
    cascade = Cascade(make_weights(cut=(2.0, 2.0, 2.0, 2.0)))
    (look,) = cascade.recognize(PICTURE, corners[None])
    sides = [side for side, p in zip(("left", "top", "right", "bottom"), look.cut, strict=True) if p]
    assert tuple(sides) == cut
    assert [p for p in look.cut.tolist() if p] == pytest.approx([1 / (1 + np.exp(-2))] * len(cut))


def test_what_is_not_cut_says_so_at_the_edge(make_weights: MakeWeights) -> None:
    cascade = Cascade(make_weights(cut=(-2.0, 2.0, 2.0, 2.0)))
    (look,) = cascade.recognize(PICTURE, box(0, 200, 300, 100)[None])
    assert look.cut.tolist() == pytest.approx([1 / (1 + np.exp(2)), 0, 0, 0])


# What rounding leaves of one of its halves or bands is no quadrilateral.
@pytest.mark.parametrize(
    "corners",
    [
        [(155.52178955078125, 80.45555114746094), (225.28253173828125, 49.29443359375),
         (225.28253173828125, 125.60263061523438), (54.45066833496094, 125.60263061523438)],
        [(52.152713775634766, 34.05124282836914), (152.32022094726562, 34.05124282836914),
         (121.69347381591797, 56.96710205078125), (52.152713775634766, 108.99958801269531)],
    ],
    ids=["half", "band"],
)  # fmt: skip
@pytest.mark.parametrize("lines", [None, (5.0, 0.5)], ids=["unstated", "two"])
def test_what_is_hardly_more_than_a_triangle_is_read(
    make_weights: MakeWeights, corners: list[tuple[float, float]], lines: tuple[float, float] | None
) -> None:
    cascade = Cascade(make_weights("AB123", lines=lines))
    (look,) = cascade.recognize(PICTURE, np.array([corners], np.float32))
    assert look.reading.text in ("AB123", "AB123AB123")
