"""What the server costs over the bare library, and whether its memory grows. Needs the extra `server`.

    python benchmarks/server.py                          the pictures in samples/ at 1280×720
    python benchmarks/server.py --folder photos/ --size 640x480 --seconds 10 --clients 1 4 16 64
    python benchmarks/server.py --memory 20000           the memory over so many requests of 64 clients

Each round measures the bare library and then, for each number of clients, the server, each for `--seconds`.
The bare library is `PlateReader.report` in as many threads as the server has workers, in a process of its
own, from the bytes of the same JPEGs. The server is `numberplate serve` in a process of its own, with
loopback alone between; clients send the next picture when they have the reply to the last one
(`POST /v1/plate-reader/`, multipart, connections kept). With one client there is one picture at a time,
which is compared with the library in one thread. Printed are medians over the rounds:

- requests/s; of library: what the server reaches of the bare library's rate.
- p50, p95, p99 in milliseconds, from the first byte that is sent to the last that comes.
- CPU: processor milliseconds of the server's processes for one request, and of the library's for one picture.
  Other work on the machine changes these less than the rates, of which it takes its share.
- clients: processor milliseconds of this program for one request. They have the same cores, so what they take
  is missing in the rate.

For --processes, the bare library is measured in as many processes as well.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from numberplate.reading import PlateReader
from reading import SAMPLES, encode, fit, load_pictures, noise

BOUNDARY = "numberplate-benchmark"
_reader: PlateReader | None = None


def request(picture: bytes) -> bytes:
    """A whole request as bytes, so that making it costs the clients nothing."""
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload"; filename="car.jpg"\r\n\r\n'
    body = part.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = (
        "POST /v1/plate-reader/ HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def client(port: int, requests: list[bytes], until: float, most: list[int], times: list[float]) -> None:
    """Sends one request after the other until the time or the number in `most` is up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    i = id(writer) // 64
    while time.perf_counter() < until and most[0] > 0:
        most[0] -= 1
        i += 1
        start = time.perf_counter()
        writer.write(requests[i % len(requests)])
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        status_line = head.split(b"\r\n")[0]
        if b" 429 " in status_line:  # who waits for too long is asked to come again
            most[0] += 1
            await asyncio.sleep(0.2)
            continue
        if b" 201 " not in status_line:
            raise RuntimeError(head.decode())
        times.append(time.perf_counter() - start)
    writer.close()


def load(port: int, requests: list[bytes], clients: int, seconds: float, most: int) -> list[float]:
    """The time of each request, with so many clients at once."""
    times: list[float] = []
    left = [most]

    async def all_clients() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(client(port, requests, until, left, times) for _ in range(clients)))

    asyncio.run(all_clients())
    return times


def prepare() -> None:
    """Makes this process's reader, as the server does."""
    global _reader
    cv2.setNumThreads(1)
    _reader = PlateReader()


def read_for(pictures: list[bytes], seconds: float, offset: int) -> int:
    """Reads pictures for so long; returns how many."""
    assert _reader is not None
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        _reader.report(pictures[(offset + count) % len(pictures)])
        count += 1
    return count


def bare(pictures: list[bytes], workers: int, seconds: float) -> tuple[float, float]:
    """Pictures a second with so many threads, and processor milliseconds a picture."""
    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(workers) as threads:
        counts = list(threads.map(lambda i: read_for(pictures, seconds, 3 * i), range(workers)))
    return sum(counts) / (time.perf_counter() - start), 1000 * (time.process_time() - cpu) / sum(counts)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [p for child in children.read_text().split() for p in family(int(child))]
    return found


def status(pid: int) -> tuple[float, float]:
    """Processor seconds that a process and its descendants used, and the megabytes that they hold together.

    What they share is counted once (PSS).
    """
    ticks = kilobytes = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return ticks / os.sysconf("SC_CLK_TCK"), kilobytes * 1024 / 1e6


