"""Trains one network for so many seconds from a start, and writes a start that training can go on from.

    python experiments/2026-11-27-one-trunk/train.py recognizer --start checkpoints/recognizer --out runs/r \
        --seconds 520 --workers 8 --fonts fonts/ --backgrounds photos/

Backend, precision and batch are for one GPU; `recipe.json` beside this file says what was used.
"""

import argparse
import json
import shutil
from pathlib import Path

RECIPES = Path(__file__).with_name("recipes.json")


def main() -> None:
    # Here, so that the processes that make samples, which import this file, need no Keras.
    from numberplate.training import checkpoints, fit
    from numberplate.training.recipe import Recipe
    from numberplate.training.tasks import DetectorTask, RecognizerTask

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("recognizer", "detector"))
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--run", type=Path, default=Path("/tmp/runs"))
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--fonts", action="append", default=[])
    parser.add_argument("--backgrounds")
    parser.add_argument("--set", default="{}", help="JSON of other settings of the recipe")
    given = parser.parse_args()
    settings = json.loads(RECIPES.read_text(encoding="utf-8"))[given.kind] | json.loads(given.set)
    settings = {key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()}
    recipe = Recipe(
        kind=given.kind,
        fonts=tuple(given.fonts),
        backgrounds=given.backgrounds,
        workers=given.workers,
        **settings,
    )
    # Figures are measured afterwards, where the held-out pictures are; none are drawn here.
    RecognizerTask.validation_size = DetectorTask.validation_size = 8
    folder = given.run / given.kind
    folder.mkdir(parents=True, exist_ok=True)
    for name in (checkpoints.START, checkpoints.RECIPE, checkpoints.STATE):
        shutil.copy(given.start / name, folder / name)
    run = fit.Run(folder, recipe)
    print(given.kind, "starts", flush=True)
    run.fit(lambda line: print(given.kind, line, flush=True), 150.0, 10**9, given.seconds)
    checkpoints.write_start(folder, given.out)


if __name__ == "__main__":
    main()
