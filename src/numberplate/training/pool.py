"""A pool of samples on disk that background processes keep filling while training draws batches from it.

Making a sample costs more than training on it, so each is used a few times (`reuse`) before a newer one takes
its place. The pool is a ring: sample i lies in slot i modulo the capacity.
"""

import math
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

Fields = Mapping[str, tuple[tuple[int, ...], str]]
"""Name of an array to the shape and type of one sample in it."""

MakeSample = Callable[[int], Mapping[str, np.ndarray]]
"""Sample i, as one array for each field."""


_REPORT = 5.0
"""Seconds between two reports of how many samples are made."""


class PoolError(RuntimeError):
    """A process that makes samples has died; the message says what to look at."""


class SamplePool:
    """Samples `first`, `first` + 1, … made by `workers` processes, the last `capacity` kept in `folder`.

    `recipe` is called in each process and returns the function that makes a sample; it must be picklable, as
    must what it holds. Use it as a context manager: the processes end with it. Samples are the same whatever
    the number of workers.
    """

    def __init__(
        self,
        folder: Path,
        fields: Fields,
        recipe: Callable[[], MakeSample],
        capacity: int,
        reuse: float,
        workers: int,
        first: int = 0,
    ) -> None:
        self.capacity = capacity
        self.reuse = reuse
        self.first = first
        self.consumed = 0
        self._lead = max(1, capacity // 8)
        folder.mkdir(parents=True, exist_ok=True)
        self._arrays = {
            name: np.lib.format.open_memmap(
                folder / f"{name}.npy", mode="w+", dtype=np.dtype(dtype), shape=(capacity, *shape)
            )
            for name, (shape, dtype) in fields.items()
        }
        if sys.platform == "linux":
            # Otherwise a disk that is full is found out by a process that dies where it writes to memory.
            for name in fields:
                with (folder / f"{name}.npy").open("r+b") as file:
                    os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
        # Forking after TensorFlow has started its threads can deadlock, hence fresh interpreters.
        context = multiprocessing.get_context("spawn")
        self._made = [context.Value("q", 0) for _ in range(workers)]
        self._wanted = context.Value("q", self._lead)
        self._processes = [
            context.Process(
                target=_fill,
                args=(
                    folder,
                    tuple(fields),
                    recipe,
                    first,
                    number,
                    workers,
                    self._made[number],
                    self._wanted,
                ),
                daemon=True,
            )
            for number in range(workers)
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()

    @property
    def made(self) -> int:
        """Samples made so far without a gap."""
        count = len(self._made)
        return int(min(made.value * count + number for number, made in enumerate(self._made)))

    def wait(self, needed: int, report: Callable[[int], None] | None = None) -> None:
        """Waits until `needed` samples are made; `report` gets how many are, every few seconds.

        Raises PoolError when a process has died.
        """
        self._wanted.value = max(self._wanted.value, needed)
        reported = time.monotonic()
        while self.made < needed:
            for process in self._processes:
                if not process.is_alive():
                    code = process.exitcode or 0
                    ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else "has died"
                    why = "is memory short?" if code < 0 else "its error stands above"
                    raise PoolError(f"a process that makes samples {ended}; {why}")
            if report is not None and time.monotonic() - reported > _REPORT:
                report(self.made)
                reported = time.monotonic()
            time.sleep(0.02)

    def batch(self, size: int, rng: np.random.Generator, least: int | None = None) -> dict[str, np.ndarray]:
        """`size` random samples of those in the pool, copied out, once there are `least` (None: `size`).

        Waits for newer samples where it would use them more than `reuse` times on average. Raises PoolError
        when a process has died.
        """
        needed = max(least or size, math.ceil((self.consumed + size) / self.reuse))
        self.wait(needed)
        made = self.made
        # Any slot up to the last wanted sample's may be written to just now.
        low = min(made - 1, max(0, self._wanted.value - self.capacity))
        chosen = rng.integers(low, made, size) + self.first
        slots = np.sort(chosen % self.capacity)
        self.consumed += size
        # Makers stay ahead by no more than what keeps the pool fresh at this reuse: they share the cores.
        self._wanted.value = max(self._wanted.value, int(self.consumed / self.reuse) + self._lead)
        return {name: np.array(array[slots]) for name, array in self._arrays.items()}


def _fill(
    folder: Path,
    names: tuple[str, ...],
    recipe: Callable[[], MakeSample],
    first: int,
    number: int,
    workers: int,
    made: "Synchronized[int]",
    wanted: "Synchronized[int]",
) -> None:
    """What one process does: makes samples `number`, `number` + workers, … for as long as they are wanted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the trainer's, which then ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    cv2.setNumThreads(1)
    parent = os.getppid()
    arrays: dict[str, Any] = {name: np.load(folder / f"{name}.npy", mmap_mode="r+") for name in names}
    capacity = len(arrays[names[0]])
    make = recipe()
    while True:
        if os.getppid() != parent:
            return  # the trainer was killed and could not end this process
        index = made.value * workers + number
        if index >= wanted.value:
            time.sleep(0.05)
            continue
        sample = make(first + index)
        for name, array in arrays.items():
            array[(first + index) % capacity] = sample[name]
        made.value += 1
