import numpy as np
import pytest

from numberplate.geometry.quads import side_lengths
from numberplate.plates.design import shipped_designs
from numberplate.synthesis.clip import HARD, draw_clip
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds


@pytest.mark.parametrize("index", range(4))
def test_a_clip_is_the_same_each_time_and_its_plate_comes_nearer_or_goes(
    ingredients: Ingredients, index: int
) -> None:
    clip = draw_clip(ingredients, 3, index, 240, 320, count=5)
    first, second = list(clip.frames()), list(draw_clip(ingredients, 3, index, 240, 320, count=5).frames())
    assert len(first) == 5
    assert 2 <= len(clip.text) <= 10
    for one, other in zip(first, second, strict=True):
        assert one.picture.shape == (240, 320, 3)
        assert one.picture.dtype == np.uint8
        assert np.array_equal(one.picture, other.picture)
        assert np.array_equal(one.corners, other.corners)
    widths = [float(side_lengths(shown.corners)[0]) for shown in first]
    assert (widths == sorted(widths)) is clip.towards
    assert not np.array_equal(first[0].picture, first[1].picture)


def test_where_all_designs_have_two_lines_a_clip_shows_one(letterings: Letterings) -> None:
    two = tuple(design for design in shipped_designs() if design.code == "vn" and len(design.lines) == 2)
    clip = draw_clip(Ingredients(letterings, Backgrounds(), two, generic=0.0), 3, 0, 240, 320, count=1)
    assert clip.design == "vn"
    assert len(clip.text) >= 7


def test_hard_clips_are_smaller_and_noisier(ingredients: Ingredients) -> None:
    clear = draw_clip(ingredients, 3, 1, 240, 320, count=2)
    hard = draw_clip(ingredients, 3, 1, 240, 320, HARD, count=2)
    assert side_lengths(hard.corners())[0].max() < side_lengths(clear.corners())[0].max()

    def grain(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture[:60].astype(float), axis=1)).mean())

    assert grain(next(hard.frames()).picture) > grain(next(clear.frames()).picture)
