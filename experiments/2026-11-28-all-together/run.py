"""Trains the whole recognizer, common layers, rows and heads, on Latin plates and those of all other scripts.

    python experiments/2026-11-28-all-together/run.py --start checkpoints/recognizer --fonts fonts/ \
        --backgrounds photos/ --out runs/together --minutes 92

All crops are made while it trains, by a process for each script. Each sample goes through the Latin head,
which learns to say of a character that it is none of its own, and through the head of its script; a few
Latin ones go through those too, and through the one with accents. Run again, it goes on where it was
stopped; `--out` holds a start at the end.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

LATIN_SHARE = 0.6
"""Of a batch."""

THROUGH_HEADS = 0.25
"""Latin plates that go through another script's head, for each one of its own."""

ACCENTED = "latin-extended"
SIDES = ("corners", "cut", "lines")
SAVED_EVERY = 240.0
"""Seconds."""


SHARES = {"han": 3.0, "hangul": 1.6, "kana": 1.8, "arabic": 1.3, "thai": 1.2, "persian": 1.0}
"""Of scripts in what is left, 0.7 for the others."""


def counts_of(scripts: list[str], batch: int) -> dict[str, int]:
    """How many samples of each script are in a batch, two at least."""
    share = {script: SHARES.get(script, 0.7) for script in scripts}
    wanted = (1 - LATIN_SHARE) * batch / sum(share.values())
    return {script: max(2, round(wanted * root)) for script, root in share.items()}


