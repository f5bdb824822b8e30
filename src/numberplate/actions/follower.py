"""Follows the sightings for one action: each is judged, delivered, and noted, in order."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.actions.lists import Lists
from numberplate.actions.rule import Rule
from numberplate.actions.targets.target import Target
from numberplate.sightings import Query, Sightings, SightingsError
from numberplate.sightings.stored import StoredSighting

log = logging.getLogger("numberplate.actions")

_BATCH = 50
_IDLE = 1.0
"""Seconds after which a follower looks by itself, and its target may do what is due."""

_FRESH = 0.1
"""Seconds for which sightings that were fetched are delivered without asking whether they are still kept."""

_TICK = 0.01

_SHORTEST, _LONGEST = 0.5, 60.0
"""Seconds between two attempts to deliver; they double."""


@dataclass
class Wake:
    """Wakes all followers: `seen` is the id of the newest sighting that is known of."""

    condition: threading.Condition
    seen: int = 0
    closed: bool = False

    def wait(self, after: int, seconds: float) -> None:
        """Until there is a sighting after that id, for so long at most."""
        with self.condition:
            self.condition.wait_for(lambda: self.closed or self.seen > after, seconds)

    def pause(self, seconds: float) -> None:
        """For so long, or until the end."""
        with self.condition:
            self.condition.wait_for(lambda: self.closed, seconds)

    def close(self) -> None:
        """The end: whoever waits goes on at once."""
        with self.condition:
            self.closed = True
            self.condition.notify_all()


class Follower:
    """One action at work, in a thread of its own: a receiver that is away holds up no other.

    What was delivered last is kept in the database (`Sightings.progress`): a sighting is delivered at least
    once, in order, however we end. A database that is made anew under us begins with its first sighting.
    """

    def __init__(self, name: str, rule: Rule, target: Target, store: Sightings, lists: Lists, wake: Wake):
        self.name = name
        self._rule, self._target, self._store, self._lists, self._wake = rule, target, store, lists, wake
        self._began = time.monotonic()
        self._noted: int | None = None
        """How far we have come, as the database has it."""
        self._fault = False

    def run(self) -> None:
        """Until the end."""
        while not self._wake.closed:
            try:
                noted = self._store.progress.after(self.name)
                if noted is None or self._noted is None:
                    noted = self._start(noted)
                self._noted = noted
                self._follow(noted)
                self._is_there()
            except SightingsError as error:
                self._wait_for_database(error)

    def _start(self, after: int | None) -> int:
        """The id after which to go on. `after`: as the database has it.

        An action that is new does not begin with what was seen before it. A database in which we had come
        somewhere, and that knows nothing of it, was made anew since: all that is in it is new.
        """
        if after is None:
            after = self._store.last_id() if self._noted is None else 0
            self._store.progress.advance(self.name, after)
        aside = {one.sighting_id for one in self._store.progress.failures() if one.follower == self.name}
        remember(self._rule, self._store, after, aside=aside)
        return after

    def _follow(self, after: int) -> None:
        batch, loaded = self._store.since(after, _BATCH), time.monotonic()
        passed = None
        for one in batch:
            # What was deleted in the meantime is delivered no more.
            if self._wake.closed or time.monotonic() - loaded > _FRESH:
                break
            verdict = self._rule.judge(one, datetime.now(UTC))
            if verdict.fires:
                if not self._deliver(one):
                    break
                passed = None
            else:
                passed = one.id
                if self._rule.action.opens:
                    log.info("%s: not for sighting %d: %s", self.name, one.id, "; ".join(verdict.reasons))
            after = one.id
        if passed is not None:
            self._store.progress.advance(self.name, passed)
        self._target.idle()
        if not batch:
            self._wake.wait(after, _IDLE)

    def _deliver(self, one: StoredSighting) -> bool:
        """Whether it is dealt with: delivered, put aside, or deleted. False only where we end before, or the
        database is another by now."""
        until = self._rule.until(one)
        delivery = Delivery(
            self.name, one, self._lists.hit(one), lambda kind: self._store.picture(one.id, kind), until=until
        )
        progress, pause, attempts = self._store.progress, _SHORTEST, 0
        while True:
            attempts += 1
            try:
                self._target.deliver(delivery)
            except DeliveryError as error:
                if self._wake.closed and error.again:
                    return False
                if not error.again or self._waited(one) >= self._rule.action.retry_for:
                    return self._put_aside(one, attempts, str(error))
                if attempts == 1:
                    log.warning("%s: sighting %d waits: %s", self.name, one.id, error)
                self._wake.pause(_until(error.after if error.after is not None else pause, until))
                pause = min(2 * pause, _LONGEST)
                kept = self._store.get(one.id)
                if kept is None or kept.added != one.added:  # another one, in a database that was made anew
                    log.warning("%s: sighting %d was deleted before it was delivered", self.name, one.id)
                    return self._settle(one, lambda: progress.advance(self.name, one.id))
                late = self._rule.expired(one, datetime.now(UTC))
                if late:
                    return self._put_aside(one, attempts, f"{late}; {error}")
            except SightingsError:  # of its pictures; all of it is tried again
                raise
            except Exception as error:
                # A fault of ours in one delivery must not keep a gate shut for all that come after it.
                log.exception("%s: sighting %d", self.name, one.id)
                return self._put_aside(one, attempts, f"{type(error).__name__}: {error}")
            else:
                if attempts > 1:
                    log.warning("%s: sighting %d is delivered after all", self.name, one.id)
                self._rule.note(one)
                return self._settle(one, lambda: progress.advance(self.name, one.id))

    def _put_aside(self, one: StoredSighting, attempts: int, reason: str) -> bool:
        log.error("%s: sighting %d is put aside: %s", self.name, one.id, reason)
        return self._settle(one, lambda: self._store.progress.put_aside(self.name, one.id, attempts, reason))

    def _settle(self, one: StoredSighting, write: Callable[[], None]) -> bool:
        """Notes what was done, however long the database is busy: nothing is done again because of that.

        In another database the id is that of another sighting, and nothing is noted.
        """
        while True:
            try:
                there = self._store.progress.after(self.name)
                if there == self._noted:
                    write()
                elif there != one.id:  # which was written, although its end was not heard of
                    return False
                self._noted = one.id
            except SightingsError as error:
                if self._wake.closed:
                    return False
                self._wait_for_database(error)
            else:
                self._is_there()
                return True

    def _waited(self, one: StoredSighting) -> float:
        """Seconds for which it has waited while we were there, however the clock was set."""
        return min((datetime.now(UTC) - one.added).total_seconds(), time.monotonic() - self._began)

    def _wait_for_database(self, error: SightingsError) -> None:
        if not self._fault:
            log.error("%s: waits for the database: %s", self.name, error)
        self._fault = True
        self._wake.pause(_IDLE)

    def _is_there(self) -> None:
        if self._fault:
            log.warning("%s: the database is there again", self.name)
        self._fault = False


def _until(pause: float, until: datetime | None) -> float:
    """Seconds of a pause that ends when it is too late: the next vehicle does not wait for this one."""
    if until is None:
        return pause
    return min(pause, max(0.0, (until - datetime.now(UTC)).total_seconds()) + _TICK)


def remember(
    rule: Rule,
    store: Sightings,
    after: int,
    until: datetime | None = None,
    aside: Collection[int] = (),
) -> None:
    """Brings to a rule's mind what set it off lately, up to that id, or before that time; and about when the
    next one after that id was seen, which may have waited for days.

    `aside`: the ids of those that were put aside.
    """
    if rule.action.when.not_again_within is None:
        return
    interval = timedelta(seconds=rule.action.when.not_again_within)
    waiting = [one.first_seen for one in store.since(after, 1)]
    times = [Query(start=seen - interval, end=seen + interval) for seen in waiting]
    for query in (*times, Query(start=(until or datetime.now(UTC)) - interval, end=until)):
        for one in in_order(store, query):
            if one.id <= after and one.id not in aside and rule.judge(one).fires:
                rule.note(one)


def in_order(store: Sightings, query: Query) -> Iterator[StoredSighting]:
    """The sightings of a time, in the order in which they were kept; a batch is held at a time.

    `query`: with a start, an end or neither.
    """
    first = last = None
    for one in store.iterate(query):
        first = one.id if first is None else min(first, one.id)
        last = one.id if last is None else max(last, one.id)
    if first is None or last is None:
        return
    after = first - 1
    while batch := store.since(after, _BATCH):
        for one in batch:
            if one.id > last:
                return
            early = query.start is not None and one.first_seen < query.start
            if not early and (query.end is None or one.first_seen < query.end):
                yield one
        after = batch[-1].id
