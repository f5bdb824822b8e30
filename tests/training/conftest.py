"""A run on a task learnt in seconds: plates of two characters in one typeface."""

import os

# Before TensorFlow is imported: its own lines say nothing about what is tested.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from numberplate.training.fit import Run
from numberplate.training.recipe import Recipe
from numberplate.training.tasks import DetectorTask, RecognizerTask, WindowTask

DESIGN = {
    "code": "xx",
    "name": "Nowhere",
    "source": "a test",
    "size": [300, 110],
    "lines": [{"pattern": "[AT][17]", "height": 75, "y": 55}],
    "variants": [{"paper": "#ffffff", "ink": "#000000"}],
    "letterings": ["drawn-din"],
}


@pytest.fixture(scope="module")
def few_validation_samples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecognizerTask, "validation_size", 24)
        patch.setattr(DetectorTask, "validation_size", 4)
        patch.setattr(WindowTask, "validation_size", 24)
        patch.setattr(WindowTask, "calibration_size", 8)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def recipe(few_validation_samples: None, folder: Path) -> Recipe:
    (folder / "xx.yaml").write_text(json.dumps(DESIGN))
    return Recipe(
        kind="recognizer",
        steps=30,
        batch=16,
        rate=4e-3,
        warmup=3,
        width=0.17,
        pool=128,
        designs=(str(folder / "xx.yaml"),),
        generic=0.0,
    )


@pytest.fixture(scope="module")
def trained(folder: Path, recipe: Recipe) -> Path:
    """A run that has come to its end; not to be changed."""
    Run(folder / "trained", recipe).fit(lambda line: None, validate_every=10)
    return folder / "trained"


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "run")
