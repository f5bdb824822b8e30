"""Reads one event: its snapshots by a vote over them, and its clip as a video is watched."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from numberplate.frigate.event import Event
from numberplate.geometry.quads import flat_crop
from numberplate.live.options import WatchOptions
from numberplate.live.sources.base import SourceError
from numberplate.live.sources.recording import Recording
from numberplate.live.vehicles.fusion import View
from numberplate.live.vehicles.vote import Vote
from numberplate.live.vehicles.watcher import Watcher
from numberplate.pictures.decode import decode_picture
from numberplate.plates.alphabet import fold
from numberplate.plates.formats import Regions
from numberplate.reading import Plate
from numberplate.reading.cascade import Cascade
from numberplate.reading.decoding import Reading, likeliest_regions
from numberplate.reading.look import Look
from numberplate.results.sighting import Sighting

_ALIKE = 0.34
"""Of a text's characters so many may be other ones, and it may be the same plate's."""

_MOST_SNAPSHOTS = 40


@dataclass
class _Seen:
    """The best snapshot so far, with the plate in it."""

    quality: float
    plate: Plate
    picture: np.ndarray


class EventReader:
    """The vehicle of one event.

    Args:
        cascade: reads pictures.
        regions: what is known of the texts of plates.
        event: as it is known first.
        least: the least probability of a text, 0..1, in a clip.
    """

    def __init__(self, cascade: Cascade, regions: Regions, event: Event, least: float):
        self.event = event
        self._cascade = cascade
        self._regions = regions
        self._least = least
        self._vote = Vote(regions, cascade.recognizer.card, cascade.vote)
        self._known: set[bytes] = set()
        self._best: _Seen | None = None
        self._said: Reading | None = None
        self._clip: Sighting | None = None

    @property
    def is_certain(self) -> bool:
        """Whether more pictures are not worth their time."""
        said = self.sighting()
        return said is not None and said.confidence >= self._vote.certain

    def add_snapshot(self, jpeg: bytes) -> bool:
        """Reads a picture. Returns whether it was another one. Raises PictureError."""
        digest = hashlib.sha256(jpeg).digest()
        if digest in self._known or len(self._known) >= _MOST_SNAPSHOTS:
            return False
        self._known.add(digest)
        picture = decode_picture(jpeg, name=self.event.id).pixels
        found = self._cascade.search(picture)
        chosen: tuple[float, Plate, Look] | None = None
        for plate in found.plates:
            # The nearest vehicle's: the picture was taken for it.
            weight = plate.box[2] * plate.detection_confidence
            look = next((o for o in found.looks if np.array_equal(o.corners, plate.corners)), None)
            if look is not None and (chosen is None or weight > chosen[0]):
                chosen = weight, plate, look
        if chosen is not None:
            _, plate, look = chosen
            view = View(look.crop, look.corners, float(len(self._known)))
            self._vote.add(look.reading, view)
            self._said = None
            quality = plate.confidence * plate.box[2]
            if self._best is None or quality > self._best.quality:
                self._best = _Seen(quality, plate, picture)
        return True

    def add_clip(self, file: Path) -> None:
        """Watches a clip, and takes from it the vehicle that is most likely the event's."""
        recording = Recording(str(file), self.event.start)
        options = WatchOptions(min_confidence=self._least, sure_after=float("inf"))
        watcher: Watcher | None = None
        sightings: list[Sighting] = []
        try:
            for frame in recording.frames():
                if watcher is None:
                    watcher = Watcher(
                        self._cascade, self.event.camera, recording.rate, self._regions, options
                    )
                corners = self._cascade.detector.detect(frame.picture)[0]
                sightings += watcher.see(frame, corners)
        except SourceError:
            if watcher is None:
                raise
        if watcher is not None:
            sightings += watcher.finish()
        self._clip = _of_the_event(sightings, self._snapshots())

    def sighting(self) -> Sighting | None:
        """The vehicle as it is known now, by the surer of the two; None where nothing was read."""
        snapshots = self._snapshots()
        found = [one for one in (self._clip, snapshots) if one is not None]
        return max(found, key=lambda one: one.confidence, default=None)

    def _snapshots(self) -> Sighting | None:
        if self._best is None:
            return None
        if self._said is None:
            self._said = self._vote.final()
        said = self._said
        if not said.text:
            return None
        corners, picture = self._best.plate.corners, self._best.picture
        return Sighting(
            source=self.event.camera,
            text=said.text,
            confidence=said.confidence,
            characters=tuple(said.characters),
            candidates=said.candidates,
            regions=likeliest_regions(self._regions, said.text, corners),
            first_seen=self.event.start,
            last_seen=self.event.start,
            frames=len(self._vote),
            corners=corners,
            path=corners.mean(0, keepdims=True),
            direction=None,
            picture=picture,
            crop=flat_crop(picture, corners),
        )


def _of_the_event(sightings: Sequence[Sighting], snapshots: Sighting | None) -> Sighting | None:
    """That of the sightings which is most likely the vehicle that the snapshots show."""
    if snapshots is not None:
        text = fold(snapshots.text)
        most = max(1, int(_ALIKE * len(text)))
        sightings = [s for s in sightings if Levenshtein.distance(text, fold(s.text)) <= most]
    return max(sightings, key=_presence, default=None)


def _presence(sighting: Sighting) -> float:
    """How much of the clip a vehicle fills."""
    return sighting.frames * float(np.ptp(sighting.corners[:, 0])) * sighting.confidence
