"""The command beside a real broker and a server that answers as Frigate does."""

import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from numberplate.actions.mqtt.connection import Connection
from numberplate.cli import app
from numberplate.configuration import Mqtt
from numberplate.frigate import Bridge, Frigate
from numberplate.frigate import bridge as bridge_module
from numberplate.frigate.memory import Memory
from numberplate.reading.cascade import Cascade
from numberplate.sightings import Sightings

from .conftest import TEXT, Broker, FakeFrigate, changed, free_port, snapshot, stored, wait_until

EVENT = "1607123955.475377-mxklsc"

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start(broker: Broker, frigate: FakeFrigate, weights: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts the command, and waits until it listens."""
    started: list[tuple[subprocess.Popen, int]] = []

    def run(*options: object, ends: int = 0) -> subprocess.Popen:
        command = [sys.executable, "-c", "from numberplate.cli import main; main()", "frigate", frigate.url]
        given = [
            "--broker",
            f"127.0.0.1:{broker.port}",
            "--weights",
            weights,
            "--min-confidence",
            0.5,
            *options,
        ]
        with (tmp_path / "log").open("a") as log:
            environment = os.environ | {"PYTHONUNBUFFERED": "1", "XDG_DATA_HOME": str(tmp_path / "data")}
            process = subprocess.Popen([*command, *map(str, given)], stdout=log, stderr=log, env=environment)
        started.append((process, ends))
        online = ("numberplate/frigate/status", "online")
        wait_until(lambda: process.poll() is not None or online in [m[:2] for m in broker.messages])
        assert process.poll() is None, (tmp_path / "log").read_text()
        return process

    yield run
    for process, ends in started:
        process.terminate()
        assert process.wait(30) == ends


def test_a_snapshot_is_read_and_told(start: Start, broker: Broker, frigate: FakeFrigate) -> None:
    frigate.snapshots[EVENT] = snapshot()
    start("--region", "gb")
    broker.publish("frigate/events", changed(label="school_bus"))
    wait_until(broker.plates)
    (plate,) = broker.plates()
    # As frigate_plate_recognizer has it.
    assert list(plate) == [
        *("plate_number", "score", "frigate_event_id", "camera_name", "start_time"),
        "is_watched_plate",
    ]
    assert (plate["plate_number"], plate["frigate_event_id"]) == (TEXT, EVENT)
    assert (plate["camera_name"], plate["is_watched_plate"]) == ("driveway", False)
    assert 0.5 < plate["score"] <= 1
    (label,) = frigate.told("sub_label")
    assert label == {"subLabel": TEXT, "subLabelScore": plate["score"], "camera": "driveway"}
    (said,) = frigate.told("recognized_license_plate")
    assert said == {"recognizedLicensePlate": TEXT, "recognizedLicensePlateScore": plate["score"]}
    assert all(path.startswith(f"/api/events/{EVENT}/") for path, _ in frigate.posted)
    # What changes nothing is told to nobody.
    broker.publish("frigate/events", changed("update", sub_label=[TEXT, 0.9]))
    broker.publish("frigate/events", changed("end", sub_label=[TEXT, 0.9]))
    asked = len(frigate.asked)
    broker.publish("frigate/events", changed("new", id="2.5-other"))
    wait_until(lambda: any("2.5-other" in path for path in frigate.asked[asked:]))
    assert len(broker.plates()) == 1


def test_the_last_plate_is_kept_by_the_broker_unless_told_not_to(
    start: Start, broker: Broker, frigate: FakeFrigate
) -> None:
    import paho.mqtt.subscribe as subscribe

    frigate.snapshots[EVENT] = snapshot()
    start("--result-topic", "plates")
    broker.publish("frigate/events", changed())
    wait_until(lambda: frigate.told("sub_label"))
    late = subscribe.simple("frigate/plates", hostname="127.0.0.1", port=broker.port)
    assert json.loads(late.payload)["plate_number"] == TEXT


def test_a_clip_is_watched_where_snapshots_leave_a_doubt(
    start: Start, broker: Broker, frigate: FakeFrigate, clip: bytes
) -> None:
    frigate.snapshots[EVENT] = snapshot(None)
    start()
    broker.publish("frigate/events", changed("update"))
    broker.publish("frigate/events", changed("end", has_clip=True))
    # Frigate writes the clip a moment later.
    wait_until(lambda: any("clip.mp4" in path for path in frigate.asked))
    assert broker.plates() == []
    frigate.clips[EVENT] = clip
    wait_until(broker.plates)
    assert broker.plates()[0]["plate_number"] == TEXT
    assert frigate.told("recognized_license_plate")[0]["recognizedLicensePlate"] == TEXT


def test_other_events_are_passed_over(start: Start, broker: Broker, frigate: FakeFrigate) -> None:
    start("--camera", "driveway", "--zone", "gate")
    for i, other in enumerate(
        [
            {"label": "person"},
            {"camera": "garden"},
            {"current_zones": [], "entered_zones": ["street"]},
            {"false_positive": True},
        ]
    ):
        frigate.snapshots[f"{i}.0-x"] = snapshot()
        broker.publish("frigate/events", changed(id=f"{i}.0-x", **other))
    broker.publish("frigate/events", b"no JSON")
    broker.publish("frigate/events", changed(id="../x"))
    frigate.snapshots[EVENT] = snapshot()
    broker.publish("frigate/events", changed())
    wait_until(broker.plates)
    assert {path.split("/")[3] for path in frigate.asked if path.startswith("/api/events/")} == {EVENT}


def test_a_plate_that_frigate_sees_is_looked_at_again(
    start: Start, broker: Broker, frigate: FakeFrigate
) -> None:
    frigate.snapshots[EVENT] = snapshot(None)
    start()
    broker.publish("frigate/events", changed())
    wait_until(lambda: any("snapshot.jpg" in path for path in frigate.asked))
    frigate.snapshots[EVENT] = snapshot()
    seen = {"type": "lpr", "id": EVENT, "camera": "driveway", "plate": "AB12E", "name": "Ann", "score": 0.7}
    broker.publish("frigate/tracked_object_update", seen)
    wait_until(broker.plates)
    # The name of a plate that Frigate knows stays.
    assert frigate.told("sub_label") == []
    assert frigate.told("recognized_license_plate")[0]["recognizedLicensePlate"] == TEXT


def test_an_old_frigate_and_one_that_asks_who_one_is(
    start: Start, broker: Broker, frigate: FakeFrigate, tmp_path: Path
) -> None:
    frigate.old, frigate.user = True, {"user": "reader", "password": "s3cret"}
    frigate.snapshots[EVENT] = snapshot()
    (tmp_path / "password").write_text("s3cret\n")
    start("--user", "reader", "--password-file", tmp_path / "password")
    broker.publish("frigate/events", changed())
    wait_until(broker.plates)
    assert len(frigate.told("sub_label")) == 1
    assert "s3cret" not in (tmp_path / "log").read_text()


def test_vehicles_are_kept_and_watched(
    start: Start, broker: Broker, frigate: FakeFrigate, tmp_path: Path
) -> None:
    database = tmp_path / "gate.db"
    with Sightings(database) as store:
        store.watch_list.add(TEXT, "alert", note="stolen")
    frigate.snapshots[EVENT] = snapshot()
    process = start("--database", database)
    broker.publish("frigate/events", changed("end"))
    wait_until(broker.plates)
    # A broker may bring a message twice, at once or later; the event began long ago.
    broker.publish("frigate/events", changed("end"))
    broker.publish("frigate/events", changed("end"))
    broker.publish("frigate/events", changed("new", id="2.5-other"))
    wait_until(lambda: any("2.5-other" in path for path in frigate.asked))
    (plate,) = broker.plates()
    assert (plate["is_watched_plate"], plate["original_plate"], plate["fuzzy_score"]) == (True, TEXT, None)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert ("numberplate/frigate/status", "offline") in [m[:2] for m in broker.messages]
    with Sightings(database) as store:
        (kept,) = store.search().sightings
        assert (kept.text, kept.source, kept.first_seen.year) == (TEXT, "driveway", 2020)
        assert [hit.note for hit in kept.hits] == ["stolen"]
        assert store.picture(kept.id, "frame") is not None


def test_a_plate_that_is_nearly_one_of_a_watch_list(
    start: Start, broker: Broker, frigate: FakeFrigate, tmp_path: Path
) -> None:
    with Sightings(tmp_path / "gate.db") as store:
        store.watch_list.add("WB123", "alert", distance=1)
    frigate.snapshots[EVENT] = snapshot()
    start("--database", tmp_path / "gate.db")
    broker.publish("frigate/events", changed("end"))
    wait_until(broker.plates)
    (plate,) = broker.plates()
    assert (plate["is_watched_plate"], plate["original_plate"]) == (True, TEXT)
    assert plate["fuzzy_score"] == 0.8  # one of five characters is off


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "expected the broker"),
        (["--broker", "localhost:no"], "port"),
        (["--broker", "localhost", "--region", "xx"], "no region 'xx'"),
        (["--broker", "localhost", "--topic", "a/#"], "without wildcards"),
        (["--broker", "localhost", "--missed", "long"], "'long' is not an age"),
        (["--broker", "localhost", "--missed", "99999w"], "missed_for: expected seconds, a century at most"),
        (["--config", "none.toml"], "none.toml"),
        (["--broker", "localhost", "--config", "none.toml"], "--config: names the broker by itself"),
        (["--broker-user", "ann", "--config", "none.toml"], "--config: names the broker by itself"),
        (["--broker-password-file", "none", "--config", "none.toml"], "--config: names the broker by itself"),
        (["--broker", "localhost", "--broker-password-file", "none"], "username: is missing"),
    ],
)
def test_what_is_wrong_is_said(options: list[str], reason: str) -> None:
    done = CliRunner().invoke(app, ["frigate", "http://localhost:5000", *options])
    assert done.exit_code in (1, 2)
    assert reason in " ".join(done.stderr.split())
    assert isinstance(done.exception, SystemExit)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    done = CliRunner().invoke(app, ["frigate", "http://ann:S3CRET@localhost", "--broker", "localhost"])
    assert done.exit_code == 1
    assert "http://localhost: its user and password are given apart" in " ".join(done.stderr.split())
    assert "S3CRET" not in done.output


def test_what_is_not_kept_is_told_by_the_exit_code(
    start: Start, broker: Broker, frigate: FakeFrigate, tmp_path: Path
) -> None:
    frigate.snapshots[EVENT] = snapshot()
    process = start("--database", tmp_path / "gate.db", ends=1)
    with closing(sqlite3.connect(tmp_path / "gate.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        broker.publish("frigate/events", changed("end"))
        wait_until(lambda: list(tmp_path.glob("gate.db-waiting/*")))
        process.terminate()
        assert process.wait(60) == 1
    assert "1 sightings wait in" in (tmp_path / "log").read_text()


def test_events_that_were_missed_are_asked_for_and_read_once(
    start: Start, broker: Broker, frigate: FakeFrigate, tmp_path: Path
) -> None:
    begun = time.time()
    process = start("--database", tmp_path / "gate.db", "--camera", "driveway")
    frigate.snapshots |= {id: snapshot() for id in ("1.0-seen", "2.0-missed", "3.0-late", "4.0-under")}
    broker.publish("frigate/events", changed(id="1.0-seen", start_time=begun))
    wait_until(broker.plates)
    broker.publish("frigate/events", changed("end", id="1.0-seen", start_time=begun))
    # It is away while two vehicles come and go, and one stays.
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    now = time.time()
    frigate.events = [
        stored("0.0-old", begun - 90_000, begun - 89_000),
        stored("1.0-seen", begun, now),
        stored("2.0-missed", now - 4, now - 1),
        stored("3.0-late", begun - 5, now - 100),
        stored("4.0-under", now - 2, None),
        stored("5.0-person", now - 3, now, label="person"),
        stored("6.0-garden", now - 3, now, camera="garden"),
        stored("7.0-false", now - 3, now, false_positive=True),
        stored("../x", now, now),
    ]
    broker.messages.clear()
    process = start("--database", tmp_path / "gate.db", "--camera", "driveway")
    wait_until(lambda: len(frigate.told("recognized_license_plate")) == 4)
    # What ended long ago is told to Frigate alone: nobody is to open a gate by it.
    wait_until(lambda: len(broker.plates()) == 2)
    assert [p["frigate_event_id"] for p in broker.plates()] == ["2.0-missed", "4.0-under"]
    # Its broker was away, and is there again.
    frigate.events.append(stored("8.0-then", time.time() - 3, time.time()))
    frigate.snapshots["8.0-then"] = snapshot()
    broker.publish("frigate/available", b"online")
    wait_until(lambda: len(broker.plates()) == 3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    read = [path.split("/")[3] for path in frigate.asked if "snapshot.jpg" in path]
    assert {*read} == {"1.0-seen", "2.0-missed", "3.0-late", "4.0-under", "8.0-then"}
    with Sightings(tmp_path / "gate.db") as store:
        assert store.count() == 4  # one is under way still


def test_a_broker_that_is_restarted(start: Start, broker: Broker, frigate: FakeFrigate) -> None:
    start()
    broker.messages.clear()
    broker.stop()
    # A vehicle comes and goes meanwhile: of it no message is ever sent again.
    now = time.time()
    frigate.events = [stored("1.0-meanwhile", now, now + 1)]
    frigate.snapshots = {"1.0-meanwhile": snapshot(), EVENT: snapshot()}
    broker.start()
    wait_until(broker.plates)
    assert ("numberplate/frigate/status", "online") in [m[:2] for m in broker.messages]
    broker.publish("frigate/events", changed())
    wait_until(lambda: len(broker.plates()) == 2)
    assert [p["frigate_event_id"] for p in broker.plates()] == ["1.0-meanwhile", EVENT]


def test_many_missed_events_and_a_frigate_that_lets_nobody_in_at_first(
    start: Start, broker: Broker, frigate: FakeFrigate, tmp_path: Path
) -> None:
    process = start()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    now = time.time()
    frigate.events = [stored(f"{i}.0-x", now + i / 100, now + 9, has_snapshot=False) for i in range(230)]
    frigate.events.append(stored(EVENT, now + 8, now + 9))
    frigate.snapshots[EVENT] = snapshot()
    frigate.user = {"user": "reader", "password": "s3cret"}
    (tmp_path / "password").write_text("s3cret\n")
    frigate.asked.clear()
    start("--user", "reader", "--password-file", tmp_path / "password")
    wait_until(broker.plates)
    pages = [path for path in frigate.asked if path.startswith("/api/events?")]
    assert len(pages) == 4  # the first was refused, and three hold 231 events


def test_what_was_missed_is_not_asked_for_where_nobody_wants_it(
    start: Start, broker: Broker, frigate: FakeFrigate
) -> None:
    frigate.snapshots[EVENT] = snapshot()
    start("--missed", "0s")
    broker.publish("frigate/events", changed())
    wait_until(broker.plates)
    assert not any(path.startswith("/api/events?") for path in frigate.asked)


@pytest.fixture
def run_bridge(
    broker: Broker, weights: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[..., None]]:
    """Runs a bridge that knows since when it has missed events, until it has said something of them."""
    caplog.set_level(logging.INFO, "numberplate.frigate")

    def run(url: str, times: int) -> None:
        memory = Memory()
        memory.start(datetime.now(UTC))
        connection = Connection(
            Mqtt.model_validate({"host": "127.0.0.1", "port": broker.port, "topic": "x", "client_id": "x"})
        )
        bridge = Bridge(connection, Frigate(url), Cascade(weights, 1), memory=memory)
        thread = threading.Thread(target=bridge.run)
        thread.start()
        try:
            wait_until(lambda: len(caplog.records) >= times or not thread.is_alive())
            assert thread.is_alive()
        finally:
            bridge.close()
            thread.join(30)

    return run


def test_a_frigate_that_is_away_for_days_is_asked_again(
    run_bridge: Callable[..., None], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_module, "_LONGEST_ASKING", 0.0)
    run_bridge(f"http://127.0.0.1:{free_port()}", 1100)
    first, again = caplog.records[0], caplog.records[-1]
    assert (first.levelname, again.levelname) == ("WARNING", "INFO")
    assert "Connection refused; asking again in 0 s" in again.getMessage()


def test_a_frigate_that_lets_nobody_in_is_not_said_to_be_asked_again_soon(
    run_bridge: Callable[..., None], caplog: pytest.LogCaptureFixture, frigate: FakeFrigate
) -> None:
    frigate.user = {"user": "reader", "password": "s3cret"}
    run_bridge(frigate.url, 1)
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.endswith("status 401; asking again once Frigate or the broker has been away")
