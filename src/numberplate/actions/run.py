"""All actions of a configuration at work; and what they would have done."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.actions.follower import Follower, Wake, in_order, remember
from numberplate.actions.lists import Lists
from numberplate.actions.rule import Rule, Verdict
from numberplate.actions.sample import sample
from numberplate.actions.targets.command import CommandTarget
from numberplate.actions.targets.email import EmailTarget
from numberplate.actions.targets.file import FileTarget
from numberplate.actions.targets.target import Target
from numberplate.actions.targets.webhook import WebhookTarget
from numberplate.configuration import Action, Configuration, Mqtt, MqttMessage
from numberplate.sightings import BusyError, Failure, Query, Sightings, SightingsError
from numberplate.sightings.stored import StoredSighting

log = logging.getLogger("numberplate.actions")

_TICK = 0.05
"""Seconds between two looks for new sightings; each costs the database next to nothing."""

_CHECK = 1.0
"""Seconds between two looks whether we are still the only ones."""

_CLOSING = 5.0
"""Seconds for which the ends of all deliveries are waited for."""

PUBLISHER = "mqtt: every sighting"
"""The name under which [mqtt] follows; no action can have it."""


def publisher(mqtt: Mqtt) -> Action:
    """The action that publishes every sighting, and never gives up."""
    message = MqttMessage(topic=mqtt.topic)
    return Action.model_construct(name=PUBLISHER, retry_for=float("inf"), mqtt=message)


class Actions:
    """The actions of a configuration.

    Args:
        configuration: with the actions.
        store: the sightings.
        folder: where commands run that say nothing else; None: here.
        name: what is added to our name at the broker, by a second program that delivers something now and
            then and does not speak for the installation.

    Raises ValueError where a file that an action needs cannot be used, and ImportError where the extra `mqtt`
    is needed and missing.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: Sightings,
        folder: Path | None = None,
        name: str = "",
    ):
        self._configuration, self._store = configuration, store
        self._folder = folder or Path()
        self.lists = Lists(configuration.watch_list)
        self._wake = Wake(threading.Condition())
        self._connection = None
        self.targets: dict[str, tuple[Action, Target]] = {}
        if configuration.mqtt is not None:
            from numberplate.actions.mqtt.connection import Connection
            from numberplate.actions.mqtt.publisher import Publisher

            self._connection = Connection(configuration.mqtt, name, announce=not name)
            cameras = [camera.name for camera in configuration.camera]
            every = Publisher(configuration.mqtt, self._connection, cameras, self.lists.names)
            if configuration.mqtt.publish:
                self.targets[PUBLISHER] = publisher(configuration.mqtt), every
        for action in configuration.action:
            self.targets[action.name] = action, self._target(action)

    def run(self) -> None:
        """Follows the sightings until `stop`. Whatever is under way then is delivered the next time.

        Raises BusyError where another program does so already, or does since the server of the database was
        started anew: each sighting would be delivered by both.
        """
        with self._store.alone("actions") as still_alone:
            self._enter()
            self._run(still_alone)

    def _enter(self) -> None:
        """What the file lists is on the database's watch list, and what it lists no more is not."""
        entered, removed = self.lists.enter(self._store)
        if entered or removed:
            log.warning("watch lists: put on %d, taken off %d", entered, removed)

    def _run(self, still_alone: Callable[[], bool]) -> None:
        if self._connection is not None:
            self._connection.start()
        followers = [
            Follower(name, Rule(action, self.lists), target, self._store, self.lists, self._wake)
            for name, (action, target) in self.targets.items()
        ]
        threads = [
            threading.Thread(target=follower.run, name=follower.name, daemon=True) for follower in followers
        ]
        for thread in threads:
            thread.start()
        try:
            self._look(still_alone)
        finally:
            self._wake.close()
            for _, target in self.targets.values():
                target.close()
            end = time.monotonic() + _CLOSING
            for thread in threads:
                thread.join(max(0.0, end - time.monotonic()))
            if self._connection is not None:
                self._connection.close()

    def stop(self) -> None:
        """Ends `run` soon. May be called from another thread or a signal's handler."""
        self._wake.closed = True

    @contextmanager
    def connected(self) -> Iterator[Self]:
        """The same, for single deliveries instead of `run`."""
        try:
            yield self
        finally:
            for _, target in self.targets.values():
                target.close()
            if self._connection is not None:
                self._connection.close()

    def test(self, name: str) -> Delivery:
        """Sets an action off once with a made-up sighting, whatever its rule; while `connected`.

        Returns what was delivered.

        Raises KeyError for a name that there is not, and DeliveryError where it fails.
        """
        action, target = self.targets[name]
        camera = next((camera.name for camera in self._configuration.camera), "test")
        delivery = sample(name, camera)
        self._deliver(action, target, delivery)
        return delivery

    def again(self, failure: Failure) -> None:
        """Delivers what was put aside, and forgets it; while `connected`.

        Raises KeyError where its action is no more, LookupError where its sighting was deleted, and
        DeliveryError where it fails again or comes too late.
        """
        action, target = self.targets[failure.follower]
        one = self._store.get(failure.sighting_id)
        if one is None:
            raise LookupError(f"sighting {failure.sighting_id} was deleted")
        rule = Rule(action, self.lists)
        late = rule.expired(one, datetime.now(UTC))
        if late is not None:
            raise DeliveryError(late, again=False)
        store, id = self._store, one.id
        delivery = Delivery(
            failure.follower,
            one,
            self.lists.hit(one),
            lambda kind: store.picture(id, kind),
            until=rule.until(one),
        )
        self._deliver(action, target, delivery)
        self._store.progress.forget([failure.id])

    def _deliver(self, action: Action, target: Target, delivery: Delivery) -> None:
        if action.mqtt is not None and self._connection is not None:
            self._connection.start()
            self._connection.reach()
        target.deliver(delivery)

    def _look(self, still_alone: Callable[[], bool]) -> None:
        fault, ours, checked = False, True, time.monotonic()
        while not self._wake.closed:
            try:
                if time.monotonic() - checked > _CHECK:
                    ours, checked = still_alone(), time.monotonic()
                seen = self._store.last_id()
                if fault or seen < self._wake.seen:  # it may have been made anew
                    self._enter()
                fault = False
            except SightingsError as error:
                if not fault:
                    log.error("the database cannot be read: %s", error)
                fault = True
                self._wake.pause(1.0)
                continue
            if not ours:
                raise BusyError(f"{self._store.name}: another program runs actions on it by now")
            with self._wake.condition:
                if seen != self._wake.seen:
                    self._wake.seen = seen
                    self._wake.condition.notify_all()
            self._wake.pause(_TICK)

    def _target(self, action: Action) -> Target:
        if action.mqtt is None:
            return plain_target(action, self._configuration, self._folder)
        from numberplate.actions.mqtt.message import MqttTarget

        assert self._connection is not None  # as the configuration checks
        return MqttTarget(action.mqtt, self._connection)


