"""MQTT with a real broker: what is published, that nothing is lost, and that nothing stays."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from numberplate.actions import Actions, DeliveryError
from numberplate.sightings import Sightings

from ..sightings.conftest import sighting
from .conftest import Broker, Subscriber, Wire, at_work, certificate, configuration, has_mosquitto, wait_until
from .test_webhook import now

CAMERA = {"name": "Gate 1", "source": "rtsp://camera/stream"}


def mqtt(broker: Broker, **keys: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": broker.port, **keys}


def test_every_sighting_is_published_with_what_it_hit(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    store.watch_list.add("AB12CDE", "alert", note="stolen")
    lists = [{"name": "stolen ones", "kind": "alert", "plates": ["AB12CDE"]}]
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA], watch_list=lists):
        one = store.add(now(source="Gate 1"))
        (event,) = subscriber.wait("numberplate/gate_1/event")
        (whole,) = subscriber.wait("numberplate/gate_1/sighting")
    assert whole.json()["sighting"]["text"] == "AB12CDE"
    assert whole.json()["lists"] == ["alert", "stolen ones"]
    assert event.json()["event_type"] == "alert"
    assert event.json()["notes"] == ["stolen"]
    assert event.json()["id"] == whole.json()["id"]
    assert subscriber.of("numberplate/gate_1/crop")[0].payload == store.picture(one.id, "crop")
    on = {m.topic: m.payload for m in subscriber.messages if "/list/" in m.topic}
    assert on["numberplate/gate_1/list/stolen_ones"] == on["numberplate/gate_1/list/alert"] == b"ON"
    assert on["numberplate/gate_1/list/allow"] == b"OFF"
    topics = [message.topic for message in subscriber.messages]
    assert topics.index("numberplate/gate_1/last") < topics.index("numberplate/gate_1/event")
    assert not any(m.retain for m in subscriber.messages if "gate_1" in m.topic and "config" not in m.topic)


def test_a_plate_is_cleared_after_its_time_and_never_retained(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    with at_work(store, mqtt=mqtt(broker, clear_after="1s"), camera=[CAMERA]):
        subscriber.wait("numberplate/gate_1/last")  # cleared as it begins
        store.add(now(source="Gate 1"))
        began = time.monotonic()
        states = subscriber.wait("numberplate/gate_1/last", 3)
        assert time.monotonic() - began >= 1
        late = Subscriber(broker.port, "numberplate/gate_1/#")
        time.sleep(0.3)
        late.close()
    assert [state.json()["text"] for state in states] == [None, "AB12CDE", None]
    assert not any(message.retain for message in late.messages)


def test_a_plate_stays_for_its_time_when_home_assistant_starts(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    with at_work(store, mqtt=mqtt(broker, clear_after="8s"), camera=[CAMERA]):
        store.add(now(source="Gate 1"))
        wait_until(lambda: any(b"AB12CDE" in m.payload for m in subscriber.of("numberplate/gate_1/last")))
        began = time.monotonic()
        subscriber.client.publish("homeassistant/status", "online")
        wait_until(lambda: subscriber.of("numberplate/gate_1/last")[-1].json() == {"text": None})
        assert time.monotonic() - began > 6


def test_an_old_sighting_is_published_but_sets_nothing_off(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    old = datetime.now(UTC) - timedelta(minutes=10)
    with at_work(store, mqtt=mqtt(broker, max_age="1m"), camera=[CAMERA]):
        store.add(sighting("OLD1234", source="Gate 1", first_seen=old, last_seen=old))
        store.add(now(source="Gate 1", text="NEW1234"))
        events = subscriber.wait("numberplate/gate_1/event")
        published = subscriber.wait("numberplate/gate_1/sighting", 2)
    assert [m.json()["sighting"]["text"] for m in published] == ["OLD1234", "NEW1234"]
    assert [m.json()["text"] for m in events] == ["NEW1234"]


def test_nothing_is_lost_and_nothing_out_of_order_while_the_broker_is_away(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA]):
        store.add(now(source="Gate 1", text="AA00"))
        subscriber.wait("numberplate/gate_1/sighting")
        broker.stop()
        for i in range(1, 10):
            store.add(now(source="Gate 1", text=f"AA{i:02d}"))
        time.sleep(0.5)
        broker.start()
        subscriber.wait("numberplate/gate_1/sighting", 10)
        wait_until(lambda: store.progress.after("mqtt: every sighting") == store.last_id())
    found = {
        m.json()["id"]: m.json()["sighting"]["text"] for m in subscriber.of("numberplate/gate_1/sighting")
    }
    assert list(found.values()) == [f"AA{i:02d}" for i in range(10)]  # those that came twice have one id


GATE = {
    "name": "open",
    "opens": True,
    "when": {"min_confidence": 0.8, "max_age": "3s"},
    "mqtt": {"topic": "gate/open", "payload": "{text}"},
}


def test_what_opens_is_sent_no_more_when_a_broker_that_took_it_in_silence_is_back(
    store: Sightings, wire: Wire, subscriber: Subscriber
) -> None:
    settings = {"host": "127.0.0.1", "port": wire.port, "publish": False}
    with at_work(store, mqtt=settings, action=[GATE]):
        store.add(now(text="FIRST11"))
        subscriber.wait("gate/open")
        wire.cut = True
        late = store.add(now(text="LATE111"))
        wait_until(store.progress.failures)
        wire.mend()
        wait_until(lambda: [m.payload for m in subscriber.of("numberplate/status")].count(b"online") == 2)
        store.add(now(text="THIRD11"))
        subscriber.wait("gate/open", 2)
    assert [m.payload for m in subscriber.of("gate/open")] == [b"FIRST11", b"THIRD11"]
    (failure,) = store.progress.failures()
    assert failure.sighting_id == late.id
    assert "later than max_age" in failure.reason
    assert "did not confirm it in time" in failure.reason


def test_no_plate_is_shown_when_the_broker_is_back_much_later(
    store: Sightings, wire: Wire, subscriber: Subscriber
) -> None:
    settings = {"host": "127.0.0.1", "port": wire.port, "max_age": "3s"}
    with at_work(store, mqtt=settings, camera=[CAMERA]):
        subscriber.wait("numberplate/gate_1/last")
        wire.cut = True
        store.add(now(source="Gate 1"))
        time.sleep(4)
        wire.mend()
        (message,) = subscriber.wait("numberplate/gate_1/sighting")  # nothing is lost
        wait_until(lambda: store.progress.after("mqtt: every sighting") == store.last_id())
    assert message.json()["sighting"]["text"] == "AB12CDE"
    assert subscriber.of("numberplate/gate_1/event") == []
    assert {m.json()["text"] for m in subscriber.of("numberplate/gate_1/last")} == {None}


def test_what_waits_does_not_grow_with_connections_that_are_lost(store: Sightings, tmp_path: Path) -> None:
    """Such as with a broker that ends them over a message that is not allowed."""
    counts: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            with suppress(OSError):  # until it is closed
                while True:
                    end, _ = listener.accept()
                    with end, end.makefile("rb") as sent:
                        end.settimeout(0.5)
                        counts.append(0)
                        with suppress(OSError):
                            for kind in packets(sent):
                                counts[-1] += kind == PUBLISH
                                if kind == CONNECT:
                                    end.sendall(b"\x20\x02\x00\x00")  # it is taken, and nothing after it

        threading.Thread(target=serve, daemon=True).start()
        with at_work(store, mqtt={"host": "127.0.0.1", "port": port}, camera=[CAMERA]):
            wait_until(lambda: len(counts) > 3)
    assert counts[0] > 0
    assert counts[0] == counts[1] == counts[2]


CONNECT, PUBLISH = 1, 3


def packets(sent: BinaryIO) -> Iterator[int]:
    """The kinds of the packets that a client sends."""
    while first := sent.read(1):
        size = shift = 0
        while True:
            (more,) = sent.read(1)
            size |= (more & 127) << shift
            shift += 7
            if more < 128:
                break
        sent.read(size)
        yield first[0] >> 4


def test_a_message_that_is_withdrawn_is_not_sent(wire: Wire, subscriber: Subscriber) -> None:
    from numberplate.actions.mqtt.connection import Connection
    from numberplate.configuration import Mqtt

    connection = Connection(Mqtt.model_validate({"host": "127.0.0.1", "port": wire.port}))
    connection.start()
    connection.publish("gate", "before")
    wire.cut = True
    withdrawn = connection.enqueue("gate", "late")
    connection.withdraw(withdrawn)
    wire.mend()
    wait_until(lambda: connection.is_connected)
    connection.publish("gate", "after")
    subscriber.wait("gate", 2)
    assert [m.payload for m in subscriber.of("gate")] == [b"before", b"after"]
    connection.close()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_connection_that_is_lost_at_any_moment_ends_no_publisher(broker: Broker, qos: int) -> None:
    from numberplate.actions.mqtt.connection import Connection
    from numberplate.configuration import Mqtt

    connection = Connection(Mqtt.model_validate(mqtt(broker)))
    connection.start()
    ended, confirmed, faults = threading.Event(), [0], []

    def publish() -> None:
        while not ended.is_set():
            try:
                connection.publish("a", "b", qos)
                confirmed[0] += 1
            except DeliveryError as error:
                faults.append(error)

    thread = threading.Thread(target=publish)
    thread.start()
    for _ in range(3):
        before = confirmed[0]
        wait_until(lambda before=before: confirmed[0] > before + 20)
        broker.stop()
        broker.start()
    before = confirmed[0]
    wait_until(lambda: confirmed[0] > before + 20)
    ended.set()
    thread.join(10)
    assert not thread.is_alive()
    assert all(fault.again for fault in faults)
    connection.close()


def test_what_was_deleted_while_the_broker_was_away_is_delivered_no_more(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    with at_work(store, mqtt=mqtt(broker), camera=[CAMERA]):
        store.add(now(source="Gate 1", text="AA00"))
        subscriber.wait("numberplate/gate_1/sighting")
        broker.stop()
        ids = [store.add(now(source="Gate 1", text=f"AA{i:02d}")).id for i in range(1, 4)]
        time.sleep(0.5)
        store.delete(ids[1:2])  # the first may be on its way
        broker.start()
        wait_until(lambda: store.progress.after("mqtt: every sighting") == ids[-1])
    found = [m.json()["sighting"]["text"] for m in subscriber.of("numberplate/gate_1/sighting")]
    assert list(dict.fromkeys(found)) == ["AA00", "AA01", "AA03"]


def test_a_rule_publishes_a_message_of_its_own(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    action = {
        "name": "open",
        "opens": True,
        "when": {"list": "allow", "min_confidence": 0.8},
        "mqtt": {"topic": "gates/{camera}/open", "payload": "OPEN {text}"},
    }
    store.watch_list.add("AB12CDE", "allow")
    settings = mqtt(broker, publish=False)
    with at_work(store, mqtt=settings, camera=[CAMERA | {"name": "Gate"}], action=[action]):
        store.add(now(source="Gate", text="XY99ZZZ"))
        store.add(now(source="Gate#/+", text="AB12CDE"))
        (message,) = subscriber.wait("gates/Gate___/open")
    assert message.payload == b"OPEN AB12CDE"
    assert not any("sighting" in m.topic for m in subscriber.messages)


def test_who_is_away_is_said_to_be_so(store: Sightings, broker: Broker, subscriber: Subscriber) -> None:
    with at_work(store, mqtt=mqtt(broker)):
        assert subscriber.wait("numberplate/status")[0].payload == b"online"
    assert subscriber.wait("numberplate/status", 2)[1].payload == b"offline"
    late = Subscriber(broker.port, "numberplate/status")
    assert [(m.payload, m.retain) for m in late.wait("numberplate/status")] == [(b"offline", True)]
    late.close()


FOLLOW = """
import sys
from pathlib import Path
from numberplate.actions import Actions
from numberplate.configuration import Configuration
from numberplate.sightings import Sightings
tables = {"mqtt": {"host": "127.0.0.1", "port": int(sys.argv[2])}}
Actions(Configuration.model_validate(tables), Sightings(sys.argv[1])).run()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_loses_nothing_and_the_broker_says_that_we_are_gone(
    store: Sightings, broker: Broker, subscriber: Subscriber, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", FOLLOW, str(tmp_path / "sightings.db"), str(broker.port)]
    texts = [f"AB{i:03d}" for i in range(30)]
    process = subprocess.Popen(command)
    subscriber.wait("numberplate/status")
    wait_until(lambda: store.progress.after("mqtt: every sighting") is not None)
    for text in texts:
        store.add(now(text=text))
        if text == "AB015":
            process.send_signal(signal.SIGKILL)
            process.wait()
            wait_until(lambda: subscriber.of("numberplate/status")[-1].payload == b"offline")
            process = subprocess.Popen(command)
    try:
        wait_until(lambda: store.progress.after("mqtt: every sighting") == store.last_id())
        subscriber.wait("numberplate/gate/sighting", 30)
    finally:
        process.terminate()
        process.wait()
    came = [m.json() for m in subscriber.of("numberplate/gate/sighting")]
    assert list({m["id"]: m["sighting"]["text"] for m in came}.values()) == texts


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Broker]:
    """A broker that speaks TLS and wants a password."""
    if not Path("/usr/bin/mosquitto_passwd").exists():
        pytest.skip("needs mosquitto_passwd, which comes with mosquitto")
    certificate(tmp_path)
    passwords = tmp_path / "passwords"
    subprocess.run(["/usr/bin/mosquitto_passwd", "-c", "-b", str(passwords), "np", "S3CRET"], check=True)
    lines = f"certfile {tmp_path}/cert.pem\nkeyfile {tmp_path}/key.pem\nallow_anonymous false\n"
    one = Broker(tmp_path, f"{lines}password_file {passwords}")
    one.start()
    yield one
    one.stop()


