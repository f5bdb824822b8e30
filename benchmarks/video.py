"""How well vehicles in videos are read, and how fast: python benchmarks/video.py

Vehicles are clips of the synthesis room: known truth, one vehicle each. "best_frame" counts those whose
most confident reading of a single frame is right (O = 0, I = 1), "vote" those with a sighting that is; each
once at --min-confidence or more, and once ("_any") however unsure. "wrong" are sightings with another text,
"missed" vehicles without any. With --speed, --memory: frames a second and memory instead.
"""

import argparse
import itertools
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np

from numberplate.live.options import WatchOptions
from numberplate.live.session import Watch
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.opening import open_source
from numberplate.live.vehicles.track import Track
from numberplate.live.vehicles.watcher import Watcher
from numberplate.plates.alphabet import fold
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.synthesis.clip import CLEAR, HARD, RATE, draw_clip
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import Backgrounds

START = datetime(2026, 1, 1, tzinfo=UTC)


def ingredients(arguments: argparse.Namespace) -> Ingredients:
    return Ingredients(
        Letterings(named_font_files(arguments.fonts)), Backgrounds(arguments.backgrounds), (), 0.3
    )


def accuracy(arguments: argparse.Namespace) -> list[dict]:
    """Vehicles read by the best frame and by the vote, on clear and on hard clips."""
    made, regions = ingredients(arguments), Regions()
    cascade = Cascade(arguments.weights, regions=regions)
    rows = []
    for name, conditions in (("clear", CLEAR), ("hard", HARD)):
        row: dict = {"clips": name, "vehicles": 0, "best_frame": 0, "best_frame_any": 0}
        row |= {"best_frame_wrong": 0, "vote": 0, "vote_any": 0, "wrong": 0, "extra": 0, "missed": 0}
        row |= {"plates": 0, "readings": 0, "direction": 0}
        for index in range(arguments.clips):
            clip = draw_clip(made, arguments.seed, index, conditions=conditions)
            watcher = Watcher(cascade, name, RATE, regions, WatchOptions(min_confidence=0.0, min_length=2))
            sightings, best = [], (0.0, "")
            for number, shown in enumerate(clip.frames()):
                frame = Frame(shown.picture, START + timedelta(seconds=number / RATE), number / RATE)
                corners, _ = cascade.detector.detect(frame.picture)
                sightings += watcher.see(frame, corners)
                for look in cascade.recognize(frame.picture, corners):
                    if look.reading.text:
                        best = max(best, (look.reading.confidence, look.reading.text))
            sightings += watcher.finish()
            row["vote_any"] += any(fold(s.text) == fold(clip.text) for s in sightings)
            sightings = [s for s in sightings if s.confidence >= arguments.min_confidence]
            right = [s for s in sightings if fold(s.text) == fold(clip.text)]
            row["vehicles"] += 1
            alike = fold(best[1]) == fold(clip.text)
            row["best_frame_any"] += alike
            row["best_frame"] += alike and best[0] >= arguments.min_confidence
            row["best_frame_wrong"] += not alike and best[0] >= arguments.min_confidence
            row["vote"] += bool(right)
            row["wrong"] += len(sightings) - len(right)
            row["extra"] += max(0, len(right) - 1)
            row["missed"] += not sightings
            row["plates"] += watcher.plates
            row["readings"] += watcher.readings
            row["direction"] += any(s.direction == ("towards" if clip.towards else "away") for s in right)
        rows.append(row)
        print(row, file=sys.stderr)
    return rows


def write_clips(made: Ingredients, path: Path, width: int, height: int, clips: int, seed: int) -> None:
    """A video of clear clips, one after the other, H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=int(RATE))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(clips):
            for shown in draw_clip(made, seed, index, height, width).frames():
                container.mux(stream.encode(av.VideoFrame.from_ndarray(shown.picture, format="rgb24")))
        container.mux(stream.encode(None))


def speed(arguments: argparse.Namespace) -> list[dict]:
    """Frames a second of whole videos, decoding included; and without skipping what is certain."""
    made, rows = ingredients(arguments), []
    with tempfile.TemporaryDirectory() as folder:
        for width, height in ((640, 480), (1280, 720)):
            path = Path(folder) / f"{height}.mp4"
            write_clips(made, path, width, height, arguments.clips, arguments.seed)
            for threads, skipping in ((1, True), (2, True), (1, False), (2, False)):
                wants = Track.wants_reading
                if not skipping:
                    Track.wants_reading = lambda track: True  # type: ignore[method-assign]
                best = 0.0
                for _ in range(arguments.rounds):
                    watch = Watch([open_source(str(path))], arguments.weights, threads)
                    start = time.perf_counter()
                    for _sighting in watch.run():
                        pass
                    (summary,) = watch.summaries()
                    best = max(best, summary.counters.processed / (time.perf_counter() - start))
                Track.wants_reading = wants  # type: ignore[method-assign]
                row = {"width": width, "height": height, "threads": threads, "skipping": skipping}
                row |= {"frames_per_second": round(best, 1), "plates": summary.plates}
                rows.append(row | {"readings": summary.readings})
                print(rows[-1], file=sys.stderr)
    return rows


def resident() -> int:
    """Bytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Endless:
    """The frames of some clips, again and again, as a recording of `count` frames."""

    name, address, rate, live = "endless", "endless", RATE, False

    def __init__(self, pictures: list[np.ndarray], count: int):
        self._pictures, self._count = pictures, count

    def frames(self) -> Iterator[Frame]:
        """All frames."""
        for number, picture in zip(range(self._count), itertools.cycle(self._pictures), strict=False):
            seconds = number / RATE
            yield Frame(picture.copy(), START + timedelta(seconds=seconds), seconds)

    def close(self) -> None:
        """Does nothing: it ends by itself."""


def memory(arguments: argparse.Namespace) -> list[dict]:
    """Memory while many small frames are watched: vehicles pass, and one stands there all the time."""
    made = ingredients(arguments)
    pictures = []
    for index in range(4):
        frames = [shown.picture for shown in draw_clip(made, arguments.seed, index, 240, 426).frames()]
        pictures += [*frames, *[frames[-1]] * 30]
    rows: list[dict] = []
    seen = 0

    def note(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen % max(1, arguments.memory // 10) == 0:
            rows.append({"frames": seen, "megabytes": round(resident() / 1e6, 1)})
            print(rows[-1], file=sys.stderr)

    source = Endless(pictures, arguments.memory)
    watch = Watch([source], arguments.weights, 2, min_confidence=0.0, min_width=0.0, on_frame=note)
    vehicles = sum(1 for _ in watch.run())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return [*rows, {"vehicles": vehicles, "peak_megabytes": round(peak / 1e6, 1)}]


def main() -> None:
    """Run the benchmark and print its rows as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=120, help="of each kind (default: 120)")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--fonts", action="append", default=[], help="as of numberplate synthesize")
    parser.add_argument("--backgrounds", type=Path, help="photographs (default: drawn ones)")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument(
        "--min-confidence", type=float, default=WatchOptions.min_confidence, help="of a sighting"
    )
    parser.add_argument("--rounds", type=int, default=2, help="of --speed, the best of which counts")
    parser.add_argument("--speed", action="store_true", help="frames a second instead")
    parser.add_argument("--memory", type=int, metavar="FRAMES", help="memory over so many frames instead")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    kind = memory if arguments.memory else speed if arguments.speed else accuracy
    for row in kind(arguments):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
