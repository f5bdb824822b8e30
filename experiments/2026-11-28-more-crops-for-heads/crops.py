"""Crops of each script to disk, in turns, for `../2026-11-27-one-trunk/heads.py`.

    python experiments/2026-11-28-more-crops-for-heads/crops.py 4001 han:4 arabic:4 --fonts fonts/ \
        --backgrounds photos/ --out runs/crops

A number after a script says how many files of 1,024 crops it gets in each turn. It goes on until stopped,
and takes up where it was.
"""

import argparse
import json
import os
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from numberplate.training.makers import Maker
from numberplate.training.recipe import Recipe

CROPS = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("turns", nargs="+", metavar="SCRIPT:FILES")
    parser.add_argument("--fonts", action="append", required=True)
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    turns = [(script, int(files)) for script, _, files in (turn.partition(":") for turn in given.turns)]
    make = {}
    for script, _ in turns:
        recipe = Recipe(
            kind="recognizer",
            seed=given.seed,
            fonts=tuple(given.fonts),
            backgrounds=given.backgrounds,
            scripts=("latin", script),
            foreign=0.85,
            generic=0.04,
        )
        make[script] = Maker(recipe)()
        folder = given.out / script
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scripts.json").write_text(json.dumps(["latin", script]))
    for turn in count():
        for script, files in turns:
            for number in range(turn * files, (turn + 1) * files):
                path = given.out / script / f"{given.seed}_{number:05d}.npz"
                if path.exists():
                    continue
                samples = [make[script](i) for i in range(number * CROPS, (number + 1) * CROPS)]
                unfinished = path.with_name(f".{path.name}")
                np.savez(unfinished, **{name: np.stack([s[name] for s in samples]) for name in samples[0]})
                os.replace(unfinished, path)


if __name__ == "__main__":
    main()
