"""How the detector's logit of presence changes when a real plate, or what is around it, is changed.

    python experiments/2026-11-29-what-is-around-plates/run.py ../shared/real-plates/more --groups in

Each labelled plate of 30 pixels or more is seen at three widths in the middle of a picture, as the second
look sees it, as it is and with each change. Printed are the mean change of the logit over all plates and
over those that are in doubt, and how many plates are lost (from above 0 to below -1) and won. What raises it
says what training lacks. `--weights`: folder of weights; the package's own otherwise.
"""

import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.reading.detector import Detector

WIDTHS = (56, 80, 112)
"""Of the plate, in pixels, in a picture of SIZE (width, height)."""

SIZE = (256, 128)
DOUBT, MOST = 1.5, 7.0
"""Logits: of plates in doubt, less than the first; they count as the second at most."""

Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def blurred(grey: np.ndarray, by: float) -> np.ndarray:
    return cv2.GaussianBlur(grey, (0, 0), by)


CHANGES: dict[str, Change] = {
    "around it darker": lambda grey, plate: grey * (0.5 + 0.5 * plate),
    "around it lighter": lambda grey, plate: grey * plate + (grey * 0.5 + 120) * (1 - plate),
    "around it grey": lambda grey, plate: grey * plate + 90 * (1 - plate),
    "around it blurred": lambda grey, plate: grey * plate + blurred(grey, 4) * (1 - plate),
    "plate brighter": lambda grey, plate: grey * (1 + 0.25 * plate),
    "plate darker": lambda grey, plate: grey * (1 - 0.3 * plate),
    "less contrast": lambda grey, _: (grey - grey.mean()) * 0.6 + grey.mean(),
    "more contrast": lambda grey, _: (grey - grey.mean()) * 1.3 + grey.mean(),
    "all blurred": lambda grey, _: blurred(grey, 1),
    "all sharper": lambda grey, _: 2 * grey - blurred(grey, 1.5),
    "noise": lambda grey, _: grey + np.random.default_rng(0).normal(0, 10, grey.shape),
}


def presence(detector: Detector, grey: np.ndarray, corners: np.ndarray) -> float:
    """The mean logit of presence where the plate is, at all WIDTHS."""
    said = []
    for wide in WIDTHS:
        zoom, source = wide / side_lengths(corners)[0], grey
        while zoom * grey.shape[1] / source.shape[1] < 0.6:
            source = cv2.resize(source, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        smaller = source.shape[1] / grey.shape[1]
        shift = np.array(SIZE) / 2 - zoom * corners.mean(0)
        matrix = np.array([[zoom / smaller, 0, shift[0]], [0, zoom / smaller, shift[1]]])
        seen = cv2.warpAffine(source, matrix, SIZE, borderValue=128)
        logits = detector._grids(np.asarray(seen, np.uint8)[None])[0][..., 0] / detector.card.temperature
        row, column = (side // 2 for side in logits.shape)
        said.append(float(logits[row - 2 : row + 2, column - 3 : column + 3].max()))
    return float(np.clip(np.mean(said), -MOST, MOST))


def plates(folder: Path, group: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pictures around the labelled plates of a group, grey, and the plates' corners in them."""
    found = []
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["image"].startswith(f"{group}/") and row["width"]]
    for row in rows:
        x, y, width, height = (float(row[name]) for name in ("x", "y", "width", "height"))
        if width < 30:
            continue
        grey = cv2.imread(str(folder / row["image"]), cv2.IMREAD_GRAYSCALE)
        left, top = max(0, int(x - 3 * width)), max(0, int(y - 3 * width))
        part = grey[top : int(y + height + 3 * width), left : int(x + 4 * width)]
        zoom = min(1.0, 300 / width)
        part = cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        sides = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        corners = (np.array(sides) - (left, top)) * zoom
        found.append((part.astype(np.float32), np.asarray(corners, np.float32)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--groups", required=True, help="with commas between")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    given = parser.parse_args()
    detector = Detector(given.weights)
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for group in given.groups.split(","):
        rows = []
        for grey, corners in plates(given.folder, group):
            mask = np.zeros(grey.shape, np.float32)
            cv2.fillConvexPoly(mask, np.rint(corners).astype(np.int32), 1.0)
            plate = blurred(mask, 1)
            changed = [grey, *(change(grey, plate) for change in CHANGES.values())]
            rows.append([presence(detector, np.clip(g, 0, 255).astype(np.uint8), corners) for g in changed])
        if not rows:
            print(f"{group}: no plate with a box")
            continue
        logits = np.array(rows)
        before, more = logits[:, 0], logits[:, 1:] - logits[:, :1]
        doubtful = before < DOUBT
        print(f"{group}: {len(rows)} plates, mean logit {before.mean():.2f}, {doubtful.sum()} in doubt")
        figures[group] = {"as it is": {"plates": len(rows), "logit": round(float(before.mean()), 2)}}
        for name, change, after in zip(CHANGES, more.T, logits[:, 1:].T, strict=True):
            of_doubtful = float(change[doubtful].mean()) if doubtful.any() else 0.0
            lost, won = ((before > 0) & (after < -1)).sum(), ((before < 0) & (after > 1)).sum()
            print(f"  {name:<20}{change.mean():+7.2f}{of_doubtful:+7.2f}{lost:5} lost{won:5} won")
            figures[group][name] = {
                "all": round(float(change.mean()), 2),
                "in doubt": round(of_doubtful, 2),
                "lost": int(lost),
                "won": int(won),
            }
    if given.out is not None:
        given.out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
