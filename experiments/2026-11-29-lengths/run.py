"""Texts of any length three ways: CTC, a softmax for the length and one a position, a sub-network a length.

    python experiments/2026-11-29-lengths/run.py --fonts fonts/ --backgrounds photos/ --out runs/lengths

The three have the recognizer's convolutions, each its own, and see the same crops in the same steps; texts of
more than LONGEST_TAUGHT characters are in no loss, so that reading them is a matter of the method. Run again,
it goes on where it was stopped; at the end it writes result.json and curves.png here.
"""

import argparse
import csv
import json
import os
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from numberplate.models.codec.recognizer import as_text
from numberplate.models.spec import LATIN, UNCOUNTED_TEXT
from numberplate.networks.recognizer import CTCLoss, recognizer
from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.training.fit import rate_at
from numberplate.training.makers import Maker
from numberplate.training.pool import SamplePool
from numberplate.training.recipe import Recipe
from numberplate.training.tasks import task

FOLDER = Path(__file__).parent
LONGEST_TAUGHT = 8
HIDDEN = 512
"""Of the dense layer before the softmaxes; Goodfellow et al. (2013) have two, six times as wide."""

HIDDEN_OF_A_LENGTH = 128
HELD_OUT = 3000
"""Crops by which the methods are compared, of fonts and backgrounds that none is trained on."""

SAVED_EVERY, VALIDATED_EVERY = 180.0, 600.0
"""Seconds."""

METHODS = ("CTC", "positions", "sub-networks")


def trunk(classes: int) -> tuple[Any, Any]:
    """A recognizer's input and the map its convolutions end in, (6, 36, 128)."""
    network = recognizer({LATIN: classes})
    return network.input, network.get_layer("whole").input


def ctc_network(classes: int) -> keras.Model:
    network = recognizer({LATIN: classes})
    return keras.Model(network.input, network.output["logits"])


def summary(features: Any) -> Any:
    """One vector of a crop: what a softmax that sees all of the plate is given."""
    x = layers.Conv2D(64, 3, 2, "same", use_bias=False)(features)
    x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.99)(x))
    return layers.Flatten()(x)


def positions_network(classes: int) -> keras.Model:
    """(batch, lengths) and (batch, MAX_LENGTH, classes): one dense layer, then independent softmaxes."""
    picture, features = trunk(classes)
    x = layers.Dropout(0.2)(layers.Dense(HIDDEN, activation="relu")(summary(features)))
    characters = layers.Reshape((MAX_LENGTH, classes))(layers.Dense(MAX_LENGTH * classes)(x))
    return keras.Model(picture, [layers.Dense(MAX_LENGTH + 1)(x), characters])


def sub_networks(classes: int) -> keras.Model:
    """(batch, lengths) and, of each length from 1 on, (batch, MAX_LENGTH, classes), by layers of its own."""
    picture, features = trunk(classes)
    seen = summary(features)
    length = layers.Dense(MAX_LENGTH + 1)(layers.Dense(HIDDEN_OF_A_LENGTH, activation="relu")(seen))
    told = []
    for count in range(1, MAX_LENGTH + 1):
        x = layers.Dropout(0.2)(layers.Dense(HIDDEN_OF_A_LENGTH, activation="relu")(seen))
        own = layers.Reshape((count, classes))(layers.Dense(count * classes)(x))
        told.append(layers.ZeroPadding1D((0, MAX_LENGTH - count))(own))
    return keras.Model(picture, [length, ops.stack(told, 1)])


def slots_loss(codes: Any, outputs: Any) -> Any:
    """-log p of length and characters of each text, (batch,); of the sub-networks the length's own counts."""
    length_logits, characters = outputs
    counted = codes[:, 0] != UNCOUNTED_TEXT
    inside = (codes >= 0) & counted[:, None]
    length = tf.reduce_sum(tf.cast(inside, tf.int32), -1)
    if len(characters.shape) == 4:
        characters = tf.gather(characters, tf.maximum(length, 1) - 1, axis=1, batch_dims=1)
    said = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.where(inside, codes, 0), characters)
    value = tf.nn.sparse_softmax_cross_entropy_with_logits(length, length_logits)
    value += tf.reduce_sum(tf.where(inside, said, 0.0), -1)
    return tf.where(counted, value, 0.0)


def slots_texts(codec: Any, outputs: Any) -> list[str]:
    lengths, characters = (np.asarray(array) for array in outputs)
    texts = []
    for row, said in zip(lengths.argmax(-1), characters, strict=True):
        own = said[max(row, 1) - 1] if said.ndim == 3 else said
        texts.append(codec.text(own[:row].argmax(-1).tolist()))
    return texts


