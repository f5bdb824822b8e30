"""The networks and losses use nothing that only one of Keras's backends can do."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from numberplate.networks.detector import DetectorLoss, detector
from numberplate.networks.recognizer import recognizer, recognizer_loss

# Run with each backend in a process of its own: the same weights and pictures, then a few steps.
SCRIPT = """
import json, sys
from pathlib import Path
import keras
import numpy as np
from numberplate.networks.detector import DetectorLoss
from numberplate.networks.recognizer import recognizer_loss

folder = Path(sys.argv[1])
found = {"backend": keras.backend.backend()}
for name in ("ctc", "slots", "detector"):
    network = keras.saving.load_model(folder / f"{name}.keras", compile=False)
    data = np.load(folder / f"{name}.npz")
    loss = DetectorLoss() if name == "detector" else recognizer_loss(name)
    outputs, y = network.predict(data["x"], verbose=0), data["y"]
    network.compile("adam", loss)
    if name != "detector":
        y = {"logits": y, "corners": np.full((len(y), 8), 0.1, np.float32)}
        outputs, loss = outputs["logits"], loss["logits"]
    found[name] = [float(loss(data["y"], outputs)), float(np.abs(outputs - data["outputs"]).max())]
    losses = [float(np.ravel(network.train_on_batch(data["x"], y))[0]) for _ in range(4)]
    found[name] += losses
print(json.dumps(found))
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_other_backends_give_the_same(backend: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    rng = np.random.default_rng(0)
    expected = {}
    for name in ("ctc", "slots", "detector"):
        network = detector(0.2) if name == "detector" else recognizer(name, 0.2)  # type: ignore[arg-type]
        if name == "detector":
            loss: keras.losses.Loss = DetectorLoss()
            x = rng.uniform(0, 255, (2, 64, 96, 1))
            y = np.concatenate([rng.integers(-1, 2, (2, 8, 12, 1)), rng.normal(0, 1, (2, 8, 12, 8))], -1)
            y = y.astype(np.float32)
        else:
            loss = recognizer_loss(name)["logits"]  # type: ignore[arg-type]
            x = rng.uniform(0, 255, (2, 48, 144, 1))
            y = np.array([[10, 10, 1, 2, *[36] * 6], [36] * 10], np.int32)  # AA12, and no plate
        x = x.astype(np.float32)
        outputs = network.predict(x, verbose=0)
        outputs = outputs if name == "detector" else outputs["logits"]
        expected[name] = float(loss(y, outputs))
        network.save(tmp_path / f"{name}.keras")
        np.savez(tmp_path / f"{name}.npz", x=x, y=y, outputs=outputs)
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert found.pop("backend") == backend
    for name, (value, difference, *losses) in found.items():
        assert value == pytest.approx(expected[name], rel=1e-3)
        assert difference < 1e-3
        assert np.isfinite(losses).all()
        assert min(losses[1:]) < losses[0]
