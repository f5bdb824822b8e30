"""What is kept of a run on disk: a checkpoint to go on from, or a start, which is a sixth of one."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from numberplate.networks.recognizer import HEAD, SCRIPTS
from numberplate.replacing import replacing, write_whole
from numberplate.training.arrays import DAMAGED, read_arrays
from numberplate.training.curves import CURVES
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.tasks import task

RECIPE, CHECKPOINT, START, STATE = "recipe.json", "checkpoint.keras", "start.npz", "state.json"
"""Files of a run's folder, beside CURVES."""

LOCK = "lock"
"""Of a run's folder: whoever trains in it holds it."""

REST_OF = "rest_of"
"""In the state of a run whose heads learn alone: the date of the weights that all else is of."""


def optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """AdamW, whose rate `rate_at` gives step by step; in float16 with the loss scaled, which underflows."""
    chosen = keras.optimizers.AdamW(recipe.rate, weight_decay=1e-4, clipnorm=5.0)
    return keras.optimizers.LossScaleOptimizer(chosen) if recipe.precision == "float16" else chosen


def named_weights(network: keras.Model) -> dict[str, np.ndarray]:
    """The network's weights by names that do not depend on what else was built before it.

    A layer that has a name of its own keeps it; the others are counted, by their kind.
    """
    found: dict[str, np.ndarray] = {}
    counted: dict[str, int] = {}
    for layer in network.layers:
        weights = layer.get_weights()
        if not weights:
            continue
        kind = type(layer).__name__.lower()
        name = layer.name
        if name.replace("_", "").rstrip("0123456789") == kind:
            counted[kind] = counted.get(kind, 0) + 1
            name = f"{kind}.{counted[kind]}"
        found |= {f"{name}/{place}": values for place, values in enumerate(weights)}
    return found


def set_named_weights(network: keras.Model, weights: Mapping[str, np.ndarray]) -> list[str]:
    """Sets the weights that `named_weights` of another network gave, where name and shape agree.

    Returns the names of those that stay as they are, such as a new head's.
    """
    own = named_weights(network)
    fresh = [name for name in own if name not in weights or weights[name].shape != own[name].shape]
    ordered = [own[name] if name in fresh else weights[name].astype(np.float32) for name in own]
    network.set_weights(ordered)
    return fresh


def load_run(
    folder: Path, keep: float = 0.0, given: Recipe | None = None
) -> tuple[Recipe, keras.Model, dict[str, Any]]:
    """Recipe, compiled network and state of a run's last checkpoint, or of its start.

    `given`: another recipe than that in the folder, of the same network. `keep`: how much the weights that
    the run started from count, 0..1, in the mean of both that the network has then. It forgets less of what
    it knew, and keeps part of what it learnt (Wortsman et al. 2022, arXiv 2109.01903). Raises RecipeError,
    also where there is something to keep and the run began from nothing.
    """
    recipe = given or Recipe.read(folder / RECIPE)
    if not is_begun(folder):
        raise RecipeError(f"{folder}: no checkpoint yet")
    state = _state(folder)
    if (folder / CHECKPOINT).is_file():
        network = _checkpoint(folder)
        if recipe.precision != "float16":  # whose optimizer does not count steps that overflow
            # The two files are written one after the other: after a kill in between, the weights are right.
            state["step"] = int(network.optimizer.iterations)
    else:
        network = _started(folder, recipe, state["step"])
    if keep:
        _keep_of_start(network, folder, keep)
    return recipe, network, state


def _keep_of_start(network: keras.Model, folder: Path, keep: float) -> None:
    if not (folder / START).is_file():
        raise RecipeError(f"{folder}: it began from nothing, of which there is nothing to keep")
    start = read_weights(folder)
    mean = {
        name: keep * start[name].astype(np.float32) + (1 - keep) * weights
        for name, weights in named_weights(network).items()
        if name in start and start[name].shape == weights.shape
    }
    set_named_weights(network, named_weights(network) | mean)


def _checkpoint(folder: Path) -> keras.Model:
    try:
        network = keras.saving.load_model(folder / CHECKPOINT)
    except (OSError, *DAMAGED) as error:
        raise RecipeError(f"{folder}: the checkpoint cannot be loaded: {error}") from error
    # A checkpoint of JAX's says that it is to be compiled, which PyTorch would take minutes for.
    network.jit_compile = keras.backend.backend() == "jax"
    return network


def is_begun(folder: Path) -> bool:
    """Whether the folder holds a checkpoint, or a start made by `write_start`."""
    return (folder / CHECKPOINT).is_file() or (folder / START).is_file()


def step_of(folder: Path) -> int:
    """The step of a run's last checkpoint, or of its start. Raises RecipeError."""
    return int(_state(folder)["step"])


def _state(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
        int(state["step"])
        return state
    except OSError as error:
        raise RecipeError(f"{folder / STATE}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecipeError(f"{folder / STATE}: not a run's state: {error}") from error


def write_start(run: Path, folder: Path, keep: float = 0.0) -> None:
    """Writes what another run can start from: recipe, state, curves and the weights in half precision.

    It is a sixth of a checkpoint, which holds the optimizer's moments besides. `keep`: see `load_run`.
    Raises RecipeError where `run` has no checkpoint.
    """
    recipe, network, state = load_run(run, keep)
    save_start(folder, recipe.as_start(), network, state)
    if (run / CURVES).is_file():
        shutil.copyfile(run / CURVES, folder / CURVES)


def save_start(folder: Path, recipe: Recipe, network: keras.Model, state: Mapping[str, Any]) -> None:
    """Writes a network's weights in half precision, with its recipe and state, for a run to start from."""
    folder.mkdir(parents=True, exist_ok=True)
    halves: dict[str, Any] = {name: w.astype(np.float16) for name, w in named_weights(network).items()}
    recipe.write(folder / RECIPE)
    write_whole(folder / STATE, json.dumps(state, indent=2) + "\n")
    # Last, and at once: by it a run has begun.
    with replacing(folder / START) as fresh, fresh.open("wb") as file:
        np.savez(file, **halves)


def _started(folder: Path, recipe: Recipe, step: int) -> keras.Model:
    """The network of a start, with an optimizer that knows its step but no moments."""
    network = network_of(recipe)
    others = set_named_weights(network, read_weights(folder))
    fresh = [name for name in others if not name.startswith((HEAD, SCRIPTS))]
    if fresh:
        raise RecipeError(f"{folder / START}: it has no weights of this network: {fresh[0]} is missing")
    fresh = optimizer(recipe)
    fresh.build(network.trainable_variables)
    fresh.iterations.assign(step)
    network.compile(fresh, task(recipe).loss())
    return network


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """The weights of a start, by name. Raises RecipeError."""
    return read_arrays(folder / START)


def network_of(recipe: Recipe) -> keras.Model:
    """A recipe's network with fresh weights, its layers in the recipe's precision."""
    before = keras.config.dtype_policy()
    half = recipe.precision != "float32"
    keras.config.set_dtype_policy(f"mixed_{recipe.precision}" if half else "float32")
    try:
        return task(recipe).network()
    finally:
        keras.config.set_dtype_policy(before)
