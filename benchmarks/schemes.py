"""The article's sliding windows against the cascade: the same pictures, in one run.

    python benchmarks/schemes.py                              the pictures in samples/
    python benchmarks/schemes.py photos/uk --labels photos/labels.csv
    python benchmarks/schemes.py --rounds 5 --json > schemes.json

Printed are:

- accuracy: for each labelled plate of the folder's pictures, whether each scheme read exactly its text, or
  what it read instead, the most confident first. British plates of the current format, such as AB12CDE, are
  counted apart: the windows' network learnt no others.
- time: the median of each scheme over the pictures as they are, in milliseconds, from the file's bytes to the
  plates.
- growth: the median of each scheme for one picture, the first, cut to the shape and resized to each of the
  SIZES, and windows / cascade. At 1280×720 that ratio is to be at least GOAL.

Each scheme has one thread, and so has OpenCV. Both read each picture once unmeasured, then take turns, so
that other work on the machine lengthens the times of both; the cascade, whose times are short, reads a
picture TURN times in each of its turns.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from numberplate.evaluation.labels import LabelsError, read_labels
from numberplate.pictures.files import find_pictures
from numberplate.reading import PictureError, PlateReader, WeightsError, read_picture
from reading import SAMPLES, encode, fit

SCHEMES = ("cascade", "windows")
SIZES = ((320, 240), (640, 480), (960, 540), (1280, 720), (1920, 1080))
"""Width and height in pixels."""

GOAL = 50
"""Times as long as the cascade that the windows are to take at 1280×720."""

TURN = 5

CURRENT = re.compile("[A-Z]{2}[0-9]{2}[A-Z]{3}")
"""The British format since 2001."""


def find_labels(folder: Path, labels: Path | None) -> dict[str, list[str]]:
    """The texts labelled in each picture, by its real path. Raises LabelsError.

    `labels`: None for labels.csv in the folder or, when there is none, in the one above.
    """
    if labels is None:
        labels = folder / "labels.csv"
        if not labels.exists() and (folder.parent / "labels.csv").exists():
            labels = folder.parent / "labels.csv"
    return {
        os.path.realpath(labels.parent / picture.image): [truth.text for truth in picture.truths]
        for picture in read_labels(labels)
    }


def accuracy(
    readers: dict[str, PlateReader], pictures: list[str], labels: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """One row for each labelled plate of the pictures: its text, and what each scheme read in the picture."""
    rows = []
    for picture in pictures:
        texts = labels.get(os.path.realpath(picture), [])
        read = {name: reader.report(picture) for name, reader in readers.items()} if texts else {}
        for text in texts:
            row: dict[str, Any] = {"picture": picture, "text": text, "current": bool(CURRENT.fullmatch(text))}
            for name, report in read.items():
                found = [plate.text for plate in report.plates]
                row[name] = {"exact": text in found, "read": found, "error": report.error}
            rows.append(row)
    return rows


def medians(readers: dict[str, PlateReader], pictures: list[bytes], rounds: int) -> dict[str, float]:
    """Median milliseconds of each scheme over the pictures and rounds."""
    times: dict[str, list[float]] = {name: [] for name in readers}
    for data in pictures:
        for i in range(rounds + 1):
            for name, reader in readers.items():
                turn = TURN if name == "cascade" else 1
                spent = [reader.report(data).milliseconds for _ in range(turn)]
                if i:  # the first is the warm-up
                    times[name] += spent
    return {name: float(np.median(spent)) for name, spent in times.items()}


def counts(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Of the plates of each kind: how many there are, and how many each scheme read exactly."""
    kinds = {
        "AB12CDE": [row for row in rows if row["current"]],
        "other formats": [row for row in rows if not row["current"]],
    }
    return {
        kind: {"plates": len(of)} | {name: sum(row[name]["exact"] for row in of) for name in SCHEMES}
        for kind, of in kinds.items()
    }


def say(read: dict[str, Any], width: int = 24) -> str:
    """What a scheme read of a picture, in so many characters."""
    what = "exact" if read["exact"] else read["error"] or " ".join(read["read"]) or "–"
    return f"{what if len(what) <= width else what[: width - 1] + '…':<{width}}"


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="pictures to read (default: samples/)")
    parser.add_argument("--labels", type=Path, help="their labels (default: labels.csv there or above)")
    parser.add_argument("--rounds", type=int, default=3, help="readings that are measured (default: 3)")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")

    folder, note = arguments.folder or SAMPLES, ""
    if arguments.folder and not arguments.folder.is_dir():
        folder, note = SAMPLES, f"{arguments.folder} is not there: samples/ instead, synthesized pictures\n"
    labelled = arguments.labels if folder == arguments.folder else None
    cv2.setNumThreads(1)
    try:
        labels = find_labels(folder, labelled)
        readers = {name: PlateReader(arguments.weights, scheme=name) for name in SCHEMES}
        pictures = [found.source for found in find_pictures([str(folder)]) if found.error is None]
        if not pictures:
            parser.error(f"{folder}: no picture there")
        first = read_picture(pictures[0])
    except (LabelsError, PictureError, WeightsError) as error:
        parser.error(str(error))

    rows = accuracy(readers, pictures, labels)
    time = medians(readers, [Path(picture).read_bytes() for picture in pictures], arguments.rounds)
    growth = []
    for width, height in SIZES:
        spent = medians(readers, [encode(fit(first, width, height))], arguments.rounds)
        ratio = spent["windows"] / spent["cascade"]
        growth.append({"width": width, "height": height, **spent, "ratio": ratio})

    if arguments.json:
        result = {
            "folder": str(folder),
            "note": note.strip(),
            "rounds": arguments.rounds,
            "accuracy": rows,
            "exact": counts(rows),
            "median_ms": time,
            "growth": growth,
        }
        print(json.dumps(result, indent=2))
        return
    print(f"{note}{len(pictures)} pictures: {folder}; {arguments.rounds} rounds, 1 thread\n")
    across = max((len(Path(row["picture"]).name) for row in rows), default=7)
    print(f"{'picture':<{across}}  {'text':<10}  {'cascade':<24}  windows")
    for row in sorted(rows, key=lambda row: not row["current"]):
        read = "  ".join(say(row[name]) for name in SCHEMES)
        print(f"{Path(row['picture']).name:<{across}}  {row['text']:<10}  {read}".rstrip())
    for kind, count in counts(rows).items():
        exact = ", ".join(f"{name} {count[name]} of {count['plates']}" for name in SCHEMES)
        print(f"exact, {kind}: {exact}")
    print(f"\nmedian of these pictures: cascade {time['cascade']:.0f} ms, windows {time['windows']:.0f} ms")
    print(f"\n{'size':<10}{'megapixels':>11}{'cascade ms':>12}{'windows ms':>12}{'ratio':>8}")
    for row in growth:
        size, megapixels = f"{row['width']}×{row['height']}", row["width"] * row["height"] / 1e6
        print(
            f"{size:<10}{megapixels:>11.2f}{row['cascade']:>12.1f}{row['windows']:>12.0f}{row['ratio']:>8.0f}"
        )
    print(f"goal at 1280×720: a ratio of at least {GOAL}")


if __name__ == "__main__":
    main()
