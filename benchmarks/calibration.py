"""How far confidences are from the share of readings that are right, on fresh held-out scenes.

    python benchmarks/calibration.py --fonts fonts/ --backgrounds photos/ --scenes 3000

Draws scenes of a seed that nothing was fitted to, reads them, and prints for all plates that were found, for
those read in one view and for those in several: how many, the share read exactly, and the expected
calibration error (ten bins of equal width). A few hundred readings have some error though each is as probable
as it says: `chance` is the mean error of readings with the same confidences that are right with just these.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from numberplate.calibration.cases import matched, scenes
from numberplate.evaluation.figures import calibration_error
from numberplate.reading.cascade import Cascade
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.scene import Ingredients

DRAWS = 100


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, action="append", default=[], help="a folder; may be repeated")
    parser.add_argument("--backgrounds", type=Path)
    parser.add_argument("--weights", type=Path, help="folder of weights; the package's own otherwise")
    parser.add_argument("--scenes", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=777_000)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    ingredients = Ingredients(*letterings_and_backgrounds(given.fonts, given.backgrounds, held_out=True))
    cascade = Cascade(given.weights)
    said: list[tuple[float, bool, bool]] = []
    for scene in scenes(ingredients, given.seed, given.scenes):
        search = cascade.search(scene.picture)
        plates = search.plates
        views = {look.corners.tobytes(): look.reading.views for look in search.looks}
        corners = np.array([plate.corners for plate in plates], np.float32).reshape(-1, 4, 2)
        for plate, truth in zip(plates, matched(corners, scene.plates), strict=True):
            if truth is not None:
                several = views.get(plate.corners.tobytes(), 1) > 1
                said.append((plate.confidence, plate.text == truth.text, several))
    print(f"{'read in':<16}{'plates':>8}{'exact':>8}{'error':>8}{'chance':>8}")
    for name, which in (("any", (False, True)), ("one view", (False,)), ("several views", (True,))):
        some = [(confidence, right) for confidence, right, several in said if several in which]
        if not some:
            continue
        confidences, right = [c for c, _ in some], [r for _, r in some]
        rng = np.random.default_rng(given.seed)
        drawn = [
            calibration_error(confidences, (rng.random(len(some)) < confidences).tolist()) or 0.0
            for _ in range(DRAWS)
        ]
        error = calibration_error(confidences, right) or 0.0
        print(f"{name:<16}{len(some):>8}{np.mean(right):>8.1%}{error:>8.4f}{np.mean(drawn):>8.4f}")


if __name__ == "__main__":
    main()
