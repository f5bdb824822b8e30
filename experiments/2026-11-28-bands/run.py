"""Reads plates as a whole and in bands of their height, and puts the readings together in several ways.

python experiments/2026-11-28-bands/run.py collect --labels held/*/labels.csv --out cases.json
python experiments/2026-11-28-bands/run.py judge cases.json
"""

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from numberplate.geometry.overlap import boxes, overlaps
from numberplate.geometry.quads import strip
from numberplate.models.cards.recognizer import Bands
from numberplate.models.initial import RECOGNIZER
from numberplate.reading.bands import best_of
from numberplate.reading.cascade import Cascade
from numberplate.reading.decoding import Reading

BANDS = ((0.0, 0.7), (0.3, 1.0), (0.15, 0.85), (-0.15, 1.15), (0.0, 0.8))
SETS = {
    "upper": (0,),
    "middle": (2,),
    "upper, lower": (0, 1),
    "upper, lower, middle": (0, 1, 2),
    "and higher": (0, 1, 2, 3),
}


def said(reading: Reading) -> dict[str, Any]:
    return {"text": reading.text, "confidence": reading.confidence, "script": reading.script}


def cases(cascade: Cascade, labels: Path) -> Iterator[dict[str, Any]]:
    """Of each labelled plate that is detected: its text, the reading of the whole and of each band."""
    plates: dict[str, list[dict[str, str]]] = {}
    with labels.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            plates.setdefault(row["image"], []).append(row)
    for image, rows in plates.items():
        grey = cv2.imread(str(labels.parent / image), cv2.IMREAD_GRAYSCALE)
        found = cascade.detector.search(grey, cascade.faintest)
        if not len(found.corners):
            continue
        # Without bands of its own.
        looks = cascade.recognize(grey, found.corners, presences=found.scores)
        there = boxes(np.stack([look.corners for look in looks]))
        for row in filter(lambda row: row["x"], rows):
            x, y, width, height = (float(row[key]) for key in ("x", "y", "width", "height"))
            shared = overlaps(np.array([x, y, x + width, y + height], np.float32), there)[0]
            look = looks[int(shared.argmax())]
            if shared.max() < 0.5:
                continue
            quads = [strip(look.corners, band) for band in BANDS]
            bands = cascade.recognizer.read(cascade._cut(grey, np.stack(quads)))
            lines = look.crop.shape[1] != cascade.recognizer.card.width
            yield {
                "truth": row["text"],
                "lines": lines,
                "readings": [said(r) for r in (look.reading, *bands)],
            }


def judge(found: list[dict[str, Any]]) -> dict[str, int]:
    """How many plates are read rightly with the whole alone, and with bands in each way."""

    def right(chosen: tuple[int, ...], card: Bands) -> int:
        count = 0
        for case in found:
            whole, *bands = (
                Reading(r["text"], r["confidence"], (), (), script=r["script"]) for r in case["readings"]
            )
            best = whole
            if not case["lines"] and (not whole.text or whole.confidence < card.below):
                best = best_of([whole, *(bands[i] for i in chosen)], RECOGNIZER.scripts.doubt, card)[1]
            count += best.text == case["truth"]
        return count

    figures = {"plates": len(found), "whole": right((), RECOGNIZER.bands)}
    for name, chosen in SETS.items():
        for weight in (0.6, 0.8, 1.0):
            figures[f"{name}, weight {weight}"] = right(chosen, replace(RECOGNIZER.bands, weight=weight))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    collect = commands.add_parser("collect")
    collect.add_argument("--labels", type=Path, nargs="+", required=True)
    collect.add_argument("--weights", type=Path)
    collect.add_argument("--out", type=Path, required=True)
    commands.add_parser("judge").add_argument("cases", type=Path)
    given = parser.parse_args()
    if given.command == "judge":
        figures = judge(json.loads(given.cases.read_text(encoding="utf-8")))
        print(json.dumps(figures, indent=2))
        (Path(__file__).parent / "result.json").write_text(json.dumps(figures, indent=2) + "\n")
        return
    cv2.setNumThreads(1)
    cascade = Cascade(given.weights)
    card = cascade.recognizer.card
    cascade.recognizer = cascade.recognizer.with_card(replace(card, bands=replace(card.bands, spans=())))
    found = [case for labels in given.labels for case in cases(cascade, labels)]
    given.out.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    print(len(found), "plates;", asdict(card.bands))


if __name__ == "__main__":
    main()
