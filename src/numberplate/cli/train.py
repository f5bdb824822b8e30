"""`numberplate train` and `numberplate export`: fit the networks, and turn them into ONNX files."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail


class Kind(StrEnum):
    """Which network is trained."""

    DETECTOR = "detector"
    RECOGNIZER = "recognizer"
    WINDOW = "window"


class Precision(StrEnum):
    """What a network's layers compute with in training."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Head(StrEnum):
    """How a recognizer states its text."""

    CTC = "ctc"
    SLOTS = "slots"


def train(
    kind: Annotated[Kind, typer.Argument(show_default=False, help="The network to train.")],
    run: Annotated[
        Path,
        typer.Option(
            "--resume",
            metavar="DIR",
            show_default=False,
            help="Folder of the run: its checkpoint, curves and misses. A run that is there is resumed.",
        ),
    ],
    steps: Annotated[int | None, typer.Option(min=1, show_default="10000", help="Steps in all.")] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, show_default="64, detector 12", help="Samples a step.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0, show_default="0.0015, window 0.001", help="Highest learning rate.")
    ] = None,
    decay: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, show_default="0.3", help="Share of the steps over which it falls to nought."
        ),
    ] = None,
    width: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            show_default="1, window 0.25",
            help="Scales the network's maps; 1 is the article's own for a window.",
        ),
    ] = None,
    precision: Annotated[
        Precision | None,
        typer.Option(
            show_default="float32",
            help="Of the layers in training. bfloat16 is faster where the processor computes with it.",
        ),
    ] = None,
    fonts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR",
            show_default="drawn alphabets only",
            help='A folder of font files, or "system" for those installed here. May be given again.',
        ),
    ] = None,
    backgrounds: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            show_default="drawn patterns",
            help="Photographs: a folder, or a zip or tar of them.",
        ),
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", show_default="all of the package", help="Draw only these designs."),
    ] = None,
    generic: Annotated[
        float | None,
        typer.Option(min=0, max=1, show_default="0.5", help="Share of plates of no listed country."),
    ] = None,
    add_design: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            help="Draw this design besides the others. May be given again.",
        ),
    ] = None,
    add_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, show_default="0.2", help="Share of plates that are of added designs."),
    ] = None,
    typeface: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            show_default="drawn-british",
            help="A typeface of a window's plates, as a shell pattern of its name. May be given again.",
        ),
    ] = None,
    easing: Annotated[
        int | None,
        typer.Option(
            min=0,
            show_default="60000",
            help="So many windows pass from straight plates in the middle to the whole range of poses.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, show_default="1", help="Processes that make samples.")
    ] = None,
    reuse: Annotated[
        float | None, typer.Option(min=1, show_default="4, window 1.5", help="How often each sample is used.")
    ] = None,
    pool: Annotated[
        int | None, typer.Option(min=64, show_default="20000, detector 5000", help="Samples kept on disk.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, show_default="1", help="Seed of samples and weights.")
    ] = None,
    validate_every: Annotated[int, typer.Option(min=1, help="Steps between two validations.")] = 1000,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, show_default="all", help="TensorFlow's threads; 1 leaves cores for a second run."
        ),
    ] = None,
) -> None:
    """Train a network on pictures made as it trains.

    The folder of --resume holds all of a run: recipe.json, checkpoint.keras, curves.csv, TensorBoard's log, a
    picture of validation misses, and the pool of samples. Ctrl-C keeps everything, a killed run goes on from
    its last checkpoint (every two minutes), and the same command with more --steps trains further; options
    not given keep what the run was started with. KERAS_BACKEND=jax or torch trains the same on a GPU.

    \b
      numberplate train recognizer --resume runs/recognizer --fonts system --backgrounds photos/
      numberplate train detector --resume runs/detector --steps 100000 --backgrounds SUN397.tar
      numberplate train recognizer --resume runs/recognizer --steps 50000 --add-design mine.yaml
      numberplate train window --resume runs/window --steps 90000 --backgrounds photos/
      numberplate export runs/recognizer --out weights/
    """
    with extra("train"):
        import keras

        if threads and keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        from numberplate.plates.design import DesignError
        from numberplate.synthesis.type.lettering import FontError
        from numberplate.synthesis.world.backgrounds import BackgroundError
        from numberplate.training.fit import RECIPE, Run
        from numberplate.training.pool import PoolError
        from numberplate.training.recipe import Recipe, RecipeError

    start = Recipe(kind=kind.value)
    if kind is Kind.DETECTOR:
        start = start.changed(batch=12, pool=5000)
    if kind is Kind.WINDOW:
        start = start.changed(batch=64, pool=20_000, width=0.25, rate=1e-3, reuse=1.5, easing=60_000)
    try:
        if (run / RECIPE).is_file():
            start = Recipe.read(run / RECIPE)
            if start.kind != kind.value:
                fail(f"{run}: holds the training of a {start.kind}")
        recipe = start.changed(
            steps=steps,
            batch=batch,
            rate=rate,
            decay=decay,
            width=width,
            precision=precision.value if precision else None,
            fonts=tuple(fonts) if fonts else None,
            backgrounds=backgrounds,
            designs=tuple(design) if design else None,
            generic=generic,
            added=tuple(add_design) if add_design else None,
            added_share=add_share,
            typefaces=tuple(typeface) if typeface else None,
            easing=easing,
            workers=workers,
            reuse=reuse,
            pool=pool,
            seed=seed,
        )
        Run(run, recipe).fit(lambda line: print(line, flush=True), validate_every=validate_every)
    except KeyboardInterrupt:
        print(
            f"\nStopped; everything is kept in {run}. The same command goes on from there.", file=sys.stderr
        )
        raise typer.Exit(130) from None
    except (BackgroundError, DesignError, FontError, PoolError, RecipeError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or run}: {error.strerror or error}")
    print(f"Trained; `numberplate export {run} --out DIR` writes the ONNX file")


def export(
    run: Annotated[
        Path, typer.Argument(show_default=False, metavar="RUN", help="The folder of a training run.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", show_default=False, help="Write the ONNX file and its card there.")
    ],
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write there what another run can start from: the weights in half precision, a sixth of a "
            "checkpoint.",
        ),
    ] = None,
) -> None:
    """Write a trained network as an ONNX file with its card.

    The file's outputs are compared with the Keras network's before it is kept. `numberplate read
    --weights DIR` reads with what is in a folder.

    \b
      numberplate export runs/recognizer --out weights/
    """
    with extra("train"):
        from numberplate.training.export import ExportError
        from numberplate.training.export import export as write
        from numberplate.training.fit import write_start
        from numberplate.training.recipe import RecipeError
    try:
        print(write(run, out))
        if start is not None:
            write_start(run, start)
    except (ExportError, RecipeError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
