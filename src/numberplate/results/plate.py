"""What reading gives back: a plate, its characters, and what else it might say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture, as_corners, flat_crop
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import latin

SIDES = ("left", "top", "right", "bottom")
"""Of a plate, as it is read."""


def _check_confidence(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:  # NaN fails too
        raise ValueError(f"{name}: expected a probability in 0..1, got {value}")


def _probability(value: float) -> float:
    return round(float(value), 4)


def _pixels(value: float) -> float:
    return round(float(value), 2)


@dataclass(frozen=True)
class Candidate:
    """One text that a plate may say. `confidence`: the probability of the whole text, 0..1."""

    text: str
    confidence: float

    def __post_init__(self) -> None:
        _check_confidence("Candidate.confidence", self.confidence)

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output; confidences have four decimals."""
        return {"text": self.text, "confidence": _probability(self.confidence)}


@dataclass(frozen=True)
class Character:
    """One character of a plate's text. `confidence`: its probability, given the others, 0..1."""

    text: str
    confidence: float

    def __post_init__(self) -> None:
        if len(self.text) != 1:
            raise ValueError(f"Character.text: expected one character, got {self.text!r}")
        _check_confidence("Character.confidence", self.confidence)

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output; confidences have four decimals."""
        return {"text": self.text, "confidence": _probability(self.confidence)}


@dataclass(frozen=True)
class Region:
    """A region that a plate may be of.

    Attributes:
        code: ISO 3166, lower case, with a state's after a hyphen where its plates are its own (`us-tx`).
        confidence: the probability of the region, given the plate's text, 0..1.
    """

    code: str
    confidence: float

    def __post_init__(self) -> None:
        _check_confidence("Region.confidence", self.confidence)

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON output; confidences have four decimals."""
        return {"code": self.code, "confidence": _probability(self.confidence)}


def likely_region(regions: Sequence[Region]) -> Region | None:
    """The region to name: the one that is more likely than not, None where none is.

    Where no single state is, but those of one country are together, that country is: its code with the sum.
    """
    countries: dict[str, float] = {}
    for region in regions:
        if region.confidence > 0.5:
            return region
        country = region.code.partition("-")[0]
        countries[country] = countries.get(country, 0.0) + region.confidence
    likely = [Region(code, min(1.0, sum_)) for code, sum_ in countries.items() if sum_ > 0.5]
    return likely[0] if likely else None


@dataclass(frozen=True, eq=False)
class Plate:
    """One plate as read.

    Attributes:
        text: upper case, without spaces or hyphens, in the characters of its script and in reading order; `?`
            stands for a character that no script's alphabet has.
        confidence: the probability of the whole text, 0..1.
        detection_confidence: the probability that there is a plate at all, 0..1.
        corners: float32 (4, 2), (x, y) in pixels of the picture as given, in reading order: top left, top
            right, bottom right, bottom left as the plate is read. Read-only. May lie outside of the picture.
        characters: one for each character of `text`, in order.
        candidates: the likeliest texts, best first; the first is `text`.
        regions: the likeliest, best first. What they lack of a sum of 1 is the probability of any other,
            known or not.
        script: code of the alphabet that the text is of, such as `latin` or `han`.
        cut: the plate's sides, of SIDES, that the picture's edge cuts off; `confidence` is less by as much as
            that is probable.
        rows: the texts of the plate's rows from the top, each in reading order; one, `text`, where there is
            one row. Of a plate that says the same in two scripts both, of which one is `text`.

    Raises ValueError, on construction, when a field's shape or range is another.
    """

    text: str
    confidence: float
    detection_confidence: float
    corners: npt.NDArray[np.float32]
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]
    regions: tuple[Region, ...] = ()
    script: str = LATIN
    cut: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows) or (self.text,))
        if not {*self.cut} <= {*SIDES}:
            raise ValueError(f"Plate.cut: expected some of {SIDES}, got {self.cut}")
        _check_confidence("Plate.confidence", self.confidence)
        _check_confidence("Plate.detection_confidence", self.detection_confidence)
        corners = as_corners(self.corners).copy()
        corners.flags.writeable = False
        object.__setattr__(self, "corners", corners)
        characters = "".join(c.text for c in self.characters)
        if characters != self.text:
            raise ValueError(f"Plate.characters: expected those of {self.text!r}, got {characters!r}")
        if self.candidates and self.candidates[0].text != self.text:
            raise ValueError(
                f"Plate.candidates: expected {self.text!r} first, got {self.candidates[0].text!r}"
            )
        whole = sum(r.confidence for r in self.regions)
        if whole > 1 + 1e-6:
            raise ValueError(f"Plate.regions: expected a sum of 1 at most, got {whole}")

    @property
    def latin(self) -> str:
        """The text in digits and Latin letters, as people search for it: `AHA12345` for `皖A12345`."""
        return latin(self.text)

    @property
    def region(self) -> Region | None:
        """The region to name, which is more likely than not; None where none is. See `likely_region`."""
        return likely_region(self.regions)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The upright box around the corners, (x, y, width, height), in pixels."""
        (x0, y0), (x1, y1) = self.corners.min(0).tolist(), self.corners.max(0).tolist()
        return x0, y0, x1 - x0, y1 - y0

    def crop(self, picture: Picture) -> Picture:
        """The plate cut out of its picture, flat, to look at: 120 to 480 pixels wide, with a margin.

        `picture`: the one that it was read in, uint8 (height, width, 3) or (height, width), grey; the crop
        has its channels, in its order. Raises ValueError for an array of another kind.
        """
        return flat_crop(picture, self.corners)

    def to_dict(self) -> dict[str, Any]:
        """The plate as in the JSON output: confidences with four decimals, pixels with two."""
        return {
            "text": self.text,
            "confidence": _probability(self.confidence),
            "detection_confidence": _probability(self.detection_confidence),
            "corners": [[_pixels(x), _pixels(y)] for x, y in self.corners],
            "box": [_pixels(v) for v in self.box],
            "characters": [c.to_dict() for c in self.characters],
            "candidates": [c.to_dict() for c in self.candidates],
            "region": self.region.to_dict() if self.region else None,
            "regions": [r.to_dict() for r in self.regions],
            "script": self.script,
            "latin": self.latin,
            "cut": list(self.cut),
            "rows": list(self.rows),
        }
