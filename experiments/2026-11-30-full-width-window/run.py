"""The article's network as wide as the article has it, beside the quarter of it that ships.

    python experiments/2026-11-30-full-width-window/run.py --backgrounds photos/ --out runs/full --minutes 300

It sees what the narrow one saw, in the same order (`numberplate reproduce window`), and goes on where it was
stopped. At the end result.json, curves.csv and curves.png are written here.
"""

import argparse
import csv
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NARROW = FOLDER.parents[1] / "checkpoints" / "window" / "curves.csv"
FIGURES = ("fixed_presence", "fixed_all_right", "fixed_characters")


def train(out: Path, backgrounds: Path, minutes: float) -> None:
    options = ["--width", "1", "--precision", "bfloat16", "--steps", "66000", "--batch", "32"]
    options += ["--rate", "0.001", "--decay", "0.4", "--backgrounds", str(backgrounds)]
    run = subprocess.Popen(
        [sys.executable, "-m", "numberplate", "train", "window", "--resume", str(out), *options]
    )
    try:
        run.wait(60 * minutes)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGINT)  # which keeps everything
        run.wait()


def curve(path: Path) -> list[dict[str, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backgrounds", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=300)
    arguments = parser.parse_args()
    if arguments.minutes:
        train(arguments.out, arguments.backgrounds, arguments.minutes)
    shutil.copyfile(arguments.out / "curves.csv", FOLDER / "curves.csv")
    state = json.loads((arguments.out / "state.json").read_text(encoding="utf-8"))
    narrow, full = curve(NARROW), curve(FOLDER / "curves.csv")
    seen = {row["samples"] for row in full}
    of_narrow = [row for row in narrow if row["samples"] in seen]
    result = {
        "pictures": state["samples"],
        "seconds": round(state["seconds"]),
        "narrow": [{name: row[name] for name in ("samples", *FIGURES)} for row in of_narrow],
        "full": [{name: row[name] for name in ("samples", *FIGURES)} for row in full],
    }
    (FOLDER / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, rows in (("a quarter of the width", narrow), ("the article's width", full)):
        within = [row for row in rows if row["samples"] <= 8 * max(seen)]
        x = [row["samples"] / 1000 for row in within]
        for style, figure_of, what in (("-", FIGURES[1], "all right"), ("--", FIGURES[2], "characters")):
            y = [100 * row[figure_of] for row in within]
            axes.plot(x, y, style, marker="o", label=f"{name}: {what}")
    axes.set(xlabel="thousand pictures seen", ylabel="% of 2,048 fixed windows", ylim=(0, 100))
    axes.legend()
    figure.savefig(FOLDER / "curves.png", dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main()
