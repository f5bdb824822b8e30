"""Designs: what the plates of a country or series look like, as data in millimetres."""

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.plates.pattern import Pattern, PatternError

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class DesignError(ValueError):
    """A design file that cannot be used; the message names the file, the key and the reason."""


def _pattern(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Pattern(value)
    except PatternError as error:
        raise ValueError(str(error)) from error


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Line(_Part):
    """One line of the plate's text, centred at `y` and, within what the bands leave, at the middle."""

    pattern: Annotated[Pattern, BeforeValidator(_pattern)]
    height: Positive
    """Of a capital letter."""
    width: Positive | None = None
    """Of a normal letter such as H; None keeps the typeface's own proportions."""
    gap: Positive = 10
    """Between neighbouring characters."""
    space: Positive = 25
    """What a space, dash, dot or emblem takes in all."""
    y: Positive
    """Of the middle of the line, from the plate's top edge."""


class Caption(_Part):
    """Small lettering that is no part of the text: a state's name, a slogan, a city, a dealer."""

    texts: tuple[str, ...]
    """One is drawn; empty draws random words."""
    height: Positive
    y: Positive
    x: Share = 0.5
    """Of its middle, as a share of the plate's width."""
    colours: tuple[Colour, ...]
    chance: Share = 1
    letters: Literal["plain", "script"] = "plain"


class Band(_Part):
    """A strip of another colour at one end, with the country's letters and its sign."""

    side: Literal["left", "right"]
    width: Positive
    colour: Colour
    letters: tuple[str, ...] = ()
    ink: Colour = "#ffffff"
    sign: Literal["none", "stars", "shield", "flag", "bars"] = "none"
    chance: Share = 1


class Sticker(_Part):
    """A sticker or seal of registration: a small filled shape."""

    shape: Literal["rectangle", "circle", "shield"]
    size: tuple[Positive, Positive]
    x: Share
    y: Share
    colours: tuple[Colour, ...]
    chance: Share = 1


class Variant(_Part):
    """One colouring of a design: front, rear, taxi, electric."""

    paper: Colour
    ink: Colour
    weight: Positive = 1


class Design(_Part):
    """What a series of plates looks like. Lengths are millimetres; (x, y) starts at the top left corner."""

    code: str
    """The region's code: ISO 3166, lower case, with a state's after a hyphen (`us-tx`)."""
    name: str
    source: str
    """Where the figures come from."""
    size: tuple[Positive, Positive]
    """Width and height."""
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    letterings: tuple[str, ...] = ("*",)
    """Names of fonts and drawn alphabets to letter it with, as shell patterns; all where none is at hand."""
    radius: float = Field(8, ge=0)
    border: float = Field(0, ge=0)
    """Width of the line round the edge."""
    border_inset: float = Field(0, ge=0)
    bands: tuple[Band, ...] = ()
    captions: tuple[Caption, ...] = ()
    stickers: tuple[Sticker, ...] = ()
    emblem: Literal["shield", "circle", "blob", "stickers", "shield and dash", "stickers and dash"] = "blob"
    """What `*` in a pattern stands for."""
    graphic: Share = 0
    """How often a landscape or gradient lies behind the text."""
    holes: int = Field(2, ge=0, le=4)
    """Bolts that show."""
    frame: Share = 0.3
    """How often a dealer's frame surrounds it."""
    weight: Positive = 1
    """How often it is drawn, against the others."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """What is true of the parts taken together."""
        width, height = self.size
        lengths = [line.pattern.lengths for line in self.lines]
        least, most = (sum(ends) for ends in zip(*lengths, strict=True))
        if least < MIN_LENGTH or most > MAX_LENGTH:
            raise ValueError(
                f"lines: texts of {least} to {most} characters, not of {MIN_LENGTH} to {MAX_LENGTH}"
            )
        for i, line in enumerate(self.lines):
            if line.y - line.height / 2 < 0 or line.y + line.height / 2 > height:
                raise ValueError(f"lines.{i}: reaches beyond the plate's upper or lower edge")
        if sum(band.width for band in self.bands) >= width:
            raise ValueError("bands: leave no room for the text")
        if 2 * (self.border_inset + self.border) >= min(width, height):
            raise ValueError("border: leaves no room for the text")
        return self

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.size[0] / self.size[1]


def read_design(file: Path | Traversable) -> Design:
    """The design in a YAML file. Raises DesignError that names the file, the key and the reason."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DesignError(f"{file}: {error.strerror or error}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise DesignError(f"{file}: {error}") from error
    if not isinstance(data, dict):
        raise DesignError(f"{file}: a design is a mapping of keys to values")
    try:
        return Design.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise DesignError(f"{file}: {key}: {first['msg']}") from error


@cache
def shipped_designs() -> tuple[Design, ...]:
    """All designs that come with the package, in the order of their file names."""
    files = [
        f
        for f in resources.files("numberplate.plates").joinpath("designs").iterdir()
        if f.name.endswith(".yaml")
    ]
    return tuple(read_design(f) for f in sorted(files, key=lambda f: f.name))
