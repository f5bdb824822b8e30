"""Fitting a network: samples from a pool, checkpoints that a killed run resumes from, figures as it goes."""

import csv
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from filelock import FileLock, Timeout

from numberplate.training.makers import Maker
from numberplate.training.pool import SamplePool
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.tasks import Task, task

RECIPE, CHECKPOINT, START, STATE, CURVES, MISSES = (
    "recipe.json",
    "checkpoint.keras",
    "start.npz",
    "state.json",
    "curves.csv",
    "misses.png",
)
"""Files of a run's folder."""


@keras.saving.register_keras_serializable("numberplate")
class Trapezoid(keras.optimizers.schedules.LearningRateSchedule):
    """From step `begin` on rises over `warmup` steps to `rate`, stays, falls to nought in the last `decay`
    share of `steps`.
    """

    def __init__(self, rate: float, warmup: int, steps: int, decay: float, begin: int = 0) -> None:
        self.rate, self.warmup, self.steps, self.decay, self.begin = rate, warmup, steps, decay, begin

    def __call__(self, step):  # type: ignore[no-untyped-def]
        step = keras.ops.cast(step, "float32")
        rising = (step - self.begin + 1) / max(1, self.warmup)
        falling = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.rate * keras.ops.clip(keras.ops.minimum(rising, falling), 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        return {
            "rate": self.rate,
            "warmup": self.warmup,
            "steps": self.steps,
            "decay": self.decay,
            "begin": self.begin,
        }


def optimizer(recipe: Recipe, begin: int = 0) -> keras.optimizers.Optimizer:
    """AdamW with the recipe's schedule, which rises from step `begin` on."""
    schedule = Trapezoid(recipe.rate, recipe.warmup, recipe.steps, recipe.decay, begin)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=5.0)


def load_run(folder: Path) -> tuple[Recipe, keras.Model, dict[str, Any]]:
    """Recipe, compiled network and state of a run's last checkpoint, or of its start. Raises RecipeError."""
    recipe = Recipe.read(folder / RECIPE)
    if not is_begun(folder):
        raise RecipeError(f"{folder}: no checkpoint yet")
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if not (folder / CHECKPOINT).is_file():
            return recipe, _started(folder, recipe, state["step"]), state
        network = keras.saving.load_model(folder / CHECKPOINT)
        # The two files are written one after the other: after a kill in between, the weights are right.
        state["step"] = int(network.optimizer.iterations)
    except (OSError, ValueError) as error:
        raise RecipeError(f"{folder}: the checkpoint cannot be loaded: {error}") from error
    return recipe, network, state


def is_begun(folder: Path) -> bool:
    """Whether the folder holds a checkpoint, or a start made by `write_start`."""
    return (folder / CHECKPOINT).is_file() or (folder / START).is_file()


def write_start(run: Path, folder: Path) -> None:
    """Writes what another run can start from: recipe, state, curves and the weights in half precision.

    It is a sixth of a checkpoint, which holds the optimizer's moments besides. Raises RecipeError where
    `run` has no checkpoint.
    """
    recipe, network, state = load_run(run)
    folder.mkdir(parents=True, exist_ok=True)
    halves = [weights.astype(np.float16) for weights in network.get_weights()]
    np.savez(folder / START, *halves)
    recipe.write(folder / RECIPE)
    (folder / STATE).write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    if (run / CURVES).is_file():
        shutil.copyfile(run / CURVES, folder / CURVES)


def _started(folder: Path, recipe: Recipe, step: int) -> keras.Model:
    """The network of a start, with an optimizer that knows its step but no moments."""
    network = _network(recipe)
    with np.load(folder / START) as halves:
        network.set_weights([halves[name].astype(np.float32) for name in halves.files])
    fresh = optimizer(recipe)
    fresh.build(network.trainable_variables)
    fresh.iterations.assign(step)
    network.compile(fresh, task(recipe).loss())
    return network


