from dataclasses import replace
from pathlib import Path

import pytest

from numberplate.calibration import Settings, calibrate
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

FEWEST = Settings(scenes=20, clips=2, checks=1)


@pytest.mark.parametrize("number", ["scenes", "clips", "checks"])
def test_too_few_samples_are_refused_before_hours_are_spent(tmp_path: Path, number: str) -> None:
    few = replace(FEWEST, **{number: getattr(FEWEST, number) - 1})
    with pytest.raises(ValueError, match="scenes, clips, checks: expected at least 20, 2 and 1"):
        calibrate(tmp_path, Ingredients(Letterings(), Backgrounds()), few, print)
