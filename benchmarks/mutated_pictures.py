"""Mutated pictures: whether any crashes, hangs or takes too much memory.

    python benchmarks/mutated_pictures.py                       # 100,000
    python benchmarks/mutated_pictures.py --hostile folder/     # files made to harm, each in a process

Each picture is decoded, and one in --read-every of those that can be is read, in another process, which is
begun anew where it dies. Says what came of them, the greatest time of the processor that one took, and the
greatest memory of a process; exit code 1 where one failed with another error than PictureError, ended the
process, took over 2 s, or a process took over 600 MB. A seed that failed is printed, and is run alone with
--first and --count 1.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

MOST_SECONDS, MOST_BYTES = 2.0, 600e6

_HANG_SECONDS = 120
"""On the clock, after which a process that says nothing is ended; one batch takes a few."""

_BATCH = 200


def _mutations() -> ModuleType:
    """The generator, which the tests have too."""
    place = Path(__file__).parents[1] / "tests" / "pictures" / "mutations.py"
    spec = importlib.util.spec_from_file_location("mutations", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def work(first: int, count: int, read_every: int) -> None:
    """Decodes pictures, and prints what came of each batch as a line of JSON."""
    import cv2

    import numberplate
    from numberplate.pictures.decode import PictureError, PictureTooLargeError, decode_picture
    from numberplate.pictures.headers import HeaderError

    cv2.setNumThreads(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what the decoders print
    mutations = _mutations()
    corpus = mutations.corpus()
    reader = numberplate.PlateReader()
    readable = 0
    for start in range(first, first + count, _BATCH):
        outcomes: Counter[str] = Counter()
        slowest, faults = (0.0, 0, ""), []
        print(json.dumps({"begun": start}), flush=True)
        for seed in range(start, min(start + _BATCH, first + count)):
            name, data = mutations.mutated(seed, corpus)
            began = time.process_time()
            try:
                decoded = decode_picture(data, name=name)
                outcomes["read" if not decoded.warnings else "read, with a warning"] += 1
                readable += 1
                if readable % read_every == 0:
                    reader.read(decoded.pixels)
            except PictureError as error:
                by_us = isinstance(error, PictureTooLargeError) or isinstance(error.__cause__, HeaderError)
                outcomes["refused beforehand" if by_us else "refused by the decoder"] += 1
            except Exception as error:  # noqa: BLE001  the question is whether there is any
                faults.append([seed, name, f"{type(error).__name__}: {error}"])
            spent = time.process_time() - began
            slowest = max(slowest, (spent, seed, name))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        line = {"outcomes": outcomes, "slowest": slowest, "memory": memory, "faults": faults}
        print(json.dumps(line), flush=True)


def supervise(first: int, count: int, read_every: int) -> dict[str, Any]:
    """Runs them all, in as many processes one after the other as it takes."""
    total: Counter[str] = Counter()
    slowest, memory, faults = [0.0, 0, ""], 0, []
    at, end = first, first + count
    while at < end:
        command = [sys.executable, __file__, "--work", "--first", str(at), "--count", str(end - at)]
        process = subprocess.Popen(
            [*command, "--read-every", str(read_every)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        begun = at
        for line in process.stdout:
            found = json.loads(line)
            if "begun" in found:
                begun = found["begun"]
                continue
            total.update(found["outcomes"])
            slowest = max(slowest, found["slowest"])
            memory = max(memory, found["memory"])
            faults += found["faults"]
            at = begun + _BATCH
            if (at - first) % 10_000 < _BATCH:
                print(f"{at - first:,} of {count:,}", file=sys.stderr, flush=True)
        code = process.wait()
        if code != 0:
            faults.append([begun, "", f"the process ended with {code} in the {_BATCH} from this seed on"])
            at = begun + _BATCH
    return {"outcomes": dict(total), "slowest": slowest, "memory": memory, "faults": faults}


def hostile(folder: Path) -> bool:
    """Reads each file of a folder as the command does, in its own process. Returns whether all were fine."""
    fine = True
    print(f"{'file':<32} {'exit':>4} {'processor':>10} {'memory':>9}")
    for file in sorted(p for p in folder.iterdir() if p.is_file()):
        code = "from numberplate.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "read", str(file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
        fine &= process.returncode in (0, 1) and seconds <= MOST_SECONDS and memory <= MOST_BYTES
        print(f"{file.name:<32} {process.returncode:>4} {seconds:>8.2f} s {memory / 1e6:>6.0f} MB")
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--read-every", type=int, default=50)
    parser.add_argument("--hostile", type=Path, metavar="DIR")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.first, arguments.count, arguments.read_every)
        return 0
    if arguments.hostile is not None:
        return 0 if hostile(arguments.hostile) else 1
    found = supervise(arguments.first, arguments.count, arguments.read_every)
    for outcome, count in sorted(found["outcomes"].items()):
        print(f"{outcome:<24} {count:>9,}")
    seconds, seed, name = found["slowest"]
    print(f"slowest                  {seconds:>9.2f} s of the processor (seed {seed}, {name})")
    print(f"memory of a process      {found['memory'] / 1e6:>9.0f} MB at most")
    for fault in found["faults"][:20]:
        print("fault:", *fault)
    return int(bool(found["faults"]) or seconds > MOST_SECONDS or found["memory"] > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
