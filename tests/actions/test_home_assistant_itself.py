"""Beside a real Home Assistant: what it makes of what it is told, and what the documented automation does."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from numberplate.sightings import Sightings

from .conftest import Broker, Subscriber, at_work, free_port, wait_until
from .test_mqtt import mqtt
from .test_webhook import now

PYTHON = os.environ.get("NUMBERPLATE_TEST_HOMEASSISTANT")
pytestmark = pytest.mark.skipif(
    PYTHON is None,
    reason="NUMBERPLATE_TEST_HOMEASSISTANT names no Python that has homeassistant, paho-mqtt and the "
    "home-assistant-frontend that its own frontend/manifest.json asks for",
)
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "actions.md"
CAMERA = {"name": "gate", "source": "rtsp://camera/stream"}
LISTS = [{"name": "residents", "kind": "allow", "plates": ["AB12CDE"]}]


def publish(topic: str, payload: str) -> dict[str, Any]:
    return {"action": "mqtt.publish", "data": {"topic": topic, "payload": payload}}


def write_configuration(folder: Path, port: int) -> None:
    """A Home Assistant with that broker, the documented automation, and one that tells every state."""
    (block,) = re.findall(r"```yaml\n(triggers:.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    documented = yaml.safe_load(block)
    documented |= {"alias": "gate", "mode": "queued"}
    documented["actions"] = [publish("ha/opened", "{{ trigger.payload_json.text }}")]
    names = (
        *("sensor.gate_plate", "event.gate_vehicle", "image.gate_plate_s_picture"),
        *("binary_sensor.gate_on_allow", "binary_sensor.gate_on_alert", "binary_sensor.gate_on_residents"),
    )
    tells = {
        "alias": "tell",
        "mode": "queued",
        "max": 100,
        "triggers": [{"trigger": "state", "entity_id": list(names)}],
        "actions": [
            publish(
                "ha/{{ trigger.entity_id }}",
                "{{ trigger.to_state.state if trigger.to_state else 'removed' }}",
            )
        ],
    }
    configuration = {"automation": [documented, tells], "http": {"server_port": free_port()}}
    (folder / "configuration.yaml").write_text(yaml.safe_dump(configuration))
    entry = {
        **{"created_at": "2025-01-01T00:00:00+00:00", "modified_at": "2025-01-01T00:00:00+00:00"},
        **{"data": {"broker": "127.0.0.1", "port": port}, "options": {}, "disabled_by": None},
        **{"discovery_keys": {}, "domain": "mqtt", "entry_id": "01JZZZZZZZZZZZZZZZZZZZZZZZ"},
        **{"minor_version": 1, "version": 1, "source": "user", "subentries": [], "title": "mqtt"},
        **{"pref_disable_new_entities": False, "pref_disable_polling": False, "unique_id": None},
    }
    storage = folder / ".storage"
    storage.mkdir()
    value = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
    (storage / "core.config_entries").write_text(json.dumps(value))


@contextmanager
def running(folder: Path, subscriber: Subscriber) -> Iterator[None]:
    """Home Assistant, from when it says to be online."""
    before = len([m for m in subscriber.of("homeassistant/status") if m.payload == b"online"])
    program = Path(str(PYTHON)).with_name("hass")
    with (folder / "log").open("a") as log:
        command = [program, "--config", folder, "--skip-pip"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(
            lambda: (
                process.poll() is not None
                or [m.payload for m in subscriber.of("homeassistant/status")].count(b"online") > before
            )
        )
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(60)


def test_home_assistant_itself(
    store: Sightings, broker: Broker, subscriber: Subscriber, tmp_path: Path
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    write_configuration(folder, broker.port)

    def states(entity: str) -> list[str]:
        return [m.payload.decode() for m in subscriber.of(f"ha/{entity}")]

    def is_(entity: str, state: str) -> None:
        wait_until(lambda: states(entity)[-1:] == [state])

    def opened() -> list[str]:
        return [m.payload.decode() for m in subscriber.of("ha/opened")]

    settings = mqtt(broker, clear_after="3s")
    with running(folder, subscriber):
        with at_work(store, mqtt=settings, camera=[CAMERA], watch_list=LISTS) as actions:
            actions.lists.enter(store)
            is_("sensor.gate_plate", "unknown")
            is_("binary_sensor.gate_on_residents", "off")
            store.add(now(source="gate", text="XY99ZZZ", confidence=0.99))
            is_("sensor.gate_plate", "XY99ZZZ")
            store.add(now(source="gate", text="AB12CDE", confidence=0.99))
            wait_until(opened)
            is_("binary_sensor.gate_on_residents", "on")
            is_("binary_sensor.gate_on_allow", "on")
            assert states("image.gate_plate_s_picture")[-1].startswith("20")
            is_("sensor.gate_plate", "unknown")
            is_("binary_sensor.gate_on_residents", "off")
            assert opened() == ["AB12CDE"]
        is_("sensor.gate_plate", "unavailable")
        is_("event.gate_vehicle", "unavailable")
        # A list that is in the file no more goes, and what was seen before opens nothing again.
        with at_work(store, mqtt=settings, camera=[CAMERA]):
            is_("binary_sensor.gate_on_residents", "removed")
            wait_until(lambda: states("event.gate_vehicle")[-1].startswith("20"))
    with at_work(store, mqtt=settings, camera=[CAMERA]), running(folder, subscriber):
        wait_until(lambda: states("sensor.gate_plate")[-1:] == ["unknown"])
        store.add(now(source="gate", text="XY99ZZZ", confidence=0.99))
        is_("sensor.gate_plate", "XY99ZZZ")
        assert opened() == ["AB12CDE"]
