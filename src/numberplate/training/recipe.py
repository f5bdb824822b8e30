"""A recipe: all that decides what a training run makes of the same code. It is written beside the weights."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from numberplate.models.spec import LATIN, STRIDE
from numberplate.plates.alphabet import AlphabetError, alphabet
from numberplate.replacing import replacing

if TYPE_CHECKING:  # the command line's help reads the defaults of this module, and needs no more
    from numberplate.plates.design import Design
    from numberplate.synthesis.scene import Ingredients

_FEWEST = 9
"""Characters of its own that a script counts with at least."""

_OWN = 0.75
"""Share of plates of the scripts whose heads alone learn: the others teach them what is not theirs."""

_FOREIGN = 0.4
"""Share of plates in other scripts than Latin, at least, where heads of theirs learn."""

_GENTLE = 5e-4
"""Learning rate of training that goes on from weights that have learnt already."""

_FRESH = 2e-3
"""Learning rate of new heads that learn alone: they have nothing to forget."""

Kind = Literal["detector", "recognizer", "window"]


_RANGES: dict[str, tuple[float, float]] = {
    "steps": (1, math.inf),
    "begin": (0, math.inf),
    "batch": (1, math.inf),
    "rate": (0, math.inf),
    "warmup": (0, math.inf),
    "decay": (0, 1),
    "width": (0.05, 16),
    "height": (STRIDE, 4096),
    "seed": (0, math.inf),
    "reuse": (1, math.inf),
    "pool": (1, math.inf),
    "workers": (1, math.inf),
    "generic": (0, 1),
    "foreign": (0, 1),
    "added_share": (0, 1),
    "labelled_share": (0, 1),
    "easing": (0, math.inf),
}
"""The least and the most of numbers."""


class RecipeError(ValueError):
    """A recipe that cannot be used; the message says why."""


@dataclass(frozen=True)
class Recipe:
    """The settings of one run.

    `steps` of `batch` samples; the learning rate rises over `warmup` steps to `rate`, stays, and falls to
    zero over the last `decay` share of the steps, so that a run can be lengthened when it is resumed.
    `fonts`: folders of font files, or "system"; none leaves the drawn alphabets. `backgrounds`: folder, zip
    or tar of photographs, or None for drawn patterns. `generic`: share of plates of no listed country.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    kind: Kind
    steps: int = 10_000
    begin: int = 0
    """The step at which this schedule begins, where a run that had come to its end goes on with another."""
    batch: int = 64
    rate: float = 1.5e-3
    warmup: int = 300
    decay: float = 0.3
    width: float = 1.0
    scripts: tuple[str, ...] = (LATIN,)
    """Of a recognizer's heads: codes of alphabets."""
    heads: tuple[str, ...] = ()
    """Scripts whose heads alone learn, and the layers that no other head uses, from three plates in four; all
    else of a recognizer stays as it is."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    """Of the network's layers in training; weights, losses and what is exported are float32 in all."""
    height: int = 256
    """Of a detector's training scene in pixels; its width is 3/2 of it."""
    seed: int = 1
    reuse: float = 4.0
    varied: bool = False
    """Whether a detector's scene is seen from another distance and in another light each time it is used."""
    pool: int = 20_000
    workers: int = 1
    fonts: tuple[str, ...] = ()
    backgrounds: str | None = None
    designs: tuple[str, ...] = ()
    """Designs to draw from in place of the shipped ones: names of shipped ones such as `sk`, or files."""
    generic: float = 0.5
    foreign: float = 0.0
    """Share of plates in other scripts than Latin, each read by its own head; more of a script that has more
    characters."""
    added: tuple[str, ...] = ()
    """Designs to draw from in addition to the others, given in the same way."""
    added_share: float = 0.2
    """Share of plates that are of these; the other shares are of what they leave."""
    labelled: str | None = None
    """A file of labelled plates, as `numberplate.finetuning` prepares it: a recognizer learns from it too."""
    labelled_share: float = 0.3
    """Share of the samples that are of these."""
    typefaces: tuple[str, ...] = ("drawn-british",)
    """Of a window's plates: names of letterings as shell patterns."""
    easing: int = 0
    """The first so many windows are easier: for a quarter of them nearly straight plates in the middle, then
    ever more varied ones. What a dense layer has once learnt in one place it carries to the next.
    """

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                ends = f"at least {least}" if most == math.inf else f"{least} to {most}"
                raise RecipeError(f"{name}: expected {ends}, got {value}")
        if not math.isfinite(self.rate) or not math.isfinite(self.reuse):
            raise RecipeError(f"rate, reuse: expected finite numbers, got {self.rate} and {self.reuse}")
        if self.height % STRIDE or self.height * 3 // 2 % STRIDE:
            raise RecipeError(f"height: {self.height} and its 3/2 are no multiples of {STRIDE}")
        if LATIN not in self.scripts or len({*self.scripts}) < len(self.scripts):
            raise RecipeError(f"scripts: expected {LATIN} among them and each once, got {self.scripts}")
        try:
            for script in self.scripts:
                alphabet(script)
        except AlphabetError as error:
            raise RecipeError(f"scripts: {error}") from error
        if self.heads and self.kind != "recognizer":
            raise RecipeError(f"heads: only a recognizer has any, not a {self.kind}")
        for script in self.heads:
            if script == LATIN or script not in self.scripts:
                others = ", ".join(code for code in self.scripts if code != LATIN) or "of which it has none"
                raise RecipeError(
                    f"heads: expected scripts of the recipe but {LATIN}, {others}; got {script!r}"
                )
        if self.varied and self.kind != "detector":
            raise RecipeError(f"varied: only a detector's scenes can be, not the samples of a {self.kind}")
        if self.kind == "window" and (self.designs or self.added):
            raise RecipeError("designs: a window's plates are all of one British design")

    @classmethod
    def starting(cls, kind: Kind) -> Self:
        """The recipe of a run of which nothing but the network is said."""
        return cls(kind, **_STARTING[kind])

    def ingredients(self, held_out: bool) -> "Ingredients":
        """What its scenes are made of: either all but the held-out fonts and backgrounds, or only those."""
        from numberplate.synthesis.held_out import letterings_and_backgrounds
        from numberplate.synthesis.scene import Ingredients

        letterings, backgrounds = letterings_and_backgrounds(self.fonts, self.backgrounds, held_out)
        return Ingredients(letterings, backgrounds, *self._designs())

    def _designs(self) -> "tuple[tuple[Design, ...], float]":
        """The designs, and the share of plates that are of none of them."""
        from numberplate.plates.design import named_design, shipped_designs

        designs = tuple(map(named_design, self.designs)) or tuple(
            design for script in self.scripts for design in shipped_designs(script)
        )
        added = tuple(map(named_design, self.added))
        drawn = {design.script for design in (*designs, *added)}
        if missing := [script for script in self.heads if script not in drawn]:
            raise RecipeError(f"heads: no plate of {missing[0]} is among the designs")
        foreign = max(self.foreign, _FOREIGN if self.heads else 0.0)
        designs = _shared(designs, min(1.0, foreign / max(1e-9, 1 - self.generic)))
        designs, generic = self._for_heads(designs)
        if not added or self.added_share == 0:
            return designs, generic
        generic *= 1 - self.added_share
        if self.added_share == 1 or self.generic == 1:
            return added, generic
        # The added designs' weights are scaled until they are drawn as often as is asked.
        wanted = self.added_share / (1 - self.added_share - generic)
        scale = wanted * sum(d.weight for d in designs) / sum(d.weight for d in added)
        return (*designs, *(d.model_copy(update={"weight": d.weight * scale}) for d in added)), generic

    def _for_heads(self, designs: "tuple[Design, ...]") -> "tuple[tuple[Design, ...], float]":
        """The same, with a share of _OWN of those whose heads alone learn, and the share of no design."""
        generic = self.generic * (1 - _OWN)
        shares = {True: _OWN, False: 1 - _OWN - generic}
        whole = {own: sum(d.weight for d in designs if (d.script in self.heads) == own) for own in shares}
        if not whole[True]:
            return designs, self.generic
        weighed = []
        for design in designs:
            own = design.script in self.heads
            if shares[own] > 0:
                weight = design.weight * shares[own] / whole[own]
                weighed.append(design.model_copy(update={"weight": weight}))
        return tuple(weighed), generic

    def with_heads(self, heads: Sequence[str]) -> Self:
        """The recipe with which these scripts' heads learn alone, new ones among them, and faster where all
        are new.
        """
        heads = tuple(dict.fromkeys(heads))
        new = [script for script in heads if script not in self.scripts]
        rate = _FRESH if len(new) == len(heads) else self.rate
        return replace(self, scripts=(*self.scripts, *new), heads=heads, rate=rate)

    def lasting(self, step: int, more: int) -> Self:
        """The recipe for `more` steps beyond `step`, as a schedule of its own.

        One that is under way and as long goes on as it is, so that the same command can be given again.
        """
        if self.steps - self.begin == more and self.begin <= step < self.steps:
            return self
        return replace(self, begin=step, steps=step + more)

    def fixed(self) -> Self:
        """The recipe of the fixed validation set: the same for all recipes of this kind, on every machine."""
        return type(self)(self.kind, scripts=self.scripts, generic=0.3)

    def anywhere(self) -> Self:
        """The recipe with its paths made absolute, so that the run can go on from any folder."""

        def resolved(name: str) -> str:
            return name if name == "system" or not Path(name).exists() else str(Path(name).resolve())

        return replace(
            self,
            fonts=tuple(map(resolved, self.fonts)),
            backgrounds=self.backgrounds and resolved(self.backgrounds),
            designs=tuple(map(resolved, self.designs)),
            added=tuple(map(resolved, self.added)),
            labelled=self.labelled and resolved(self.labelled),
        )

    def as_start(self) -> Self:
        """The recipe to go on with from this run's weights elsewhere: what is drawn, on one core, gently.

        Paths of this machine, and sizes that fitted its processors, are left out.
        """
        return (
            type(self)
            .starting(self.kind)
            .changed(
                rate=_GENTLE,
                warmup=100,
                decay=0.5,
                width=self.width,
                scripts=self.scripts,
                height=self.height,
                seed=self.seed,
                generic=self.generic,
                foreign=self.foreign,
                typefaces=self.typefaces,
            )
        )

    def write(self, path: Path) -> None:
        """Writes it as JSON, all of it or nothing: without it a run cannot go on."""
        with replacing(path) as fresh:
            fresh.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The recipe in a JSON file. Raises RecipeError that names the file and the reason."""
        try:
            return cls.of(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise RecipeError(f"{path}: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"{path}: not a recipe: {error}") from error

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """The recipe with these settings, as JSON has them. Raises RecipeError that names a wrong one."""
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(cls).validate_python(settings)
        except ValidationError as error:
            first = error.errors()[0]
            if own := first.get("ctx", {}).get("error"):
                raise RecipeError(str(own)) from error
            key = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise RecipeError(f"{key}: {first['msg']}") from error

    def changed(self, **settings: Any) -> Self:
        """The same recipe with some settings changed; None leaves a setting as it is."""
        return replace(self, **{key: value for key, value in settings.items() if value is not None})


def _shared(designs: "tuple[Design, ...]", foreign: float) -> "tuple[Design, ...]":
    """The designs with their weights scaled, so that a share of `foreign` is not Latin.

    Of each script as much as the square root of the number of its characters that are not Latin: Japanese
    has ten times as many as Cyrillic, and each is to be seen. A share of 0 leaves the Latin designs alone;
    where there are none of these, the others are all.
    """
    scripts = sorted({design.script for design in designs})
    if scripts == [LATIN]:
        return designs
    if LATIN not in scripts:
        foreign = 1.0
    from numberplate.plates.alphabet import alphabets

    known = alphabets()
    latin = len(known[LATIN].characters)
    wanted = {s: max(_FEWEST, len(known[s].characters) - latin) ** 0.5 for s in scripts if s != LATIN}
    shares = {script: foreign * root / sum(wanted.values()) for script, root in wanted.items()}
    shares[LATIN] = 1 - foreign
    whole = {script: sum((d.weight for d in designs if d.script == script), 0.0) for script in scripts}
    return tuple(
        design.model_copy(update={"weight": design.weight * shares[design.script] / whole[design.script]})
        for design in designs
        if shares[design.script] > 0
    )


_STARTING: dict[Kind, dict[str, Any]] = {
    "detector": {"batch": 12, "pool": 5000},
    "recognizer": {},
    "window": {"width": 0.25, "rate": 1e-3, "reuse": 1.5, "easing": 60_000},
}
