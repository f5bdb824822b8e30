"""How long Frigate's message of a vehicle takes until its plate is at a subscriber. Needs the extra `dev`.

    python benchmarks/frigate.py                 100 events, the pictures of samples/
    python benchmarks/frigate.py --events 500

A real mosquitto, a server that answers as Frigate does (that of tests/frigate), and `numberplate frigate`
with the networks of the package, each in a process of its own or a thread of this one. Every half second an
event is published, with a snapshot of samples/ at its own size; measured is the time from then until the
bridge's message of the plate is here. In between the snapshot is fetched and read, and two posts are made.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
# Some distributions install a package `tests` of their own, which would be found first.
sys.modules["tests"] = ModuleType("tests")
sys.modules["tests"].__path__ = [str(ROOT / "tests")]

from tests.frigate.conftest import Broker, FakeFrigate, changed, wait_until  # noqa: E402


def main() -> None:
    """Prints the quantiles."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds from one event to the next")
    given = parser.parse_args()
    pictures = [path.read_bytes() for path in sorted((ROOT / "samples").glob("*.jpg"))]
    frigate = FakeFrigate()
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        command = "from numberplate.cli import main; main()"
        bridge = subprocess.Popen(
            [sys.executable, "-c", command, "frigate", frigate.url, "--broker", f"127.0.0.1:{broker.port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )
        try:
            wait_until(
                lambda: any(m[:2] == ("numberplate/frigate/status", "online") for m in broker.messages)
            )
            taken, missed = [], 0
            for i in range(given.events + 5):  # the first ones warm up
                id = f"{i}.5-timed"
                frigate.snapshots[id] = pictures[i % len(pictures)]
                before, start = len(broker.plates()), time.perf_counter()
                broker.publish("frigate/events", changed(id=id))
                while len(broker.plates()) == before and time.perf_counter() - start < 10:
                    time.sleep(0.001)
                seconds = time.perf_counter() - start
                if i >= 5:
                    taken.append(seconds)
                    missed += seconds >= 10
                time.sleep(given.pause)
        finally:
            bridge.terminate()
            bridge.wait(30)
            broker.close()
            frigate.close()
    p50, p95, p99 = np.percentile(taken, [50, 95, 99])
    print(f"{len(taken)} events, {missed} without a plate: p50 {p50:.3f} s, p95 {p95:.3f} s, p99 {p99:.3f} s")


if __name__ == "__main__":
    main()
