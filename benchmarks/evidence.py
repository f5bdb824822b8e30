"""The weights of `numberplate.reading.acceptance`, fitted to labelled pictures, and what a threshold costs.

    numberplate synthesize --held-out -n 600 --size 640x480 --out held/ --fonts FONTS --backgrounds PHOTOS
    python benchmarks/evidence.py held/

Every reading that is no part of another is a case: there is a plate where it overlaps a labelled one, or says
what one says. The weights are those of the greatest likelihood (logistic regression). For each threshold: the
share of labelled plates found, and of those read right (O as 0, I as 1), and false plates a picture.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from numberplate.evaluation.figures import MIN_IOU, box_of, iou
from numberplate.evaluation.labels import read_labels
from numberplate.plates.alphabet import fold
from numberplate.reading import read_picture
from numberplate.reading.acceptance import features, plate_probability
from numberplate.reading.cascade import Cascade
from numberplate.reading.reader import MIN_CONFIDENCE

FAINT = 0.02
"""Probability of a plate from which on readings are cases."""


@dataclass(frozen=True)
class Case:
    """One reading; `found`: whether it overlaps a labelled plate; `right`: whether it says what one says."""

    presence: float
    confidence: float
    text: str
    found: bool
    right: bool

    @property
    def features(self) -> tuple[float, ...]:
        return features(self.presence, self.confidence, self.text)


def cases(folder: Path, weights: Path | None) -> tuple[list[Case], int, int]:
    """The cases in a labelled folder, and how many labelled plates and pictures there are.

    Pictures with a plate that has no box are left out.
    """
    cascade, found, plates, pictures = Cascade(weights, threshold=FAINT), [], 0, 0
    for labelled in read_labels(folder / "labels.csv"):
        search = cascade.search(read_picture(folder / labelled.image))
        presence = {
            look.corners.tobytes(): float(p)
            for look, p in zip(search.looks, search.detections.scores, strict=True)
        }
        free = [truth for truth in labelled.truths if truth.box is not None]
        if len(free) < len(labelled.truths):
            continue  # what overlaps no box may be one of the plates that have none
        pictures, plates = pictures + 1, plates + len(free)
        for plate in sorted(search.plates, key=lambda plate: -plate.confidence):
            if plate.confidence < MIN_CONFIDENCE:
                continue
            near = max(free, key=lambda truth: iou(truth.box, box_of(plate)), default=None)
            hit = near is not None and iou(near.box, box_of(plate)) >= MIN_IOU
            right = any(fold(plate.text) == fold(truth.text) for truth in labelled.truths)
            if hit:
                free.remove(near)
            seen = presence[plate.corners.tobytes()]
            found.append(Case(seen, plate.confidence, plate.text, hit, right))
    return found, plates, pictures


def fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The likeliest weights (features,) for y (n,) given x (n, features), by Newton's method."""
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        # A little ridge: where the cases can be told apart wholly there is no greatest likelihood.
        curvature = (x * (p * (1 - p))[:, None]).T @ x + 0.01 * np.eye(len(weights))
        weights += np.linalg.solve(curvature, x.T @ (y - p) - 0.01 * weights)
    return weights


def likelihood(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """The mean negative log-likelihood."""
    return float(np.logaddexp(0, np.where(y > 0, -1, 1) * (x @ weights)).mean())


def main() -> None:
    """Prints the weights and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="labelled pictures")
    parser.add_argument("--weights", type=Path, help="folder of networks; the package's own without")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    found: list[Case] = []
    plates = pictures = 0
    for folder in arguments.folders:
        more = cases(folder, arguments.weights)
        found, plates, pictures = found + more[0], plates + more[1], pictures + more[2]
    x, y = np.array([case.features for case in found]), np.array([c.found or c.right for c in found], float)
    for name, columns in (
        ("presence alone", [0, 4]),
        ("and text", [0, 1, 4]),
        ("and kind", range(5)),
    ):
        weights = fitted(x[:, columns], y)
        print(f"{name:15s} {weights.round(2).tolist()}  loss {likelihood(x[:, columns], y, weights):.4f}")
    print("\nthreshold  found %  right %  false a picture")
    for threshold in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        kept = [c for c in found if plate_probability(c.presence, c.confidence, c.text) >= threshold]
        hits, right = sum(c.found for c in kept), sum(c.right for c in kept)
        print(
            f"{threshold:9.1f} {hits / plates:8.1%} {right / plates:8.1%} "
            f"{(len(kept) - hits) / pictures:16.3f}"
        )


if __name__ == "__main__":
    main()
