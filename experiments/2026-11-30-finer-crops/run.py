"""A recognizer's start whose crops have twice the pixels each way, and which reads as it did before.

    python experiments/2026-11-30-finer-crops/run.py experiments/2026-11-30-mean-of-stages --out runs/fine

Each weight of the first convolution becomes four of a quarter.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np

from numberplate.training.arrays import read_arrays
from numberplate.training.checkpoints import RECIPE, START, STATE

FIRST = "conv2d.1/0"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("start", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    weights = read_arrays(given.start / START)
    kernel = weights[FIRST]
    weights[FIRST] = (np.repeat(np.repeat(kernel, 2, 0), 2, 1) / 4).astype(kernel.dtype)
    given.out.mkdir(parents=True, exist_ok=True)
    np.savez(given.out / START, **weights)  # type: ignore[arg-type]
    for name in (RECIPE, STATE):
        shutil.copyfile(given.start / name, given.out / name)


if __name__ == "__main__":
    main()
