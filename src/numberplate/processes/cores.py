"""How many processor cores this process may use."""

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/cpu.max")


def cores(limits: Path = _CGROUP) -> int:
    """Cores that this process may use: those it is bound to, and no more than its container is granted.

    A container with a limit of two still sees all the cores of its machine; as many processes would starve
    each other, and take memory that it has not. `limits`: the file of version 2 of Linux's control groups.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = _granted(limits)
    return bound if granted is None else max(1, min(bound, math.ceil(granted)))


def _granted(file: Path) -> float | None:
    """Cores that are granted; None where all are."""
    try:
        quota, period = file.read_text(encoding="ascii").split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
