"""Requests shaped as CodeProject.AI's clients send them."""

import pytest
from fastapi.testclient import TestClient

from .conftest import CAR, EMPTY, TEXT, MakeClient


@pytest.mark.parametrize("path", ["/v1/vision/alpr", "/v1/image/alpr"])
@pytest.mark.parametrize("field", ["upload", "image"])
def test_reads(client: TestClient, path: str, field: str) -> None:
    files = {field: ("image.jpg", CAR, "image/jpeg")}
    reply = client.post(path, files=files, data={"min_confidence": "0.2", "operation": "plate"})
    assert reply.status_code == 200
    found = reply.json()
    assert found["success"] is True
    assert {"processMs", "inferenceMs", "message"} <= set(found)
    (prediction,) = found["predictions"]
    assert prediction["plate"] == TEXT
    assert TEXT in prediction["label"]
    assert 0.2 <= prediction["confidence"] <= 1
    box = [prediction[name] for name in ("x_min", "y_min", "x_max", "y_max")]
    assert box == [68, 52, 196, 84]


def test_least_confidence_is_its_own(client: TestClient) -> None:
    files = {"upload": ("image.jpg", CAR)}
    assert (
        client.post("/v1/vision/alpr", files=files, data={"min_confidence": "1"}).json()["predictions"] == []
    )
    assert client.post("/v1/vision/alpr", files={"upload": ("i.jpg", EMPTY)}).json()["success"] is True


def test_what_is_wrong_is_said(make_client: MakeClient) -> None:
    client = make_client(max_upload_megabytes=0.05)
    for status, reason, request in [
        (400, "upload: a picture is needed", {"data": {"min_confidence": "0.4"}}),
        (400, "not a picture", {"files": {"upload": ("x.jpg", b"text")}}),
        (400, "min_confidence", {"files": {"upload": ("x.jpg", CAR)}, "data": {"min_confidence": "much"}}),
        (400, "min_confidence", {"files": {"upload": ("x.jpg", CAR)}, "data": {"min_confidence": "nan"}}),
        (413, "too large", {"files": {"upload": ("x.jpg", bytes(60_000))}}),
        (415, "Content-Type", {"content": b"x"}),
    ]:
        reply = client.post("/v1/vision/alpr", **request)  # type: ignore[arg-type]
        assert reply.status_code == status, reply.text
        assert reply.json()["success"] is False
        assert reason in reply.json()["error"]
