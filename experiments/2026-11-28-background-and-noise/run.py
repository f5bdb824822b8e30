"""The background against cheating, and noise against none: what a classifier learns from each kind.

    python experiments/2026-11-28-background-and-noise/run.py

A small network (scikit-learn's) learns from the article's windows whether a plate is present: on black,
on three backgrounds, or on many; with and without noise. All are measured on windows that none has seen.
"""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from sklearn.neural_network import MLPClassifier

from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.window import Window, window_sample
from numberplate.synthesis.world.backgrounds import Backgrounds

FOLDER = Path(__file__).parent
TRAIN, TEST, SIZE = 900, 400, (32, 16)


class Few(Backgrounds):
    """Only the first few of the drawn backgrounds."""

    def picture(self, index: int, halvings: int = 0) -> np.ndarray:
        return super().picture(index % 3, halvings)


def windows(ingredients: Ingredients, seed: int, count: int) -> list[Window]:
    """Half with a plate, half with none: partial ones would blur what is shown here."""
    found: dict[bool, list[Window]] = {True: [], False: []}
    index = 0
    while min(map(len, found.values())) < count // 2:
        window = window_sample(ingredients, seed, index)
        index += 1
        if window.state in ("present", "no plate") and len(found[window.state == "present"]) < count // 2:
            found[window.state == "present"].append(window)
    return found[True] + found[False]


def on_black(window: Window) -> np.ndarray:
    """The window with all that is not the plate black."""
    picture = np.zeros_like(window.inside)
    if window.corners is not None:
        mask = cv2.fillConvexPoly(np.zeros_like(picture), window.corners.round().astype(np.int32), 255)
        picture = cv2.bitwise_and(window.inside, mask)
    return picture


def features(pictures: list[np.ndarray]) -> np.ndarray:
    return np.stack([cv2.resize(p, SIZE, interpolation=cv2.INTER_AREA).ravel() / 255 - 0.5 for p in pictures])


def accuracy(train: list[np.ndarray], present: np.ndarray, test: np.ndarray, truth: np.ndarray) -> float:
    network = MLPClassifier(
        hidden_layer_sizes=(64,), alpha=0.01, max_iter=60, random_state=1, early_stopping=True
    )
    network.fit(features(train), present)
    return round(float((network.predict(test) == truth).mean()), 3)


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    held = Ingredients(*letterings_and_backgrounds((), None, held_out=True))
    many = windows(held, 1, TRAIN)
    few = windows(Ingredients(Letterings([]), Few()), 1, TRAIN)
    unseen = windows(held, 2, TEST)
    present = np.array([w.state == "present" for w in many])
    truth = np.array([w.state == "present" for w in unseen])
    rng = np.random.default_rng(3)

    def noisy(picture: np.ndarray, amount: float = 25.0) -> np.ndarray:
        return np.clip(picture + rng.normal(0, amount, picture.shape), 0, 255).astype(np.uint8)

    plain: Callable[[Window], np.ndarray] = lambda window: window.inside  # noqa: E731
    clean = features([w.inside for w in unseen])
    grainy = features([noisy(w.inside) for w in unseen])
    sets = {
        "black": [on_black(w) for w in many],
        "three backgrounds": [plain(w) for w in few],
        "many backgrounds": [plain(w) for w in many],
        "many, with noise": [noisy(plain(w)) for w in many],
    }
    result = {
        name: {
            "on its own kind": accuracy(pictures[::2], present[::2], features(pictures[1::2]), present[1::2]),
            "on unseen backgrounds": accuracy(pictures, present, clean, truth),
            "on unseen backgrounds, noisy": accuracy(pictures, present, grainy, truth),
        }
        for name, pictures in sets.items()
    }
    (FOLDER / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    figure, (top, axes) = pyplot.subplots(2, 1, figsize=(7, 5), height_ratios=(1, 2))
    top.imshow(np.hstack([np.vstack([p[i] for i in (0, len(p) - 1)]) for p in sets.values()]), cmap="gray")
    top.axis("off")
    places = np.arange(len(result))
    for i, name in enumerate(next(iter(result.values()))):
        axes.bar(places + (i - 1) * 0.27, [row[name] for row in result.values()], 0.27, label=name)
    axes.set_xticks(places, list(result))
    axes.set(ylabel="share classified rightly", ylim=(0.4, 1.05))
    axes.legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(FOLDER / "backgrounds.png", dpi=110)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
