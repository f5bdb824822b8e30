import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.plates.design import Band, Caption, Design, Line, Sticker, Variant, shipped_designs
from numberplate.plates.generic import generic_design
from numberplate.plates.pattern import Pattern
from numberplate.synthesis.flat import draw_flat, random_words
from numberplate.synthesis.lettering import Letterings

seeds = st.integers(0, 2**32 - 1)

PLAIN = Design(
    code="xx",
    name="plain",
    source="a test",
    size=(520, 110),
    lines=(Line(pattern=Pattern("@@ ###"), height=75, y=55),),
    variants=(Variant(paper="#f0f0f0", ink="#202020"),),
    frame=0,
    holes=0,
)


def check(design: Design, letterings: Letterings, scale: float, seed: int) -> None:
    flat = draw_flat(design, letterings, scale, np.random.default_rng(seed))
    height, width = flat.mask.shape
    assert flat.picture.shape == (height, width, 3)
    assert flat.picture.dtype == flat.mask.dtype == np.uint8
    assert flat.corners.shape == (4, 2)
    assert (flat.corners >= 0).all()
    assert (flat.corners <= [width, height]).all()
    # The corners are the plate's own: its size at this scale, upright, in reading order.
    left, top = flat.corners[0]
    across, down = (max(8, round(side * scale)) for side in design.size)
    expected = np.array([[0, 0], [across, 0], [across, down], [0, down]]) + flat.corners[0]
    assert (flat.corners == expected).all()
    assert flat.mask[round(top) + down // 2, round(left) + across // 2] == 255
    if len(design.lines) == 1:
        assert design.lines[0].pattern.matches(flat.text)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, scale=st.floats(0.1, 3))
def test_generic_plates(letterings: Letterings, seed: int, scale: float) -> None:
    check(generic_design(np.random.default_rng(seed)), letterings, scale, seed)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, design=st.sampled_from(shipped_designs()), scale=st.floats(0.15, 2))
def test_shipped_plates(letterings: Letterings, seed: int, design: Design, scale: float) -> None:
    check(design, letterings, scale, seed)


@pytest.mark.parametrize(
    "design",
    [
        PLAIN.model_copy(update={"size": (8.0, 6.0), "lines": (Line(pattern=Pattern("@@"), height=5, y=3),)}),
        PLAIN.model_copy(update={"radius": 300.0}),  # rounder than it is high
        PLAIN.model_copy(update={"border": 20.0, "border_inset": 34.0}),  # almost no room
        PLAIN.model_copy(
            update={"bands": tuple(Band(side=s, width=250, colour="#0000ff") for s in ("left", "right"))}
        ),
        PLAIN.model_copy(
            update={"bands": (Band(side="left", width=1, colour="#0000ff", letters=("DDDDDD",)),)}
        ),
        PLAIN.model_copy(
            update={"captions": (Caption(texts=("ÄÖ ß!",), height=3, y=5, colours=("#000000",)),)}
        ),
        PLAIN.model_copy(
            update={"captions": (Caption(texts=("",), height=300, y=400, colours=("#000000",)),)}
        ),  # nothing to say, and beyond the edge
        PLAIN.model_copy(
            update={
                "stickers": tuple(
                    Sticker(shape=shape, size=(900, 900), x=1, y=0, colours=("#00ff00",))
                    for shape in ("rectangle", "circle", "shield")
                )
            }
        ),
        PLAIN.model_copy(update={"lines": (Line(pattern=Pattern("@{10}"), height=110, y=55, gap=200),)}),
        PLAIN.model_copy(update={"lines": (Line(pattern=Pattern("*-*@.#*"), height=75, y=55, space=1),)}),
        PLAIN.model_copy(update={"frame": 1.0, "holes": 3, "graphic": 1.0}),
    ],
    ids=range(11),
)
@pytest.mark.parametrize("scale", [0.05, 0.2, 2.0])
def test_extreme_designs_are_drawn(letterings: Letterings, design: Design, scale: float) -> None:
    for seed in range(4):
        check(design, letterings, scale, seed)


def test_lines_are_read_from_top_to_bottom(letterings: Letterings) -> None:
    lines = (
        Line(pattern=Pattern("AB"), height=40, y=30),
        Line(pattern=Pattern("- 123"), height=40, y=80),
    )
    design = PLAIN.model_copy(update={"lines": lines})
    assert draw_flat(design, letterings, 1.0, np.random.default_rng(0)).text == "AB123"


@settings(max_examples=30, deadline=None)
@given(seed=seeds, dark=st.booleans())
def test_the_text_stands_out(letterings: Letterings, seed: int, dark: bool) -> None:
    colours = ("#202020", "#e0e0e0") if dark else ("#e0e0e0", "#202020")
    design = PLAIN.model_copy(
        update={"variants": (Variant(paper=colours[0], ink=colours[1]),), "graphic": 1.0}
    )
    flat = draw_flat(design, letterings, 1.0, np.random.default_rng(seed))
    (left, top), (right, bottom) = flat.corners[0].astype(int), flat.corners[2].astype(int)
    plate = cv2.cvtColor(flat.picture[top:bottom, left:right], cv2.COLOR_RGB2GRAY).astype(float)
    text = plate[30:80, 60:460]  # letters and what is between them
    low, high = np.percentile(text, [8, 92])
    assert high - low > 60
    # It is the text that has the ink's brightness, and the plate's margin that has the paper's.
    margin = np.median(plate[:12])
    assert (margin < 128) == dark


def test_no_text_no_ink(letterings: Letterings) -> None:
    # The measure above would not find text where there is none.
    design = PLAIN.model_copy(update={"lines": (Line(pattern=Pattern("  "), height=75, y=55),)})
    flat = draw_flat(design, letterings, 1.0, np.random.default_rng(0))
    assert np.ptp(flat.picture[flat.mask == 255]) < 10
    assert flat.text == ""


def test_the_same_generator_draws_the_same_plate(letterings: Letterings) -> None:
    one, other = (draw_flat(PLAIN, letterings, 1.0, np.random.default_rng(4)) for _ in range(2))
    assert one.text == other.text
    assert (one.picture == other.picture).all()
    third = draw_flat(PLAIN, letterings, 1.0, np.random.default_rng(5))
    assert third.text != one.text


@given(seeds)
def test_random_words(seed: int) -> None:
    words = random_words(np.random.default_rng(seed)).split(" ")
    assert 1 <= len(words) <= 4
    assert all((word.isascii() and word.isalpha() and word.isupper()) or word.isdigit() for word in words)
