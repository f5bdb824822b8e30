"""Whether every vehicle at a gate is reported once: python benchmarks/gates.py

Queues of vehicles whose plates differ in one or two characters, one after the other at the same barrier, with
1, 2, 5, 60 or 600 seconds between them; after ten minutes it is the same vehicle again in half of the cases.
Other vehicles are parked beside them all the time, and are hidden now and then. Half of the queues drive in
and out, the others are there from one frame to the next, as a slow camera has it.

Frames are composed cheaply and the detector is replaced by the truth, moved by a pixel, with one in twelve
plates missed; tracker, recognizer, vote and all that decides who is who are the real ones. With --video, the
frames are written as H.264 and watched with everything.

A visit is reported when there is a sighting of it with its text (O = 0, I = 1); "doubled" are sightings of
one visit beyond the first, "wrong" those of no visit.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import av
import cv2
import numpy as np

from numberplate.live.options import WatchOptions
from numberplate.live.session import Watch
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.opening import open_source
from numberplate.live.vehicles.watcher import Watcher
from numberplate.plates.alphabet import fold
from numberplate.plates.design import read_design
from numberplate.plates.formats import Regions
from numberplate.plates.pattern import Pattern
from numberplate.reading.cascade import Cascade
from numberplate.results.sighting import Sighting
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import patterns

START = datetime(2026, 1, 1, tzinfo=UTC)
GAPS = (1.0, 2.0, 5.0, 60.0, 600.0)
WIDTH, HEIGHT, RATE = 640, 360, 8.0
SPARSE = 10.0
"""Seconds from frame to frame while the barrier is empty for long."""

DESIGNS = [
    read_design(resources.files("numberplate.plates") / "designs" / f"{code}.yaml")
    for code in ("gb-rear", "fr", "es", "nl", "at", "pl", "us-ca", "br-mercosul")
]
LETTERS, DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "23456789"


@dataclass
class Visit:
    """A plate from when it is first seen until it is seen last, in seconds."""

    text: str
    begin: float
    end: float
    sightings: list[Sighting] = field(default_factory=list)


@dataclass
class Shown:
    """One frame: its picture, the plates that can be seen in it, (n, 4, 2), and its time in seconds."""

    picture: np.ndarray
    corners: np.ndarray
    seconds: float


class Queue:
    """One scene, `frames` of it, and the `visits` that are the truth once those are drawn."""

    def __init__(self, letterings: Letterings, index: int, seed: int, vehicles: int):
        self.gap = GAPS[index % len(GAPS)]
        self.visits: list[Visit] = []
        self._rng = rng = np.random.default_rng([seed, index])
        self._drives = bool(index // len(GAPS) % 2)
        self._letterings = letterings
        self._ground = patterns(rng, HEIGHT, WIDTH) // 2 + 30
        self._grain = [rng.normal(0, 3, (HEIGHT, WIDTH)).astype(np.int16) for _ in range(4)]
        design = DESIGNS[int(rng.integers(len(DESIGNS)))]
        self._design = design
        self._text = ""
        while len(self._text) < 5:
            self._text = design.lines[0].pattern.generate(rng)
            self._text = self._text.translate(str.maketrans("OI01", "PJ27"))
        self._place = (rng.uniform(230, 330), rng.uniform(150, 230), rng.uniform(80, 120))
        self._parked = [
            (self._plate(_changed(self._text, rng, 2)), (500.0, float(y), float(rng.uniform(70, 95))))
            for y in rng.choice([90, 300], int(rng.integers(0, 3)), replace=False)
        ]
        self._vehicles = vehicles

    def _plate(self, text: str) -> tuple[str, np.ndarray]:
        line = self._design.lines[0].model_copy(update={"pattern": Pattern(text)})
        design = self._design.model_copy(update={"lines": (line,)})
        flat = draw_flat(design, self._letterings, 0.5, np.random.default_rng(1))
        return flat.text, flat.picture

    def frames(self) -> Iterator[Shown]:
        """All frames in order."""
        rng, now = self._rng, 0.0
        stays: list[tuple[tuple[str, np.ndarray], float, float]] = []
        texts = [self._text]
        for _ in range(self._vehicles - 1):
            again = self.gap >= 600 and rng.random() < 0.5
            other = _changed(texts[-1], rng, int(rng.integers(1, 3)))
            texts.append(texts[-1] if again else other)
        now = 1.0
        for text in texts:
            length = float(rng.uniform(1.5, 4.0))
            stays.append((self._plate(text), now, now + length))
            now += length + self.gap
        over = now - self.gap + 4.0
        self.visits = [Visit(plate[0], begin, end) for plate, begin, end in stays]
        self.visits += [Visit(plate[0], 0.0, over) for plate, _ in self._parked]
        hidden = [rng.uniform(0, over, 3) for _ in self._parked]
        now = 0.0
        while now < over:
            yield self._frame(now, stays, hidden)
            near = any(begin - 0.6 <= now <= end + 0.6 for _, begin, end in stays)
            ahead = min([begin - 0.5 - now for _, begin, _ in stays if begin > now], default=SPARSE)
            now += 1 / RATE if near else max(1 / RATE, min(SPARSE, ahead))

    def _frame(self, now: float, stays: list, hidden: list) -> Shown:
        rng, picture, corners = self._rng, self._ground.copy(), []
        for ((_, plate), place), times in zip(self._parked, hidden, strict=True):
            covered = any(t <= now <= t + 8 for t in times)
            quad = _stand(picture, plate, place)
            if covered:
                x, y, width = (int(v) for v in place)
                cv2.rectangle(picture, (x - width, y - 40), (x + width, y + 40), (60, 50, 70), -1)
            else:
                corners.append(quad)
        for (_, plate), begin, end in stays:
            if not begin <= now <= end:
                continue
            x, y, width = self._place
            if self._drives:
                come, go = max(0.0, 1 - (now - begin) / 1.2), max(0.0, 1 - (end - now) / 1.2)
                x, width = x + 250 * come - 200 * go, width * (1 - 0.25 * come + 0.15 * go)
            quad = _stand(picture, plate, (x, y, width))
            inside = (quad >= 2).all() and (quad[:, 0] < WIDTH - 2).all()
            if inside:
                corners.append(quad)
        light = 1 + 0.1 * np.sin(now / 50)
        grain = self._grain[int(rng.integers(4))]
        picture = cv2.convertScaleAbs(picture, alpha=light)
        picture = cv2.add(picture, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
        seen = [quad + rng.normal(0, 0.8, quad.shape) for quad in corners if rng.random() >= 1 / 12]
        return Shown(picture, np.array(seen, np.float32).reshape(-1, 4, 2), now)


def _changed(text: str, rng: np.random.Generator, count: int) -> str:
    """The text with so many other characters of the same kind."""
    places = [i for i, c in enumerate(text) if c in LETTERS or c in DIGITS]
    changed = list(text)
    for i in rng.choice(places, min(count, len(places)), replace=False):
        kind = DIGITS if changed[i] in DIGITS else LETTERS
        changed[i] = str(rng.choice([c for c in kind if c != changed[i]]))
    return "".join(changed)


def _stand(picture: np.ndarray, plate: np.ndarray, place: tuple[float, float, float]) -> np.ndarray:
    """Draws the plate, width pixels wide, with its middle at (x, y), on a car; returns its corners."""
    x, y, width = place
    height = width * plate.shape[0] / plate.shape[1]
    body = (int(x - width), int(y - 0.8 * width), int(x + width), int(y + 0.4 * width))
    shade = 40 + int(plate.sum()) % 60
    cv2.rectangle(picture, body[:2], body[2:], (shade, shade + 10, shade + 25), -1)
    left, top = x - width / 2, y - height / 2
    matrix = np.array([[width / plate.shape[1], 0, left], [0, height / plate.shape[0], top]])
    small = cv2.resize(plate, (round(width), round(height)), interpolation=cv2.INTER_AREA)
    matrix = np.array([[1, 0, left], [0, 1, top]], np.float64)
    cv2.warpAffine(
        small, matrix, (picture.shape[1], picture.shape[0]), picture, borderMode=cv2.BORDER_TRANSPARENT
    )
    return np.array(
        [(left, top), (left + width, top), (left + width, top + height), (left, top + height)], np.float32
    )


def by_truth(queue: Queue, cascade: Cascade, options: WatchOptions, regions: Regions) -> list[Sighting]:
    """The sightings of a queue, the detector's place taken by the truth."""
    watcher = Watcher(cascade, "gate", RATE, regions, options)
    found = []
    for shown in queue.frames():
        frame = Frame(shown.picture, START + timedelta(seconds=shown.seconds), shown.seconds)
        found += watcher.see(frame, shown.corners)
    return found + watcher.finish()


