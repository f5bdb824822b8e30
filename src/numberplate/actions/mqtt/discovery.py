"""What Home Assistant is sent about each camera, so that it creates its entities by itself.

See "MQTT device discovery payload" in Home Assistant's documentation of MQTT.
"""

from dataclasses import dataclass
from typing import Any

from numberplate import __version__
from numberplate.configuration.values import slug

EVENTS = ("seen", "allow", "alert")
"""Types of the event: on a list, the worst of them, or on none."""

_ORIGIN = {"name": "numberplate", "sw_version": __version__}


@dataclass(frozen=True)
class CameraTopics:
    """The topics of one camera, below `TOPIC/NAME`."""

    root: str

    @classmethod
    def of(cls, topic: str, camera: str) -> "CameraTopics":
        """`topic`: that all begin with."""
        return cls(f"{topic}/{slug(camera)}")

    @property
    def sighting(self) -> str:
        """Every sighting, as JSON, in order and at least once."""
        return f"{self.root}/sighting"

    @property
    def last(self) -> str:
        """The plate that is there now, as JSON; its `text` is null when it is cleared."""
        return f"{self.root}/last"

    @property
    def event(self) -> str:
        """What has just been seen."""
        return f"{self.root}/event"

    @property
    def crop(self) -> str:
        """The plate's picture, JPEG."""
        return f"{self.root}/crop"

    @property
    def tried(self) -> str:
        """That another program of ours shows a made-up plate there: who is at work clears it in its time."""
        return f"{self.root}/tried"

    def listed(self, name: str) -> str:
        """ON while the plate is on that watch list."""
        return f"{self.root}/list/{slug(name)}"


def device_id(topic: str, camera: str) -> str:
    """Of a camera; installations that share a broker differ in their topic."""
    return f"{slug(topic)}-{slug(camera)}"


def device(
    topic: str, camera: str, lists: tuple[str, ...], status_topic: str, clear_after: float, pictures: bool
) -> dict[str, Any]:
    """The payload for `PREFIX/device/ID/config` of one camera."""
    topics, id = CameraTopics.of(topic, camera), device_id(topic, camera)
    components: dict[str, Any] = {
        "plate": {
            "platform": "sensor",
            "unique_id": f"{id}-plate",
            "name": "Plate",
            "icon": "mdi:car",
            "state_topic": topics.last,
            # None is "unknown": there is no plate now.
            "value_template": "{{ value_json.text }}",
            "json_attributes_topic": topics.last,
            # Two visits of one car are two changes.
            "force_update": True,
        },
        "vehicle": {
            "platform": "event",
            "unique_id": f"{id}-vehicle",
            "name": "Vehicle",
            "icon": "mdi:car-arrow-right",
            "state_topic": topics.event,
            "event_types": list(EVENTS),
        },
    }
    if pictures:
        components["crop"] = {
            "platform": "image",
            "unique_id": f"{id}-crop",
            "name": "Plate's picture",
            "image_topic": topics.crop,
            "content_type": "image/jpeg",
        }
    for name in lists:
        components[f"list_{slug(name)}"] = {
            "platform": "binary_sensor",
            "unique_id": f"{id}-list-{slug(name)}",
            "name": f"On {name}",
            "icon": "mdi:playlist-check",
            "state_topic": topics.listed(name),
            # Home Assistant switches it off by itself, should we be gone.
            "off_delay": round(clear_after) + 5,
        }
    for component in components.values():
        component["qos"] = 1  # that of the device is not handed on to them
    return {
        "device": {
            "identifiers": [id],
            "name": camera,
            "manufacturer": "numberplate",
            "model": "Number plate reader",
            "sw_version": __version__,
        },
        "origin": _ORIGIN,
        "availability": [{"topic": status_topic}],
        "components": components,
    }
