"""Carrying a plan out: from fresh weights to a calibrated bundle."""

import json
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from numberplate import __version__
from numberplate.models.manifest import MANIFEST
from numberplate.replacing import write_whole
from numberplate.reproduction.content import content_of
from numberplate.reproduction.plan import Plan, Source
from numberplate.training.averaging import SAMPLES, write_mean
from numberplate.training.checkpoints import RECIPE, STATE, is_begun, step_of, write_start
from numberplate.training.export import export, manifest_before
from numberplate.training.fit import Run
from numberplate.training.recipe import Kind, Recipe, RecipeError

REPRODUCED = "reproduced.json"

ENDS, MEAN, FROM_MEAN = "ends", "mean", "from-mean"
"""In the folder of a run: the weights at the ends of its stages, in folders by number; their mean; and the
run of the stages that begin at the mean of those before."""

_LIBRARIES = ("keras", "tensorflow", "torch", "jax", "numpy", "opencv-python-headless", "onnx", "onnxruntime")


@dataclass(frozen=True)
class Reproduced:
    """`path`: of the file that says how the bundle was made; `record`: what it says."""

    path: Path
    record: Mapping[str, Any]


def reproduce(
    plan: Plan,
    kinds: Sequence[Kind],
    runs: Path,
    out: Path,
    fonts: tuple[str, ...],
    backgrounds: str | None,
    workers: int,
    scale: float,
    report: Callable[[str], None],
) -> Reproduced:
    """Trains networks from fresh weights by the plan, exports them to `out` and calibrates the bundle.

    `runs`: has a folder for each network; what is in it goes on where it was stopped. `scale`: of steps,
    pools and calibration, above 0 and up to 1. Calibration needs a detector and a recognizer in `out`.
    Raises what training, exporting and calibrating raise.
    """
    out.mkdir(parents=True, exist_ok=True)  # where that or the next fails, nothing is trained in vain
    manifest_before(out)
    content = _content(fonts, backgrounds)
    for source, expected in plan.content.items():
        if (found := content.get(source)) is None or found["sha256"] != expected.sha256:
            given = "none" if found is None else f"{found['files']} files"
            report(
                f"{source}: {given}, not the {expected.files} files that the plan was carried out with: "
                "figures may differ"
            )
    seconds = {}
    for kind in kinds:
        trained = _train(plan, kind, runs / kind, fonts, backgrounds, workers, scale, report)
        report(f"{kind}: exporting")
        export(trained, out)
        seconds[kind] = json.loads((trained / STATE).read_text(encoding="utf-8"))["seconds"]
    figures = _calibrate(plan, out, fonts, backgrounds, scale, report)
    record = {
        "about": plan.about,
        "numberplate": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "libraries": _versions(),
        "content": content,
        "scale": scale,
        "networks": {kind: [asdict(stage) for stage in plan.networks[kind]] for kind in kinds},
        "training_hours": {kind: round(value / 3600, 3) for kind, value in seconds.items()},
        "calibration": plan.calibration,
        "figures": figures,
    }
    path = out / REPRODUCED
    write_whole(path, json.dumps(record, indent=2) + "\n")
    return Reproduced(path, record)


