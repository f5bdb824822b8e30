"""Fitting a network: samples from a pool, checkpoints that a killed run resumes from, figures as it goes."""

import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
from filelock import FileLock, Timeout

from numberplate.pictures.encode import write_picture
from numberplate.training.checkpoints import (
    CHECKPOINT,
    LOCK,
    RECIPE,
    REST_OF,
    STATE,
    is_begun,
    load_run,
    network_of,
    optimizer,
)
from numberplate.training.curves import add_row, read_curves
from numberplate.training.devices import predict, shared, sharing
from numberplate.training.interrupts import Interrupts
from numberplate.training.labelled import read_labelled_plates
from numberplate.training.makers import Maker
from numberplate.training.pool import SamplePool
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.step import stepping
from numberplate.training.tasks import Task, task

MISSES = "misses.png"
"""A file of a run's folder: held-out samples that went wrong."""

FIXED, LABELLED = "fixed_", "real_"
"""What the names of figures begin with: on the fixed validation set, which is the same for all recipes, and
on labelled plates that were kept from training.
"""

_REPORT = 20.0
"""Seconds between two lines that say how training goes."""


def rate_at(recipe: Recipe, done: float, step: int, begin: int = 0) -> float:
    """The learning rate when a share `done`, 0..1, of a schedule is behind, at `step` of one from `begin` on.

    It rises over the first steps, stays, and falls to zero in the last part.
    """
    rising = (step - begin + 1) / max(1, recipe.warmup)
    falling = (1 - done) / max(1e-9, recipe.decay)
    return recipe.rate * max(0.0, min(rising, falling, 1.0))


def _mean(losses: Sequence[Any]) -> float:
    return float(np.mean([float(loss) for loss in losses]))


