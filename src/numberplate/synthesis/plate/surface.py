"""The plate's surface: how it is pressed, and what time, weather and light do to it.

`emboss` works on the plate alone, the rest on a flat plate with its frame: uint8 (height, width, 3) RGB. Each
returns a new picture and leaves the one it was given. docs/realism.md shows each of them.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from numberplate.synthesis.paint import shade, tint


@dataclass(frozen=True)
class Wear:
    """How often `weather` takes each step, 0..1, and how strong each is at most."""

    grain: float = 0.9
    most_grain: float = 0.3
    fade: float = 0.15
    most_fade: float = 0.4
    dirt: float = 0.2
    most_dirt: float = 0.65
    scratches: float = 0.15
    most_scratches: float = 0.8
    sheen: float = 0.1
    most_sheen: float = 0.6


DEFAULT_WEAR = Wear()


def fade(picture: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Years of sun: colours pale and grow greyish, dark ones most. `amount` 0..0.6."""
    grey = np.full((3, 3), 1 / 3) * 0.6 * amount + np.eye(3) * (1 - 0.6 * amount)
    pale = rng.uniform(150, 225) + rng.normal(0, 8, 3)
    matrix = np.column_stack([grey * (1 - amount), pale * amount])
    return cv2.transform(picture, matrix)


