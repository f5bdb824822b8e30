"""How small a plate may be: found and read by its width, in mosaics: python benchmarks/small_plates.py

A mosaic is a picture of 1280×720 pixels of many smaller ones, so that each has many plates that are 10 to 80
pixels wide: held-out synthesized scenes, and with --pictures the labelled pictures of a folder. Each smaller
one is reduced to a size drawn at random, the same in every run of a seed. A plate is found where a reported
one overlaps it by a third at least, and read where its text is the label's (O = 0, I = 1); those without a
text count as found alone. "ms": processor time a mosaic.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from numberplate import PlateReader
from numberplate.evaluation.labels.table import read_labels
from numberplate.geometry.overlap import boxes, overlaps
from numberplate.plates.alphabet import fold
from numberplate.reading import read_picture
from numberplate.reading.detector import LONGEST_SIDE
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import Ingredients

WIDTH, HEIGHT = 1280, 720
TILE = (320, 240)
"""Width and height of the place of one picture in a mosaic."""

WIDTHS = (10, 14, 20, 28, 40, 56, 80)
"""Bounds of the rows of the result, in pixels."""

OVERLAP = 1 / 3

Row = dict[str, object]


@dataclass(frozen=True)
class Labelled:
    """A picture, (height, width, 3) RGB, its plates' boxes, (n, 4) left top right bottom, and their texts."""

    picture: np.ndarray
    boxes: np.ndarray
    texts: tuple[str, ...]


def scenes(arguments: argparse.Namespace) -> Iterator[Labelled]:
    """Held-out synthesized scenes, without end."""
    ingredients = Ingredients(
        *letterings_and_backgrounds(arguments.fonts, arguments.backgrounds, held_out=True)
    )
    for index in range(sys.maxsize):
        scene = scene_sample(ingredients, arguments.seed, index, 480, 640)
        if scene.plates:
            corners = np.stack([plate.corners for plate in scene.plates])
            yield Labelled(scene.picture, boxes(corners), tuple(plate.text for plate in scene.plates))


def pictures(arguments: argparse.Namespace) -> Iterator[Labelled]:
    """The labelled pictures of a folder whose plates have boxes, again and again."""
    found = []
    for labelled in read_labels(arguments.pictures / "labels.csv"):
        truths = [truth for truth in labelled.truths if truth.box is not None]
        if not truths or len(truths) < len(labelled.truths):
            continue
        sides = np.array([truth.box for truth in truths], np.float64)
        sides[:, 2:] += sides[:, :2]
        picture = read_picture(arguments.pictures / labelled.image)
        found.append(Labelled(picture, sides, tuple(truth.text for truth in truths)))
    if not found:
        raise SystemExit(f"{arguments.pictures}: no picture whose plates all have boxes")
    while True:
        yield from found


def mosaic(source: Iterator[Labelled], rng: np.random.Generator) -> Labelled:
    """One picture of the next ones, each reduced so that a plate of it has one of the widths."""
    canvas = np.full((HEIGHT, WIDTH, 3), 114, np.uint8)
    where: list[np.ndarray] = []
    texts: list[str] = []
    for top in range(0, HEIGHT, TILE[1]):
        for left in range(0, WIDTH, TILE[0]):
            one = next(source)
            height, width = one.picture.shape[:2]
            broad = float(np.diff(one.boxes[:, [0, 2]]).max())
            wanted = np.exp(rng.uniform(np.log(WIDTHS[0]), np.log(WIDTHS[-1])))
            zoom = min(wanted / broad, TILE[0] / width, TILE[1] / height)
            size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
            small = cv2.resize(one.picture, size, interpolation=cv2.INTER_AREA)
            canvas[top : top + size[1], left : left + size[0]] = small
            where.append(one.boxes * zoom + (left, top, left, top))
            texts += one.texts
    return Labelled(canvas, np.concatenate(where), tuple(texts))


def measured(reader: PlateReader, source: Iterator[Labelled], count: int, seed: int) -> list[Row]:
    """A row for each range of widths."""
    rng = np.random.default_rng(seed)
    rows: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    seconds, false = 0.0, 0
    for _ in range(count):
        made = mosaic(source, rng)
        start = time.process_time()
        plates = reader.read(made.picture)
        seconds += time.process_time() - start
        said = boxes(np.stack([plate.corners for plate in plates])) if plates else np.zeros((0, 4))
        used: set[int] = set()
        for box, text in zip(made.boxes, made.texts, strict=True):
            row = rows[int(np.searchsorted(WIDTHS, box[2] - box[0], "right"))]
            row[0] += 1
            row[2] += bool(text)
            shared = overlaps(box, said)[0] if len(said) else np.zeros(0)
            shared[list(used)] = 0
            if len(shared) and shared.max() >= OVERLAP:
                best = int(shared.argmax())
                used.add(best)
                row[1] += 1
                row[3] += bool(text) and fold(plates[best].text) == fold(text)
        false += len(plates) - len(used)
    made_rows: list[Row] = []
    for place in sorted(rows):
        if not 0 < place < len(WIDTHS):
            continue
        n, found, known, read = rows[place]
        made_rows.append(
            {
                "widths": f"{WIDTHS[place - 1]}–{WIDTHS[place]}",
                "plates": n,
                "found": round(found / n, 3),
                "read": round(read / known, 3) if known else None,
            }
        )
    return [*made_rows, {"false": round(false / count, 3), "ms": round(1e3 * seconds / count, 1)}]


def main() -> None:
    """Run the benchmark and print its rows as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mosaics", type=int, default=60, help="how many (default: 60)")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--fonts", action="append", default=[], help="as of numberplate synthesize")
    parser.add_argument("--backgrounds", type=Path, help="photographs (default: drawn ones)")
    parser.add_argument("--pictures", type=Path, help="folder of labelled pictures in place of scenes")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument("--longest-side", type=int, default=LONGEST_SIDE, help="that the detector sees")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    reader = PlateReader(arguments.weights, longest_side=arguments.longest_side)
    source = pictures(arguments) if arguments.pictures else scenes(arguments)
    for row in measured(reader, source, arguments.mosaics, arguments.seed):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