class _Pace:
    """How fast a run goes now, and how long it takes to its end. `seconds`: how long it may take in all."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._began = time.monotonic()
        self.start(0, 0)

    def start(self, step: int, samples: int) -> None:
        """Counts from here on: what was before, such as a validation, says nothing of the pace."""
        self._since, self._step, self._samples = time.monotonic(), step, samples

    def share_of_time(self) -> float:
        """The share of the time that is over; 0 without an end."""
        return 0.0 if self._seconds is None else (time.monotonic() - self._began) / self._seconds

    def is_over(self) -> bool:
        return self._seconds is not None and time.monotonic() - self._began >= self._seconds

    def is_due(self) -> bool:
        return time.monotonic() - self._since > _REPORT

    def now(self, step: int, samples: int, steps: int) -> str:
        """Samples a second since the last report, and the time that is left at this pace."""
        took = time.monotonic() - self._since
        left = (steps - step) * took / max(1, step - self._step)
        if self._seconds is not None:
            left = min(left, self._began + self._seconds - time.monotonic())
        text = f"{(samples - self._samples) / took:.0f} samples/s  {_duration(left)} left"
        self.start(step, samples)
        return text


def _duration(seconds: float) -> str:
    """Such as `3 h 20 min`."""
    minutes = max(0, round(seconds / 60))
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{minutes} min"


class Run:
    """One training run in a folder of its own, resumed where it holds a checkpoint."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.folder, self.recipe = folder, recipe
        self.task: Task = task(recipe)
        self.begin = recipe.begin
        """The step from which on the rate rises."""
        folder.mkdir(parents=True, exist_ok=True)
        self._devices = sharing(recipe.batch)
        with shared(self._devices):
            self._prepare()
            self._set_rate(self._done())

    def _prepare(self) -> None:
        """Makes or loads the network and its optimizer, and the state that goes with them."""
        folder, recipe = self.folder, self.recipe
        if is_begun(folder):
            before = Recipe.read(folder / RECIPE)
            # A start is weights by name: heads may be added to it. A checkpoint holds the whole network.
            resumed = (folder / CHECKPOINT).is_file()
            same = ("kind", "width", *(("scripts", "heads", "precision") if resumed else ()))
            changed = [key for key in same if getattr(before, key) != getattr(recipe, key)]
            if changed:
                raise RecipeError(
                    f"{folder}: its {changed[0]} is {getattr(before, changed[0])!r}; start a new folder"
                )
            if resumed:
                _, self.network, self.state = load_run(folder)
                self.begin = max(recipe.begin, self.state.get("rising_from", 0))
                self.network.compile(_with_moments(self.network, recipe), self.task.loss())
            else:
                _, self.network, self.state = load_run(folder, given=recipe)
                self.state.pop("mean_of", None)
                rest = self.state.pop(REST_OF, self.state.get("date"))
                if recipe.heads:
                    self.state[REST_OF] = rest
                # Without moments the first steps at the full rate would be far too long. Whoever goes on from
                # a checkpoint within them is to know of it.
                self.begin = self.state["rising_from"] = self.state["step"]
        elif recipe.heads:
            raise RecipeError(
                f"{folder}: heads learn alone where all else has learnt: copy a run or the start of one there"
            )
        else:
            keras.utils.set_random_seed(recipe.seed)
            self.network = network_of(recipe)
            fresh = optimizer(recipe)
            # One without variables makes them in the first step, which TensorFlow then traces twice.
            fresh.build(self.network.trainable_variables)
            self.network.compile(fresh, self.task.loss())
            self.state = {"step": 0, "samples": 0, "made": 0, "seconds": 0.0, "figures": {}}

    def _done(self) -> float:
        """The share, 0..1, of the schedule that is behind."""
        begin, steps = self.recipe.begin, self.recipe.steps
        return max(0.0, float(self.state["step"] - begin) / max(1, steps - begin))

    def _set_rate(self, done: float) -> float:
        """Gives the optimizer the rate for the next step, when a share `done`, 0..1, of the run is behind."""
        rate = rate_at(self.recipe, done, self.state["step"], self.begin)
        self.network.optimizer.learning_rate.assign(rate)
        return rate

    def fit(
        self,
        report: Callable[[str], None],
        checkpoint_every: float = 120.0,
        validate_every: int = 1000,
        seconds: float | None = None,
    ) -> dict[str, float]:
        """Trains up to the recipe's steps and returns the last figures.

        `seconds`: how long to train at most. The rate falls with the time that is left where that comes
        sooner than the recipe's steps.
        Ctrl-C and SIGTERM save a checkpoint and raise Stopped, a KeyboardInterrupt. `report` gets a line now
        and then; `checkpoint_every` is in seconds. Raises RecipeError where another process trains in this
        folder.
        """
        try:
            with FileLock(self.folder / LOCK, timeout=0), shared(self._devices):
                return self._fit(report, checkpoint_every, validate_every, seconds)
        except Timeout as error:
            raise RecipeError(f"{self.folder}: another process is training in this folder") from error

    def _fit(
        self,
        report: Callable[[str], None],
        checkpoint_every: float,
        validate_every: int,
        seconds: float | None,
    ) -> dict[str, float]:
        read_curves(self.folder)  # where that fails, it is better said before anything is trained
        rng = np.random.default_rng([self.recipe.seed, self.state["step"]])
        if self.recipe.labelled is not None:
            plates = read_labelled_plates(Path(self.recipe.labelled))
            held_out = sum(plate.held_out for plate in plates)
            self.state["real_plates"] = {
                "trained_on": len(plates) - held_out,
                "held_out": held_out,
                "share_of_samples": self.recipe.labelled_share,
            }
        if self.state["step"] >= self.recipe.steps:
            figures: dict[str, float] = self.state["figures"]
            return figures
        if self._devices > 1:
            report(f"{self._devices} devices share each batch")
        report("preparing samples for validation")
        validation = self._validation_sets()
        # Not before samples can be made of it: what was mistyped would be the run's from then on.
        self.recipe.write(self.folder / RECIPE)
        pool = SamplePool(
            self.folder / "pool",
            self.task.fields,
            Maker(self.recipe),
            self.recipe.pool,
            self.recipe.reuse,
            self.recipe.workers,
            first=self.state["made"],
        )
        least = max(self.recipe.pool // 16, min(self.recipe.batch, self.recipe.pool))
        pace = _Pace(seconds)
        step, losses = stepping(self.network), list[Any]()
        saved, last = time.monotonic(), False
        with Interrupts() as interrupts, pool:
            try:
                report(f"preparing samples: 0 of {least}")
                pool.wait(least, lambda made: report(f"preparing samples: {made} of {least}"))
                pace.start(self.state["step"], self.state["samples"])
                while not last and self.state["step"] < self.recipe.steps:
                    started = time.monotonic()
                    rate = self._set_rate(max(self._done(), pace.share_of_time()))
                    drawn = pool.batch(self.recipe.batch, rng, least=least)
                    x, y = self.task.batch(self.task.varied(drawn, rng))
                    with interrupts.held():
                        losses.append(step(x, y))
                        self.state["step"] += 1
                        self.state["samples"] += len(x)
                        self.state["seconds"] += time.monotonic() - started
                    if pace.is_due():
                        now = pace.now(self.state["step"], self.state["samples"], self.recipe.steps)
                        loss = f"loss {_mean(losses[-100:]):.4f}"
                        report(f"step {self.state['step']}  {loss}  rate {rate:.2g}  {now}")
                    last = self.state["step"] == self.recipe.steps or pace.is_over()
                    if self.state["step"] % validate_every == 0 or last:
                        self._validate(validation, _mean(losses), report)
                        losses.clear()
                        pace.start(self.state["step"], self.state["samples"])
                    if time.monotonic() - saved > checkpoint_every or last:
                        with interrupts.held():
                            self._save(pool)
                        saved = time.monotonic()
            except KeyboardInterrupt:
                with interrupts.held():
                    self._save(pool)
                raise
        figures = self.state["figures"]
        return figures

    def _validation_sets(self) -> dict[str, dict[str, np.ndarray]]:
        """Held-out samples, by what their figures' names begin with."""
        sets = {"": self.task.validation(), FIXED: self.task.fixed_validation()}
        if self.recipe.labelled is not None:
            sets[LABELLED] = self.task.labelled_validation()
        return sets

    def _validate(
        self, sets: Mapping[str, Mapping[str, np.ndarray]], loss: float, report: Callable[[str], None]
    ) -> None:
        figures: dict[str, float] = {}
        for name, samples in sets.items():
            x, _ = self.task.batch(samples)
            outputs = predict(self.network, x, self._devices)
            found = self.task.figures(samples, outputs)
            figures |= {f"{name}{key}": round(value, 4) for key, value in found.items()}
            if not name:
                write_picture(self.folder / MISSES, self.task.misses(samples, outputs))
        # A figure is not a number where no sample is of its kind.
        self.state["figures"] = {key: value for key, value in figures.items() if math.isfinite(value)}
        row = {
            "step": self.state["step"],
            "samples": self.state["samples"],
            "loss": round(loss, 4),
            **self.state["figures"],
        }
        report("  ".join(f"{name} {value}" for name, value in row.items()))
        add_row(self.folder, row)
        _tensorboard(self.folder, row)

    def _save(self, pool: SamplePool) -> None:
        """Writes the files beside the old ones and then in their place: a kill leaves a whole one of each.

        The state comes first: a checkpoint without a state could not be loaded. The names are the same each
        time, not those of `replacing`: however often a run is killed, one large file is left at most.
        """
        self.state["made"] = pool.first + pool.made
        self.state["date"] = datetime.now(UTC).isoformat(timespec="seconds")
        fresh = self.folder / "checkpoint.new.keras"
        self.network.save(fresh)
        state = self.folder / "state.new.json"
        state.write_text(json.dumps(self.state, indent=2) + "\n", encoding="utf-8")
        os.replace(state, self.folder / STATE)
        os.replace(fresh, self.folder / CHECKPOINT)


def _with_moments(network: keras.Model, recipe: Recipe) -> keras.optimizers.Optimizer:
    """The recipe's optimizer with the moments and the step of the network's own."""
    fresh = optimizer(recipe)
    fresh.build(network.trainable_variables)
    old = {_place(variable): variable for variable in network.optimizer.variables}
    for variable in fresh.variables:
        if not variable.path.endswith("/learning_rate"):
            variable.assign(old[_place(variable)])
    return fresh


def _place(variable: keras.Variable) -> str:
    """A variable's path without its optimizer's number; there are two optimizers where a loss is scaled."""
    name, _, rest = variable.path.partition("/")
    return f"{name.rstrip('_0123456789')}/{rest}"


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
