"""One connection to the broker, made again whenever it is lost."""

import logging
import ssl
import threading
import time
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from numberplate.actions.delivery import DeliveryError
from numberplate.configuration.mqtt import Mqtt
from numberplate.configuration.values import read_secret

log = logging.getLogger("numberplate.actions")

ONLINE, OFFLINE = "online", "offline"

_SHORTEST, _LONGEST = 1, 30
"""Seconds between two attempts to connect; they double."""

_WAIT = 1.0
"""Seconds for which a broker that is away is waited for, before a delivery says so."""

_KEEP_ALIVE = 30
_TICK = 0.2
_CLOSING = 2.0

Received = Callable[[str, bytes], None]


class _Client(paho.Client):
    """paho's own, which remembers why it could not connect."""

    fault = ""

    def reconnect(self) -> MQTTErrorCode:
        """As paho's."""
        try:
            return super().reconnect()
        except OSError as error:
            self.fault = error.strerror or str(error)
            raise


class Connection:
    """Connects in the background. Messages are published at least once, in order.

    A retained `TOPIC/status` says `online`, and the broker says `offline` there when we are gone.

    `suffix`: of the name at the broker, where a second program of this installation connects.

    Raises ValueError where a file that it needs cannot be used.
    """

    def __init__(self, mqtt: Mqtt, suffix: str = "", announce: bool = True):
        self.status_topic = f"{mqtt.topic}/status"
        self._mqtt = mqtt
        self.announces = announce
        """Whether it speaks for the installation."""
        self._connected = threading.Event()
        self._closed = threading.Event()
        self._said = ""
        self._started = False
        self._on_connected: list[Callable[[], None]] = []
        self._subscriptions: dict[str, Received] = {}
        self._client = _Client(CallbackAPIVersion.VERSION2, client_id=f"{mqtt.client_id}{suffix}")
        if mqtt.username is not None:
            password = None if mqtt.password_file is None else read_secret(mqtt.password_file)
            self._client.username_pw_set(mqtt.username, password)
        if mqtt.tls:
            try:
                context = ssl.create_default_context(cafile=mqtt.ca_file)
                if mqtt.client_certificate is not None:
                    context.load_cert_chain(mqtt.client_certificate, mqtt.client_key)
            except (OSError, ssl.SSLError) as error:
                files = mqtt.client_certificate or mqtt.ca_file
                raise ValueError(f"{files}: {error.strerror or error}") from error
            self._client.tls_set_context(context)
        if announce:
            self._client.will_set(self.status_topic, OFFLINE, qos=1, retain=True)
        self._client.reconnect_delay_set(_SHORTEST, _LONGEST)
        self._client.on_connect = self._connect
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnect
        self._client.on_message = self._message

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there, as far as is known."""
        return self._connected.is_set()

    def on_connected(self, callback: Callable[[], None]) -> None:
        """Calls this whenever the broker is there again, in the connection's own thread. Before `start`."""
        self._on_connected.append(callback)

    def subscribe(self, topic: str, received: Received) -> None:
        """Calls `received` with topic and payload, in the connection's own thread. Before `start`."""
        self._subscriptions[topic] = received

    def start(self) -> None:
        """Begins to connect, if it has not, and goes on until `close`."""
        if self._started:
            return
        self._started = True
        host, port = self._mqtt.address
        self._client.connect_async(host, port, _KEEP_ALIVE)
        self._client.loop_start()

    def publish(self, topic: str, payload: str | bytes, qos: int = 1, retain: bool = False) -> None:
        """Returns when the broker has it. Raises DeliveryError where it is away, or where we end.

        With a broker that goes away in between, this waits: the message is sent again as soon as it is back.
        """
        waiting = self.enqueue(topic, payload, qos, retain)
        self.wait(waiting)

    def enqueue(
        self, topic: str, payload: str | bytes, qos: int = 1, retain: bool = False
    ) -> paho.MQTTMessageInfo:
        """Hands a message over, to be waited for by `wait`. Raises DeliveryError where the broker is away."""
        if not self._connected.wait(_WAIT):
            # It was waited for already: what waits goes on as soon as it is back.
            raise DeliveryError(f"broker {self._shown}: {self._said or 'cannot be reached'}", after=0.0)
        try:
            return self._client.publish(topic, payload, qos, retain)
        except ValueError as error:  # larger than MQTT has it, or no topic
            raise DeliveryError(f"{topic}: {error}", again=False) from error

    def wait(self, message: paho.MQTTMessageInfo) -> None:
        """Returns when the broker has it."""
        while not self._closed.is_set():
            try:
                message.wait_for_publish(_TICK)
            except RuntimeError as error:  # it was not taken over: the connection was just lost
                if message.rc not in (paho.MQTT_ERR_NO_CONN, paho.MQTT_ERR_CONN_LOST):
                    raise DeliveryError(f"broker {self._shown}: {error}") from error
                time.sleep(_TICK)  # it is sent once the connection is back
            if message.is_published():
                return
        raise DeliveryError(f"broker {self._shown}: was closed")

    def tell(self, topic: str, payload: str | bytes, retain: bool = False) -> None:
        """Publishes without waiting, in any thread. What the broker does not get is lost."""
        self._client.publish(topic, payload, 1, retain)

    def close(self) -> None:
        """Says that we are gone, and ends."""
        if self._closed.is_set():
            return
        if self.is_connected and self.announces:
            last = self._client.publish(self.status_topic, OFFLINE, 1, True)
            end = time.monotonic() + _CLOSING
            while self.is_connected and not last.is_published() and time.monotonic() < end:
                time.sleep(0.01)
        self._closed.set()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def _shown(self) -> str:
        host, port = self._mqtt.address
        return f"{host}:{port}"

    def _connect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._complain(f"refused us: {reason}")
            return
        if self._said:
            log.warning("broker %s: is there again", self._shown)
            self._said = ""
        for topic in self._subscriptions:
            client.subscribe(topic, 1)
        if self.announces:
            client.publish(self.status_topic, ONLINE, 1, True)
        for callback in self._on_connected:
            callback()
        self._connected.set()

    def _failed(self, client: paho.Client, userdata: object) -> None:
        self._complain(f"cannot be reached: {self._client.fault}")

    def _disconnect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._connected.clear()
        if not self._closed.is_set() and not self._said:
            self._complain(f"was lost: {reason}")

    def _complain(self, reason: str) -> None:
        if reason != self._said:
            log.error("broker %s: %s; trying again", self._shown, reason)
        self._said = reason

    def _message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        for topic, received in self._subscriptions.items():
            if paho.topic_matches_sub(topic, message.topic):
                received(message.topic, bytes(message.payload))
