"""Several sources watched at once."""

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from numberplate.live.areas import Areas
from numberplate.live.attention import Attention, Regions
from numberplate.live.options import WatchOptions
from numberplate.live.sources.base import Source, SourceError
from numberplate.live.sources.feed import Counters, Feed
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.watcher import Watcher
from numberplate.models.device import CPU
from numberplate.plates.formats import Regions as Formats
from numberplate.reading.cascade import Cascade
from numberplate.reading.detector import LONGEST_SIDE
from numberplate.reading.devices import on_device
from numberplate.results.plate import Plate
from numberplate.results.sighting import Sighting

OnFrame = Callable[[Source, Frame, list[Plate]], None]

_TICK = 0.25
"""Seconds between two looks at the clock while no frame comes."""

_LEAST_SIDE = 32
"""Pixels: what a detector sees at least."""

_CLOSING = 2.0
"""Seconds for which the end of a source's thread is waited for."""


@dataclass(frozen=True)
class Summary:
    """What became of a source: its frames, its vehicles, and why it ended, if that was not its end.

    `plates`: seen in frames; `readings`: those of them that were read, the others being certain already.
    """

    source: str
    counters: Counters
    vehicles: int
    plates: int
    readings: int
    error: SourceError | None


@dataclass
class _Watched:
    feed: Feed
    options: WatchOptions
    formats: Formats
    attention: Attention = field(default_factory=Attention)
    watcher: Watcher | None = None
    vehicles: int = 0
    seen: tuple[float, float] | None = None
    """Seconds of the last frame, and the clock then."""
    finished: bool = False


