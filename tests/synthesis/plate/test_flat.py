import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.plates.design import Band, Caption, Design, Line, Sticker, Variant, shipped_designs
from numberplate.plates.pattern import Pattern
from numberplate.synthesis.plate.flat import FlatPlate, draw_flat
from numberplate.synthesis.plate.generic import generic_design
from numberplate.synthesis.plate.words import random_words
from numberplate.synthesis.type.lettering import Letterings

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
    assert "".join(line.text for line in flat.lines) == flat.text
    if len(flat.lines) == 1:
        assert (flat.lines[0].corners == flat.corners).all()
        return
    # Strips of the plate, one below the other, with no gap between them.
    strips = np.stack([line.corners for line in flat.lines])
    assert strips.dtype == np.float32
    assert (strips >= flat.corners[0]).all()
    assert (strips <= flat.corners[2]).all()
    assert (strips[:, 0] < strips[:, 2]).all()
    assert (strips[1:, :2] == strips[:-1, 3:1:-1]).all()


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


def ink(flat: FlatPlate, corners: np.ndarray | None = None) -> np.ndarray:
    """Where the plate, or a strip of it, is dark; its frame and bolts must be off."""
    corners = flat.corners if corners is None else corners
    (left, top), (right, bottom) = corners[0].round().astype(int), corners[2].round().astype(int)
    return cv2.cvtColor(flat.picture[top:bottom, left:right], cv2.COLOR_RGB2GRAY) < 110


def one(design: Design, letterings: Letterings, seed: int = 0, scale: float = 1.0) -> FlatPlate:
    """A plate without the dark behind its rounded corners."""
    square = design.model_copy(update={"radius": 0.0})
    return draw_flat(square, letterings, scale, np.random.default_rng(seed))


TWO = PLAIN.model_copy(
    update={
        "size": (280, 200),
        "lines": (
            Line(pattern=Pattern("@@"), height=70, y=60),
            Line(pattern=Pattern("- ####"), height=60, y=150),
        ),
        "bands": (
            Band(side="left", width=40, colour="#0000ff"),
            Band(side="top", width=20, colour="#0000ff", letters=("LAND",), sign="flag"),
        ),
    }
)


@pytest.mark.parametrize("seed", range(6))
def test_each_line_lies_in_its_own_strip(letterings: Letterings, seed: int) -> None:
    flat = one(TWO, letterings, seed, 1.5)
    upper, lower = flat.lines
    assert TWO.lines[0].pattern.matches(upper.text)
    assert TWO.lines[1].pattern.matches(lower.text)
    assert flat.text == upper.text + lower.text
    # What the bands leave, parted half-way between the lines: 40 to 280 mm, and at (95 + 120) / 2.
    corner = flat.corners[0]
    assert np.allclose((upper.corners - corner) / 1.5, [[40, 20], [280, 20], [280, 107.5], [40, 107.5]])
    assert np.allclose((lower.corners - corner) / 1.5, [[40, 107.5], [280, 107.5], [280, 200], [40, 200]])
    for line, dark in zip(flat.lines, (ink(flat, x.corners) for x in flat.lines), strict=True):
        rows = np.flatnonzero(dark.any(1))
        assert rows[0] > 5, line.text  # nothing of the other line
        assert rows[-1] < len(dark) - 5
        columns = np.flatnonzero(dark.any(0))
        assert abs(columns[0] + columns[-1] - dark.shape[1]) < 0.15 * dark.shape[1]  # in the middle


@pytest.mark.parametrize("x", [0.3, 0.5, 0.7])
def test_a_line_stands_at_its_x(letterings: Letterings, x: float) -> None:
    design = PLAIN.model_copy(update={"lines": (Line(pattern=Pattern("HH"), height=60, y=55, x=x),)})
    columns = np.flatnonzero(ink(one(design, letterings)).any(0))
    assert columns.mean() / 520 == pytest.approx(x, abs=0.06)


def test_lines_side_by_side_are_one_line_to_read(letterings: Letterings) -> None:
    # Far too much text: it becomes narrower, and stays on the plate and apart.
    lines = (
        Line(pattern=Pattern("AB"), height=60, width=60, y=50, x=0.2),
        Line(pattern=Pattern("12345678"), height=80, width=60, y=55, x=0.62),
    )
    flat = one(PLAIN.model_copy(update={"lines": lines}), letterings)
    assert [line.text for line in flat.lines] == ["AB12345678"]
    columns = ink(flat).any(0)
    assert not columns[:4].any()
    assert not columns[-4:].any()
    gaps = np.flatnonzero(np.diff(np.flatnonzero(columns)) > 1)
    assert len(gaps) == 9  # ten characters


@pytest.mark.parametrize("stroke", [6, 10, 14])
@pytest.mark.parametrize("width", [None, 50])
def test_strokes_are_as_wide_as_asked(letterings: Letterings, stroke: float, width: float | None) -> None:
    line = Line(pattern=Pattern("LLL"), height=75, width=width, stroke=stroke, y=55)
    for seed in range(4):
        dark = ink(one(PLAIN.model_copy(update={"lines": (line,)}), letterings, seed, 2.0))
        found = dark[90:130].sum(1).mean() / 3 / 2  # the stems of three letters
        assert found == pytest.approx(stroke, abs=1.6)


def test_a_space_is_all_there_is_between_characters(letterings: Letterings) -> None:
    line = Line(pattern=Pattern("H H-HH"), height=75, width=40, gap=9, space=40, y=55)
    flat = one(PLAIN.model_copy(update={"lines": (line,)}), letterings, scale=2.0)
    inked = np.flatnonzero(ink(flat)[70:74].any(0))  # above the dash and the cross-bars
    spaces = np.diff(inked)[np.diff(inked) > 1] / 2
    assert [round(float(v)) for v in spaces if v > 30] == pytest.approx([40, 40], abs=3)
    assert np.abs(spaces - 9).min() < 1  # between neighbours


def test_a_band_on_top_bears_the_name(letterings: Letterings) -> None:
    flat = one(TWO, letterings)
    left, top = flat.corners[0].astype(int)
    strip = flat.picture[top : top + 20, left : left + 280].astype(int)
    blue = (strip[..., 2] > 150) & (strip[..., 0] < 80)
    assert blue[2].mean() > 0.9
    letters = (strip > 200).all(-1).any(0)
    assert 0.3 < np.flatnonzero(letters).mean() / 280 < 0.7
    below = flat.picture[top + 22 : top + 200, left + 45 : left + 270].astype(int)
    assert not ((below[..., 2] > 150) & (below[..., 0] < 80)).any()


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
    # The text has the ink's brightness, and nothing else comes near it.
    written = np.percentile(text, 96 if dark else 4)
    assert abs(written - (224 if dark else 32)) < 40
    assert abs(np.median(text) - written) > 45


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
