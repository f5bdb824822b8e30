"""All actions of a configuration at work; and what they would have done."""

import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from numberplate.actions.delivery import Delivery
from numberplate.actions.follower import Follower, Wake, remember
from numberplate.actions.lists import Lists
from numberplate.actions.rule import Rule, Verdict
from numberplate.actions.sample import sample
from numberplate.actions.targets.command import CommandTarget
from numberplate.actions.targets.email import EmailTarget
from numberplate.actions.targets.file import FileTarget
from numberplate.actions.targets.target import Target
from numberplate.actions.targets.webhook import WebhookTarget
from numberplate.configuration import Action, Configuration, MqttMessage
from numberplate.sightings import Query, Sightings, SightingsError
from numberplate.sightings.stored import StoredSighting

log = logging.getLogger("numberplate.actions")

_TICK = 0.05
"""Seconds between two looks for new sightings; each costs the database next to nothing."""

_CLOSING = 5.0
"""Seconds for which the ends of all deliveries are waited for."""

PUBLISHER = "mqtt: every sighting"
"""The name under which [mqtt] follows; no action can have it."""


class Actions:
    """The actions of a configuration.

    `folder`: where commands run that say nothing else; None: here.

    Raises ValueError where a file that an action needs cannot be used, and ImportError where the extra `mqtt`
    is needed and missing.
    """

    def __init__(self, configuration: Configuration, store: Sightings, folder: Path | None = None):
        self._configuration, self._store = configuration, store
        self._folder = folder or Path()
        self.lists = Lists(configuration.watch_list)
        self._wake = Wake(threading.Condition())
        self._connection = None
        self.targets: dict[str, tuple[Action, Target]] = {}
        if configuration.mqtt is not None:
            from numberplate.actions.mqtt.connection import Connection
            from numberplate.actions.mqtt.publisher import Publisher

            self._connection = Connection(configuration.mqtt)
            cameras = [camera.name for camera in configuration.camera]
            publisher = Publisher(configuration.mqtt, self._connection, cameras, self.lists.names)
            if configuration.mqtt.publish:
                message = MqttMessage(topic=configuration.mqtt.topic)
                every = Action.model_construct(name=PUBLISHER, retry_for=float("inf"), mqtt=message)
                self.targets[PUBLISHER] = every, publisher
        for action in configuration.action:
            self.targets[action.name] = action, self._target(action)

    def run(self) -> None:
        """Follows the sightings until `stop`. Whatever is under way then is delivered the next time."""
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
            self._look()
        finally:
            self.stop()
            for _, target in self.targets.values():
                target.close()
            for thread in threads:
                thread.join(_CLOSING)
            if self._connection is not None:
                self._connection.close()

    def stop(self) -> None:
        """Ends `run` soon. May be called from another thread."""
        self._wake.closed = True

    def test(self, name: str) -> Delivery:
        """Sets an action off once with a made-up sighting, whatever its rule. Returns what was delivered.

        Raises KeyError for a name that there is not, and DeliveryError where it fails.
        """
        _, target = self.targets[name]
        camera = next((camera.name for camera in self._configuration.camera), "test")
        delivery = sample(name, camera)
        if self._connection is not None:
            self._connection.start()
        try:
            target.deliver(delivery)
        finally:
            target.close()
            if self._connection is not None:
                self._connection.close()
        return delivery

    def _look(self) -> None:
        fault = False
        while not self._wake.closed:
            try:
                seen = self._store.last_id()
                fault = False
            except SightingsError as error:
                if not fault:
                    log.error("the database cannot be read: %s", error)
                fault = True
                self._wake.pause(1.0)
                continue
            with self._wake.condition:
                if seen > self._wake.seen:
                    self._wake.seen = seen
                    self._wake.condition.notify_all()
            self._wake.pause(_TICK)

    def _target(self, action: Action) -> Target:
        configuration = self._configuration
        if action.webhook is not None:
            return WebhookTarget(action.webhook, [camera.name for camera in configuration.camera])
        if action.command is not None:
            return CommandTarget(action.command, self._folder)
        if action.email is not None and configuration.mail is not None:
            return EmailTarget(action.email, configuration.mail)
        if action.file is not None:
            return FileTarget(action.file)
        from numberplate.actions.mqtt.message import MqttTarget

        assert action.mqtt is not None
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
    ids = sorted(one.id for one in store.iterate(Query(start=start, end=end)))
    for id in ids:
        one = store.get(id)
        if one is None:  # deleted meanwhile
            continue
        verdicts = {name: rule.judge(one) for name, rule in rules.items()}
        for name, verdict in verdicts.items():
            if verdict.fires:
                rules[name].note(one)
        yield one, verdicts
