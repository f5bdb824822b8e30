"""A day at a gate whose stream is cut 1,000 times: whether each vehicle is reported once, and nothing grows.

    python benchmarks/endurance.py                 24 hours, 1,000 cuts, 600 vehicles: some minutes
    python benchmarks/endurance.py --hours 2       a twelfth of all

A camera on the loopback sends JPEGs over HTTP, and its own clock runs on by what it sends: an eighth of a
second from frame to frame while a vehicle is there, up to ten seconds while none is. It is cut at times drawn
at random, two of five while a vehicle is there: between two frames, within one, or with a reset; one
connection in ten is refused. Its clock runs on meanwhile, by up to two seconds while a vehicle is there and
two minutes otherwise.

All that watches is real: the stream and its reconnecting, decoder, detector, tracker, recognizer, vote and
database. Only the time of a frame is the camera's, which is drawn into its picture, and the camera waits for
frames to be looked at. Printed is a row for each twentieth of the time, then what became of the vehicles:
reported once, twice, never, with a wrong text; and how far memory, threads and open files were from what they
were after a tenth of the time. Exit code 1 where a vehicle was not reported once, or the process grew by more
than 10 % and 20 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from gates import _stand
from numberplate.live.session import Watch
from numberplate.live.sources.frame import Frame
from numberplate.live.sources.opening import open_source
from numberplate.plates.alphabet import fold
from numberplate.plates.design import read_design
from numberplate.sightings import Sightings
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import patterns

START = datetime(2026, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT, RATE, SPARSE = 640, 360, 8.0, 10.0
DAY_CUTS, DAY_VEHICLES = 1000, 600
CELL, BITS = 8, 40
"""Pixels of a bit of the clock, and how many there are, along the lower edge."""

STANDS = (3.0, 5.0)
"""Seconds for which a vehicle is there."""


@dataclass(frozen=True)
class Visit:
    """A vehicle that is there from one time to another, in seconds."""

    text: str
    plate: np.ndarray
    begin: float
    end: float


def draw_clock(picture: np.ndarray, seconds: float) -> None:
    """The time in milliseconds, in black and white cells that a JPEG does not change."""
    number = round(1000 * seconds)
    for i in range(BITS):
        colour = 255 if number >> i & 1 else 0
        picture[-CELL:, CELL * i : CELL * (i + 1)] = colour


def read_clock(grey: np.ndarray) -> float:
    cells = grey[-CELL:, : CELL * BITS].reshape(CELL, BITS, CELL).mean((0, 2)) > 127
    return sum(int(bit) << i for i, bit in enumerate(cells)) / 1000


class Camera:
    """Sends frames of a day, and is cut."""

    def __init__(self, hours: float, cuts: int, vehicles: int, fonts: list[str], seed: int):
        self.rng = rng = np.random.default_rng(seed)
        self.end = 3600 * hours
        self.visits = self._visits(vehicles, Letterings(named_font_files(fonts)))
        within = rng.choice(len(self.visits), min(len(self.visits), round(0.4 * cuts)), replace=False)
        self._cuts = sorted(
            [float(rng.uniform(v.begin + 0.4, v.end - 1.0)) for v in (self.visits[i] for i in within)]
            + [float(t) for t in rng.uniform(0, self.end, cuts - len(within))]
        )
        self.now, self.cuts, self.frames = 0.0, 0, 0
        self.looked_at = threading.Semaphore(0)
        self._ground = patterns(rng, HEIGHT, WIDTH) // 2 + 30
        self._grain = [rng.normal(0, 3, (HEIGHT, WIDTH)).astype(np.int16) for _ in range(4)]
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _visits(self, count: int, letterings: Letterings) -> list[Visit]:
        design = read_design(resources.files("numberplate.plates") / "designs" / "gb-rear.yaml")
        found = []
        for i in range(count):
            flat = draw_flat(design, letterings, 0.5, self.rng)
            slot = self.end / count
            begin = i * slot + float(self.rng.uniform(2, slot - 2 - STANDS[1]))
            found.append(Visit(flat.text, flat.picture, begin, begin + float(self.rng.uniform(*STANDS))))
        return found

    def _serve(self) -> None:
        while not self.over.is_set():
            connection, _ = self._listening.accept()
            with connection:
                try:
                    self._send(connection)
                except OSError:
                    continue

    def _send(self, connection: socket.socket) -> None:
        connection.recv(4096)
        if self.rng.random() < 0.1:  # not there yet
            connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            return
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
        )
        while self.looked_at.acquire(blocking=False):  # of frames that came before the cut
            pass
        unseen = 0
        while self.now < self.end:
            cut = bool(self._cuts) and self._cuts[0] <= self.now
            jpeg = self._frame()
            data = (
                b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                + jpeg
                + b"\r\n"
            )
            if cut:
                self._cut(connection, data)
                return
            connection.sendall(data)
            self.frames += 1
            unseen += 1
            # A decoder holds a frame until the next one begins.
            while unseen > 2:
                # None is looked at while the stream is probed, or after one was dropped for a newer one.
                self.looked_at.acquire(timeout=0.15)
                unseen -= 1
            self._step()
        self.over.set()

    def _step(self) -> None:
        near = any(v.begin - 0.5 <= self.now <= v.end + 1.5 for v in self._around())
        ahead = min((v.begin - 0.4 - self.now for v in self._around() if v.begin > self.now), default=SPARSE)
        self.now += 1 / RATE if near else max(1 / RATE, min(SPARSE, ahead))

    def _around(self) -> list[Visit]:
        place = int(self.now / self.end * len(self.visits))
        return self.visits[max(0, place - 1) : place + 2]

    def _cut(self, connection: socket.socket, data: bytes) -> None:
        kind = int(self.rng.integers(3))
        if kind == 1:
            connection.sendall(data[: len(data) // 2])
        elif kind == 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cuts += 1
        while self._cuts and self._cuts[0] <= self.now:
            self._cuts.pop(0)
        there = [v for v in self._around() if v.begin - 0.5 <= self.now <= v.end]
        away = float(self.rng.uniform(0.2, 2.0) if there else self.rng.uniform(1, 120))
        # No vehicle comes and goes unseen: that one is missed is not what is measured here.
        comes = min((v.begin for v in self._around() if v.begin > self.now), default=self.end)
        last = max(self.now, there[0].end - 0.6 if there else comes - 0.4)
        self.now = min(self.now + away, last)

    def _frame(self) -> bytes:
        picture = self._ground.copy()
        for visit in self._around():
            if visit.begin <= self.now <= visit.end:
                come = max(0.0, 1 - (self.now - visit.begin) / 1.2)
                go = max(0.0, 1 - (visit.end - self.now) / 1.2)
                _stand(picture, visit.plate, (300 + 250 * come - 200 * go, 180, 110 * (1 - 0.2 * come)))
        picture = cv2.add(picture, cv2.merge([self._grain[self.frames % 4]] * 3), dtype=cv2.CV_8U)
        draw_clock(picture, self.now)
        options = [cv2.IMWRITE_JPEG_QUALITY, 90]
        return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)[1].tobytes()


class ByItsClock:
    """A stream whose frames have the time that the camera drew into them."""

    live = True

    def __init__(self, address: str):
        self._source = open_source(address, name="gate")
        self.name, self.address, self.rate = self._source.name, self._source.address, RATE

    def frames(self) -> Iterator[Frame]:
        """All frames."""
        last = 0.0
        for frame in self._source.frames():
            seconds = read_clock(frame.grey)
            if seconds < last:  # half a frame, as it was cut
                continue
            last = seconds
            yield Frame(frame.image, START + timedelta(seconds=seconds), seconds)

    def close(self) -> None:
        """Ends it."""
        self._source.close()


def state() -> dict[str, float]:
    """Megabytes, threads and open files of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "MB": round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1),
        "threads": len(os.listdir("/proc/self/task")),
        "files": len(os.listdir("/proc/self/fd")),
    }


