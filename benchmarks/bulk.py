"""What `numberplate bulk` adds to reading, how workers share the work, and that a kill loses nothing.

    python benchmarks/bulk.py                        2,000 small pictures
    python benchmarks/bulk.py --pictures 20000 --ray local

Pictures are those in samples/, at 320×240, as JPEG. The clock says little on a machine that does other work
too, so processor time is compared: of a loop over `PlateReader.report` in one process, and of the whole
command, its driver and its workers together. What a second worker gains is the clock's share, and, whatever
else the machine does, at most 1 / (share of the driver, which is one process).

The last run is killed with `kill -9` half-way, driver and workers, and run again: each picture must be in the
tables once. Ray's own processes are not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2

from numberplate.reading import PlateReader

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

PLAIN = 500
"""Pictures that are read in the loop."""

COMMAND = [sys.executable, "-c", "from numberplate.cli import main; main()", "bulk"]


def write_pictures(folder: Path, count: int) -> None:
    """So many pictures, which are few ones again and again under other names."""
    folder.mkdir()
    small = []
    for path in sorted(SAMPLES.glob("*.jpg")):
        picture = cv2.resize(cv2.imread(str(path)), (320, 240), interpolation=cv2.INTER_AREA)
        small.append(cv2.imencode(".jpg", picture)[1].tobytes())
    for i in range(count):
        (folder / f"{i:06d}.jpg").write_bytes(small[i % len(small)])


def plain(folder: Path) -> float:
    """Seconds of the processor for each picture, in a loop."""
    reader = PlateReader()
    paths = sorted(folder.iterdir())[:PLAIN]
    reader.report(paths[0])
    start = time.process_time()
    for path in paths:
        reader.report(path)
    return (time.process_time() - start) / len(paths)


def bulk(folder: Path, out: Path, workers: int, *more: str) -> dict[str, Any]:
    """Seconds of the clock and of the processor of a run, and what it says of itself."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*COMMAND, str(folder), "--out", str(out), "--workers", str(workers), *more], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary = json.loads((out / "summary.json").read_text())
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"clock": time.perf_counter() - start, "processor": spent, **summary}


def killed(folder: Path, out: Path, workers: int, parts: int, *more: str) -> int:
    """Kills a run half-way. Returns how many of its parts are done."""
    command = [*COMMAND, str(folder), "--out", str(out), "--workers", str(workers), *more]
    process = subprocess.Popen(command, start_new_session=True)
    while len(list(out.glob("_run/done/*"))) < parts / 2:
        if process.poll() is not None:
            sys.exit("it ended before it could be killed")
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return len(list(out.glob("_run/done/*")))


def check(out: Path, count: int) -> None:
    """Exits where a picture is not in the table once."""
    import pyarrow.dataset as dataset

    names = dataset.dataset(out / "pictures").to_table(["source"]).column("source").to_pylist()
    if len(names) != count or len({*names}) != count:
        sys.exit(f"{out}: {len(names)} rows of {len({*names})} pictures, and there are {count}")


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--ray", help="run the last one on this Ray cluster, such as local")
    parser.add_argument("--only-kill", action="store_true", help="do the run that is killed alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        folder, count = place / "photos", arguments.pictures
        write_pictures(folder, count)
        alone = plain(folder)
        print(f"one process, a loop: {1000 * alone:.2f} ms of the processor a picture")
        clocks = []
        for workers in () if arguments.only_kill else (1, 2):
            found = bulk(folder, place / f"out{workers}", workers)
            check(place / f"out{workers}", count)
            clocks.append(found["clock"])
            each, driver = found["processor"] / count, found["processor"] - found["cpu_seconds"]
            print(
                f"{workers} worker(s): {1000 * each:.2f} ms of the processor each, "
                f"{each / alone - 1:+.1%}; {driver:.1f} s outside of parts; {found['clock']:.1f} s in all"
            )
        if clocks:
            print(f"by the clock 2 workers are {clocks[0] / clocks[1]:.2f} × as fast as 1")
        more = ["--ray", arguments.ray] if arguments.ray else []
        out = place / "killed"
        done = killed(folder, out, 2, max(2, -(-count // 1000)), *more)
        bulk(folder, out, 2, *more)
        check(out, count)
        print(f"killed when {done} parts were done, and run again: {count} pictures, each once")
        shutil.rmtree(out)


if __name__ == "__main__":
    main()
