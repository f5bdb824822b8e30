"""Tells the broker of every sighting, and Home Assistant of the cameras."""

import json
import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from numberplate.actions.delivery import Delivery, DeliveryError, deadline
from numberplate.actions.mqtt.connection import ONLINE, Connection
from numberplate.actions.mqtt.discovery import CameraTopics, device, device_id
from numberplate.configuration.mqtt import Mqtt

log = logging.getLogger("numberplate.actions")

_SETTLING = 3.0
"""Seconds after which Home Assistant listens to entities that were just announced."""

_CLEARED = json.dumps({"text": None})


class Publisher:
    """A target that takes every sighting. The connection is somebody else's to start and to close."""

    def __init__(self, mqtt: Mqtt, connection: Connection, cameras: Sequence[str], lists: tuple[str, ...]):
        self._mqtt, self._connection, self._lists = mqtt, connection, lists
        self._clear_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._devices = {
            f"{mqtt.discovery}/device/{device_id(mqtt.topic, camera)}/config": json.dumps(
                device(mqtt.topic, camera, lists, connection.status_topic, mqtt.clear_after, mqtt.pictures)
            )
            for camera in (cameras if mqtt.discovery and mqtt.publish else ())
        }
        self._cameras = tuple(cameras)
        if not connection.announces:
            return
        # Where discovery is switched off, what was announced before is taken away all the same.
        prefix = mqtt.discovery or "homeassistant"
        connection.subscribe(f"{prefix}/device/+/config", self._announced)
        if mqtt.discovery:
            # Home Assistant says there that it starts, whatever the prefix of its discovery is.
            for topic in {f"{prefix}/status", "homeassistant/status"}:
                connection.subscribe(topic, self._home_assistant)
        # Not to what all of us publish there: a broker that answers and sends at once waits 40 ms each time.
        self._by_tried = {CameraTopics.of(mqtt.topic, camera).tried: camera for camera in self._cameras}
        for topic in self._by_tried:
            connection.subscribe(topic, self._tried)
        connection.on_connected(self._connected)

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryError where the broker is away."""
        one = delivery.sighting
        topics = CameraTopics.of(self._mqtt.topic, one.source)
        value = delivery.to_dict()
        # Together on their way, in order: one reply of the broker is waited for, not six.
        waiting = [self._connection.enqueue(topics.sighting, json.dumps(value))]
        age, most = (datetime.now(UTC) - one.last_seen).total_seconds(), self._mqtt.max_age
        until = None
        try:
            if age <= most or delivery.is_test:
                until = deadline(one.last_seen, most)
                for topic, payload in self._changes(topics, delivery, value):
                    waiting.append(self._connection.enqueue(topic, payload))
                if delivery.is_test:
                    waiting.append(self._connection.enqueue(topics.tried, one.text))
                with self._lock:
                    self._clear_at[one.source] = time.monotonic() + self._mqtt.clear_after
            for message in waiting:
                self._connection.wait(message, until)
        except DeliveryError:
            # With a broker that goes away just now, a plate must not be shown when it is back much later.
            for message in waiting[1:]:
                self._connection.withdraw(message)
            raise

    def idle(self) -> None:
        """Clears what was shown long enough: a plate that stayed once opened a door for the next car."""
        now = time.monotonic()
        with self._lock:
            due = [camera for camera, at in self._clear_at.items() if at <= now]
            for camera in due:
                del self._clear_at[camera]
        for camera in due:
            self._clear(camera)

    def close(self) -> None:
        """Nothing."""

    def _changes(
        self, topics: CameraTopics, delivery: Delivery, value: dict[str, Any]
    ) -> list[tuple[str, str | bytes]]:
        """What the entities are sent; the event last, so that what it triggers finds the others set."""
        sighting = value["sighting"]
        attributes = {name: sighting[name] for name in _ATTRIBUTES}
        attributes |= {"id": value["id"], "camera": sighting["source"], "lists": value["lists"]}
        attributes["region"] = sighting["region"]["code"] if sighting["region"] else None
        attributes["notes"] = [hit["note"] for hit in sighting["hits"] if hit["note"]]
        found: list[tuple[str, str | bytes]] = []
        crop = delivery.picture("crop") if self._mqtt.pictures else None
        if crop is not None:
            found.append((topics.crop, crop))
        found.append((topics.last, json.dumps(attributes)))
        for name in self._lists:
            found.append((topics.listed(name), "ON" if name in delivery.lists else "OFF"))
        kind = "alert" if "alert" in delivery.lists else "allow" if "allow" in delivery.lists else "seen"
        found.append((topics.event, json.dumps({"event_type": kind, **attributes})))
        return found

    def _clear(self, camera: str) -> None:
        topics = CameraTopics.of(self._mqtt.topic, camera)
        self._connection.tell(topics.last, _CLEARED)
        for name in self._lists:
            self._connection.tell(topics.listed(name), "OFF")

    def _connected(self) -> None:
        for camera in self._cameras:
            with self._lock:
                shown = camera in self._clear_at
            if not shown:
                self._clear(camera)
        self._announce()

    def _announce(self) -> None:
        for topic, payload in self._devices.items():
            self._connection.tell(topic, payload, retain=True)
        # Nothing is retained: entities that are new have no state before they are sent one.
        with self._lock:
            for camera in self._cameras:
                self._clear_at.setdefault(camera, time.monotonic() + _SETTLING)

    def _tried(self, topic: str, payload: bytes) -> None:
        """Clears in its time what another program of ours shows, such as `numberplate actions test`."""
        with self._lock:
            self._clear_at.setdefault(self._by_tried[topic], time.monotonic() + self._mqtt.clear_after)

    def _home_assistant(self, topic: str, payload: bytes) -> None:
        if payload == ONLINE.encode():
            self._announce()

    def _announced(self, topic: str, payload: bytes) -> None:
        """Takes away a device that is ours and is no camera any more, and what one has no longer."""
        try:
            value = json.loads(payload) if payload else {}
            components = {str(name): dict(one) for name, one in value["components"].items()}
            ours = value["origin"]["name"] == "numberplate"
            ours = ours and value["availability"][0]["topic"] == self._connection.status_topic
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return  # taken away already, or somebody else's, of whatever form
        if not ours:
            return
        if topic not in self._devices:
            log.info("Home Assistant's device at %s is taken away", topic)
            self._connection.tell(topic, b"", retain=True)
            return
        now = json.loads(self._devices[topic])
        # Home Assistant keeps an entity that is left out, and lets go of one that has its platform alone.
        gone = {
            name: {"platform": one.get("platform")}
            for name, one in components.items()
            if name not in now["components"] and len(one) > 1
        }
        if gone:
            self._connection.tell(
                topic, json.dumps(now | {"components": now["components"] | gone}), retain=True
            )
            self._connection.tell(topic, self._devices[topic], retain=True)


_ATTRIBUTES = ("text", "latin", "confidence", "first_seen", "last_seen", "direction", "zone", "frames")
