"""Three corners by regression, and presence by a basic classifier, both with scikit-learn, in a few lines.

python experiments/2026-11-28-pose-regression/run.py
"""

import json
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPRegressor

from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.window import window_sample

FOLDER = Path(__file__).parent
TRAIN, TEST, SIZE = 1600, 400, (32, 16)


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    ingredients = Ingredients(*letterings_and_backgrounds((), None, held_out=True))
    windows = [window_sample(ingredients, 5, index) for index in range(TRAIN + TEST)]
    x = np.stack(
        [cv2.resize(w.inside, SIZE, interpolation=cv2.INTER_AREA).ravel() / 255 - 0.5 for w in windows]
    )
    present = np.array([w.state == "present" for w in windows])

    classifier = RandomForestClassifier(100, random_state=1).fit(x[:TRAIN], present[:TRAIN])
    right = float((classifier.predict(x[TRAIN:]) == present[TRAIN:]).mean())

    corners = np.array([w.corners[:3].ravel() if w.state == "present" else np.zeros(6) for w in windows])
    train, test = np.flatnonzero(present[:TRAIN]), TRAIN + np.flatnonzero(present[TRAIN:])
    regressor = MLPRegressor(
        hidden_layer_sizes=(128,), alpha=0.1, max_iter=150, random_state=1, early_stopping=True
    )
    regressor.fit(x[train], corners[train] / 64)
    found = regressor.predict(x[test]) * 64
    distances = np.linalg.norm((found - corners[test]).reshape(-1, 3, 2), axis=-1)
    guess = np.linalg.norm((corners[train].mean(0) - corners[test]).reshape(-1, 3, 2), axis=-1)
    result = {
        "presence classified rightly": round(right, 3),
        "always the more frequent class": round(float(max(present.mean(), 1 - present.mean())), 3),
        "corners off by, pixels of 128×64": round(float(distances.mean()), 2),
        "the mean corners off by": round(float(guess.mean()), 2),
    }
    (FOLDER / "result.json").write_text(
        json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    cells = []
    for i, place in enumerate(test[:15]):
        cell = cv2.resize(cv2.cvtColor(windows[place].inside, cv2.COLOR_GRAY2RGB), None, fx=2, fy=2)
        for quad, colour in ((corners[place], (60, 200, 60)), (found[i], (230, 60, 60))):
            a, b, c = quad.reshape(3, 2)
            outline = (2 * np.stack([a, b, c, a + c - b])).round().astype(np.int32)
            cv2.polylines(cell, [outline], True, colour, 1, cv2.LINE_AA)
        cells.append(cell)
    picture = np.vstack([np.hstack(cells[i : i + 5]) for i in range(0, 15, 5)])
    pyplot.imsave(FOLDER / "corners.png", picture)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
