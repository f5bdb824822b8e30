from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.geometry.quads import is_convex, side_lengths
from numberplate.plates.design import Variant, shipped_designs
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import (
    Ingredients,
    Scene,
    draw_no_plate,
    draw_plate,
    draw_scene,
    uncovered_view,
)
from numberplate.synthesis.sheet import contact_sheet, outlined
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

SIZES = [(240, 320, (40.0, 200.0)), (64, 64, (30.0, 57.0)), (97, 301, (20.0, 150.0))]
"""Height, width and widths of plates; the least that the command line takes, and an odd one."""


@pytest.fixture(scope="module", params=SIZES, ids=str)
def scenes(request: pytest.FixtureRequest, ingredients: Ingredients) -> tuple[list[Scene], tuple]:
    height, width, widths = request.param
    return [scene_sample(ingredients, 7, i, height, width, widths) for i in range(40)], request.param


def test_scenes_have_the_size_asked_for(scenes: tuple[list[Scene], tuple]) -> None:
    for scene in scenes[0]:
        assert scene.picture.shape == (*scenes[1][:2], 3)
        assert scene.picture.dtype == np.uint8
        assert 0 <= len(scene.plates) <= 3


def test_plates_lie_wholly_inside_and_apart(scenes: tuple[list[Scene], tuple]) -> None:
    height, width, _ = scenes[1]
    for scene in scenes[0]:
        canvas = np.zeros((height, width), np.uint8)
        for plate in scene.plates:
            assert plate.corners.dtype == np.float32
            assert is_convex(plate.corners)
            # What the picture's edge has cut off ends at the edge.
            inside = 0 if any(plate.cut) else 1
            assert (plate.corners >= inside).all()
            assert (plate.corners <= [width - inside, height - inside]).all()
            own = cv2.fillPoly(np.zeros_like(canvas), [plate.corners.round().astype(np.int32)], 1)
            assert not (canvas & own).any()
            canvas |= own


def test_plates_have_the_widths_asked_for(scenes: tuple[list[Scene], tuple]) -> None:
    low, high = scenes[1][2]
    whole = [plate for scene in scenes[0] for plate in scene.plates if not any(plate.cut)]
    widths = [float(side_lengths(plate.corners)[0]) for plate in whole]
    assert len(widths) >= 5
    # Turned aside a plate looks narrower than it is, and its near edge a little wider.
    assert 0.45 * low < min(widths)
    assert max(widths) < 1.25 * high
    assert max(widths) > 1.5 * min(widths) or high < 2 * low


def test_plates_can_be_seen(letterings: Letterings) -> None:
    """A yellow plate on a blue wall: the picture is yellow where the truth says that the plate is."""
    yellow = Variant(paper="#ffd21e", ink="#101010")
    design = shipped_designs()[0].model_copy(update={"variants": (yellow,)})
    blue = np.full((300, 400, 3), (20, 30, 160), np.uint8)

    class Wall(Backgrounds):
        def picture(self, index: int, halvings: int = 0) -> np.ndarray:
            return blue

    wall = Ingredients(letterings, Wall(), (design,), generic=0)
    seen = 0
    for i in range(24):
        scene = draw_plate(wall, 0, (120.0, 200.0), np.random.default_rng(i))
        (plate,) = scene.plates
        inside = cv2.fillConvexPoly(
            np.zeros(scene.picture.shape[:2], np.uint8), plate.corners.round().astype(np.int32), 1
        )
        colour = np.median(scene.picture[inside == 1], axis=0).astype(int)
        seen += colour[0] - colour[2] > 15  # some pictures are grey, and some very dark
    assert seen >= 14
    assert (blue == (20, 30, 160)).all()  # the background was not drawn on


def test_real_plates_are_covered(letterings: Letterings, tmp_path: Path) -> None:
    """What plates.csv says is a plate is painted over, also where the picture is mirrored or enlarged."""
    picture = np.full((240, 320, 3), 90, np.uint8)
    picture[60:80, 80:130] = (255, 0, 255)  # a plate of a colour that few things have, off the middle
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    (tmp_path / "plates.csv").write_text("image,x,y,width,height,confidence\na.png,80,60,50,20,0.9\n")

    def magenta(ingredients: Ingredients, seed: int) -> float:
        scene = draw_no_plate(ingredients, 0, np.random.default_rng(seed)).picture.astype(int)
        return float((scene[..., ::2].min(-1) - scene[..., 1] > 60).mean())

    covered = Ingredients(letterings, Backgrounds(tmp_path))
    (tmp_path / "plates.csv").rename(tmp_path / "away.csv")
    shown = Ingredients(letterings, Backgrounds(tmp_path))
    shares = np.array([(magenta(shown, seed), magenta(covered, seed)) for seed in range(60)])
    shares = shares[shares[:, 0] > 0.02]
    assert len(shares) >= 5
    # Other things may be of that colour, and where the picture's edge cuts a plate, its colour remains.
    assert np.median(shares[:, 1] / shares[:, 0]) < 0.25


