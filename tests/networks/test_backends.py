"""Networks are trained and exported with each of Keras's backends, and give the same with all."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

RECIPES: dict[str, dict[str, Any]] = {
    "recognizer": {"batch": 8, "width": 0.17, "generic": 1.0},
    "detector": {"batch": 2, "width": 0.17, "height": 64},
    "window": {"batch": 8, "width": 0.06},
}

# Run with each backend in a process of its own. `export` compares the file with the network.
SCRIPT = """
import json, sys
from pathlib import Path
import keras
import numpy as np
from numberplate.training.export import ExportError, export
from numberplate.training.fit import Run, load_run
from numberplate.training.recipe import Recipe
from numberplate.training.tasks.detector import DetectorTask
from numberplate.training.tasks.recognizer import RecognizerTask
from numberplate.training.tasks.window import WindowTask

if __name__ == "__main__":
    RecognizerTask.validation_size = WindowTask.validation_size = 24
    DetectorTask.validation_size, WindowTask.calibration_size = 4, 8
    folder, recipe = Path(sys.argv[1]), Recipe(steps=3, warmup=1, pool=64, **json.loads(sys.argv[2]))
    Run(folder / "run", recipe).fit(lambda line: None)
    network = load_run(folder / "run")[1]
    outputs = network.predict(np.load(folder / "pictures.npy"), verbose=0)
    outputs = outputs["logits"] if isinstance(outputs, dict) else outputs
    np.save(folder / "outputs.npy", outputs)
    if keras.backend.backend() == "jax":  # which exports nothing, and says so
        try:
            export(folder / "run", folder / "weights")
        except ExportError as error:
            assert "KERAS_BACKEND" in str(error)
            print("jax", folder / "weights" / f"{recipe.kind}.onnx")
    else:
        print(keras.backend.backend(), export(folder / "run", folder / "weights"))
"""


@pytest.mark.parametrize("kind", RECIPES)
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_other_backends_train_what_any_can_export(backend: str, kind: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    from numberplate.training.export import export
    from numberplate.training.fit import load_run

    size = {"recognizer": (48, 144), "detector": (64, 96), "window": (108, 164)}[kind]
    pictures = np.random.default_rng(0).uniform(0, 255, (2, *size, 1)).astype(np.float32)
    np.save(tmp_path / "pictures.npy", pictures)
    (tmp_path / "script.py").write_text(SCRIPT)
    recipe = json.dumps({"kind": kind, **RECIPES[kind]})
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), str(tmp_path), recipe],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split()[-2:] == [backend, str(tmp_path / "weights" / f"{kind}.onnx")]
    outputs = load_run(tmp_path / "run")[1].predict(pictures, verbose=0)
    outputs = outputs["logits"] if isinstance(outputs, dict) else outputs
    assert np.abs(outputs - np.load(tmp_path / "outputs.npy")).max() < 1e-3 * (1 + np.abs(outputs).max())
    assert keras.backend.backend() != backend
    if backend == "jax":
        assert export(tmp_path / "run", tmp_path / "weights").is_file()
