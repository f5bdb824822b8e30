"""`numberplate finetune`: train the recognizer further on labelled photographs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import fail, stopped, training
from numberplate.cli.options import Crop, Fonts, LabelledAs, Photographs, Weights, named_path
from numberplate.cli.output.lines import say
from numberplate.replacing import write_whole


def finetune(
    labelled: Annotated[
        Path,
        typer.Option(
            "--labelled",
            metavar="DIR",
            show_default=False,
            help="Folder of labelled pictures.",
            parser=named_path,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write the new bundle of weights there.",
            parser=named_path,
        ),
    ],
    run: Annotated[
        Path,
        typer.Option(
            "--resume", metavar="DIR", help="Folder of the run; one that is there goes on.", parser=named_path
        ),
    ] = Path("runs/finetuned"),
    start: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="What to go on from: a run of `train`, or the start of one in checkpoints/.",
            parser=named_path,
        ),
    ] = Path("checkpoints/recognizer"),
    share: Annotated[
        float,
        typer.Option(min=0.01, max=0.9, help="Share of samples that are labelled plates; others are drawn."),
    ] = 0.3,
    held_out: Annotated[
        float,
        typer.Option(min=0.01, max=0.9, help="Share of pictures that are kept from training, to measure."),
    ] = 0.2,
    steps: Annotated[int, typer.Option(min=1, help="Steps to train.")] = 1500,
    batch: Annotated[int, typer.Option(min=1, help="Samples a step.")] = 64,
    rate: Annotated[float, typer.Option(min=0, help="Highest learning rate.")] = 5e-4,
    label_format: LabelledAs = None,
    crop: Crop = False,
    weights: Weights = None,
    fonts: Fonts = None,
    backgrounds: Photographs = None,
    generic: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, show_default="as the start", help="Share of drawn plates of no listed country."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that make samples.")] = 1,
    pool: Annotated[int, typer.Option(min=64, help="Samples kept on disk.")] = 6000,
) -> None:
    """Train the recognizer further on your own labelled pictures.

    Labels are as `numberplate evaluate` reads them: a labels.csv, or the files of YOLO, Pascal VOC, COCO,
    CCPD, UFPR-ALPR, RodoSol-ALPR, OpenALPR's benchmark or fast-plate-ocr. Only plates with a text count.
    Where a box is labelled and no corners, corners are those that the networks find in it.

    Samples are these plates, moved and changed a little each time, and drawn ones, so that the rest of the
    world is not forgotten. Some pictures are kept from training, all those of one text together; they are
    read before and after. The bundle's card says that it was trained on real plates.

    Ctrl-C keeps everything; the same command goes on. Give --fonts and
    --backgrounds as for `train`: the start reads scripts that cannot be drawn without fonts.

    \b
      numberplate finetune --labelled mine/ --out weights/ --fonts fonts/
      numberplate finetune --labelled crops/ --crop --out weights/ --fonts fonts/
      numberplate read car.jpg --weights weights/
    """
    with training():
        from numberplate.evaluation import LabelsError, read_labelled
        from numberplate.evaluation.table import percent
        from numberplate.finetuning import FinetuneError, Settings
        from numberplate.finetuning import finetune as tune
        from numberplate.plates.design import DesignError
        from numberplate.reading import WeightsError
        from numberplate.synthesis.type.lettering import FontError
        from numberplate.synthesis.world.backgrounds import BackgroundError
        from numberplate.training.export import ExportError
        from numberplate.training.pool import PoolError
        from numberplate.training.recipe import RecipeError
    try:
        pictures = read_labelled(labelled, kind=label_format and label_format.value)
        settings = Settings(
            start,
            share,
            held_out,
            steps,
            batch,
            rate,
            crop,
            weights,
            tuple(fonts or ()),
            str(backgrounds) if backgrounds else None,
            generic,
            workers,
            pool,
        )
        result = tune(settings, labelled, pictures, run, out, say)
        figures = {"before": asdict(result.before), "after": asdict(result.after)}
        write_whole(out / "finetuned.json", json.dumps(figures, indent=2) + "\n")
    except KeyboardInterrupt as error:
        stopped(f"Stopped; what was trained is kept in {run}. The same command goes on from there.", error)
    except (
        BackgroundError,
        DesignError,
        ExportError,
        FinetuneError,
        FontError,
        LabelsError,
        PoolError,
        RecipeError,
        WeightsError,
    ) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or run}: {error.strerror or error}")
    print(f"\nThe {result.before.pictures} pictures kept from training: before → after")
    for name in ("exact_strict", "exact_folded", "character_accuracy", "detection_recall"):
        shown = [percent(getattr(one, name)) for one in (result.before, result.after)]
        print(f"  {name.replace('_', ' '):20s}{' → '.join(shown)}")
    print(f"\n{out}: its card says that it was trained on real plates.")
    print(f"`numberplate calibrate {out}` fits its numbers to the new weights.")
