"""What honest clients get while others mean harm. Needs the extra `server`; loopback alone.

    python benchmarks/hostile.py                        a flood of 60 s, then slow and never-reading clients
    python benchmarks/hostile.py --seconds 10 --clients 50
    python benchmarks/hostile.py --only flood

The server is `numberplate serve` in processes of its own; pictures are those of samples/ at --size, sent to
`POST /v1/plate-reader/`.

- capacity: 16 clients, each sends the next picture when it has the reply to the last one. Requests a
  second.
- flood: `--times` that many requests a second arrive, whether or not there are replies. Goodput:
  pictures that were read, a second, and of the capacity. The time of those, from the first byte that is
  sent to the last that comes. Refusals, and how many of them have Retry-After.
- hostile: one honest client, while `--clients` send the start of a picture and no more, and as many ask
  for replies and never read them. The honest client's times.

Memory: the most that the server's processes hold together, with pages that they share counted once (PSS).
The clients need processor time as well, and on few cores that is missing in the goodput: their share is
printed, and the goodput as a share of what the server would read in the time that they left it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from reading import SAMPLES, encode, fit, load_pictures, noise
from server import load, request, start_server, status


@dataclass
class Outcome:
    """The replies of a flood: seconds of those that were read, refusals, and what is not as it should be."""

    read: list[float] = field(default_factory=list)
    refused: int = 0
    without_retry_after: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """By what became of the connection."""
    missed: int = 0

    @property
    def broken(self) -> str:
        """How many requests had no reply, and why."""
        why = ", ".join(f"{count} {reason}" for reason, count in self.failed.most_common())
        return f"{self.failed.total()} broken" + (f" ({why})" if why else "")


async def ask(port: int, data: bytes, free: list, outcome: Outcome) -> None:
    """One request, on a connection that is free or on a new one."""
    start, kept, writer = time.perf_counter(), bool(free), None
    head = b""
    try:
        reader, writer = (
            free.pop() if kept else await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        )
        writer.write(data)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        if writer is not None:
            writer.close()
        ended = isinstance(error, asyncio.IncompleteReadError) and not error.partial
        if kept and not head and (ended or isinstance(error, ConnectionError)):
            # The server closed it at the same moment, as it may; clients ask again on another one.
            await ask(port, data, [], outcome)
        else:
            seconds = time.perf_counter() - start
            when = "after the head" if head else "without a head"
            outcome.failed[
                f"{type(error).__name__} {when}, {'kept' if kept else 'new'}, {seconds:.0f} s"
            ] += 1
        return
    if b" 201 " in head.split(b"\r\n")[0]:
        outcome.read.append(time.perf_counter() - start)
    else:
        outcome.refused += 1
        outcome.without_retry_after += b"\r\nretry-after:" not in head
    if b"connection: close" in head:
        writer.close()
    else:
        free.append((reader, writer))


async def flood(port: int, requests: list[bytes], rate: float, seconds: float, most: int) -> Outcome:
    """So many requests a second. Those beyond `most` at once are counted as missed, and not sent."""
    outcome, free, tasks = Outcome(), [], set()
    start, sent = time.perf_counter(), 0
    while (now := time.perf_counter() - start) < seconds:
        due = math.floor(now * rate)
        while sent < due:
            sent += 1
            if len(tasks) >= most:
                outcome.missed += 1
                continue
            task = asyncio.ensure_future(ask(port, requests[sent % len(requests)], free, outcome))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(0.005)
    if tasks:
        await asyncio.wait(tasks, timeout=30)
    return outcome


@contextlib.asynccontextmanager
async def hostile(port: int, clients: int, requests: list[bytes]):  # type: ignore[no-untyped-def]
    """So many clients that send slowly, again as soon as they are let go, and as many that never read."""

    async def slow(i: int) -> None:
        data = requests[i % len(requests)]
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                for place in range(0, len(data) - 1, max(1, len(data) // 60)):
                    writer.write(data[place : place + max(1, len(data) // 60)])
                    await writer.drain()
                    await asyncio.sleep(1)
                    if writer.transport.is_closing():
                        break
                writer.close()

    async def never_reading() -> None:
        question = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
                writer.transport.pause_reading()
                while not writer.transport.is_closing():
                    writer.write(question)
                    await asyncio.wait_for(writer.drain(), 30)
                    await asyncio.sleep(2)
                writer.close()

    tasks = [asyncio.ensure_future(slow(i)) for i in range(clients)]
    tasks += [asyncio.ensure_future(never_reading()) for _ in range(clients)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def honest(port: int, requests: list[bytes], seconds: float) -> Outcome:
    """One client after the other, each with a picture."""
    outcome, free, i, until = Outcome(), [], 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        await ask(port, requests[i % len(requests)], free, outcome)
        i += 1
    return outcome


class Watching:
    """Notes the most memory that the server had, twice a second."""

    def __init__(self, pid: int):
        self.most, self._pid = 0.0, pid

    async def __aenter__(self) -> Watching:
        self._task = asyncio.ensure_future(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _watch(self) -> None:
        while True:
            self.most = max(self.most, (await asyncio.to_thread(status, self._pid))[1])
            await asyncio.sleep(0.5)


def times(seconds: list[float]) -> str:
    """Their 50th, 95th and 99th percentile, in milliseconds."""
    if not seconds:
        return "none"
    return (
        " / ".join(f"{1000 * q:.0f}" for q in np.percentile(seconds, [50, 95, 99])) + " ms (p50 / p95 / p99)"
    )


async def run(arguments: argparse.Namespace, pid: int, port: int, requests: list[bytes]) -> None:
    """The parts that were asked for."""
    seconds, cores = arguments.seconds, len(os.sched_getaffinity(0))
    began, own = time.perf_counter(), time.process_time()
    found = await asyncio.to_thread(load, port, requests, 16, min(seconds, 10), 1 << 30)
    took = time.perf_counter() - began
    capacity, calm = len(found) / took, (time.process_time() - own) / took
    print(
        f"capacity: {capacity:.1f} a second, {times(found)}; {status(pid)[1]:.0f} MB; "
        f"clients on {calm:.2f} of {cores} cores"
    )
    if arguments.only in (None, "flood"):
        async with Watching(pid) as watching:
            rate, own, began = arguments.times * capacity, time.process_time(), time.perf_counter()
            outcome = await flood(port, requests, rate, seconds, arguments.most)
            busy = (time.process_time() - own) / (time.perf_counter() - began)
        good = len(outcome.read) / seconds
        left = capacity * (cores - busy) / (cores - calm)
        print(
            f"flood of {rate:.0f} a second for {seconds:g} s: {good:.1f} read a second, "
            f"{good / capacity:.0%} of the capacity, {times(outcome.read)}; {outcome.refused} refused, "
            f"{outcome.without_retry_after} of them without Retry-After; {outcome.broken}, "
            f"{outcome.missed} not sent; {watching.most:.0f} MB; clients on {busy:.2f} of {cores} cores: "
            f"{good / left:.0%} of what the rest would read"
        )
    if arguments.only in (None, "hostile"):
        async with Watching(pid) as watching, hostile(port, arguments.clients, requests):
            await asyncio.sleep(min(5, seconds))
            outcome = await honest(port, requests, seconds)
        print(
            f"{arguments.clients} slow and {arguments.clients} never-reading clients for {seconds:g} s: the "
            f"honest one has {len(outcome.read)} pictures read, {times(outcome.read)}; "
            f"{outcome.refused} refused, {outcome.broken}; {watching.most:.0f} MB"
        )


def main() -> None:
    """Run the benchmark and print its lines."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=SAMPLES, help="pictures (default: samples/)")
    parser.add_argument("--size", default="640x480", help="of the pictures (default: 640x480)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each part (default: 60)")
    parser.add_argument("--times", type=float, default=5.0, help="the capacity, of the flood (default: 5)")
    parser.add_argument("--clients", type=int, default=200, help="of each hostile kind (default: 200)")
    parser.add_argument("--most", type=int, default=400, help="requests of the flood at once (default: 400)")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--queue", type=int, default=32)
    parser.add_argument("--only", choices=("flood", "hostile"))
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    pictures = [encode(fit(p, width, height)) for p in load_pictures(arguments.folder) or [noise()]]
    server, port = start_server(arguments.workers, arguments.queue)
    try:
        asyncio.run(run(arguments, server.pid, port, [request(picture) for picture in pictures]))
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    main()
