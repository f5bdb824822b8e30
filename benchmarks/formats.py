"""What the formats of plates do for reading, with the prior weight that a bundle has for them.

    python benchmarks/formats.py --fonts FONTS --backgrounds PHOTOS

Crops with fonts and backgrounds that training never saw, half of them of listed designs and half of none,
are read without formats. Printed is the share of texts that are read exactly, O and 0 told apart, and the
mean log-likelihood of the true texts, each where a share of UNLISTED plates is of no listed design: with the
picture alone, with the formats, without the formats of the plate's own country, and with a preferred region.
The prior weight itself is fitted by `numberplate calibrate`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from numberplate.evaluation.figures import calibration_error
from numberplate.models.bundle import load_recognizer
from numberplate.models.cards.recognizer import Prior
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH
from numberplate.plates.formats import Regions, shipped_formats
from numberplate.reading.recognizer import Recognizer
from numberplate.synthesis.samples import crop_sample
from numberplate.training.recipe import Recipe

UNLISTED = 0.1
LEAST = 1e-3
"""A true text counts as this probable at least: what cannot be read says nothing of formats."""

OFFERED = 32

Favour = Callable[[str], float]


@dataclass(frozen=True)
class Case:
    """A crop: its text, its country ("" where it is of no listed design) and what it was read as."""

    text: str
    country: str
    offered: tuple[tuple[str, float], ...]

    def judged(self, favour: Favour) -> tuple[bool, float, float]:
        """Whether it is read exactly, how sure that is, and the true text's log-likelihood."""
        if not self.offered:
            return False, 0.0, float(np.log(LEAST))
        odds = np.array([p * favour(text) for text, p in self.offered])
        odds *= sum(p for _, p in self.offered) / odds.sum()
        true = sum(p for (text, _), p in zip(self.offered, odds, strict=True) if text == self.text)
        best = int(odds.argmax())
        return self.offered[best][0] == self.text, float(odds[best]), float(np.log(max(LEAST, true)))


def cases(arguments: argparse.Namespace) -> list[Case]:
    """The crops with a plate whose whole text is to be seen."""
    recipe = Recipe("recognizer", fonts=tuple(arguments.fonts), backgrounds=arguments.backgrounds)
    ingredients = recipe.ingredients(held_out=True)
    recognizer = Recognizer(arguments.weights, regions=Regions(formats=[]))
    listed = {format_.code for format_ in shipped_formats()}
    found = []
    for index in range(arguments.number):
        crop = crop_sample(ingredients, arguments.seed, index, INPUT_HEIGHT, INPUT_WIDTH)
        if not crop.text or not crop.is_whole:
            continue
        (reading,) = recognizer.read(crop.picture[None], OFFERED)
        country = crop.design.partition("-")[0] if crop.design in listed else ""
        found.append(Case(crop.text, country, tuple((c.text, c.confidence) for c in reading.candidates)))
    return found


def favoured(regions: Regions, prior: Prior) -> Favour:
    """`Regions.favour` with this prior weight, less than its bound even for what is surely listed."""

    @cache
    def favour(text: str) -> float:
        listed = min(sum(regions.probabilities(text).values()), 1 - 1e-12)
        return float(min(prior.bound, (1 / (1 - listed)) ** prior.power))

    return favour


def row(found: list[Case], favour_of: Callable[[Case], Favour]) -> str:
    """Exact of all, of listed designs and of others, in %; log-likelihood; calibration error."""
    judged = np.array([case.judged(favour_of(case)) for case in found])
    listed = np.array([bool(case.country) for case in found])
    exact, likely = ((judged[listed, k].mean(), judged[~listed, k].mean()) for k in (0, 2))
    mixed = [(1 - UNLISTED) * of_listed + UNLISTED * of_others for of_listed, of_others in (exact, likely)]
    read = [(min(1.0, sure), bool(right)) for right, sure, _ in judged if sure > 0]
    error = calibration_error([sure for sure, _ in read], [right for _, right in read])
    return (
        f"{mixed[0]:8.1%} {exact[0]:8.1%} {exact[1]:8.1%} {mixed[1]:9.4f} {likely[0]:9.4f} {likely[1]:9.4f} "
        f"{error:7.3f}"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fonts", action="append", default=[], help="as of numberplate train")
    parser.add_argument("--backgrounds", help="as of numberplate train")
    parser.add_argument("-n", "--number", type=int, default=6000, help="crops [6000]")
    parser.add_argument("--seed", type=int, default=2718)
    parser.add_argument("--weights", type=Path, help="folder of networks; the package's own without")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    found = cases(arguments)
    print(f"{len(found)} plates, {sum(bool(case.country) for case in found)} of listed designs")
    title = f"{'all':>8} {'listed':>8} {'others':>8} {'all, log':>9} {'listed':>9} {'others':>9} {'error':>7}"
    prior = load_recognizer(arguments.weights)[1].prior
    plain = Regions()

    @cache
    def without(country: str) -> Favour:
        others = [f for f in shipped_formats() if f.code.partition("-")[0] != country]
        return favoured(Regions(formats=others), prior)

    @cache
    def preferring(country: str) -> Favour:
        return favoured(Regions(country), prior)

    countries = sorted({format_.code.partition("-")[0] for format_ in shipped_formats()})
    wrong = dict(zip(countries, np.roll(countries, 7).tolist(), strict=True)) | {"": countries[0]}
    shipped = favoured(plain, prior)
    print(f"{f'power {prior.power}, bound {prior.bound:.0f}':28s}{title}")
    for name, favour_of in (
        ("the picture alone", lambda case: lambda text: 1.0),
        ("with the formats", lambda case: shipped),
        ("without its own country", lambda case: without(case.country)),
        ("with the right region", lambda case: preferring(case.country) if case.country else shipped),
        ("with a wrong region", lambda case: preferring(wrong[case.country])),
    ):
        print(f"{name:28s}" + row(found, favour_of))


if __name__ == "__main__":
    main()
