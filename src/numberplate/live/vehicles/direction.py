"""Where a vehicle went, by how its plate moved in the picture."""

import numpy as np
import numpy.typing as npt

from numberplate.results.sighting import Direction

_FOCAL = 1.0
"""Focal length in widths of the picture: of a lens that sees 53 degrees."""

_STOOD = 0.6
"""A plate that moved by less, in its own widths in the picture, and changed its size as little, stood."""

_GREW = 0.18
"""Change of the logarithm of the plate's width by which it came nearer or went away at all."""


def direction(
    path: npt.NDArray[np.float32], widths: npt.NDArray[np.float32], across: int
) -> Direction | None:
    """The direction of a vehicle, or None where it stood, or was seen once only.

    Args:
        path: float32 (n, 2), the plate's middle in pixels, frame by frame.
        widths: float32 (n,), the plate's width in pixels.
        across: the picture's width in pixels.

    The plate's width says how far away it is: way to the side and way in depth are compared in widths of the
    plate as it is.
    """
    if len(path) < 2:
        return None
    # Lines through all frames: the ends alone are as good as two detections.
    times = np.linspace(-0.5, 0.5, len(path))
    growth = float(np.polyfit(times, np.log(widths), 1)[0])
    moved = np.polyfit(times, path.astype(np.float64), 1)[0]
    if np.hypot(*moved) < _STOOD * float(np.median(widths)) and abs(growth) < _GREW:
        return None
    middle = float(np.mean(np.log(widths)))
    first, last = np.exp(middle - growth / 2), np.exp(middle + growth / 2)
    start, end = (path[:, 0].mean() - across / 2 + sign * moved[0] / 2 for sign in (-1, 1))
    aside = end / last - start / first
    nearer = _FOCAL * across * (1 / first - 1 / last)
    if abs(growth) >= _GREW and abs(nearer) > abs(aside):
        return "towards" if nearer > 0 else "away"
    if abs(moved[0]) >= abs(moved[1]):
        return "right" if moved[0] > 0 else "left"
    # Up or down the picture at the same size: a road seen from above.
    return "towards" if moved[1] > 0 else "away"
