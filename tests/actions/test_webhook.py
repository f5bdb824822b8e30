"""Webhooks: three forms, signatures, and receivers that refuse or are away."""

import base64
import email
import email.policy
import json
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from numberplate.actions import Delivery, DeliveryError, follower
from numberplate.actions.sample import sample
from numberplate.actions.targets.webhook import WebhookTarget
from numberplate.configuration import Webhook as WebhookTable
from numberplate.results.plate import Region
from numberplate.sightings import Sightings, tables

from ..sightings.conftest import sighting
from .conftest import PATIENCE, Receiver, at_work, certificate, free_port, wait_until


def now(**changes: Any) -> Any:
    """A sighting of just now."""
    end = datetime.now(UTC)
    return sighting(first_seen=end - timedelta(seconds=2), last_seen=end, **changes)


def target(receiver: Receiver, **keys: Any) -> WebhookTarget:
    return WebhookTarget(WebhookTable.model_validate({"url": receiver.url, **keys}), ["gate"])


def stored(store: Sightings, **changes: Any) -> Delivery:
    one = store.add(sighting(**changes))
    return Delivery(
        "hook", one, tuple(hit.kind for hit in one.hits), lambda kind: store.picture(one.id, kind)
    )


def test_our_own_json(receiver: Receiver, store: Sightings) -> None:
    delivery = stored(store)
    target(receiver).deliver(delivery)
    (request,) = receiver.requests
    value = request.json()
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["webhook-id"] == value["id"] == delivery.id
    assert value["sighting"]["text"] == "AB12CDE"
    assert (value["action"], value["test"]) == ("hook", False)
    for kind in ("crop", "frame"):
        assert base64.b64decode(value[kind]) == store.picture(delivery.sighting.id, kind)
    target(receiver, pictures=False).deliver(delivery)
    assert "crop" not in receiver.requests[1].json()


def test_the_id_is_the_same_each_time_and_of_one_action_alone(store: Sightings) -> None:
    one = store.add(sighting())
    other = store.add(sighting())
    ids = [Delivery("a", one).id, Delivery("b", one).id, Delivery("a", other).id]
    assert len({*ids}) == 3
    again = store.get(one.id)
    assert again is not None
    assert Delivery("a", again).id == ids[0]


def test_the_signature_is_that_of_standard_webhooks(
    receiver: Receiver, store: Sightings, tmp_path: Path
) -> None:
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
    (tmp_path / "secret").write_text(f"{secret}\n")
    target(receiver, secret_file=tmp_path / "secret").deliver(stored(store))
    (request,) = receiver.requests
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert Webhook(secret).verify(request.body, headers)["sighting"]["text"] == "AB12CDE"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body.replace(b"AB12CDE", b"AB12CDF"), headers)
    (tmp_path / "secret").write_text("whsec_~")
    with pytest.raises(ValueError, match="base64"):
        target(receiver, secret_file=tmp_path / "secret")


def parts(request: Any) -> dict[str, Any]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


def test_plate_recognizer_streams_multipart(receiver: Receiver, store: Sightings) -> None:
    delivery = stored(store, text="GÖKX417")
    target(receiver, format="platerecognizer").deliver(delivery)
    found = parts(receiver.requests[0])
    assert {*found} == {"json", "upload"}
    assert found["upload"].get_content() == store.picture(delivery.sighting.id, "frame")
    value = json.loads(found["json"].get_content())
    assert value["hook"]["event"] == "recognition"
    assert value["hook"]["id"] == value["data"]["camera_id"] == "gate"
    (result,) = value["data"]["results"]
    assert result["plate"] == "gökx417"
    assert result["box"] == {"xmin": 1, "ymin": 2, "xmax": 50, "ymax": 12}
    assert result["region"] == {"code": "gb", "score": 0.8}
    assert datetime.fromisoformat(value["data"]["timestamp"]) == delivery.sighting.first_seen
    assert datetime.fromisoformat(value["data"]["timestamp_local"]) == delivery.sighting.first_seen


@pytest.mark.parametrize("format", ["platerecognizer", "openalpr"])
def test_a_region_that_is_less_likely_than_not_is_not_named(
    receiver: Receiver, store: Sightings, format: str
) -> None:
    delivery = stored(store, regions=(Region("fr", 0.4), Region("it", 0.3)))
    target(receiver, format=format, pictures=False).deliver(delivery)
    (request,) = receiver.requests
    if format == "openalpr":
        assert (request.json()["best_region"], request.json()["best_region_confidence"]) == ("", 0)
    else:
        (result,) = json.loads(parts(request)["json"].get_content())["data"]["results"]
        assert result["region"] == {"code": "", "score": 0.0}
    assert delivery.fields()["region"] == ""


