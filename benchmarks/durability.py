"""Whether an acknowledged sighting survives: programs killed while they save, and power that fails.

    python benchmarks/durability.py                    200 kills; a power failure at every write of 20 savings
    python benchmarks/durability.py --kills 20 --saves 5
    .ci/postgresql python benchmarks/durability.py --kills 50 --power 0     against PostgreSQL

Kills: a program saves one sighting after the other and says so on its standard output, once each is kept.
It is ended with SIGKILL at a moment drawn at random, and started again on what it left. It saves directly
and by the queue on disk (`spool`), in turn. At the end all that was acknowledged has to be there, once,
with its pictures.

Power: the same program runs below `strace`, which tells of each write to the files and of each fsync, with
all bytes. From that the files are made anew as they would be had the power failed after each of these: with
what was written by then, with no more than fsync had brought to the disk, and with a random part of the
rest. Each time the database is opened, checked, and has to have what was acknowledged by then. Needs SQLite
and `strace`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from numberplate.sightings import Sightings
from numberplate.sightings.spool import Spool

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import numpy as np
from numberplate.reading import Candidate, Character
from numberplate.live import Sighting
from numberplate.sightings import Sightings
from numberplate.sightings.record import Record, to_bytes
from numberplate.sightings.spool import Spool

database, folder, start, number, size = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
rng = np.random.default_rng(start)
store = Sightings(database)
spool = Spool(store, Path(folder)) if folder else None
print("ready", flush=True)
for i in range(start, start + number):
    text, now = f"W{i}", datetime.now(UTC)
    sighting = Sighting(
        "gate", text, 0.9, tuple(Character(c, 0.9) for c in text), (Candidate(text, 0.9),), (), now, now, 1,
        np.array([(1, 1), (9, 1), (9, 4), (1, 4)], np.float32), np.zeros((1, 2), np.float32), None,
        rng.integers(0, 256, (size, size, 3), np.uint8), rng.integers(0, 256, (8, 24, 3), np.uint8),
    )
    if spool is None:
        store.add(sighting)
    else:
        spool.put(to_bytes([Record.of(sighting, text)]))
    print(text, flush=True)
"""


def writer(database: str, folder: str, start: int, number: int, size: int) -> list[str]:
    """The command of a program that saves so many sightings, W<start> first."""
    return [sys.executable, "-c", WRITER, database, folder, str(start), str(number), str(size)]


def kill(database: str, folder: Path, kills: int, rng: np.random.Generator) -> tuple[int, list[str]]:
    """So many programs, killed. Returns how many sightings were acknowledged, and which of them are lost."""
    acknowledged: list[str] = []
    for i in range(kills):
        command = writer(database, str(folder) if i % 2 else "", 1000 * i, 1000, 200)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            program.stdout.readline()
            time.sleep(float(rng.uniform(0, 0.4)))
            program.kill()
            acknowledged += [line.strip() for line in program.stdout if line.endswith("\n")]
        print(f"\r{i + 1} kills, {len(acknowledged)} acknowledged", end="", file=sys.stderr)
    print(file=sys.stderr)
    with Sightings(database) as store:
        Spool(store, folder).close(120)
        kept = [(s.text, s.pictures) for s in store.iterate()]
        problems = store.check()
    texts = [text for text, pictures in kept if len(pictures) == 2]
    lost = sorted(set(acknowledged) - set(texts))
    doubled = [f"{text} twice" for text, count in Counter(texts).items() if count > 1]
    return len(acknowledged), [*lost, *doubled, *problems]


