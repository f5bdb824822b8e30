"""Sightings and watch lists over HTTP, on a real database."""

import sqlite3
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from numberplate.sightings import Sightings

from ..sightings.conftest import sighting
from .conftest import CAR, EMPTY, TEXT, MakeClient, picture

PNG = {"Content-Type": "image/png"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "gate.db"


@pytest.fixture
def keeping(make_client: MakeClient, database: Path) -> TestClient:
    return make_client(database=str(database), keep_uploads=True)


def upload(client: TestClient, source: str = "gate") -> None:
    reply = client.post("/api/read", content=CAR, headers=PNG, params={"source": source})
    assert reply.status_code == 200, reply.text


def test_uploads_are_kept_only_if_asked(make_client: MakeClient, database: Path) -> None:
    shown = make_client(database=str(database))
    upload(shown)
    assert shown.get("/api/sightings").json() == {"sightings": [], "after": None}


def test_each_interface_keeps_what_it_read(keeping: TestClient, database: Path) -> None:
    upload(keeping)
    files = {"upload": ("car.png", picture((8, 16), (14, 16)))}
    keeping.post("/v1/plate-reader/", files=files, data={"camera_id": "yard"})
    keeping.post("/v1/vision/alpr", files={"upload": ("car.png", CAR)})
    with Sightings(database) as sightings:
        assert sorted(s.source for s in sightings.iterate()) == ["alpr", "gate", "yard", "yard"]


def test_clients_make_no_more_sources_than_may_be(make_client: MakeClient, database: Path) -> None:
    keeping = make_client(database=str(database), keep_uploads=True, max_sources=3)

    def status(source: str, content: bytes = CAR) -> int:
        return keeping.post("/api/read", content=content, headers=PNG, params={"source": source}).status_code

    assert [status(f"empty {i}", EMPTY) for i in range(5)] == [200] * 5  # of which nothing is kept
    assert [status(f"gate {i}") for i in range(5)] == [200, 200, 200, 409, 409]
    camera = {"files": {"upload": ("car.png", CAR)}, "data": {"camera_id": "gate 4"}}
    reply = keeping.post("/v1/plate-reader/", **camera)  # type: ignore[arg-type]
    assert (reply.status_code, reply.json()["status_code"]) == (409, 409)
    assert "'gate 4' would be a new source, and there are 3 already" in reply.json()["detail"]
    for _ in range(2):
        assert status("gate 1") == 200
        assert status("") == 200  # the interface's own
    assert keeping.get("/api/sources").json() == {"sources": ["api", "gate 0", "gate 1", "gate 2"]}
    # Another server knows them from the database, and there is room again once some went.
    again = make_client(database=str(database), keep_uploads=True, max_sources=3)
    for client in (keeping, again):
        reply = client.post("/api/read", content=CAR, headers=PNG, params={"source": "yard"})
        assert reply.status_code == 409
    for found in keeping.get("/api/sightings").json()["sightings"]:
        assert keeping.delete(f"/api/sightings/{found['id']}").status_code == 204
    until = time.monotonic() + 20
    while status("yard") == 409 and time.monotonic() < until:
        time.sleep(0.2)
    assert keeping.get("/api/sources").json() == {"sources": ["yard"]}


def test_one_in_full(keeping: TestClient) -> None:
    upload(keeping)
    (found,) = keeping.get("/api/sightings").json()["sightings"]
    one = keeping.get(f"/api/sightings/{found['id']}").json()
    assert (one["text"], one["source"], one["frames"]) == (TEXT, "gate", 1)
    sizes = {}
    for kind in ("crop", "frame"):
        reply = keeping.get(f"/api/sightings/{one['id']}/{kind}.jpg")
        assert reply.headers["Content-Type"] == "image/jpeg"
        sizes[kind] = cv2.imdecode(np.frombuffer(reply.content, np.uint8), cv2.IMREAD_COLOR).shape
    assert sizes["frame"] == (160, 320, 3)
    assert keeping.delete(f"/api/sightings/{one['id']}").status_code == 204
    for path in ("", "/crop.jpg", "/frame.jpg"):
        assert keeping.get(f"/api/sightings/{one['id']}{path}").status_code == 404


def test_search(keeping: TestClient) -> None:
    for source in ("gate", "yard", "gate"):
        upload(keeping, source)

    def count(**params: object) -> int:
        reply = keeping.get("/api/sightings", params=params)  # type: ignore[arg-type]
        assert reply.status_code == 200, reply.text
        return len(reply.json()["sightings"])

    assert count() == 3
    assert count(text="ab?2*") == 3
    assert count(text="AB124") == 0
    assert count(text="AB124", fuzzy=True) == 3
    assert count(source="gate") == 2
    assert count(start="2100-01-01T00:00:00Z") == 0
    assert count(end="2100-01-01T00:00:00") == 3
    assert count(hit="alert") == 0
    assert keeping.get("/api/sources").json() == {"sources": ["gate", "yard"]}
    first = keeping.get("/api/sightings", params={"limit": 2}).json()
    rest = keeping.get("/api/sightings", params={"limit": 2, "after": first["after"]}).json()
    assert [len(first["sightings"]), len(rest["sightings"]), rest["after"]] == [2, 1, None]
    for params in ({"text": "A!"}, {"after": "nowhere"}, {"limit": 0}, {"start": "soon"}, {"hit": "x"}):
        reply = keeping.get("/api/sightings", params=params)
        assert reply.status_code == 422
        assert reply.json()["error"]


def test_following_shows_what_another_program_added(
    keeping: TestClient, make_client: MakeClient, database: Path
) -> None:
    other = make_client(database=str(database))
    upload(keeping)
    (first,) = other.get("/api/sightings/since/0").json()["sightings"]
    assert other.get(f"/api/sightings/since/{first['id']}").json() == {"sightings": [], "last": first["id"]}
    upload(keeping)
    (second,) = other.get(f"/api/sightings/since/{first['id']}").json()["sightings"]
    assert second["id"] > first["id"]


def test_watch_list(keeping: TestClient) -> None:
    entry = {"pattern": "ab 12?", "kind": "alert", "note": "stolen"}
    reply = keeping.post("/api/watch-list", json=entry)
    assert reply.status_code == 201
    assert reply.json()["pattern"] == "AB12?"
    assert keeping.post("/api/watch-list", json=entry).status_code == 409
    upload(keeping)
    (found,) = keeping.get("/api/sightings", params={"hit": "alert"}).json()["sightings"]
    assert [hit["note"] for hit in found["hits"]] == ["stolen"]
    (listed,) = keeping.get("/api/watch-list").json()["entries"]
    assert keeping.delete(f"/api/watch-list/{listed['id']}").status_code == 204
    assert keeping.delete(f"/api/watch-list/{listed['id']}").status_code == 404
    for wrong in (entry | {"pattern": "A!"}, entry | {"kind": "x"}, entry | {"more": 1}, {"kind": "alert"}):
        assert keeping.post("/api/watch-list", json=wrong).status_code == 422


def test_database_that_fails_is_said_and_named_in_the_log_alone(
    keeping: TestClient, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    upload(keeping)
    with Sightings(database) as sightings, sightings._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sighting RENAME TO elsewhere")
    reply = keeping.get("/api/sightings")
    assert reply.status_code == 503
    assert str(database) not in reply.text
    assert str(database) in caplog.text
    assert keeping.get("/readyz").json()["reasons"] == ["the database cannot be read"]
    assert keeping.get("/healthz").status_code == 200


def test_what_is_deleted_while_another_program_reads_is_deleted(
    keeping: TestClient, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    upload(keeping)
    id = keeping.get("/api/sightings/last").json()["id"]
    with sqlite3.connect(database, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sighting").fetchall()
        assert keeping.delete(f"/api/sightings/{id}").status_code == 204
    assert "deleted, but another program uses it" in caplog.text
    assert keeping.get(f"/api/sightings/{id}").status_code == 404
    assert keeping.delete(f"/api/sightings/{id}").status_code == 404


def test_what_was_read_wrongly_is_corrected(keeping: TestClient, database: Path) -> None:
    upload(keeping)
    id = keeping.get("/api/sightings/last").json()["id"]
    corrected = keeping.put(f"/api/sightings/{id}/correction", json={"text": "ab 128"})
    assert (corrected.json()["text"], corrected.json()["correction"]) == (TEXT, "AB128")
    assert keeping.get("/api/sightings").json()["sightings"][0]["correction"] == "AB128"
    for body, status in (({"text": "!"}, 422), ({"text": "A" * 41}, 422), ({}, 422)):
        assert keeping.put(f"/api/sightings/{id}/correction", json=body).status_code == status
    assert keeping.put("/api/sightings/99/correction", json={"text": "AB128"}).status_code == 404
    assert keeping.delete(f"/api/sightings/{id}/correction").json()["correction"] is None


def test_no_more_is_shown_than_a_page_has_room_for(make_client: MakeClient, database: Path) -> None:
    shown = make_client(database=str(database))
    day = {"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}
    with Sightings(database) as store:
        store.add_all(sighting(source=f"gate {i % 201:03}", minutes=i / 100) for i in range(5000))
        cameras = shown.get("/api/cameras").json()["cameras"]
        assert [camera["source"] for camera in cameras] == [f"gate {i:03}" for i in range(200)]
        assert shown.get("/api/timeline", params=day).json()["whole"] is True
        for kind in ("allow", "alert"):
            store.watch_list.add("AB*", kind)
        store.add(sighting(source="gate 000", minutes=-1))
    found = shown.get("/api/timeline", params=day).json()
    assert found["whole"] is False
    assert sum(len(row["sightings"]) for row in found["sources"]) == 5000
    assert found["sources"][0]["sightings"][0]["hit"] == "alert"  # it hit both lists


def test_many_cameras_are_no_more_queries_than_few(make_client: MakeClient, database: Path) -> None:
    shown = make_client(database=str(database))
    queries: list[str] = []

    def note(*arguments: object) -> None:
        queries.append(str(arguments[2]))

    numbers = []
    with Sightings(database) as store:
        for count in range(1, 4):
            store.add(sighting(source=f"gate {count}"))
            event.listen(Engine, "before_cursor_execute", note)
            assert len(shown.get("/api/cameras").json()["cameras"]) == count
            event.remove(Engine, "before_cursor_execute", note)
            numbers.append(len(queries))
            queries.clear()
    assert len(set(numbers)) == 1


def test_cameras_and_the_day(keeping: TestClient) -> None:
    assert keeping.get("/api/cameras").json() == {"cameras": []}
    assert keeping.get("/api/sightings/last").json() == {"id": 0}
    for source in ("gate", "yard", "gate"):
        upload(keeping, source)
    gate, yard = keeping.get("/api/cameras").json()["cameras"]
    assert (gate["source"], gate["count"], yard["source"], yard["count"]) == ("gate", 2, "yard", 1)
    assert gate["newest"]["id"] == 3
    assert keeping.get("/api/cameras", params={"start": "0001-01-01T00:00:00+14:00"}).status_code == 422
    later = keeping.get("/api/cameras", params={"start": "2100-01-01"}).json()["cameras"]
    assert [camera["count"] for camera in later] == [0, 0]
    keeping.post("/api/watch-list", json={"pattern": TEXT, "kind": "alert"})
    upload(keeping, "yard")
    day = keeping.get("/api/timeline", params={"start": "2020-01-01", "end": "2100-01-01"}).json()
    assert day["whole"] is True
    assert [row["source"] for row in day["sources"]] == ["gate", "yard"]
    assert [one["hit"] for one in day["sources"][1]["sightings"]] == [None, "alert"]
    assert {one["text"] for one in day["sources"][0]["sightings"]} == {TEXT}
    none = keeping.get("/api/timeline", params={"start": "2100-01-01", "end": "2100-01-02"}).json()
    assert none == {"sources": [], "whole": True}
    assert keeping.get("/api/timeline", params={"start": "2100-01-01"}).status_code == 422