def judge(visits: list[Visit], found: list[tuple[str, float]]) -> tuple[Counter, list[str]]:
    """What became of the vehicles, and lines on those that are not as they should be."""
    of: dict[int, list[str]] = {i: [] for i in range(len(visits))}
    row, lines = Counter(vehicles=len(visits)), []
    for text, seen in found:
        here = [i for i, v in enumerate(visits) if v.begin - 1 <= seen <= v.end + 1]
        if here:
            of[here[0]].append(text)
        else:
            row["of nothing"] += 1
            lines.append(f"of nothing: {text} at {seen:.1f} s")
    for i, texts in of.items():
        right = sum(fold(text) == fold(visits[i].text) for text in texts)
        kind = "never" if not texts else "twice" if len(texts) > 1 else "once" if right else "wrong"
        row[kind] += 1
        if kind != "once":
            lines.append(f"{kind}: {visits[i].text} at {visits[i].begin:.1f} s: {texts}")
    return row, lines


def main() -> int:
    """Run the benchmark and print its rows as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--fonts", action="append", default=[], help="as of numberplate synthesize")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    share = arguments.hours / 24
    cuts, vehicles = max(1, round(share * DAY_CUTS)), max(2, round(share * DAY_VEHICLES))
    camera = Camera(arguments.hours, cuts, vehicles, arguments.fonts, arguments.seed)
    source = ByItsClock(f"http://127.0.0.1:{camera.port}/video")
    watch = Watch([source], on_frame=lambda *_: camera.looked_at.release())
    found: list[tuple[str, float]] = []
    rows: list[dict[str, float]] = []
    began, spent = time.monotonic(), time.process_time()

    def observe() -> None:
        while not camera.over.wait(0.2):
            if camera.now >= (len(rows) + 1) * camera.end / 20:
                rows.append({"hour": round(camera.now / 3600, 2), "cuts": camera.cuts, **state()})
                print(json.dumps(rows[-1]), flush=True)
        time.sleep(1)
        watch.stop()

    observer = threading.Thread(target=observe)
    observer.start()
    with tempfile.TemporaryDirectory() as folder, Sightings(Path(folder) / "day.db") as store:
        for sighting in watch.run():
            store.add(sighting)
            found.append((sighting.text, (sighting.first_seen - START).total_seconds()))
    observer.join()
    outcome, lines = judge(camera.visits, found)
    (summary,) = watch.summaries()
    early, last = rows[1], rows[-1]
    growth = {name: round(last[name] - early[name], 1) for name in ("MB", "threads", "files")}
    row = {
        "hours": arguments.hours,
        "cuts": camera.cuts,
        "frames": summary.counters.processed,
        "dropped": summary.counters.dropped,
        **outcome,
        "growth": growth,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "processor_minutes": round((time.process_time() - spent) / 60, 1),
    }
    print(json.dumps(row))
    for line in lines:
        print(line)
    flat = growth["MB"] <= max(20, 0.1 * early["MB"]) and growth["threads"] <= 2 and growth["files"] <= 4
    return int(outcome["once"] != len(camera.visits) or bool(outcome["of nothing"]) or not flat)


if __name__ == "__main__":
    sys.exit(main())
