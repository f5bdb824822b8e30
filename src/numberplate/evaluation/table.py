"""The figures as text for a terminal and as numbers for a program."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from numberplate.evaluation.figures import Figures, PictureResult, figures, figures_by_group

OVERALL = "all"


def named_figures(results: Sequence[PictureResult]) -> dict[str, Figures]:
    """The figures of all pictures, under `all`, then of each group, unless all pictures are in none."""
    groups = figures_by_group(results)
    named = {OVERALL: figures(results)}
    for name, of_group in groups.items():
        if name or len(groups) > 1:
            # A folder may be called `all` as well; the slash tells it from the total.
            named[f"{name}/" if name == OVERALL else name or "./"] = of_group
    return named


def rows(named: Mapping[str, Figures]) -> list[tuple[str, list[str]]]:
    """The lines of the figures table: what is measured, and its value as text for each of `named`."""
    columns = list(named.values())
    return [
        ("pictures", [str(f.pictures) for f in columns]),
        ("unreadable pictures", [str(f.unreadable) for f in columns]),
        ("labelled plates", [str(f.plates) for f in columns]),
        ("… with a box", [str(f.plates_with_box) for f in columns]),
        ("… with a text", [str(f.plates_with_text) for f in columns]),
        ("detection recall", [percent(f.detection_recall) for f in columns]),
        ("detection precision", [percent(f.detection_precision) for f in columns]),
        ("false plates per picture", [number(f.false_plates_per_picture, 2) for f in columns]),
        ("exact match, strict", [percent(f.exact_strict) for f in columns]),
        ("exact match, O=0 and I=1", [percent(f.exact_folded) for f in columns]),
        ("character accuracy", [percent(f.character_accuracy) for f in columns]),
        ("calibration error", [number(f.calibration_error, 3) for f in columns]),
        ("milliseconds, median", [number(f.milliseconds_median, 1) for f in columns]),
        ("milliseconds, p90", [number(f.milliseconds_p90, 1) for f in columns]),
    ]


def table(named: Mapping[str, Figures]) -> str:
    """The figures as a table of plain text, one column for each of `named`."""
    lines = [("", list(named)), *rows(named)]
    first = max(len(name) for name, _ in lines)
    widths = [max(len(values[c]) for _, values in lines) for c in range(len(named))]
    return "\n".join(
        "  ".join([name.ljust(first), *(v.rjust(w) for v, w in zip(values, widths, strict=True))])
        for name, values in lines
    )


def as_json(named: Mapping[str, Figures], about: Mapping[str, Any]) -> dict[str, Any]:
    """The figures as JSON holds them: `about`, then `overall` and `groups` with the fields of `Figures`."""
    overall, *groups = named.items()
    return {
        **about,
        "overall": dataclasses.asdict(overall[1]),
        "groups": {name: dataclasses.asdict(of_group) for name, of_group in groups},
    }


def percent(share: float | None) -> str:
    """A share in 0..1 as text: `92.3%`, and a dash for None.

    >>> percent(0.9231)
    '92.3%'
    """
    return "–" if share is None else f"{100 * share:.1f}%"


def number(value: float | None, digits: int) -> str:
    """A number with so many digits after the point, and a dash for None.

    >>> number(0.126, 2)
    '0.13'
    """
    return "–" if value is None else f"{value:.{digits}f}"
