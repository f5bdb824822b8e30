"""House numbers, the other use that the article's source had: the same rooms with another design.

python experiments/2026-11-28-house-numbers/run.py [--fonts DIR]
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from numberplate.geometry.overlap import iou
from numberplate.plates.design import read_design
from numberplate.reading.cascade import Cascade
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import Ingredients

FOLDER = Path(__file__).parent
SCENES, SEED = 40, 11


def box(corners: np.ndarray) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
    return left, top, right - left, bottom - top


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", action="append", default=[])
    parser.add_argument("--weights", type=Path)
    given = parser.parse_args()
    letterings, backgrounds = letterings_and_backgrounds(given.fonts, None, held_out=True)
    ingredients = Ingredients(letterings, backgrounds, (read_design(FOLDER / "house.yaml"),), generic=0.0)
    cascade, cells = Cascade(given.weights), []
    counts = {"signs": 0, "found": 0, "cut out rightly, read exactly": 0, "found and read exactly": 0}
    for index in range(SCENES):
        scene = scene_sample(ingredients, SEED, index)
        plates = cascade.search(scene.picture).plates
        for sign in scene.plates:
            counts["signs"] += 1
            near = [p for p in plates if iou(box(sign.corners), box(p.corners)) >= 0.5]
            counts["found"] += bool(near)
            counts["found and read exactly"] += any(p.text == sign.text for p in near)
            (look,) = cascade.recognize(scene.picture, sign.corners[None])
            counts["cut out rightly, read exactly"] += look.reading.text == sign.text
            if len(cells) < 24:
                cell = cv2.resize(np.hstack([look.crop[:, :144]]), (144, 48))
                label = np.full((16, 144), 255, np.uint8)
                text = f"{sign.text}: {look.reading.text or '-'}"
                cv2.putText(label, text, (2, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
                cells.append(np.vstack([cell, label]))
    cells += [np.full((64, 144), 255, np.uint8)] * (-len(cells) % 6)
    cv2.imwrite(
        str(FOLDER / "signs.png"), np.vstack([np.hstack(cells[i : i + 6]) for i in range(0, len(cells), 6)])
    )
    (FOLDER / "result.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
