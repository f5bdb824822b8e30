"""Our own interface: the command line's JSON."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from numberplate.reading import PlateReader

from .conftest import CAR, TEXT, MakeClient, picture

PNG = {"Content-Type": "image/png"}


def test_same_json_as_the_command_line(client: TestClient, weights: Path, tmp_path: Path) -> None:
    (tmp_path / "car.png").write_bytes(CAR)
    command = [sys.executable, "-c", "from numberplate.cli import main; main()", "read", "car.png"]
    command += ["--format", "jsonl", "--weights", str(weights)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)
    printed = json.loads(done.stdout)
    whole = client.post("/api/read", content=CAR, headers=PNG, params={"source": "car.png"})
    form = client.post("/api/read", files={"picture": ("car.png", CAR)})
    for reply in (whole, form):
        assert reply.status_code == 200
        assert reply.json() | {"milliseconds": 0} == printed | {"milliseconds": 0}


def test_options(client: TestClient) -> None:
    def read(**params: object) -> list:
        reply = client.post("/api/read", content=CAR, headers=PNG, params=params)  # type: ignore[arg-type]
        assert reply.status_code == 200, reply.text
        return reply.json()["plates"]

    assert read(min_confidence=1) == []
    assert len(read(top=1)[0]["candidates"]) == 1
    assert read(region="gb,ie")[0]["text"] == TEXT
    prefix, _, jpeg = read(crops=True)[0]["crop"].partition(",")
    assert prefix == "data:image/jpeg;base64"
    crop = cv2.imdecode(np.frombuffer(base64.b64decode(jpeg), np.uint8), cv2.IMREAD_COLOR)
    assert crop.shape[1] > 2 * crop.shape[0]
    middle = crop[crop.shape[0] // 2, crop.shape[1] // 2]
    assert middle[2] > 200 > 60 > max(middle[0], middle[1])  # the red cell is in the plate's middle


@pytest.mark.parametrize(
    ("status", "reason", "params"),
    [
        (400, "regions: no region 'narnia'", {"region": "narnia"}),
        (422, "min_confidence", {"min_confidence": "2"}),
        (422, "top", {"top": "0"}),
    ],
)
def test_bad_options(client: TestClient, status: int, reason: str, params: dict[str, str]) -> None:
    reply = client.post("/api/read", content=CAR, headers=PNG, params=params)
    assert reply.status_code == status
    assert reason in reply.json()["error"]


def test_options_of_one_request_are_not_the_next_ones(client: TestClient) -> None:
    strict = client.post("/api/read", content=CAR, headers=PNG, params={"min_confidence": 1, "top": 1})
    usual = client.post("/api/read", content=CAR, headers=PNG)
    assert strict.json()["plates"] == []
    assert len(usual.json()["plates"][0]["candidates"]) > 1


def test_reader_with_other_options_shares_networks(weights: Path) -> None:
    reader = PlateReader(weights)
    other = reader.with_options(min_confidence=1.0, candidates=1)
    assert (len(reader.read(CAR)), len(other.read(CAR))) == (1, 0)
    assert other.scheme is reader.scheme
    with pytest.raises(ValueError, match="candidates"):
        reader.with_options(candidates=0)


def test_openapi_describes_what_there_is(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/read", "/v1/plate-reader/", "/v1/statistics/", "/v1/vision/alpr", "/api/sightings"} <= set(
        paths
    )
    assert set(paths["/api/read"]["post"]["requestBody"]["content"]) == {"multipart/form-data", "image/*"}


def test_operating(make_client: MakeClient) -> None:
    client = make_client()
    client.post("/api/read", content=picture((8, 16), (14, 16)), headers=PNG)
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    text = client.get("/metrics").text
    assert 'numberplate_requests_total{method="POST",route="/api/read",status="200"} 1.0' in text
    assert "numberplate_read_seconds_count 1.0" in text
    client.app.state.services.pool.places = 0  # type: ignore[attr-defined]
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()["reasons"]) == (503, ["the queue is full"])


def test_nothing_there(client: TestClient) -> None:
    reply = client.get("/api/nothing")
    assert (reply.status_code, reply.json()) == (404, {"error": "Not Found"})
    assert client.get("/api/sightings").json() == {"error": "this server has no database of sightings"}
