"""How the time of reading a picture grows with its pixels, and with the plates in it.

    python benchmarks/growth.py --picture samples/de.jpg --rounds 5

The first rows have one picture at growing sizes, the last ones a canvas of 1920×1080 with 1, 4, 16 and 64
small copies of it. Times are medians of processor time on one thread, in milliseconds, from a JPEG's bytes to
its plates.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np

from numberplate import PlateReader

WIDTHS = (320, 640, 1280, 1920, 2560, 4000, 6000)
PLATES = (1, 4, 16, 64)
CANVAS = (1920, 1080)


def median_of(reader: PlateReader, picture: np.ndarray, rounds: int) -> tuple[float, int]:
    """Milliseconds that reading takes, and the plates found."""
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    found = len(reader.read(data))
    times = []
    for _ in range(rounds):
        start = time.process_time()
        reader.read(data)
        times.append(1000 * (time.process_time() - start))
    return float(np.median(times)), found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--picture", type=Path, default=Path(__file__).parent.parent / "samples" / "de.jpg")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    given = parser.parse_args()
    picture = cv2.imread(str(given.picture))
    if picture is None:
        parser.error(f"{given.picture}: no picture there")
    cv2.setNumThreads(1)
    reader = PlateReader()
    rows = []
    for width in WIDTHS:
        height = round(picture.shape[0] * width / picture.shape[1])
        way = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_CUBIC
        milliseconds, found = median_of(
            reader, cv2.resize(picture, (width, height), interpolation=way), given.rounds
        )
        rows.append({"size": f"{width}×{height}", "milliseconds": milliseconds, "found": found})
    for count in PLATES:
        across = round(count**0.5)
        width, height = CANVAS[0] // across, CANVAS[1] // across
        scale = min(width / picture.shape[1], height / picture.shape[0])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        canvas = np.full((CANVAS[1], CANVAS[0], 3), 127, np.uint8)
        for place in range(count):
            row, column = divmod(place, across)
            y, x = row * height, column * width
            canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
        milliseconds, found = median_of(reader, canvas, given.rounds)
        rows.append({"plates": count, "milliseconds": milliseconds, "found": found})
    if given.format == "json":
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        what = row.get("size") or f"{row['plates']} in 1920×1080"
        print(f"{what:<18}{row['milliseconds']:>9.1f} ms{row['found']:>5} read")


if __name__ == "__main__":
    main()
