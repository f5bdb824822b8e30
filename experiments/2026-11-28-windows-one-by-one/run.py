"""Windows one by one against the whole picture at once, in time, with the shipped window network.

python experiments/2026-11-28-windows-one-by-one/run.py
"""

import json
import time
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from numberplate.reading.windows import Windows, framed_level, level_picture, pyramid, window_counts
from numberplate.synthesis.world.street import street

FOLDER = Path(__file__).parent
SIZES = ((160, 120), (240, 180), (320, 240))


def measured(windows: Windows, width: int, height: int) -> dict[str, float]:
    picture = cv2.resize(street(np.random.default_rng(1), 240, 320)[0], (width, height))
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    card, count, difference = windows.card, 0, 0.0
    times = {"at once": 0.0, "one by one": 0.0}
    for level in pyramid(width, height, card):
        scaled = level_picture(grey, level)
        started = time.perf_counter()
        whole = windows.outputs(scaled)
        times["at once"] += time.perf_counter() - started
        framed = framed_level(scaled, card)
        rows, columns = window_counts(level, card)
        started = time.perf_counter()
        for row in range(rows):
            for column in range(columns):
                y, x = row * card.stride, column * card.stride
                part = framed[y : y + card.height + 2 * card.margin_y, x : x + card.width + 2 * card.margin_x]
                alone = windows._network(part[None, :, :, None].astype(np.float32))[0] / card.temperature
                difference = max(difference, float(np.abs(alone[0, 0] - whole[row, column]).max()))
        times["one by one"] += time.perf_counter() - started
        count += rows * columns
    seconds = {name: round(value, 3) for name, value in times.items()}
    return {"windows": count, **seconds, "greatest difference": round(difference, 5)}


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    windows = Windows()
    windows.outputs(np.zeros((64, 128), np.uint8))  # the first run sets up memory
    result = {f"{width}×{height}": measured(windows, width, height) for width, height in SIZES}
    (FOLDER / "result.json").write_text(
        json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    figure, axes = pyplot.subplots(figsize=(6, 3))
    places = np.arange(len(result))
    for i, name in enumerate(("one by one", "at once")):
        axes.bar(places + (i - 0.5) * 0.35, [row[name] for row in result.values()], 0.35, label=name)
    axes.set_xticks(places, list(result))
    axes.set(ylabel="seconds a picture", yscale="log")
    axes.legend()
    figure.tight_layout()
    figure.savefig(FOLDER / "time.png", dpi=110)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