def grain(picture: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """What no plate is without: the sheeting's texture, fine dust, dents that mirror more or less of the sky.

    `amount`, 0..0.3: share of the light that is missing where it is darkest.
    """
    height, width = picture.shape[:2]
    tile = _cloud(4 + int(rng.integers(4)), 0.72)
    # From the whole tile, as fine as pixels, to a part of it.
    part = int(np.clip(tile.shape[0] * np.exp(rng.uniform(np.log(0.15), 0)), 24, 256))
    y = int(rng.integers(tile.shape[0] - part + 1))
    across = min(tile.shape[1], max(1, round(part * width / height)))
    x = int(rng.integers(tile.shape[1] - across + 1))
    cloud = cv2.resize(tile[y : y + part, x : x + across], (width, height), interpolation=cv2.INTER_LINEAR)
    levels = np.arange(256, dtype=np.float32)
    return shade(picture, cv2.LUT(cloud, (255 - amount * levels).astype(np.uint8)))


def dirt(picture: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Mud, dust or snow in blotches and specks, most near the lower edge.

    `amount`, 0..0.8, is how much it hides where it is thick.
    """
    height, width = picture.shape[:2]
    kind = rng.random()
    if kind < 0.6:
        colour = np.array([96, 80, 62]) * rng.uniform(0.35, 1.5)
    elif kind < 0.9:
        colour = np.full(3, rng.uniform(60, 170))
    else:
        colour = np.full(3, 235.0)
    tile = _cloud(int(rng.integers(4)))
    # The whole tile is about three plates' heights wide, whatever the plate's size in pixels.
    part = int(np.clip(tile.shape[0] * rng.uniform(0.2, 0.6), 24, 256))
    y, x = rng.integers(0, tile.shape[0] - part + 1, 2)
    across = min(tile.shape[1] - x, max(1, round(part * width / height)))
    cloud = cv2.resize(tile[y : y + part, x : x + across], (width, height), interpolation=cv2.INTER_LINEAR)
    # A film over everything, blotches where the cloud is dense, specks where it peaks.
    film, start = rng.uniform(0, 0.35), rng.uniform(100, 170)
    levels = np.arange(256, dtype=np.float32)
    blotches = np.minimum(np.maximum((levels - start) / rng.uniform(15, 90), 0), 1)
    table = amount * (film + (1 - film) * blotches) * 255
    if rng.random() < 0.4:
        table[int(rng.uniform(240, 254)) :] = min(0.95, 1.4 * amount) * 255
    cover = cv2.LUT(cloud, table.astype(np.uint8))
    if rng.random() < 0.6:
        down = np.linspace(rng.uniform(0, 0.5), 1, height, dtype=np.float32) ** 1.5
        heavier = cv2.resize((255 * down).astype(np.uint8)[:, None], (width, height))
        cover = cv2.multiply(cover, heavier, scale=1 / 255)
    muddy = picture.copy()
    tint(muddy, cover, 0, 0, colour)
    return muddy


@cache
def _cloud(number: int, fine: float = 0.62) -> np.ndarray:
    """uint8 (256, 768): fractal noise, coarse and, by `fine`, fine, spread evenly over 0..255."""
    rng = np.random.default_rng([53, number])
    whole = np.zeros((256, 768), np.float32)
    for octave in range(1, 8):
        grain = rng.standard_normal((2**octave + 1, 3 * 2**octave + 1)).astype(np.float32)
        whole += cv2.resize(grain, (768, 256), interpolation=cv2.INTER_CUBIC) * fine**octave
    order = np.argsort(np.argsort(whole, axis=None))
    return (order * (255 / (order.size - 1))).astype(np.uint8).reshape(whole.shape)


def scratches(picture: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Scratches down to bare metal, dents and chips. `amount` 0..1: up to 14 of them."""
    worn = picture.copy()
    height, width = picture.shape[:2]
    for _ in range(1 + int(amount * rng.uniform(0.5, 1) * 13)):
        shade = rng.uniform(150, 255) if rng.random() < 0.6 else rng.uniform(0, 90)
        colour = (shade, shade, shade)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        if rng.random() < 0.75:
            length, angle = height * rng.uniform(0.1, 0.9), rng.normal(0, 0.6)
            bend = rng.normal(0, 0.08) * length
            points = [
                (x, y),
                (x + 0.5 * length * np.cos(angle), y + 0.5 * length * np.sin(angle) + bend),
                (x + length * np.cos(angle), y + length * np.sin(angle)),
            ]
            thick = max(1, round(height * rng.uniform(0.002, 0.016)))
            line = (np.array(points) * 16).astype(np.int32)
            cv2.polylines(worn, [line], False, colour, thick, cv2.LINE_AA, 4)
        else:
            corners = np.array([x, y]) + rng.normal(0, 0.025 * height, (5, 2))
            cv2.fillPoly(worn, [(corners * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    return worn


def sheen(picture: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """The sky or a lamp mirrored in the varnish: a slanting band, paler by `amount`, 0..0.7, at most."""
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32) - rng.uniform(0, 1) * width
    slant = rng.uniform(-1.5, 1.5)
    reach = height * rng.uniform(0.3, 3)
    y = np.arange(height, dtype=np.float32)[:, None] * np.float32(slant)
    band = np.maximum(1 - np.abs(x[None] + y) / np.float32(reach), 0)
    left = (255 - np.float32(255 * amount) * band).astype(np.uint8)
    return cv2.bitwise_not(shade(cv2.bitwise_not(picture), left))


def glow(picture: np.ndarray, gain: float) -> np.ndarray:
    """Retroreflection: a lamp beside the camera makes what is light shine by `gain`, 1..2.2, and saturate."""
    levels = np.arange(256, dtype=np.float32)
    # Ink reflects nothing back: what is dark stays dark.
    table = levels * (1 + (gain - 1) * np.minimum(levels / 120, 1))
    return cv2.LUT(picture, np.minimum(table, 255).astype(np.uint8))


def emboss(relief: np.ndarray, rng: np.random.Generator, depth: float, strength: float) -> np.ndarray:
    """What embossing adds to the grey levels: raised parts are light on one side and dark on the other.

    `relief`: uint8 (height, width), 255 where the plate is raised; `depth`: width of the slopes in pixels;
    `strength`: 0..0.6. Returns float32 (height, width).
    """
    soft = cv2.GaussianBlur(relief, (0, 0), depth * rng.uniform(0.5, 1.0))
    angle = rng.uniform(0, 2 * np.pi)
    shift = np.array([[1, 0, np.cos(angle) * depth], [0, 1, np.sin(angle) * depth]])
    moved = cv2.warpAffine(soft, shift, (relief.shape[1], relief.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    slope = cv2.addWeighted(soft, strength, moved, -strength, 0, dtype=cv2.CV_32F)
    if rng.random() < 0.4:
        # Varnish glints where a slope faces the light.
        glint = cv2.subtract(soft, moved)
        slope = cv2.add(slope, cv2.LUT(glint, (np.arange(256, dtype=np.float32) / 255) ** 2 * 255 * strength))
    return slope


def weather(picture: np.ndarray, rng: np.random.Generator, wear: Wear = DEFAULT_WEAR) -> np.ndarray:
    """A flat plate after some years outside: as new most often, and else worn in one way or several."""
    if rng.random() < wear.grain:
        picture = grain(picture, rng, wear.most_grain * rng.uniform(0.3, 1) ** 2)
    if rng.random() < wear.fade:
        picture = fade(picture, rng, wear.most_fade * rng.random())
    if rng.random() < wear.scratches:
        picture = scratches(picture, rng, wear.most_scratches * rng.random())
    if rng.random() < wear.dirt:
        picture = dirt(picture, rng, wear.most_dirt * rng.random())
    if rng.random() < wear.sheen:
        picture = sheen(picture, rng, wear.most_sheen * rng.random())
    return picture
