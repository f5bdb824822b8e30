"""√2 against 1.3: which plates no level of the pyramid shows at a size that the network was trained for.

python experiments/2026-11-28-zoom/run.py
"""

import json
import math
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np

from numberplate.models.initial import WINDOW
from numberplate.reading.windows import pyramid
from numberplate.synthesis.window import presence

FOLDER = Path(__file__).parent
ZOOMS = (1.1, 1.2, 1.3, 4 / 3, 1.35, math.sqrt(2), 1.5, 1.6)
PICTURE = (1280, 960)
ASPECT = 520 / 111
"""Of a British plate."""


def share_shown(zoom: float, widths: np.ndarray) -> np.ndarray:
    """Whether a plate of each width, in pixels of the picture, is the right size at some level."""
    levels = pyramid(*PICTURE, replace(WINDOW, zoom=zoom))
    shown = np.zeros(len(widths), bool)
    for level in levels:
        for i, width in enumerate(widths * level.width / PICTURE[0]):
            x, y = (WINDOW.width - width) / 2, (WINDOW.height - width / ASPECT) / 2
            corners = np.array(
                [(x, y), (x + width, y), (x + width, y + width / ASPECT), (x, y + width / ASPECT)]
            )
            shown[i] |= presence(corners) == "present"
    return shown


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    widths = np.geomspace(80, 600, 2000)
    shown = {zoom: share_shown(zoom, widths) for zoom in ZOOMS}
    result = {f"{zoom:.4f}": round(float(found.mean()), 4) for zoom, found in shown.items()}
    (FOLDER / "result.json").write_text(json.dumps({"shown": result}, indent=1) + "\n", encoding="utf-8")
    figure, axes = pyplot.subplots(figsize=(7, 2.6))
    for row, zoom in enumerate((1.3, math.sqrt(2))):
        axes.fill_between(widths, row, row + 0.8, where=shown[zoom], color="tab:green", step="mid", lw=0)
        axes.fill_between(widths, row, row + 0.8, where=~shown[zoom], color="tab:red", step="mid", lw=0)
    axes.set(xscale="log", xlabel="width of the plate in the picture, pixels", yticks=(0.4, 1.4))
    axes.set_yticklabels(("zoom 1.3", "zoom √2"))
    axes.set_title("red: at no level of a size that counts as a plate")
    figure.tight_layout()
    figure.savefig(FOLDER / "zoom.png", dpi=110)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
