"""Requests shaped as those of the clients of OpenALPR's cloud."""

import base64
import json
from collections.abc import Callable
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from numberplate.server import new_token

from .conftest import CAR, EMPTY, TEXT, MakeClient


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded", "text/plain"])
def test_bytes(client: TestClient, version: int, kind: str | None) -> None:
    # requests.post(url, data=base64.b64encode(…)) names no kind, curl -d calls it a form.
    reply = client.post(
        f"/v{version}/recognize_bytes?recognize_vehicle=1&country=us&secret_key=sk_DEMODEMODEMO",
        content=base64.b64encode(CAR),
        headers={} if kind is None else {"Content-Type": kind},
    )
    assert reply.status_code == 200, reply.text
    found = reply.json()
    assert found["data_type"] == "alpr_results"
    assert (found["img_width"], found["img_height"], found["error"]) == (320, 160, False)
    assert found["credits_monthly_total"] > found["credits_monthly_used"] >= 0
    assert found["processing_time"]["total"] >= found["processing_time"]["plates"] > 0
    (plate,) = found["results"]
    assert plate["plate"] == TEXT
    assert 0 < plate["confidence"] <= 100
    assert plate["coordinates"][0] == {"x": 68, "y": 52}
    assert plate["candidates"][0]["plate"] == TEXT
    assert plate["vehicle"]["color"] == []
    assert (plate["requested_topn"], plate["region"]) == (10, "us")
    assert UUID(found["uuid"])


@pytest.mark.parametrize("encode", [json.dumps, lambda text: json.dumps(text).replace("/", "\\/")])
def test_bytes_as_its_generated_clients_send_them(client: TestClient, encode: Callable[[str], str]) -> None:
    # Those of its OpenAPI description send a string of JSON; PHP's escape each slash in it.
    content = encode(base64.b64encode(CAR).decode())
    json_type = {"Content-Type": "application/json"}
    reply = client.post("/v2/recognize_bytes?country=us", content=content, headers=json_type)
    assert reply.status_code == 200, reply.text
    assert [plate["plate"] for plate in reply.json()["results"]] == [TEXT]


@pytest.mark.parametrize("field", ["image", "image_bytes"])
def test_base64_in_a_form(client: TestClient, field: str) -> None:
    # image_bytes is what Home Assistant's openalpr_cloud sends. Larger than other fields may be.
    data = {field: base64.b64encode(CAR + bytes(20_000)).decode(), "country": "us"}
    reply = client.post("/v2/recognize", data=data)
    assert reply.status_code == 200, reply.text
    assert [plate["plate"] for plate in reply.json()["results"]] == [TEXT]


@pytest.mark.parametrize("path", ["/v2/recognize", "/v3/recognize"])
def test_form(client: TestClient, path: str) -> None:
    query = {"country": "eu", "state": "fr", "topn": 1, "return_image": 1, "secret_key": "sk_DEMO"}
    reply = client.post(path, params=query, files={"image": ("car.png", CAR, "image/png")})
    found = reply.json()
    (plate,) = found["results"]
    assert (plate["plate"], len(plate["candidates"])) == (TEXT, 1)
    assert base64.b64decode(found["image_bytes"]) == CAR
    # The same with the picture.
    sent = {"country": "eu", "topn": "1", "return_image": "true"}
    found = client.post(path, data=sent, files={"image": ("car.png", CAR, "image/png")}).json()
    (plate,) = found["results"]
    assert (plate["requested_topn"], len(plate["candidates"])) == (1, 1)
    assert base64.b64decode(found["image_bytes"]) == CAR
    none = client.post(path, files={"image": ("empty.png", EMPTY)}, data={"country": "us"}).json()
    assert none["results"] == []
    assert "image_bytes" not in none


def test_what_is_wrong_is_said(client: TestClient) -> None:
    encoded, picture = base64.b64encode(CAR), {"image": ("car.png", CAR)}
    for status, reason, path, request in [
        (400, "no country 'xx'", "/v3/recognize_bytes?country=xx", {"content": encoded}),
        (400, "no pattern 'zz'", "/v3/recognize_bytes?country=us&state=zz", {"content": encoded}),
        (400, "neither a file nor valid Base64", "/v3/recognize_bytes", {"content": b"?"}),
        (400, "nor a string of JSON", "/v3/recognize_bytes", {"content": b'"abcd'}),
        (400, "a picture is needed", "/v3/recognize_bytes", {}),
        (400, "image: a picture is needed", "/v2/recognize", {"data": {"country": "us"}}),
        (400, "fetches nothing", "/v3/recognize_url?image_url=http://localhost/a.jpg", {}),
        (400, "no country 'xx'", "/v3/recognize?country=us", {"data": {"country": "xx"}, "files": picture}),
        (400, "no pattern 'zz'", "/v3/recognize?country=us", {"data": {"state": "zz"}, "files": picture}),
        (422, "topn", "/v3/recognize_bytes?topn=0", {"content": encoded}),
        (422, "topn", "/v3/recognize_bytes?topn=1001", {"content": encoded}),
        (422, "topn: expected a number in 1..1000, got '0'", "/v3/recognize", {"data": {"topn": "0"}}),
        (422, "topn: expected a number in 1..1000, got '1001'", "/v3/recognize", {"data": {"topn": "1001"}}),
        (422, "topn: expected a number", "/v3/recognize", {"data": {"topn": "ten"}}),
        (422, "return_image: expected 0 or 1", "/v3/recognize", {"data": {"return_image": "no"}}),
    ]:
        reply = client.post(path, **request)  # type: ignore[arg-type]
        assert reply.status_code == status, reply.text
        assert reason in reply.json()["error"]
        assert reply.json()["error_code"] == status


def test_the_secret_key_is_a_token(make_client: MakeClient) -> None:
    token, digest = new_token()
    client = make_client(tokens=f"{digest}:write")
    encoded = base64.b64encode(CAR)
    assert client.post("/v3/recognize_bytes", content=encoded).status_code == 401
    assert client.post("/v3/recognize_bytes?secret_key=sk_wrong", content=encoded).status_code == 403
    reply = client.post(f"/v3/recognize_bytes?secret_key={token}", content=encoded)
    assert reply.json()["results"][0]["plate"] == TEXT
    # Nowhere else: an address is kept in histories and logs.
    assert client.get(f"/v1/statistics/?secret_key={token}").status_code == 401


def test_as_many_texts_as_its_cloud_gives(client: TestClient) -> None:
    reply = client.post("/v3/recognize_bytes?topn=1000", content=base64.b64encode(CAR))
    (plate,) = reply.json()["results"]
    assert plate["requested_topn"] == 1000
    assert plate["candidates"][0]["plate"] == TEXT
