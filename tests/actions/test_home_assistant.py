"""What Home Assistant is told: payloads that it understands, kept up to date, and taken away again."""

import json
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from numberplate.sightings import Sightings

from .conftest import Broker, Subscriber, at_work, wait_until
from .test_mqtt import CAMERA, mqtt
from .test_webhook import now

TOPIC = "homeassistant/device/numberplate-gate_1/config"


class Documented(BaseModel):
    """A table of Home Assistant's documentation of MQTT; unknown keys are refused, as Home Assistant does."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Device(Documented):
    identifiers: list[str] = Field(min_length=1)
    name: str
    manufacturer: str
    model: str
    sw_version: str


class Origin(Documented):
    name: str
    sw_version: str


class Availability(Documented):
    topic: str


class Entity(Documented):
    unique_id: str
    name: str
    icon: str = Field("mdi:x", pattern="^mdi:")
    qos: Literal[0, 1, 2]


class Sensor(Entity):
    platform: Literal["sensor"]
    state_topic: str
    value_template: str
    json_attributes_topic: str
    force_update: bool


class Event(Entity):
    platform: Literal["event"]
    state_topic: str
    event_types: list[str] = Field(min_length=1)


class Image(Entity):
    platform: Literal["image"]
    image_topic: str
    content_type: Literal["image/jpeg"]


class BinarySensor(Entity):
    platform: Literal["binary_sensor"]
    state_topic: str
    off_delay: int = Field(gt=0)


class DevicePayload(Documented):
    """ "Device discovery payload": homeassistant/device/<id>/config."""

    device: Device
    origin: Origin
    availability: list[Availability]
    components: dict[str, Sensor | Event | Image | BinarySensor]


def announced(subscriber: Subscriber, topic: str = TOPIC) -> dict[str, Any]:
    value = subscriber.wait(topic)[-1].json()
    assert isinstance(value, dict)
    return value


def test_each_camera_is_a_device_as_it_is_documented(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    lists = [{"name": "residents", "kind": "allow", "plates": ["AB12CDE"]}]
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA, CAMERA | {"name": "Yard"}], watch_list=lists):
        payload = announced(subscriber)
        other = announced(subscriber, "homeassistant/device/numberplate-yard/config")
        late = Subscriber(broker.port, TOPIC)
        assert late.wait(TOPIC)[0].retain
        late.close()
    DevicePayload.model_validate(payload)
    kinds = [component["platform"] for component in payload["components"].values()]
    assert sorted(kinds) == ["binary_sensor"] * 3 + ["event", "image", "sensor"]
    assert payload["device"]["name"] == "Gate 1"
    ids = [c["unique_id"] for one in (payload, other) for c in one["components"].values()]
    assert len({*ids}) == len(ids)


@pytest.mark.parametrize("prefix", ["homeassistant", "ha"])
def test_devices_are_told_again_when_home_assistant_starts(
    store: Sightings, broker: Broker, subscriber: Subscriber, prefix: str
) -> None:
    topic = TOPIC.replace("homeassistant", prefix)
    with at_work(store, mqtt=mqtt(broker, discovery=prefix), camera=[CAMERA]):
        subscriber.wait(topic)
        # The prefix of discovery is a setting of its own there.
        subscriber.client.publish("homeassistant/status", "offline", 1)
        subscriber.client.publish("homeassistant/status", "online", 1)
        assert len(subscriber.wait(topic, 2)) == 2


def test_a_camera_that_is_no_more_is_taken_away_and_nobody_elses(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    theirs = {
        "homeassistant/device/other/config": json.dumps({"origin": {"name": "other"}}),
        "homeassistant/device/broken/config": "{",
        "homeassistant/device/odd/config": json.dumps([1]),
        "homeassistant/device/deep/config": "[" * 100_000,
        "homeassistant/device/numberplate_2-gate/config": json.dumps(
            {"origin": {"name": "numberplate"}, "availability": [{"topic": "numberplate_2/status"}]}
        ),
    }
    for topic, payload in theirs.items():
        subscriber.client.publish(topic, payload, 1, True)
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA]):
        subscriber.wait(TOPIC)
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA | {"name": "Yard"}]):
        wait_until(lambda: subscriber.of(TOPIC)[-1].payload == b"")
    with at_work(store, mqtt=mqtt(broker, discovery=""), camera=[CAMERA]):
        yard = "homeassistant/device/numberplate-yard/config"
        wait_until(lambda: subscriber.of(yard)[-1].payload == b"")
    late = Subscriber(broker.port, "homeassistant/#")
    wait_until(lambda: len(late.messages) >= len(theirs))
    assert {m.topic for m in late.messages} == {*theirs}
    late.close()


def test_a_watch_list_that_is_no_more_is_taken_off_its_cameras(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    lists = [{"name": "residents", "kind": "allow", "plates": ["AB12CDE"]}]
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA], watch_list=lists):
        assert "list_residents" in announced(subscriber)["components"]
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA]):
        # Without it; with its platform alone, which takes it away; and so again, to stay with the broker.
        _, _, parting, last = (m.json()["components"] for m in subscriber.wait(TOPIC, 4))
    assert parting["list_residents"] == {"platform": "binary_sensor"}
    assert {**last, "list_residents": {"platform": "binary_sensor"}} == parting
    assert "list_residents" not in last


def test_states_are_what_the_components_read(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:

    store.watch_list.add("AB12CDE", "allow")
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA]):
        components = announced(subscriber)["components"]
        store.add(now(source="Gate 1"))
        event = subscriber.wait(components["vehicle"]["state_topic"])[0].json()
    assert event["event_type"] in components["vehicle"]["event_types"]
    assert subscriber.of(components["plate"]["state_topic"])[-1].json()["text"] == "AB12CDE"
    assert subscriber.of(components["list_allow"]["state_topic"])[-1].payload == b"ON"
    assert subscriber.of(components["crop"]["image_topic"])[0].payload.startswith(b"\xff\xd8")