# paho 2.2 leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
def test_tls_and_a_password_from_a_file(
    store: Sightings, locked: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("paho.mqtt.client")
    from numberplate.actions.mqtt.connection import Connection
    from numberplate.configuration import Mqtt

    (tmp_path / "password").write_text("S3CRET\n")
    keys = {
        "tls": True,
        "ca_file": tmp_path / "cert.pem",
        "username": "np",
        "password_file": tmp_path / "password",
    }
    good = Connection(Mqtt.model_validate(mqtt(locked, **keys)))
    good.start()
    good.publish("a", "b")
    good.close()
    (tmp_path / "password").write_text("wrong\n")
    for changes, reason in (
        ({}, "Not authorized"),
        ({"ca_file": None}, "certificate verify failed"),
    ):
        bad = Connection(Mqtt.model_validate(mqtt(locked, **{**keys, **changes})))
        bad.start()
        with pytest.raises(DeliveryError, match=reason):
            bad.publish("a", "b")
        bad.close()
    assert "S3CRET" not in caplog.text


def test_a_client_certificate_in_place_of_a_password(tmp_path: Path) -> None:
    pytest.importorskip("paho.mqtt.client")
    from numberplate.actions.mqtt.connection import Connection
    from numberplate.configuration import Mqtt

    if not has_mosquitto():
        pytest.skip("needs mosquitto, which .ci/run installs")
    certificate(tmp_path)
    files = f"certfile {tmp_path}/cert.pem\nkeyfile {tmp_path}/key.pem\ncafile {tmp_path}/cert.pem\n"
    broker = Broker(tmp_path, f"{files}require_certificate true\nuse_identity_as_username true")
    broker.start()
    keys = {"tls": True, "ca_file": tmp_path / "cert.pem"}
    ours = {"client_certificate": tmp_path / "cert.pem", "client_key": tmp_path / "key.pem"}
    good = Connection(Mqtt.model_validate(mqtt(broker, **keys, **ours)))
    bad = Connection(Mqtt.model_validate(mqtt(broker, **keys)))
    try:
        good.start()
        good.reach()
        good.publish("a", "b")
        bad.start()
        with pytest.raises(DeliveryError):
            bad.publish("a", "b")
        (tmp_path / "key.pem").write_text("none")
        with pytest.raises(ValueError, match=r"cert\.pem, .*key\.pem: "):
            Connection(Mqtt.model_validate(mqtt(broker, **keys, **ours)))
        missing = {"tls": True, "ca_file": tmp_path / "ca.pem"}
        with pytest.raises(ValueError, match=r"/ca\.pem: No such file"):
            Connection(Mqtt.model_validate(mqtt(broker, **missing, **ours)))
    finally:
        good.close()
        bad.close()
        broker.stop()


def test_an_action_is_tried_without_a_vehicle(
    store: Sightings, broker: Broker, wire: Wire, subscriber: Subscriber
) -> None:
    wire.delay = 2.0  # of a broker that is far away
    settings = mqtt(broker) | {"port": wire.port}
    actions = Actions(configuration(mqtt=settings, camera=[CAMERA]), store)
    with actions.connected():
        delivery = actions.test("mqtt: every sighting")
    (message,) = subscriber.wait("numberplate/gate_1/sighting")
    value = json.loads(message.payload)
    assert value["test"] is True
    assert value["id"] == delivery.id


def test_what_another_program_tries_is_cleared_too(
    store: Sightings, broker: Broker, subscriber: Subscriber
) -> None:
    settings = mqtt(broker, clear_after="1s")
    with at_work(store, mqtt=settings, camera=[CAMERA]):
        subscriber.wait("numberplate/gate_1/last")
        other = Actions(configuration(mqtt=settings, camera=[CAMERA]), store, name="-other")
        with other.connected():
            other.test("mqtt: every sighting")
        wait_until(lambda: len([m for m in subscriber.of("numberplate/gate_1/last") if b"TEST" in m.payload]))
        wait_until(lambda: subscriber.of("numberplate/gate_1/last")[-1].json() == {"text": None})
