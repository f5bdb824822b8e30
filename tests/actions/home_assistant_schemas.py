"""Run by a Python that has Home Assistant: validates device payloads, a JSON list on standard input.

Its own schemas do. Prints its version, or ends with an error. Versions before 2024.11 know no payload of a
whole device: there each component is validated as one by itself, with the device, the origin and the
availability that it shares.
"""

import importlib
import json
import sys

import homeassistant.const
from homeassistant.components.mqtt import discovery

try:
    from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA as WHOLE
except ImportError:
    WHOLE = discovery.MQTT_ORIGIN_INFO_SCHEMA

for payload in json.load(sys.stdin):
    WHOLE(payload if "DEVICE" in str(WHOLE) or "components" in str(WHOLE) else payload["origin"])
    shared = {name: payload[name] for name in ("device", "origin", "availability", "qos")}
    for component in payload["components"].values():
        platform = importlib.import_module(f"homeassistant.components.mqtt.{component['platform']}")
        known = {str(key) for key in getattr(platform.DISCOVERY_SCHEMA, "schema", ())} or {*shared}
        own = {name: value for name, value in component.items() if name != "platform"}
        platform.DISCOVERY_SCHEMA(own | {n: v for n, v in shared.items() if n != "qos" or n in known})
print(homeassistant.const.__version__)
