"""On which device networks run: the one that is named, or of all that start the fastest."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from numberplate.models.device import DeviceError, candidates
from numberplate.reading.scheme import Scheme

log = logging.getLogger("numberplate")

_Made = TypeVar("_Made", bound=Scheme)


def on_device(make: Callable[[str], _Made], device: str) -> tuple[_Made, str]:
    """What `make` makes for a device, and the device's name.

    `device`: see `numberplate.models.device`. For "auto" that of all devices is taken which proves fastest;
    those that do not start are logged.

    Raises DeviceError where the device is not there or does not start, and what `make` raises.
    """
    tried, started = candidates(device), list[tuple[float, str, _Made]]()
    for name in tried:
        try:
            made = make(name)
        except DeviceError as error:
            if len(tried) == 1:
                raise
            log.warning("%s", error)
        else:
            started.append((_seconds(made) if len(tried) > 1 else 0.0, name, made))
    _, name, made = min(started, key=lambda one: one[0])
    return made, name


def _seconds(scheme: Scheme) -> float:
    """How long a picture takes, once all is set up: some noise, in which nothing is found."""
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        scheme.search(noise)
        taken.append(time.perf_counter() - start)
    return min(taken)
