"""`numberplate bulk`: millions of pictures, on a machine or a cluster, to Parquet."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import extra, usable
from numberplate.cli.options import (
    Crop,
    DetectionThreshold,
    Device,
    ExpectedRegions,
    LongestSide,
    MaxMegapixels,
    MinConfidence,
    Threads,
    Weights,
)
from numberplate.cli.output.lines import complain
from numberplate.cli.output.progress import updates
from numberplate.cli.output.table import table

if TYPE_CHECKING:
    from numberplate.bulk.run import Progress, Summary


def bulk(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            show_default=False,
            help="Folders of pictures, lists of them (.csv, .parquet, .txt), tars of them (.tar, .tar.gz), "
            "here or in an object store (s3://…, gs://…, az://…); quoted patterns such as "
            "'s3://photos/{000000..000999}.tar' or 'lists/*.parquet'.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            metavar="DIR", show_default=False, help="Write the tables there, here or in an object store."
        ),
    ],
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            show_default="this machine alone",
            help="Read on a Ray cluster: auto for the one that this machine is of, local for one that is "
            "started here, or an address.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", show_default="all cores", help="Parts to read at once, a process each."
        ),
    ] = None,
    part_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default="1000, fewer of few",
            help="Pictures that one worker reads at a time, and that are in one file of each table. A tar is "
            "never cut.",
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            show_default="source, picture, image, path, url, …",
            help="Column of the lists that has the pictures' names.",
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(min=1.0, help="A picture that takes longer, its fetching included, is a bad one."),
    ] = 60.0,
    min_confidence: MinConfidence = None,
    top: Annotated[
        int, typer.Option(min=1, metavar="N", help="Texts that each plate offers, the likeliest first.")
    ] = 5,
    region: ExpectedRegions = None,
    crop: Crop = False,
    detection_threshold: DetectionThreshold = None,
    longest_side: LongestSide = 1280,
    threads: Threads = 1,
    device: Device = "cpu",
    max_megapixels: MaxMegapixels = 100.0,
    weights: Weights = None,
) -> None:
    """Read very many pictures, on all cores of this machine or of a Ray cluster, to Parquet.

    The folder of --out gets three tables, each of many files: plates/ has a row a plate, pictures/ a row a
    picture that was read, bad/ a row a picture that could not be, with the reason. summary.json has the sums.

    The same command resumes a run that was ended, by kill -9 too: parts that are done stay, and no picture is
    lost or there twice. What is to be read is fixed when a run is begun.

    Pictures that cannot be read are in their table; the exit code is 0 all the same. It is 1 where the run
    itself cannot go on.

    Examples:

    \b
      numberplate bulk photos/ --out parquet/
      numberplate bulk list.csv --out parquet/ --column file
      numberplate bulk 's3://photos/{000..999}.tar' --out s3://plates --ray auto
    """
    with extra("bulk"):
        from numberplate.bulk.engines import Engine, LocalEngine, RayEngine
        from numberplate.bulk.errors import BulkError
        from numberplate.bulk.run import Run, absolute
        from numberplate.bulk.worker import Reading
    from numberplate.models.device import AUTO
    from numberplate.reading import ReadOptions

    if device == AUTO:
        raise typer.BadParameter("name one: all machines are to read alike", param_hint="--device")
    with usable(BulkError):
        options = ReadOptions(
            min_confidence=min_confidence,
            candidates=top,
            regions=",".join(region or ()),
            detection_threshold=detection_threshold,
            longest_side=longest_side,
            max_megapixels=max_megapixels,
            plate_only=crop,
        )
        reading = Reading(options, weights and weights.absolute(), threads, device, seconds)
        with _saying_how_it_goes_on(), ExitStack() as ending:
            engine: Engine
            if ray is None:
                engine = local = LocalEngine(workers, threads)
                ending.callback(local.close)
                local.start(reading, absolute(out))  # what is wrong is said before anything is written
            run = Run(sources, out, reading, column, part_size)
            if run.resumed:
                left = len(run.left)
                complain(
                    f"numberplate: going on: {run.plan.size - left:,} of {run.plan.size:,} parts are done"
                )
            if ray is not None:
                with extra("bulk"):
                    engine = RayEngine(ray, workers, threads)
                ending.callback(engine.close)
            with updates(_line, _share) as show:
                summary = run.go(engine, show)
    print(_table(summary))
    if summary.bad:
        print(f"\nWhat could not be read, and why, is in {run.out.shown('bad')}")


@contextmanager
def _saying_how_it_goes_on() -> Iterator[None]:
    """Says on Ctrl-C and SIGTERM how it goes on."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        complain("numberplate: ended; the same command goes on from here")
        raise


def _share(now: "Progress") -> tuple[int, int]:
    """How much is done, of how much: pictures, or parts while nobody knows how many pictures these have."""
    return (now.parts, now.all_parts) if now.total is None else (now.pictures, now.total)


def _line(now: "Progress") -> str:
    of = "" if now.total is None else f" of {now.total:,}"
    left = "" if now.seconds_left is None else f", {_duration(now.seconds_left)} left"
    parts = f"{now.parts:,} of {now.all_parts:,} parts"
    return f"{now.pictures:,}{of} pictures, {parts}, {now.rate:,.1f} a second{left}"


def _duration(seconds: float) -> str:
    minutes, whole = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}"


def _table(summary: "Summary") -> str:
    rows = [
        ["pictures read", f"{summary.pictures:,}"],
        ["plates", f"{summary.plates:,}"],
        ["bad pictures", f"{summary.bad:,}"],
        ["parts", f"{summary.parts:,}"],
        ["core-hours", f"{summary.cpu_seconds / 3600:,.3f}"],
        ["workers, this time", f"{summary.workers:,}"],
        ["pictures a second, this time", "–" if summary.rate is None else f"{summary.rate:,.1f}"],
    ]
    return table(["", "in all"], rows, right=("in all",))
