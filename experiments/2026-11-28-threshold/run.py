"""99 % against 50 %: false plates a picture, and plates missed, over the threshold of presence.

python experiments/2026-11-28-threshold/run.py
"""

import json
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from numberplate.models.probability import logit
from numberplate.reading.windows import Windows, group_matches, level_picture, pyramid
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.window import window_sample

FOLDER = Path(__file__).parent
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
PICTURES, WINDOWS, SEED = 24, 300, 42


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    ingredients = Ingredients(*letterings_and_backgrounds((), None, held_out=True))
    windows = Windows(threshold=THRESHOLDS[0])
    matches = []
    for index in range(PICTURES):
        picture = cv2.resize(ingredients.backgrounds.picture(index), (320, 240), interpolation=cv2.INTER_AREA)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        found = []
        for number, level in enumerate(pyramid(320, 240, windows.card)):
            outputs = windows.outputs(level_picture(grey, level))
            scale = np.array([320 / level.width, 240 / level.height])
            found += list(windows._matches(number, outputs, scale))
        matches.append(found)
    shown = []
    for index in range(10 * WINDOWS):
        window = window_sample(ingredients, SEED, index)
        if window.state == "present" and len(shown) < WINDOWS:
            shown.append(windows._network(window.picture[None, :, :, None].astype(np.float32))[0, 0, 0, 0])
    presence = np.array(shown) / windows.card.temperature
    rows = []
    for threshold in THRESHOLDS:
        least = float(logit(threshold))
        groups = [group_matches([m for m in found if m.logit >= least], windows.overlap) for found in matches]
        rows.append(
            {
                "threshold": threshold,
                "false plates a picture": round(sum(map(len, groups)) / PICTURES, 3),
                "windows with a plate missed": round(float((presence < least).mean()), 3),
            }
        )
    result = {"pictures": PICTURES, "windows": len(presence), "curve": rows}
    (FOLDER / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    figure, axes = pyplot.subplots(figsize=(6, 3.4))
    at = [-np.log10(1 - row["threshold"]) for row in rows]
    axes.plot(
        at,
        [row["false plates a picture"] for row in rows],
        "o-",
        color="tab:red",
        label="false plates a picture",
    )
    axes.plot(
        at,
        [row["windows with a plate missed"] for row in rows],
        "s-",
        label="share of windows with a plate missed",
    )
    axes.set_xticks(at, [f"{100 * row['threshold']:g} %" for row in rows], rotation=45)
    axes.set_xlabel("least presence")
    axes.legend()
    figure.tight_layout()
    figure.savefig(FOLDER / "threshold.png", dpi=110)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