@pytest.mark.parametrize(
    ("direction", "path", "degrees"),
    [
        ("left", [(9, 9), (1, 1)], 270),
        ("in", [(10, 10), (10, 90)], 180),
        ("out", [(10, 10), (20, 0)], 45),
        (None, [(10, 10)], None),
    ],
)
def test_where_it_went_in_degrees(
    receiver: Receiver,
    store: Sightings,
    direction: str | None,
    path: list[tuple[int, int]],
    degrees: int | None,
) -> None:
    delivery = stored(store, direction=direction, path=np.array(path, np.float32))
    target(receiver, format="platerecognizer").deliver(delivery)
    target(receiver, format="openalpr").deliver(delivery)
    stream, agent = receiver.requests
    (result,) = json.loads(parts(stream)["json"].get_content())["data"]["results"]
    assert result["direction"] == degrees
    group = agent.json()
    assert group["travel_direction"] == (degrees or 0)
    # Receivers ignore what is parked, and take the first make, colour and so on of each vehicle.
    assert group["is_parked"] is False
    assert all(group["vehicle"][name][0]["confidence"] == 0 for name in ("make_model", "color", "year"))


def test_openalprs_group_and_its_alert(receiver: Receiver, store: Sightings) -> None:
    entry = store.watch_list.add("AB12CDE", "alert", note="stolen")
    delivery = stored(store)
    hook = target(receiver, format="openalpr")
    hook.deliver(delivery)
    group, alert = (request.json() for request in receiver.requests)
    assert group["data_type"] == "alpr_group"
    assert group["best_plate_number"] == group["best_plate"]["plate"] == "AB12CDE"
    assert group["best_confidence"] == 90.0
    assert len(group["best_plate"]["coordinates"]) == 4
    assert group["epoch_end"] - group["epoch_start"] == 2500
    assert (group["best_image_width"], group["best_image_height"]) == (40, 30)
    crop = cv2.imdecode(np.frombuffer(base64.b64decode(group["best_plate"]["plate_crop_jpeg"]), np.uint8), 1)
    assert crop.shape == (8, 24, 3)
    assert (alert["data_type"], alert["plate_number"]) == ("alpr_alert", "AB12CDE")
    assert (alert["description"], alert["alert_list_id"], alert["group"]) == ("stolen", entry.id, group)
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert len({*ids}) == 2
    hook.idle()
    beat = receiver.requests[2].json()
    assert beat["data_type"] == "heartbeat"
    assert beat["video_streams"][0]["camera_id"] == group["camera_id"]
    hook.idle()
    assert len(receiver.requests) == 3  # the next one is due in a minute


def test_openalprs_path_of_one_that_was_seen_once(receiver: Receiver) -> None:
    target(receiver, format="openalpr").deliver(sample("hook", "gate"))
    (place,) = receiver.requests[0].json()["plate_path"]
    assert (place["x"], place["y"], place["t"], place["f"]) == (190, 150, 0, 0)


@pytest.mark.parametrize(
    ("reply", "again", "reason"),
    [
        (500, True, "replied 500"),
        ((429, {"Retry-After": "7"}), True, "replied 429"),
        (404, False, "replied 404 Not Found"),
        ((302, {"Location": "http://u:pw@elsewhere/x"}), False, "to http://elsewhere/x: put that address"),
    ],
)
def test_what_a_receiver_refuses(receiver: Receiver, reply: Any, again: bool, reason: str) -> None:
    receiver.replies = [reply]
    with pytest.raises(DeliveryError, match=reason) as caught:
        target(receiver).deliver(sample("hook", "gate"))
    assert caught.value.again is again
    assert caught.value.after == (7.0 if isinstance(reply, tuple) and reply[0] == 429 else None)


