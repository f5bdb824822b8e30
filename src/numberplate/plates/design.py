"""Designs: what the plates of a country or series look like, as data in millimetres."""

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH, AlphabetError, alphabet
from numberplate.plates.pattern import Pattern, PatternError
from numberplate.plates.yaml_files import YamlError, read_yaml, short

_MOST_STEPS = 200
"""Characters and marks at most that a line's text is drawn of: marks are no part of its length."""

_MOST_ASPECT = 20

Length = Annotated[float, Field(gt=0, le=2000)]
Weight = Annotated[float, Field(gt=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Words = Annotated[str, Field(max_length=100)]


class DesignError(ValueError):
    """A design file that cannot be used; the message names the file, the key and the reason."""


def _colour(value: Any) -> Any:
    # An unquoted # starts a comment in YAML, which leaves nothing of the value.
    if not isinstance(value, str) or not re.fullmatch("#[0-9a-f]{6}", value):
        raise ValueError(f'a colour is written "#ffd21e", in quotes and lower case, not {short(value)}')
    return value


Colour = Annotated[str, BeforeValidator(_colour)]


def _pattern(value: Any) -> Any:
    if isinstance(value, Pattern):
        return value
    if not isinstance(value, str):
        raise ValueError(f"a pattern is a text in quotes, not {short(value)}")
    try:
        return Pattern(value)
    except PatternError as error:
        raise ValueError(str(error)) from error


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _script(value: Any) -> Any:
    try:
        return alphabet(str(value)).code
    except AlphabetError as error:
        raise ValueError(str(error)) from error


class Native(_Part):
    """The characters of a line that are neither digits nor Latin letters, where they differ from those."""

    height: Length | None = None
    """Of a box, or from the highest stroke of the script to the lowest; None is the line's height."""
    width: Length | None = None
    """Of a box; None keeps the typeface's own proportions."""
    stroke: Length | None = None
    """Mean width of a stroke; None keeps the typeface's own."""
    drop: float = Field(0, ge=-2000, le=2000)
    """How much lower their middle is than the line's."""
    inked: str = ""
    """Those of them that are not in the plate's ink, such as China's red 警."""
    ink: Colour = "#c81e28"
    """Of those."""


class Line(_Part):
    """One line of the plate's text. Lines are listed from top to bottom, and those that stand side by side
    from left to right.
    """

    pattern: Annotated[Pattern, BeforeValidator(_pattern)]
    height: Length
    """Of a capital letter."""
    width: Length | None = None
    """Of a normal letter such as H; None keeps the typeface's own proportions."""
    gap: Length = 10
    """Between neighbouring characters."""
    space: Length = 25
    """From the character before a space, dash, dot or emblem to the one after it."""
    stroke: Length | None = None
    """Width of a letter's stem; None keeps the typeface's own."""
    y: Length
    """Of the middle of the line, from the plate's top edge."""
    x: Share | None = None
    """Of the middle of the line, as a share of the plate's width; None is the middle of what bands leave."""
    uneven: Share = 0
    """By how much characters differ in size and stray from the line, in heights: letters painted by hand."""
    native: Native = Native()
    repeats: int | None = Field(None, ge=0)
    """The place in `lines` of a line of as many characters whose text this one gives in another script."""

    @property
    def top(self) -> float:
        """Of its capitals, from the plate's top edge."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """Of its capitals, from the plate's top edge."""
        return self.y + self.height / 2


class Caption(_Part):
    """Small lettering that is no part of the text: a state's name, a slogan, a city, a dealer."""

    texts: tuple[Words, ...]
    """One is drawn; empty draws random words."""
    height: Length
    y: Length
    x: Share = 0.5
    """Of its middle, as a share of the plate's width."""
    colours: Annotated[tuple[Colour, ...], Field(min_length=1)]
    chance: Share = 1
    letters: Literal["plain", "script", "native"] = "plain"
    """Capitals, handwriting, or words in the design's own script."""


class Band(_Part):
    """A strip of another colour along one edge, with the country's letters or name and its sign."""

    side: Literal["left", "right", "top", "bottom"]
    width: Length
    """From the plate's edge inwards."""
    colour: Colour
    letters: tuple[Words, ...] = ()
    ink: Colour = "#ffffff"
    sign: Literal["none", "stars", "shield", "flag", "bars"] = "none"
    chance: Share = 1


class Sticker(_Part):
    """A sticker or seal of registration: a small filled shape."""

    shape: Literal["rectangle", "circle", "shield"]
    size: tuple[Length, Length]
    x: Share
    y: Share
    colours: Annotated[tuple[Colour, ...], Field(min_length=1)]
    texts: tuple[Words, ...] = ()
    """What a rectangle says, one is drawn; empty draws months, years and numbers."""
    chance: Share = 1


class Variant(_Part):
    """One colouring of a design."""

    name: str = ""
    """What it is for: front, rear, taxi, electric, diplomatic."""
    paper: Colour
    ink: Colour
    weight: Weight = 1


class Design(_Part):
    """What a series of plates looks like. Lengths are millimetres; (x, y) starts at the top left corner."""

    code: str
    """The region's code: ISO 3166, lower case, with a state's after a hyphen (`us-tx`)."""
    name: Annotated[str, Field(max_length=200)]
    source: str
    """Where the figures come from."""
    size: tuple[Length, Length]
    """Width and height."""
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    script: Annotated[str, BeforeValidator(_script)] = "latin"
    """Code of the alphabet that its text is of."""
    letterings: tuple[str, ...] = ("*",)
    """Names of fonts and drawn alphabets to letter it with, as shell patterns; all where none is at hand."""
    native_letterings: tuple[str, ...] = ("*",)
    """The same for the characters that are neither digits nor Latin letters."""
    radius: float = Field(8, ge=0, le=2000)
    border: float = Field(0, ge=0, le=2000)
    """Width of the line round the edge."""
    border_inset: float = Field(0, ge=0, le=2000)
    bands: tuple[Band, ...] = ()
    captions: tuple[Caption, ...] = ()
    stickers: tuple[Sticker, ...] = ()
    emblem: Literal[
        "shield", "circle", "blob", "stickers", "shield and dash", "stickers and dash", "heart", "letter"
    ] = "blob"
    """What `*` in a pattern stands for."""
    arms: Literal["any", "cross"] = "any"
    """What a shield shows: arms drawn at random, or Slovakia's cross on a hill."""
    graphic: Share = 0
    """How often a picture lies behind the text."""
    holes: Literal[0, 2, 4] = 2
    """Bolts that show."""
    frame: Share = 0.3
    """How often a dealer's frame surrounds it."""
    weight: Weight = 1
    """How often it is drawn, against the others."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """What is true of the parts taken together."""
        width, height = self.size
        if max(width, height) > _MOST_ASPECT * min(width, height):
            raise ValueError(f"size: one side is more than {_MOST_ASPECT} times the other")
        self._lettered()
        self._repeated()
        lengths = [line.pattern.lengths for line in self.lines if line.repeats is None]
        least, most = (sum(ends) for ends in zip(*lengths, strict=True))
        if least < MIN_LENGTH or most > MAX_LENGTH:
            raise ValueError(
                f"lines: texts of {least} to {most} characters, not of {MIN_LENGTH} to {MAX_LENGTH}"
            )
        least_y, most_y = self._clear()
        for i, line in enumerate(self.lines):
            if line.top < 0 or line.bottom > height:
                raise ValueError(f"lines.{i}: reaches beyond the plate's upper or lower edge")
            if line.stroke and 3 * line.stroke > min(line.width or line.height, line.height):
                raise ValueError(f"lines.{i}.stroke: is more than a third of a letter's width or height")
            if line.top < least_y or line.bottom > most_y:
                raise ValueError(f"lines.{i}: reaches into a band at the top or bottom")
        if sum(band.width for band in self.bands if band.side in ("left", "right")) >= width:
            raise ValueError("bands: leave no room for the text")
        self._listed_in_order()
        if 2 * (self.border_inset + self.border) >= min(width, height):
            raise ValueError("border: leaves no room for the text")
        return self

    def _lettered(self) -> None:
        known = {*alphabet(self.script).characters}
        for i, line in enumerate(self.lines):
            if strange := {*line.pattern.characters} - known:
                raise ValueError(f"lines.{i}.pattern: {min(strange)!r} is not of the script {self.script}")
            if line.pattern.steps > _MOST_STEPS:
                raise ValueError(f"lines.{i}.pattern: more than {_MOST_STEPS} characters and marks")

    def _repeated(self) -> None:
        for i, line in enumerate(self.lines):
            if line.repeats is None:
                continue
            source = self.lines[line.repeats] if line.repeats < len(self.lines) else line
            if source.repeats is not None:
                raise ValueError(f"lines.{i}.repeats: {line.repeats} is no line with a text of its own")
            fold = alphabet(self.script).fold
            if missing := {*map(fold, source.pattern.characters)} - {*map(fold, line.pattern.characters)}:
                raise ValueError(f"lines.{i}: has nothing for {min(missing)!r} of lines.{line.repeats}")

    def _clear(self) -> tuple[float, float]:
        """Where a band at the top ends and one at the bottom begins."""
        top = max((band.width for band in self.bands if band.side == "top"), default=0.0)
        bottom = max((band.width for band in self.bands if band.side == "bottom"), default=0.0)
        return top, self.size[1] - bottom

    def _listed_in_order(self) -> None:
        rows = self.rows
        for row in rows:
            places = [self.lines[i].x for i in row]
            if len(row) > 1 and None in places:
                raise ValueError(f"lines.{row[places.index(None)]}: stands beside another line and has no x")
            for i, j in pairwise(row):
                if self.lines[j].x < self.lines[i].x:  # type: ignore[operator]
                    raise ValueError(f"lines.{j}: is left of lines.{i}; lines are listed from left to right")
        for row, below in pairwise(rows):
            bottom = max(self.lines[i].bottom for i in row)
            for j in below:
                if self.lines[j].top < bottom:
                    raise ValueError(
                        f"lines.{j}: is not wholly below lines.{row[-1]}; lines are listed from top to bottom"
                    )

    @property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """The lines, by their places in `lines`, that make one row: those that stand side by side.

        Two lines stand side by side where more than half the height of the smaller is level with the other.
        """
        if len(self.lines) == 1:
            return ((0,),)
        rows: list[list[int]] = []
        for i, line in enumerate(self.lines):
            beside = [row for row in rows if any(_level(line, self.lines[j]) for j in row)]
            merged = sorted([i, *(j for row in beside for j in row)])
            rows = [row for row in rows if row not in beside] + [merged]
        return tuple(tuple(row) for row in sorted(rows))

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.size[0] / self.size[1]


_REASONS = {"extra_forbidden": "there is no such key", "missing": "is missing"}


def _level(one: Line, other: Line) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > 0.5 * min(one.height, other.height)


def read_design(file: Path | Traversable) -> Design:
    """The design in a YAML file. Raises DesignError that names the file, the key and the reason."""
    try:
        data = read_yaml(file)
    except YamlError as error:
        raise DesignError(str(error)) from error
    try:
        return Design.model_validate(data)
    except ValidationError as error:
        # A key misspelt is one too many and one missing: the one too many says more.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"])  # none where parts do not fit each other
        reason = _REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
        if first["type"] == "string_type":
            # YAML takes NO, ON and 12 for something else than text.
            reason += f", but YAML reads {short(first['input'])}: write it in quotes"
        raise DesignError(f"{file}: {key}{': ' * bool(key)}{reason}") from error


@cache
def shipped_designs(script: str = "latin") -> tuple[Design, ...]:
    """The designs of a script that come with the package, by the names of their files; () where none does.

    Those of Latin letters lie in `designs`, the others each in a folder with the script's code. Raises
    AlphabetError for a script that has no alphabet.
    """
    folder = resources.files("numberplate.plates").joinpath("designs")
    if alphabet(script).code != "latin":
        folder = folder.joinpath(script)
    files = [f for f in folder.iterdir() if f.name.endswith(".yaml")] if folder.is_dir() else []
    return tuple(read_design(f) for f in sorted(files, key=lambda f: f.name))


def named_design(name: str) -> Design:
    """The shipped design whose file is called `name`, without its suffix, or that in the file `name`.

    Designs of other scripts are named with their folder, such as `han/cn`. Raises DesignError.
    """
    if not name.endswith((".yaml", ".yml")):
        folder = resources.files("numberplate.plates").joinpath("designs")
        parts = name.split("/")
        shipped = folder.joinpath(*parts[:-1], f"{parts[-1]}.yaml")
        if ".." not in parts and not Path(name).is_absolute() and shipped.is_file():
            return read_design(shipped)
    return read_design(Path(name))
