"""What there is to read: plates found in held-out scenes, and vehicles followed through held-out clips."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import boxes, overlaps
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.track import Track
from numberplate.live.vehicles.vote import Vote
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.decoding import Reading
from numberplate.synthesis.clip import CLEAR, HARD, RATE, Conditions, draw_clip
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import Ingredients, PlacedPlate, Scene

SCENE = (480, 640)
"""Height and width of a scene."""

CLIP = (360, 640)
"""Height and width of a clip's frames; its plates are as many pixels wide as in one of 720×1280."""

FRAMES = 20

MOST_GENERIC = 0.1
"""Share of vehicles with a plate of no listed country, as few as on the road: of such plates, which no format
speaks for, the vote is more often wrong."""

FAINT = 0.02
"""Presence from which on what the detector finds is a case."""

MIN_IOU = 0.5
"""A case is of a plate when their boxes overlap by this at least."""


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
    """The vehicles of so many clips, every second one hard to read, without those that are never detected."""
    ingredients = replace(ingredients, generic=min(ingredients.generic, MOST_GENERIC))
    for index in range(count):
        conditions = _nearer(HARD if index % 2 else CLEAR)
        clip = draw_clip(ingredients, seed, index, *CLIP, conditions, FRAMES)
        vote = Vote(Regions(), cascade.recognizer.card, cascade.vote)
        track = None
        for number, shown in enumerate(clip.frames()):
            time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number / RATE)
            frame = Frame(shown.picture, time, number / RATE)
            corners, _ = cascade.detector.detect(frame.picture)
            here = overlaps(boxes(shown.corners[None])[0], boxes(corners))[0] if len(corners) else np.zeros(1)
            if here.max() < MIN_IOU:
                continue
            quad = corners[int(here.argmax())]
            if track is None:
                track = Track(vote, frame, quad)
            else:
                track.see(frame, quad)
            if track.wants_reading():
                (look,) = cascade.recognize(frame.picture, quad[None], again=False)
                track.read(frame, look)
        if track is not None and len(vote):
            yield Vehicle(vote, tuple(track.fused(cascade.recognizer)), clip.text)


def _nearer(conditions: Conditions) -> Conditions:
    """The same plates in frames that are smaller than the 1280 pixels that widths are stated for."""
    scale = 1280 / CLIP[1]
    far, near = ((low * scale, high * scale) for low, high in (conditions.far, conditions.near))
    return replace(conditions, far=far, near=near)
