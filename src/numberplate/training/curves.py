"""The figures of a run as it goes: a CSV file, and a picture of its curves."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from numberplate.pictures.encode import write_picture
from numberplate.replacing import replacing
from numberplate.training.recipe import RecipeError

CURVES, PICTURE = "curves.csv", "curves.png"

_SIZE, _MARGIN = (760, 300), (64, 28)
"""Of one panel, width and height, and what is left of it at its left and its other sides, in pixels."""

_COLOURS = (
    (31, 119, 180),
    (255, 127, 14),
    (44, 160, 44),
    (214, 39, 40),
    (148, 103, 189),
    (140, 86, 75),
    (227, 119, 194),
    (127, 127, 127),
    (188, 189, 34),
    (23, 190, 207),
)


def read_curves(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's figures, by name; NaN where a figure was not measured then, or was not finite.

    Raises RecipeError for a file that is none of figures, as spreadsheets may leave it.
    """
    path = folder / CURVES
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            found = [
                {name: _finite(float(value or "nan")) for name, value in row.items() if name} for row in rows
            ]
    except (ValueError, csv.Error) as error:
        raise RecipeError(f"{path}: not a run's figures: {error}") from error
    if any("step" not in row for row in found):
        raise RecipeError(f"{path}: not a run's figures: no column step")
    return found


def add_row(folder: Path, row: Mapping[str, float]) -> None:
    """Adds figures to a run's, in columns of their own where earlier rows lack them, and draws all.

    Rows of this step or later ones are of a run that was killed, which goes on from an earlier checkpoint.
    """
    earlier = [one for one in read_curves(folder) if one["step"] < row["step"]]
    rows = [*earlier, {name: _finite(float(value)) for name, value in row.items()}]
    names = list(dict.fromkeys(name for one in (row, *rows) for name in one))
    with replacing(folder / CURVES) as fresh, fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for one in rows:
            writer.writerow([_written(one.get(name, math.nan)) for name in names])
    write_picture(folder / PICTURE, draw_curves(rows))


def _finite(value: float) -> float:
    """The loss of a run that has gone astray may be infinite: of it there is nothing to draw."""
    return value if math.isfinite(value) else math.nan


def _written(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else str(value)


def draw_curves(rows: Sequence[Mapping[str, float]]) -> np.ndarray:
    """The curves over the steps, uint8 (height, width, 3) RGB: the loss, the shares of 0..1, and the rest."""
    steps = [row["step"] for row in rows]
    names = [
        name for name in dict.fromkeys(n for row in rows for n in row) if name not in ("step", "samples")
    ]
    columns = {name: [row.get(name, math.nan) for row in rows] for name in names}
    shares = [name for name in names if name != "loss" and _is_share(columns[name])]
    rest = [name for name in names if name not in shares and name != "loss"]
    panels = [group for group in (["loss"] if "loss" in names else [], shares, rest) if group]
    return np.vstack([_panel(steps, {name: columns[name] for name in group}) for group in panels])


def _is_share(values: Sequence[float]) -> bool:
    known = [value for value in values if not math.isnan(value)]
    return bool(known) and all(0 <= value <= 1 for value in known)


def _panel(steps: Sequence[float], curves: Mapping[str, Sequence[float]]) -> np.ndarray:
    width, height = _SIZE
    left, other = _MARGIN
    panel = np.full((height, width, 3), 255, np.uint8)
    known = [value for values in curves.values() for value in values if not math.isnan(value)] or [0.0]
    low, high = min(known), max(known)
    high = high if high > low else low + 1
    last = max(max(steps), min(steps) + 1)
    right = width - 190

    def place(step: float, value: float) -> tuple[int, int]:
        x = left + (step - min(steps)) / (last - min(steps)) * (right - left)
        return round(x), round(height - other - (value - low) / (high - low) * (height - 2 * other))

    for value in np.linspace(low, high, 5).tolist():
        y = place(steps[0], value)[1]
        cv2.line(panel, (left, y), (right, y), (225, 225, 225), 1)
        _write(panel, f"{value:.3g}", (4, y + 4), (90, 90, 90))
    _write(panel, f"step {min(steps):.0f}", (left, height - 8), (90, 90, 90))
    _write(panel, f"{max(steps):.0f}", (right - 40, height - 8), (90, 90, 90))
    for i, (name, values) in enumerate(curves.items()):
        colour = _COLOURS[i % len(_COLOURS)]
        points = [place(s, v) for s, v in zip(steps, values, strict=True) if not math.isnan(v)]
        if points:
            cv2.polylines(panel, [np.array(points, np.int32)], False, colour, 2, cv2.LINE_AA)
            cv2.circle(panel, points[-1], 3, colour, -1, cv2.LINE_AA)
        latest = next((v for v in reversed(values) if not math.isnan(v)), math.nan)
        if i < (height - 2 * other) // 16:
            _write(panel, f"{name} {latest:.3g}", (right + 8, other + 6 + 16 * i), colour)
    return panel


def _write(panel: np.ndarray, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(panel, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)
