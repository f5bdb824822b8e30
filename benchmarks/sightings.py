"""How fast sightings are kept and found again, in a database of a million.

    python benchmarks/sightings.py                                   a temporary SQLite file, a million rows
    python benchmarks/sightings.py --rows 100000 --rounds 50
    python benchmarks/sightings.py --database postgresql://user@host/empty --format json
    .ci/postgresql sh -c 'python benchmarks/sightings.py --database "$NUMBERPLATE_TEST_POSTGRESQL"'

The database must be empty and stays as the benchmark leaves it. Sightings are of one year, eight cameras and
texts of the form AB12CDE, each of which some vehicle in three has been seen under before; five candidates
each; pictures of 16×16 pixels, so that a million takes 3 GB. Printed are:

- adds: sightings a second, one by one and each on the disk before the next, with a frame of 1280×720 and a
  crop of 144×48, before and after the million.
- fill: sightings a second, a thousand in one transaction, pictures of 16×16.
- searches: milliseconds for the first page of 50, median and longest of `--rounds` searches with other texts.
- purge: sightings a second that a retention by count deletes.

Other work on the machine lengthens the times.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from numberplate.live import Sighting
from numberplate.reading import Candidate, Character, Region
from numberplate.sightings import Query, Retention, Sightings

YEAR = timedelta(days=365)
START = datetime(2026, 1, 1, tzinfo=UTC)
CAMERAS = tuple(f"rtsp://camera-{i}/stream" for i in range(8))
LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
BATCH = 1000
ALERTS = 1000


def random_text(rng: np.random.Generator) -> str:
    """Of the form AB12CDE."""
    letters, digits = rng.integers(0, 26, 5), rng.integers(0, 10, 2)
    return "".join(
        [*(LETTERS[i] for i in letters[:2]), *(DIGITS[i] for i in digits), *(LETTERS[i] for i in letters[2:])]
    )


def sightings(rows: int, rng: np.random.Generator) -> Iterator[Sighting]:
    """As many sightings, in the order of time."""
    known: list[str] = []
    crop = np.zeros((16, 16, 3), np.uint8)
    corners = np.array([(0, 0), (16, 0), (16, 16), (0, 16)], np.float32)
    for i in range(rows):
        text = known[int(rng.integers(len(known)))] if known and rng.random() < 1 / 3 else random_text(rng)
        known.append(text)
        others = {text}
        while len(others) < 5:
            place = int(rng.integers(len(text)))
            others.add(text[:place] + (LETTERS + DIGITS)[int(rng.integers(36))] + text[place + 1 :])
        candidates = [text, *sorted(others - {text})]
        when = START + YEAR * i / rows
        yield Sighting(
            source=CAMERAS[int(rng.integers(len(CAMERAS)))],
            text=text,
            confidence=0.8,
            characters=tuple(Character(c, 0.97) for c in text),
            candidates=tuple(Candidate(t, 0.8 / (k + 1)) for k, t in enumerate(candidates)),
            regions=(Region("gb", 0.9),),
            first_seen=when,
            last_seen=when + timedelta(seconds=3),
            frames=40,
            corners=corners,
            path=np.zeros((40, 2), np.float32),
            direction="towards",
            picture=crop,
            crop=crop,
        )


def milliseconds(action: Callable[[], Any]) -> float:
    """How long the action takes."""
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def adds_a_second(store: Sightings, rng: np.random.Generator, number: int = 200) -> float:
    """One by one, with pictures of a usual size."""
    rough = rng.integers(0, 256, (45, 80, 3), np.uint8)
    frame = np.asarray(cv2.resize(rough, (1280, 720), interpolation=cv2.INTER_CUBIC), np.uint8)
    given = [
        Sighting(**(vars(s) | {"picture": frame, "crop": np.ascontiguousarray(frame[:48, :144])}))
        for s in sightings(number, rng)
    ]
    start = time.perf_counter()
    for sighting in given:
        store.add(sighting)
    return number / (time.perf_counter() - start)


def searches(texts: list[str], rng: np.random.Generator) -> dict[str, Callable[[], Query]]:
    """What is searched for; each call gives another text that was seen, unless it says otherwise."""

    def text() -> str:
        return texts[int(rng.integers(len(texts)))]

    def day() -> dict[str, datetime]:
        start = START + YEAR * rng.random()
        return {"start": start, "end": start + timedelta(days=1)}

    def camera() -> str:
        return CAMERAS[int(rng.integers(len(CAMERAS)))]

    return {
        "all": lambda: Query(),
        "exact": lambda: Query(text()),
        "exact, never seen": lambda: Query("ZZ99ZZZZ"),
        "AB?2*": lambda: Query(f"{text()[:2]}?{text()[3]}*"),
        "A*": lambda: Query(f"{text()[0]}*"),
        "*CDE": lambda: Query(f"*{text()[4:]}"),
        "*B12C*": lambda: Query(f"*{text()[1:5]}*"),
        "*1*": lambda: Query(f"*{text()[2]}*"),
        "?B12CD?": lambda: Query(f"?{text()[1:6]}?"),
        "*B12C*, never seen": lambda: Query("*9999*"),
        "fuzzy": lambda: Query(text(), fuzzy=True),
        "fuzzy AB?2*": lambda: Query(f"{text()[:2]}?{text()[3]}*", fuzzy=True),
        "fuzzy *B12C*, never seen": lambda: Query("*9999*", fuzzy=True),
        "candidates": lambda: Query(text(), candidates=True),
        "candidates, fuzzy": lambda: Query(text(), candidates=True, fuzzy=True),
        "candidates, AB?2*": lambda: Query(f"{text()[:2]}?{text()[3]}*", candidates=True),
        "a day": lambda: Query(**day()),
        "a day, A*": lambda: Query(f"{text()[0]}*", **day()),
        "a day, fuzzy": lambda: Query(text(), fuzzy=True, **day()),
        "a camera": lambda: Query(source=camera()),
        "a camera, a day": lambda: Query(source=camera(), **day()),
        "a camera, exact": lambda: Query(text(), source=camera()),
        "no such camera": lambda: Query(source="nowhere"),
        "alerts": lambda: Query(hit="alert"),
        "alerts, a day": lambda: Query(hit="alert", **day()),
        "allowances (none)": lambda: Query(hit="allow"),
        "one entry's hits": lambda: Query(hit=1 + int(rng.integers(ALERTS))),
    }


def measure(store: Sightings, rows: int, rounds: int) -> dict[str, Any]:
    """All figures."""
    rng = np.random.default_rng(0)
    figures: dict[str, Any] = {"rows": rows, "adds_before": adds_a_second(store, rng)}
    for _ in range(ALERTS):
        store.watch_list.add(random_text(rng), "alert", distance=1)
    texts = []
    start, batch = time.perf_counter(), []
    for sighting in sightings(rows, rng):
        texts.append(sighting.text)
        batch.append(sighting)
        if len(batch) == BATCH:
            store.add_all(batch)
            batch = []
    store.add_all(batch)
    figures["fill"] = rows / (time.perf_counter() - start)
    figures["adds_after"] = adds_a_second(store, rng)

    def timed(action: Callable[[], Any]) -> dict[str, float]:
        times = [milliseconds(action) for _ in range(rounds)]
        return {"median": float(np.median(times)), "max": max(times)}

    found: dict[str, dict[str, float]] = {}
    for name, query in searches(texts, rng).items():
        found[name] = timed(lambda query=query: store.search(query()))  # type: ignore[misc]
    middle = store.search(Query(end=START + YEAR / 2), limit=1).after
    found["a page in the middle"] = timed(lambda: store.search(after=middle))
    last = store.last_id()
    found["since, nothing new"] = timed(lambda: store.since(last))
    found["since, 50 new"] = timed(lambda: store.since(last - 50))
    found["sources"] = timed(store.sources)
    found["count of all"] = timed(store.count)
    found["count, AB?2*"] = timed(lambda: store.count(Query("AB?2*")))
    found["count, fuzzy"] = timed(lambda: store.count(Query(texts[0], fuzzy=True)))
    found["watch list's match"] = timed(lambda: store.watch_list.match(random_text(rng)))
    figures["milliseconds"] = found
    number = min(rows // 10, 20_000)
    taken = milliseconds(lambda: store.purge(Retention(count=store.count() - number)))
    figures["purge"] = 1000 * number / taken
    return figures


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", help="file or URL of an empty database (default: a temporary file)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="sightings to fill in (default: 1000000)")
    parser.add_argument("--rounds", type=int, default=20, help="searches of each kind (default: 20)")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    if arguments.rows < 1000 or arguments.rounds < 1:
        parser.error("--rows must be at least 1000, --rounds at least 1")
    with (
        tempfile.TemporaryDirectory() as folder,
        Sightings(arguments.database or Path(folder) / "sightings.db") as store,
    ):
        if store.count():
            parser.error(f"{store.name}: is not empty")
        figures = measure(store, arguments.rows, arguments.rounds)
    if arguments.format == "json":
        print(json.dumps(figures, indent=2))
        return
    print(f"{arguments.rows} sightings, {arguments.rounds} rounds")
    print(f"adds a second, empty            {figures['adds_before']:>10.0f}")
    print(f"adds a second, full             {figures['adds_after']:>10.0f}")
    print(f"fill, sightings a second        {figures['fill']:>10.0f}")
    print(f"purge, sightings a second       {figures['purge']:>10.0f}")
    print(f"{'milliseconds':<32}{'median':>10}{'longest':>10}")
    for name, times in figures["milliseconds"].items():
        print(f"{name:<32}{times['median']:>10.1f}{times['max']:>10.1f}")


if __name__ == "__main__":
    main()
