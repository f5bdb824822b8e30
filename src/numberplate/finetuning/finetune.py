"""A run that goes on from given weights with labelled plates among its samples, and the bundle it makes."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from numberplate.evaluation import Figures, LabelledPicture, evaluate, figures
from numberplate.finetuning.prepare import Prepared, prepare
from numberplate.finetuning.split import held_out_pictures
from numberplate.models.bundle import bundle_folder
from numberplate.models.manifest import MANIFEST, Manifest
from numberplate.reading.cascade import Cascade
from numberplate.reading.reader import PlateReader
from numberplate.replacing import replacing
from numberplate.training.checkpoints import CHECKPOINT, LOCK, RECIPE, START, STATE, is_begun, step_of
from numberplate.training.export import export
from numberplate.training.fit import Run
from numberplate.training.interrupts import Interrupts
from numberplate.training.labelled import read_labelled_plates, write_labelled
from numberplate.training.recipe import Recipe

LABELLED = "labelled.npz"
"""The plates that a run is trained on, in its folder."""


class FinetuneError(ValueError):
    """What keeps a network from being trained on these labels."""


@dataclass(frozen=True)
class Settings:
    """How a recognizer is trained on labelled plates.

    `start`: a folder with a run or a start of one, from which it goes on; `share`: of the samples that are
    labelled plates, 0..1; `held_out`: of the pictures that are kept from training, 0..1; `steps`: of `batch`
    samples; `rate`: highest learning rate; `crops`: each picture is a plate and little else; `weights`: the
    bundle that is measured before, and of which the new one keeps what is not trained, None for the
    package's own.
    """

    start: Path
    share: float = 0.3
    held_out: float = 0.2
    steps: int = 1500
    batch: int = 64
    rate: float = 5e-4
    crops: bool = False
    weights: Path | None = None
    fonts: tuple[str, ...] = ()
    backgrounds: str | None = None
    generic: float | None = None
    workers: int = 1
    pool: int = 6000


@dataclass(frozen=True)
class Result:
    """`before`, `after`: the figures of the held-out pictures."""

    prepared: Prepared
    before: Figures
    after: Figures


def finetune(
    settings: Settings,
    folder: Path,
    labelled: list[LabelledPicture],
    run: Path,
    out: Path,
    report: Callable[[str], None],
) -> Result:
    """Trains the recognizer on the plates labelled in `folder`, and writes a bundle to `out`.

    `run`: the folder of the run, which is resumed where it was begun. The new bundle's numbers are those of
    the old one: `numberplate calibrate` fits them again. Raises FinetuneError, and what training raises.
    """
    kept = held_out_pictures(labelled, settings.held_out)
    report(f"{len(labelled)} labelled pictures, of which {len(kept)} are kept from training")
    prepared = prepare(
        Cascade(settings.weights),
        folder,
        labelled,
        kept,
        settings.crops,
        lambda done: report(f"preparing pictures: {done} of {len(labelled)}") if done % 100 == 0 else None,
    )
    for image, reason in prepared.left_out:
        report(f"left out: {image}: {reason}")
    held_out = sum(plate.held_out for plate in prepared.plates)
    if held_out == len(prepared.plates):
        raise FinetuneError(f"{folder}: no plate with a text to train on")
    if not held_out:
        raise FinetuneError(f"{folder}: too few pictures to keep some from training")
    if not is_begun(run) and not is_begun(settings.start):
        raise FinetuneError(f"{settings.start}: no checkpoint and no start of a run")
    out.mkdir(parents=True, exist_ok=True)  # where that fails, nothing is trained in vain
    rest = [picture for picture in labelled if picture.image in kept]
    before = _measured(settings, settings.weights, folder, rest)
    _train(settings, prepared, run, report)
    _write_bundle(settings.weights, run, out)
    return Result(prepared, before, _measured(settings, out, folder, rest))


def _write_bundle(weights: Path | None, run: Path, out: Path) -> None:
    """Writes what is made of the run, beside the rest of the old bundle, in place of what `out` holds: all of
    it at the end, so that nothing is lost where that fails."""
    with TemporaryDirectory(prefix=".finetuned-", dir=out) as made, Interrupts() as interrupts:
        scratch = Path(made)
        for file in bundle_folder(weights).iterdir():
            if file.name.endswith((".onnx", ".json")):
                (scratch / file.name).write_bytes(file.read_bytes())
        numbers = Manifest.read(scratch / MANIFEST)
        export(run, scratch)
        _keep_numbers(scratch / MANIFEST, numbers)
        with interrupts.held():
            for path in scratch.iterdir():
                path.replace(out / path.name)


def _train(settings: Settings, prepared: Prepared, run: Path, report: Callable[[str], None]) -> None:
    source = run if is_begun(run) else settings.start
    before = Recipe.read(source / RECIPE)
    if before.kind != "recognizer":
        raise FinetuneError(f"{source}: holds the training of a {before.kind}, not of a recognizer")
    step_of(source)  # raises RecipeError where there is none
    run.mkdir(parents=True, exist_ok=True)
    try:
        # What is trained on by another process meanwhile must not change.
        with FileLock(run / LOCK, timeout=0):
            labels = _prepare_run(source, before, prepared, run)
    except Timeout as error:
        raise FinetuneError(f"{run}: another process is training in this folder") from error
    recipe = before.changed(
        batch=settings.batch,
        rate=settings.rate,
        fonts=settings.fonts or None,
        backgrounds=settings.backgrounds,
        generic=settings.generic,
        workers=settings.workers,
        pool=settings.pool,
        labelled=str(run / LABELLED),
        labelled_share=settings.share,
    ).anywhere()
    step = step_of(run)
    is_done = step == recipe.steps == recipe.begin + settings.steps
    if is_done and recipe == before and (run / LABELLED).read_bytes() == labels:
        return  # it was stopped after training
    Run(run, recipe.lasting(step, settings.steps)).fit(report, validate_every=500)


def _prepare_run(source: Path, recipe: Recipe, prepared: Prepared, run: Path) -> bytes:
    """Puts what is gone on from, and the labelled plates, into a run; returns its file of these of before."""
    if source != run:
        # Last those by which a run has begun: one that is stopped on the way has not.
        for name in (RECIPE, STATE, CHECKPOINT, START):
            if (source / name).is_file():
                with replacing(run / name) as fresh:
                    shutil.copyfile(source / name, fresh)
    _check_unseen(recipe, prepared, run)
    labels = (run / LABELLED).read_bytes() if (run / LABELLED).is_file() else b""
    write_labelled(run / LABELLED, prepared.plates)
    return labels


def _check_unseen(recipe: Recipe, prepared: Prepared, run: Path) -> None:
    """Raises FinetuneError where the run was trained on what is held out now: figures would be too good."""
    if recipe.labelled is None or not Path(recipe.labelled).is_file():
        return
    seen = {p.picture.tobytes() for p in read_labelled_plates(Path(recipe.labelled)) if not p.held_out}
    for plate in prepared.plates:
        if plate.held_out and plate.picture.tobytes() in seen:
            raise FinetuneError(
                f"{run}: was trained on plates that are held out now, such as {plate.text}: give another "
                "folder (--resume), or --held-out as before"
            )


def _measured(
    settings: Settings, weights: Path | None, folder: Path, labelled: list[LabelledPicture]
) -> Figures:
    reader = PlateReader(weights, plate_only=settings.crops)
    return figures(list(evaluate(reader, folder, labelled)))


def _keep_numbers(path: Path, before: Manifest) -> None:
    """Puts the numbers fitted before in place of starting ones, where the heads are the same.

    They were fitted to other weights, from which these began, and are nearer than any that fit none.
    """
    now = Manifest.read(path)
    if before.recognizer is None or now.recognizer is None:
        return
    same = [(head.script, head.alphabet) for head in before.recognizer.heads]
    if same == [(head.script, head.alphabet) for head in now.recognizer.heads]:
        kept = replace(now, recognizer=before.recognizer, acceptance=before.acceptance, vote=before.vote)
        kept.write(path)
