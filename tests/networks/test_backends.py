"""Networks are trained and exported with the backend of this environment.

`.ci/backends` runs this with PyTorch and with JAX, where there is no TensorFlow; with TensorFlow
tests/training/test_fit.py tests more.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest

from numberplate.networks.backend import BACKENDS, choose_backend
from numberplate.training.checkpoints import load_run, write_start
from numberplate.training.export import export, greatest_difference
from numberplate.training.fit import Run
from numberplate.training.recipe import Kind, Recipe
from numberplate.training.tasks import DetectorTask, RecognizerTask, WindowTask

BACKEND = keras.backend.backend()
SAMPLES = Path(__file__).parents[2] / "samples"
RECIPES: dict[Kind, dict[str, Any]] = {
    "recognizer": {"batch": 8, "width": 0.17, "generic": 1.0},
    "detector": {"batch": 2, "width": 0.17, "height": 64},
    "window": {"batch": 8, "width": 0.06},
}

alone = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is not None,
    reason="TensorFlow is installed; `make test-backends` has environments without it",
)


@pytest.fixture(scope="module", autouse=True)
def few_samples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # No even number: devices that share a batch must get as many samples each.
        patch.setattr(RecognizerTask, "validation_size", 13)
        patch.setattr(WindowTask, "validation_size", 13)
        patch.setattr(DetectorTask, "validation_size", 3)
        for task in (RecognizerTask, WindowTask, DetectorTask):
            patch.setattr(task, "calibration_size", 4)
        yield


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of this backend; `.ci/backends` hands them on to the next environment."""
    shared = os.environ.get("BACKEND_RUNS")
    return (Path(shared) if shared else tmp_path_factory.mktemp("runs")) / BACKEND


def recipe(kind: Kind, **settings: Any) -> Recipe:
    return Recipe(kind, steps=2, warmup=1, pool=64, **RECIPES[kind], **settings)


def silent(line: str) -> None:
    pass


def pictures(kind: str) -> np.ndarray:
    size = {"recognizer": (48, 144), "detector": (64, 96), "window": (108, 164)}[kind]
    return np.random.default_rng(0).uniform(0, 255, (2, *size, 1)).astype(np.float32)


def outputs(network: keras.Model, kind: str) -> np.ndarray:
    found = network.predict(pictures(kind), verbose=0)
    return np.asarray(found["logits"] if isinstance(found, dict) else found)


@alone
@pytest.mark.parametrize("kind", RECIPES)
def test_it_trains_goes_on_and_is_exported(runs: Path, tmp_path: Path, kind: Kind) -> None:
    run = Run(runs / kind, recipe(kind))
    run.fit(silent)
    run = Run(runs / kind, replace(recipe(kind), steps=3))
    said: list[str] = []
    figures = run.fit(said.append)
    assert figures
    assert load_run(runs / kind)[2]["step"] == 3
    if BACKEND == "jax":
        devices = len(keras.distribution.list_devices())
        assert len(run.network.trainable_variables[0].value.devices()) == devices
        assert (f"{devices} devices share each batch" in said) == (devices > 1)
    assert export(runs / kind, tmp_path).is_file()
    np.save(runs / f"{kind}.npy", outputs(load_run(runs / kind)[1], kind))


@alone
@pytest.mark.parametrize("kind", RECIPES)
def test_runs_of_other_backends_give_the_same_and_are_exported(
    runs: Path, tmp_path: Path, kind: Kind
) -> None:
    others = [other for other in sorted(runs.parent.iterdir()) if other != runs]
    if not others:
        pytest.skip("no other backend was here before")
    for other in others:
        expected = np.load(other / f"{kind}.npy")
        _, network, state = load_run(other / kind)
        assert np.abs(outputs(network, kind) - expected).max() < 1e-3 * (1 + np.abs(expected).max())
        assert state["step"] == 3
        path = export(other / kind, tmp_path / other.name)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        assert session.get_outputs()
        if kind == "window":  # the one that computes in floats
            assert greatest_difference(WindowTask(recipe(kind)).exported(network), path) < 0.05


