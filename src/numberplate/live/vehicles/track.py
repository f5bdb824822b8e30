"""One plate followed over frames: all that is known of the vehicle so far."""

from datetime import datetime

import numpy as np

from numberplate.geometry.quads import Corners, Picture, flat_crop, side_lengths
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.direction import direction
from numberplate.live.vehicles.fusion import View, fuse
from numberplate.live.vehicles.vote import Vote
from numberplate.reading.cascade import Look
from numberplate.reading.recognizer import Reading, Recognizer, jittered
from numberplate.results.sighting import Sighting

_READINGS = 3
"""A plate whose vote is certain is not read again after as many readings ..."""

_LARGER = 1.3
"""... until it is seen so much larger."""

_MOST_POINTS = 512
"""Points of a path: beyond it every second one goes."""


class Track:
    """One plate over the frames of one source, from the first that shows it.

    Attributes:
        first_seen, last_seen: of the first and the last frame that showed it, in UTC.
        begin, end: the same in seconds of the source.
        first_corners, last_corners: where it was then, float32 (4, 2).
        frames: how many frames showed it.
        parts: in how many of them it was a part of another plate, such as the name of a state.
        widest: the plate's greatest width, in pixels.
        reported: whether there was a sighting of it.
    """

    def __init__(self, vote: Vote, frame: Frame, corners: Corners):
        self._vote = vote
        self.first_seen: datetime = frame.time
        self.last_seen: datetime = frame.time
        self.begin = self.end = frame.seconds
        self.first_corners = self.last_corners = corners
        self.frames = 0
        self.parts = 0
        self.widest = 0.0
        self.reported = False
        self._points: list[tuple[float, float, float]] = []
        self._every = 1
        self._read_width = 0.0
        self._best: tuple[float, Picture, Corners] = (-1.0, frame.picture, corners)
        self.see(frame, corners)

    def see(self, frame: Frame, corners: Corners) -> None:
        """The plate is at these corners, float32 (4, 2), in the frame."""
        self.last_seen, self.end, self.last_corners = frame.time, frame.seconds, corners
        width = float(side_lengths(corners)[0])
        self.widest = max(self.widest, width)
        if self.frames % self._every == 0:
            x, y = corners.mean(0).tolist()
            self._points.append((x, y, width))
            self._thin()
        self.frames += 1

    def wants_reading(self) -> bool:
        """Whether reading it where it is now may still add something."""
        width = float(side_lengths(self.last_corners)[0])
        decided = len(self._vote) >= _READINGS and self.verdict.confidence >= self._vote.certain
        return not decided or width > _LARGER * self._read_width

    def read(self, frame: Frame, look: Look) -> None:
        """What the plate says in the frame that showed it last."""
        reading = look.reading
        width = float(side_lengths(self.last_corners)[0])
        self._read_width = max(self._read_width, width)
        self._vote.add(reading, View(look.crop, look.corners, frame.seconds))
        says = reading.confidence if reading.text and reading.text == self.verdict.text else 0.0
        # A larger one is better to look at, where both can be read.
        quality = says * width + 1e-3 * width
        if quality > self._best[0]:
            self._best = (quality, frame.picture, look.corners)

    @property
    def verdict(self) -> Reading:
        """What its readings say together, so far."""
        return self._vote.verdict()

    @property
    def place(self) -> tuple[float, float, float]:
        """Where it is: its middle (x, y) and its width, in pixels."""
        return self._points[-1]

    def absorb(self, later: "Track") -> None:
        """The same vehicle, lost and found again."""
        self._vote.absorb(later._vote)
        self.widest = max(self.widest, later.widest)
        if later.begin < self.begin:
            self.first_seen, self.begin, self.first_corners = (
                later.first_seen,
                later.begin,
                later.first_corners,
            )
        if later.begin > self.end:
            self.frames += later.frames
            self.parts += later.parts
            self._points += later._points
            self._thin()
        elif later.frames > self.frames:
            # Found twice at once: the frames and the path are those of one of the two.
            self.frames, self.parts = later.frames, later.parts
            self._points, self._every = later._points, later._every
        if later.end >= self.end:
            self.last_seen, self.end, self.last_corners = later.last_seen, later.end, later.last_corners
        if later._best[0] > self._best[0]:
            self._best = later._best

    def sighting(self, source: str, recognizer: Recognizer) -> Sighting | None:
        """The vehicle as it is known now; None where nothing was read.

        Where that is not certain, its crops are fused, and `recognizer` reads what comes of them.
        """
        said = self._vote.final(self.fused(recognizer))
        if not said.text:
            return None
        _, picture, corners = self._best
        points = np.array(self._points, np.float32)
        return Sighting(
            source=source,
            text=said.text,
            confidence=said.confidence,
            characters=said.characters,
            candidates=said.candidates,
            regions=said.regions,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            frames=self.frames,
            corners=corners,
            path=points[:, :2],
            direction=direction(points[:, :2], points[:, 2], picture.shape[1]),
            picture=picture,
            crop=flat_crop(picture, corners),
        )

    def fused(self, recognizer: Recognizer) -> list[Reading]:
        """What `recognizer` reads in the fused crops, as they are and jittered; none where it is certain."""
        if self.verdict.confidence >= self._vote.certain:
            return []
        seen = self._vote.views(recognizer.card.height, recognizer.card.width)
        crops = fuse(seen, lambda crops: recognizer.look(crops).corners)
        if not len(crops):
            return []
        crops = np.concatenate([[crop, *jittered(crop, recognizer.card.views)] for crop in crops])
        return recognizer.decode(recognizer.look(crops))

    def _thin(self) -> None:
        while len(self._points) > _MOST_POINTS:
            # The last one stays: it is where the plate is.
            self._points = self._points[:-1:2] + self._points[-1:]
            self._every *= 2

