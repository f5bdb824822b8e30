"""What there is to read: plates found in held-out scenes, and vehicles followed through held-out clips."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import boxes, overlaps
from numberplate.live.options import WatchOptions
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.vote import Vote
from numberplate.live.vehicles.watcher import Watcher
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.decoding import Reading
from numberplate.synthesis.clip import CLEAR, HARD, RATE, draw_clip
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import Ingredients, PlacedPlate, Scene

SCENE = (480, 640)
"""Height and width of a scene."""

MOST_GENERIC = 0.1
"""Share of vehicles with a plate of no listed country, as few as on the road: of such plates, which no format
speaks for, the vote is more often wrong."""

FAINT = 0.02
"""Presence from which on what the detector finds is a case."""

MIN_IOU = 0.5
"""A case is of a plate when their boxes overlap by this at least."""

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

_AT_THE_END = WatchOptions(sure_after=60.0)
"""No vehicle is reported before its clip ends."""


@dataclass(frozen=True)
class Found:
    """What the detector found in one scene.

    `grey`: the scene, uint8 (height, width); `plates`: in it; `corners`, float32 (n, 4, 2), `presence`, (n,),
    and `looks`, (n, 2), the logits of both looks: of what was found; `truths`: for each of these the plate
    that it is, None where it is none.
    """

    grey: npt.NDArray[np.uint8]
    plates: tuple[PlacedPlate, ...]
    corners: npt.NDArray[np.float32]
    presence: npt.NDArray[np.float64]
    looks: npt.NDArray[np.float64]
    truths: tuple[PlacedPlate | None, ...]


def scenes(ingredients: Ingredients, seed: int, count: int) -> Iterator[Scene]:
    """The first scenes of a seed, as `numberplate synthesize` draws them."""
    for index in range(count):
        yield scene_sample(ingredients, seed, index, *SCENE)


def found(cascade: Cascade, drawn: Iterable[Scene]) -> Iterator[Found]:
    """What the detector finds in each scene."""
    for scene in drawn:
        search = cascade.detector.search(scene.picture, FAINT)
        grey = np.asarray(cv2.cvtColor(scene.picture, cv2.COLOR_RGB2GRAY), np.uint8)
        truths = tuple(matched(search.corners, scene.plates))
        presence = search.scores.astype(np.float64)
        yield Found(grey, scene.plates, search.corners, presence, search.looks, truths)


def matched(
    corners: npt.NDArray[np.float32], plates: tuple[PlacedPlate, ...]
) -> Iterator[PlacedPlate | None]:
    """For each detection, (n, 4, 2), best first, the plate that it shows, each plate once."""
    free = list(plates)
    for box in boxes(corners) if len(corners) else ():
        if free:
            shared = overlaps(box, boxes(np.stack([plate.corners for plate in free])))[0]
            best = int(shared.argmax())
            if shared[best] >= MIN_IOU:
                yield free.pop(best)
                continue
        yield None


@dataclass(frozen=True)
class Vehicle:
    """A clip's vehicle: the readings of its plate, what its fused crops say, and its text."""

    vote: Vote
    fused: tuple[Reading, ...]
    text: str


def vehicles(ingredients: Ingredients, seed: int, count: int, cascade: Cascade) -> Iterator[Vehicle]:
    """The vehicles of so many clips, every second one hard to read, as a watcher follows them; without those
    of which it reads nothing.
    """
    ingredients = replace(ingredients, generic=min(ingredients.generic, MOST_GENERIC))
    for index in range(count):
        clip = draw_clip(ingredients, seed, index, conditions=HARD if index % 2 else CLEAR)
        watcher = Watcher(cascade, "clip", RATE, Regions(), _AT_THE_END)
        shown_at = {}
        for number, shown in enumerate(clip.frames()):
            seconds = number / RATE
            shown_at[seconds] = shown.corners
            frame = Frame(shown.picture, _BEGIN + timedelta(seconds=seconds), seconds)
            corners, _ = cascade.detector.detect(frame.picture)
            watcher.see(frame, corners)
        for track in watcher.unreported():
            box, true = boxes(np.stack([track.last_corners, shown_at[track.end]]))
            if len(track.vote) and overlaps(box, true[None])[0][0] >= MIN_IOU:
                yield Vehicle(track.vote, tuple(track.fused(cascade.recognizer)), clip.text)
