"""A plan: every stage of every network, and how the bundle is calibrated, as data."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, fields, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, get_args

from numberplate.limited import read_at_most
from numberplate.training.recipe import Kind, Recipe, RecipeError

KINDS: tuple[Kind, ...] = get_args(Kind)

Source = Literal["fonts", "backgrounds"]


_MOST = 1_000_000
"""Bytes of a plan; ours has a few thousand."""

_NOT_OF_A_STAGE = {"kind", "begin", "fonts", "backgrounds", "workers", "labelled", "labelled_share"}


class PlanError(ValueError):
    """A plan that cannot be used; the message names the file, the place in it and the reason."""


@dataclass(frozen=True)
class Content:
    """What fonts or backgrounds the plan was carried out with, as `content_of` says it."""

    files: int
    sha256: str


@dataclass(frozen=True)
class Stage:
    """`name`; `settings`: of its recipe; its `steps` are those of the stage alone.

    `share`: how much the weights at its end count, 0..1, in the mean that the network is. `from_mean`: it
    begins at the mean of the weights at the ends before it, not at the last one's.
    """

    name: str
    settings: Mapping[str, Any]
    share: float
    from_mean: bool = False

    @property
    def steps(self) -> int:
        return int(self.settings["steps"])

    @property
    def batch(self) -> int:
        return int(self.settings["batch"])

    @property
    def samples(self) -> int:
        return self.steps * self.batch


@dataclass(frozen=True)
class Plan:
    """`networks`: the stages of each, one after the other; `seconds_per_sample`: what training and making one
    sample takes, as measured on two cores; `gpu_samples_per_second`: as measured on a GPU with 14 cores to
    make samples; `calibration`: scenes, clips, checks and seed; `content`: fonts and backgrounds, None where
    they do not matter.
    """

    about: str
    networks: Mapping[Kind, tuple[Stage, ...]]
    seconds_per_sample: Mapping[Kind, float]
    gpu_samples_per_second: Mapping[Kind, float]
    calibration: Mapping[str, int]
    content: Mapping[Source, Content]

    def recipe(self, kind: Kind, stage: int, scale: float = 1.0) -> Recipe:
        """The recipe of a network up to the end of a stage, counted from 0.

        `scale`: of its steps and of the pool of samples, 0..1: small ones rehearse the whole.
        """
        stages = self.networks[kind]
        ends = [0]
        for one in stages[: stage + 1]:
            ends.append(ends[-1] + max(1, round(one.steps * scale)))
        settings = {**stages[stage].settings, "begin": ends[-2], "steps": ends[-1]}
        if scale < 1 and "pool" in settings:
            settings["pool"] = max(64, round(settings["pool"] * scale))
        if scale < 1 and "easing" in settings:
            settings["easing"] = round(settings["easing"] * scale)
        return Recipe.starting(kind).changed(**settings)

    def hours(self, kind: Kind) -> float:
        """How long a network takes on two cores."""
        return sum(s.samples for s in self.networks[kind]) * self.seconds_per_sample[kind] / 3600

    def gpu_minutes(self, kind: Kind) -> float | None:
        """How long it would take on a GPU; None where that was never measured."""
        rate = self.gpu_samples_per_second.get(kind)
        return sum(s.samples for s in self.networks[kind]) / rate / 60 if rate else None


def read_plan(path: Path | None = None) -> Plan:
    """The plan in a JSON file, or that of the package. Raises PlanError."""
    place: Traversable = path or resources.files("numberplate.reproduction").joinpath("plan.json")
    try:
        content = read_at_most(place, _MOST)
        if content is None:
            raise ValueError(f"larger than {_MOST // 1_000_000} MB")
        whole = json.loads(content.decode("utf-8"))
        if not isinstance(whole, dict):
            raise ValueError("expected a JSON object")
        return _plan(whole)
    except OSError as error:
        raise PlanError(f"{place}: {error.strerror or error}") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise PlanError(f"{place}: not a plan: {error}") from error
    except KeyError as error:
        raise PlanError(f"{place}: not a plan: {error.args[0]} is missing") from error


def _plan(whole: Mapping[str, Any]) -> Plan:
    known = {field.name for field in fields(Recipe)}
    networks: dict[Kind, tuple[Stage, ...]] = {}
    for kind, listed in whole["networks"].items():
        if kind not in KINDS:
            raise ValueError(f"networks.{kind}: expected one of {', '.join(KINDS)}")
        stages = tuple(_stage(kind, known, one) for one in listed)
        if not stages:
            raise ValueError(f"networks.{kind}: no stage")
        for number, stage in enumerate(stages):
            if stage.from_mean and not any(before.share for before in stages[:number]):
                raise ValueError(f"networks.{kind}: {stage.name}: no stage before it has a share in a mean")
        for key in ("width", "scripts", "precision", "height"):
            if len({str(stage.settings.get(key)) for stage in stages}) > 1:
                raise ValueError(f"networks.{kind}: {key} differs between stages")
        if not any(stage.share for stage in stages):
            stages = (*stages[:-1], replace(stages[-1], share=1.0))
        if abs(sum(stage.share for stage in stages) - 1) > 1e-6:
            raise ValueError(f"networks.{kind}: the shares of its stages must be 1 in all")
        networks[kind] = stages
    calibration = {key: int(whole["calibration"][key]) for key in ("scenes", "clips", "checks", "seed")}
    if negative := [key for key, number in calibration.items() if number < 0]:
        raise ValueError(f"calibration.{negative[0]}: expected a number of at least 0")
    content: dict[Source, Content] = {
        source: Content(int(whole["content"][source]["files"]), str(whole["content"][source]["sha256"]))
        for source in get_args(Source)
        if source in whole["content"]
    }
    speeds = {kind: float(whole["seconds_per_sample"][kind]) for kind in networks}
    gpu = {kind: float(v) for kind, v in whole.get("gpu_samples_per_second", {}).items() if kind in KINDS}
    return Plan(str(whole["about"]), networks, speeds, gpu, calibration, content)


def _stage(kind: Kind, known: AbstractSet[str], one: Mapping[str, Any]) -> Stage:
    settings = {key: value for key, value in one.items() if key not in ("name", "share", "from_mean")}
    odd = sorted({*settings} - ({*known} - _NOT_OF_A_STAGE))
    if odd:
        raise ValueError(f"networks.{kind}: {odd[0]} is no setting of a stage")
    for key in ("steps", "batch"):
        if not isinstance(settings.get(key), int) or settings[key] < 1:
            raise ValueError(f"networks.{kind}: {key} must be a whole number above 0")
    try:
        recipe = Recipe.of({**asdict(Recipe.starting(kind)), **settings})
    except RecipeError as error:
        raise ValueError(f"networks.{kind}: {error}") from error
    share = float(one.get("share", 0))
    if not 0 <= share <= 1:
        raise ValueError(f"networks.{kind}: share must be between 0 and 1")
    from_mean = one.get("from_mean", False)
    if not isinstance(from_mean, bool):
        raise ValueError(f"networks.{kind}: from_mean must be true or false")
    return Stage(str(one["name"]), {key: getattr(recipe, key) for key in settings}, share, from_mean)
