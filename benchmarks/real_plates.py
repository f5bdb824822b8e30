"""Reads every group of real pictures and prints what is read and found in each, as a table and as JSON.

    python benchmarks/real_plates.py ../shared/real-plates --out before.json

The folder holds `photos/` and `more/`, each with a labels.csv (image, x, y, width, height, text[, lines]); a
text is as printed on the plate, and empty where only the box is known. A plate without a box counts as read
where any plate of its picture has its text. Nothing is learnt from these pictures.
"""

import argparse
import csv
import json
import sys
import time
import unicodedata
from collections import defaultdict
from pathlib import Path

import numpy as np

from numberplate import PlateReader

LEAST_WIDTH = 30
"""Pixels that a plate known by its box alone is wide at least to be counted."""

CROPS = "crops-"
"""Beginning of the names of groups whose pictures are plates and nothing else."""


def printed(text: str) -> str:
    """Letters and digits alone, upper case; digits of any script stay as they are."""
    return "".join(c for c in unicodedata.normalize("NFC", text.upper()) if c.isalnum())


def folded(text: str) -> str:
    return text.replace("O", "0").replace("I", "1")


def overlap(box: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    width = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    height = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (box[2] * box[3] + other[2] * other[3] - shared)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="JSON file for the figures and every reading")
    parser.add_argument("--weights", type=Path, help="folder of weights; the package's own otherwise")
    parser.add_argument("--groups", default="", help="groups to read, with commas between; all otherwise")
    parser.add_argument("--whole", action="store_true", help="read ready crops as any picture, not as crops")
    given = parser.parse_args()
    reader = PlateReader(weights=given.weights)
    wanted = set(filter(None, given.groups.split(",")))
    rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for part in ("photos", "more"):
        with (given.folder / part / "labels.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                rows[part, row["image"]].append(row)
    groups: dict[str, list[dict[str, object]]] = defaultdict(list)
    for (part, image), truths in rows.items():
        group = image.split("/")[0]
        if wanted and group not in wanted:
            continue
        start = time.perf_counter()
        path = given.folder / part / image
        as_crop = group.startswith(CROPS) and not given.whole and hasattr(reader, "read_crop")
        plates = [reader.read_crop(path)] if as_crop else reader.read(path)
        plates = [plate for plate in plates if plate is not None]
        milliseconds = 1000 * (time.perf_counter() - start)
        for truth in truths:
            box = tuple(float(truth[k]) for k in ("x", "y", "width", "height")) if truth["x"] else None
            if not truth["text"] and (box is None or box[2] < LEAST_WIDTH):
                continue
            near = [p for p in plates if box is None or overlap(box, p.box) >= 0.5]
            text = printed(truth["text"])
            strict = any(printed(p.text) == text for p in near)
            groups[group].append(
                {
                    "image": image,
                    "lines": truth.get("lines", ""),
                    "truth": text,
                    "read": [p.text for p in near] or [p.text for p in plates],
                    "confidence": [round(p.confidence, 3) for p in near],
                    "found": bool(near),
                    "strict": strict,
                    "exact": any(folded(printed(p.text)) == folded(text) for p in near),
                    "false": len(plates) - len(near),
                    "milliseconds": round(milliseconds, 1),
                }
            )
    print(f"{'group':<20}{'n':>5}{'found':>8}{'exact':>8}{'strict':>8}{'false':>7}{'ms':>7}")
    figures = {}
    for group, results in sorted(groups.items()):
        parts = {group: results}
        if any(r["lines"] == "2" for r in results) and any(r["lines"] != "2" for r in results):
            parts = {
                f"{group}, {n}": [r for r in results if (r["lines"] == "2") == (n == "two")]
                for n in ("one", "two")
            }
        for name, some in parts.items():
            share = {
                k: 100 * float(np.mean([bool(r[k]) for r in some])) for k in ("found", "exact", "strict")
            }
            false = float(np.mean([r["false"] for r in some]))
            slow = float(np.median([r["milliseconds"] for r in some]))
            figures[name] = {
                "n": len(some),
                **{k: round(v, 1) for k, v in share.items()},
                "false": round(false, 3),
            }
            print(
                f"{name:<20}{len(some):>5}{share['found']:>8.1f}{share['exact']:>8.1f}{share['strict']:>8.1f}"
                f"{false:>7.2f}{slow:>7.1f}"
            )
    if given.out:
        given.out.write_text(
            json.dumps({"figures": figures, "results": groups}, indent=1, ensure_ascii=False)
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
