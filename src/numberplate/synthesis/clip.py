"""A vehicle that passes a camera: a short video with known truth, clip i of seed s always the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.synthesis.camera import compress, motion, noise, soften
from numberplate.synthesis.plate.flat import FlatPlate, draw_flat
from numberplate.synthesis.plate.surface import weather
from numberplate.synthesis.pose import Pose
from numberplate.synthesis.samples import background_of, sample_rng
from numberplate.synthesis.scene import Ingredients, lay, uncovered_view
from numberplate.synthesis.world.surroundings import surround

RATE = 25.0
"""Frames a second."""

_TRIES = 100
"""Plates that are drawn at most to find one of a single line."""


@dataclass(frozen=True)
class Conditions:
    """How well a passing vehicle is seen; each pair is least and greatest.

    Attributes:
        far, near: the plate's width in pixels of a picture 1280 wide, where it is farthest and nearest.
        shutter: how long it is open, as a share of the time from frame to frame.
        blur: of lens and focus, as a share of the plate's height; it wanders from frame to frame.
        grain: the noise's deviation, in grey levels.
        quality: of the JPEG compression of each frame, 1..100.
        light: what the sensor gets of the light, 0..1.
    """

    far: tuple[float, float]
    near: tuple[float, float]
    shutter: tuple[float, float]
    blur: tuple[float, float]
    grain: tuple[float, float]
    quality: tuple[int, int]
    light: tuple[float, float]


CLEAR = Conditions((70, 90), (150, 220), (0.05, 0.15), (0.01, 0.03), (1, 5), (70, 95), (0.7, 1.0))
"""By day, near enough: single frames can be read."""

HARD = Conditions((48, 58), (62, 84), (0.2, 0.6), (0.06, 0.12), (14, 30), (35, 70), (0.35, 0.7))
"""At dusk and far away: small, blurred and noisy, so that few single frames can be read."""


@dataclass(frozen=True)
class ClipFrame:
    """`picture`: uint8 (height, width, 3) RGB; `corners`: the plate's, float32 (4, 2), in reading order."""

    picture: np.ndarray
    corners: np.ndarray


@dataclass(frozen=True, eq=False)
class Clip:
    """One vehicle. `text` and `design`: of its plate; `towards`: the camera, or away from it.

    `frames` draws them one after the other, each time the same.
    """

    text: str
    design: str
    towards: bool
    count: int
    _flat: FlatPlate
    _background: np.ndarray
    _poses: tuple[Pose, ...]
    _conditions: Conditions
    _seed: tuple[int, int]

    def corners(self) -> list[np.ndarray]:
        """The plate's corners in each frame, float32 (4, 2), in reading order."""
        aspect = float(np.divide(*side_lengths(self._flat.corners)))
        return [pose.corners(aspect) for pose in self._poses]

    def frames(self) -> Iterator[ClipFrame]:
        """The frames in order, RATE a second."""
        rng = np.random.default_rng([*self._seed, 3])
        conditions = self._conditions
        shutter, gain = rng.uniform(*conditions.shutter), rng.uniform(*conditions.light)
        grain, quality = rng.uniform(*conditions.grain), int(rng.integers(*conditions.quality))
        blur, turn = np.mean(conditions.blur), rng.uniform(0, 2 * np.pi)
        paper = np.median(self._flat.picture.reshape(-1, 3), axis=0)
        before = self._poses[0].centre
        for number, (pose, corners) in enumerate(zip(self._poses, self.corners(), strict=True)):
            picture = self._background.copy()
            # The vehicle looks the same in all frames: its own generator starts anew in each.
            surround(picture, corners, paper, np.random.default_rng([*self._seed, 4]))
            lay(picture, self._flat, corners, np.random.default_rng([*self._seed, 5]))
            moved = np.subtract(pose.centre, before)
            before = pose.centre
            streak = float(np.hypot(*moved)) * shutter
            if streak > 0.5:
                picture = motion(picture, streak, float(np.arctan2(moved[1], moved[0])))
            height = float(side_lengths(corners)[1])
            wander = np.diff(conditions.blur)[0] / 2 * np.sin(turn + 0.35 * number)
            picture = soften(picture, float(blur + wander) * height)
            picture = (picture * gain).astype(np.uint8)
            picture = noise(picture, rng, grain, 0.5)
            yield ClipFrame(compress(picture, quality), corners)


def draw_clip(
    ingredients: Ingredients,
    seed: int,
    index: int,
    height: int = 720,
    width: int = 1280,
    conditions: Conditions = CLEAR,
    count: int = 30,
) -> Clip:
    """Clip `index` of `seed`: one vehicle in `count` frames of (height, width), 1 or more.

    Its plate has one line, unless hardly any of the designs has.
    """
    rng = sample_rng(seed, index)
    background = uncovered_view(ingredients, background_of(seed, index * 32), height, width, rng)
    far, near = (rng.uniform(*pair) * width / 1280 for pair in (conditions.far, conditions.near))
    for _ in range(_TRIES):
        design = ingredients.design(rng)
        flat = draw_flat(design, ingredients.letterings, 1.25 * near / design.size[0], rng)
        if len(flat.lines) == 1:
            break
    flat = replace(flat, picture=weather(flat.picture, rng))
    # Level with the road and steady in depth: what is seen of it goes with one over the distance.
    depths = np.linspace(1 / far, 1 / near, count)
    away, aside = rng.uniform(-3.5, 3.5, 2) * rng.uniform(0.2, 1)
    below = rng.uniform(1.5, 3.0)
    yaw, pitch, roll = rng.normal(0, [0.2, 0.1, 0.03])
    poses = []
    for share, depth in zip(np.linspace(0, 1, count), depths, strict=True):
        size = 1 / depth
        x = width / 2 + (away + (aside - away) * share) * size
        y = height * 0.35 + below * size
        shake = rng.normal(0, 0.4, 2)
        edge = 0.6 * size
        centre = (
            float(np.clip(x + shake[0], edge, width - edge)),
            float(np.clip(y + shake[1], edge, height - edge)),
        )
        poses.append(Pose(float(roll), float(pitch), float(yaw), size, centre))
    towards = bool(rng.random() < 0.6)
    if not towards:
        poses.reverse()
    return Clip(
        flat.text, design.code, towards, count, flat, background, tuple(poses), conditions, (seed, index)
    )