def train(given: argparse.Namespace) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        "recognizer",
        rate=2e-3,
        warmup=300,
        decay=0.7,
        reuse=3.0,
        pool=24_000,
        generic=0.5,
        seed=given.seed,
        fonts=tuple(map(str, given.fonts)),
        backgrounds=str(given.backgrounds) if given.backgrounds else None,
    )
    crops = task(recipe)
    codec = crops.codecs[LATIN]  # type: ignore[attr-defined]
    networks = {
        name: make(codec.count)
        for name, make in zip(METHODS, (ctc_network, positions_network, sub_networks), strict=True)
    }
    optimizers = {
        name: keras.optimizers.AdamW(recipe.rate, weight_decay=1e-4, clipnorm=5.0) for name in METHODS
    }
    for name in METHODS:
        optimizers[name].build(networks[name].trainable_variables)
    state: dict[str, Any] = {"steps": 0, "seconds": 0.0, "made": 0, "curves": []}
    saved = given.out / "state.json"
    variables = [v for name in METHODS for v in (*networks[name].variables, *optimizers[name].variables)]
    if saved.exists():
        state = json.loads(saved.read_text())
        with np.load(given.out / "weights.npz") as values:
            for number, variable in enumerate(variables):
                variable.assign(values[str(number)])
    ctc = CTCLoss(leniency=0.0)

    @tf.function
    def step(pictures: Any, codes: Any) -> Any:
        x, losses = tf.cast(pictures, tf.float32)[..., None], []
        for name in METHODS:
            with tf.GradientTape() as tape:
                outputs = networks[name](x, training=True)
                own = ctc.call(codes, outputs) if name == "CTC" else slots_loss(codes, outputs)
                value = tf.reduce_mean(own)
            trained = networks[name].trainable_variables
            optimizers[name].apply(tape.gradient(value, trained), trained)
            losses.append(value)
        return losses

    crops.validation_size = HELD_OUT
    held_out = crops.validation()

    def figures() -> dict[str, dict[str, list[int]]]:
        """Of each method, by the length of a text: how many are read, and of how many."""
        truths = [as_text(points) for points in held_out["text"]]
        x = held_out["crop"][..., None].astype(np.float32)
        found: dict[str, dict[str, list[int]]] = {}
        for name, network in networks.items():
            outputs = network.predict(x, batch_size=64, verbose=0)
            texts = codec.greedy_texts(outputs) if name == "CTC" else slots_texts(codec, outputs)
            counts: dict[str, list[int]] = {}
            for read, true in zip(texts, truths, strict=True):
                if true:
                    count = counts.setdefault(str(len(true)), [0, 0])
                    count[0] += read == true
                    count[1] += 1
            found[name] = counts
        return found

    def save() -> None:
        state["made"] = pool.first + pool.made
        unfinished = given.out / "unfinished.npz"
        np.savez(unfinished, **{str(i): np.asarray(v) for i, v in enumerate(variables)})
        os.replace(unfinished, given.out / "weights.npz")
        saved.write_text(json.dumps(state))

    def validate() -> None:
        found = figures()
        shares = {name: share(counts, 1, LONGEST_TAUGHT) for name, counts in found.items()}
        print(state["steps"], {name: f"{value:.1%}" for name, value in shares.items()}, flush=True)
        state["curves"].append({"samples": state["steps"] * recipe.batch, **shares})
        state["figures"] = found

    rng = np.random.default_rng([given.seed, state["steps"]])
    made = Maker(recipe)
    with SamplePool(
        given.out / "pool", crops.fields, made, recipe.pool, recipe.reuse, 1, first=state["made"]
    ) as pool:
        pool.wait(recipe.pool // 16)
        kept = validated = before = time.monotonic()
        while (done := state["seconds"] / 60 / given.minutes) < 1:
            rate = rate_at(recipe, done, state["steps"])
            for optimizer in optimizers.values():
                optimizer.learning_rate.assign(rate)
            samples = pool.batch(recipe.batch, rng, least=recipe.pool // 16)
            codes = codec.encode(samples["text"])
            codes[(codes >= 0).sum(-1) > LONGEST_TAUGHT] = UNCOUNTED_TEXT
            losses = step(samples["crop"], codes)
            state["steps"] += 1
            now = time.monotonic()
            state["seconds"] += min(now - before, 2.0)  # a pause of the process is none of the run
            before = now
            if state["steps"] % 200 == 0:
                print(state["steps"], [round(float(loss), 3) for loss in losses], f"{done:.0%}", flush=True)
            if now - validated > VALIDATED_EVERY:
                validate()
                validated = before = time.monotonic()
            if now - kept > SAVED_EVERY:
                save()
                kept = time.monotonic()
        validate()
        save()
    write(state, {name: network.count_params() for name, network in networks.items()}, recipe.batch)


def share(counts: dict[str, list[int]], least: int, most: int) -> float:
    some = [count for length, count in counts.items() if least <= int(length) <= most]
    return sum(read for read, _ in some) / max(1, sum(n for _, n in some))


def write(state: dict[str, Any], sizes: dict[str, int], batch: int) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    bands = {"4 to 6": (4, 6), "7": (7, 7), "8": (8, 8), "9 and more": (9, MAX_LENGTH)}
    result = {
        "samples": state["steps"] * batch,
        "seconds": round(state["seconds"]),
        "weights": sizes,
        "exact": {
            name: {band: round(100 * share(counts, *ends), 1) for band, ends in bands.items()}
            for name, counts in state["figures"].items()
        },
        "of": {
            band: sum(n for length, (_, n) in state["figures"]["CTC"].items() if a <= int(length) <= b)
            for band, (a, b) in bands.items()
        },
    }
    (FOLDER / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    with (FOLDER / "curves.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, ["samples", *METHODS])
        rows.writeheader()
        rows.writerows(state["curves"])
    figure, axes = pyplot.subplots(figsize=(6, 3.2), layout="constrained")
    for name in METHODS:
        axes.plot(
            [row["samples"] / 1000 for row in state["curves"]],
            [100 * row[name] for row in state["curves"]],
            label=name,
        )
    axes.set(xlabel="thousand crops", ylabel=f"% read, up to {LONGEST_TAUGHT} characters", ylim=(0, 100))
    axes.legend()
    figure.savefig(FOLDER / "curves.png", dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--backgrounds", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--seed", type=int, default=29)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
