"""Characters of other scripts drawn from strokes, as plates have them: high, narrow, of even strokes.

A font's glyph, squeezed to half its width, has thin uprights and thick bars, and few fonts have any other
build. What `han.yaml` holds are centre lines; a pen of any thickness follows them in a box of any shape.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import cv2
import numpy as np
import yaml

from numberplate.synthesis.type.native import FittedGlyphs
from numberplate.synthesis.type.pen import Pen, Points, Terminal
from numberplate.synthesis.type.strokes import CAP_HEIGHT

STYLES = 48
"""Styles that a script is drawn in."""

_FINER = 2
"""Glyphs are drawn this many times larger, and averaged down."""

_ASPECT, _STROKE = 0.5, 0.085
"""Width of a character and thickness of its strokes, of its height, where a design does not say."""

_DENSEST = 0.48
"""Share of its box that a character's strokes cover at most: what has many strokes has thinner ones."""


@dataclass(frozen=True)
class _Style:
    """`bend`: powers that places across and down are raised to; `astray`: standard deviation of a point's
    place; `weight`, `contrast`: thickness of strokes, and of level ones over upright ones; `narrow`: what the
    width is multiplied by; `terminal`: how strokes end."""

    bend: tuple[float, float]
    astray: float
    weight: float
    contrast: float
    narrow: float
    terminal: Terminal


def _style(number: int) -> _Style:
    if number == 0:
        return _Style((1.0, 1.0), 0.0, 1.0, 1.0, 1.0, "butt")
    rng = np.random.default_rng([20161122, number, 4])
    across, down = np.exp(rng.normal(0, 0.1, 2))
    terminal: Terminal = "round" if rng.random() < 0.4 else "butt"
    return _Style(
        (float(across), float(down)),
        float(rng.uniform(0.0, 0.022)),
        float(rng.uniform(0.62, 1.15)),
        float(rng.uniform(0.75, 1.1)),
        float(rng.uniform(0.85, 1.1)),
        terminal,
    )


@lru_cache(maxsize=64)
def is_drawn(script: str) -> bool:
    """Whether a script's own characters can be drawn from strokes."""
    return resources.files(__package__).joinpath(f"{script}.yaml").is_file()


@lru_cache(maxsize=8)
def centre_lines(script: str) -> dict[str, tuple[Points, ...]]:
    """The strokes of each character: float64 (n, 2), across and down, from 0 to 1 of the character's box."""
    text = resources.files(__package__).joinpath(f"{script}.yaml").read_text("utf-8")
    return {
        character: tuple(
            np.array([point.split(",") for point in stroke.split()], np.float64) / 100
            for stroke in strokes.split(";")
        )
        for character, strokes in yaml.safe_load(text).items()
    }


class DrawnFace:
    """A script's own characters in one of STYLES, to be fitted to boxes."""

    def __init__(self, script: str, style: int) -> None:
        self.script, self.style = script, style
        self._fitted: dict[tuple[float | None, float | None], DrawnLettering] = {}

    def fitted(self, aspect: float | None, stroke: float | None) -> "DrawnLettering":
        """The glyphs for boxes of a width over height of `aspect`; `stroke`: thickness, of the height."""
        key = (aspect, stroke)
        if key not in self._fitted:
            self._fitted[key] = DrawnLettering(self, aspect or _ASPECT, stroke or _STROKE)
        return self._fitted[key]


class DrawnLettering(FittedGlyphs):
    """The glyphs of a face, fitted; made by `DrawnFace.fitted`.

    `glyph` raises KeyError for a character that has no strokes.
    """

    def __init__(self, face: DrawnFace, aspect: float, stroke: float) -> None:
        super().__init__()
        self.name = f"drawn-{face.script}"
        self._face, self._style = face, _style(face.style)
        self._aspect, self._stroke = aspect * self._style.narrow, stroke * self._style.weight

    def _make(self, character: str) -> np.ndarray:
        style = self._style
        strokes = centre_lines(self._face.script)[character]
        rng = np.random.default_rng([ord(character), self._face.style])
        box = np.array([self._aspect, 1.0])
        paths = [
            np.clip(path ** np.array(style.bend) + rng.normal(0, style.astray, path.shape), 0, 1)
            for path in strokes
        ]
        length = sum(float(np.hypot(*(np.diff(path, axis=0) * box).T).sum()) for path in paths)
        stem = min(self._stroke, _DENSEST * self._aspect / length)
        bar = stem * style.contrast
        pen = Pen(self._aspect, stem, bar, style.terminal, _FINER * CAP_HEIGHT)
        inner, edge = box - (stem, bar), np.array([stem, bar]) / 2
        for path, own in zip(paths, strokes, strict=True):
            closed = bool((own[0] == own[-1]).all())
            pen.stroke(edge + (path[:-1] if closed else path) * inner, "free", "free", closed=closed)
        return cv2.resize(pen.ink, None, fx=1 / _FINER, fy=1 / _FINER, interpolation=cv2.INTER_AREA)