def rehearse(
    configuration: Configuration, store: Sightings, start: datetime, end: datetime | None = None
) -> Iterator[tuple[StoredSighting, dict[str, Verdict]]]:
    """What each action would have done with the sightings first seen from `start` to `end`, in their order.

    Nothing is delivered, and an action's `max_age` does not count. A sighting's hits are those of the watch
    list when it was added.
    """
    lists = Lists(configuration.watch_list)
    rules = {action.name: Rule(action, lists) for action in configuration.action}
    for rule in rules.values():
        remember(rule, store, 2**63, start)
    for one in in_order(store, Query(start=start, end=end)):
        verdicts = {name: rule.judge(one) for name, rule in rules.items()}
        for name, verdict in verdicts.items():
            if verdict.fires:
                rules[name].note(one)
        yield one, verdicts


def check_targets(configuration: Configuration, folder: Path) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What keeps the broker and each action from working, by its keys: files that are missing, and extras."""
    if configuration.mqtt is not None:
        try:
            from numberplate.actions.mqtt.connection import Connection

            Connection(configuration.mqtt)
        except ModuleNotFoundError as error:
            yield ("mqtt",), f"needs {error.name}: pip install 'numberplate[mqtt]'"
        except ValueError as error:
            yield ("mqtt",), str(error)
    for i, action in enumerate(configuration.action):
        if action.kind != "mqtt":
            try:
                plain_target(action, configuration, folder).close()
            except ValueError as error:
                yield ("action", i, action.kind), str(error)


def plain_target(action: Action, configuration: Configuration, folder: Path) -> Target:
    """What takes the deliveries of an action that needs no broker. Raises ValueError, as `Actions`."""
    if action.webhook is not None:
        return WebhookTarget(action.webhook, [camera.name for camera in configuration.camera])
    if action.command is not None:
        return CommandTarget(action.command, folder)
    if action.email is not None and configuration.mail is not None:
        return EmailTarget(action.email, configuration.mail)
    if action.file is not None:
        return FileTarget(action.file)
    raise ValueError(f"{action.name}: is no action without a broker")