def _train(
    plan: Plan,
    kind: Kind,
    run: Path,
    fonts: tuple[str, ...],
    backgrounds: str | None,
    workers: int,
    scale: float,
    report: Callable[[str], None],
) -> Path:
    """Trains a network to the end of its last stage; returns the run, or start, that is to be exported."""
    stages, samples = plan.networks[kind], max(64, round(SAMPLES * scale))
    ends: dict[Path, float] = {}
    for number, stage in enumerate(stages):
        recipe = plan.recipe(kind, number, scale)
        given = recipe.changed(fonts=fonts, backgrounds=backgrounds, workers=workers).anywhere()
        if stage.from_mean:
            run /= FROM_MEAN
            if not is_begun(run):
                report(f"{kind}: the mean of the weights at the ends of {len(ends)} stages, to go on from")
                whole = sum(ends.values())
                write_mean([*ends], [share / whole for share in ends.values()], given, run, samples)
        if is_begun(run):
            _check(run, plan, kind, scale)
        if not is_begun(run) or step_of(run) < recipe.steps:
            report(f"{kind}: stage {number + 1} of {len(stages)}, {stage.name}: to step {recipe.steps}")
            every = max(1, min(1000, (recipe.steps - recipe.begin) // 4))
            Run(run, given).fit(lambda line: report(f"{kind}: {line}"), validate_every=every)
        if 0 < stage.share < 1:
            end = run / ENDS / str(number + 1)
            ends[end] = stage.share
            if step_of(run) == recipe.steps:
                write_start(run, end)
            elif not is_begun(end):
                raise RecipeError(f"{end}: the weights at the end of stage {number + 1} are missing")
    if not ends:
        return run
    report(f"{kind}: the mean of the weights at the ends of {len(ends)} stages")
    write_mean([*ends], [*ends.values()], given, run / MEAN, samples)
    return run / MEAN


def _check(run: Path, plan: Plan, kind: Kind, scale: float) -> None:
    """Raises RecipeError where the folder holds a run that is none of this plan's."""
    there = Recipe.read(run / RECIPE)
    planned = [plan.recipe(kind, i, scale) for i in range(len(plan.networks[kind]))]
    own = ("fonts", "backgrounds", "workers")
    if not any(
        {k: v for k, v in asdict(there).items() if k not in own}
        == {k: v for k, v in asdict(one).items() if k not in own}
        for one in planned
    ):
        raise RecipeError(f"{run}: holds a run of another recipe; give another folder")


def _calibrate(
    plan: Plan,
    out: Path,
    fonts: tuple[str, ...],
    backgrounds: str | None,
    scale: float,
    report: Callable[[str], None],
) -> dict[str, Any] | None:
    """Fits the bundle's numbers; returns what was measured, None where a network is missing."""
    from numberplate.calibration import CalibrationError, Settings, calibrate
    from numberplate.synthesis.held_out import letterings_and_backgrounds
    from numberplate.synthesis.scene import Ingredients

    if not all((out / f"{kind}.onnx").is_file() for kind in ("detector", "recognizer")):
        report("not calibrated: a bundle needs a detector and a recognizer for that")
        return None
    given = plan.calibration
    settings = Settings(
        scenes=max(20, round(given["scenes"] * scale)),
        clips=max(2, round(given["clips"] * scale)),
        checks=max(1, round(given["checks"] * scale)),
        seed=given["seed"],
    )
    ingredients = Ingredients(*letterings_and_backgrounds(fonts, backgrounds, held_out=True))
    try:
        fitted = calibrate(out, ingredients, settings, report)
    except CalibrationError as error:
        if scale == 1:
            raise
        report(f"not calibrated: {error}")  # a rehearsal's networks read nothing
        return None
    fitted.manifest.write(out / MANIFEST)
    return asdict(fitted.after)


def _content(fonts: tuple[str, ...], backgrounds: str | None) -> dict[Source, dict[str, Any]]:
    found: dict[Source, dict[str, Any]] = {}
    folders = [Path(font) for font in fonts if font != "system"]
    for source, places in (("fonts", folders), ("backgrounds", [Path(backgrounds)] if backgrounds else [])):
        if places:
            files, sha256 = content_of(places)
            found[source] = {"files": files, "sha256": sha256}  # type: ignore[index]
    return found


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _commit() -> str | None:
    """The commit of the source that runs, with `+` where it was changed; None outside of its repository."""
    folder = Path(__file__).parent
    try:
        head, changed, _ = (
            subprocess.run(["git", *command], cwd=folder, capture_output=True, text=True, check=True).stdout
            for command in (
                ("rev-parse", "HEAD"),
                ("status", "--porcelain", "--", "."),
                # It may be installed within another project, whose commit says nothing of it.
                ("ls-files", "--error-unmatch", "--", Path(__file__).name),
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.strip() + ("+" if changed.strip() else "")
