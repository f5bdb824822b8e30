"""One plate followed over frames: all that is known of the vehicle so far."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from numberplate.geometry.quads import Corners, flat_crop, side_lengths
from numberplate.live.areas import Line
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.direction import direction
from numberplate.live.vehicles.fusion import View, fuse
from numberplate.live.vehicles.scene import Place
from numberplate.live.vehicles.vote import Vote
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.plates.alphabet import fold
from numberplate.reading.decoding import Reading, likeliest_regions
from numberplate.reading.look import IS_CUT, Look
from numberplate.reading.recognizer import Recognizer, jittered
from numberplate.results.plate import SIDES
from numberplate.results.sighting import Direction, Sighting

_READINGS = 3
"""A plate whose vote is certain is not read again after as many readings ..."""

_LARGER = 1.3
"""... until it is seen so much larger."""

_AGAIN = 5.0
"""... or so many seconds have passed, or it was out of sight for a moment ..."""

_ENOUGH = 30
"""Readings of an undecided plate that stands still: from then on each waits for such a part of the time that
it has been there, as it looks like those before ...
"""

_MOVED = 0.25
"""... until it has moved by such a share of its width, or been out of sight."""

GAP = 0.4
"""... of so many seconds: another vehicle may be in its place."""

_AGREEING = 2
"""Readings one after the other that agree on another text, and make it another vehicle's."""

SURE = 0.8
"""Confidence from which on a text speaks against another one."""

_SETTLED = 0.9
"""Confidence from which on a vehicle that left need not be waited for."""

CONTRADICTION = 3.0
"""Logarithm of the odds from which on two votes are of two vehicles."""

_CUT_READINGS = 8
"""Of a plate that the frame's edge cuts, after as many."""

_GROWN_SURE = 0.5
"""Confidence of a reading that has more of a cut plate's text than those before."""

_NEXT = 0.6
"""Of the distance of two characters: a plate that came in by so much more shows that no other follows."""

_ALIKE = 0.34
"""What is nearly the same text: of its characters so many may be other ones; one at least."""

_MOST_POINTS = 512
"""Points of a path: beyond it every second one goes."""


_Point = tuple[float, float, float]
"""Of a path: the plate's middle (x, y) and its width, in pixels."""


