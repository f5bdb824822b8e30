"""What is made of several looks at one plate."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from numberplate.geometry.quads import LOWER, UPPER, Picture, strip
from numberplate.plates.design import Design, shipped_designs
from numberplate.reading.cascade import Cascade
from numberplate.reading.decoding import Reading
from numberplate.reading.look import Look, most_agreed
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.plate.flat import draw_flat

from .conftest import MakeWeights


def look(text: str, confidence: float) -> Look:
    reading = Reading(text, confidence, (), ())
    return Look(np.zeros((4, 2), np.float32), np.zeros((48, 144), np.uint8), reading)


@pytest.mark.parametrize(
    ("said", "text", "confidence"),
    [
        ([("AB12", 0.6)], "AB12", 0.6),
        ([("AB12", 0.6), ("AB17", 0.7)], "AB17", 0.7),
        # Two that agree are more than a surer one alone.
        ([("AB17", 0.7), ("AB12", 0.4), ("AB12", 0.5)], "AB12", 0.5),
        ([("", 0.99), ("AB12", 0.1), ("", 0.98)], "AB12", 0.1),
        ([("", 0.9), ("", 0.99)], "", 0.99),
    ],
)
def test_the_surest_look_at_what_most_confidence_is_given_to(
    said: list[tuple[str, float]], text: str, confidence: float
) -> None:
    best = most_agreed([look(*one) for one in said]).reading
    assert (best.text, best.confidence) == (text, confidence)


class Counting(Cascade):
    """Counts the crops that it reads."""

    count = 0

    def recognize(self, picture: Picture, corners: npt.NDArray[np.float32], *given: int) -> tuple[Look, ...]:
        self.count += len(corners)
        return super().recognize(picture, corners, *given)


@pytest.mark.parametrize(("sure", "count"), [(0.01, 1), (0.999999, 3)])
def test_a_picture_that_is_a_plate_is_looked_at_again_where_its_text_is_in_doubt(
    make_weights: MakeWeights, sure: float, count: int
) -> None:
    cascade = Counting(make_weights("AB123"))
    whole = replace(cascade.acceptance.whole_picture, sure=sure, insets=(0.04, 0.0, 0.09))
    acceptance = replace(cascade.acceptance, whole_picture=whole)
    cascade = cascade.with_numbers(cascade.detector.card, cascade.recognizer.card, acceptance, cascade.vote)
    found = cascade.look_at_crop(np.full((30, 100), 200, np.uint8))
    assert found.reading.text == "AB123"
    assert cascade.count == count


@pytest.mark.parametrize("size", [(40, 200), (200, 40)])
def test_a_picture_that_is_a_plate_is_read_within_its_edges(
    make_weights: MakeWeights, size: tuple[int, int]
) -> None:
    cascade = Cascade(make_weights("AB123"))
    whole = replace(cascade.acceptance.whole_picture, insets=(0.1,))
    acceptance = replace(cascade.acceptance, whole_picture=whole)
    cascade = cascade.with_numbers(cascade.detector.card, cascade.recognizer.card, acceptance, cascade.vote)
    found = cascade.look_at_crop(np.full(size, 200, np.uint8))
    # By a share of the shorter side, in pixels of the picture.
    low, (right, bottom) = 4, (size[1] - 4, size[0] - 4)
    assert found.corners == pytest.approx(
        np.array([(low, low), (right, low), (right, bottom), (low, bottom)]), abs=0.01
    )


Drawn = tuple[Picture, npt.NDArray[np.float32], str]
"""A picture of a plate, its corners, and its text."""


def drawn(design: Design, plate_height: int, size: tuple[int, int], seed: int) -> Drawn:
    """A plate of a design, so many pixels high, in the middle of a picture of this height and width."""
    letterings, _ = letterings_and_backgrounds((), None, False)
    flat = draw_flat(design, letterings, plate_height / design.size[1], np.random.default_rng(seed))
    picture = np.full(size, 60, np.uint8)
    height, width = flat.mask.shape
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    at = picture[top : top + height, left : left + width]
    at[:] = np.where(flat.mask > 127, flat.picture.mean(2), at)
    corners = np.asarray(flat.corners + np.array([left, top]), np.float32)
    return picture, corners, "".join(line.text for line in flat.lines)


@pytest.fixture(scope="module")
def of_two_rows() -> Drawn:
    """An Indian plate."""
    design = next(d for d in shipped_designs() if d.code == "in" and len(d.lines) == 2)
    return drawn(design, 120, (400, 500), 3)


@pytest.fixture(scope="module")
def of_one_row() -> Drawn:
    """A German plate."""
    design = next(d for d in shipped_designs() if d.code == "de" and d.size[0] > 4 * d.size[1])
    return drawn(design, 70, (300, 600), 4)


@pytest.mark.parametrize("across", [(0.0, 0.86), (0.24, 1.0)], ids=["right", "left"])
def test_characters_apart_from_what_was_found_are_looked_for(
    of_one_row: Drawn, across: tuple[float, float]
) -> None:
    picture, corners, text = of_one_row
    found = strip(corners, (0.0, 1.0), across)[None]
    shipped = Cascade()
    card = shipped.recognizer.card
    # As though the recognizer put no corner right, and were never quite sure.
    bands = replace(card.bands, below=0.9999, spans=())
    card = replace(card, refinement=replace(card.refinement, cuts=0), bands=bands)

    def read(below: float) -> tuple[str, float]:
        given = replace(card, missed_ends=replace(card.missed_ends, below=below, confidence=0.5))
        cascade = shipped.with_numbers(shipped.detector.card, given, shipped.acceptance, shipped.vote)
        (look,) = cascade.recognize(picture, found)
        return look.reading.text, float(np.ptp(look.corners[:, 0]))

    whole, width = read(0.9999)
    part, narrower = read(0.0001)
    assert whole == text
    assert part != text
    assert part in text
    assert narrower < width


@pytest.mark.parametrize("row", [LOWER, UPPER], ids=["lower", "upper"])
def test_the_other_row_of_a_plate_is_looked_for_where_one_of_two_was_found(
    of_two_rows: Drawn, row: tuple[float, float]
) -> None:
    picture, corners, text = of_two_rows
    found = strip(corners, row)[None]
    shipped = Cascade()
    card = shipped.recognizer.card
    # As though the recognizer put no corner right, and were never quite sure.
    refinement = replace(card.refinement, cuts=0)
    card = replace(card, refinement=refinement, bands=replace(card.bands, below=0.9999, spans=()))

    def read(confidence: float, picture: Picture) -> str:
        given = replace(card, missed_row=replace(card.missed_row, confidence=confidence))
        cascade = shipped.with_numbers(shipped.detector.card, given, shipped.acceptance, shipped.vote)
        (look,) = cascade.recognize(picture, found)
        return look.reading.text

    assert read(0.3, picture) == text
    alone = read(0.9999, picture)
    assert alone != text
    assert alone in text


@pytest.mark.parametrize(
    "seen",
    [[(43, 148), (474, 97), (412, 227), (114, 176)], [(113, 68), (460, 158), (531, 190), (11, 279)]],
    ids=["above", "below"],
)
def test_a_row_beyond_the_horizon_of_a_plate_is_not_looked_for(
    of_one_row: Drawn, seen: list[tuple[int, int]]
) -> None:
    picture, corners, text = of_one_row
    steep = np.array(seen, np.float32)
    matrix = cv2.getPerspectiveTransform(corners, steep)
    picture = np.asarray(cv2.warpPerspective(picture, matrix, (600, 300)), np.uint8)
    shipped = Cascade()
    card = shipped.recognizer.card
    # As though the recognizer put no corner right, and were never quite sure.
    refinement = replace(card.refinement, cuts=0)
    card = replace(card, refinement=refinement, bands=replace(card.bands, below=0.9999, spans=()))
    cascade = shipped.with_numbers(shipped.detector.card, card, shipped.acceptance, shipped.vote)
    (look,) = cascade.recognize(picture, steep[None])
    assert look.reading.text == text
