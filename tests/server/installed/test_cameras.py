"""What is drawn over a camera's picture, kept in the file of the installation."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from numberplate.configuration import load_configuration
from numberplate.live import Areas
from numberplate.server import create_app, load_settings, new_token

FILE = """\
# Changed by the porter alone.
[[camera]]
name = "gate 1"
source = "rtsp://user:S3CRET@camera/1"
zones = ["drive=0,0.5 1,1 width=60"]  # all of it

[[action]]
name = "tell"
webhook = { url = "http://localhost" }
when = { zone = "drive" }
"""
URL = "/api/cameras/gate%201/areas"

Start = Callable[..., TestClient]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numberplate.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def start(weights: Path, file: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def make(**flags: object) -> TestClient:
            settings = {"weights": weights, "database": str(file.parent / "gate.db"), "workers": 1} | flags
            app = create_app(load_settings(**settings), file)
            return stack.enter_context(TestClient(app, base_url="http://localhost"))

        yield make


def gate(client: TestClient) -> dict[str, Any]:
    (found,) = client.get("/api/cameras").json()["cameras"]
    return found


def areas(file: Path) -> Areas:
    return load_configuration(file).camera[0].areas()


def test_zones_masks_and_a_line_are_written(start: Start, file: Path) -> None:
    client = start()
    before = gate(client)
    assert before["editable"]
    drive = {
        "name": "drive",
        "points": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]],
        "min_width": 60,
        "min_length": None,
    }
    assert before["zones"] == [drive]
    body = {
        "version": before["version"],
        "zones": [drive, {"name": "bay", "points": [[0, 0], [0.5, 0.25]]}],
        "masks": [[[0, 0], [1, 0], [1, 0.1]]],
        "line": [[0.5, 1], [0.5, 0]],
    }
    reply = client.put(URL, json=body)
    assert reply.status_code == 200, reply.text
    after = gate(client)
    assert reply.json().items() <= after.items()
    assert [zone.name for zone in areas(file).zones] == ["drive", "bay"]
    assert areas(file).line is not None
    assert file.read_text(encoding="utf-8").splitlines()[:4] == FILE.splitlines()[:4]
    # The same request comes again: it is of what is there no more.
    again = client.put(URL, json=body)
    assert again.status_code == 409
    assert "by now" in again.json()["error"]


def test_what_is_edited_by_hand_is_shown_and_a_broken_file_is_not_changed(start: Start, file: Path) -> None:
    client = start()
    file.write_text(FILE.replace("0,0.5 1,1", "0,0 1,1"), encoding="utf-8")
    now = gate(client)
    assert now["zones"][0]["points"][0] == [0, 0]
    file.write_text("[", encoding="utf-8")
    assert gate(client) == now
    reply = client.put(URL, json={"version": now["version"]})
    assert (reply.status_code, "is no TOML" in reply.json()["error"]) == (422, True)
    assert file.read_text(encoding="utf-8") == "["


def test_only_an_admin_changes_them(start: Start, file: Path) -> None:
    made = {role: new_token() for role in ("read", "write", "admin")}
    client = start(tokens=tuple(f"{digest}:{role}" for role, (_, digest) in made.items()))
    version = areas(file).version
    zones = [{"name": "drive", "points": [[0, 0], [1, 1]]}]
    for role, status in ((None, 401), ("read", 403), ("write", 403), ("admin", 200)):
        headers = {} if role is None else {"Authorization": f"Token {made[role][0]}"}
        reply = client.put(URL, json={"version": version, "zones": zones}, headers=headers)
        assert reply.status_code == status, role
    assert [zone.min_width for zone in areas(file).zones] == [None]


def test_another_sites_page_changes_nothing(start: Start, file: Path) -> None:
    body = {"version": areas(file).version, "zones": [{"name": "drive", "points": [[0, 0], [1, 1]]}]}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert start().put(URL, json=body, headers=headers).status_code == 403
    assert file.read_text(encoding="utf-8") == FILE


SQUARE = [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"zones": []}, 422, "action.tell.when.zone: no 'drive'"),
        ({"zones": [{"name": "drive", "points": SQUARE}] * 2}, 422, "a name once"),
        ({"zones": [{"name": 'a"]\nsource = "x', "points": SQUARE}]}, 422, "zone's name"),
        ({"zones": [{"name": "a" * 65, "points": SQUARE}]}, 422, "64"),
        ({"zones": [{"name": f"z{i}", "points": SQUARE} for i in range(33)]}, 422, "32"),
        ({"zones": [{"name": "drive", "points": [[0, 0], [1, 2]]}]}, 422, "less than or equal to 1"),
        ({"zones": [{"name": "drive", "points": [[0, 0]]}]}, 422, "at least 2"),
        ({"zones": [{"name": "drive", "points": [[0, 0], [1, 1], [0.5, 0.5]]}]}, 422, "enclose nothing"),
        ({"zones": [{"name": "drive", "points": SQUARE, "min_width": 1e300}]}, 422, "min_width"),
        ({"zones": [{"name": "drive", "points": SQUARE, "source": "x"}]}, 422, "Extra inputs"),
        ({"masks": [[[0, 0], [1, 1]] * 40]}, 422, "at most 64"),
        ({"line": [[0, 0], [0, 0]]}, 422, "twice"),
        ({"source": "rtsp://elsewhere"}, 422, "Extra inputs"),
        ({"version": 3}, 422, "version"),
    ],
)
def test_what_cannot_be_is_refused(
    start: Start, file: Path, body: dict[str, Any], status: int, reason: str
) -> None:
    reply = start().put(URL, json={"version": areas(file).version} | body)
    assert (reply.status_code, reason in reply.json()["error"]) == (status, True), reply.text
    assert "S3CRET" not in reply.text
    assert file.read_text(encoding="utf-8") == FILE


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 422),
        (b"[" * 100_000, 422),
        (b'{"version": "' + b"x" * 300_000 + b'"}', 413),
        (b'{"version": "x", "line": [[NaN, 0], [1, 1]]}', 422),
        (b'{"version": "x", "zones": [{"name": "\xff", "points": []}]}', 422),
        (b"", 422),
    ],
)
def test_what_means_harm_is_refused(start: Start, file: Path, data: bytes, status: int) -> None:
    reply = start().put(URL, content=data, headers={"Content-Type": "application/json"})
    assert reply.status_code == status, reply.text
    assert len(reply.text) < 1000
    assert file.read_text(encoding="utf-8") == FILE


@pytest.mark.parametrize("camera", ["porch", "..%2F..%2Fetc", "x" * 300])
def test_no_such_camera(start: Start, file: Path, camera: str) -> None:
    reply = start().put(f"/api/cameras/{camera}/areas", json={"version": areas(file).version})
    assert reply.status_code in (404, 405, 422), reply.text
    assert file.read_text(encoding="utf-8") == FILE


def test_a_server_without_an_installation_has_nothing_to_change(weights: Path, tmp_path: Path) -> None:
    settings = load_settings(weights=weights, database=str(tmp_path / "gate.db"), workers=1)
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        reply = client.put(URL, content=json.dumps({"version": ""}))
    assert (reply.status_code, "numberplate run" in reply.json()["error"]) == (404, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_file_that_cannot_be_written_is_said(start: Start, file: Path) -> None:
    import resource

    client = start()
    version = gate(client)["version"]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        body = {"version": version, "zones": [{"name": "drive", "points": SQUARE}]}
        reply = client.put(URL, json=body)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (reply.status_code, "cannot be written" in reply.json()["error"]) == (503, True)
    assert str(file.parent) not in reply.text
    assert file.read_text(encoding="utf-8") == FILE
