"""Trains a branch that tells, at half the size, where the detector's finest level may find plates.

    python experiments/2026-11-28-hints-at-half-size/run.py --start checkpoints/detector --pool RUN/pool

`--start` is a folder with the detector's weights, `--pool` one of a run's samples (`picture.npy` and
`plates.npy`).
Printed is the share of 128-pixel tiles without a plate that have a hint, by the share of plates that do.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from numberplate.geometry.quads import side_lengths
from numberplate.models.probability import sigmoid
from numberplate.reading.detector import Detector
from numberplate.training import checkpoints
from numberplate.training.recipe import Recipe

TAPS = ("activation_1", "add_1", "add_11")
"""Maps of the detector: of stride 4, of stride 8 on the way down, of stride 8 on the way up."""

CELL, TILE = 8, 8
"""Pixels of a cell at half size, and cells of a tile."""

NARROWEST, WIDEST = 9.0, 85.0
"""Pixels of the plates, at half size."""

FOUND, SURELY_FOUND = 0.2, 0.4
"""Least presence on the finest level of what is a hint, and of what is counted as one to be kept."""

ONE_IN = 12


def targets(plates: np.ndarray, presence: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """1 at the middles of plates that the finest level finds, -1 about any plate, 0 elsewhere."""
    y, x = ((np.mgrid[0:rows, 0:columns] + 0.5) * CELL).astype(np.float32)
    found = np.zeros((rows, columns), np.float32)
    there = [(c, p) for c, p in zip(plates, presence, strict=True) if np.isfinite(c).all()]
    for corners, _ in there:
        low, high = corners.min(0) - CELL, corners.max(0) + CELL
        found[(x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])] = -1
    for corners, p in there:
        width = float(side_lengths(corners[None])[0][0])
        if NARROWEST <= width <= WIDEST and p > FOUND:
            far = np.hypot(x - corners[:, 0].mean(), y - corners[:, 1].mean())
            found[far <= max(far.min(), 0.2 * width)] = 1
    return found


def near(grid: np.ndarray, point: np.ndarray) -> float:
    """The largest value within a cell of a point, in cells."""
    x, y = (int(v) for v in point)
    return float(grid[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].max(initial=-np.inf))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--maps", type=int, default=48)
    given = parser.parse_args()
    pictures = np.load(given.pool / "picture.npy", mmap_mode="r")
    plates = np.load(given.pool / "plates.npy")
    whole = checkpoints.network_of(Recipe.read(given.start / checkpoints.RECIPE))
    with np.load(given.start / checkpoints.START) as weights:
        checkpoints.set_named_weights(whole, weights)
    trunk = keras.Model(whole.input, [whole.get_layer(tap).output for tap in TAPS])
    detector = Detector()

    seen: list[list[np.ndarray]] = [[] for _ in TAPS]
    presence = np.zeros(plates.shape[:2], np.float32)
    for start in range(0, len(pictures), 50):
        some = np.asarray(pictures[start : start + 50])
        height, width = (side // 2 for side in some.shape[1:])
        half = np.stack([cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in some])
        for kept, maps in zip(seen, trunk(half[..., None].astype(np.float32), training=False), strict=True):
            kept.append(maps.numpy().astype(np.float16))
        for i, picture in enumerate(some, start):
            grid = sigmoid(detector.search(picture).grids[0][..., 0] / detector.card.temperature)
            for j, corners in enumerate(plates[i]):
                if np.isfinite(corners).all():
                    presence[i, j] = near(grid, corners.mean(0) / detector.card.stride)
    features = [np.concatenate(kept) for kept in seen]
    rows, columns = features[-1].shape[1:3]
    wanted = np.stack([targets(p / 2, s, rows, columns) for p, s in zip(plates, presence, strict=True)])

    inputs = [keras.Input((None, None, maps.shape[-1])) for maps in features]
    branch = _branch(inputs, given.maps)
    optimizer = keras.optimizers.AdamW(2e-3, weight_decay=1e-3)
    optimizer.build(branch.trainable_variables)

    @tf.function
    def step(maps: Any, target: Any) -> None:
        with tf.GradientTape() as tape:
            logit = branch(maps, training=True)[..., 0]
            p = tf.sigmoid(logit)
            hints = tf.where(target == 1, 4 * tf.nn.softplus(-logit) * (1 - p), 0.0)
            others = tf.where(target == 0, tf.nn.softplus(logit) * p, 0.0)
            count = tf.maximum(tf.reduce_sum(tf.cast(target == 1, tf.float32)), 1.0)
            loss = tf.reduce_sum(hints + others) / count
        optimizer.apply(tape.gradient(loss, branch.trainable_variables), branch.trainable_variables)

    held = np.arange(0, len(pictures), ONE_IN)
    learnt = np.setdiff1d(np.arange(len(pictures)), held)
    rng, began, steps = np.random.default_rng(0), time.monotonic(), 0
    while (done := (time.monotonic() - began) / (60 * given.minutes)) < 1:
        optimizer.learning_rate.assign(2e-3 * min(1.0, (steps + 1) / 100, (1 - done) / 0.6))
        batch = rng.choice(learnt, 64)
        step([maps[batch].astype(np.float32) for maps in features], wanted[batch])
        steps += 1

    kept, empty = [], []
    for i in held:
        grid = branch([maps[i : i + 1].astype(np.float32) for maps in features], training=False)[0, ..., 0]
        for corners, p in zip(plates[i] / 2, presence[i], strict=True):
            width = float(side_lengths(corners[None])[0][0])
            if p > SURELY_FOUND and NARROWEST < width < WIDEST:
                kept.append(near(grid.numpy(), corners.mean(0) / CELL))
        for y, x in np.ndindex(rows // TILE, columns // TILE):
            tile = np.s_[y * TILE : (y + 1) * TILE, x * TILE : (x + 1) * TILE]
            if (wanted[i][tile] == 0).all():
                empty.append(float(grid.numpy()[tile].max()))
    print(f"{steps * 64} samples, {len(kept)} plates and {len(empty)} empty tiles held out")
    for share in (0.95, 0.98, 0.99, 0.995):
        print(
            f"{share:.1%} of plates: {np.mean(np.array(empty) > np.quantile(kept, 1 - share)):.1%} of tiles"
        )


def _branch(inputs: list[Any], maps: int) -> keras.Model:
    def convolve(x: Any, count: int, kernel: int = 3, strides: int = 1) -> Any:
        x = layers.Conv2D(count, kernel, strides, "same", use_bias=False)(x)
        return layers.Activation("relu")(layers.BatchNormalization(momentum=0.99)(x))

    stem, down, up = inputs
    x = layers.Add()([convolve(stem, maps, 3, 2), convolve(down, maps, 1), convolve(up, maps, 1)])
    for _ in range(2):
        x = layers.Add()([x, convolve(convolve(x, maps // 2, 1), maps)])
    return keras.Model(inputs, layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(-4.0))(x))


if __name__ == "__main__":
    main()
