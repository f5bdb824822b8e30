"""`numberplate train` and `numberplate export`: fit the networks, and turn them into ONNX files."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from numberplate.cli.errors import fail, stopped, training
from numberplate.cli.options import Designs, Fonts, Photographs, Typefaces, named_path
from numberplate.cli.output.lines import complain, say
from numberplate.training.recipe import Recipe

_RUNS_OWN = "those of the run"
"""What is said of an option that a run has already."""


class Kind(StrEnum):
    """Which network is trained."""

    DETECTOR = "detector"
    RECOGNIZER = "recognizer"
    WINDOW = "window"


class Precision(StrEnum):
    """What a network's layers compute with in training."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


def _setting(name: str, help: str, **limits: Any) -> typer.models.OptionInfo:
    """An option whose default is that of the recipe, for some networks another one."""
    usual, others = getattr(Recipe.starting("recognizer"), name), []
    for kind in Kind:
        own = getattr(Recipe.starting(kind.value), name)
        if own != usual:
            others.append(f"{kind.value} {own}")
    option: typer.models.OptionInfo = typer.Option(
        help=help, show_default=", ".join([str(usual), *others]), **limits
    )
    return option


def train(
    kind: Annotated[Kind, typer.Argument(show_default=False, help="The network to train.")],
    run: Annotated[
        Path,
        typer.Option(
            "--resume",
            metavar="DIR",
            show_default=False,
            help="Folder of the run: its checkpoint, curves and misses. A run that is there is resumed.",
            parser=named_path,
        ),
    ],
    steps: Annotated[int | None, _setting("steps", "Steps in all.", min=1)] = None,
    more: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default=False,
            help="Train for this many more steps, with a rate that rises and falls again. The same command "
            "resumes them after a stop.",
        ),
    ] = None,
    batch: Annotated[int | None, _setting("batch", "Samples a step.", min=1)] = None,
    rate: Annotated[float | None, _setting("rate", "Highest learning rate.", min=0)] = None,
    decay: Annotated[
        float | None, _setting("decay", "Share of the steps over which the rate falls to 0.", min=0, max=1)
    ] = None,
    width: Annotated[
        float | None,
        _setting("width", "Scales the network's maps; 1 is the article's own for a window.", min=0.05),
    ] = None,
    precision: Annotated[
        Precision | None,
        _setting(
            "precision",
            "Of the layers in training. bfloat16 is faster where the processor computes with it; float16 is "
            "for GPUs that have no bfloat16.",
        ),
    ] = None,
    fonts: Fonts = None,
    backgrounds: Photographs = None,
    design: Designs = None,
    generic: Annotated[
        float | None, _setting("generic", "Share of plates of no listed country.", min=0, max=1)
    ] = None,
    add_design: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            help="Draw this design in addition to the others and those added before. May be given again.",
            parser=named_path,
        ),
    ] = None,
    add_share: Annotated[
        float | None,
        _setting("added_share", "Share of plates that are of added designs.", min=0, max=1),
    ] = None,
    heads: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCRIPT",
            show_default="all of the network learns",
            help="Have only this script's head learn, in minutes: a recognizer's own, or a new one. All else "
            "stays as it is. May be given again.",
        ),
    ] = None,
    typeface: Typefaces = None,
    easing: Annotated[
        int | None,
        _setting(
            "easing",
            "So many windows pass from straight plates in the middle to the whole range of poses.",
            min=0,
        ),
    ] = None,
    workers: Annotated[int | None, _setting("workers", "Processes that make samples.", min=1)] = None,
    reuse: Annotated[float | None, _setting("reuse", "How often each sample is used.", min=1)] = None,
    varied: Annotated[
        bool | None,
        typer.Option(
            "--varied/--not-varied",
            show_default="not",
            help="See a detector's scene from another distance and in another light each time it is used.",
        ),
    ] = None,
    pool: Annotated[int | None, _setting("pool", "Samples kept on disk.", min=64)] = None,
    seed: Annotated[int | None, _setting("seed", "Seed of samples and weights.", min=0)] = None,
    validate_every: Annotated[int, typer.Option(min=1, help="Steps between two validations.")] = 1000,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default="all",
            help="TensorFlow's or PyTorch's threads; 1 leaves cores for a second run.",
        ),
    ] = None,
) -> None:
    """Train a network on pictures made as it trains.

    The folder of --resume holds all of a run: recipe.json, checkpoint.keras, curves.csv, TensorBoard's log, a
    picture of validation misses, and the pool of samples. Ctrl-C and SIGTERM keep everything, a killed run
    goes on from its last checkpoint (every two minutes), and --more trains further; options not given keep
    what the run was started with. curves.png draws the figures, those of the fixed validation set among them,
    which is the same whatever the options. KERAS_BACKEND=jax or torch trains the same on a GPU.

    \b
      numberplate train recognizer --resume runs/recognizer --fonts fonts/
      numberplate train detector --resume runs/detector --backgrounds SUN397.tar
      numberplate train recognizer --resume runs/recognizer --more 3000
      numberplate train recognizer --resume runs/thai --heads thai --more 1000
      numberplate train window --resume runs/window --steps 90000
      numberplate export runs/recognizer --out weights/
    """
    with training():
        import keras

        if threads:
            _limit(keras.backend.backend(), threads)
        from numberplate.plates.design import DesignError
        from numberplate.synthesis.type.lettering import FontError
        from numberplate.synthesis.world.backgrounds import BackgroundError
        from numberplate.training.checkpoints import RECIPE, is_begun, step_of
        from numberplate.training.fit import Run
        from numberplate.training.pool import PoolError
        from numberplate.training.recipe import RecipeError

    if more is not None and steps is not None:
        raise typer.BadParameter("give the steps in all, or those beyond: not both", param_hint="--more")
    start = Recipe.starting(kind.value)
    try:
        if (run / RECIPE).is_file():
            start = Recipe.read(run / RECIPE)
            if start.kind != kind.value:
                fail(f"{run}: holds the training of a {start.kind}")
        if heads:
            start = start.with_heads(heads)
        recipe = start.changed(
            steps=steps,
            batch=batch,
            rate=rate,
            decay=decay,
            width=width,
            precision=precision.value if precision else None,
            fonts=tuple(fonts) if fonts else None,
            backgrounds=str(backgrounds) if backgrounds else None,
            designs=tuple(map(str, design)) if design else None,
            generic=generic,
            added=_added(start, add_design or ()),
            added_share=add_share,
            typefaces=tuple(typeface) if typeface else None,
            easing=easing,
            workers=workers,
            reuse=reuse,
            varied=varied,
            pool=pool,
            seed=seed,
        )
        if more is not None:
            recipe = recipe.lasting(step_of(run) if is_begun(run) else 0, more)
        Run(run, recipe.anywhere()).fit(say, validate_every=validate_every)
    except KeyboardInterrupt as error:
        stopped(f"Stopped; everything is kept in {run}. The same command goes on from there.", error)
    except (BackgroundError, DesignError, FontError, PoolError, RecipeError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or run}: {error.strerror or error}")
    print(f"Trained; `numberplate export {run} --out DIR` writes the ONNX file")


