import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from numberplate.calibration import CalibrationError, Settings, calibrate, calibrate_heads
from numberplate.models.bundle import load_manifest
from numberplate.models.manifest import MANIFEST, Manifest
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

FEWEST = Settings(scenes=20, clips=2, checks=1)


@pytest.mark.parametrize("number", ["scenes", "clips", "checks"])
def test_too_few_samples_are_refused_before_hours_are_spent(tmp_path: Path, number: str) -> None:
    few = replace(FEWEST, **{number: getattr(FEWEST, number) - 1})
    with pytest.raises(ValueError, match="scenes, clips, checks: expected at least 20, 2 and 1"):
        calibrate(tmp_path, Ingredients(Letterings(), Backgrounds()), few, print)


def test_numbers_that_change_while_they_are_fitted_are_left_alone(tmp_path: Path) -> None:
    # As by an export that ends meanwhile: once it was undone, and its network read with another's numbers.
    folder = tmp_path / "weights"
    shutil.copytree(str(resources.files("numberplate").joinpath("weights")), folder)
    before = load_manifest(folder)
    assert before.vote is not None
    fitted = replace(FEWEST, crops=80)
    ingredients = Ingredients(Letterings(), Backgrounds())

    def changing(manifest: Manifest) -> Callable[[str], None]:
        return lambda _: manifest.write(folder / MANIFEST)

    changed = replace(before, vote=replace(before.vote, floor=before.vote.floor / 2))
    with pytest.raises(CalibrationError, match="were changed while they were fitted"):
        calibrate_heads(folder, ingredients, ["han"], fitted, changing(changed))
    before.write(folder / MANIFEST)
    # Of a window nothing is fitted: one that comes meanwhile stays.
    replace(before, window=None).write(folder / MANIFEST)
    made = calibrate_heads(folder, ingredients, ["han"], fitted, changing(before))
    assert made.window == before.window is not None
