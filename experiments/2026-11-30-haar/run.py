"""Haar cascades as the detection stage: those for number plates that come with OpenCV 4.

    python experiments/2026-11-30-haar/run.py --photos LABELLED

They look for plates in the drawn scenes of `experiments/2026-11-28-hog-and-svm`, and in labelled photographs.
OpenCV 5 has no cascades any more: pip install 'opencv-python-headless<5' in an environment of its own.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from numberplate.evaluation.labels.table import read_labels
from numberplate.geometry.overlap import iou
from numberplate.reading import read_picture
from numberplate.reading.detector import Detector
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import Ingredients

FOLDER = Path(__file__).parent
SCENES, SIZE = 40, (240, 320)
CASCADES = ("haarcascade_russian_plate_number.xml", "haarcascade_license_plate_rus_16stages.xml")
NEIGHBOURS = (3, 1)
"""How many windows must agree on a place: OpenCV's default, and the least."""

OVERLAP = 0.3
_SHOWN = 4
Box = tuple[float, ...]
Seen = tuple[np.ndarray, list[Box]]
"""A picture, (height, width, 3) RGB, and its plates' boxes (x, y, width, height)."""


def drawn() -> list[Seen]:
    ingredients = Ingredients(*letterings_and_backgrounds((), None, held_out=True), generic=0.2)
    scenes = [scene_sample(ingredients, 17, index, *SIZE) for index in range(SCENES)]
    return [
        (s.picture, [(*p.corners.min(0).tolist(), *np.ptp(p.corners, axis=0).tolist()) for p in s.plates])
        for s in scenes
    ]


def photographs(folder: Path) -> list[Seen]:
    seen = []
    for labelled in read_labels(folder / "labels.csv"):
        boxes: list[Box] = [tuple(truth.box) for truth in labelled.truths if truth.box is not None]
        if boxes:
            seen.append((read_picture(folder / labelled.image), boxes))
    return seen


def of_cascade(name: str, neighbours: int) -> Callable[[np.ndarray], list[Box]]:
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + name)

    def detect(picture: np.ndarray) -> list[Box]:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return [tuple(map(float, box)) for box in cascade.detectMultiScale(grey, 1.1, neighbours)]

    return detect


def of_network() -> Callable[[np.ndarray], list[Box]]:
    detector = Detector()

    def detect(picture: np.ndarray) -> list[Box]:
        corners, _ = detector.detect(picture)
        return [(*q.min(0).tolist(), *np.ptp(q, axis=0).tolist()) for q in corners]

    return detect


def measured(detect: Callable[[np.ndarray], list[Box]], seen: Sequence[Seen]) -> dict[str, float]:
    started = time.process_time()
    found = [detect(picture) for picture, _ in seen]
    seconds = time.process_time() - started
    plates = hits = false = 0
    for boxes, (_, truths) in zip(found, seen, strict=True):
        plates += len(truths)
        hits += sum(any(iou(truth, box) >= OVERLAP for box in boxes) for truth in truths)
        false += sum(all(iou(truth, box) < OVERLAP for truth in truths) for box in boxes)
    return {
        "pictures": len(seen),
        "plates": plates,
        "found": hits,
        "false": false,
        "milliseconds": round(1000 * seconds / len(seen), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder with a labels.csv")
    arguments = parser.parse_args()
    if not hasattr(cv2, "CascadeClassifier"):
        parser.error(f"OpenCV {cv2.__version__} has no cascades: pip install 'opencv-python-headless<5'")
    cv2.setNumThreads(1)
    ways = {
        f"{name.removesuffix('.xml')}, {n} neighbours": of_cascade(name, n)
        for name in CASCADES
        for n in NEIGHBOURS
    } | {"our detector": of_network()}
    scenes = drawn()
    result = {
        what: {name: measured(detect, seen) for name, detect in ways.items()}
        for what, seen in (("drawn scenes", scenes), ("photographs", photographs(arguments.photos)))
    }
    (FOLDER / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    rows = []
    for name in (f"{CASCADES[0].removesuffix('.xml')}, {NEIGHBOURS[-1]} neighbours", "our detector"):
        row = [cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) for picture, _ in scenes[:_SHOWN]]
        for picture, (seen, _) in zip(row, scenes, strict=False):
            for x, y, w, h in ways[name](seen):
                cv2.rectangle(picture, (round(x), round(y)), (round(x + w), round(y + h)), (0, 80, 255), 2)
        rows.append(np.hstack(row))
    cv2.imwrite(str(FOLDER / "detections.jpg"), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 80])
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