class Watch:
    """Watches sources until they end, or until `stop`.

    Args:
        sources: each with another name.
        weights: folder of the networks; None for the package's own.
        threads: processor threads; so many frames are looked at at once.
        options: which vehicles are reported, and when: for all sources, or one for each of them in order;
            None for the defaults. Those of several have `longest_side` in common.
        on_frame: called with each frame that was processed, and the plates in it as the vote reads them by
            then.
        device: what the networks run on, as of `PlateReader`.
        changes: options by name, such as `min_width=60`, in place of those of `options`.

    Attributes:
        device: the name of what the networks run on.

    Raises WeightsError when the weights cannot be used, DeviceError where the device is not there or does not
    start, RegionError for a region that is not known, and ValueError for an argument out of range.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        weights: str | Path | None = None,
        threads: int = 1,
        options: WatchOptions | Sequence[WatchOptions] | None = None,
        on_frame: OnFrame | None = None,
        device: str = CPU,
        **changes: Any,
    ):
        if threads < 1:
            raise ValueError(f"threads: expected at least 1, got {threads}")
        self._sources = tuple(sources)
        given = options or WatchOptions()
        each = [given] * len(self._sources) if isinstance(given, WatchOptions) else given
        if len(each) != len(self._sources):
            raise ValueError(
                f"options: expected one for each of {len(self._sources)} sources, got {len(each)}"
            )
        self._options = [replace(one, **changes) for one in each]
        self._threads = threads
        self._formats = [Formats(one.regions) for one in self._options]
        sides = {one.longest_side for one in self._options} or {LONGEST_SIDE}
        if len(sides) > 1:
            raise ValueError(f"longest_side: expected one for all sources, got {sorted(sides)}")
        # One thread a frame: two frames at once take less than one after the other on two threads.
        side = sides.pop()
        self._cascade, self.device = on_device(
            lambda name: Cascade(weights, 1, longest_side=side, device=name), device
        )
        self._on_frame = on_frame
        self._wake = threading.Condition()
        self._stopped = False
        self._watched: list[_Watched] = []
        self._drawn: deque[tuple[int, Areas]] = deque()

    def set_areas(self, areas: Areas, source: int = 0) -> None:
        """From a next frame of a source on, by its place in `sources`, vehicles are reported by these zones,
        masks and line; what is followed goes on. May be called from any thread, before and during `run`.
        """
        if not 0 <= source < len(self._sources):
            raise ValueError(f"source: expected one of {len(self._sources)}, got {source}")
        self._drawn.append((source, areas))

    def stop(self) -> None:
        """Ends `run` soon; what is still in sight is reported. May be called from a signal's handler."""
        self._stopped = True

    def run(self) -> Iterator[Sighting]:
        """Each vehicle once, as soon as it is clear that it was seen whole.

        What a recording has shown is not shown again: open the source once more for another `run`.
        """
        self._watched = [
            _Watched(Feed(source, self._wake), options, formats)
            for source, options, formats in zip(self._sources, self._options, self._formats, strict=True)
        ]
        # Detected at the same time, but followed in order.
        running: deque[tuple[_Watched, Frame, Regions, Future[npt.NDArray[np.float32]]]] = deque()
        turn = 0
        try:
            with ThreadPoolExecutor(self._threads, "detector") as pool:
                while not self._stopped:
                    self._draw()
                    while len(running) < self._threads:
                        taken, turn = self._take(turn, wait=not running)
                        if taken is None:
                            break
                        watched, frame = taken
                        where = watched.attention.regions(frame) if watched.options.motion else Regions(None)
                        found = pool.submit(self._detect, watched.options, frame, where)
                        running.append((watched, frame, where, found))
                    if running:
                        yield from self._follow(*running.popleft())
                    elif all(watched.finished for watched in self._watched):
                        return
                    yield from self._idle({id(watched) for watched, *_ in running})
                while running:
                    yield from self._follow(*running.popleft())
        finally:
            for watched in self._watched:
                watched.feed.close()
        for watched in self._watched:
            yield from self._finish(watched)
            watched.feed.join(_CLOSING)

    def _draw(self) -> None:
        """Takes up the areas that were set."""
        while self._drawn:
            source, areas = self._drawn.popleft()
            watched = self._watched[source]
            watched.options = replace(watched.options, zones=areas.zones, masks=areas.masks, line=areas.line)
            if watched.watcher is not None:
                watched.watcher.set_areas(areas)

    def summaries(self) -> list[Summary]:
        """What became of each source so far."""
        return [
            Summary(
                watched.feed.source.name,
                watched.feed.counters,
                watched.vehicles,
                watched.watcher.plates if watched.watcher else 0,
                watched.watcher.readings if watched.watcher else 0,
                watched.feed.error,
            )
            for watched in self._watched
        ]

    def _take(self, turn: int, wait: bool) -> tuple[tuple[_Watched, Frame] | None, int]:
        """The next frame of any source, in turn; None where there is none, after a moment if to wait."""
        with self._wake:
            for attempt in (0, 1):
                for i in range(len(self._watched)):
                    watched = self._watched[(turn + i) % len(self._watched)]
                    frame = watched.feed.take()
                    if frame is not None:
                        return (watched, frame), turn + i + 1
                if attempt or not wait or all(watched.feed.done for watched in self._watched):
                    break
                self._wake.wait(_TICK)
        return None, turn

    def _detect(self, options: WatchOptions, frame: Frame, where: Regions) -> npt.NDArray[np.float32]:
        """The corners of the plates in these parts of the frame, (n, 4, 2)."""
        detector, threshold = self._cascade.detector, options.detection_threshold
        if where.parts is None:
            return detector.detect(frame.grey, threshold)[0]
        found = [np.zeros((0, 4, 2), np.float32)]
        # Every part is seen as large as in the whole frame.
        scale = min(1.0, detector.longest_side / max(frame.size))
        for left, top, right, bottom in where.parts:
            part = np.ascontiguousarray(frame.grey[top:bottom, left:right])
            of_part = copy.copy(detector)
            of_part.longest_side = max(_LEAST_SIDE, round(scale * max(part.shape[:2])))
            corners, _ = of_part.detect(part, threshold)
            found.append(corners + np.array([left, top], np.float32))
        return np.concatenate(found)

    def _follow(
        self,
        watched: _Watched,
        frame: Frame,
        where: Regions,
        found: "Future[npt.NDArray[np.float32]]",
    ) -> Iterator[Sighting]:
        source = watched.feed.source
        if watched.watcher is None:
            options = watched.options
            if not source.live:  # nobody waits at a recording: the whole path is worth more
                options = replace(options, sure_after=options.hold)
            watched.watcher = Watcher(
                self._cascade.with_regions(watched.formats),
                source.name,
                source.rate,
                watched.formats,
                options,
            )
        # Where nothing changed, the plates are as they were.
        before = watched.attention.plates
        corners = np.concatenate([found.result(), before[where.outside(before)]])
        watched.attention.plates = corners
        sightings = watched.watcher.see(frame, corners)
        watched.seen = (frame.seconds, time.monotonic())
        watched.vehicles += len(sightings)
        if self._on_frame is not None:
            self._on_frame(source, frame, watched.watcher.shown(frame))
        yield from sightings

    def _idle(self, busy: set[int]) -> Iterator[Sighting]:
        """Reports what is complete in sources that bring no frames now, or no more.

        `busy`: the identities of those that have frames being looked at.
        """
        for watched in self._watched:
            if id(watched) in busy:
                continue
            with self._wake:
                done = watched.feed.done
            if done:
                yield from self._finish(watched)
            elif watched.feed.source.live and watched.watcher is not None and watched.seen is not None:
                seconds, clock = watched.seen
                waited = time.monotonic() - clock
                if waited > _TICK:
                    sightings = watched.watcher.until(seconds + waited)
                    watched.vehicles += len(sightings)
                    yield from sightings

    def _finish(self, watched: _Watched) -> Iterator[Sighting]:
        if not watched.finished:
            watched.finished = True
            if watched.watcher is not None:
                sightings = watched.watcher.finish()
                watched.vehicles += len(sightings)
                yield from sightings
