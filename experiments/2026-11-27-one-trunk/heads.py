"""Trains the heads of other scripts than Latin on a trunk that stays as it is.

    python experiments/2026-11-27-one-trunk/heads.py runs/recognizer --crops runs/crops --out runs/heads

`run` holds a recognizer's start or checkpoint, `crops` files of samples, `*.npz`, with the fields of the
recognizer's task. What the trunk makes of them is computed once; each head then learns from its own script's
samples, and from a third as many Latin ones.
"""

import argparse
import json
from pathlib import Path


def main() -> None:
    import keras
    import numpy as np

    from numberplate.models.spec import LATIN, UNCOUNTED_TEXT
    from numberplate.networks.recognizer import HEAD, CTCLoss, is_latin, logits_of
    from numberplate.training import checkpoints
    from numberplate.training.tasks import RecognizerTask

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--crops", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--scripts", nargs="*", help="those whose heads are trained; all otherwise")
    parser.add_argument("--held-out", type=int, default=200, help="samples of each script that only measure")
    given = parser.parse_args()
    recipe, network, state = checkpoints.load_run(given.run)
    task = RecognizerTask(recipe)
    chosen = [script for script in given.scripts or recipe.scripts if script != LATIN]
    if len({is_latin(script) for script in chosen}) > 1:
        parser.error("--scripts: heads of Latin letters read another row than the others: train them apart")
    first = network.get_layer(f"{HEAD}{chosen[0]}_context")
    trunk = keras.Model(network.input, first.input)
    files = sorted(f for folder in given.crops for f in folder.glob("[!.]*.npz"))
    parts: dict[str, list[np.ndarray]] = {"features": [], "text": [], "script": []}
    for file in files:
        with np.load(file) as samples:
            crops = samples["crop"][..., None].astype(np.float32)
            parts["features"].append(trunk.predict(crops, batch_size=64, verbose=0).astype(np.float16))
            parts["text"].append(samples["text"])
            # Samples name scripts by their place in their own recipe, which their file's folder has.
            names = json.loads((file.parent / "scripts.json").read_text())
            places = np.array(
                [recipe.scripts.index(name) for name in names] + [255] * (256 - len(names)), np.uint8
            )
            parts["script"].append(places[samples["script"]])
    features, text, script = (np.concatenate(parts[name]) for name in ("features", "text", "script"))
    print(len(features), "samples", flush=True)
    figures = {}
    rng = np.random.default_rng(1)
    for place, name in enumerate(recipe.scripts):
        if name not in chosen:
            continue
        codec = task.codecs[name]
        codes = codec.encode(text)
        own = np.flatnonzero((script == place) & (codes[:, 0] != UNCOUNTED_TEXT))
        held, own = own[: given.held_out], own[given.held_out :]
        if len(own) < 200:
            print(name, "has", len(own), "samples: left as it is", flush=True)
            continue
        latin = np.flatnonzero((script == 0) & codec.knows(text) & (codes[:, 0] != UNCOUNTED_TEXT))
        names = (f"{HEAD}{name}_context", f"{HEAD}{name}_context_norm", f"{HEAD}{name}")
        given_in = keras.Input(features.shape[1:])
        x = given_in
        for layer in (network.get_layer(names[0]), network.get_layer(names[1])):
            x = layer(x)
        x = keras.layers.Dropout(0.2)(keras.layers.Activation("relu")(x))
        x = network.get_layer(names[2])(x)
        head = keras.Model(given_in, keras.layers.Reshape((-1, codec.count), dtype="float32")(x))
        steps = given.epochs * (len(own) // given.batch + 1)
        schedule = keras.optimizers.schedules.CosineDecay(given.rate, steps)
        head.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-3, clipnorm=5.0), CTCLoss())

        def exact(
            rows: np.ndarray, head: keras.Model = head, codec: object = codec, codes: np.ndarray = codes
        ) -> float:
            read = head.predict(features[rows].astype(np.float32), batch_size=256, verbose=0).argmax(-1)
            blank = codec.blank  # type: ignore[attr-defined]
            texts = [
                [c for i, c in enumerate(r) if c != blank and (i == 0 or c != r[i - 1])]
                for r in read.tolist()
            ]
            return float(
                np.mean(
                    [t == [c for c in codes[i].tolist() if c >= 0] for t, i in zip(texts, rows, strict=True)]
                )
            )

        shown = held[codes[held, 0] >= 0]
        before = exact(shown)
        for _ in range(given.epochs):
            some = np.concatenate([own, rng.choice(latin, min(len(latin), len(own) // 3), replace=False)])
            rng.shuffle(some)
            for start in range(0, len(some) - given.batch // 2, given.batch):
                rows = some[start : start + given.batch]
                head.train_on_batch(features[rows].astype(np.float32), codes[rows])
        after = exact(shown)
        figures[name] = {
            "samples": len(own),
            "held_out": len(shown),
            "before": round(before, 3),
            "after": round(after, 3),
        }
        print(name, figures[name], flush=True)
        for layer in names:
            assert network.get_layer(layer) is not None
    given.out.mkdir(parents=True, exist_ok=True)
    halves = {key: values.astype(np.float16) for key, values in checkpoints.named_weights(network).items()}
    np.savez(given.out / checkpoints.START, **halves)
    recipe.write(given.out / checkpoints.RECIPE)
    (given.out / checkpoints.STATE).write_text(json.dumps({**state, "heads": figures}, indent=2) + "\n")
    print(logits_of(LATIN), "unchanged", flush=True)


if __name__ == "__main__":
    main()