def _network(recipe: Recipe) -> keras.Model:
    """The recipe's network with fresh weights, its layers in the recipe's precision."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if recipe.precision == "bfloat16" else "float32")
    try:
        return task(recipe).network()
    finally:
        keras.config.set_dtype_policy(before)


class Run:
    """One training run in a folder of its own, resumed where it holds a checkpoint."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.folder, self.recipe = folder, recipe
        self.task: Task = task(recipe)
        folder.mkdir(parents=True, exist_ok=True)
        if is_begun(folder):
            before, self.network, self.state = load_run(folder)
            same = ("kind", "width", "head", "precision")
            changed = [key for key in same if getattr(before, key) != getattr(recipe, key)]
            if changed:
                raise RecipeError(
                    f"{folder}: its {changed[0]} is {getattr(before, changed[0])!r}; start a new folder"
                )
            # A start has no moments: at the full rate the first steps would be far too long.
            begin = 0 if (folder / CHECKPOINT).is_file() else self.state["step"]
            _reschedule(self.network, recipe, begin)
        else:
            keras.utils.set_random_seed(recipe.seed)
            self.network = _network(recipe)
            self.network.compile(optimizer(recipe), self.task.loss())
            self.state = {"step": 0, "samples": 0, "made": 0, "seconds": 0.0, "figures": {}}

    def fit(
        self,
        report: Callable[[str], None],
        checkpoint_every: float = 120.0,
        validate_every: int = 1000,
    ) -> dict[str, float]:
        """Trains up to the recipe's steps and returns the last figures.

        Ctrl-C saves a checkpoint before it is raised on. `report` gets a line now and then;
        `checkpoint_every` is in seconds. Raises RecipeError where another process trains in this folder.
        """
        try:
            with FileLock(self.folder / "lock", timeout=0):
                self.recipe.write(self.folder / RECIPE)
                return self._fit(report, checkpoint_every, validate_every)
        except Timeout as error:
            raise RecipeError(f"{self.folder}: another process is training in this folder") from error

    def _fit(
        self, report: Callable[[str], None], checkpoint_every: float, validate_every: int
    ) -> dict[str, float]:
        rng = np.random.default_rng([self.recipe.seed, self.state["step"]])
        validation = self.task.validation()
        pool = SamplePool(
            self.folder / "pool",
            self.task.fields,
            Maker(self.recipe),
            self.recipe.pool,
            self.recipe.reuse,
            self.recipe.workers,
            first=self.state["made"],
        )
        losses: list[float] = []
        saved = reported = time.monotonic()
        with pool:
            try:
                while self.state["step"] < self.recipe.steps:
                    started = time.monotonic()
                    x, y = self.task.batch(pool.batch(self.recipe.batch, rng, least=self.recipe.pool // 16))
                    # Where a network has several outputs, their losses follow the sum of them.
                    losses.append(float(np.ravel(self.network.train_on_batch(x, y))[0]))
                    self.state["step"] += 1
                    self.state["samples"] += len(x)
                    now = time.monotonic()
                    self.state["seconds"] += now - started
                    if now - reported > 20:
                        reported = now
                        pace = self.state["samples"] / self.state["seconds"]
                        loss = np.mean(losses[-100:])
                        report(f"step {self.state['step']}  loss {loss:.4f}  {pace:.0f} samples/s")
                    last = self.state["step"] == self.recipe.steps
                    if self.state["step"] % validate_every == 0 or last:
                        self._validate(validation, float(np.mean(losses)), report)
                        losses.clear()
                    if now - saved > checkpoint_every or last:
                        saved = now
                        self._save(pool)
            except KeyboardInterrupt:
                self._save(pool)
                raise
        return self.state["figures"]

    def _validate(
        self, samples: Mapping[str, np.ndarray], loss: float, report: Callable[[str], None]
    ) -> None:
        x, _ = self.task.batch(samples)
        outputs = self.network.predict(x, batch_size=16, verbose=0)
        figures = self.task.figures(samples, outputs)
        self.state["figures"] = {name: round(value, 4) for name, value in figures.items()}
        row = {
            "step": self.state["step"],
            "samples": self.state["samples"],
            "loss": round(loss, 4),
            **self.state["figures"],
        }
        report("  ".join(f"{name} {value}" for name, value in row.items()))
        curves = self.folder / CURVES
        new = not curves.exists()
        with curves.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, row)
            if new:
                writer.writeheader()
            writer.writerow(row)
        _tensorboard(self.folder, row)
        cv2.imwrite(str(self.folder / MISSES), self.task.misses(samples, outputs)[..., ::-1])

    def _save(self, pool: SamplePool) -> None:
        """Writes the files beside the old ones and then in their place: a kill leaves a whole one of each.

        The state comes first: a checkpoint without a state could not be loaded.
        """
        self.state["made"] = pool.first + pool.made
        self.state["date"] = datetime.now(UTC).isoformat(timespec="seconds")
        fresh = self.folder / "checkpoint.new.keras"
        self.network.save(fresh)
        state = self.folder / "state.new.json"
        state.write_text(json.dumps(self.state, indent=2) + "\n", encoding="utf-8")
        os.replace(state, self.folder / STATE)
        os.replace(fresh, self.folder / CHECKPOINT)


def _reschedule(network: keras.Model, recipe: Recipe, begin: int) -> None:
    """Gives a resumed network the recipe's schedule and loss, keeping its optimizer's moments and step."""
    fresh = optimizer(recipe, begin)
    fresh.build(network.trainable_variables)
    # The first part of a path names the optimizer, which is numbered anew.
    old = {variable.path.partition("/")[2]: variable for variable in network.optimizer.variables}
    for variable in fresh.variables:
        if variable.path.partition("/")[2] != "learning_rate":
            variable.assign(old[variable.path.partition("/")[2]])
    network.compile(fresh, task(recipe).loss())


def _tensorboard(folder: Path, row: Mapping[str, float]) -> None:
    """Adds the figures to TensorBoard's log where TensorFlow and TensorBoard are installed."""
    try:
        import tensorboard  # noqa: F401 - what TensorFlow writes it with, and no longer brings
        import tensorflow as tf
    except ImportError:
        return
    writer = tf.summary.create_file_writer(str(folder / "tensorboard"))
    with writer.as_default(step=int(row["step"])):
        for name, value in row.items():
            tf.summary.scalar(name, value)
    writer.close()
