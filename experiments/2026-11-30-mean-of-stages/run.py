"""The mean of a network's weights at the ends of its stages, with the batches' statistics estimated anew.

    python experiments/2026-11-30-mean-of-stages/run.py --out runs/mean --fonts fonts/ \\
        --backgrounds photos/ --start A --share 0.2 --start B --share 0.3 --start C --share 0.5

`--start`: a folder with a start.npz, as in `checkpoints/`, or a run's; `--fonts`, `--backgrounds`: of the
samples that the statistics are of. `--out` holds a start, which `numberplate export` takes.
"""

import argparse
from pathlib import Path

from numberplate.training.averaging import write_mean
from numberplate.training.checkpoints import RECIPE
from numberplate.training.recipe import Recipe


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--start", type=Path, action="append", required=True)
    parser.add_argument("--share", type=float, action="append", required=True)
    parser.add_argument("--fonts", action="append", default=[])
    parser.add_argument("--backgrounds")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    recipe = Recipe.read(given.start[-1] / RECIPE)
    recipe = recipe.changed(fonts=tuple(given.fonts), backgrounds=given.backgrounds)
    write_mean(given.start, given.share, recipe, given.out)


if __name__ == "__main__":
    main()
