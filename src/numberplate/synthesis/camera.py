"""The camera: what light, lens, sensor and file format do to a picture: uint8 (height, width, 3) RGB."""

from functools import cache

import cv2
import numpy as np


def light(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, contrast, gamma and a cast of colour."""
    gamma = float(np.exp(rng.normal(0, 0.3)))
    gain = rng.uniform(0.3, 1.0) if rng.random() < 0.3 else rng.uniform(0.8, 1.35)
    lift = rng.uniform(0, 70) if rng.random() < 0.3 else 0.0
    cast = np.clip(rng.normal(1, 0.06, 3), 0.8, 1.2)
    ramp = (np.arange(256, dtype=np.float32) / 255) ** gamma * 255
    table = np.clip(ramp[:, None] * (gain * (1 - lift / 255)) * cast + lift, 0, 255).astype(np.uint8)
    return cv2.LUT(picture, table[None])


def shadow(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The edge of a cast shadow, or of a patch of light: one side of a random line is darker."""
    height, width = picture.shape[:2]
    angle = rng.uniform(0, 2 * np.pi)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    side = (x - rng.uniform(0.2, 0.8) * width) * np.cos(angle) + (
        y - rng.uniform(0.2, 0.8) * height
    ) * np.sin(angle)
    soft = rng.uniform(0.01, 0.6) * min(height, width)
    factor = 1 - rng.uniform(0.2, 0.65) / (1 + np.exp(np.clip(-side / soft, -30, 30)))
    return (picture * factor[..., None].astype(np.float32)).astype(np.uint8)


def blur(picture: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Defocus, motion or a soft lens; `strength` is the radius in pixels."""
    kind = rng.random()
    if kind < 0.5 or strength < 0.6:
        return cv2.GaussianBlur(picture, (0, 0), max(0.25, strength * 0.7))
    size = 2 * int(np.ceil(strength)) + 1
    kernel = np.zeros((size, size), np.float32)
    centre = size // 2
    if kind < 0.75:
        angle = rng.uniform(0, np.pi) if rng.random() < 0.5 else rng.normal(0, 0.15)
        reach = strength * np.array([np.cos(angle), np.sin(angle)])
        for t in np.linspace(-1, 1, 4 * size):
            kernel[round(centre + t * reach[1]), round(centre + t * reach[0])] += 1
    else:
        y, x = np.mgrid[-centre : centre + 1, -centre : centre + 1]
        kernel = np.clip(strength + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def shrink(picture: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Lost resolution: down by `factor` and up again to the same size, with real software's resamplers."""
    height, width = picture.shape[:2]
    downs = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
    ups = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
    small = (max(4, round(width / factor)), max(4, round(height / factor)))
    down = cv2.resize(picture, small, interpolation=downs[int(rng.choice(3, p=[0.6, 0.3, 0.1]))])
    return cv2.resize(down, (width, height), interpolation=ups[int(rng.choice(4, p=[0.5, 0.3, 0.17, 0.03]))])


def noise(picture: np.ndarray, rng: np.random.Generator, deviation: float) -> np.ndarray:
    """The sensor's Gaussian noise, `deviation` in grey levels; sometimes the same in all channels."""
    height, width = picture.shape[:2]
    tile = _grain()
    y, x = int(rng.integers(tile.shape[0])), int(rng.integers(tile.shape[1]))
    rows, columns = np.arange(y, y + height) % tile.shape[0], np.arange(x, x + width) % tile.shape[1]
    grain = tile[rows[:, None], columns] * np.float32(deviation)
    if rng.random() < 0.5:
        grain = grain[..., :1]
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@cache
def _grain() -> np.ndarray:
    """Noise of deviation 1, of which each picture gets a part: drawing it anew costs more than the rest."""
    return np.random.default_rng(35).standard_normal((701, 907, 3), dtype=np.float32)


def sharpen(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The halo that cameras' own sharpening leaves at edges."""
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.7, 1.8))
    amount = rng.uniform(0.3, 1.5)
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)


def compress(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One pass through JPEG."""
    quality = int(rng.integers(22, 96))
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    return picture if decoded is None else decoded


def photograph(picture: np.ndarray, rng: np.random.Generator, detail: float) -> np.ndarray:
    """A picture as a random camera would have taken it.

    `detail` is the height in pixels of the smallest thing that should still be read: blur and lost resolution
    keep in proportion to it.
    """
    picture = light(picture, rng)
    if rng.random() < 0.2:
        picture = shadow(picture, rng)
    if rng.random() < 0.6:
        picture = blur(picture, rng, detail * float(rng.uniform(0.015, 0.085)))
    if rng.random() < 0.25:
        picture = shrink(picture, rng, float(rng.uniform(1.1, max(1.2, min(2.6, detail / 9)))))
    if rng.random() < 0.75:
        picture = noise(picture, rng, float(rng.exponential(4) + 0.5))
    if rng.random() < 0.25:
        picture = sharpen(picture, rng)
    if rng.random() < 0.65:
        picture = compress(picture, rng)
    if rng.random() < 0.1:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    return picture
