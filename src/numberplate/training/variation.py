"""A detector's scenes seen anew: from nearer or further, a little turned, in another light.

Making a scene takes four times as long as training on it, so each is used a few times, never twice the same.
"""

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Plates = npt.NDArray[np.float32]

_ZOOM, _TURN, _SHEAR = 0.4, 0.035, 0.06
"""Half the range of the zoom's logarithm; standard deviations of the angle, in radians, and of the logarithm
of the aspect.
"""

_ZOOMED, _EXPOSED = 0.75, 0.25
"""Shares of the scenes that are seen at another size, and in another light."""

_WHOLE, _GONE = 0.75, 0.02
"""Share of a plate that stays in the picture at least, if it stays; what is less is gone."""

_TRIES = 6


def varied(grey: Grey, plates: Plates, rng: np.random.Generator) -> tuple[Grey, Plates]:
    """A scene, uint8 (height, width), and its plates, float32 (n, 4, 2), as they may also be seen.

    The picture keeps its size. Plates that are then outside are left out; none is cut that was not.
    """
    if rng.random() < _ZOOMED:
        grey, plates = _zoomed(grey, plates, rng)
    return _exposed(grey, rng) if rng.random() < _EXPOSED else grey, plates


def _zoomed(grey: Grey, plates: Plates, rng: np.random.Generator) -> tuple[Grey, Plates]:
    """From nearer or further and a little turned; as it was where a plate would be cut."""
    height, width = grey.shape
    before = [_inside(plate, width, height) for plate in plates]
    for _ in range(_TRIES):
        zoom, angle, shear = (
            np.exp(rng.uniform(-_ZOOM, _ZOOM)),
            rng.normal(0, _TURN),
            np.exp(rng.normal(0, _SHEAR)),
        )
        turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        matrix = zoom * turn * np.array([(shear, 1 / shear), (shear, 1 / shear)])
        fixed = rng.uniform((0, 0), (width, height))
        matrix = np.column_stack([matrix, fixed - matrix @ fixed])
        moved = (plates @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        after = [_inside(plate, width, height) for plate in moved]
        if all(a <= _GONE or a >= min(_WHOLE, b - _GONE) for a, b in zip(after, before, strict=True)):
            break
    else:
        return grey, plates
    if zoom < 0.95:  # what is seen smaller is averaged
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.45 * np.sqrt(1 / zoom**2 - 1)), np.uint8)
    seen = cv2.warpAffine(
        grey, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, np.uint8), moved[[share > _GONE for share in after]]


def _exposed(grey: Grey, rng: np.random.Generator) -> Grey:
    tones = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.4, 0.4))
    middle = rng.uniform(0.2, 0.8)
    tones = middle + (tones - middle) * rng.uniform(0.65, 1.25) + rng.normal(0, 0.05)
    return np.asarray(cv2.LUT(grey, np.clip(255 * tones, 0, 255).astype(np.uint8)), np.uint8)


def _inside(corners: Plates, width: int, height: int) -> float:
    """The share of a plate's area that lies within the picture, 0..1."""
    outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    return float(cv2.intersectConvexConvex(corners, outline)[0]) / max(float(cv2.contourArea(corners)), 1e-6)
