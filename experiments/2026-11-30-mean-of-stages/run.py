"""The mean of a recognizer's weights at the ends of its stages, with the batches' statistics estimated anew.

    python experiments/2026-11-30-mean-of-stages/run.py --run RUN --out runs/mean \\
        --start A --share 0.2 --start B --share 0.3 --start C --share 0.5

`--start`: a folder with a start.npz, as in `checkpoints/`; `--run`: one of `numberplate train recognizer`,
whose pool of crops the statistics are of, and whose recipe is kept. `--out` holds a start, which
`numberplate export` takes.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np

from numberplate.networks.kernels import BatchNormalization
from numberplate.training import fit
from numberplate.training.recipe import Recipe
from numberplate.training.tasks import task

BATCHES, BATCH = 80, 128


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--start", type=Path, action="append", required=True)
    parser.add_argument("--share", type=float, action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    mean: dict[str, np.ndarray] = {}
    for folder, share in zip(given.start, given.share, strict=True):
        with np.load(folder / fit.START) as weights:
            for name in weights:
                mean[name] = mean.get(name, 0) + share * weights[name].astype(np.float32)
    recipe = Recipe.read(given.run / fit.RECIPE)
    network = fit._network(recipe)
    fit.set_named_weights(network, mean)
    # No weights' statistics are those of their mean.
    for layer in network.layers:
        if isinstance(layer, BatchNormalization):
            layer.momentum = 0.95
    pool = {file.stem: np.load(file, mmap_mode="r") for file in (given.run / "pool").glob("*.npy")}
    size, rng = min(map(len, pool.values())), np.random.default_rng(0)
    for _ in range(BATCHES):
        places = np.sort(rng.choice(size, BATCH, replace=False))
        crops, _ = task(recipe).batch({name: np.array(values[places]) for name, values in pool.items()})
        network(crops, training=True)
    given.out.mkdir(parents=True, exist_ok=True)
    halves = {name: values.astype(np.float16) for name, values in fit.named_weights(network).items()}
    np.savez(given.out / fit.START, **halves)
    recipe.write(given.out / fit.RECIPE)
    shutil.copyfile(given.start[-1] / fit.STATE, given.out / fit.STATE)


if __name__ == "__main__":
    main()
