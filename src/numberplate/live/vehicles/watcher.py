"""What one source shows, frame by frame: its vehicles, each of them once."""

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import numpy.typing as npt

from numberplate.geometry.overlap import CONTAINED, boxes, overlaps, without_parts
from numberplate.geometry.quads import side_lengths
from numberplate.live.areas import Areas, Crossing, Zone
from numberplate.live.options import WatchOptions
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.clocks import Clocks
from numberplate.live.vehicles.scene import Ground, Place
from numberplate.live.vehicles.track import CONTRADICTION, GAP, SURE, Track, are_alike
from numberplate.live.vehicles.tracker import Tracker
from numberplate.live.vehicles.vote import Vote
from numberplate.plates.alphabet import fold
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.decoding import likeliest_regions
from numberplate.reading.look import Look
from numberplate.results.plate import Plate
from numberplate.results.sighting import Sighting

_LOST = 1.0
"""Seconds after which a plate that is not seen is lost; `hold`, if that is shorter."""

_SLACK = 0.01
"""Seconds: the times of frames are no exact numbers."""

_NEAR = 2.0
"""Widths of a plate that a vehicle moves at most while it is lost and read as another text."""

_SHIFT = 0.7
"""What is the same place: within so many widths of the plate, and seen as large within a fifth."""

_MOST_KNOWN = 256
"""Vehicles that are remembered at once: the oldest are forgotten first."""


@dataclass
class _Known:
    """A vehicle that was reported: what it said, its place (x, y, width), when it was last seen there."""

    vote: Vote
    text: str
    cut: bool
    place: tuple[float, float, float]
    here: Place
    end: float
    tracks: frozenset[int]
    gone: bool = False

    @classmethod
    def of(cls, track: Track, text: str | None = None) -> "_Known":
        text = track.verdict.text if text is None else text
        numbers = frozenset(track.numbers)
        return cls(track.vote.digest(), text, bool(track.cut), track.place, track.here, track.end, numbers)


