"""What one source shows, frame by frame: its vehicles, each of them once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from numberplate.geometry.overlap import without_parts
from numberplate.live.options import WatchOptions
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.track import Track
from numberplate.live.vehicles.tracker import Tracker
from numberplate.live.vehicles.vote import Vote
from numberplate.plates.alphabet import fold
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.results.plate import Plate
from numberplate.results.sighting import Sighting

_LOST = 1.0
"""Seconds after which a plate that is not seen is lost."""

_HOLD = 2.5
"""Seconds for which a vehicle that was lost may come into sight again, anywhere, and be the same."""

_PARKED = 1800.0
"""Seconds for which a vehicle is the same if it is seen again at the same place."""

_NEAR = 2.0
"""Widths of a plate that a vehicle moves at most while it is lost and read as another text."""

_SHIFT = 0.7
"""What is the same place: within so many widths of the plate, and seen as large within a fifth."""

_ALIKE = 0.34
"""What is nearly the same text: of its characters so many may be other ones; one at least."""


@dataclass
class _Known:
    """A vehicle that was reported: its text, its place (x, y, width), when it was last seen."""

    text: str
    place: tuple[float, float, float]
    end: float


class Watcher:
    """Follows the plates of one source and reports each vehicle once.

    Args:
        cascade: reads what is detected; its detector may run elsewhere.
        source: the name of the source, for the sightings.
        rate: frames a second of the source.
        regions: what is known of the texts of plates.
        options: which vehicles are reported, and when; None for the defaults.

    A vehicle is reported _HOLD seconds after it was last seen, or when it has been there for `report_after`.
    One that is lost and found again is the same as before: within _HOLD seconds if the text is the same, and
    within _PARKED seconds if it is at the same place and nearly the same text is read.
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
        self._tracker = Tracker(rate, _LOST)
        self._active: dict[int, Track] = {}
        self._waiting: list[Track] = []
        self._known: list[_Known] = []

    def see(self, frame: Frame, corners: npt.NDArray[np.float32]) -> list[Sighting]:
        """The next frame, with the plates detected in it, float32 (n, 4, 2): returns what it completes."""
        numbers = self._tracker.update(corners, frame.seconds)
        here: list[Track] = []
        for number, quad in zip(numbers, corners, strict=True):
            track = self._active.get(number)
            if track is None:
                vote = Vote(self._regions, self._cascade.recognizer.card, self._cascade.vote)
                track = self._active[number] = Track(vote, frame, quad)
            else:
                track.see(frame, quad)
            here.append(track)
        undecided = [track for track in here if track.wants_reading()]
        self.plates += len(here)
        self.readings += len(undecided)
        if undecided:
            quads = np.stack([track.last_corners for track in undecided])
            # Not in several views each: the next frames are as many.
            looks = self._cascade.recognize(frame.picture, quads, again=False)
            for track, look in zip(undecided, looks, strict=True):
                track.read(frame, look)
        if len(here) > 1:
            confidences = np.array(
                [track.verdict.confidence if track.verdict.text else 0.0 for track in here]
            )
            whole = without_parts(np.stack([track.last_corners for track in here]), confidences)
            says = {fold(here[i].verdict.text) for i in whole}
            for i in set(range(len(here))) - set(whole):
                # With the same text it is no part, but the whole plate with other corners.
                here[i].parts += fold(here[i].verdict.text) not in says
        return self.until(frame.seconds)

    def until(self, seconds: float) -> list[Sighting]:
        """What is complete when nothing more was seen until then, in seconds of the source."""
        for number, track in list(self._active.items()):
            if seconds - track.end > _LOST:
                del self._active[number]
                self._lost(track)
        sightings = []
        for track in self._active.values():
            if not track.reported and seconds - track.begin >= self._options.report_after:
                sightings += self._report(track)
        due = [track for track in self._waiting if seconds - track.end > _HOLD]
        self._waiting = [track for track in self._waiting if seconds - track.end <= _HOLD]
        for track in due:
            sightings += self._report(track)
        self._known = [known for known in self._known if seconds - known.end <= _PARKED]
        return sightings

    def finish(self) -> list[Sighting]:
        """What is left when the source has ended."""
        for track in self._active.values():
            self._lost(track)
        self._active.clear()
        waiting, self._waiting = self._waiting, []
        return [sighting for track in waiting for sighting in self._report(track)]

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
                        said.characters,
                        said.candidates,
                        said.regions,
                    )
                )
        return plates

    def _lost(self, track: Track) -> None:
        """The plate is seen no more: as part of a vehicle that was there before, or as one of its own."""
        if track.reported:
            self._remember(track)
        elif track.verdict.text and not self._is_known(track):
            for other in self._waiting:
                if _is_same(other.verdict.text, other.place, other.end, track):
                    other.absorb(track)
                    return
            self._waiting.append(track)

    def _is_known(self, track: Track) -> bool:
        """Whether the vehicle was reported before; if so, it is known to be there still."""
        for known in self._known:
            if _is_same(known.text, known.place, known.end, track):
                known.place, known.end = track.place, max(known.end, track.end)
                return True
        return False

    def _report(self, track: Track) -> list[Sighting]:
        if self._is_known(track):
            track.reported = True
            return []
        if 2 * track.parts > track.frames or track.widest < self._options.min_width:
            return []
        sighting = track.sighting(self._source, self._cascade.recognizer)
        if sighting is None or sighting.confidence < self._options.min_confidence:
            return []
        if len(sighting.text) < self._options.min_length:
            return []
        track.reported = True
        self._known.append(_Known(sighting.text, track.place, track.end))
        return [sighting]

    def _remember(self, track: Track) -> None:
        if not self._is_known(track):
            self._known.append(_Known(track.verdict.text, track.place, track.end))


def _is_same(text: str, place: tuple[float, float, float], end: float, later: Track) -> bool:
    """Whether a vehicle with this text, which was last seen then and there, is that of the later track."""
    found = fold(later.verdict.text)
    most = max(1, int(_ALIKE * max(len(text), len(found))))
    if Levenshtein.distance(fold(text), found) > most:
        return False
    away = later.begin - end
    x, y = later.first_corners.mean(0).tolist()
    width = float(np.ptp(later.first_corners[:, 0]))
    shift = np.hypot(x - place[0], y - place[1])
    # Two cars of one fleet may differ in a digit, but not stand in one place.
    if away <= _HOLD and (fold(text) == found or shift <= _NEAR * place[2]):
        return True
    same_place = shift <= _SHIFT * place[2] and abs(width / place[2] - 1) <= 0.2
    return bool(away <= _PARKED and same_place)
