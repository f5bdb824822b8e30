"""A message of a rule's own."""

from numberplate.actions.delivery import Delivery, within_path
from numberplate.actions.mqtt.connection import Connection
from numberplate.actions.targets.target import PlainTarget
from numberplate.configuration.action import MqttMessage
from numberplate.configuration.template import fill


class MqttTarget(PlainTarget):
    """Publishes the message of each delivery. The connection is somebody else's to close."""

    def __init__(self, message: MqttMessage, connection: Connection):
        self._message, self._connection = message, connection

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryError where the broker is away, or comes back when it is too late."""
        values = delivery.fields()
        topic = fill(self._message.topic, {name: within_path(value) for name, value in values.items()})
        payload = fill(self._message.payload, values)
        self._connection.publish(topic, payload, self._message.qos, self._message.retain, delivery.until)
