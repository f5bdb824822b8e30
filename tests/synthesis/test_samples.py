import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.geometry.quads import is_convex, offsets, side_lengths
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH
from numberplate.plates.design import Design, shipped_designs
from numberplate.plates.shares import Shares
from numberplate.synthesis.pose import random_pose
from numberplate.synthesis.samples import (
    close_up,
    crop_sample,
    enlarged,
    jittered,
    plate_sample,
    scene_sample,
)
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

seeds = st.integers(0, 2**32 - 1)


def test_sample_i_of_a_seed_is_always_the_same(ingredients: Ingredients) -> None:
    # Others made of the same stuff, and asked in another order.
    other = Ingredients(Letterings(), Backgrounds())
    crops = [crop_sample(ingredients, 5, i, 48, 144) for i in range(8)]
    for i in (7, 0, 3):
        again = crop_sample(other, 5, i, 48, 144)
        assert (again.picture == crops[i].picture).all()
        assert again.text == crops[i].text
        scene, same = (scene_sample(x, 5, i, 96, 128, (30.0, 80.0)) for x in (ingredients, other))
        assert (scene.picture == same.picture).all()
        assert [p.text for p in scene.plates] == [p.text for p in same.plates]


def test_each_index_and_each_seed_is_another_picture(ingredients: Ingredients) -> None:
    pictures = {crop_sample(ingredients, s, i, 48, 144).picture.tobytes() for s in (1, 2) for i in range(10)}
    assert len(pictures) == 20
    scenes = {scene_sample(ingredients, s, i, 64, 96).picture.tobytes() for s in (1, 2) for i in range(10)}
    assert len(scenes) == 20


def test_crops(ingredients: Ingredients) -> None:
    crops = [crop_sample(ingredients, 3, i, 32, 100) for i in range(120)]
    for crop in crops:
        assert crop.picture.shape == (32, 100)
        assert crop.picture.dtype == np.uint8
        assert set(crop.text) <= set(ALPHABET)
        assert len(crop.text) <= MAX_LENGTH
        assert crop.text == "" or crop.design != "none"
    assert 1 <= sum(crop.design == "none" for crop in crops) <= 15  # one in twenty
    assert sum(crop.text == "" for crop in crops) <= 36  # those, and halves of plates
    assert len({len(crop.text) for crop in crops}) > 5


def test_crops_say_the_script_of_their_plate(letterings: Letterings) -> None:
    chinese = Ingredients(letterings, Backgrounds(), shipped_designs("han"), generic=0)
    # In the last two the picture's edge would pass through two neighbouring sides of the plate.
    crops = [crop_sample(chinese, 3, i, 48, 144) for i in (*range(6), 1164, 1468)]
    assert {crop.script for crop in crops if crop.design != "none"} == {"han"}
    assert crops[-2].text == "藏QL54S警"


def test_a_close_up_shows_the_same_plate_and_hardly_more(ingredients: Ingredients) -> None:
    rng = np.random.default_rng(4)
    seen = 0
    for i in range(60):
        scene = scene_sample(ingredients, 9, i, 120, 180, (50.0, 120.0), grey=True)
        if len(scene.plates) != 1:
            continue
        seen += 1
        near = close_up(scene, rng)
        (plate,), (same,) = scene.plates, near.plates
        move = plate.corners - same.corners
        assert (move == move[0]).all()
        x, y = move[0].astype(int).tolist()
        assert x >= 0
        assert y >= 0
        assert (same.corners >= 0).all()
        assert near.picture.shape == scene.picture.shape
        left, top = np.floor(same.corners.min(0)).astype(int)
        right, bottom = np.ceil(same.corners.max(0)).astype(int)
        shown = scene.picture[top + y : bottom + y, left + x : right + x]
        assert (near.picture[top:bottom, left:right] == shown).all()
        # No more than 0.6 widths beyond the plate; there the grey of padding begins.
        beyond = int(0.6 * side_lengths(plate.corners)[0]) + 3
        assert (near.picture[bottom + beyond :] == 128).all()
        assert (near.picture[:, right + beyond :] == 128).all()
        assert same.corners.min() <= beyond
    assert seen > 10


def test_plates_lie_inside_of_their_pictures(ingredients: Ingredients) -> None:
    for i in range(40):
        scene = plate_sample(ingredients, 11, i)
        height, width = scene.picture.shape[:2]
        for plate in scene.plates:
            assert (plate.corners >= 0).all()
            assert (plate.corners <= [width, height]).all()


@given(seeds, st.floats(40, 300), st.floats(1.5, 5.5))
def test_jittered_corners_are_near(seed: int, width: float, aspect: float) -> None:
    rng = np.random.default_rng(seed)
    corners = random_pose(rng, width, (300.0, 200.0)).corners(aspect)
    moved = jittered(corners, rng)
    assert moved.dtype == np.float32
    assert moved.shape == (4, 2)
    assert is_convex(moved)
    across, down = side_lengths(corners)
    # Six standard deviations, each way, of the most that is drawn.
    assert np.abs(moved - corners).max() < 0.45 * across + 1.1 * down


