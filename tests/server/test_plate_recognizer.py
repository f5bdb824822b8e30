"""Requests shaped as Plate Recognizer's clients send them."""

import base64
import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ..reading.conftest import save_detector, save_recognizer
from .conftest import CAR, EMPTY, TEXT, MakeClient, picture

PATH = "/v1/plate-reader/"


@pytest.fixture
def british(tmp_path: Path) -> Path:
    """Networks that read a British text."""
    save_detector(tmp_path)
    save_recognizer(tmp_path, "LA51ABC")
    return tmp_path


def test_as_its_examples_with_requests(client: TestClient) -> None:
    # requests.post(url, data=dict(regions=[...]), files=dict(upload=fp), headers={"Authorization": ...})
    reply = client.post(
        PATH,
        data={"regions": ["mx", "us-ca"], "camera_id": "gate-1", "timestamp": "2026-01-02T03:04:05"},
        files={"upload": ("car.png", CAR)},
        headers={"Authorization": "Token 0123456789abcdef"},
    )
    assert reply.status_code == 201
    found = reply.json()
    assert found["filename"] == "car.png"
    assert (found["camera_id"], found["timestamp"]) == ("gate-1", "2026-01-02T03:04:05")
    assert found["version"] == 1
    assert found["processing_time"] > 0
    (result,) = found["results"]
    assert result["plate"] == TEXT.lower()
    assert result["box"] == {"xmin": 68, "ymin": 52, "xmax": 196, "ymax": 84}
    assert 0 < result["score"] <= 1
    assert 0.9 < result["dscore"] <= 1
    assert result["candidates"][0] == {"plate": TEXT.lower(), "score": result["score"]}
    assert set(result["region"]) == {"code", "score"}
    assert set(result["vehicle"]) == {"type", "score", "box"}


