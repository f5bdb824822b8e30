"""A recipe: all that decides what a training run makes of the same code. It is written beside the weights."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import alphabets
from numberplate.plates.design import Design, read_design, shipped_designs
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import Backgrounds

Kind = Literal["detector", "recognizer", "window"]

HELD_OUT = 12
"""Of every so many fonts and backgrounds, one is kept from training, for validation."""


class RecipeError(ValueError):
    """A recipe that cannot be used; the message says why."""


@dataclass(frozen=True)
class Recipe:
    """The settings of one run.

    `steps` of `batch` samples; the learning rate rises over `warmup` steps to `rate`, stays, and falls to
    nought over the last `decay` share of the steps, so that a run can be lengthened when it is resumed.
    `fonts`: folders of font files, or "system"; none leaves the drawn alphabets. `backgrounds`: folder, zip
    or tar of photographs, or None for drawn patterns. `generic`: share of plates of no listed country.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    kind: Kind
    steps: int = 10_000
    batch: int = 64
    rate: float = 1.5e-3
    warmup: int = 300
    decay: float = 0.3
    width: float = 1.0
    scripts: tuple[str, ...] = (LATIN,)
    """Of a recognizer's heads: codes of alphabets."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the network's layers in training; weights, losses and what is exported are float32 in either."""
    height: int = 256
    """Of a detector's training scene in pixels; its width is 3/2 of it."""
    seed: int = 1
    reuse: float = 4.0
    pool: int = 20_000
    workers: int = 1
    fonts: tuple[str, ...] = ()
    backgrounds: str | None = None
    designs: tuple[str, ...] = ()
    """Design files to draw from in place of the shipped ones."""
    generic: float = 0.5
    foreign: float = 0.0
    """Share of plates in other scripts than Latin, as many of each script; each is read by its own head."""
    added: tuple[str, ...] = ()
    """Design files to draw from besides the others."""
    added_share: float = 0.2
    """Share of plates that are of these; the other shares are of what they leave."""
    typefaces: tuple[str, ...] = ("drawn-british",)
    """Of a window's plates: names of letterings as shell patterns."""
    easing: int = 0
    """The first so many windows are easier: for a quarter of them nearly straight plates in the middle,
    then ever
    more varied ones. What a dense layer has once learnt in one place it carries to the next.
    """

    def ingredients(self, held_out: bool) -> Ingredients:
        """What its scenes are made of: either all but the held-out fonts and backgrounds, or only those."""

        def keep(place: int) -> bool:
            return (place % HELD_OUT == HELD_OUT // 2) == held_out

        files = named_font_files(self.fonts)
        # Of other scripts there are too few fonts to keep one in twelve from training.
        scripts = {*alphabets(), "persian"}
        foreign = [f for f in files if f.stem.split("-")[0] in scripts]
        latin = [f for f in files if f not in foreign]
        # The few typefaces that are all but copies of real plates' are worth more in training.
        kept = foreign + [
            f
            for place, f in enumerate(latin)
            if (not held_out if f.stem.startswith(_REAL_TYPEFACES) else keep(place))
        ]
        path = Path(self.backgrounds) if self.backgrounds else None
        return Ingredients(Letterings(kept), Backgrounds(path, keep=keep), *self._designs())

    def _designs(self) -> tuple[tuple[Design, ...], float]:
        """The designs, and the share of plates that are of none of them."""
        designs = tuple(read_design(Path(name)) for name in self.designs) or tuple(
            design for script in self.scripts for design in shipped_designs(script)
        )
        designs = _shared(designs, self.foreign / max(1e-9, 1 - self.generic))
        added = tuple(read_design(Path(name)) for name in self.added)
        if not added or self.added_share == 0:
            return designs, self.generic
        generic = self.generic * (1 - self.added_share)
        if self.added_share == 1 or self.generic == 1:
            return added, generic
        # The added designs' weights are scaled until they are drawn as often as is asked.
        wanted = self.added_share / (1 - self.added_share - generic)
        scale = wanted * sum(d.weight for d in designs) / sum(d.weight for d in added)
        return (*designs, *(d.model_copy(update={"weight": d.weight * scale}) for d in added)), generic

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The recipe in a JSON file. Raises RecipeError that names the file and the reason."""
        try:
            return TypeAdapter(cls).validate_python(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise RecipeError(f"{path}: {error.strerror or error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise RecipeError(f"{path}: not a recipe: {key}: {first['msg']}") from error
        except ValueError as error:
            raise RecipeError(f"{path}: not a recipe: {error}") from error

    def changed(self, **settings: Any) -> Self:
        """The same recipe with some settings changed; None leaves a setting as it is."""
        return replace(self, **{key: value for key, value in settings.items() if value is not None})


def _shared(designs: tuple[Design, ...], foreign: float) -> tuple[Design, ...]:
    """The designs with their weights scaled, so that a share of `foreign` is not Latin, alike of each script.

    Nought leaves the Latin ones alone.
    """
    scripts = sorted({design.script for design in designs})
    if scripts == [LATIN]:
        return designs
    shares = {script: foreign / (len(scripts) - 1) for script in scripts if script != LATIN}
    shares[LATIN] = 1 - foreign
    whole = {script: sum((d.weight for d in designs if d.script == script), 0.0) for script in scripts}
    return tuple(
        design.model_copy(update={"weight": design.weight * shares[design.script] / whole[design.script]})
        for design in designs
        if shares[design.script] > 0
    )


_REAL_TYPEFACES = ("gh-GL", "deb-OSP-DIN", "npm-gidole", "deb-RG2014F")