_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")
_FILE = re.compile(r"^\d+<([^>]*)>")
_BYTES = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def events(log: Path, database: str) -> list[tuple]:
    """What a program did, in order: ("write", name, place, bytes), ("cut", name, size), ("sync", name),
    ("remove", name) and ("acknowledged", text)."""
    found: list[tuple] = []
    syncing: dict[str, str] = {}
    for line in log.open(encoding="ascii", errors="replace"):
        thread = line.split(" ", 1)[0]
        if "resumed>" in line:
            if thread in syncing:
                found.append(("sync", syncing.pop(thread)))
            continue
        call = _CALL.match(line)
        if call is None:
            continue
        name, rest = call.groups()
        data = _BYTES.search(rest)
        if name == "unlink" and data is not None:
            found.append(("remove", unhex(data[1]).decode()))
            continue
        file = _FILE.match(rest)
        if file is None:
            continue
        path = unhex(file[1]).decode(errors="replace")
        if name == "write" and rest.startswith("1<") and data is not None:
            text = unhex(data[1]).decode().strip()
            if text.startswith("W"):
                found.append(("acknowledged", text))
        if not path.startswith(database):
            continue
        if name == "pwrite64" and data is not None:
            place = int(re.split(r"[,) ]+", rest[data.end() :].strip(", "))[1])
            found.append(("write", path, place, unhex(data[1])))
        elif name == "ftruncate":
            found.append(("cut", path, int(re.split(r"[,) ]+", rest)[1])))
        elif name in ("fsync", "fdatasync"):
            if "unfinished" in line:
                syncing[thread] = path
            else:
                found.append(("sync", path))
    return found


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def apply(content: dict[str, bytearray], event: tuple) -> None:
    """One write, cut or removal on the files."""
    kind, path = event[:2]
    if kind == "remove":
        content.pop(path, None)
        return
    data = content.setdefault(path, bytearray())
    if kind == "cut":
        del data[event[2] :]
        data.extend(bytes(max(0, event[2] - len(data))))
    else:
        place, written = event[2:]
        data.extend(bytes(max(0, place - len(data))))
        data[place : place + len(written)] = written


def fail_power(folder: Path, saves: int, rng: np.random.Generator) -> tuple[int, int, list[str]]:
    """A power failure after each write. Returns the failures, the sightings, and what was wrong."""
    database, log = str(folder / "power.db"), folder / "strace"
    Sightings(database).close()
    files = [p for p in folder.glob("power.db*") if not p.name.endswith("-shm")]
    start = {str(p): bytearray(p.read_bytes()) for p in files}
    trace = "trace=pwrite64,write,ftruncate,fsync,fdatasync,unlink"
    command = ["strace", "-f", "-y", "-xx", "-s", "100000000", "-e", trace, "-o", str(log)]
    subprocess.run([*command, *writer(database, "", 0, saves, 30)], check=True, stdout=subprocess.DEVNULL)
    happened = [e for e in events(log, database) if not str(e[1]).endswith("-shm")]
    written = {path: bytearray(data) for path, data in start.items()}
    synced = {path: bytearray(data) for path, data in start.items()}
    pending: dict[str, list[tuple]] = defaultdict(list)
    acknowledged: list[str] = []
    failures, wrong = 0, []
    for event in happened:
        if event[0] == "acknowledged":
            acknowledged.append(event[1])
        elif event[0] == "sync":
            for old in pending.pop(event[1], []):
                apply(synced, old)
        else:
            apply(written, event)
            pending[event[1]].append(event)
        torn = {path: bytearray(data) for path, data in synced.items()}
        for path_events in pending.values():
            for old in path_events:
                if rng.random() < 0.5:
                    apply(torn, old)
        for name, content in (("written", written), ("synced", synced), ("torn", torn)):
            failures += 1
            fault = look(folder / "after", database, content, acknowledged)
            if fault:
                wrong.append(f"{name}, after {len(acknowledged)} acknowledged: {fault}")
    return failures, len(acknowledged), wrong


def look(place: Path, database: str, content: dict[str, bytearray], acknowledged: list[str]) -> str:
    """What is wrong with the files as the power left them."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for path, data in content.items():
        (place / Path(path).name).write_bytes(data)
    with Sightings(place / Path(database).name, create=False) as store:
        texts = {s.text for s in store.iterate()}
        problems = store.check()
    lost = set(acknowledged) - texts
    return "; ".join([*(f"{text} is lost" for text in sorted(lost)), *problems])


def main() -> None:
    """Run both, and say what was lost; the exit code is 1 where anything was."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--saves", type=int, default=20, help="while the power fails (default: 20)")
    parser.add_argument("--power", type=int, default=1, help="0: no power failures")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        if arguments.kills:
            database = os.environ.get("NUMBERPLATE_TEST_POSTGRESQL", f"{folder}/kill.db")
            number, lost = kill(database, Path(folder) / "waiting", arguments.kills, rng)
            print(f"{arguments.kills} kills: {number} sightings acknowledged, {len(lost)} lost or damaged")
            wrong += lost
        if arguments.power and shutil.which("strace") is None:
            print("no power failures: strace is not installed")
        elif arguments.power:
            failures, number, faults = fail_power(Path(folder), arguments.saves, rng)
            print(f"{failures} power failures: {number} sightings acknowledged, {len(faults)} with a fault")
            wrong += faults
    for line in wrong[:20]:
        print(line)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
