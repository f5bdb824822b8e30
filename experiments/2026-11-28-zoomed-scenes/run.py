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

import cv2
import keras
import numpy as np

from numberplate.training import fit
from numberplate.training.pool import SamplePool
from numberplate.training.recipe import Recipe

ZOOM, TURN, SHEAR = 0.4, 0.035, 0.06
"""Half the range of the zoom's logarithm; standard deviations of the angle, in radians, and of the logarithm
of the aspect.
"""

ZOOMED, EXPOSED = 0.75, 0.25
"""Shares of the scenes that are seen at another size, and in another light."""

WHOLE, GONE = 0.75, 0.02
"""Share of a plate that stays in the picture at least, if it stays; what is less is gone."""


def inside(corners: np.ndarray, width: int, height: int) -> float:
    """The share of a plate's area that lies within the picture."""
    outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    return float(cv2.intersectConvexConvex(corners, outline)[0]) / max(float(cv2.contourArea(corners)), 1e-6)


def zoomed(grey: np.ndarray, plates: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A picture and its plates, (n, 4, 2), from nearer or further and a little turned.

    As they were where a plate would be cut.
    """
    height, width = grey.shape
    before = [inside(plate, width, height) for plate in plates]
    for _ in range(6):
        zoom, angle, shear = (
            np.exp(rng.uniform(-ZOOM, ZOOM)),
            rng.normal(0, TURN),
            np.exp(rng.normal(0, SHEAR)),
        )
        turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        matrix = zoom * turn * np.array([(shear, 1 / shear), (shear, 1 / shear)])
        at = rng.uniform((0, 0), (width, height))
        matrix = np.column_stack([matrix, at - matrix @ at])
        moved = (plates @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        after = [inside(plate, width, height) for plate in moved]
        if all(a <= GONE or a >= min(WHOLE, b - GONE) for a, b in zip(after, before, strict=True)):
            break
    else:
        return grey, plates
    if zoom < 0.95:  # what is seen smaller is averaged
        grey = cv2.GaussianBlur(grey, (0, 0), 0.45 * np.sqrt(1 / zoom**2 - 1))
    seen = cv2.warpAffine(
        grey, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return seen, moved[[a > GONE for a in after]]


def exposed(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    tones = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.4, 0.4))
    middle = rng.uniform(0.2, 0.8)
    tones = middle + (tones - middle) * rng.uniform(0.65, 1.25) + rng.normal(0, 0.05)
    return cv2.LUT(grey, np.clip(255 * tones, 0, 255).astype(np.uint8))


class Varied(SamplePool):
    """A pool whose scenes are never the same twice."""

    def batch(self, size: int, rng: np.random.Generator, least: int = 1) -> dict[str, np.ndarray]:
        samples = {name: np.array(values) for name, values in super().batch(size, rng, least=least).items()}
        for i, grey in enumerate(samples["picture"]):
            plates = samples["plates"][i][np.isfinite(samples["plates"][i][:, 0, 0])]
            if rng.random() < ZOOMED:
                grey, plates = zoomed(grey, plates, rng)
            samples["picture"][i] = exposed(grey, rng) if rng.random() < EXPOSED else grey
            samples["plates"][i] = np.nan
            samples["plates"][i][: len(plates)] = plates
        return samples


def train(given: argparse.Namespace) -> None:
    given.out.mkdir(parents=True, exist_ok=True)
    if not fit.is_begun(given.out):
        for name in (fit.RECIPE, fit.START, fit.STATE):
            shutil.copyfile(given.start / name, given.out / name)
    recipe = replace(
        Recipe.read(given.start / fit.RECIPE),
        fonts=tuple(map(str, given.fonts)),
        backgrounds=str(given.backgrounds),
        batch=32,
        rate=1e-3,
        decay=0.7,
        reuse=5.0,
        steps=10**6,
    )
    fit.SamplePool = Varied  # type: ignore[misc]
    fit.Run(given.out, recipe).fit(print, validate_every=2000, seconds=60 * given.minutes)
    fit.write_start(given.out, given.out / "start")


def average(given: argparse.Namespace) -> None:
    recipe = Recipe.read(given.second / fit.RECIPE)
    network = fit._network(recipe)
    with np.load(given.first / fit.START) as first, np.load(given.second / fit.START) as second:
        mean = {
            name: (1 - given.share) * first[name].astype(np.float32)
            + given.share * second[name].astype(np.float32)
            for name in second
        }
    fit.set_named_weights(network, mean)
    pictures, rng = np.load(given.pictures, mmap_mode="r"), np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.95
    for _ in range(70):
        some = pictures[np.sort(rng.choice(len(pictures), 32, replace=False))]
        network(some[..., None].astype(np.float32), training=True)
    given.out.mkdir(parents=True, exist_ok=True)
    halves = {name: w.astype(np.float16) for name, w in fit.named_weights(network).items()}
    np.savez(given.out / fit.START, **halves)
    for name in (fit.RECIPE, fit.STATE):
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