def by_video(queue: Queue, weights: Path | None, options: WatchOptions) -> list[Sighting]:
    """The sightings of a queue, written as a video and watched."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gate.mkv"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=int(RATE))
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for shown in queue.frames():
                image = av.VideoFrame.from_ndarray(shown.picture, format="rgb24")
                image.pts = round(shown.seconds * RATE)
                container.mux(stream.encode(image))
            container.mux(stream.encode(None))
        return list(Watch([open_source(str(path), start=START)], weights, options=options).run())


def judge(queue: Queue, found: list[Sighting]) -> Counter:
    """What became of the visits."""
    row: Counter = Counter(visits=len(queue.visits))
    for sighting in found:
        seen = (sighting.first_seen - START).total_seconds()
        of = [
            visit
            for visit in queue.visits
            if fold(visit.text) == fold(sighting.text) and visit.begin - 1 <= seen <= visit.end + 1
        ]
        if of:
            min(of, key=lambda visit: len(visit.sightings)).sightings.append(sighting)
        else:
            row["wrong"] += 1
    row["reported"] = sum(bool(visit.sightings) for visit in queue.visits)
    row["doubled"] = sum(max(0, len(visit.sightings) - 1) for visit in queue.visits)
    return row


def main() -> None:
    """Run the benchmark and print a row for each gap, and one for all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queues", type=int, default=200)
    parser.add_argument("--vehicles", type=int, default=3, help="in each (default: 3)")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--fonts", action="append", default=[], help="as of numberplate synthesize")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument("--video", action="store_true", help="write and watch videos: slow")
    parser.add_argument("--verbose", action="store_true", help="print what was missed")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    letterings = Letterings(named_font_files(arguments.fonts))
    regions, options = Regions(), WatchOptions()
    cascade = Cascade(arguments.weights, regions=regions)
    rows: dict[float, Counter] = {gap: Counter() for gap in GAPS}
    for index in range(arguments.queues):
        queue = Queue(letterings, index, arguments.seed, arguments.vehicles)
        if arguments.video:
            found = by_video(queue, arguments.weights, options)
        else:
            found = by_truth(queue, cascade, options, regions)
        row = judge(queue, found)
        rows[queue.gap] += row
        if arguments.verbose and (row["reported"] < row["visits"] or row["doubled"] or row["wrong"]):
            print(index, queue.gap, dict(row), file=sys.stderr)
            for visit in queue.visits:
                said = [f"{s.text} {(s.first_seen - START).total_seconds():.1f}" for s in visit.sightings]
                print(f"  {visit.text} {visit.begin:.1f} {visit.end:.1f}", said, file=sys.stderr)
            extra = {id(s) for visit in queue.visits for s in visit.sightings}
            for s in found:
                if id(s) not in extra:
                    seconds = (s.first_seen - START).total_seconds()
                    print(f"  wrong: {s.text} {s.confidence:.2f} {seconds:.1f}", file=sys.stderr)
    for gap, row in [*rows.items(), ("all", sum(rows.values(), Counter()))]:
        shares = {
            name: round(row[name] / max(1, row["visits"]), 4) for name in ("reported", "doubled", "wrong")
        }
        print(json.dumps({"gap": gap, "visits": row["visits"], **shares}))


if __name__ == "__main__":
    main()