class Watcher:
    """Follows the plates of one source and reports each vehicle once.

    Args:
        cascade: reads what is detected; its detector may run elsewhere.
        source: the name of the source, for the sightings.
        rate: frames a second of the source.
        regions: what is known of the texts of plates.
        options: which vehicles are reported, and when; None for the defaults.

    A vehicle is reported `hold` seconds after it was last seen, or `sure_after` where its text is sure and it
    is known where it went, or when it has been there for `report_after`.
    One that is lost and found again is the same as before: within `hold` seconds if the text is the same or
    may be; and at the same place as long as it was not seen to be gone from there. Two texts that are both
    sure are two vehicles, unless nothing moved at their place in between.
    """

    def __init__(
        self,
        cascade: Cascade,
        source: str,
        rate: float,
        regions: Regions,
        options: WatchOptions | None = None,
    ):
        self.readings = 0
        """Plates that were read, of `plates` that were seen."""
        self.plates = 0
        self._cascade = cascade
        self._source = source
        self._regions = regions
        self._options = options or WatchOptions()
        self._lost_after = min(_LOST, self._options.hold)
        self._tracker = Tracker(rate, self._lost_after)
        self._ground = Ground()
        self._active: dict[int, Track] = {}
        self._waiting: list[Track] = []
        self._known: list[_Known] = []
        self._clocks = Clocks()
        self._remembered = max(self._options.unseen_for, self._options.hold)
        """Seconds for which a vehicle that is not seen is known."""
        self._saw = 0.0
        """Seconds of the last frame."""

    def set_areas(self, areas: Areas) -> None:
        """From the next frame on, these in place of the options' zones, masks and line."""
        self._options = replace(self._options, zones=areas.zones, masks=areas.masks, line=areas.line)

    def see(self, frame: Frame, corners: npt.NDArray[np.float32]) -> list[Sighting]:
        """The next frame, with the plates detected in it, float32 (n, 4, 2): returns what it completes."""
        # After a pause as long, what the frame shows is no sign that a vehicle stayed.
        before = self.until(frame.seconds) if frame.seconds - self._saw > self._remembered else []
        self._saw = frame.seconds
        corners = self._unmasked(frame, corners)
        numbers = self._tracker.update(corners, frame.seconds)
        self._look_at_places(frame, {*numbers})
        here = {
            number: self._seen(number, frame, quad) for number, quad in zip(numbers, corners, strict=True)
        }
        undecided = [number for number, track in here.items() if track.wants_reading()]
        self.plates += len(here)
        self.readings += len(undecided)
        if undecided:
            quads = np.stack([here[number].last_corners for number in undecided])
            # Not in several views each: the next frames are as many.
            looks = self._cascade.recognize(frame.grey, quads, again=False)
            for number, look in zip(undecided, looks, strict=True):
                here[number].read(frame, look)
                other = here[number].other_vehicle()
                if other is not None:
                    self._lost(here[number])
                    here[number] = self._active[number] = other
                if self._is_clock(number, frame, look):
                    del here[number]
        if len(here) > 1:
            self._note_overlaps(list(here.values()))
            self._count_parts(list(here.values()))
        return before + self.until(frame.seconds)

    def _unmasked(self, frame: Frame, corners: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        masks = [*self._options.masks, *self._clocks.masks]
        if not masks or not len(corners):
            return corners
        height, width = frame.size
        middles = corners.mean(1) / (width, height)
        return corners[[not any(mask.contains(x, y) for mask in masks) for x, y in middles]]

    def _is_clock(self, number: int, frame: Frame, look: Look) -> bool:
        """Whether a plate that was read is a burnt-in clock; it is not looked at any more, then."""
        corners = self._active[number].last_corners
        mask = self._clocks.read(frame, corners, look.reading)
        if mask is None:
            return False
        del self._active[number]
        size = np.array(frame.size[::-1], np.float32)
        self._waiting = [
            t for t in self._waiting if not mask.contains(*(t.last_corners.mean(0) / size).tolist())
        ]
        return True

    def _look_at_places(self, frame: Frame, seen: set[int]) -> None:
        """What is at the places of the vehicles that are not seen in this frame, and on the ground elsewhere.

        `seen`: the numbers of those that are.
        """
        small, seconds = frame.small, frame.seconds
        places = [track.here for number, track in self._active.items() if number not in seen]
        places += [track.here for track in self._waiting] + [known.here for known in self._known]
        for place in {id(place): place for place in places}.values():
            place.look(small, self._ground, seconds)
        boxes = [track.here.box for track in [*self._active.values(), *self._waiting]]
        self._clocks.look(frame, self._ground)
        self._ground.see(small, seconds, [*boxes, *(known.here.box for known in self._known)])

    def _seen(self, number: int, frame: Frame, corners: npt.NDArray[np.float32]) -> Track:
        """The track of this number, which the frame shows there."""
        track = self._active.get(number)
        if track is not None and frame.seconds - track.end >= GAP and track.here.changed:
            # It was away, and so this may be another one: what they say will tell.
            self._lost(track)
            track = None
        if track is None:
            vote = Vote(self._regions, self._cascade.recognizer.card, self._cascade.vote)
            track = self._active[number] = Track(vote, frame, corners)
        else:
            track.see(frame, corners)
        return track

    def _note_overlaps(self, here: list[Track]) -> None:
        framed = boxes(np.stack([track.last_corners for track in here]))
        _, over_smaller = overlaps(framed[:, None], framed)
        for i, j in np.argwhere(over_smaller > CONTAINED).tolist():
            if i != j:
                here[i].overlapped |= here[j].numbers

    def _count_parts(self, here: list[Track]) -> None:
        confidences = np.array([track.verdict.confidence if track.verdict.text else 0.0 for track in here])
        whole = without_parts(np.stack([track.last_corners for track in here]), confidences)
        says = {fold(here[i].verdict.text) for i in whole}
        for i in set(range(len(here))) - set(whole):
            # With nearly the same text it is no part, but the whole plate with other corners.
            here[i].parts += not any(are_alike(fold(here[i].verdict.text), said) for said in says)

    def until(self, seconds: float) -> list[Sighting]:
        """What is complete when nothing more was seen until then, in seconds of the source."""
        options = self._options
        for number, track in list(self._active.items()):
            if seconds - track.end > self._lost_after:
                del self._active[number]
                self._lost(track)
        sightings = []
        for number, track in list(self._active.items()):
            if track.reported:
                continue
            if seconds - track.begin >= options.report_after:
                sightings += self._report(track)
            elif self._is_settled(track, seconds):
                sightings += self._report(self._whole(number, track))
        due = [
            track
            for track in self._waiting
            if seconds - track.end > options.hold or self._is_settled(track, seconds)
        ]
        self._waiting = [track for track in self._waiting if track not in due]
        for track in due:
            if not self._goes_on(track):
                sightings += self._report(track)
        for known in self._known:
            here = known.here
            known.gone |= here.empty >= options.gone_after or here.hidden >= options.hidden_for
        self._known = [
            known
            for known in self._known
            if not (known.gone and seconds - known.end > options.hold)
            and seconds - max(known.end, known.here.there) <= self._remembered
        ][-_MOST_KNOWN:]
        return sightings

    def finish(self) -> list[Sighting]:
        """What is left when the source has ended."""
        return [sighting for track in self.unreported() for sighting in self._report(track)]

    def unreported(self) -> list[Track]:
        """The vehicles that are left when the source has ended, before any of them is reported."""
        for track in self._active.values():
            self._lost(track)
        self._active.clear()
        waiting, self._waiting = self._waiting, []
        return waiting

    def shown(self, frame: Frame) -> list[Plate]:
        """The plates in the frame that `see` was given last, each with what its vote says so far."""
        plates = []
        for track in self._active.values():
            said = track.verdict
            if track.end == frame.seconds and said.text and said.confidence >= self._options.min_confidence:
                plates.append(
                    Plate(
                        said.text,
                        said.confidence,
                        1.0,
                        track.last_corners,
                        tuple(said.characters),
                        said.candidates,
                        likeliest_regions(self._regions, said.text, track.last_corners),
                    )
                )
        return plates

    def _is_settled(self, track: Track, seconds: float) -> bool:
        """Whether waiting for the rest of `hold` adds nothing to what is reported of the vehicle."""
        options = self._options
        if seconds - track.end < options.sure_after - _SLACK or not track.is_sure:
            return False
        if options.zones and self._zone(track) is None:
            return False
        went = track.direction(options.line)
        return went is not None and (options.line is None or went in get_args(Crossing))

    def _whole(self, number: int, track: Track) -> Track:
        """The track that is in sight, with what waits and is of the same vehicle."""
        for other in self._waiting:
            if other.end < track.begin and self._is_same(_Known.of(other), track):
                other.absorb(track)
                self._waiting.remove(other)
                self._active[number] = other
                return other
        return track

    def _goes_on(self, track: Track) -> bool:
        """Whether the vehicle, lost a while ago, is in sight now; if so, it is one with what is seen."""
        for number, active in self._active.items():
            if active.begin <= track.end or active.reported:
                continue
            if self._is_same(_Known.of(track), active):
                track.absorb(active)
                self._active[number] = track
                return True
        return False

    def _lost(self, track: Track) -> None:
        """The plate is seen no more: as part of a vehicle that was there before, or as one of its own."""
        if track.reported:
            self._remember(track)
        elif track.verdict.text and not self._is_known(track):
            for other in self._waiting:
                if self._is_same(_Known.of(other), track):
                    other.absorb(track)
                    return
            self._waiting.append(track)
            if track.verdict.confidence >= SURE:
                self._make_room(track.end, track.place)

    def _is_known(self, track: Track) -> bool:
        """Whether the vehicle was reported before; if so, it is known to be there still."""
        for known in reversed(self._known):
            if self._is_same(known, track):
                known.place, known.here, known.end = track.place, track.here, max(known.end, track.end)
                return True
        return False

    def _report(self, track: Track) -> list[Sighting]:
        if self._is_known(track):
            track.reported = True
            return []
        options, zone = self._options, self._zone(track)
        if options.zones and zone is None:
            return []
        least_width, least_length = options.min_width, options.min_length
        if zone is not None:
            least_width = least_width if zone.min_width is None else zone.min_width
            least_length = least_length if zone.min_length is None else zone.min_length
        if 2 * track.parts > track.frames or track.widest < least_width:
            return []
        name = None if zone is None else zone.name
        sighting = track.sighting(self._source, self._cascade.recognizer, name, options.line)
        if sighting is None or sighting.confidence < options.min_confidence:
            return []
        if len(sighting.text) < least_length:
            return []
        track.reported = True
        self._know(_Known.of(track, sighting.text))
        return [sighting]

    def _zone(self, track: Track) -> Zone | None:
        """The zone that it was in most of the time; None where it was in none."""
        if not self._options.zones:
            return None
        path = track.where()
        times = [sum(zone.contains(x, y) for x, y in path) for zone in self._options.zones]
        return self._options.zones[int(np.argmax(times))] if max(times) else None

    def _remember(self, track: Track) -> None:
        if not self._is_known(track):
            self._know(_Known.of(track))

    def _know(self, vehicle: _Known) -> None:
        self._make_room(vehicle.end, vehicle.place)
        self._known.append(vehicle)

    def _make_room(self, end: float, place: tuple[float, float, float]) -> None:
        """Whoever stood there before another vehicle, which was there until `end`, is gone."""
        for known in self._known:
            known.gone |= known.end < end and _same_place(known.place, place)

    def _is_same(self, known: _Known, later: Track) -> bool:
        """Whether this vehicle is that of the later track."""
        found, text = fold(later.verdict.text), fold(known.text)
        away = later.begin - known.end
        x, y = later.first_corners.mean(0).tolist()
        width = float(side_lengths(later.first_corners)[0])
        shift = np.hypot(x - known.place[0], y - known.place[1])
        if known.gone and away > self._options.hold:
            return False
        if away <= self._options.hold and text == found:
            return True
        same_place = _same_place(known.place, (x, y, width))
        near = away <= self._options.hold and shift <= _NEAR * known.place[2]
        if not near and not same_place:
            return False
        if known.tracks & later.overlapped:
            # One place in one frame shows one plate, read in two ways; or a plate and what is part of it.
            unsure = min(known.vote.verdict().confidence, later.verdict.confidence) < SURE
            return unsure or are_alike(text, found)
        if known.cut != bool(later.cut):
            part, whole = (text, found) if known.cut else (found, text)
            if part in whole:
                return True
        if not are_alike(text, found):
            return False
        if same_place and away > 0 and known.here.unchanged_until(later.begin):
            return True  # nothing moved there: it is the same, whatever is read
        return known.vote.contradiction(later.vote) < CONTRADICTION


def _same_place(place: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Whether two places, the middle (x, y) of a plate and its width, are one."""
    shift = np.hypot(other[0] - place[0], other[1] - place[1])
    return bool(shift <= _SHIFT * place[2] and abs(other[2] / place[2] - 1) <= 0.2)