def train(given: argparse.Namespace) -> None:
    import keras
    import tensorflow as tf

    from numberplate.models.spec import LATIN, UNCOUNTED_TEXT, logits_of
    from numberplate.networks.recognizer import (
        HEAD,
        CropCornersLoss,
        CTCLoss,
        CutLoss,
        LinesLoss,
        is_latin,
    )
    from numberplate.training import checkpoints
    from numberplate.training.makers import Maker
    from numberplate.training.pool import SamplePool
    from numberplate.training.recipe import Recipe
    from numberplate.training.tasks import RecognizerTask

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    last, moments, progress = (given.out / name for name in ("last.npz", "moments.npz", "progress.json"))
    recipe = Recipe.read(given.start / checkpoints.RECIPE)
    task = RecognizerTask(recipe)
    # This processor multiplies in bfloat16 a third faster; weights and optimizer stay in 32 bits.
    network = checkpoints.network_of(dataclasses.replace(recipe, precision="bfloat16"))
    optimizer = keras.optimizers.AdamW(given.rate, weight_decay=1e-4, clipnorm=5.0)
    optimizer.build(network.trainable_variables)
    state: dict[str, Any] = {"seconds": 0.0, "steps": 0}
    with np.load(last if last.exists() else given.start / checkpoints.START) as weights:
        checkpoints.set_named_weights(network, weights)
    if last.exists():
        with np.load(moments) as values:
            for number, variable in enumerate(optimizer.variables):
                variable.assign(values[str(number)])
        state = json.loads(progress.read_text())

    scripts = [s for s in recipe.scripts if not is_latin(s)]
    counts = counts_of(scripts, given.batch)
    latin = given.batch - sum(counts.values())
    through = {s: max(1, round(THROUGH_HEADS * count)) for s, count in counts.items()}
    sizes = [latin, *counts.values()]
    print({"latin": latin, **counts}, flush=True)

    text_loss = CTCLoss()
    side_losses = dict(zip(SIDES, (CropCornersLoss(), CutLoss(), LinesLoss()), strict=True))
    latin_row = network.get_layer(f"{HEAD}{ACCENTED}_context").input
    other_row = network.get_layer(f"{HEAD}{scripts[0]}_context").input
    outputs = [network.get_layer(name).output for name in (logits_of(LATIN), *SIDES)]
    base = keras.Model(network.input, [latin_row, other_row, *outputs])
    heads = {s: keras.Model(other_row, network.get_layer(logits_of(s)).output) for s in scripts}
    accented = keras.Model(latin_row, network.get_layer(logits_of(ACCENTED)).output)
    most = max(task.codecs[s].count for s in (*scripts, ACCENTED))

    def widened(logits: Any) -> Any:
        """With classes that cannot be before the blank: one loss for all heads."""
        logits = tf.cast(logits, tf.float32)
        missing = tf.fill([logits.shape[0], logits.shape[1], most - logits.shape[2]], -1e4)
        return tf.concat([logits[..., :-1], missing, logits[..., -1:]], -1)

    @tf.function
    def step(batch: Any, latin_target: Any, target: Any, sides: Any) -> Any:
        with tf.GradientTape() as tape:
            row, others, logits, *seen = base(tf.cast(batch, tf.float32)[..., None], training=True)
            parts, said, first = tf.split(others, sizes), [], 0
            for s, part in zip(scripts, parts[1:], strict=True):
                few = parts[0][first : first + through[s]]
                first += through[s]
                said.append(widened(heads[s](tf.concat([part, few], 0), training=True)))
            said.append(widened(accented(row[:latin], training=True)))
            in_latin = tf.reduce_mean(text_loss.call(latin_target, tf.cast(logits, tf.float32)))
            in_own = tf.reduce_sum(text_loss.call(target, tf.concat(said, 0))) / given.batch
            value = in_latin + in_own
            for loss, predicted, true in zip(side_losses.values(), seen, sides, strict=True):
                value += tf.reduce_mean(loss.call(true, tf.cast(predicted, tf.float32)))
        optimizer.apply(tape.gradient(value, network.trainable_variables), network.trainable_variables)
        return in_latin, in_own

    def targets(made: dict[str, np.ndarray], others: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
        """The codes of each head's samples, in the order of `step`."""
        found, first = [], 0
        for s, mine in others.items():
            few = made["text"][first : first + through[s]]
            first += through[s]
            codes = task.codecs[s].encode(few)
            codes[~task.codecs[s].knows(few)] = UNCOUNTED_TEXT
            found += [task.codecs[s].encode(mine["text"]), codes]
        codec = task.codecs[ACCENTED]
        codes = codec.encode(made["text"])
        plain = made["script"] == 0
        codes[plain & ((np.arange(latin) % 4 > 0) | ~codec.knows(made["text"]))] = UNCOUNTED_TEXT
        return np.concatenate([*found, codes])

    def save() -> None:
        for name, pool in pools.items():
            state[name] = pool.first + pool.made
        progress.write_text(json.dumps(state))
        for path, arrays in (
            (last, checkpoints.named_weights(network)),
            (moments, {str(i): np.asarray(v) for i, v in enumerate(optimizer.variables)}),
        ):
            unfinished = path.with_name(f".{path.name}")
            np.savez(unfinished, **arrays)
            os.replace(unfinished, path)

    def pool_of(name: str, capacity: int, **changed: Any) -> SamplePool:
        makers = dataclasses.replace(
            recipe,
            seed=given.seed,
            fonts=tuple(map(str, given.fonts)),
            backgrounds=str(given.backgrounds),
            pool=capacity,
            reuse=3.0,
            **changed,
        )
        first = state.get(name, 0)
        return SamplePool(
            given.out / "pool" / name, task.fields, Maker(makers), capacity, makers.reuse, 1, first=first
        )

    pools = {LATIN: pool_of(LATIN, 24_000, scripts=(LATIN, ACCENTED), foreign=0.15)}
    for s in scripts:
        pools[s] = pool_of(s, 500 * counts[s], scripts=(LATIN, s), foreign=0.96, generic=0.04)
    rng = np.random.default_rng([given.seed, state["steps"]])
    with contextlib.ExitStack() as stack:
        for pool in pools.values():
            stack.enter_context(pool)
        for pool in pools.values():
            pool.wait(pool.capacity // 16)
        saved, losses, paused = time.monotonic(), [], time.monotonic()
        while (done := state["seconds"] / 60 / given.minutes) < 1:
            optimizer.learning_rate.assign(
                given.rate * min(1.0, (state["steps"] + 1) / 300, (1 - done) / 0.8)
            )
            made = pools[LATIN].batch(latin, rng, least=1000)
            others = {s: pools[s].batch(counts[s], rng, least=pools[s].capacity // 16) for s in scripts}
            joined = {
                name: np.concatenate([made[name], *(other[name] for other in others.values())])
                for name in ("crop", "text", *SIDES)
            }
            losses.append(
                step(
                    joined["crop"],
                    task.codecs[LATIN].encode(joined["text"]),
                    targets(made, others),
                    [joined[name] for name in SIDES],
                )
            )
            state["steps"] += 1
            # A run that was stopped for a while goes on as if it had not been.
            now = time.monotonic()
            state["seconds"] += min(now - paused, 2.0)
            paused = now
            if len(losses) == 100:
                in_latin, in_own = np.mean(losses, 0)
                print(
                    f"{state['steps']} steps, Latin {in_latin:.3f}, own {in_own:.3f}, {done:.0%}", flush=True
                )
                losses.clear()
            if time.monotonic() - saved > SAVED_EVERY:
                save()
                saved = time.monotonic()
        save()
    halves = {name: values.astype(np.float16) for name, values in checkpoints.named_weights(network).items()}
    np.savez(given.out / checkpoints.START, **halves)
    recipe.write(given.out / checkpoints.RECIPE)
    was = json.loads((given.start / checkpoints.STATE).read_text())
    was |= {"together_samples": state["steps"] * given.batch}
    (given.out / checkpoints.STATE).write_text(json.dumps(was, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--backgrounds", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=93)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=7)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