@pytest.mark.parametrize("by", [1, 4, 20])
def test_nothing_of_a_real_plate_shows_in_a_view(letterings: Letterings, tmp_path: Path, by: int) -> None:
    picture = np.full((160 * by, 240 * by, 3), 90, np.uint8)
    x, y, width, height = 45 * by + 1, 85 * by + 1, 40 * by + 3, 12 * by + 3
    picture[y : y + height, x : x + width] = (255, 0, 255)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    views = Ingredients(letterings, Backgrounds(tmp_path))
    (tmp_path / "plates.csv").write_text(
        f"image,x,y,width,height,confidence\na.png,{x},{y},{width},{height},0.9\n", encoding="utf-8"
    )
    covered = Ingredients(letterings, Backgrounds(tmp_path))
    shown = 0
    for seed in range(20):
        seen, hidden = (
            uncovered_view(one, 0, 120, 180, np.random.default_rng(seed), closest=1.1 / by).astype(int)
            for one in (views, covered)
        )
        real = seen[..., 0] - seen[..., 1] > 20
        inner = real[12:-12, 12:-12]
        if inner.sum() == real.sum() > 0:  # where the picture's edge cuts a plate, its colour remains
            shown += 1
            assert (hidden[..., 0] - hidden[..., 1]).max() < 20
    assert shown >= 5


def test_generic_is_the_share_of_plates_of_no_country(letterings: Letterings) -> None:
    rng = np.random.default_rng(0)
    for share in (0.0, 0.3, 1.0):
        ingredients = Ingredients(letterings, Backgrounds(), generic=share)
        codes = [ingredients.design(rng).code for _ in range(300)]
        assert abs(codes.count("generic") / 300 - share) < 0.1
    only = Ingredients(letterings, Backgrounds(), shipped_designs()[:1], generic=0.0)
    assert {only.design(rng).code for _ in range(20)} == {shipped_designs()[0].code}


def test_a_background_smaller_than_the_scene_is_enlarged(letterings: Letterings, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "dot.png"), np.full((1, 1, 3), 80, np.uint8))
    ingredients = Ingredients(letterings, Backgrounds(tmp_path))
    scene = draw_scene(ingredients, 0, 120, 200, (40.0, 100.0), np.random.default_rng(2))
    assert scene.picture.shape == (120, 200, 3)


def test_an_enlarged_background_gets_detail_where_no_real_plate_shows(
    letterings: Letterings, tmp_path: Path
) -> None:
    """Smooth pictures, enlarged five times, beside one with a fine pattern."""
    rng = np.random.default_rng(1)

    def edges(boxes: bool) -> list[float]:
        folder = tmp_path / str(boxes)
        folder.mkdir()
        for i in range(6):
            smooth = cv2.resize(rng.integers(60, 190, (4, 6, 3)).astype(np.uint8), (96, 64))
            cv2.imwrite(str(folder / f"smooth{i}.png"), smooth)
        pattern = rng.integers(0, 256, (256, 384, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / "sharp.png"), pattern)
        rows = "sharp.png,20,20,60,20,0.9\n" if boxes else ""
        (folder / "plates.csv").write_text(f"image,x,y,width,height,confidence\n{rows}")
        views = Ingredients(letterings, Backgrounds(folder))
        names = sorted(path.name for path in folder.glob("*.png"))
        smooth = [i for i, name in enumerate(names) if name != "sharp.png"]
        found = []
        for i in range(40):
            view = uncovered_view(views, smooth[i % len(smooth)], 256, 384, rng)
            found.append(float(np.abs(cv2.Laplacian(view.astype(np.float32), -1)).mean()))
        return found

    assert max(edges(False)) > 20
    # Of a picture in which a real plate shows, nothing is taken: its letters would be seen.
    assert max(edges(True)) < 5


def test_no_plate(ingredients: Ingredients) -> None:
    for i in range(20):
        scene = draw_no_plate(ingredients, i, np.random.default_rng(i))
        assert scene.plates == ()
        assert min(scene.picture.shape[:2]) >= 24


def test_outlines_are_drawn_on_a_copy(ingredients: Ingredients) -> None:
    scene = draw_plate(ingredients, 0, (100.0, 120.0), np.random.default_rng(0))
    before = scene.picture.copy()
    drawn = outlined(scene)
    assert (scene.picture == before).all()
    changed = (drawn != before).any(-1)
    x, y = scene.plates[0].corners.mean(0).round().astype(int)
    assert changed.any()
    assert not changed[y - 2 : y + 3, x - 2 : x + 3].any()


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (8, 1), (9, 2), (16, 2)])
def test_contact_sheet(count: int, rows: int) -> None:
    pictures = [np.full((30 + i, 50, 3), 200, np.uint8) for i in range(count)]
    pictures[0] = np.full((1, 900, 3), 200, np.uint8)  # as narrow as can be
    sheet = contact_sheet(pictures, ["Ä label"] * count, 8, (40, 60))
    assert sheet.dtype == np.uint8
    assert sheet.shape == (rows * (40 + 18), min(count, 8) * 60, 3)


def test_a_photographed_vehicle_that_cannot_be_read_is_passed_over(
    letterings: Letterings, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"")
    cv2.imwrite(str(tmp_path / "other.jpg"), np.full((300, 400, 3), 90, np.uint8))
    (tmp_path / "plates.csv").write_text(
        "image,x,y,width,height,confidence\nbroken.jpg,100,100,80,20,1\n", encoding="utf-8"
    )
    ingredients = Ingredients(letterings, Backgrounds(tmp_path))
    for i in range(12):
        assert scene_sample(ingredients, 1, i, 96, 128).picture.shape == (96, 128, 3)
