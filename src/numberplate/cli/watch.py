"""`numberplate watch`: videos and streams in, each vehicle once."""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.cells import cell_len

from numberplate.cli.errors import extra, fail, usable
from numberplate.cli.keeping import Keeper
from numberplate.cli.options import (
    Database,
    DetectionThreshold,
    Device,
    ExpectedRegions,
    Save,
    Threads,
    Weights,
    named_path,
    seconds_long,
)
from numberplate.cli.output.lines import complain, plate_text, say, shown
from numberplate.cli.output.table import Table
from numberplate.cli.output.times import local, zone_name

if TYPE_CHECKING:
    from numberplate.live import Line, Mask, Sighting, Zone
    from numberplate.live.drawing import Drawing
    from numberplate.live.session import Summary, Watch
    from numberplate.live.sources.base import Source
    from numberplate.live.sources.frame import Frame
    from numberplate.results.plate import Plate


class Format(StrEnum):
    """How sightings are printed."""

    TABLE = "table"
    JSONL = "jsonl"


def watch(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            show_default=False,
            help="Video files, folders of frames, webcams (0, 1, /dev/video0), and streams: rtsp://…, "
            "http://… (MJPEG, HLS and others); with --every, addresses of snapshots.",
        ),
    ],
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="NAME",
            show_default="its address",
            help="What sightings call the source, such as gate. Given again, of the next source.",
        ),
    ] = None,
    zone: Annotated[
        list[str] | None,
        typer.Option(
            "--zone",
            metavar="NAME=POINTS",
            show_default=False,
            help="Report only vehicles in this part of the picture: 'drive=0.1,0.4 0.9,0.4 0.9,1 0.1,1', in "
            "fractions of the frame; two points are corners of a rectangle. width=PIXELS and "
            "length=CHARACTERS after them are its own --min-width and --min-length. May be given again.",
        ),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            metavar="POINTS",
            show_default=False,
            help="Do not look at this part of the picture, such as '0,0 0.4,0.06'. May be given again.",
        ),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(
            "--line",
            metavar="POINTS",
            show_default=False,
            help="Two points: vehicles that cross from left to right, as seen when walking from the first to "
            "the second, have the direction in, others out.",
        ),
    ] = None,
    output: Annotated[
        Format,
        typer.Option(
            "--format", "-f", help="table: for people. jsonl: one JSON object a vehicle, as it is seen."
        ),
    ] = Format.TABLE,
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Write the video with its plates drawn in, such as out.mp4; of several sources out-1.mp4, "
            "out-2.mp4 and so on.",
            parser=named_path,
        ),
    ] = None,
    save: Save = False,
    database: Database = None,
    region: ExpectedRegions = None,
    min_confidence: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Leave out vehicles whose text is less probable than this."),
    ] = 0.5,
    report_after: Annotated[
        float,
        seconds_long("Report a vehicle that stays after so long; others when they are gone."),
    ] = 10.0,
    hold: Annotated[
        float,
        seconds_long("A vehicle that is out of sight for less is the same, anywhere."),
    ] = 2.5,
    sure_after: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="SECONDS",
            help="Report a vehicle of a stream that is out of sight for so long, where its text is sure and "
            "it is known where it went; others after --hold.",
        ),
    ] = 0.4,
    gone_after: Annotated[
        float,
        seconds_long(
            "A vehicle is gone when its place was seen empty for so long; back, it is reported again."
        ),
    ] = 10.0,
    hidden_for: Annotated[
        float,
        seconds_long("The same when something else was seen there, for so long."),
    ] = 120.0,
    unseen_for: Annotated[
        float,
        seconds_long("A vehicle is forgotten when nothing was seen there for so long."),
    ] = 1800.0,
    min_width: Annotated[
        float,
        typer.Option(min=0.0, metavar="PIXELS", help="Leave out vehicles whose plate is never seen so wide."),
    ] = 48.0,
    min_length: Annotated[
        int, typer.Option(min=1, help="Leave out vehicles whose text has fewer characters.")
    ] = 4,
    rate: Annotated[
        float,
        typer.Option(min=0.01, max=1000.0, metavar="FPS", help="Frames a second of a folder's pictures."),
    ] = 25.0,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            show_default=False,
            help="The addresses are of snapshots, which are asked for so often: 1s, 500ms, 2m.",
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
            metavar="TIME",
            show_default="as the file says",
            help="When a file or folder begins: 2026-11-24T08:00:00, in this machine's zone, or "
            "2026-11-24T08:00:00Z, in UTC.",
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=1e6,
            metavar="SECONDS",
            help="A stream that brings nothing for so long is lost.",
        ),
    ] = 10.0,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            help="Wait for streams, and for a database, that cannot be reached at first. What is lost later "
            "is always tried again.",
        ),
    ] = False,
    hardware: Annotated[
        bool,
        typer.Option("--hardware", help="Decode videos by graphics hardware, where there is one that can."),
    ] = False,
    motion: Annotated[
        bool,
        typer.Option("--motion/--no-motion", help="Look only where something moved: faster."),
    ] = True,
    threads: Threads = 1,
    device: Device = "cpu",
    detection_threshold: DetectionThreshold = None,
    weights: Weights = None,
) -> None:
    """Watch videos and streams, and report each vehicle once.

    A vehicle is reported when it is gone, or after --report-after if it stays; a parked one is not reported
    again until its place was seen empty. Its text is voted on by all frames that show it. Files and folders
    are read frame by frame, as fast as that goes. Of a webcam or a stream the newest frame is taken, and
    those that came in the meantime are dropped; one that is lost is tried again, after growing pauses, until
    Ctrl-C.

    What cannot be watched, or breaks off, gets a line on standard error, the rest goes on, and the exit code
    is 1 at the end. Ctrl-C and SIGTERM end it and report what is still in sight. At the end a line on
    standard error says for each source how many frames were read, processed and dropped.

    Examples:

    \b
      numberplate watch gate.mp4
      numberplate watch rtsp://camera/stream --save --threads 2
      numberplate watch 0 --region de --format jsonl
      numberplate watch gate.mp4 --draw out.mp4 --min-confidence 0.8

    In jsonl, each line is an object:

    \b
      {"source", "text", "latin", "confidence", "first_seen", "last_seen",
       "frames", "direction", "corners", "path", "characters", "candidates",
       "region", "regions", "cut", "zone"}

    Times are in UTC, "latin" is the text in Latin letters, "direction" is towards, away, left, right, in, out
    or null, corners are those of the plate where it is seen best, and the path is of its middle, in pixels.
    "cut" names the sides that the frame's edge cut off wherever the plate was read.
    """
    with extra("live"):
        from numberplate.live import SourceOptions, Watch, WatchOptions
        from numberplate.live.sources.base import SourceError
        from numberplate.live.sources.fingerprint import fingerprint
        from numberplate.live.sources.opening import open_source
    import cv2

    from numberplate.models.device import AUTO

    cv2.setNumThreads(1)
    if start is not None:
        try:
            start = SourceOptions(start=start.astimezone(UTC)).start
        except (ValueError, OverflowError) as error:  # before the first year, or after the last
            raise typer.BadParameter(str(error), param_hint="--start") from error
    areas = _areas(zone, mask, line)
    seconds = None if every is None else _seconds(every)
    addresses = list(dict.fromkeys(sources))
    names = name or []
    if len(names) > len(addresses):
        raise typer.BadParameter(f"{len(names)} names for {len(addresses)} sources", param_hint="--name")
    if not all(one.strip() for one in names):
        raise typer.BadParameter("expected a camera's name, got none", param_hint="--name")
    if len({*names}) < len(names):
        raise typer.BadParameter("each source needs a name of its own", param_hint="--name")
    failed = False
    opened: list[Source] = []
    for place, address in enumerate(addresses):
        try:
            options = SourceOptions(
                name=names[place] if place < len(names) else None,
                rate=rate,
                start=start,
                every=seconds,
                timeout=timeout,
                wait=wait,
                hardware=hardware,
            )
            source = open_source(address, options, complain)
            shown_as, number = source.name, 1
            while any(known.name == source.name for known in opened):
                number += 1  # addresses that differ in what is not shown
                source.name = f"{shown_as} ({number})"
            opened.append(source)
        except SourceError as error:
            failed = True
            complain(f"{shown(error.source)}: {error.reason}")
    if not opened:
        raise typer.Exit(1)
    drawings = _Drawings(draw, opened)
    with usable():
        watching = Watch(
            opened,
            weights,
            threads,
            WatchOptions(
                min_confidence=min_confidence,
                report_after=report_after,
                min_width=min_width,
                min_length=min_length,
                regions=",".join(region or ()),
                detection_threshold=detection_threshold,
                zones=areas.zones,
                masks=areas.masks,
                line=areas.line,
                hold=hold,
                sure_after=sure_after,
                gone_after=gone_after,
                hidden_for=hidden_for,
                unseen_for=unseen_for,
                motion=motion,
            ),
            on_frame=drawings.write if draw is not None else None,
            device=device,
        )
    if device == AUTO:
        complain(f"numberplate: device: {watching.device}")
    recordings = {source.name: fingerprint(source) for source in opened}
    keep = Keeper(context, save, database, wait)
    rows = _Table([source.name for source in opened]) if output is Format.TABLE else None
    if rows is not None:
        for line in rows.head():
            say(line)
    try:
        with _stopping(watching):
            for sighting in watching.run():
                # First what stays: nobody may be there to read the other.
                keep.add(sighting, uuid4().hex, recordings[sighting.source])
                say(rows.of(sighting) if rows else json.dumps(sighting.to_dict()))
    except BrokenPipeError:
        # Whoever read the output has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        drawings.close()
        keep.close()
    for summary in watching.summaries():
        if summary.error is not None:
            failed = True
            complain(f"{shown(summary.source)}: {summary.error.reason}")
        complain(_summary(summary))
    if failed or drawings.failed or keep.failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Areas:
    zones: "tuple[Zone, ...]"
    masks: "tuple[Mask, ...]"
    line: "Line | None"


