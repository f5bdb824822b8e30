"""`numberplate evaluate`: how well the plates of labelled pictures are read."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from numberplate import __version__
from numberplate.cli.errors import fail
from numberplate.cli.options import Crop, Device, LabelledAs, LongestSide, Threads, Weights, named_path
from numberplate.cli.output.progress import progress
from numberplate.replacing import write_whole


class Format(StrEnum):
    """How the figures are printed."""

    TABLE = "table"
    JSON = "json"


def evaluate(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", show_default=False, help="The folder of the labelled pictures.", parser=named_path
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write the page, its pictures and figures.json there, over what an earlier run wrote.",
            parser=named_path,
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="A CSV file of labels, if it is not in DIR.",
            parser=named_path,
        ),
    ] = None,
    label_format: LabelledAs = None,
    crop: Crop = False,
    output: Annotated[
        Format, typer.Option("--format", "-f", help="table: for people. json: for programs.")
    ] = Format.TABLE,
    longest_side: LongestSide = 1280,
    threads: Threads = 1,
    device: Device = "cpu",
    weights: Weights = None,
) -> None:
    """Measure how well the plates of labelled pictures are read.

    The labels are a file labels.csv with the columns image,x,y,width,height,text: one row a plate, its
    picture as a path below DIR, its box in pixels from the top left. A row without a box is a plate whose
    place is not known: it is judged by its text. One without a text is only to be found. A row with neither
    is a picture that shows no plate.

    Or they are fast-plate-ocr's CSV, YOLO's text files, Pascal VOC's XML, COCO's JSON, CCPD's file names, or
    the text files of UFPR-ALPR, RodoSol-ALPR or OpenALPR's benchmark.

    The figures of all pictures are printed, and those of each folder in DIR. They are written to figures.json
    in the folder of --out as well, beside index.html: a page that shows every miss, with picture, crop, truth
    and reading.

    A picture that cannot be read gets a line on standard error, its plates count as not found, and the exit
    code is 1 at the end.

    Examples:

    \b
      numberplate evaluate photos/ --out misses/
      numberplate evaluate photos/ --out misses/ --labels mine.csv --weights mine/
      numberplate evaluate CCPD2020/test/ --out misses/
    """
    from numberplate.evaluation import LabelsError, read_labelled, write_page
    from numberplate.evaluation import evaluate as read_each
    from numberplate.evaluation.table import as_json, named_figures, table
    from numberplate.models.bundle import load_recognizer
    from numberplate.reading import DeviceError, PlateReader, WeightsError

    try:
        labelled = read_labelled(folder, labels, label_format and label_format.value)
        reader = PlateReader(
            weights, threads=threads, device=device, longest_side=longest_side, plate_only=crop
        )
        card = load_recognizer(weights)[1]
        out.mkdir(parents=True, exist_ok=True)
    except (LabelsError, WeightsError, DeviceError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{out}: {error.strerror or error}")

    results = []
    with progress("reading", len(labelled)) as done:
        for picture, result in zip(labelled, read_each(reader, folder, labelled), strict=True):
            results.append(result)
            if result.error is not None:
                place = f" ({picture.file}, line {picture.line})" if picture.line else ""
                done.complain(f"{folder / result.image}: {result.error}{place}")
            done.advance()

    named = named_figures(results)
    about = {
        "numberplate": __version__,
        "folder": str(folder),
        "labels": str(labels or label_format or "as found in the folder"),
        "weights": "the package's own" if weights is None else str(weights),
        "threads": threads,
        "device": reader.device,
    }
    figures = json.dumps(as_json(named, about), indent=2)
    print(figures if output is Format.JSON else table(named))  # first, whatever becomes of the files
    try:
        write_whole(out / "figures.json", figures + "\n")
        page = write_page(out, folder, results, (card.height, card.width), about)
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}")
    if output is Format.TABLE:
        print(f"\nEvery miss is shown in {page}")
    if any(result.error is not None for result in results):
        raise typer.Exit(1)
