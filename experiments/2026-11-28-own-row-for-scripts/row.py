"""Trains what all scripts but Latin share, and their heads, on maps of a trunk that stays as it is.

    python experiments/2026-11-28-own-row-for-scripts/row.py features --crops runs/crops --out runs/maps
    python experiments/2026-11-28-own-row-for-scripts/row.py train --maps runs/maps --minutes 60 \
        --start checkpoints/recognizer --out runs/row

`features` computes what the shipped network's last common layer makes of files of crops (`crops.py` of
../2026-11-28-more-crops-for-heads writes them), in 8 bits, once. `train` learns from these, from each
script's as often as the root of their number, with a quarter as many Latin plates that it can spell, and
writes a start with all other weights of `--start`. A sample goes through its own script's head alone.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

LATIN_SHARE = 0.25
LEAST = 4
"""Samples of each script in a batch."""

HELD_OUT = 400
SCALE = "scale.json"


def features(given: argparse.Namespace) -> None:
    import onnx
    import onnxruntime

    from numberplate.models.bundle import bundle_folder

    model = onnx.load_from_string(bundle_folder(given.weights).joinpath("recognizer.onnx").read_bytes())
    constants = {i.name: onnx.numpy_helper.to_array(i) for i in model.graph.initializer}
    floats = {n.output[0]: n for n in model.graph.node if n.op_type == "DequantizeLinear"}
    # The one convolution that makes one row of all: it takes the common layers' maps, as they are stored.
    (row,) = {
        n.input[0]
        for n in model.graph.node
        if n.op_type == "Conv"
        and n.input[1] in floats
        and constants[floats[n.input[1]].input[0]].shape[1:] == (128, 6, 1)
    }
    maps = floats[row]
    del model.graph.output[:]
    model.graph.output.append(
        onnx.helper.make_tensor_value_info(maps.input[0], onnx.TensorProto.UINT8, [None, 128, 6, 36])
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / SCALE).write_text(json.dumps(float(constants[maps.input[1]])))
    for folder in given.crops:
        names = json.loads((folder / "scripts.json").read_text())
        for file in sorted(folder.glob("[!.]*.npz")):
            path = given.out / f"{folder.name}_{file.stem}.npy"
            if path.exists():
                continue
            with np.load(file) as samples:
                crops = samples["crop"][..., None].astype(np.float32)
                np.savez(
                    path.with_suffix(".npz"),
                    text=samples["text"],
                    script=np.array([names[k] for k in samples["script"]]),
                )
            runs = range(0, len(crops), 64)
            found = np.concatenate([session.run(None, {"crop": crops[i : i + 64]})[0] for i in runs])
            unfinished = path.with_name(f".{path.name}")
            np.save(unfinished, found)
            os.replace(unfinished, path)
            print(path, len(found), flush=True)


def train(given: argparse.Namespace) -> None:
    import keras
    import tensorflow as tf

    from numberplate.models.codec.recognizer import as_text
    from numberplate.models.spec import LATIN, UNCOUNTED_TEXT, logits_of
    from numberplate.networks.recognizer import HEAD, SCRIPTS, CTCLoss, is_latin
    from numberplate.training import checkpoints
    from numberplate.training.recipe import Recipe
    from numberplate.training.tasks import RecognizerTask

    tf.config.threading.set_intra_op_parallelism_threads(given.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    recipe = Recipe.read(given.start / checkpoints.RECIPE)
    task = RecognizerTask(recipe)
    whole = checkpoints.network_of(recipe)
    with np.load(given.start / checkpoints.START) as weights:
        checkpoints.set_named_weights(whole, weights)
    scripts = [script for script in recipe.scripts if not is_latin(script)]
    entry = whole.get_layer(SCRIPTS).input
    row = whole.get_layer(f"{HEAD}{scripts[0]}_context").input
    shared = keras.Model(entry, row)
    heads = {s: keras.Model(row, whole.get_layer(logits_of(s)).output) for s in scripts}
    network = keras.Model(entry, {s: whole.get_layer(logits_of(s)).output for s in scripts})

    scale = json.loads((given.maps / SCALE).read_text())
    files = sorted(given.maps.glob("[!.]*.npy"))
    maps = [np.load(file, mmap_mode="r") for file in files]
    labels = [np.load(file.with_suffix(".npz")) for file in files]
    places = np.concatenate(
        [np.stack([np.full(len(m), i), np.arange(len(m))], 1) for i, m in enumerate(maps)]
    )
    text = np.concatenate([label["text"] for label in labels])
    script = np.concatenate([label["script"] for label in labels])
    codes = {name: task.codecs[name].encode(text) for name in scripts}
    counted = {name: codes[name][:, 0] != UNCOUNTED_TEXT for name in scripts}
    own = {name: np.flatnonzero((script == name) & counted[name]) for name in scripts}
    latin = {
        name: np.flatnonzero((script == LATIN) & counted[name] & task.codecs[name].knows(text))
        for name in scripts
    }
    held = {name: rows[:: max(1, len(rows) // HELD_OUT)][:HELD_OUT] for name, rows in own.items()}
    own = {name: np.setdiff1d(rows, held[name]) for name, rows in own.items()}
    share = np.array([len(own[name]) ** 0.5 for name in scripts])
    counts = np.maximum(LEAST, np.round(given.batch * share / share.sum())).astype(int)
    of_latin = np.maximum(1, np.round(LATIN_SHARE * counts)).astype(int)
    sizes = (counts + of_latin).tolist()
    print({n: (len(own[n]), int(c)) for n, c in zip(scripts, counts, strict=True)}, flush=True)

    def seen(rows: np.ndarray) -> np.ndarray:
        return np.stack([maps[i][j] for i, j in places[rows]]).transpose(0, 2, 3, 1)

    def exact(name: str) -> float:
        read: list[str] = []
        for i in range(0, len(held[name]), 100):
            part = seen(held[name][i : i + 100]).astype(np.float32) * scale
            read += task.codecs[name].greedy_texts(network(part, training=False)[name].numpy())
        true = [as_text(text[row]) for row in held[name]]
        return float(np.mean([r == t for r, t in zip(read, true, strict=True) if t]))

    loss = CTCLoss()
    optimizer = keras.optimizers.AdamW(given.rate, weight_decay=1e-3, clipnorm=5.0)
    optimizer.build(network.trainable_variables)
    most = max(task.codecs[name].count for name in scripts)

    def widened(logits: Any) -> Any:
        """With classes that cannot be before the blank: one loss for all heads."""
        missing = tf.fill([logits.shape[0], logits.shape[1], most - logits.shape[2]], -1e4)
        return tf.concat([logits[..., :-1], missing, logits[..., -1:]], -1)

    @tf.function
    def step(batch: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            parts = tf.split(shared(tf.cast(batch, tf.float32) * scale, training=True), sizes)
            said = [widened(heads[s](part, training=True)) for s, part in zip(scripts, parts, strict=True)]
            value = loss(target, tf.concat(said, 0))
        optimizer.apply(tape.gradient(value, network.trainable_variables), network.trainable_variables)
        return value

    rng = np.random.default_rng(given.seed)
    began, steps, sum_of_losses, since = time.monotonic(), 0, 0.0, 0
    while (done := (time.monotonic() - began) / (60 * given.minutes)) < 1:
        optimizer.learning_rate.assign(given.rate * min(1.0, (steps + 1) / 200, (1 - done) / 0.6))
        rows, target = [], []
        for name, n, m in zip(scripts, counts, of_latin, strict=True):
            mine = np.concatenate([rng.choice(own[name], n), rng.choice(latin[name], m)])
            rows.append(mine)
            target.append(codes[name][mine])
        sum_of_losses += float(step(seen(np.concatenate(rows)), np.concatenate(target)))
        steps, since = steps + 1, since + 1
        if since == 250:
            print(
                f"{steps} steps, {steps * sum(sizes)} samples, loss {sum_of_losses / since:.3f}, {done:.0%}",
                flush=True,
            )
            sum_of_losses, since = 0.0, 0
    figures = {
        name: {"samples": len(own[name]), "held_out": len(held[name]), "exact": round(exact(name), 3)}
        for name in scripts
    }
    print(json.dumps(figures), flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    # The layers of `network` are those of `whole`, which has learnt with it.
    halves = {name: values.astype(np.float16) for name, values in checkpoints.named_weights(whole).items()}
    np.savez(given.out / checkpoints.START, **halves)
    recipe.write(given.out / checkpoints.RECIPE)
    state = json.loads((given.start / checkpoints.STATE).read_text())
    state |= {"heads": figures, "heads_samples": steps * sum(sizes)}
    (given.out / checkpoints.STATE).write_text(json.dumps(state, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    made = commands.add_parser("features")
    made.add_argument("--crops", type=Path, action="append", required=True)
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--weights", type=Path, help="folder of weights; the package's own otherwise")
    made.set_defaults(run=features)
    learnt = commands.add_parser("train")
    learnt.add_argument("--maps", type=Path, required=True)
    learnt.add_argument("--start", type=Path, required=True, help="whose other weights stay")
    learnt.add_argument("--out", type=Path, required=True)
    learnt.add_argument("--minutes", type=float, default=60)
    learnt.add_argument("--batch", type=int, default=144, help="samples of these scripts in a batch, about")
    learnt.add_argument("--rate", type=float, default=2e-3)
    learnt.add_argument("--seed", type=int, default=3)
    learnt.add_argument("--threads", type=int, default=1)
    learnt.set_defaults(run=train)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
