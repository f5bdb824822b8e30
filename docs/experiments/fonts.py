"""How many fonts does it take? The article's "R is read as P", measured.

    python docs/experiments/fonts.py --fonts fonts/ --out look/

The article's network is trained on the first 1, 2, 4, … typefaces of a shuffled list, each time from fresh
weights and on as many pictures, and reads plates in typefaces that none of the trainings saw. Prints a
table and writes fonts.csv and fonts.png, the curve. Poses are the easiest (straight, in the middle, of one
size), so that what is measured is the typeface and a training takes minutes on two cores.
"""

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import numpy as np

from numberplate.networks.window import WindowLoss, window
from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis.backgrounds import Backgrounds
from numberplate.synthesis.lettering import Letterings, font_files
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.window import window_sample
from numberplate.training.fit import Trapezoid
from numberplate.training.targets import encode_windows

EASY = 0.1
"""The variation of the poses."""

BATCH = 64


def samples(
    ingredients: Ingredients, typefaces: tuple[str, ...], count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """`count` windows that show a plate in one of the typefaces, and their targets (count, 8)."""
    pictures, targets = [], []
    index = 0
    while len(pictures) < count:
        sample = window_sample(ingredients, seed, index, typefaces, variation=EASY)
        index += 1
        if sample.state == "present":
            pictures.append(sample.picture)
            targets.append(encode_windows(sample, 0)[0, 0])
    return np.stack(pictures)[..., None], np.stack(targets).astype(np.int32)


def trained(pictures: np.ndarray, targets: np.ndarray, passes: int, width: float, seed: int) -> keras.Model:
    """A fresh network after so many passes over the pictures."""
    keras.utils.set_random_seed(seed)
    network = window(width)
    steps = passes * len(pictures) // BATCH
    network.compile(
        keras.optimizers.AdamW(Trapezoid(1.5e-3, 100, steps, 0.5), weight_decay=1e-4), WindowLoss()
    )
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = rng.integers(0, len(pictures), BATCH)
        network.train_on_batch(pictures[chosen].astype(np.float32), targets[chosen])
    return network


def confusions(network: keras.Model, pictures: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """How often each character (row) was read as each (column): int (36, 36)."""
    outputs = network.predict(pictures.astype(np.float32), batch_size=BATCH, verbose=0)
    read = outputs[:, 1:].reshape(len(outputs), -1, len(ALPHABET)).argmax(-1)
    counts = np.zeros((len(ALPHABET),) * 2, int)
    np.add.at(counts, (targets[:, 1:].ravel(), read.ravel()), 1)
    return counts


def share(counts: np.ndarray, true: str, read: str) -> float:
    """How often the character `true` was read as `read`."""
    row = counts[ALPHABET.index(true)]
    return float(row[ALPHABET.index(read)] / max(1, row.sum()))


def chart(rows: list[dict[str, float]]) -> np.ndarray:
    """The curves over the number of fonts, on a logarithmic axis: uint8 (height, width, 3), BGR."""
    height, width, left, low = 360, 640, 60, 310
    picture = np.full((height, width, 3), 255, np.uint8)
    most = max(row["fonts"] for row in rows)

    def place(fonts: float, value: float) -> tuple[int, int]:
        return round(left + (width - left - 30) * np.log(fonts) / np.log(max(2, most))), round(
            low - 280 * value
        )

    def write(text: str, x: int, y: int, colour: tuple[int, int, int] = (60, 60, 60)) -> None:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)

    for value in np.linspace(0, 1, 6):
        y = place(1, value)[1]
        cv2.line(picture, (left, y), (width - 30, y), (225, 225, 225))
        write(f"{value:.0%}", 12, y + 4)
    for row in rows:
        write(f"{row['fonts']:.0f}", place(row["fonts"], 0)[0] - 6, low + 20)
    write("typefaces in training", width // 2 - 70, low + 42)
    curves = (("seen", (160, 160, 160)), ("unseen", (200, 110, 20)), ("r_as_p", (40, 40, 210)))
    names = {
        "seen": "characters, fonts seen",
        "unseen": "characters, fonts never seen",
        "r_as_p": "R read as P",
    }
    for i, (key, colour) in enumerate(curves):
        points = np.array([place(row["fonts"], row[key]) for row in rows], np.int32)
        cv2.polylines(picture, [points], False, colour, 2, cv2.LINE_AA)
        for point in points:
            cv2.circle(picture, point.tolist(), 4, colour, -1, cv2.LINE_AA)
        write(names[key], 400, 190 + 22 * i, colour)
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, required=True, help="folder of font files")
    parser.add_argument("--backgrounds", type=Path, help="photographs; drawn patterns without")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--counts", default="1,2,4,8,16,32,64,128", help="numbers of typefaces")
    parser.add_argument("--samples", type=int, default=8000, help="pictures of each training")
    parser.add_argument("--passes", type=int, default=3, help="passes over them")
    parser.add_argument("--unseen", type=int, default=24, help="typefaces kept for the measurement")
    parser.add_argument("--width", type=float, default=0.125, help="of the network; the article's is 1")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    letterings = Letterings(font_files([given.fonts]))
    ingredients = Ingredients(letterings, Backgrounds(given.backgrounds))
    files = [name for name in letterings.names if not name.startswith("drawn-")]
    shuffled = [files[i] for i in np.random.default_rng(given.seed).permutation(len(files))]
    kept, others = shuffled[: given.unseen], ["drawn-british", *shuffled[given.unseen :]]
    unseen = samples(ingredients, tuple(kept), 1500, given.seed + 1)
    rows = []
    for count in sorted({min(int(n), len(others)) for n in given.counts.split(",")}):
        start = time.perf_counter()
        typefaces = tuple(others[:count])
        pictures, targets = samples(ingredients, typefaces, given.samples, given.seed + 2)
        network = trained(pictures, targets, given.passes, given.width, given.seed)
        on_seen = confusions(network, *samples(ingredients, typefaces, 500, given.seed + 3))
        on_unseen = confusions(network, *unseen)
        wrong = on_unseen - np.diag(np.diag(on_unseen))
        worst = np.argsort(-(wrong / np.maximum(1, on_unseen.sum(1, keepdims=True))).ravel())[:3]
        rows.append(
            {
                "fonts": count,
                "seen": round(float(np.trace(on_seen) / on_seen.sum()), 4),
                "unseen": round(float(np.trace(on_unseen) / on_unseen.sum()), 4),
                "r_as_p": round(share(on_unseen, "R", "P"), 4),
                "p_as_r": round(share(on_unseen, "P", "R"), 4),
                "worst": " ".join(f"{ALPHABET[i // 36]}>{ALPHABET[i % 36]}" for i in worst),
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


if __name__ == "__main__":
    main()