def test_defaults(client: TestClient) -> None:
    found = client.post(PATH, files={"upload": ("a.png", EMPTY)}).json()
    assert found["results"] == []
    assert found["camera_id"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", found["timestamp"])


@pytest.mark.parametrize("path", [PATH, "/v1/plate-reader"])
@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_base64_in_each_encoding(client: TestClient, path: str, prefix: str) -> None:
    text = prefix + base64.b64encode(CAR).decode()
    form = client.post(path, data={"upload": text, "regions": "gb"})
    parts = client.post(path, files={"upload": (None, text)})
    body = client.post(path, json={"upload": text, "regions": ["gb", "ie"]})
    for reply in (form, parts, body):
        assert reply.status_code == 201
        assert [r["plate"] for r in reply.json()["results"]] == [TEXT.lower()]


def test_regions_are_preferred_and_strict_ones_required(make_client: MakeClient) -> None:
    client = make_client()

    def regions(**data: object) -> list[str]:
        reply = client.post(PATH, data=data, files={"upload": ("car.png", CAR)})
        assert reply.status_code == 201, reply.text
        return [result["region"]["code"] for result in reply.json()["results"]]

    strict = json.dumps({"region": "strict"})
    (plate,) = client.post("/api/read", files={"picture": ("car.png", CAR)}).json()["plates"]
    usual = plate["regions"][0]["code"]
    assert regions(regions=[usual.upper(), "nowhere"], config=strict) == [usual]
    assert regions(regions=["br"], config=strict) == []
    assert regions(config=strict) == regions()  # where none is given, none is the wrong one


def test_uk_is_gb(make_client: MakeClient, british: Path) -> None:
    client = make_client(weights=british)
    files = {"upload": ("car.png", CAR)}
    for code in ("uk", "GB"):
        data = {"regions": code, "config": '{"region": "strict"}'}
        (result,) = client.post(PATH, data=data, files=files).json()["results"]
        assert (result["plate"], result["region"]["code"]) == ("la51abc", "gb")


def test_a_region_that_is_less_likely_than_not_is_not_named(client: TestClient) -> None:
    (result,) = client.post(PATH, files={"upload": ("car.png", CAR)}).json()["results"]
    assert result["region"] == {"code": "", "score": 0.0}  # AB123 may be from many
    # Of many states too; that it is one of them is certain where no other is asked for.
    data = {"regions": "us", "config": '{"region": "strict"}'}
    (result,) = client.post(PATH, data=data, files={"upload": ("car.png", CAR)}).json()["results"]
    assert result["region"]["code"] == "us"
    assert result["region"]["score"] > 0.5


def test_vehicles_have_their_plate_within(client: TestClient) -> None:
    data = {"config": '{"detection_mode": "vehicle"}', "mmc": "true"}
    (result,) = client.post(PATH, data=data, files={"upload": ("c.png", CAR)}).json()["results"]
    assert set(result) == {"plate", "vehicle"}
    plate = result["plate"]
    assert plate["type"] == "Plate"
    assert plate["box"] == {"xmin": 68, "ymin": 52, "xmax": 196, "ymax": 84}
    assert 0.9 < plate["score"] <= 1
    assert plate["props"]["plate"][0]["value"] == TEXT.lower()
    assert plate["props"]["region"] == []
    assert result["vehicle"]["type"] == "Unknown"
    assert result["vehicle"]["props"] == {"make_model": [], "color": [], "orientation": []}
    plain = client.post(PATH, data={"config": data["config"]}, files={"upload": ("c.png", EMPTY)}).json()
    assert plain["results"] == []


def test_thresholds_and_mmc(client: TestClient) -> None:
    def results(**config: float) -> list:
        data = {"config": json.dumps(config), "mmc": "true"}
        return client.post(PATH, data=data, files={"upload": ("c.png", CAR)}).json()["results"]

    (result,) = results(threshold_d=0.5)
    assert result["model_make"] == []
    # Each is of its own score.
    between = (result["score"] + result["dscore"]) / 2
    assert result["score"] < between < result["dscore"]
    assert results(threshold_d=between) == [result]
    assert results(threshold_o=between) == []
    assert results(threshold_d=1.0) == []


@pytest.mark.parametrize(("mmc", "asked"), [("true", True), ("True", True), ("1", True), ("false", False)])
def test_makes_and_colours_are_empty_lists_where_they_are_asked_for(
    client: TestClient, mmc: str, asked: bool
) -> None:
    (result,) = client.post(PATH, data={"mmc": mmc}, files={"upload": ("c.png", CAR)}).json()["results"]
    assert ({"model_make", "color", "orientation"} <= set(result)) == asked


def test_what_is_wrong_is_said(make_client: MakeClient) -> None:
    client = make_client(max_upload_megabytes=0.05, max_megapixels=1.0)
    files = {"upload": ("car.png", CAR)}
    for status, reason, request in [
        (400, "upload: a picture is needed", {"data": {"regions": "gb"}}),
        (400, "neither a file nor valid Base64", {"data": {"upload": "?"}}),
        (400, "text.png: not a picture", {"files": {"upload": ("text.png", b"no picture")}}),
        (400, "cut.png: truncated PNG", {"files": {"upload": ("cut.png", CAR[:-20])}}),
        (400, "config: not JSON", {"files": files, "data": {"config": "{"}}),
        (400, "threshold_d", {"files": files, "data": {"config": '{"threshold_d": "x"}'}}),
        (400, "strict", {"files": files, "data": {"config": '{"region": "strict"}', "regions": "nowhere"}}),
        (413, "too large", {"files": {"upload": ("big.png", bytes(60_000))}}),
        (413, "too large", {"files": {"upload": ("wide.png", picture(width=1600, height=800))}}),
        (415, "Content-Type", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
        (400, "upload_url: this server fetches nothing", {"data": {"upload_url": "http://localhost/"}}),
    ]:
        reply = client.post(PATH, **request)  # type: ignore[arg-type]
        assert reply.status_code == status, reply.text
        assert reason in reply.json()["detail"]
        assert reply.json()["status_code"] == status


def test_url_of_this_machine_is_never_followed(make_client: MakeClient) -> None:
    client = make_client(fetch_urls=True)
    for url in ("http://127.0.0.1:1/", "http://[::1]/x.jpg", "http://localhost/", "file:///etc/passwd"):
        reply = client.post(PATH, data={"upload_url": url})
        assert reply.status_code == 400
        assert reply.json()["detail"].startswith("upload_url: ")


def test_over_the_limit_is_429(make_client: MakeClient) -> None:
    client = make_client(workers=1, queue=0)
    client.app.state.services.pool.places = 0  # type: ignore[attr-defined]
    reply = client.post(PATH, files={"upload": ("car.png", CAR)})
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.json()["status_code"] == 429


def test_statistics(client: TestClient) -> None:
    for _ in range(3):
        client.post(PATH, files={"upload": ("car.png", CAR)})
    found = client.get("/v1/statistics/").json()
    assert found["total_calls"] - found["usage"]["calls"] > 1_000_000  # what clients show as left
    assert set(found["usage"]) == {"month", "calls", "year", "resets_on"}
    assert found["usage"]["calls"] == 3


@pytest.mark.parametrize(("cell", "box"), [((0, 0), (0, 0, 68, 20)), ((19, 39), (252, 140, 320, 160))])
def test_a_box_ends_where_the_picture_does(
    client: TestClient, cell: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    files = {"upload": ("car.png", picture(cell))}
    expected = dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    (result,) = client.post(PATH, files=files).json()["results"]
    assert result["box"] == expected
    data = {"config": '{"detection_mode": "vehicle"}'}
    (result,) = client.post(PATH, data=data, files=files).json()["results"]
    assert result["plate"]["box"] == expected
    for path in ("/v1/vision/alpr", "/v1/vision/detection", "/v1/vision/custom/license-plate"):
        (found,) = client.post(path, files=files).json()["predictions"]
        assert tuple(found[name] for name in ("x_min", "y_min", "x_max", "y_max")) == box
