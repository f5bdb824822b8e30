"""Where a plate is before the camera: rotation, distance and perspective, as a homography."""

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
        flat = np.array([[-w, -h, 0], [w, -h, 0], [w, h, 0], [-w, h, 0]])
        (sr, sp, sy), (cr, cp, cy) = (
            np.sin([self.roll, self.pitch, self.yaw]),
            np.cos([self.roll, self.pitch, self.yaw]),
        )
        yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        x, y, z = (roll @ pitch @ yaw @ flat.T) + [[0], [0], [self.distance]]
        scale = self.width * self.distance / z
        return (np.stack([x * scale, y * scale], 1) + self.centre).astype(np.float32)


def random_pose(
    rng: np.random.Generator, width: float, centre: tuple[float, float], tilt: float = 1.0
) -> Pose:
    """A pose as before real cameras: yaw the widest, most nearly straight; `tilt` scales the angles."""
    return Pose(
        roll=float(np.clip(rng.normal(0, 0.07), -0.35, 0.35)) * tilt,
        pitch=float(np.clip(rng.normal(0, 0.17), -0.6, 0.6)) * tilt,
        yaw=float(np.clip(rng.normal(0, 0.35), -1.0, 1.0)) * tilt,
        width=width,
        centre=centre,
        distance=float(rng.uniform(3, 16)),
    )


def homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 (3, 3) that takes the four points `source` to the four points `target`, each (4, 2)."""
    return cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
