"""`numberplate reproduce`: all of the networks from nothing, by the plan that comes with the package."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail, stopped, training
from numberplate.cli.options import Fonts, Photographs, named_path
from numberplate.cli.output.lines import say


class What(StrEnum):
    """Which networks are made."""

    DETECTOR = "detector"
    RECOGNIZER = "recognizer"
    WINDOW = "window"
    ALL = "all"


def reproduce(
    what: Annotated[What, typer.Argument(help="The network to make, or all.")] = What.ALL,
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Write the bundle there, with reproduced.json.", parser=named_path),
    ] = Path("reproduced"),
    runs: Annotated[
        Path,
        typer.Option(
            "--resume", metavar="DIR", help="Folder of the runs; what is there goes on.", parser=named_path
        ),
    ] = Path("runs/reproduced"),
    fonts: Fonts = None,
    backgrounds: Photographs = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that make samples.")] = 1,
    plan: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="that of the package",
            help="JSON file of another plan.",
            parser=named_path,
        ),
    ] = None,
    scale: Annotated[
        float,
        typer.Option(min=1e-6, max=1, help="Do this share of the steps: 0.0001 rehearses all in minutes."),
    ] = 1.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and how long it takes.")
    ] = False,
) -> None:
    """Make the networks from nothing: train from fresh weights, export, calibrate.

    The plan says all that decides the result: stages, designs, settings, seeds, and the hashes of the fonts
    and backgrounds that it was made for. Give the folders of these; others give other figures, and a line
    says so. reproduced.json in the bundle says what was done: commit, versions, hashes, times and figures.

    Ctrl-C keeps everything; the same command goes on from there.

    \b
      numberplate reproduce --dry-run
      numberplate reproduce --fonts fonts/ --backgrounds photos/ --out weights/
      numberplate reproduce recognizer --scale 0.0001 --fonts fonts/ --out try/
    """
    with training():
        from numberplate.models.manifest import WeightsError
        from numberplate.plates.design import DesignError
        from numberplate.reproduction.plan import KINDS, PlanError, read_plan
        from numberplate.synthesis.type.lettering import FontError
        from numberplate.synthesis.world.backgrounds import BackgroundError
        from numberplate.training.recipe import RecipeError
    try:
        planned = read_plan(plan)
        kinds = [kind for kind in KINDS if kind in planned.networks and what.value in (kind, "all")]
        if not kinds:
            fail(f"{plan}: has no {what.value}")
        if dry_run:
            for kind in kinds:
                stages = ", ".join(
                    f"{one.name} ({one.steps} × {one.batch})" for one in planned.networks[kind]
                )
                minutes = planned.gpu_minutes(kind)
                gpu = "" if minutes is None else f", about {minutes:.0f} minutes on a GPU"
                print(f"{kind}: {stages}\n  about {planned.hours(kind):.0f} hours on two cores{gpu}")
            print("calibration: " + ", ".join(f"{k} {v}" for k, v in planned.calibration.items()))
            for source, content in planned.content.items():
                print(f"{source}: {content.files} files, SHA-256 {content.sha256}")
            return
        with training():
            from numberplate.training.export import ExportError
            from numberplate.training.pool import PoolError
        with extra("live"):
            from numberplate.calibration import CalibrationError
            from numberplate.reproduction import reproduce as carry_out
        try:
            done = carry_out(
                planned,
                kinds,
                runs,
                out,
                tuple(fonts or ()),
                str(backgrounds) if backgrounds else None,
                workers,
                scale,
                say,
            )
        except (CalibrationError, ExportError, PoolError) as error:
            fail(str(error))
    except KeyboardInterrupt as error:
        stopped(f"Stopped; everything is kept in {runs}. The same command goes on from there.", error)
    except (BackgroundError, DesignError, FontError, PlanError, RecipeError, WeightsError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    print(f"\n{out}: a bundle; {done.path.name} says how it was made")
