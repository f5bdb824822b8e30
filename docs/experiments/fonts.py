"""How many fonts does it take? The article's "R is read as P", measured.

    python docs/experiments/fonts.py --fonts fonts/ --out look/

The article's network knows one typeface and reads the R of another as P; it asks how many typefaces it
would take. Here its convolutions and a dense layer learn single characters in 1, 2, 4, … typefaces of a
shuffled list, each time from fresh weights and on as many pictures, and read typefaces that none of the
trainings saw. One character at a time, in poses like the window's, so that all trainings come to their end
within minutes on two cores. Prints a table and writes fonts.csv and fonts.png, the curves.
"""

import argparse
import csv
import os
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import numpy as np
from keras import layers

from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis.type.lettering import Lettering, Letterings, font_files

SIDE = 32
"""Of the pictures, in pixels."""

BATCH = 128

LOOKALIKES = str.maketrans("OI", "01")
"""Many typefaces draw O as 0 and I as 1: taking one for the other is no error of reading."""


def character(glyph: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture of one character, uint8 (SIDE, SIDE): darker than its plate, in a random pose, with noise."""
    height, width = glyph.shape
    roll, yaw = rng.uniform(-0.2, 0.2), rng.uniform(-1.0, 1.0)
    tall = SIDE * rng.uniform(0.5, 0.75)
    scale = tall / height
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    matrix = turn @ np.diag([scale * np.cos(yaw), scale])
    centre = SIDE / 2 + rng.uniform(-0.06, 0.06, 2) * SIDE
    # At twice the resolution and then averaged, so that thin strokes stay whole.
    move = centre - matrix @ [width / 2, height / 2]
    size = (2 * SIDE, 2 * SIDE)
    ink = cv2.warpAffine(glyph, 2 * np.column_stack([matrix, move]), size, flags=cv2.INTER_AREA)
    ink = cv2.resize(ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    dark = rng.uniform(0, 179)
    light = rng.uniform(dark + 76, 255)
    grain = rng.standard_normal(ink.shape) * rng.uniform(1, 13)
    return np.clip(light - ink * (light - dark) + grain, 0, 255).astype(np.uint8)


def samples(typefaces: Sequence[Lettering], count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (count, SIDE, SIDE, 1) of random characters in random typefaces, and their indices."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, len(ALPHABET), count)
    faces = rng.integers(0, len(typefaces), count)
    pictures = [character(typefaces[f].glyph(ALPHABET[c]), rng) for f, c in zip(faces, codes, strict=True)]
    return np.stack(pictures)[..., None], codes


def trained(pictures: np.ndarray, codes: np.ndarray, passes: int, seed: int) -> keras.Model:
    """A fresh network after so many passes over the pictures."""
    keras.utils.set_random_seed(seed)
    x = picture = keras.Input((SIDE, SIDE, 1))
    x = layers.Rescaling(1 / 127.5, -1.0)(x)
    for maps, pool in ((12, (2, 2)), (16, (2, 1)), (32, (2, 2))):
        x = layers.Conv2D(maps, 5, padding="same")(x)
        x = layers.ReLU()(layers.MaxPooling2D(pool)(x))
    x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
    network = keras.Model(picture, layers.Dense(len(ALPHABET))(x))
    steps = passes * len(pictures) // BATCH
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=1e-3, warmup_steps=50)
    network.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4), loss)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = rng.integers(0, len(pictures), BATCH)
        network.train_on_batch(pictures[chosen].astype(np.float32), codes[chosen])
    return network


def confusions(network: keras.Model, pictures: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """How often each character (row) was read as each (column): int (36, 36)."""
    read = network.predict(pictures.astype(np.float32), batch_size=BATCH, verbose=0).argmax(-1)
    counts = np.zeros((len(ALPHABET),) * 2, int)
    np.add.at(counts, (codes, read), 1)
    return counts


def right(counts: np.ndarray) -> float:
    """The share of characters read right, look-alikes taken as one."""
    folded = np.array(list(ALPHABET.translate(LOOKALIKES)))
    same = folded[:, None] == folded[None]
    return float(counts[same].sum() / counts.sum())


def share(counts: np.ndarray, true: str, read: str) -> float:
    """How often the character `true` was read as `read`."""
    row = counts[ALPHABET.index(true)]
    return float(row[ALPHABET.index(read)] / max(1, row.sum()))


def worst(counts: np.ndarray, number: int = 4) -> str:
    """The commonest confusions of characters that are no look-alikes, such as `R>P 12%`."""
    found = sorted(
        (
            (share(counts, a, b), a, b)
            for a in ALPHABET
            for b in ALPHABET
            if a.translate(LOOKALIKES) != b.translate(LOOKALIKES)
        ),
        reverse=True,
    )
    return ", ".join(f"{a}>{b} {p:.0%}" for p, a, b in found[:number])


def chart(rows: list[dict[str, float]]) -> np.ndarray:
    """The curves over the number of typefaces, on a logarithmic axis: uint8 (height, width, 3), BGR."""
    height, width, left, low = 360, 680, 60, 310
    picture = np.full((height, width, 3), 255, np.uint8)
    most = max(2, max(row["fonts"] for row in rows))

    def place(fonts: float, value: float) -> tuple[int, int]:
        return round(left + (width - left - 30) * np.log(fonts) / np.log(most)), round(low - 280 * value)

    def write(text: str, x: int, y: int, colour: tuple[int, int, int] = (60, 60, 60)) -> None:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)

    for value in np.linspace(0, 1, 6):
        y = place(1, value)[1]
        cv2.line(picture, (left, y), (width - 30, y), (225, 225, 225))
        write(f"{value:.0%}", 12, y + 4)
    for row in rows:
        write(f"{row['fonts']:.0f}", place(row["fonts"], 0)[0] - 6, low + 20)
    write("typefaces in training", width // 2 - 70, low + 42)
    curves = (
        ("seen", "characters, typefaces seen", (160, 160, 160)),
        ("unseen", "characters, typefaces never seen", (200, 110, 20)),
        ("r_as_p", "R read as P", (40, 40, 210)),
    )
    for i, (key, name, colour) in enumerate(curves):
        points = np.array([place(row["fonts"], row[key]) for row in rows], np.int32)
        cv2.polylines(picture, [points], False, colour, 2, cv2.LINE_AA)
        for point in points:
            cv2.circle(picture, point.tolist(), 4, colour, -1, cv2.LINE_AA)
        write(name, 390, 190 + 22 * i, colour)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, required=True, help="folder of font files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--counts", default="1,2,4,8,16,32,64,128", help="numbers of typefaces")
    parser.add_argument("--samples", type=int, default=20_000, help="pictures of each training")
    parser.add_argument("--passes", type=int, default=4, help="passes over them")
    parser.add_argument("--unseen", type=int, default=36, help="typefaces kept for the measurement")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    letterings = Letterings(font_files([given.fonts]))
    rng = np.random.default_rng(given.seed)
    names = [name for name in letterings.names if not name.startswith("drawn-")]
    shuffled = [names[i] for i in rng.permutation(len(names))]
    # The weights of one family are one typeface: a family is either seen or never seen.
    kept_families = {_family(name) for name in shuffled[: given.unseen]}
    kept = [name for name in shuffled if _family(name) in kept_families]
    others = ["drawn-british", *(name for name in shuffled if _family(name) not in kept_families)]
    faces = {name: letterings.pick((name,), rng) for name in [*kept, *others]}
    unseen = samples([faces[name] for name in kept], 8000, given.seed + 1)
    rows = []
    for count in sorted({min(int(n), len(others)) for n in given.counts.split(",")}):
        start = time.perf_counter()
        typefaces = [faces[name] for name in others[:count]]
        network = trained(*samples(typefaces, given.samples, given.seed + 2), given.passes, given.seed)
        on_seen = confusions(network, *samples(typefaces, 3000, given.seed + 3))
        on_unseen = confusions(network, *unseen)
        rows.append(
            {
                "fonts": count,
                "seen": round(right(on_seen), 4),
                "unseen": round(right(on_unseen), 4),
                "r_as_p": round(share(on_unseen, "R", "P"), 4),
                "worst": worst(on_unseen),
                "seconds": round(time.perf_counter() - start),
            }
        )
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "fonts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    cv2.imwrite(str(given.out / "fonts.png"), chart(rows))


def _family(name: str) -> str:
    """The name without its weight: `npm-barlow` of `npm-barlow-500`."""
    return name.rstrip("0123456789").rstrip("-")


if __name__ == "__main__":
    main()