def start_server(workers: int, queue: int) -> tuple[subprocess.Popen[bytes], int]:
    """The installed command, once it replies, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from numberplate.cli import main; main()"
    flags = ["--port", str(port), "--workers", str(workers), "--queue", str(queue), "--database", "none"]
    process = subprocess.Popen([sys.executable, "-c", program, "serve", *flags], stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process, port
    raise RuntimeError("the server did not start")


def measure(pictures: list[bytes], arguments: argparse.Namespace, process: int, port: int) -> dict[str, Any]:
    """The medians of all rounds."""
    requests = [request(picture) for picture in pictures]
    workers = arguments.workers
    rows: dict[str, list[dict[str, float]]] = {}
    # In processes apart from the clients; spawned, since OpenCV has threads in this one.
    spawn = get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn, prepare) as one,
        ProcessPoolExecutor(workers, spawn, prepare) as several,
    ):
        load(port, requests, workers, 2, 1 << 30)  # a warm-up
        for _ in range(arguments.rounds):
            library = {}
            for threads in sorted({1, workers}):
                rate, cpu = one.submit(bare, pictures, threads, arguments.seconds).result()
                library[threads] = rate
                rows.setdefault(f"library, {threads} thread(s)", []).append({"rate": rate, "cpu": cpu})
            if arguments.processes:
                futures = [
                    several.submit(read_for, pictures, arguments.seconds, 3 * i) for i in range(workers)
                ]
                rate = sum(f.result() for f in futures) / arguments.seconds
                rows.setdefault(f"library, {workers} processes", []).append({"rate": rate})
            for clients in arguments.clients:
                used, own = status(process)[0], time.process_time()
                start = time.perf_counter()
                times = load(port, requests, clients, arguments.seconds, 1 << 30)
                rate = len(times) / (time.perf_counter() - start)
                p50, p95, p99 = 1000 * np.percentile(times, [50, 95, 99])
                row = {"rate": rate, "of_library": rate / library[1 if clients == 1 else workers]}
                row |= {"p50": p50, "p95": p95, "p99": p99}
                row["cpu"] = 1000 * (status(process)[0] - used) / len(times)
                row["clients_cpu"] = 1000 * (time.process_time() - own) / len(times)
                rows.setdefault(f"server, {clients} client(s)", []).append(row)
    return {
        name: {key: float(np.median([row[key] for row in found])) for key in found[0]}
        for name, found in rows.items()
    }


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=SAMPLES, help="pictures (default: samples/)")
    parser.add_argument("--size", default="1280x720", help="of the pictures (default: 1280x720)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: 5)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--processes", action="store_true", help="measure the library in processes, too")
    parser.add_argument("--memory", type=int, metavar="N", help="memory over N requests, and no times")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    pictures = [encode(fit(p, width, height)) for p in load_pictures(arguments.folder) or [noise()]]
    server, port = start_server(arguments.workers, max(arguments.clients))
    try:
        if arguments.memory:
            requests = [request(picture) for picture in pictures]
            print(f"{'requests':>9}{'MB':>8}")
            for step in range(11):
                if step:
                    load(port, requests, max(arguments.clients), 1e9, arguments.memory // 10)
                print(f"{step * arguments.memory // 10:>9}{status(server.pid)[1]:>8.1f}", flush=True)
            return
        table = measure(pictures, arguments, server.pid, port)
    finally:
        server.terminate()
        server.wait(60)
    if arguments.format == "json":
        print(json.dumps(table, indent=2))
        return
    kilobytes = sum(map(len, pictures)) / len(pictures) / 1000
    print(f"{len(pictures)} JPEGs of {arguments.size}, {kilobytes:.0f} kB; {arguments.workers} worker(s)")
    columns = {"rate": "per s", "of_library": "of library", "p50": "p50", "p95": "p95", "p99": "p99"}
    columns |= {"cpu": "CPU", "clients_cpu": "clients"}
    print(f"{'':<22}" + "".join(f"{title:>11}" for title in columns.values()))
    for name, row in table.items():
        cells = [
            "" if key not in row else f"{row[key]:.0%}" if key == "of_library" else f"{row[key]:.1f}"
            for key in columns
        ]
        print(f"{name:<22}" + "".join(f"{cell:>11}" for cell in cells))


if __name__ == "__main__":
    main()
