"""The bridge itself: messages in, pictures read, plates reported."""

import heapq
import json
import logging
import tempfile
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from numberplate.actions.delivery import DeliveryError
from numberplate.actions.mqtt.connection import ONLINE, Connection
from numberplate.frigate.client import Frigate, FrigateError
from numberplate.frigate.event import Event, EventError, parse_event, parse_update
from numberplate.frigate.memory import Memory
from numberplate.frigate.options import BridgeOptions
from numberplate.frigate.reader import EventReader
from numberplate.live.sources.base import SourceError
from numberplate.pictures.decode import PictureError
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.results.sighting import Sighting
from numberplate.sightings.entry import Hit

log = logging.getLogger("numberplate.frigate")

_MOST_WAITING = 1000
"""Events with something to do; beyond it the oldest is given up."""

_MOST_KNOWN = 2000
"""Events that are remembered: one that goes on for hours is among them."""

_LATE = 60.0
"""Seconds after its end from which on an event's plate is sent to Frigate and kept, but not published:
subscribers assume that it is there now, and open a gate for it."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
"""Seconds before something that failed is tried again; they double."""

_LONGEST_ASKING = 60.0

_MOST_DOUBLINGS = 30

_ATTEMPTS = 6

Hits = Callable[[Sighting], tuple[Hit, ...]]
"""Which entries of the watch lists a vehicle hits."""


@dataclass
class _Known:
    """What is known of an event. `told`: the texts that Frigate was sent, the last one last."""

    reader: EventReader
    told: list[str] = field(default_factory=list)
    named_by_frigate: bool = False
    clip_done: bool = False


@dataclass(order=True)
class _Task:
    """Something to do at a time, by the clock that never goes back."""

    due: float
    order: int
    event: str = field(compare=False)
    attempts: int = field(compare=False, default=0)


class Bridge:
    """Reads Frigate's events in one thread, in their order, and never more than are worth it.

    Args:
        connection: to the broker, not started yet.
        frigate: where pictures are, and plates are sent.
        cascade: reads pictures.
        options: None for the defaults.
        keep: is given each vehicle once, with the event's id, when the event has ended.
        hits: which entries of the watch lists a vehicle hits; none without.
        told: is called with each plate that was sent to Frigate.
        memory: which events were dealt with; None for one that ends with the bridge.

    Events that were missed, because the broker, Frigate or the bridge was away, are asked for when they are
    there again, and read once nothing else waits.
    """

    def __init__(
        self,
        connection: Connection,
        frigate: Frigate,
        cascade: Cascade,
        options: BridgeOptions | None = None,
        keep: Callable[[Sighting, str], None] = lambda sighting, event: None,
        hits: Hits = lambda sighting: (),
        told: Callable[[Sighting, Event], None] = lambda sighting, event: None,
        memory: Memory | None = None,
    ):
        self._options = options or BridgeOptions()
        self._connection = connection
        self._frigate = frigate
        self._regions = Regions(self._options.regions)
        self._cascade = cascade.with_regions(self._regions)
        self._keep, self._hits, self._told = keep, hits, told
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._memory = memory or Memory()
        self._missed: deque[Event] = deque()
        self._late: set[str] = set()
        self._ask_at: float | None = None
        self._asked = 0
        self._wake = threading.Condition()
        self._waiting: OrderedDict[str, Event | None] = OrderedDict()
        self._tasks: list[_Task] = []
        self._number = 0
        self._closing = False
        connection.subscribe(f"{self._options.topic}/events", self._on_event)
        connection.subscribe(f"{self._options.topic}/tracked_object_update", self._on_update)
        connection.subscribe(f"{self._options.topic}/available", self._on_available)
        connection.on_connected(self._ask_soon)

    def run(self) -> None:
        """Works until `close`. What went wrong with one event is logged, and the others go on."""
        self._memory.start(datetime.now(UTC))
        self._connection.start()
        try:
            while not self._closing:
                if self._is_time_to_ask():
                    self._ask()
                elif (event := self._next()) is not None:
                    self._work(*event)
        finally:
            self._connection.close()

    def close(self) -> None:
        """Ends `run` soon. May be called from a signal's handler or another thread."""
        self._closing = True

    # In the connection's thread: nothing here takes time.

    def _on_event(self, topic: str, payload: bytes) -> None:
        try:
            event = parse_event(payload)
        except EventError as error:
            log.warning("%s: %s", topic, error)
            return
        if self._wanted(event):
            self._put(event.id, event)

    def _on_update(self, topic: str, payload: bytes) -> None:
        try:
            found = parse_update(payload)
        except EventError as error:
            log.warning("%s: %s", topic, error)
            return
        if found is None:
            return
        known = self._known.get(found.id)
        if known is None:  # of an event that is none of ours
            return
        # Frigate sees a plate: its picture is worth another look.
        known.named_by_frigate |= found.name is not None
        self._put(found.id, None)

    def _on_available(self, topic: str, payload: bytes) -> None:
        if payload == ONLINE.encode():
            self._ask_soon()

    def _ask_soon(self) -> None:
        with self._wake:
            self._asked, self._ask_at = 0, time.monotonic()
            self._wake.notify()

    def _wanted(self, event: Event) -> bool:
        one = self._options
        return (
            not event.false_positive
            and event.label in one.objects
            and (not one.cameras or event.camera in one.cameras)
            and (not one.zones or bool(event.zones & set(one.zones)))
        )

    def _put(self, id: str, event: Event | None) -> None:
        with self._wake:
            # Of several changes of one event the last says all.
            self._waiting[id] = event or self._waiting.get(id)
            if len(self._waiting) > _MOST_WAITING:
                given_up, _ = self._waiting.popitem(last=False)
                log.warning("event %s: given up, too much is waiting", given_up)
            self._wake.notify()

    # In the thread of `run`.

    def _is_time_to_ask(self) -> bool:
        with self._wake:
            return self._ask_at is not None and self._ask_at <= time.monotonic()

    def _ask(self) -> None:
        """Asks Frigate for the events that were missed, and for what became of those under way."""
        with self._wake:
            self._ask_at = None
        since, one = self._memory.since, self._options
        if since is None or not one.missed_for:
            return
        self._memory.hold()
        oldest = datetime.now(UTC) - timedelta(seconds=one.missed_for)
        try:
            found = self._frigate.events(max(since, oldest), one.cameras, one.objects, _MOST_WAITING)
        except FrigateError as error:
            pause = _pause(self._asked, _LONGEST_ASKING)
            level = logging.INFO if self._asked else logging.WARNING
            refused = error.status in (401, 403, 404)
            then = "once Frigate or the broker has been away" if refused else f"in {pause:g} s"
            log.log(level, "events that were missed: %s; asking again %s", error, then)
            with self._wake:
                if self._ask_at is None and not refused:
                    self._asked, self._ask_at = self._asked + 1, time.monotonic() + pause
            return
        missed = [event for event in found if self._wanted(event) and not self._memory.knows(event.id)]
        self._memory.go_on({event.id: event.start for event in missed}, keep={*self._known})
        self._missed = deque(missed)

    def _next(self) -> tuple[str, Event | None, int] | None:
        """The next event to work on, with how often that was tried; None where there is none for now."""
        with self._wake:
            if not self._closing and not self._waiting and not self._missed:
                now = time.monotonic()
                self._wake.wait(max(0.0, min(0.2, self._tasks[0].due - now)) if self._tasks else 0.2)
            if self._waiting:
                id, event = self._waiting.popitem(last=False)
                return id, event, 0
            if self._tasks and self._tasks[0].due <= time.monotonic():
                task = heapq.heappop(self._tasks)
                return task.event, None, task.attempts
        if not self._closing and self._missed:
            found = self._missed.popleft()
            if found.ended and (datetime.now(UTC) - (found.end or found.start)).total_seconds() > _LATE:
                self._late.add(found.id)
            return found.id, found, 0
        return None

    def _later(self, id: str, attempts: int, seconds: float) -> None:
        self._number += 1
        heapq.heappush(self._tasks, _Task(time.monotonic() + seconds, self._number, id, attempts + 1))

    def _work(self, id: str, event: Event | None, attempts: int) -> None:
        known = self._known.get(id)
        if known is None:
            if event is None or self._memory.knows(id):  # the broker may bring a message twice
                return
            self._memory.begin(id, event.start)
            reader = EventReader(self._cascade, self._regions, event, self._options.min_confidence)
            known = self._known[id] = _Known(reader)
            while len(self._known) > _MOST_KNOWN:
                self._memory.forget([self._known.popitem(last=False)[0]])
        elif event is not None:
            known.reader.event = event
        event = known.reader.event
        if event.sub_label is not None and event.sub_label not in known.told:
            known.named_by_frigate = True
        try:
            self._look(known)
            self._tell(known)
        except (FrigateError, DeliveryError, PictureError, SourceError) as error:
            self._failed(known, attempts, error)
            return
        if event.ended and known.clip_done:
            self._end(known)

    def _look(self, known: _Known) -> None:
        """Reads what there is, unless it is certain already."""
        reader, event = known.reader, known.reader.event
        if reader.is_certain:
            known.clip_done = True
            return
        if event.has_snapshot:
            reader.add_snapshot(self._frigate.snapshot(event.id))
        if not event.ended or known.clip_done:
            return
        if not reader.is_certain and self._options.clips and event.has_clip:
            # First what the snapshots say: the clip may take a while.
            self._tell(known)
            with tempfile.TemporaryDirectory(prefix="numberplate-") as folder:
                clip = Path(folder) / "clip.mp4"
                with clip.open("wb") as file:
                    self._frigate.clip(event.id, file)
                reader.add_clip(clip)
        known.clip_done = True

    def _failed(self, known: _Known, attempts: int, error: Exception) -> None:
        event = known.reader.event
        refused = isinstance(error, FrigateError) and error.status in (401, 403)
        pause = _pause(attempts, _LONGEST_PAUSE)
        if attempts + 1 < self._attempts and not refused:
            log.info("event %s of %s: %s; trying again in %g s", event.id, event.camera, error, pause)
            self._later(event.id, attempts, pause)
            return
        log.warning("event %s of %s: %s; given up", event.id, event.camera, error)
        if event.ended:
            known.clip_done = True
            try:
                self._tell(known)
            except (FrigateError, DeliveryError) as again:
                log.warning("event %s: %s", event.id, again)
            self._end(known)

    @property
    def _attempts(self) -> int:
        """So many that a clip is waited for as long as is wanted."""
        count, waited = 1, 0.0
        while waited < self._options.clip_wait and count < 100:
            waited += _pause(count - 1, _LONGEST_PAUSE)
            count += 1
        return max(count, _ATTEMPTS)

    def _tell(self, known: _Known) -> None:
        """Sends a plate that is confident enough and differs from the last one sent."""
        said, event = known.reader.sighting(), known.reader.event
        if said is None or said.confidence < self._options.min_confidence:
            return
        if known.told[-1:] == [said.text]:
            return
        if self._options.sub_label and not known.named_by_frigate:
            self._frigate.set_sub_label(event.id, said.text, said.confidence, event.camera)
        self._frigate.set_plate(event.id, said.text, said.confidence)
        if event.id not in self._late:
            topic = f"{self._options.topic}/{self._options.result_topic}"
            message = json.dumps(_message(said, event, self._hits(said)))
            self._connection.publish(topic, message, retain=self._options.retain)
        known.told.append(said.text)
        self._told(said, event)

    def _end(self, known: _Known) -> None:
        said, event = known.reader.sighting(), known.reader.event
        if said is not None and said.confidence >= self._options.min_confidence:
            self._keep(said, event.id)
        self._known.pop(event.id, None)
        self._late.discard(event.id)
        self._memory.finish(event.id, event.start)


def _pause(attempts: int, longest: float) -> float:
    """Seconds to wait after so many attempts and one more. A Frigate may be away for weeks."""
    return min(longest, _FIRST_PAUSE * 2.0 ** min(attempts, _MOST_DOUBLINGS))


def _message(said: Sighting, event: Event, hits: tuple[Hit, ...]) -> dict[str, Any]:
    """As frigate_plate_recognizer publishes it, in this order."""
    when = event.start.astimezone()
    message: dict[str, Any] = {
        "plate_number": said.text,
        "score": round(said.confidence, 4),
        "frigate_event_id": event.id,
        "camera_name": event.camera,
        "start_time": f"{when:%Y-%m-%d %H:%M:%S}",
    }
    if hits:
        message |= {
            "plate_number": hits[0].text,
            "fuzzy_score": None if hits[0].distance == 0 else round(1 - 1 / len(hits[0].text), 4),
            "original_plate": said.text,
        }
    return message | {"is_watched_plate": bool(hits)}