def _areas(zones: list[str] | None, masks: list[str] | None, line: str | None) -> _Areas:
    from numberplate.live import AreaError, Line, Mask, Zone

    option = "--zone"
    try:
        of_zones = tuple(Zone.parse(text) for text in zones or ())
        if len({zone.name for zone in of_zones}) < len(of_zones):
            raise AreaError("each zone needs a name of its own")
        option = "--mask"
        of_masks = tuple(Mask.parse(text) for text in masks or ())
        option = "--line"
        return _Areas(of_zones, of_masks, None if line is None else Line.parse(line))
    except AreaError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _seconds(text: str) -> float:
    """Of a time such as `1s`, `500ms` or `2m`; a number alone is seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|)", text.strip())
    value = float(found[1]) * {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}[found[2]] if found else 0.0
    if not 0.05 <= value <= 86400:
        raise typer.BadParameter(f"{text!r}: expected a time such as 1s, 500ms or 2m", param_hint="--every")
    return value


@contextmanager
def _stopping(watching: "Watch") -> Iterator[None]:
    """Ctrl-C and SIGTERM end the watching; a second one ends the program at once."""

    def stop(number: int, _: object) -> None:
        watching.stop()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Drawings:
    """A drawn video for each source; one that cannot be written is given up, with a line."""

    def __init__(self, path: Path | None, sources: "Sequence[Source]"):
        self.failed = False
        self._open: dict[str, Drawing] = {}
        self._paths: dict[str, Path | None] = dict.fromkeys(source.name for source in sources)
        if path is None:
            return
        for number, source in enumerate(sources, 1):
            own = path if len(sources) == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
            for other in sources:
                if own.exists() and _is_of(own, Path(other.address)):
                    fail(f"--draw {path} would overwrite {shown(str(own))}, which is to be watched")
            self._paths[source.name] = own

    def write(self, source: "Source", frame: "Frame", plates: "Sequence[Plate]") -> None:
        from numberplate.live.drawing import Drawing, DrawingError

        path = self._paths[source.name]
        if path is None:
            return
        try:
            if source.name not in self._open:
                self._open[source.name] = Drawing(path, source.rate)
            self._open[source.name].write(frame, plates)
        except DrawingError as error:
            self._give_up(error)
            self._paths[source.name] = None

    def close(self) -> None:
        from numberplate.live.drawing import DrawingError

        for source, drawing in self._open.items():
            try:
                drawing.close()
            except DrawingError as error:
                if self._paths[source] is not None:  # else it was said before
                    self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self.failed = True
        complain(f"--draw {error}; no more of it is drawn")


def _is_of(file: Path, watched: Path) -> bool:
    """Whether a file is a video that is watched, or a frame of a folder that is."""
    from numberplate.pictures.files import SUFFIXES

    if watched.is_dir():
        return file.suffix.lower() in SUFFIXES and file.resolve().is_relative_to(watched.resolve())
    return watched.exists() and file.samefile(watched)


def _summary(summary: "Summary") -> str:
    frames = summary.counters
    vehicles = "1 vehicle" if summary.vehicles == 1 else f"{summary.vehicles} vehicles"
    return (
        f"{shown(summary.source)}: {vehicles}; {frames.read} frames read, {frames.processed} processed, "
        f"{frames.dropped} dropped; {summary.readings} of {summary.plates} plates in them read"
    )


class _Table:
    def __init__(self, sources: Sequence[str]):
        columns = {
            f"first seen ({zone_name()})": 19,
            "source": max(cell_len(shown(source)) for source in sources),
            "plate": 10,
            "confidence": 0,
            "frames": 0,
            "direction": 0,
            "region": 0,
        }
        self._table = Table(columns, right=("confidence", "frames"))

    def head(self) -> list[str]:
        return self._table.head()

    def of(self, sighting: "Sighting") -> str:
        region = sighting.region
        return self._table.row(
            [
                local(sighting.first_seen),
                shown(sighting.source),
                plate_text(sighting.text),
                f"{sighting.confidence:.1%}",
                str(sighting.frames),
                sighting.direction or "–",
                f"{region.code} {region.confidence:.0%}" if region else "–",
            ]
        )