def test_a_name_and_a_password_of_the_address_are_sent_and_not_said(
    receiver: Receiver, tmp_path: Path
) -> None:
    url = receiver.url.replace("://", "://g%C3%A4te:S3%40CRET@")
    WebhookTarget(WebhookTable(url=url)).deliver(sample("hook", "gate"))
    (tmp_path / "token").write_text("Bearer T0KEN\n")
    WebhookTarget(
        WebhookTable(url=url, header_files={"authorization": tmp_path / "token"}, format="platerecognizer")
    ).deliver(sample("hook", "gate"))
    basic, bearer = receiver.requests
    assert base64.b64decode(basic.headers["Authorization"].removeprefix("Basic ")).decode() == "gäte:S3@CRET"
    assert bearer.headers["authorization"] == "Bearer T0KEN"
    assert b"S3%40CRET" not in bearer.body
    receiver.replies = [500]
    with pytest.raises(DeliveryError) as caught:
        WebhookTarget(WebhookTable(url=url)).deliver(sample("hook", "gate"))
    assert "CRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"header_files": {"X Site": "token"}}, "'X Site' is no name of a header"),
        ({"header_files": {"X-Site": "token"}}, "X-Site: has a character that no header can hold"),
        ({"header_files": {"X-Site": "none"}}, "No such file"),
        ({"url": "http://u:S3CRET@127.0.0.1:99999/"}, "url: is no address of the web"),
    ],
)
def test_what_cannot_be_sent_is_said_before_it_is(tmp_path: Path, keys: dict[str, Any], reason: str) -> None:
    (tmp_path / "token").write_text("Łódź T0KEN\n")
    files = {name: tmp_path / file for name, file in keys.get("header_files", {}).items()}
    with pytest.raises(ValueError, match=reason) as caught:
        WebhookTarget(WebhookTable(**{"url": "http://localhost/", **keys, "header_files": files}))
    assert "S3CRET" not in str(caught.value)
    assert "T0KEN" not in str(caught.value)


