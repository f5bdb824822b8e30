"""`numberplate calibrate`: fit a bundle's numbers to its weights."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import extra, fail, stopped
from numberplate.cli.options import Fonts, Photographs, named_path
from numberplate.cli.output.lines import say

if TYPE_CHECKING:
    from numberplate.calibration import Figures

_FEWEST_CROPS = 80
"""Of each script: few scenes are enough for what all scenes say together, and not for a head of its own."""


def calibrate(
    bundle: Annotated[
        Path,
        typer.Argument(
            metavar="BUNDLE", show_default=False, help="The folder of networks.", parser=named_path
        ),
    ],
    convert: Annotated[
        bool,
        typer.Option("--convert", help="Only rewrite bundle.json of a folder of an earlier version."),
    ] = False,
    samples: Annotated[
        int,
        typer.Option(
            min=20,
            help="Scenes that the numbers are fitted to, and crops of each script but Latin "
            f"({_FEWEST_CROPS} at least).",
        ),
    ] = 600,
    clips: Annotated[int, typer.Option(min=2, help="Clips that the vote is fitted to.")] = 40,
    checks: Annotated[
        int, typer.Option(min=1, help="Scenes, of another seed, that are only measured.")
    ] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the scenes and clips.")] = 20_261,
    heads: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCRIPT",
            show_default="all numbers are fitted",
            help="Fit only the temperatures of this script's head: of one that learnt alone. Takes minutes. "
            "May be given again.",
        ),
    ] = None,
    fonts: Fonts = None,
    backgrounds: Photographs = None,
) -> None:
    """Fit the numbers of a bundle to its weights and write them into its bundle.json.

    Temperatures, the second look, views, the prior weight of plates' formats, what a plate and its bands say
    together, the evidence of a plate and the vote over frames are fitted one after the other to scenes and
    clips made of the fonts and backgrounds that training never saw: one in twelve of --fonts and of
    --backgrounds. Each fit's figure is printed before and after, and kept in the manifest with its samples
    and seed.

    \b
      numberplate calibrate weights/ --fonts system --backgrounds photos/
      numberplate calibrate weights/ --samples 1000 --seed 7
      numberplate calibrate weights/ --heads thai --fonts fonts/
      numberplate calibrate old-weights/ --convert
    """
    from numberplate.models.initial import converted
    from numberplate.models.manifest import MANIFEST, WeightsError

    path = bundle / MANIFEST
    try:
        if convert:
            converted(bundle).write(path)
            print(path)
            return
    except WeightsError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    with extra("train"):
        from numberplate.plates.design import DesignError
        from numberplate.synthesis.held_out import letterings_and_backgrounds
        from numberplate.synthesis.scene import Ingredients
        from numberplate.synthesis.type.lettering import FontError
        from numberplate.synthesis.world.backgrounds import BackgroundError
    with extra("live"):
        from numberplate.calibration import CalibrationError, Settings, calibrate_heads
        from numberplate.calibration import calibrate as fit
    if bundle.is_dir() and not os.access(bundle, os.W_OK):
        fail(f"{bundle}: cannot be written: copy it to a folder of your own")
    settings = Settings(
        scenes=samples, crops=max(_FEWEST_CROPS, samples), checks=checks, clips=clips, seed=seed
    )
    report = None
    try:
        ingredients = Ingredients(*letterings_and_backgrounds(fonts or (), backgrounds, held_out=True))
        if heads:
            manifest = calibrate_heads(bundle, ingredients, list(dict.fromkeys(heads)), settings, say)
        else:
            report = fit(bundle, ingredients, settings, say)
            manifest = report.manifest
        manifest.write(path)
    except (BackgroundError, CalibrationError, DesignError, FontError, WeightsError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or path}: {error.strerror or error}")
    except KeyboardInterrupt as error:
        stopped(f"Stopped; {path} is as it was.", error)
    if report is not None:
        _print_figures(report.before, report.after, checks, clips // 2)
    print(f"\n{path}")


def _print_figures(before: "Figures", after: "Figures", checks: int, clips: int) -> None:
    print(f"\nOn {checks} scenes and {clips} clips that nothing was fitted to: before → after")
    rows = [
        ("plates found", "found", 3),
        ("read exactly", "exact", 3),
        ("false plates a scene", "false", 3),
        ("expected calibration error", "error", 4),
        ("  read in one view", "error_one", 4),
        ("  read in several", "error_several", 4),
        ("vehicles read exactly", "vote_exact", 3),
        ("  expected calibration error", "vote_error", 4),
    ]
    for name, key, digits in rows:
        values = (getattr(figures, key) for figures in (before, after))
        print(f"{name:30s}" + " → ".join("–" if v is None else f"{v:.{digits}f}" for v in values))