class Track:
    """One plate over the frames of one source, from the first that shows it.

    Attributes:
        first_seen: of the first frame that showed it, in UTC.
        begin, end: of the first and the last, in seconds of the source.
        first_corners, last_corners: where it was then, float32 (4, 2).
        here: that place, and what is seen there since.
        frames: how many frames showed it.
        parts: in how many of them it was a part of another plate, such as the name of a state.
        widest: the plate's greatest width, in pixels.
        reported: whether there was a sighting of it.
        numbers: of the tracks that it is made of; no two tracks have the same.
        overlapped: numbers of the tracks that some frame showed in its place.
    """

    _unused = itertools.count()

    def __init__(self, vote: Vote, frame: Frame, corners: Corners):
        self.numbers = {next(Track._unused)}
        self.overlapped: set[int] = set()
        self._vote = vote
        self._cut_vote = vote.empty()
        """What it says in frames whose edge cuts it: all that there is to say only if no other shows it."""
        self._cut = np.zeros(4)
        self._wholeness = 0.0
        self._hidden = 1.0
        self._grown_at: npt.NDArray[np.float32] | None = None
        self.first_seen: datetime = frame.time
        self.begin = self.end = frame.seconds
        self.first_corners = self.last_corners = corners
        self.frames = 0
        self.parts = 0
        self.widest = 0.0
        self.reported = False
        self._points: list[_Point] = []
        self._size = frame.size
        """Height and width of the frame in whose pixels the points are: the last one's, which may be another
        than that of those before.
        """
        self._every = 1
        self._read_width = 0.0
        self._read_at = -np.inf
        self._read_corners = corners
        self._readings = 0
        self._gap = self._unseen = 0.0
        self._others: list[tuple[Frame, Look]] = []
        self.here = Place(frame.small, frame.factor, corners, frame.seconds)
        self._left = (self.end, corners, self.here)
        self._best: tuple[float, Frame, Corners] = (-1.0, frame, corners)
        self.see(frame, corners)

    def see(self, frame: Frame, corners: Corners) -> None:
        """The plate is at these corners, float32 (4, 2), in the frame."""
        self._unseen = max(self._unseen, frame.seconds - self.end)
        self._gap = max(self._gap, self._unseen)
        self._before = (self.end, self.last_corners, self.here)
        self.end, self.last_corners = frame.seconds, corners
        self.here = Place(frame.small, frame.factor, corners, frame.seconds)
        width = float(side_lengths(corners)[0])
        self.widest = max(self.widest, width)
        self._resize(frame.size)
        if self.frames % self._every == 0:
            x, y = corners.mean(0).tolist()
            self._points.append((x, y, width))
            self._thin()
        self.frames += 1

    def wants_reading(self) -> bool:
        """Whether reading it where it is now may still add something."""
        width = float(side_lengths(self.last_corners)[0])
        enough = _READINGS if len(self._vote) else _CUT_READINGS
        # Nothing to be read in a few blurred frames is no verdict: the next ones may be sharper.
        decided = len(self._said) >= enough and (
            not len(self._vote) or (self.verdict.text and self.verdict.confidence >= self._vote.certain)
        )
        if width > _LARGER * self._read_width or self._others:
            return True
        if decided:
            return self._gap >= GAP or self.end - self._read_at >= _AGAIN
        moved = float(np.hypot(*(self.last_corners - self._read_corners).mean(0))) >= _MOVED * width
        if self._readings < _ENOUGH or moved or self._unseen >= GAP:
            return True
        return self.end - self._read_at >= (self.end - self.begin) / _ENOUGH

    def read(self, frame: Frame, look: Look) -> None:
        """What the plate says in the frame that showed it last.

        A sure reading of another text may be of another vehicle that came while no frame was looked at: it
        is put aside until the next one says the same, `other_vehicle`, or not.
        """
        self._read_at, self._read_corners = frame.seconds, self.last_corners
        self._readings += 1
        self._unseen = 0.0
        if self._gap >= GAP and self._contradicts(look.reading):
            if not self._others:
                self._left = self._before
            self._others.append((frame, look))
            return
        for earlier, one in self._others:
            self._count(earlier, one)
        self._others = []
        self._count(frame, look)
        if fold(look.reading.text) == fold(self.verdict.text):
            self._gap = 0.0

    def _contradicts(self, reading: Reading) -> bool:
        if not len(self._vote) or reading.confidence < SURE or self.verdict.confidence < SURE:
            return False
        if self._others and fold(self._others[-1][1].reading.text) != fold(reading.text):
            return False
        other = self._vote.empty()
        other.add(reading)
        return self._vote.contradiction(other) >= CONTRADICTION

    def _count(self, frame: Frame, look: Look) -> None:
        reading = look.reading
        width = float(side_lengths(look.corners)[0])
        self._read_width = max(self._read_width, width)
        cut = float(look.cut.max())
        view = View(look.crop, look.corners, frame.seconds)
        if cut >= IS_CUT:
            if not self._count_cut(look, view):
                return
        else:
            self._vote.add(reading, view)
            self._wholeness = max(self._wholeness, 1 - cut)
        says = reading.confidence if reading.text and reading.text == self.verdict.text else 0.0
        # A larger one is better to look at, where both can be read.
        quality = (says * width + 1e-3 * width) * (1 - cut)
        if quality > self._best[0]:
            self._best = (quality, frame, look.corners)

    def _count_cut(self, look: Look, view: View) -> bool:
        """Counts a reading of a plate that the frame's edge cuts; whether it was worth it.

        Of a vehicle that drives in the text grows, and only the longest counts; of one that drives out the
        shorter ones are nothing new.
        """
        reading = look.reading
        text, known = fold(reading.text), fold(self._cut_vote.verdict().text)
        if text != known and text in known:
            return False
        sure = reading.confidence >= _GROWN_SURE and UNKNOWN_CHARACTER not in text
        if sure and text != known and known in text:
            self._cut_vote, self._cut, self._grown_at = self._vote.empty(), np.zeros(4), None
            self._hidden = 1.0
        self._cut_vote.add(reading, view)
        self._cut += look.cut
        if sure and fold(self._cut_vote.verdict().text) == text:
            middle = look.corners.mean(0)
            if self._grown_at is None:
                self._grown_at = middle
            # How far it has come in since, along its own axis: the next character would have come in as well.
            along = look.corners[[1, 2]].mean(0) - look.corners[[0, 3]].mean(0)
            pitch = float(np.hypot(*along)) / (len(text) + 1)
            moved = float((middle - self._grown_at) @ along / max(1e-6, float(np.hypot(*along))))
            left, top, right, bottom = look.cut.tolist()
            sides = [(left, moved), (right, -moved), (top, 0.0), (bottom, 0.0)]
            hidden = max(p * (1 - min(1.0, max(0.0, by) / (_NEXT * pitch))) for p, by in sides)
            self._hidden = min(self._hidden, hidden)
        return True

    def other_vehicle(self) -> "Track | None":
        """The vehicle that is in this one's place by now, as what was last read there says, which is of this
        one no longer; None where it is the same still.
        """
        if len(self._others) < _AGREEING:
            return None
        (frame, look), *later = self._others
        # They are no part of this one.
        self.end, self.last_corners, self.here = self._left
        self.frames -= len(self._others)
        if self._every == 1:
            self._points = self._points[: -len(self._others)]
        self._others = []
        other = Track(self._vote.empty(), frame, look.corners)
        other._count(frame, look)
        for frame, look in later:
            other.see(frame, look.corners)
            other._count(frame, look)
        other._read_at, other._read_corners = self._read_at, self._read_corners
        return other

    @property
    def last_seen(self) -> datetime:
        """Of the last frame that showed it, in UTC: so long after the first, even where a clock was set."""
        return self.first_seen + timedelta(seconds=self.end - self.begin)

    @property
    def is_sure(self) -> bool:
        """Whether its text is settled: as probable as that, whole, and of several readings."""
        if len(self._vote) < _READINGS or self._others:
            return False
        return self.verdict.confidence * self.wholeness >= _SETTLED

    @property
    def _said(self) -> Vote:
        return self._vote if len(self._vote) else self._cut_vote

    @property
    def vote(self) -> Vote:
        """Of its readings."""
        return self._said

    @property
    def verdict(self) -> Reading:
        """What its readings say together, so far."""
        return self._said.verdict()

    @property
    def cut(self) -> tuple[str, ...]:
        """The sides, of SIDES, that the frame's edge cut off in all frames in which it was read."""
        if len(self._vote) or not len(self._cut_vote):
            return ()
        share = self._cut / len(self._cut_vote)
        return tuple(side for side, p in zip(SIDES, share.tolist(), strict=True) if p >= IS_CUT)

    @property
    def wholeness(self) -> float:
        """The probability, 0..1, that some frame that was read shows all of the plate."""
        return self._wholeness if len(self._vote) or not len(self._cut_vote) else 1 - self._hidden

    @property
    def place(self) -> tuple[float, float, float]:
        """Where it is: its middle (x, y) and its width, in pixels."""
        return self._points[-1]

    def absorb(self, later: "Track") -> None:
        """The same vehicle, lost and found again."""
        self.numbers |= later.numbers
        self.overlapped |= later.overlapped
        texts = fold(self.verdict.text), fold(later.verdict.text)
        if not self.overlapped & later.numbers or are_alike(*texts):
            self._vote.absorb(later._vote)
            self._absorb_cut(later)
        elif later.frames > self.frames:
            # One of the two is a part of it, or was cut out wrongly: that one says nothing of the whole.
            self._vote, self._cut_vote = later._vote, later._cut_vote
            self._cut, self._hidden, self._grown_at = later._cut, later._hidden, later._grown_at
        self._wholeness = max(self._wholeness, later._wholeness)
        self._read_width = max(self._read_width, later._read_width)
        self._read_at = max(self._read_at, later._read_at)
        self.widest = max(self.widest, later.widest)
        if later.begin < self.begin:
            self.first_seen, self.begin, self.first_corners = (
                later.first_seen,
                later.begin,
                later.first_corners,
            )
        if later.end >= self.end:
            self._resize(later._size)
        points = _resized(later._points, later._size, self._size)
        if later.begin > self.end:
            self.frames += later.frames
            self.parts += later.parts
            self._points += points
            self._thin()
        elif later.frames > self.frames:
            # Found twice at once: the frames and the path are those of one of the two.
            self.frames, self.parts = later.frames, later.parts
            self._points, self._every = points, later._every
        if later.end >= self.end:
            self.end, self.last_corners = later.end, later.last_corners
            self.here = later.here
        if later._best[0] > self._best[0]:
            self._best = later._best

    def where(self) -> npt.NDArray[np.float32]:
        """Its path in fractions of the frame, float32 (n, 2)."""
        height, width = self._size
        path = np.array(self._points, np.float32)[:, :2]
        return np.asarray(path / np.array([width, height], np.float32), np.float32)

    def direction(self, line: Line | None) -> Direction | None:
        """Where it went so far; the way in which it crossed `line`, if it did. None where it stood."""
        crossed = None if line is None else line.crossed(self.where())
        points = np.array(self._points, np.float32)
        return crossed or direction(points[:, :2], points[:, 2], self._size[1])

    def _absorb_cut(self, later: "Track") -> None:
        ours, theirs = (fold(track._cut_vote.verdict().text) for track in (self, later))
        if ours == theirs:
            self._cut_vote.absorb(later._cut_vote)
            self._cut, self._hidden = self._cut + later._cut, min(self._hidden, later._hidden)
        elif len(theirs) > len(ours):
            self._cut_vote, self._cut, self._hidden = later._cut_vote, later._cut, later._hidden
            self._grown_at = later._grown_at

    def sighting(
        self, source: str, recognizer: Recognizer, zone: str | None = None, line: Line | None = None
    ) -> Sighting | None:
        """The vehicle as it is known now, in `zone`; None where nothing was read.

        `line`: the way in which it crossed it is its direction, if it did. Where the text is not certain, its
        crops are fused, and `recognizer` reads what comes of them.
        """
        said = self._said.final(self.fused(recognizer))
        if not said.text:
            return None
        whole = self.wholeness
        _, frame, corners = self._best
        picture = frame.picture
        points = np.array(_resized(self._points, self._size, frame.size), np.float32)
        return Sighting(
            source=source,
            text=said.text,
            confidence=said.confidence * whole,
            characters=tuple(said.characters),
            candidates=tuple(replace(c, confidence=c.confidence * whole) for c in said.candidates),
            regions=likeliest_regions(self._said.regions, said.text, None if self.cut else corners),
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            frames=self.frames,
            corners=corners,
            path=points[:, :2],
            direction=self.direction(line),
            picture=picture,
            crop=flat_crop(picture, corners),
            cut=self.cut,
            zone=zone,
        )

    def fused(self, recognizer: Recognizer) -> list[Reading]:
        """What `recognizer` reads in the fused crops, as they are and jittered; none where it is certain."""
        if self.verdict.confidence >= self._vote.certain:
            return []
        seen = self._said.views(recognizer.card.height, recognizer.card.width)
        crops = fuse(seen, lambda crops: recognizer.look(crops).corners)
        if not len(crops):
            return []
        crops = np.concatenate([[crop, *jittered(crop, recognizer.card.views)] for crop in crops])
        return recognizer.decode(recognizer.look(crops))

    def _resize(self, size: tuple[int, int]) -> None:
        self._points, self._size = _resized(self._points, self._size, size), size

    def _thin(self) -> None:
        while len(self._points) > _MOST_POINTS:
            # The last one stays: it is where the plate is.
            self._points = self._points[:-1:2] + self._points[-1:]
            self._every *= 2


def are_alike(text: str, other: str) -> bool:
    """Whether two folded texts are nearly the same."""
    return Levenshtein.distance(text, other) <= max(1, int(_ALIKE * max(len(text), len(other))))


def _resized(points: list[_Point], old: tuple[int, int], new: tuple[int, int]) -> list[_Point]:
    """Points of a frame of that height and width, where they are in one of another resolution."""
    if old == new:
        return points
    high, wide = new[0] / old[0], new[1] / old[1]
    return [(x * wide, y * high, width * wide) for x, y, width in points]