@contextmanager
def trickling(begin: bytes, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a receiver that says this, and then a byte now and then for ever."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with context.wrap_socket(connection, server_side=True) if context else connection as one:
                    one.recv(65536)
                    one.sendall(begin)
                    while not ended.wait(0.1):
                        one.sendall(b"x")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join(PATIENCE)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("begin", "reason", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", r"127\.0\.0\.1:\d+: its reply took longer than 1 s", True),
        (b"HTTP/1.1 400 No\r\n\r\n", "the receiver replied 400 No", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", None, False),  # it has it: to send it again would be once too often
    ],
)
def test_a_reply_that_comes_byte_by_byte_takes_no_longer(
    tmp_path: Path, begin: bytes, reason: str | None, again: bool, tls: bool
) -> None:
    context = None
    if tls:
        certificate(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with trickling(begin, context) as port:
        keys = {"url": f"{'https' if tls else 'http'}://127.0.0.1:{port}/", "timeout": "1s"}
        if tls:
            keys["ca_file"] = str(tmp_path / "cert.pem")
        hook = WebhookTarget(WebhookTable.model_validate(keys))
        began = time.monotonic()
        if reason is None:
            hook.deliver(sample("hook", "gate"))
        else:
            with pytest.raises(DeliveryError, match=f"^{reason}$") as caught:
                hook.deliver(sample("hook", "gate"))
            assert caught.value.again is again
        assert 1 <= time.monotonic() - began < 4


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Transfer-Encoding": "chunked"}])
def test_a_reply_whose_rest_breaks_off_is_one(receiver: Receiver, headers: dict[str, str]) -> None:
    hook = target(receiver)
    receiver.replies = [(200, headers), (400, headers)]
    hook.deliver(sample("hook", "gate"))
    with pytest.raises(DeliveryError, match="the receiver replied 400") as caught:
        hook.deliver(sample("hook", "gate"))
    assert not caught.value.again
    hook.deliver(sample("hook", "gate"))
    assert len(receiver.requests) == 3


def test_after_a_slow_reply_the_next_one_is_waited_for_as_long(receiver: Receiver) -> None:
    hook = target(receiver, timeout="1s")
    hook.deliver(sample("hook", "gate"))
    receiver.pause = 2
    with pytest.raises(DeliveryError):
        hook.deliver(sample("hook", "gate"))
    receiver.pause = 0.6
    hook.deliver(sample("hook", "gate"))
    hook.deliver(sample("hook", "gate"))


def test_a_receiver_may_name_the_time_from_which_it_is_there(receiver: Receiver) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    for value, expected in (
        (later, 100),
        ("Mon, 01 Jan 2024 00:00:00 GMT", 0),
        ("soon", None),
        ("999999", 3600),  # an hour is what is believed
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3600),
    ):
        receiver.replies = [(503, {"Retry-After": value})]
        with pytest.raises(DeliveryError) as caught:
            target(receiver).deliver(sample("hook", "gate"))
        assert caught.value.after == pytest.approx(expected, abs=20)


def test_https_with_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    certificate(tmp_path)
    one = Receiver(tmp_path / "cert.pem", tmp_path / "key.pem")
    try:
        assert one.url.startswith("https://")
        target(one, ca_file=tmp_path / "cert.pem").deliver(sample("hook", "gate"))
        with pytest.raises(DeliveryError, match="certificate verify failed") as caught:
            target(one).deliver(sample("hook", "gate"))
        assert caught.value.again
        assert len(one.requests) == 1
    finally:
        one.close()


def test_a_receiver_that_is_not_there_is_tried_again(receiver: Receiver) -> None:
    away = WebhookTable(url=f"http://127.0.0.1:{free_port()}/?token=S3CRET")
    with pytest.raises(DeliveryError, match="refused") as caught:
        WebhookTarget(away).deliver(sample("hook", "gate"))
    assert caught.value.again
    assert "S3CRET" not in str(caught.value)


def test_what_fails_is_delivered_after_all_in_order(receiver: Receiver, store: Sightings) -> None:
    receiver.replies = [503, 503]
    with at_work(store, action=[{"name": "tell", "webhook": {"url": receiver.url}}]):
        for text in ("AAA111", "BBB222", "CCC333"):
            store.add(now(text=text))
        wait_until(lambda: len(receiver.requests) == 5)
    texts = [request.json()["sighting"]["text"] for request in receiver.requests]
    assert texts == ["AAA111", "AAA111", "AAA111", "BBB222", "CCC333"]
    assert len({request.json()["id"] for request in receiver.requests[:3]}) == 1
    assert store.progress.failures() == []


def test_what_is_refused_is_put_aside_and_holds_up_nothing(receiver: Receiver, store: Sightings) -> None:
    receiver.replies = [400]
    with at_work(store, action=[{"name": "tell", "webhook": {"url": receiver.url}}]):
        first = store.add(now(text="AAA111"))
        second = store.add(now(text="BBB222"))
        wait_until(lambda: store.progress.after("tell") == second.id)
    (failure,) = store.progress.failures()
    assert (failure.follower, failure.sighting_id, failure.attempts) == ("tell", first.id, 1)
    assert "400" in failure.reason


def test_a_receiver_that_is_away_holds_up_no_other(receiver: Receiver, store: Sightings) -> None:
    actions = [
        {"name": "away", "webhook": {"url": f"http://127.0.0.1:{free_port()}/"}},
        {"name": "there", "webhook": {"url": receiver.url}},
    ]
    with at_work(store, action=actions):
        store.add(now())
        wait_until(lambda: receiver.requests)
        assert store.progress.after("away") == 0


def test_what_waits_too_long_is_put_aside(store: Sightings) -> None:
    action = {"name": "away", "webhook": {"url": f"http://127.0.0.1:{free_port()}/"}, "retry_for": "1s"}
    with at_work(store, action=[action]):
        store.add(now())
        wait_until(lambda: store.progress.failures())
    assert store.progress.failures()[0].attempts >= 2


def test_how_long_it_is_tried_counts_from_when_it_was_kept(store: Sightings) -> None:
    away = f"http://127.0.0.1:{free_port()}/"
    with at_work(store, action=[{"name": "away", "webhook": {"url": away}, "retry_for": "2s"}]):
        for text in ("AAA111", "BBB222", "CCC333"):
            store.add(now(text=text))
        wait_until(lambda: len(store.progress.failures()) == 3)
    first, *others = (failure.attempts for failure in store.progress.failures())
    assert first >= 2
    assert others == [1, 1]  # they waited as long as the first


def test_what_waited_while_nobody_was_there_is_tried_as_long(receiver: Receiver, store: Sightings) -> None:
    """A machine that was off for a day, or whose clock is set: one failure is not the last."""
    with at_work(store, action=[{"name": "tell", "webhook": {"url": receiver.url}}]):
        pass
    store.add(now())
    with store._writing() as connection:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        connection.execute(update(tables.sighting).values(added=yesterday))
    receiver.replies = [503]
    with at_work(store, action=[{"name": "tell", "webhook": {"url": receiver.url}, "retry_for": "1h"}]):
        wait_until(lambda: store.progress.after("tell") == store.last_id())
    assert store.progress.failures() == []
    assert len(receiver.requests) == 2


def test_pauses_between_attempts_grow_to_a_longest(
    receiver: Receiver, store: Sightings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver that was away for a night has what waits soon after it is back."""
    monkeypatch.setattr(follower, "_LONGEST", 0.5)
    receiver.replies = [503] * 6
    with at_work(store, action=[{"name": "tell", "webhook": {"url": receiver.url}}]):
        began = time.monotonic()
        store.add(now())
        wait_until(lambda: len(receiver.requests) == 7)
    assert time.monotonic() - began < 20  # pauses that only doubled would take 31 s


def test_a_database_that_is_busy_has_nothing_delivered_twice(receiver: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    with Sightings(path, timeout=0.1) as store:
        receiver.pause = 0.5
        with at_work(store, action=[{"name": "tell", "webhook": {"url": receiver.url}}]):
            one = store.add(now(text="AAA111"))
            wait_until(lambda: receiver.requests)
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            time.sleep(3)
            other.execute("ROLLBACK")
            other.close()
            wait_until(lambda: store.progress.after("tell") == one.id)
            store.add(now(text="BBB222"))
            wait_until(lambda: len(receiver.requests) > 1)
    assert [r.json()["sighting"]["text"] for r in receiver.requests] == ["AAA111", "BBB222"]


def test_what_was_put_aside_did_not_set_it_off(receiver: Receiver, store: Sightings) -> None:
    action = {"name": "tell", "when": {"not_again_within": "1h"}, "webhook": {"url": receiver.url}}
    receiver.replies = [400]
    with at_work(store, action=[action]):
        first = store.add(now())
        wait_until(store.progress.failures)
    with at_work(store, action=[action]):  # nor after a restart
        second, third = store.add(now()), store.add(now())
        wait_until(lambda: store.progress.after("tell") == third.id)
    ids = [request.json()["sighting"]["id"] for request in receiver.requests]
    assert ids == [first.id, second.id]


def test_what_waited_for_a_start_is_not_again_within(receiver: Receiver, store: Sightings) -> None:
    action = {"name": "tell", "when": {"not_again_within": "1m"}, "webhook": {"url": receiver.url}}
    with at_work(store, action=[action]):
        first = store.add(sighting(minutes=0))
        wait_until(lambda: store.progress.after("tell") == first.id)
    store.add(sighting(minutes=0.5))
    later = store.add(sighting(minutes=2))
    with at_work(store, action=[action]):  # days after NOON
        wait_until(lambda: store.progress.after("tell") == later.id)
    assert [request.json()["sighting"]["id"] for request in receiver.requests] == [first.id, later.id]


def test_what_opens_waits_for_no_receiver_that_asks_for_an_hour(receiver: Receiver, store: Sightings) -> None:
    receiver.replies = [(429, {"Retry-After": "3600"})]
    when = {"min_confidence": 0.5, "max_age": "2s"}
    action = {"name": "open", "opens": True, "when": when, "webhook": {"url": receiver.url}}
    with at_work(store, action=[action]):
        store.add(now(text="AAA111"))
        wait_until(store.progress.failures)
        store.add(now(text="BBB222"))
        wait_until(lambda: len(receiver.requests) == 2)
    assert receiver.requests[-1].json()["sighting"]["text"] == "BBB222"


def test_what_opens_waits_for_no_reply_longer_than_it_is_of_use(receiver: Receiver, store: Sightings) -> None:
    receiver.pause = 8.0
    when = {"min_confidence": 0.5, "max_age": "1s"}
    action = {"name": "open", "opens": True, "when": when, "webhook": {"url": receiver.url}}
    with at_work(store, action=[action]):
        store.add(now())
        began = time.monotonic()
        wait_until(store.progress.failures)
        assert time.monotonic() - began < 6
    assert "later than max_age" in store.progress.failures()[0].reason


def test_what_opens_is_never_late(receiver: Receiver, store: Sightings) -> None:
    when = {"min_confidence": 0.5, "max_age": "1s"}
    receiver.replies = [503] * 9
    action = {"name": "open", "opens": True, "when": when, "webhook": {"url": receiver.url}}
    with at_work(store, action=[action]):
        store.add(now())
        wait_until(lambda: store.progress.failures())
    assert "later than max_age" in store.progress.failures()[0].reason
    tried = len(receiver.requests)
    assert tried < 9


def test_it_ends_at_once_while_it_waits_for_a_receiver(receiver: Receiver, store: Sightings) -> None:
    receiver.replies = [(503, {"Retry-After": "60"})]
    with at_work(store, action=[{"name": "hook", "webhook": {"url": receiver.url}}]):
        store.add(sighting())
        wait_until(lambda: receiver.requests)
        time.sleep(0.5)  # it waits by now
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert "hook" not in [thread.name for thread in threading.enumerate()]


def test_it_goes_on_where_it_was(receiver: Receiver, store: Sightings) -> None:
    store.add(now(text="OLD1111"))  # before the action was there
    action = {"name": "tell", "webhook": {"url": receiver.url}}
    with at_work(store, action=[action]):
        store.add(now(text="AAA111"))
        wait_until(lambda: receiver.requests)
    store.add(now(text="BBB222"))
    with at_work(store, action=[action]):
        wait_until(lambda: len(receiver.requests) == 2)
        time.sleep(0.2)
    assert [r.json()["sighting"]["text"] for r in receiver.requests] == ["AAA111", "BBB222"]
