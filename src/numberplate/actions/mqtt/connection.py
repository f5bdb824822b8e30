"""One connection to the broker, made again whenever it is lost."""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

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
_FIRST = 10.0
"""Seconds in which a first connection may be made; TLS over a slow line takes a few."""

_LOST = (paho.MQTT_ERR_NO_CONN, paho.MQTT_ERR_CONN_LOST)

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


@dataclass(frozen=True)
class Sent:
    """A message that is on its way. `session`: counts the connections that its client has had."""

    message: paho.MQTTMessageInfo
    client: paho.Client
    session: int
    qos: int


@dataclass(frozen=True)
class _Told:
    """What was published last to a topic without being waited for."""

    client: paho.Client
    payload: str | bytes
    retain: bool
    message: paho.MQTTMessageInfo


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
        self._session = 0
        self._renewing = threading.Lock()
        self._told: dict[str, _Told] = {}
        self._telling = threading.Lock()
        self._on_connected: list[Callable[[], None]] = []
        self._subscriptions: dict[str, Received] = {}
        self._name = f"{mqtt.client_id}{suffix}"
        self._password = None if mqtt.password_file is None else read_secret(mqtt.password_file)
        self._context = _context(mqtt) if mqtt.tls else None
        self._client = self._made()

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
        self._begin()

    def reach(self) -> None:
        """Returns once it is connected, or once it is known why it is not."""
        end = time.monotonic() + _FIRST
        while not (self._said or self._connected.wait(_TICK)) and time.monotonic() < end:
            pass

    def publish(
        self,
        topic: str,
        payload: str | bytes,
        qos: int = 1,
        retain: bool = False,
        until: datetime | None = None,
    ) -> None:
        """Returns when the broker has it. Raises DeliveryError where it is away, or where we end.

        With a broker that goes away in between, this waits: the message is sent again as soon as it is back,
        but not after `until`.
        """
        waiting = self.enqueue(topic, payload, qos, retain, until)
        self.wait(waiting, until)

    def enqueue(
        self,
        topic: str,
        payload: str | bytes,
        qos: int = 1,
        retain: bool = False,
        until: datetime | None = None,
    ) -> Sent:
        """Hands a message over, to be waited for by `wait`.

        Raises DeliveryError where the broker is away, and after `until`.
        """
        if not self._connected.wait(_WAIT):
            # It was waited for already: what waits goes on as soon as it is back.
            raise DeliveryError(f"broker {self._shown}: {self._said or 'cannot be reached'}", after=0.0)
        if until is not None and datetime.now(UTC) >= until:
            raise DeliveryError(f"broker {self._shown}: was there too late")
        client, session = self._client, self._session
        try:
            with self._telling:
                self._told.pop(topic, None)
                message = client.publish(topic, payload, qos, retain)
        except ValueError as error:  # larger than MQTT has it, or no topic
            raise DeliveryError(f"{topic}: {error}", again=False) from error
        if qos == 0 and message.rc in _LOST:
            raise DeliveryError(f"broker {self._shown}: was lost", after=0.0)
        return Sent(_kept(message) if qos else message, client, session, qos)

    def wait(self, sent: Sent, until: datetime | None = None) -> None:
        """Returns when the broker has it.

        Raises DeliveryError where that is not to be had: where we end, where one of quality of service 0 is
        lost, and after `until`. Then the message is sent no more.
        """
        while not self._closed.is_set():
            try:
                sent.message.wait_for_publish(_TICK)
                if sent.message.is_published():
                    return
            except RuntimeError as error:
                raise DeliveryError(f"broker {self._shown}: {error}") from error
            if sent.client is not self._client:
                raise DeliveryError(f"broker {self._shown}: was connected anew", after=0.0)
            if sent.qos == 0 and not (self.is_connected and self._session == sent.session):
                raise DeliveryError(f"broker {self._shown}: was lost", after=0.0)
            if until is not None and datetime.now(UTC) >= until:
                self._renew(sent.client)
                raise DeliveryError(f"broker {self._shown}: did not confirm it in time")
        raise DeliveryError(f"broker {self._shown}: was closed")

    def withdraw(self, sent: Sent) -> None:
        """Sends it no more, nor what else is on its way with it, unless the broker has it."""
        if not sent.message.is_published():
            self._renew(sent.client)

    def tell(self, topic: str, payload: str | bytes, retain: bool = False) -> None:
        """Publishes without waiting, in any thread. While the broker is away, it is lost."""
        client = self._client
        if not client.is_connected():
            return  # the client would keep all that is told until then
        with self._telling:
            told = self._told.get(topic)
            # What was not confirmed is sent again by itself. Else there were more with each lost connection.
            if (
                told is not None
                and (told.client, told.payload, told.retain) == (client, payload, retain)
                and not told.message.is_published()
            ):
                return
            message = _kept(client.publish(topic, payload, 1, retain))
            self._told[topic] = _Told(client, payload, retain, message)

    def close(self) -> None:
        """Says that we are gone, and ends."""
        if self._closed.is_set():
            return
        if self.is_connected and self.announces:
            last = _kept(self._client.publish(self.status_topic, OFFLINE, 1, True))
            end = time.monotonic() + _CLOSING
            while self.is_connected and not last.is_published() and time.monotonic() < end:
                time.sleep(0.01)
        with self._renewing:  # no other client is begun then
            self._closed.set()
        self._client.disconnect()
        self._client.loop_stop()

    def _made(self) -> _Client:
        client = _Client(CallbackAPIVersion.VERSION2, client_id=self._name)
        if self._mqtt.username is not None:
            client.username_pw_set(self._mqtt.username, self._password)
        if self._context is not None:
            client.tls_set_context(self._context)
        if self.announces:
            client.will_set(self.status_topic, OFFLINE, qos=1, retain=True)
        client.reconnect_delay_set(_SHORTEST, _LONGEST)
        client.on_connect = self._connect
        client.on_connect_fail = self._failed
        client.on_disconnect = self._disconnect
        client.on_message = self._message
        return client

    def _begin(self) -> None:
        host, port = self._mqtt.address
        self._client.connect_async(host, port, _KEEP_ALIVE)
        self._client.loop_start()

    def _renew(self, old: paho.Client) -> None:
        """Another client: the old one would send what it has once the broker is back, however late."""
        with self._renewing:
            if old is not self._client or self._closed.is_set():
                return
            self._client = self._made()
            self._connected.clear()
            old.disconnect()
            # Its thread may have to wait for a broker that takes nothing.
            threading.Thread(target=old.loop_stop, name="broker parting", daemon=True).start()
            self._begin()

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
        if client is not self._client:
            return
        if reason.is_failure:
            self._complain(f"refused us: {reason}")
            return
        if self._said:
            log.warning("broker %s: is there again", self._shown)
            self._said = ""
        for topic in self._subscriptions:
            client.subscribe(topic, 1)
        if self.announces:
            self.tell(self.status_topic, ONLINE, retain=True)
        for callback in self._on_connected:
            callback()
        self._session += 1
        self._connected.set()

    def _failed(self, client: paho.Client, userdata: object) -> None:
        if client is self._client:
            self._complain(f"cannot be reached: {self._client.fault}")

    def _disconnect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if client is not self._client:
            return
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


def _kept(message: paho.MQTTMessageInfo) -> paho.MQTTMessageInfo:
    """A message that is to be confirmed, although the connection was lost just now.

    Its client keeps it and sends it when it is connected, but would say for ever that it did not.
    """
    if message.rc in _LOST:
        message.rc = MQTTErrorCode.MQTT_ERR_SUCCESS
    return message


def _context(mqtt: Mqtt) -> ssl.SSLContext:
    files: tuple[object, ...] = (mqtt.ca_file,)
    try:
        context = ssl.create_default_context(cafile=mqtt.ca_file)
        if mqtt.client_certificate is not None:
            files = mqtt.client_certificate, mqtt.client_key
            context.load_cert_chain(mqtt.client_certificate, mqtt.client_key)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"{', '.join(map(str, files))}: {error.strerror or error}") from error
    return context