@alone
def test_half_precision_scales_the_loss_and_goes_on(tmp_path: Path) -> None:
    half = recipe("detector", precision="float16")
    Run(tmp_path / "run", half).fit(silent)
    run = Run(tmp_path / "run", replace(half, steps=3))
    before = float(run.network.optimizer.dynamic_scale)
    # The scale that the loss does not overflow with is found once, and kept.
    assert before < 2**15
    assert run.state["step"] == 2
    run.fit(silent)
    assert run.network.optimizer.dynamic_scale <= before
    assert load_run(tmp_path / "run")[2]["step"] == 3
    assert {layer.compute_dtype for layer in run.network.layers} >= {"float16"}
    assert all(np.isfinite(weights).all() for weights in run.network.get_weights())


def command(
    *arguments: str | Path, backend: str | None, home: Path, code: str | None = None
) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    settings["KERAS_HOME"] = str(home)
    if backend is not None:
        settings["KERAS_BACKEND"] = backend
    given = ["-c", code] if code else ["-m", "numberplate"]
    return subprocess.run(
        [sys.executable, *given, *map(str, arguments)],
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


@alone
def test_commands_take_the_backend_that_is_there(tmp_path: Path) -> None:
    code = "import numberplate.training.fit, keras, sys; print(keras.backend.backend(), *sys.modules)"
    ended = command(backend=None, home=tmp_path, code=code)
    assert ended.returncode == 0, ended.stderr
    backend, *modules = ended.stdout.split()
    assert backend == BACKEND
    assert "tensorflow" not in modules


@alone
@pytest.mark.parametrize(("backend", "extra"), [("tensorflow", "train"), (None, None)])
def test_a_backend_that_is_asked_for_and_missing_is_one_line(
    tmp_path: Path, backend: str | None, extra: str | None
) -> None:
    backend = backend or {"torch": "jax", "jax": "torch"}[BACKEND]
    ended = command("export", tmp_path / "run", "--out", tmp_path / "out", backend=backend, home=tmp_path)
    assert ended.returncode == 1
    line = f"this command needs {backend}: pip install 'numberplate[{extra or f'train-{backend}'}]'"
    assert ended.stderr == f"numberplate: {line}\n"


@alone
def test_finetune(runs: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from numberplate.cli import app

    arguments = ["finetune", "--labelled", SAMPLES, "--resume", tmp_path / "run", "--out", tmp_path / "out"]
    options = ["--steps", "2", "--batch", "4", "--pool", "64", "--held-out", "0.4", "--share", "0.5"]
    write_start(runs / "recognizer", tmp_path / "start")
    arguments += ["--start", tmp_path / "start", *options]
    ended = CliRunner().invoke(app, [*map(str, arguments)])
    assert ended.exit_code == 0, ended.output
    card = json.loads((tmp_path / "out" / "recognizer.json").read_text(encoding="utf-8"))
    assert card["real_plates"]["trained_on"] > 0


def test_which_backend_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = [name for name in BACKENDS if importlib.util.find_spec(name) is not None]
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def chosen(given: str, settings: str | None) -> str:
        (tmp_path / "keras.json").unlink(missing_ok=True)
        if settings is not None:
            (tmp_path / "keras.json").write_text(settings, encoding="utf-8")
        monkeypatch.setenv("KERAS_BACKEND", given)
        choose_backend()
        return os.environ["KERAS_BACKEND"]

    missing = next(name for name in BACKENDS if name not in installed)
    assert chosen(missing, None) == missing  # who asks for one by name gets it, or hears that it is missing
    assert chosen("", json.dumps({"backend": missing})) == installed[0]
    assert chosen("", json.dumps({"backend": installed[-1]})) == ""  # Keras takes it by itself
    for nothing in (None, "{", "[]", "{}"):
        assert chosen("", nothing) == ("" if "tensorflow" in installed else installed[0])


@alone
def test_threads_are_limited_or_it_says_that_they_are_not(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom numberplate.cli import app\n"
        "try: app()\nfinally:\n"
        "    torch = sys.modules.get('torch')\n"
        "    print('threads', torch and torch.get_num_threads())"
    )
    arguments = ["train", "window", "--resume", tmp_path / "text.txt", "--threads", "3"]
    (tmp_path / "text.txt").write_text("no folder", encoding="utf-8")
    ended = command(*arguments, backend=BACKEND, home=tmp_path, code=code)
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout.split() == ["threads", "None" if BACKEND == "jax" else "3"]
    assert ("--threads: JAX takes as many as it likes" in ended.stderr) == (BACKEND == "jax")
