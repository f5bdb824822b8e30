"""How well each script is read on its held-out set: scenes that are always the same, that no training saw.

    python benchmarks/scripts.py --fonts fonts/ --backgrounds photos/ --out docs/figures/scripts.json

`numberplate fonts` fetches the fonts. The set of a script is what `numberplate synthesize --script CODE
--held-out -n 200 --seed 25` draws: its backgrounds were kept apart from training, its fonts were not, as most
scripts have only a few. Printed for each script, as a table and as JSON: plates, the share found, and the
share of all that is read exactly as printed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from numberplate.evaluation.evaluate import evaluate
from numberplate.evaluation.figures import PictureResult, figures, match
from numberplate.evaluation.labels import Truth, read_labels
from numberplate.geometry.quads import rectify, side_lengths
from numberplate.plates.alphabet import alphabets
from numberplate.reading import PlateReader

SEED = 25
CLEAR_WIDTH, CLEAR_CONTRAST = 80, 50


def is_clear(grey: np.ndarray, truth: Truth) -> bool:
    corners = np.array(truth.corners, np.float32)
    height, width = grey.shape
    whole = (corners >= 0).all() and (corners <= (width, height)).all()
    dark, light = np.percentile(rectify(grey, corners, 48, 144), (5, 95))
    return bool(whole and side_lengths(corners)[0] >= CLEAR_WIDTH and light - dark >= CLEAR_CONTRAST)


def of_clear_plates(folder: Path, results: Sequence[PictureResult]) -> tuple[int, int]:
    """How many plates are clear, and how many of these are read exactly as printed."""
    clear = exact = 0
    for result in results:
        grey = cv2.imread(str(folder / result.image), cv2.IMREAD_GRAYSCALE)
        for truth, found in zip(result.truths, match(result.truths, result.plates), strict=True):
            if is_clear(grey, truth):
                clear += 1
                exact += found is not None and result.plates[found].text == truth.text
    return clear, exact


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--fonts", type=Path, action="append", required=True, help="a folder; may be repeated"
    )
    parser.add_argument("--backgrounds", type=Path, required=True)
    parser.add_argument("--number", type=int, default=200, help="scenes of each script")
    parser.add_argument("--script", action="append", help="only this one; may be repeated")
    parser.add_argument("--weights", type=Path, help="folder of weights; the package's own otherwise")
    parser.add_argument("--out", type=Path, help="a JSON file to write")
    given = parser.parse_args()
    reader = PlateReader(given.weights)
    found: dict[str, dict[str, float]] = {}
    print(f"{'script':<16}{'plates':>8}{'found':>8}{'exact':>8}{'clear':>8}{'exact':>8}")
    for code in given.script or alphabets():
        with tempfile.TemporaryDirectory() as folder:
            fonts = [word for place in given.fonts for word in ("--fonts", str(place))]
            program = "from numberplate.cli import main; main()"
            command = [sys.executable, "-c", program, "synthesize", "--script", code, "--held-out"]
            command += ["-n", str(given.number), "--seed", str(SEED), "--out", folder, *fonts]
            command += ["--backgrounds", str(given.backgrounds), "--generic", "0"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            results = list(evaluate(reader, folder, read_labels(Path(folder) / "labels.csv")))
            clear, of_clear = of_clear_plates(Path(folder), results)
        measured = figures(results)
        row = {
            "n": measured.plates,
            "found": round(100 * (measured.detection_recall or 0), 1),
            "exact": round(100 * (measured.exact_strict or 0), 1),
            "clear": clear,
            "exact_of_clear": round(100 * of_clear / max(1, clear), 1),
        }
        found[code] = row
        print(f"{code:<16}" + "".join(f"{value:>8}" for value in row.values()), flush=True)
    if given.out is not None:
        given.out.write_text(json.dumps({"seed": SEED, "figures": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
