"""How many samples a second one core synthesizes, and where the time goes.

    python benchmarks/synthesis.py                                  drawn alphabets on drawn backgrounds
    python benchmarks/synthesis.py --fonts DIR --backgrounds PATH   as a training run has them
    python benchmarks/synthesis.py --number 2000 --format json

Two rates are printed: recognizer samples (`crop_sample`) and detector scenes of 384×256 (`scene_sample`), in
samples a second of processor time of one thread (OpenCV gets one), so that other work on the machine matters
little. Before the clock starts every typeface draws all of its glyphs, and a tenth of `--number` samples is
drawn: a training run draws each glyph once, and each sample once.

Below each rate stand milliseconds a sample for each stage; `rest` is what no stage names.

- background: decoding or drawing it, and the view of it.
- distractors: what looks like a plate and is none.
- design: choosing one, or making up a generic one.
- flat: drawing the plate seen straight on, with its emboss.
- surface: dirt, scratches, fading, glare.
- surroundings: bodywork around the plate, and what stands before it.
- lay: the warp into the scene.
- camera: light, lens, sensor, file format.
- rectify: cutting the recognizer's crop.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import string
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np

from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, MAX_WIDTH, MIN_WIDTH
from numberplate.plates.alphabet import ALPHABET
from numberplate.synthesis import samples, scene
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import Backgrounds

STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "background": ((scene, "_view"),),
    "distractors": ((scene, "distract"),),
    "design": ((Ingredients, "design"),),
    "flat": ((scene, "draw_flat"),),
    "surface": ((scene, "weather"),),
    "surroundings": ((scene, "surround"), (scene, "occlude")),
    "lay": ((scene, "lay"),),
    "camera": ((scene, "photograph"),),
    "rectify": ((samples, "rectify"),),
}


@contextlib.contextmanager
def timed(spent: dict[str, float]) -> Iterator[None]:
    """Adds the seconds of processor time of each stage to `spent` for as long as it is entered."""

    def wrap(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            start = time.process_time()
            try:
                return function(*args, **options)
            finally:
                spent[stage] += time.process_time() - start

        return call

    with contextlib.ExitStack() as stack:
        for stage, functions in STAGES.items():
            for owner, name in functions:
                stack.enter_context(mock.patch.object(owner, name, wrap(stage, getattr(owner, name))))
        yield


def measure(draw: Callable[[int], object], number: int) -> tuple[float, dict[str, float]]:
    """Samples a second, and milliseconds a sample of each stage (measured apart: clocks take time too)."""
    for i in range(number // 10):
        draw(i)
    start = time.process_time()
    for i in range(number, 2 * number):
        draw(i)
    whole = time.process_time() - start
    spent: dict[str, float] = defaultdict(float)
    start = time.process_time()
    with timed(spent):
        for i in range(2 * number, 3 * number):
            draw(i)
    spent["rest"] = time.process_time() - start - sum(spent.values())
    return number / whole, {stage: 1000 * spent[stage] / number for stage in (*STAGES, "rest")}


def warm(letterings: Letterings) -> None:
    """Draws all glyphs of all typefaces, also those of small lettering."""
    rng = np.random.default_rng(0)
    named = [letterings.pick((name,), rng) for name in letterings.names]
    for lettering in {*named, *(letterings.pick(("*",), rng) for _ in range(3000))}:
        for character in ALPHABET:
            lettering.glyph(character)
    for font in {letterings.small(rng) for _ in range(3000)} - {None}:
        font.word(string.ascii_letters + string.digits + " :-.,/")


def main() -> None:
    """Prints the rates and the profiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", action="append", help='a folder of font files, or "system"')
    parser.add_argument("--backgrounds", type=Path, help="a folder, zip or tar of photographs")
    parser.add_argument("--number", type=int, default=1000, help="samples to time of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    letterings = Letterings(named_font_files(options.fonts or ()))
    warm(letterings)
    ingredients = Ingredients(letterings, Backgrounds(options.backgrounds))
    kinds: dict[str, Callable[[int], object]] = {
        "recognizer": lambda i: samples.crop_sample(ingredients, options.seed, i, INPUT_HEIGHT, INPUT_WIDTH),
        "detector": lambda i: samples.scene_sample(
            ingredients, options.seed, i, 256, 384, (float(MIN_WIDTH), float(MAX_WIDTH))
        ),
    }
    figures: dict[str, dict[str, Any]] = {}
    for kind, draw in kinds.items():
        rate, stages = measure(draw, options.number)
        figures[kind] = {"samples_per_second": rate, "milliseconds": stages}
    if options.format == "json":
        print(json.dumps(figures, indent=2))
        return
    for kind, of_kind in figures.items():
        print(f"{kind:<12} {of_kind['samples_per_second']:6.0f} samples a second")
        for stage, milliseconds in of_kind["milliseconds"].items():
            print(f"  {stage:<12} {milliseconds:6.2f} ms")


if __name__ == "__main__":
    main()
