"""Where a plate is before the camera: rotation, distance and perspective, as a homography."""

import math
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Pose:
    """How a plate stands before the camera; angles in radians.

    `roll` turns it in the picture's plane, `pitch` tips it back, `yaw` turns it aside; they are applied yaw
    first, roll last. `width` is the width in pixels that it would have straight on, `centre` its middle in
    the picture, `distance` the camera's distance in widths of the plate: the nearer, the stronger the
    perspective.
    """

    roll: float
    pitch: float
    yaw: float
    width: float
    centre: tuple[float, float]
    distance: float = 8.0

    def corners(self, aspect: float) -> np.ndarray:
        """float32 (4, 2): the corners in the picture of a plate whose width is `aspect` times its height."""
        w, h = 0.5, 0.5 / aspect
        sr, cr = math.sin(self.roll), math.cos(self.roll)
        sp, cp = math.sin(self.pitch), math.cos(self.pitch)
        sy, cy = math.sin(self.yaw), math.cos(self.yaw)
        # Where the plate's own axes point once it is turned: the columns of roll @ pitch @ yaw.
        right = (cr * cy - sr * sp * sy, sr * cy + cr * sp * sy, -cp * sy)
        down = (-sr * cp, cr * cp, sp)
        corners = []
        for along, across in ((-w, -h), (w, -h), (w, h), (-w, h)):
            x, y, z = (along * r + across * d for r, d in zip(right, down, strict=True))
            scale = self.width * self.distance / (z + self.distance)
            corners.append((self.centre[0] + x * scale, self.centre[1] + y * scale))
        return np.array(corners, np.float32)


def random_pose(
    rng: np.random.Generator, width: float, centre: tuple[float, float], tilt: float = 1.0
) -> Pose:
    """A pose as before real cameras: yaw the widest, most nearly straight; `tilt` scales the angles."""
    return Pose(
        roll=min(0.35, max(-0.35, rng.normal(0, 0.07))) * tilt,
        pitch=min(0.6, max(-0.6, rng.normal(0, 0.17))) * tilt,
        yaw=min(1.0, max(-1.0, rng.normal(0, 0.35))) * tilt,
        width=width,
        centre=centre,
        distance=float(rng.uniform(3, 16)),
    )


def homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 (3, 3) that takes the four points `source` to the four points `target`, each (4, 2)."""
    return cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