def _limit(backend: str, threads: int) -> None:
    """Has a backend of Keras that was imported already compute with so many threads."""
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    elif backend == "torch":
        import torch

        torch.set_num_threads(threads)
    else:
        complain("--threads: JAX takes as many as it likes")


def _added(start: Recipe, designs: Sequence[Path]) -> tuple[str, ...]:
    """The designs that are drawn besides the others: those of the run, then new ones, each once."""
    given = (str(path.resolve()) if path.exists() else str(path) for path in designs)
    return tuple(dict.fromkeys([*start.added, *given]))


def export(
    run: Annotated[
        Path,
        typer.Argument(
            show_default=False, metavar="RUN", help="The folder of a training run.", parser=named_path
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write the ONNX file and its card there.",
            parser=named_path,
        ),
    ],
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write there what another run can start from: the weights in half precision, a sixth of a "
            "checkpoint.",
            parser=named_path,
        ),
    ] = None,
    keep: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="How much the weights that the run started from count, in the mean of both that is written: "
            "it forgets less of the rest, and has learnt less of what is new.",
        ),
    ] = 0.0,
    fonts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR",
            show_default=_RUNS_OWN,
            help='Of these samples: folders of font files, or "system".',
        ),
    ] = None,
    backgrounds: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", show_default=_RUNS_OWN, help="Photographs of these samples.", parser=named_path
        ),
    ] = None,
) -> None:
    """Write a trained network as an ONNX file with its card.

    The file's outputs are compared with the Keras network's before it is kept. `numberplate read
    --weights DIR` reads with what is in a folder.

    It is measured and made faster by samples, of the run's fonts and photographs where none are given. A
    start names none, and those of most scripts need fonts.

    \b
      numberplate export runs/recognizer --out weights/
      numberplate export checkpoints/recognizer --out weights/ --fonts fonts/
    """
    with training():
        from numberplate.models.manifest import WeightsError
        from numberplate.plates.design import DesignError
        from numberplate.synthesis.type.lettering import FontError
        from numberplate.synthesis.world.backgrounds import BackgroundError
        from numberplate.training.checkpoints import write_start
        from numberplate.training.export import ExportError
        from numberplate.training.export import export as write
        from numberplate.training.recipe import RecipeError
    try:
        given = str(backgrounds) if backgrounds else None
        print(write(run, out, keep, tuple(fonts or ()), given))
        if start is not None:
            write_start(run, start, keep)
    except KeyboardInterrupt as error:
        stopped(f"Stopped; {out} is as it was.", error)
    except (BackgroundError, DesignError, ExportError, FontError, RecipeError, WeightsError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
