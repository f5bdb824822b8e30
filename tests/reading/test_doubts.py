"""Which plates are looked at again, and what is taken of it, by a network whose answers are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numberplate.geometry.quads import rectify, strip
from numberplate.models.cards.recognizer import Band, Span
from numberplate.reading.cascade import Cascade
from numberplate.reading.look import Look

from .conftest import MakeWeights

DARK = np.full((480, 640), 60, np.uint8)
PLATE = np.array([(200, 200), (400, 200), (400, 250), (200, 250)], np.float32)
"""Four times as wide as it is high."""


def with_numbers(cascade: Cascade, **changes: Any) -> Cascade:
    """One whose recognizer's card has other numbers: of each of its parts that is named, those given."""
    card = cascade.recognizer.card
    card = replace(card, **{part: replace(getattr(card, part), **new) for part, new in changes.items()})
    return cascade.with_numbers(cascade.detector.card, card, cascade.acceptance, cascade.vote)


def presences(*said: float) -> np.ndarray:
    return np.array(said, np.float32)


@pytest.mark.parametrize(
    ("stated", "changes", "presence", "read"),
    [
        ({}, {}, 0.9, True),
        # 0.88 leaves no doubt.
        ({}, {"below": 0.8}, 0.9, False),
        ({}, {"spans": ()}, 0.9, False),
        # Hardly a plate, by the detector and the text.
        ({}, {"plate": 0.9}, 0.05, False),
        ({}, {"plate": 0.01}, 0.05, True),
        # One of two rows, or likely to be.
        ({"lines": (5.0, 0.5)}, {}, 0.9, False),
        ({"lines": (0.1, 0.5)}, {}, 0.9, False),
        ({"lines": (-5.0, 0.5)}, {}, 0.9, True),
    ],
)
def test_which_plates_are_read_in_bands(
    make_weights: MakeWeights, stated: dict[str, Any], changes: dict[str, Any], presence: float, read: bool
) -> None:
    cascade = Cascade(make_weights("AB123", **stated))
    # No other row is looked for.
    cascade = with_numbers(cascade, bands=changes, missed_row={"longest": 1})
    (look,) = cascade.recognize(DARK, PLATE[None], presences=presences(presence))
    assert (look.together is not None) == read


@pytest.mark.parametrize(("presence", "text"), [(0.6, "AB12"), (0.4, "")])
def test_a_plate_without_a_text_is_read_in_bands_where_the_detector_saw_it(
    make_weights: MakeWeights, presence: float, text: str
) -> None:
    picture = DARK.copy()
    picture[230:249] = 255  # less than half of the plate, and most of the band
    cascade = with_numbers(
        Cascade(make_weights("A", light="AB12")), bands={"spans": (Band(0.6, 0.9),), "presence": 0.5}
    )
    (look,) = cascade.recognize(picture, PLATE[None], presences=presences(presence))
    assert look.reading.text == text


def test_what_the_bands_of_each_plate_say_is_its_own(make_weights: MakeWeights) -> None:
    picture = np.random.default_rng(0).integers(0, 100, DARK.shape, np.uint8)
    bands = Band(0.6, 1.0), Band(0.5, 0.9)
    other = PLATE + np.float32([0, 200])
    # Of the second plate alone the lower half is light.
    picture[425:451] += 155
    cascade = with_numbers(
        Cascade(make_weights("AB123", light="CD456")), bands={"spans": bands, "weight": 5.0}
    )
    dark, light = cascade.recognize(picture, np.stack([PLATE, other]))
    assert (dark.reading.text, light.reading.text) == ("AB123", "CD456")
    assert light.together is not None
    assert light.together.in_band
    # The crop is that which the text was read in.
    band = bands[light.together.place - 1]
    read = rectify(picture, strip(light.corners, (band.top, band.bottom)), 48, 144)
    assert np.abs(light.crop.astype(int) - read).max() <= 1


@pytest.mark.parametrize(
    ("above", "seen"),
    [
        (True, [(43, 148), (474, 97), (412, 227), (114, 176)]),
        (False, [(113, 68), (460, 158), (531, 190), (11, 279)]),
    ],
    ids=["above", "below"],
)
def test_a_band_beyond_the_horizon_of_a_plate_is_not_read(
    make_weights: MakeWeights, above: bool, seen: list[tuple[int, int]]
) -> None:
    beyond = Band(-1.0, 1.0) if above else Band(0.0, 2.0)
    cascade = with_numbers(Cascade(make_weights("AB123")), bands={"spans": (beyond, Band(0.1, 0.9))})
    steep = np.array([seen], np.float32)
    (look,) = cascade.recognize(DARK, steep)
    assert look.reading.text == "AB123"
    assert look.together is not None
    assert look.together.views == 2  # the whole, and the band that there is


