"""Trains a detector on scenes that are zoomed, moved and exposed anew each time they are used.

    python experiments/2026-11-28-zoomed-scenes/run.py train --start checkpoints/detector --fonts fonts/ \\
        --backgrounds photos/ --out runs/zoomed --minutes 100
    python experiments/2026-11-28-zoomed-scenes/run.py average checkpoints/detector runs/zoomed --share 0.6 \\
        --pictures runs/zoomed/pool/picture.npy --out runs/averaged

`average` takes the mean of two starts' weights and estimates the statistics of batch normalization anew.
"""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from numberplate.training import checkpoints, fit
from numberplate.training.recipe import Recipe


def train(given: argparse.Namespace) -> None:
    given.out.mkdir(parents=True, exist_ok=True)
    if not checkpoints.is_begun(given.out):
        for name in (checkpoints.RECIPE, checkpoints.START, checkpoints.STATE):
            shutil.copyfile(given.start / name, given.out / name)
    recipe = replace(
        Recipe.read(given.start / checkpoints.RECIPE),
        fonts=tuple(map(str, given.fonts)),
        backgrounds=str(given.backgrounds),
        batch=32,
        rate=1e-3,
        decay=0.7,
        reuse=5.0,
        varied=True,
        steps=10**6,
    )
    fit.Run(given.out, recipe).fit(print, validate_every=2000, seconds=60 * given.minutes)
    checkpoints.write_start(given.out, given.out / "start")


def average(given: argparse.Namespace) -> None:
    recipe = Recipe.read(given.second / checkpoints.RECIPE)
    network = checkpoints.network_of(recipe)
    with (
        np.load(given.first / checkpoints.START) as first,
        np.load(given.second / checkpoints.START) as second,
    ):
        mean = {
            name: (1 - given.share) * first[name].astype(np.float32)
            + given.share * second[name].astype(np.float32)
            for name in second
        }
    checkpoints.set_named_weights(network, mean)
    pictures, rng = np.load(given.pictures, mmap_mode="r"), np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.95
    for _ in range(70):
        some = pictures[np.sort(rng.choice(len(pictures), 32, replace=False))]
        network(some[..., None].astype(np.float32), training=True)
    given.out.mkdir(parents=True, exist_ok=True)
    halves = {name: w.astype(np.float16) for name, w in checkpoints.named_weights(network).items()}
    np.savez(given.out / checkpoints.START, **halves)
    for name in (checkpoints.RECIPE, checkpoints.STATE):
        shutil.copyfile(given.second / name, given.out / name)
    print(json.dumps({"weights": len(halves), "share": given.share}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train")
    command.add_argument("--start", type=Path, required=True)
    command.add_argument("--fonts", type=Path, action="append", required=True)
    command.add_argument("--backgrounds", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--minutes", type=float, required=True)
    command.set_defaults(run=train)
    command = commands.add_parser("average")
    command.add_argument("first", type=Path)
    command.add_argument("second", type=Path)
    command.add_argument("--share", type=float, default=0.5, help="of the second, 0..1")
    command.add_argument("--pictures", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=average)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
