"""What a pool's processes run: samples as arrays. No Keras is imported: it would take 600 MB in each."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.models.codec.recognizer import code_points
from numberplate.models.codec.window import encode_windows
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, MAX_WIDTH, MIN_WIDTH, WINDOW_STRIDE
from numberplate.plates.alphabet import ALPHABET, alphabet
from numberplate.synthesis.samples import close_up, crop_sample, scene_sample
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.window import Window, presence, window_sample
from numberplate.training.labelled import OTHER_SCRIPT, LabelledMaker, read_labelled_plates
from numberplate.training.pool import MakeSample
from numberplate.training.recipe import Recipe, RecipeError

MOST_PLATES = 3
"""Plates in a scene at most."""

VALIDATION_SEED = 999_983
"""Seed of all validation samples, whatever a recipe's own."""

_PLATE_WIDTHS = (0.85 * MIN_WIDTH, 1.9 * MAX_WIDTH)
"""Of the plates in a detector's scenes, in pixels: some are out of its range, to teach it its limits."""

_CLOSE_UPS = 0.3
"""Share of a detector's scenes with one plate, of _NEAR or more, that show little but the plate."""

_NEAR = 60
"""Pixels that such a plate is wide at least: nobody photographs a smaller one from so near."""

WINDOWS_AROUND = 1
"""In training each picture shows the network so many windows more on each side of the sample's own."""

_EASIEST = 0.1
"""The variation of a window's first samples."""


@dataclass(frozen=True)
class Maker:
    """Called, it gathers the ingredients and returns what makes sample i of a recipe.

    The samples are the training's, or those of the held-out fonts and backgrounds.
    """

    recipe: Recipe
    held_out: bool = False

    def __call__(self) -> MakeSample:
        ingredients = self.recipe.ingredients(self.held_out)
        seed = VALIDATION_SEED if self.held_out else self.recipe.seed
        if self.recipe.kind == "recognizer":
            crops = partial(_crop, ingredients, seed, self.recipe.scripts)
            return crops if self.held_out or self.recipe.labelled is None else self._with_labelled(crops)
        if self.recipe.kind == "window":
            easing = 0 if self.held_out else self.recipe.easing
            return partial(_window, ingredients, seed, self.recipe.typefaces, easing)
        return partial(_scene, ingredients, seed, scene_size(self.recipe))

    def _with_labelled(self, crops: MakeSample) -> MakeSample:
        recipe = self.recipe
        assert recipe.labelled is not None
        plates = tuple(p for p in read_labelled_plates(Path(recipe.labelled)) if not p.held_out)
        if not plates:
            raise RecipeError(f"{recipe.labelled}: no plate to train on")
        return LabelledMaker(crops, plates, recipe.scripts, recipe.labelled_share, recipe.seed)


def scene_size(recipe: Recipe) -> tuple[int, int]:
    """Height and width of a detector's training scenes."""
    return recipe.height, recipe.height * 3 // 2


def _crop(ingredients: Ingredients, seed: int, scripts: tuple[str, ...], index: int) -> dict[str, np.ndarray]:
    crop = crop_sample(ingredients, seed, index, INPUT_HEIGHT, INPUT_WIDTH)
    unknown = np.float32(np.nan)
    split = unknown if crop.split is None else crop.split
    return {
        "crop": crop.picture,
        # The head sees the characters from left to right, also where they are read from right to left.
        "text": code_points(alphabet(crop.script).printed(crop.text) if crop.is_whole else None),
        "script": np.array(scripts.index(crop.script) if crop.script in scripts else OTHER_SCRIPT, np.uint8),
        "corners": np.full(8, unknown, np.float32) if crop.offsets is None else crop.offsets.ravel(),
        "cut": np.full(4, unknown) if crop.cut is None else np.array(crop.cut, np.float32),
        "lines": np.array([split if crop.split is None else split > 0, split or unknown], np.float32),
    }


def _window(
    ingredients: Ingredients, seed: int, typefaces: tuple[str, ...], easing: int, index: int
) -> dict[str, np.ndarray]:
    variation = float(np.clip(1.25 * index / easing - 0.25, _EASIEST, 1)) if easing else 1.0
    window = window_sample(ingredients, seed, index, typefaces, WINDOWS_AROUND, variation)
    # A plate that is 8 pixels off the middle is no easy one: the windows around count as often as poses vary.
    counted = bool(np.random.default_rng([seed, index, 3]).random() < variation)
    target = encode_windows(window.text, _present(window), ALPHABET, counted)
    return {"window": window.picture, "target": target}


def _present(window: Window) -> np.ndarray:
    """Whether each of the windows about a sample's shows its plate, bool (rows, columns)."""
    places = range(-WINDOWS_AROUND, WINDOWS_AROUND + 1)
    if window.corners is None:
        return np.zeros((len(places), len(places)), bool)
    steps = [[np.array([x, y], np.float32) * WINDOW_STRIDE for x in places] for y in places]
    return np.array([[presence(window.corners - step) == "present" for step in row] for row in steps])


def _scene(ingredients: Ingredients, seed: int, size: tuple[int, int], index: int) -> dict[str, np.ndarray]:
    scene = scene_sample(ingredients, seed, index, *size, _PLATE_WIDTHS, grey=True)
    rng = np.random.default_rng([seed, index, 4])
    near = len(scene.plates) == 1 and side_lengths(scene.plates[0].corners)[0] >= _NEAR
    if near and rng.random() < _CLOSE_UPS:
        scene = close_up(scene, rng)
    plates = np.full((MOST_PLATES, 4, 2), np.nan, np.float32)
    for place, plate in enumerate(scene.plates):
        plates[place] = plate.corners
    return {"picture": scene.picture, "plates": plates}
