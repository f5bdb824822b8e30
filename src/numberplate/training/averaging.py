"""The mean of a network's weights at several points of its training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from numberplate.networks.kernels import BatchNormalization
from numberplate.training.checkpoints import (
    load_run,
    named_weights,
    network_of,
    save_start,
    set_named_weights,
)
from numberplate.training.makers import Maker
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.tasks import task

SAMPLES = 10_240
"""Of training, by which the statistics of batches are estimated."""

_BATCH = 128


def write_mean(
    runs: Sequence[Path], shares: Sequence[float], recipe: Recipe, folder: Path, samples: int = SAMPLES
) -> None:
    """Writes a start whose weights are the mean of those of several runs, or starts, of one network.

    Where training ended several times at a rate of nothing, the mean generalises better than any of the ends
    (Izmailov et al. 2018, arXiv 1803.05407). `shares`: how much each counts, in all 1. No weights' statistics
    of batches are those of their mean: they are estimated anew, in float32, by `samples` samples of `recipe`,
    which is written beside them; of those that the last of the runs would train on next. The state is the
    last one's. Raises RecipeError where one has no checkpoint, or is of another network.
    """
    network = network_of(replace(recipe, precision="float32"))
    own = named_weights(network)
    mean = {name: np.zeros_like(weights) for name, weights in own.items()}
    ends = []
    for run, share in zip(runs, shares, strict=True):
        _, trained, state = load_run(run)
        ends.append({"steps": state["step"], "share": share})
        weights = named_weights(trained)
        for name in own:
            if name not in weights or weights[name].shape != own[name].shape:
                raise RecipeError(f"{run}: its network is not the recipe's, by {name}")
            mean[name] += share * weights[name]
    set_named_weights(network, mean)
    _estimate_statistics(network, recipe, state["made"], samples)
    save_start(folder, recipe, network, state | {"mean_of": ends})


def _estimate_statistics(network: keras.Model, recipe: Recipe, first: int, samples: int) -> None:
    """Gives the network's batch normalizations the mean statistics of batches of samples from `first` on."""
    layers = [layer for layer in network.layers if isinstance(layer, BatchNormalization)]
    make, work, rng = Maker(recipe)(), task(recipe), np.random.default_rng([recipe.seed, first])
    for batch, start in enumerate(range(first, first + samples, _BATCH)):
        made = [make(i) for i in range(start, min(start + _BATCH, first + samples))]
        drawn = {name: np.stack([sample[name] for sample in made]) for name in work.fields}
        pictures, _ = work.batch(work.varied(drawn, rng))
        for layer in layers:
            layer.momentum = batch / (batch + 1)
        network(pictures, training=True)
