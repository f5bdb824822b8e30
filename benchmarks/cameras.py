"""What watching many cameras costs: python benchmarks/cameras.py

Synthesized videos of 1280×720 at 5 frames a second, H.264: a street on which a vehicle passes now and then,
decoded and watched as `numberplate watch` does, by so many cameras in one process. It prints the cores that
are needed to keep up, which is the processor's time over the time that the videos last, with and without
looking only where something moved, and what was read either way.

With --paced the frames come at their own pace instead, as of live cameras, and the share of those that were
dropped is printed: that needs a machine with nothing else to do.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from numberplate.live.session import Watch
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.opening import open_source
from numberplate.plates.alphabet import fold
from numberplate.synthesis.clip import CLEAR, draw_clip
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

WIDTH, HEIGHT, RATE = 1280, 720, 5
PASSING = 30
"""Frames for which a vehicle is in sight."""


def write(path: Path, made: Ingredients, seed: int, index: int, quiet: int) -> str:
    """A video of one vehicle, `quiet` frames of the street before it and as many after it; its text."""
    clip = draw_clip(made, seed, index, HEIGHT, WIDTH, CLEAR, PASSING)
    frames = [shown.picture for shown in clip.frames()]
    street = np.median(np.stack(frames[::5]), axis=0).astype(np.uint8)
    rng = np.random.default_rng(seed)
    grain = [rng.normal(0, 2, (HEIGHT, WIDTH, 3)).astype(np.int16) for _ in range(4)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(2 * quiet + PASSING):
            passing = quiet <= number < quiet + PASSING
            picture = frames[number - quiet] if passing else street
            if not passing:
                picture = cv2.add(picture, grain[number % 4], dtype=cv2.CV_8U)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return clip.text


class Paced:
    """A recording whose frames come when they would come from a camera."""

    live = True

    def __init__(self, address: str, name: str, late: float):
        self._source = open_source(address)
        self.address, self.name, self.rate, self._late = address, name, float(RATE), late

    def frames(self) -> Iterator[Frame]:
        """All frames, each in time."""
        began = time.monotonic() + self._late
        for frame in self._source.frames():
            time.sleep(max(0.0, began + frame.seconds - time.monotonic()))
            yield frame

    def close(self) -> None:
        """Ends it."""
        self._source.close()


def watched(paths: list[Path], cameras: int, paced: bool, threads: int, motion: bool) -> dict:
    """What it costs, and the texts that were read."""
    sources = []
    for number in range(cameras):
        address, name = str(paths[number % len(paths)]), f"camera {number + 1}"
        sources.append(Paced(address, name, number / cameras) if paced else open_source(address, name=name))
    watch = Watch(sources, threads=threads, motion=motion)
    wall, spent = time.monotonic(), time.process_time()
    texts = sorted(sighting.text for sighting in watch.run())
    wall, spent = time.monotonic() - wall, time.process_time() - spent
    counters = [summary.counters for summary in watch.summaries()]
    frames = sum(c.read for c in counters)
    lasts = frames / cameras / RATE
    return {
        "cameras": cameras,
        "motion": motion,
        "frames": frames,
        "dropped": round(sum(c.dropped for c in counters) / max(1, frames), 4),
        "cores": round(spent / (wall if paced else lasts), 2),
        "frames_per_cpu_second": round(frames / spent, 1),
        "texts": texts,
    }


def main() -> None:
    """Run the benchmark and print its rows as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--videos", type=int, default=4, help="different ones (default: 4)")
    parser.add_argument("--quiet", type=int, default=35, help="frames before and after a vehicle")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--paced", action="store_true", help="let frames come at their own pace")
    parser.add_argument("--both", action="store_true", help="the same without looking for motion")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    made = Ingredients(Letterings(), Backgrounds(), (), 0.3)
    with tempfile.TemporaryDirectory() as folder:
        paths, texts = [], []
        for index in range(arguments.videos):
            paths.append(Path(folder) / f"{index}.mp4")
            texts.append(write(paths[-1], made, arguments.seed, index, arguments.quiet))
        expected = [texts[number % len(texts)] for number in range(arguments.cameras)]
        print(f"vehicles: {sorted(expected)}", file=sys.stderr)
        for motion in (True, False) if arguments.both else (True,):
            row = watched(paths, arguments.cameras, arguments.paced, arguments.threads, motion)
            found = [fold(text) for text in row.pop("texts")]
            row["read"] = sum(fold(text) in found for text in expected) / len(expected)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
