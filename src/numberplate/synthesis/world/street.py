"""Drawn streets and car parks with one car, seen from behind or in front, and the place of its plate."""

from functools import cache

import cv2
import numpy as np

from numberplate.synthesis.camera import noise
from numberplate.synthesis.paint import shade
from numberplate.synthesis.world.canvas import Canvas, Light, View
from numberplate.synthesis.world.car import BODIES, PLATES, car
from numberplate.synthesis.world.scenery import car_park, haze, road, sky

LIGHTS = (
    Light((86, 146, 210), (206, 226, 240), (1.0, 1.0, 0.98), 0.8),
    Light((120, 170, 214), (232, 234, 226), (1.02, 1.0, 0.95), 0.6),
    Light((168, 180, 192), (222, 226, 228), (0.9, 0.92, 0.95), 0.2),
    Light((136, 160, 196), (244, 222, 196), (1.04, 0.97, 0.88), 0.7),
    Light((42, 56, 98), (238, 158, 106), (0.62, 0.57, 0.62), 0.15, dusk=True),
    Light((34, 44, 78), (180, 130, 140), (0.54, 0.54, 0.66), 0.1, dusk=True),
)


def street(
    rng: np.random.Generator, height: int, width: int, plate: tuple[float, float] | None = None
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A drawn street or car park with a car, and the empty place of its number plate.

    `plate` is the plate's size in millimetres, one of PLATES where it is not given. Returns uint8
    (height, width, 3) RGB and the box (x, y, width, height) of the plate's place in pixels.
    """
    canvas = Canvas(height, width)
    size = plate or PLATES[int(rng.choice(len(PLATES), p=[0.55, 0.15, 0.3]))]
    body = BODIES[int(rng.integers(len(BODIES)))]
    light = LIGHTS[int(rng.choice(len(LIGHTS), p=[0.22, 0.2, 0.2, 0.18, 0.12, 0.08]))]
    ground = height * rng.uniform(0.84, 0.93)
    across = min(width * rng.uniform(0.5, 0.68), ground / body.height * body.width * rng.uniform(0.8, 0.98))
    focal = 1.2 * max(width, 1.2 * height)
    z = focal * body.width / across
    eye = rng.uniform(1.25, 1.6)
    x = rng.normal(0, 0.18)
    view = View(focal, width / 2 + rng.normal(0, 0.05) * width, ground - focal * eye / z, eye)
    canvas.tone = np.asarray(light.tone, np.float32)
    sky(canvas, rng, view, light)
    if rng.random() < 0.55:
        road(canvas, rng, view, light, x, z)
    else:
        car_park(canvas, rng, view, light, x, z)
    if rng.random() < 0.5:
        haze(canvas, view, light, rng.uniform(0.1, 0.4))
    place = car(canvas, rng, view, light, body, x, z, rng.random() < 0.6, size)
    left, top = place.min(0)
    right, bottom = place.max(0)
    box = (round(left), round(top), max(1, round(right - left)), max(1, round(bottom - top)))
    return noise(shade(canvas.picture, cv2.resize(_vignette(), (width, height))), rng, 1.4), box


@cache
def _vignette() -> np.ndarray:
    """uint8 (64, 64): how much darker a lens makes the corners."""
    away = np.linspace(-1, 1, 64) ** 2
    return (255 * (1 - 0.1 * (away[:, None] + away))).astype(np.uint8)