@pytest.mark.parametrize(
    ("light", "changes", "presence", "found"),
    [
        ("AB1234", {}, 0.9, True),
        ("9AB123", {}, 0.9, True),
        # Another text, or no more of this one.
        ("CD1234", {}, 0.9, False),
        ("AB123", {}, 0.9, False),
        ("AB12", {}, 0.9, False),
        # What is read with 0.88 is too doubtful, or leaves no doubt.
        ("AB1234", {"above": 0.9}, 0.9, False),
        ("AB1234", {"below": 0.85}, 0.9, False),
        ("AB1234", {"confidence": 1.02}, 0.9, False),
        # No plate.
        ("AB1234", {}, 0.01, False),
    ],
)
def test_whose_ends_are_looked_for(
    make_weights: MakeWeights, light: str, changes: dict[str, Any], presence: float, found: bool
) -> None:
    # What is seen of the plate alone is dark, and light with what is beside it on the right.
    picture = np.full_like(DARK, 120)
    picture[:, 410:] = 255
    cascade = with_numbers(
        Cascade(make_weights("AB123", light=light)),
        bands={"spans": ()},
        missed_ends={"spans": (Span(-0.2, 1.0), Span(0.0, 1.2))} | changes,
    )
    (look,) = cascade.recognize(picture, PLATE[None], presences=presences(presence))
    assert look.reading.text == (light if found else "AB123")
    assert look.corners[:, 0].max() == pytest.approx(440 if found else 400, abs=0.01)


def missed_row(cascade: Cascade, corners: np.ndarray, presence: float = 0.9) -> Look:
    (look,) = cascade.recognize(DARK, corners[None], presences=presences(presence))
    return look


# What this network says of the whole, and of both rows of what is higher, ends and begins alike.
@pytest.mark.parametrize(
    ("changes", "presence", "found"),
    [
        ({}, 0.9, True),
        ({"longest": 5}, 0.9, True),
        ({"longest": 4}, 0.9, False),
        ({"least_aspect": 3.9}, 0.9, True),
        ({"least_aspect": 4.1}, 0.9, False),
        # Of both rows, 0.78, times that there are two, 0.5.
        ({"confidence": 0.3}, 0.9, True),
        ({"confidence": 0.5}, 0.9, False),
        # No plate.
        ({}, 0.01, False),
    ],
)
def test_which_rows_are_taken_for_one_of_two(
    make_weights: MakeWeights, changes: dict[str, Any], presence: float, found: bool
) -> None:
    cascade = Cascade(make_weights("AB123", lines=(0.0, 0.5)))
    look = missed_row(with_numbers(cascade, bands={"spans": ()}, missed_row=changes), PLATE, presence)
    assert look.is_of_two_lines == found
    assert look.reading.text == ("AB123AB123" if found else "AB123")
    if found:
        # The first that is found stays: what is as long counts no more.
        band = cascade.recognizer.card.missed_row.above
        assert look.corners == pytest.approx(strip(PLATE, (band.top, band.bottom)), abs=0.01)


def test_a_row_that_leaves_no_doubt_is_all_of_its_plate(make_weights: MakeWeights) -> None:
    cascade = Cascade(make_weights("AB123", lines=(0.0, 0.5)))
    look = missed_row(with_numbers(cascade, bands={"spans": (), "below": 0.8}), PLATE)
    assert not look.is_of_two_lines


@pytest.mark.parametrize(
    ("top", "rows"), [(10.0, "below"), (420.0, "above"), (200.0, "above")], ids=["top", "bottom", "middle"]
)
def test_a_row_beyond_the_pictures_edge_is_not_looked_for(
    make_weights: MakeWeights, top: float, rows: str
) -> None:
    cascade = Cascade(make_weights("AB123", lines=(0.0, 0.5)))
    found = PLATE + np.float32([0, top - 200])
    look = missed_row(with_numbers(cascade, bands={"spans": ()}), found)
    assert look.is_of_two_lines
    band = getattr(cascade.recognizer.card.missed_row, rows)
    assert look.corners == pytest.approx(strip(found, (band.top, band.bottom)), abs=0.01)


def test_neither_row_is_looked_for_where_the_picture_ends_with_the_plate(make_weights: MakeWeights) -> None:
    cascade = with_numbers(Cascade(make_weights("AB123", lines=(0.0, 0.5))), bands={"spans": ()})
    for beyond, found in ((50, True), (10, False)):
        picture = DARK[200 - beyond : 250 + beyond]
        (look,) = cascade.recognize(picture, PLATE[None] - np.float32([0, 200 - beyond]))
        assert look.is_of_two_lines == found
