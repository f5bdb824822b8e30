"""Options that several commands have: each is said here once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

_DATABASE = "NUMBERPLATE_DATABASE"


def named_path(text: str) -> Path:
    """The path of an option or an argument; an empty one, as of a variable that is not set, is none."""
    if not text:
        raise typer.BadParameter("expected a path, got an empty one")
    return Path(text)


def named_database(text: str) -> str:
    """The database of an option; an empty one, as of a variable that is not set, is not the user's own."""
    if not text:
        raise typer.BadParameter("expected a file or an address, got an empty one")
    return text


Threads = Annotated[int, typer.Option("--threads", min=1, max=1024, help="Processor threads to run on.")]

Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        show_default="all cores",
        help="Pictures to read at once, each in a process of its own.",
    ),
]

Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="What networks run on: cpu, cuda, openvino, coreml, directml or migraphx, as this ONNX Runtime "
        "has them, or auto: that of them which proves fastest.",
    ),
]

Weights = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        metavar="DIR",
        show_default=False,
        help="Use the networks of this folder instead of those of the package.",
        parser=named_path,
    ),
]

ExpectedRegions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="CODES",
        show_default=False,
        help="Expect plates of these regions, such as gb or gb,de,us-tx; those of others are read too. "
        "May be given again.",
    ),
]

DetectionThreshold = Annotated[
    float | None,
    typer.Option(
        "--detection-threshold",
        min=0.001,
        max=1.0,
        show_default="of the weights",
        help="Least probability that there is a plate at all.",
    ),
]

MinConfidence = Annotated[
    float | None,
    typer.Option(
        "--min-confidence",
        min=0.0,
        max=1.0,
        show_default="0.1, unless it is plainly a plate",
        help="Leave out plates whose text is less probable than this.",
    ),
]

LongestSide = Annotated[
    int,
    typer.Option(
        "--longest-side",
        min=32,
        max=16384,
        metavar="PIXELS",
        help="Of the largest picture in which plates are looked for: larger finds smaller plates in large "
        "pictures, and takes longer.",
    ),
]

MaxMegapixels = Annotated[
    float,
    typer.Option("--max-megapixels", min=0.001, help="Refuse larger pictures, before they are decoded."),
]

Save = Annotated[
    bool, typer.Option("--save", help="Keep the sightings in the database, as --database alone does.")
]

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        "-d",
        metavar="FILE|URL",
        envvar=_DATABASE,
        show_default="sightings.db in your folder for data of programs",
        help="The database of sightings: an SQLite file, or postgresql://user:password@host/name.",
        parser=named_database,
    ),
]

Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same pictures.")]

Fonts = Annotated[
    list[str] | None,
    typer.Option(
        "--fonts",
        metavar="DIR",
        show_default="drawn alphabets only",
        help='A folder of font files, or "system" for those installed here. May be given again.',
    ),
]

Photographs = Annotated[
    Path | None,
    typer.Option(
        "--backgrounds",
        metavar="PATH",
        show_default="drawn streets and shapes",
        help="Photographs to lay plates on: a folder, or a zip or tar of them.",
        parser=named_path,
    ),
]

Designs = Annotated[
    list[Path] | None,
    typer.Option(
        "--design",
        metavar="FILE|NAME",
        show_default="all of the package",
        help="Draw only this design: a file, or one of the package by its name, such as sk or han/cn. May be "
        "given again.",
        parser=named_path,
    ),
]

Typefaces = Annotated[
    list[str] | None,
    typer.Option(
        "--typeface",
        metavar="NAME",
        show_default="drawn-british",
        help="A typeface of a window's plates, as a shell pattern of its name. May be given again.",
    ),
]

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="NUMBERPLATE_CONFIG",
        show_default="numberplate.toml",
        help="The file of the installation.",
        parser=named_path,
    ),
]

Crop = Annotated[bool, typer.Option("--crop", help="Each picture shows a plate and little else.")]


def seconds_long(help: str) -> Any:
    """An option that is a time in seconds."""
    return typer.Option(min=0.0, metavar="SECONDS", help=help)


class LabelFormat(StrEnum):
    """How the plates of the pictures are labelled."""

    CSV = "csv"
    YOLO = "yolo"
    VOC = "voc"
    COCO = "coco"
    CCPD = "ccpd"
    UFPR = "ufpr"
    OPENALPR = "openalpr"


LabelledAs = Annotated[
    LabelFormat | None,
    typer.Option(
        "--label-format",
        show_default="found out",
        help="How plates are labelled; csv: labels.csv, or fast-plate-ocr's.",
    ),
]
