"""`numberplate benchmark`: beside other programs, over labelled pictures."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from numberplate import __version__
from numberplate.cli.errors import fail
from numberplate.cli.options import Device, LabelledAs, Weights, named_path
from numberplate.cli.output.lines import complain
from numberplate.cli.output.progress import progress
from numberplate.cli.output.table import table
from numberplate.replacing import write_whole


class Peer(StrEnum):
    """A program to compare with."""

    FAST_ALPR = "fast-alpr"
    OPENALPR = "openalpr"
    RAPIDOCR = "rapidocr"
    COMMAND = "command"


def benchmark(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", show_default=False, help="The folder of the labelled pictures.", parser=named_path
        ),
    ],
    against: Annotated[
        list[Peer] | None,
        typer.Option(show_default=False, help="A program to compare with. May be given again."),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            show_default=False,
            help="That of --against command: {} in it stands for a picture's path. It prints the JSON of "
            "alpr -j or of numberplate read, or a line a plate: its text, and its confidence if it has one.",
        ),
    ] = None,
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
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", show_default="all", help="Take so many pictures, spread over all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write index.html and benchmark.json there as well.",
            parser=named_path,
        ),
    ] = None,
    weights: Weights = None,
    device: Device = "cpu",
) -> None:
    """Compare with other programs that read number plates: the same pictures, one thread, one core.

    The labels are those of numberplate evaluate. Each program runs in a process of its own, one after the
    other; what it needs is yours to install. Measured are how well it reads, the time of a picture and the
    memory that it takes.

    fast-alpr and rapidocr are Python packages, with the networks that they take by default; rapidocr reads
    all texts, of which those of 4 to 10 characters with a digit count. openalpr is the command alpr.
    --device is that of numberplate alone.

    The exit code is 1 at the end where a program fails, or cannot read a picture.

    Examples:

    \b
      numberplate benchmark photos/ --against rapidocr --out comparison/
      numberplate benchmark photos/ --against command --command 'alpr -c eu -j {}'
    """
    from numberplate.evaluation import LabelsError, read_labelled
    from numberplate.evaluation.benchmark import as_json, compete, machine, page, rows
    from numberplate.peers.answers import PeerError
    from numberplate.peers.programs import OURS
    from numberplate.reading import DeviceError, WeightsError

    peers = list(dict.fromkeys(peer.value for peer in against or ()))
    if (Peer.COMMAND.value in peers) != (command is not None):
        raise typer.BadParameter("goes with --against command", param_hint="--command")
    try:
        labelled = read_labelled(folder, labels, label_format and label_format.value)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
    except LabelsError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{out}: {error.strerror or error}")
    if limit is not None and limit < len(labelled):
        labelled = [labelled[i * len(labelled) // limit] for i in range(limit)]
    contenders, failed = [], False
    with progress("reading", len(labelled) * (1 + len(peers))) as done:
        for name in (OURS, *peers):
            try:
                contenders.append(compete(name, folder, labelled, command, weights, done.advance, device))
            except (WeightsError, DeviceError) as error:
                fail(str(error))
            except PeerError as error:
                failed = True
                done.complain(f"numberplate: {error}")
    if not contenders:
        raise typer.Exit(1)
    about = {
        "numberplate": __version__,
        "pictures": len(labelled),
        "folder": str(folder),
        "labels": str(labels or label_format or "as found in the folder"),
        "device": device,
        **({"command": command} if command else {}),
        **machine(),
    }
    names = [one.name for one in contenders]
    print(table(["", *names], [[what, *values] for what, values in rows(contenders)], right=names))
    if out is not None:
        try:
            figures = json.dumps(as_json(contenders, about), indent=2)
            write_whole(out / "benchmark.json", figures + "\n")
            write_whole(out / "index.html", page(contenders, about))
        except OSError as error:
            fail(f"{error.filename or out}: {error.strerror or error}")
        complain(f"numberplate: the page is {out / 'index.html'}")
    if failed or any(one.figures.unreadable for one in contenders):
        raise typer.Exit(1)