def test_jittered_corners_stay_convex_however_much() -> None:
    """One plate in a million would turn over, and end the training that was to have it."""
    corners = np.array([[10, 20], [110, 30], [108, 62], [8, 52]], np.float32)
    rng = np.random.default_rng(1)
    assert all(is_convex(jittered(corners, rng, Shares({12.0: 1.0}))) for _ in range(300))


def test_jittered_corners_lie_about_the_true_ones() -> None:
    corners = np.array([[10, 20], [110, 30], [108, 62], [8, 52]], np.float32)
    rng = np.random.default_rng(0)
    moved = np.array([jittered(corners, rng) for _ in range(2000)])
    across, down = side_lengths(corners)
    assert np.abs(moved.mean(0) - corners).max() < 0.01 * across
    spread = moved.std(0).mean(0)
    assert 0.01 * across < spread[0] < 0.04 * across
    assert 0.03 * down < spread[1] < 0.12 * down


def test_corners_are_jittered_along_the_plates_own_axes() -> None:
    upright = np.array([[0, 0], [100, 0], [100, 25], [0, 25]], np.float32)
    turn = np.array([[0, 1], [-1, 0]])  # a quarter, clockwise on the screen
    for seed in range(20):
        straight = jittered(upright, np.random.default_rng(seed))
        turned = jittered((upright @ turn).astype(np.float32), np.random.default_rng(seed))
        assert np.abs(straight @ turn - turned).max() < 1e-3


@given(seeds, st.floats(20, 400), st.floats(1, 6))
def test_enlarged_corners_hold_the_whole_plate(seed: int, width: float, aspect: float) -> None:
    rng = np.random.default_rng(seed)
    corners = random_pose(rng, width, (300.0, 200.0)).corners(aspect)
    around = enlarged(corners, rng)
    assert around.dtype == np.float32
    assert is_convex(around)
    # A plate that is seen from aside is not reached evenly along its sides, hence a little more than zero.
    inwards = offsets(around, corners)
    assert (inwards * [(1, 1), (-1, 1), (-1, -1), (1, -1)] > -0.03).all()
    down = side_lengths(corners)[1]
    assert np.linalg.norm(around - corners, axis=-1).max() < 1.2 * down


def test_some_crops_are_loose(ingredients: Ingredients) -> None:
    crops = [crop_sample(ingredients, 3, i, 48, 144) for i in range(150)]
    plates = [crop for crop in crops if crop.offsets is not None]
    far = [float(np.abs(crop.offsets[:, 0]).max()) for crop in plates]  # type: ignore[index]
    assert 0.02 < np.mean(np.array(far) > 0.15) < 0.3
    assert all(crop.is_whole for crop, x in zip(plates, far, strict=True) if x > 0.25)


def test_crops_of_two_lines_show_one_of_them() -> None:
    design = Design.model_validate(
        {
            "code": "xx",
            "name": "Nowhere",
            "source": "a test",
            "size": [280, 200],
            "lines": [
                {"pattern": "AB##", "height": 70, "y": 55},
                {"pattern": "@@@", "height": 70, "y": 145},
            ],
            "variants": [{"paper": "#ffffff", "ink": "#000000"}],
        }
    )
    two_lines = Ingredients(Letterings(), Backgrounds(), (design,), generic=0.0)
    texts = [crop_sample(two_lines, 8, i, 48, 144).text for i in range(120)]
    upper = sum(text.startswith("AB") and len(text) == 4 for text in texts)
    lower = sum(len(text) == 3 for text in texts)
    assert upper + lower + texts.count("") == len(texts)  # both lines at once are no text
    assert min(upper, lower) > 25
    assert 10 < texts.count("") < 50
    (plate,) = plate_sample(two_lines, 8, 1).plates
    assert "".join(plate.lines) == plate.text
    assert len(plate.lines) == 2


@pytest.mark.parametrize(("y", "least", "most"), [(60, 30, 66), (85, 12, 36)])
def test_half_a_plate_has_a_text_only_where_it_shows_a_line(y: float, least: int, most: int) -> None:
    """A line in the middle is cut by both halves; one near the bottom is whole in the lower half."""
    design = Design.model_validate(
        {
            "code": "xx",
            "name": "Nowhere",
            "source": "a test",
            "size": [190, 120],
            "lines": [{"pattern": "AB###", "height": 45, "y": y}],
            "variants": [{"paper": "#ffffff", "ink": "#000000"}],
        }
    )
    square = Ingredients(Letterings(), Backgrounds(), (design,), generic=0.0)
    crops = [crop_sample(square, 5, i, 48, 144) for i in range(400)]
    uncut = [crop for crop in crops if crop.design == "xx" and not any(crop.cut or ())]
    empty = sum(crop.text == "" for crop in uncut)
    assert least <= empty <= most
