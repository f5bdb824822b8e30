"""Requests shaped as CodeProject.AI's and DeepStack's clients send them, and a client itself."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import onnxruntime
import pytest
from fastapi.testclient import TestClient

from numberplate.server import new_token
from numberplate.server.interfaces import codeproject

from .conftest import CAR, EMPTY, TEXT, MakeClient, Server, StartServer


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


def test_objects_are_plates_with_their_texts(client: TestClient) -> None:
    files = {"image": ("image.jpg", CAR, "image/jpeg")}
    found = client.post("/v1/vision/detection", files=files, data={"min_confidence": "0.4"}).json()
    assert found["success"] is True
    (prediction,) = found["predictions"]
    assert (prediction["label"], prediction["plate"]) == ("license_plate", TEXT)
    assert 0.9 < prediction["confidence"] <= 1
    assert [prediction[name] for name in ("x_min", "y_min", "x_max", "y_max")] == [68, 52, 196, 84]
    assert found["message"] == "Found license_plate"


@pytest.mark.parametrize("path", ["/v1/vision/detection", "/v1/vision/custom/license-plate"])
def test_an_object_is_as_sure_as_a_plate_is_there(client: TestClient, path: str) -> None:
    def confidences(path: str, least: float) -> list[float]:
        files, data = {"image": ("image.jpg", CAR, "image/jpeg")}, {"min_confidence": str(least)}
        predictions = client.post(path, files=files, data=data).json()["predictions"]
        return [prediction["confidence"] for prediction in predictions]

    (text,), (plate,) = confidences("/v1/vision/alpr", 0), confidences(path, 0)
    assert text < plate
    between = (text + plate) / 2
    assert confidences("/v1/vision/alpr", between) == []
    assert confidences(path, between) == [plate]
    assert confidences(path, (plate + 1) / 2) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_custom_models_are_listed(client: TestClient, method: str) -> None:
    # Blue Iris posts without a body.
    found = client.request(method, "/v1/vision/custom/list").json()
    assert (found["success"], found["models"]) == (True, ["license-plate"])


def test_custom_model_tells_day_from_night(client: TestClient) -> None:
    by_day = cv2.imdecode(np.frombuffer(CAR, np.uint8), cv2.IMREAD_COLOR)
    by_day[by_day.sum(2) == 0] = 60, 20, 0
    by_night = np.repeat(by_day.max(2, keepdims=True), 3, 2)
    labels = []
    for pixels in (by_day, by_night):
        picture = cv2.imencode(".png", pixels)[1].tobytes()
        reply = client.post("/v1/vision/custom/License-Plate", files={"image": ("i.png", picture)}).json()
        labels += [prediction["label"] for prediction in reply["predictions"]]
        assert reply["command"] == "custom"
    assert labels == ["DayPlate", "NightPlate"]
    reply = client.post("/v1/vision/custom/ipcam-general", files={"image": ("i.png", CAR)})
    assert reply.status_code == 404
    assert reply.json()["success"] is False
    assert "no custom model 'ipcam-general'; there are license-plate" in reply.json()["error"]


def test_what_recorders_ask_before_they_send_pictures(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/v1/status/ping", "/v1/server/status/ping"):
        assert client.get(path).json() == {"success": True}
    assert client.get("/v1/status/updateavailable").json()["updateAvailable"] is False
    for version in ("1.2.3", "1.2.3rc4", "1.2.3.dev5"):
        monkeypatch.setattr(codeproject, "__version__", version)
        found = client.get("/v1/status/version").json()
        assert found["message"] == version
        assert [found["version"][part] for part in ("major", "minor", "patch")] == [1, 2, 3]
    for path in ("/v1/module/list", "/v1/module/list/", "/v1/module/list/installed"):
        (module,) = client.get(path).json()["modules"]
        assert (module["moduleId"], module["status"]) == ("ALPR", "Installed")
    (status,) = client.get("/v1/status/analysis/list").json()["statuses"]
    assert (status["moduleId"], status["status"]) == ("ALPR", "Started")


def test_a_full_queue_is_said_to_each(make_client: MakeClient) -> None:
    client = make_client(workers=1, queue=0)
    client.app.state.services.pool.places = 0  # type: ignore[attr-defined]
    for path in ("/v1/vision/detection", "/v1/vision/custom/license-plate"):
        reply = client.post(path, files={"image": ("car.png", CAR)})
        assert reply.status_code == 503
        assert reply.json()["success"] is False
    assert client.post("/v1/vision/custom/list").status_code == 200


@pytest.fixture
def token_server(start_server: StartServer) -> tuple[Server, str]:
    token, digest = new_token()
    return start_server("--tokens", digest, "--allowed-hosts", "127.0.0.1"), token


def test_deepstack_python(token_server: tuple[Server, str], tmp_path: Path) -> None:
    """The library that Home Assistant's components for DeepStack are made of."""
    deepstack = pytest.importorskip("deepstack.core", reason="needs deepstack-python")
    server, token = token_server
    place, port = f"any:{token}@127.0.0.1", urlsplit(server.url).port
    (found,) = deepstack.DeepstackObject(place, port).detect(CAR)
    assert (found["label"], found["plate"]) == ("license_plate", TEXT)
    assert deepstack.get_objects([found]) == ["license_plate"]
    model = deepstack.DeepstackObject(place, port, custom_model="license-plate", min_confidence=0.2)
    assert [p["label"] for p in model.detect(CAR)] == ["NightPlate"]  # black, but for a spot
    with pytest.raises(deepstack.DeepstackException, match="Bad url"):
        deepstack.DeepstackObject(place, port, custom_model="dogs").detect(CAR)
    with pytest.raises(deepstack.DeepstackException, match="status code: 401"):
        deepstack.DeepstackObject("127.0.0.1", port).detect(CAR)


def test_codeproject_ai_api(token_server: tuple[Server, str]) -> None:
    """The library that Viseron's component for CodeProject.AI is made of."""
    codeprojectai = pytest.importorskip("codeprojectai.core", reason="needs codeproject-ai-api")
    server, token = token_server
    place, port = f"any:{token}@127.0.0.1", urlsplit(server.url).port
    (found,) = codeprojectai.CodeProjectAIObject(place, port).detect(CAR)
    assert (found["label"], found["plate"]) == ("license_plate", TEXT)
    model = codeprojectai.CodeProjectAIObject(place, port, custom_model="license-plate")
    assert codeprojectai.get_objects(model.detect(CAR)) == ["NightPlate"]  # black, but for a spot
    with pytest.raises(codeprojectai.CodeProjectAIException, match="Bad url"):
        codeprojectai.CodeProjectAIObject(place, port, custom_model="dogs").detect(CAR)

    def plates(picture: bytes, who: str = place) -> list[str]:
        # As Viseron asks for plates: it has the library post to the address of those.
        url = f"http://{who}:{port}/v1/image/alpr"
        reply = codeprojectai.process_image(url, picture, min_confidence=0.2, timeout=10)
        return [prediction["plate"] for prediction in reply["predictions"]]

    assert plates(CAR) == [TEXT]
    assert plates(EMPTY) == []
    with pytest.raises(codeprojectai.CodeProjectAIException, match="400"):
        plates(b"no picture")
    with pytest.raises(codeprojectai.CodeProjectAIException, match="401"):
        plates(CAR, "127.0.0.1")


def test_what_networks_run_on_is_said(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client()

    def says() -> tuple[str, bool]:
        files = {"upload": ("car.png", CAR)}
        found = [
            client.post(path, files=files).json() for path in ("/v1/vision/alpr", "/v1/vision/detection")
        ]
        found.append(client.get("/v1/vision/custom/list").json())
        ((provider, can),) = {(one["executionProvider"], one["canUseGPU"]) for one in found}
        return provider, can

    assert says() == ("CPU", False)
    there = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    state = client.app.state  # type: ignore[attr-defined]
    for device, said in (("cuda", "CUDA"), ("auto", "CUDA or CPU")):
        settings = state.services.settings.model_copy(update={"device": device})
        state.services = replace(state.services, settings=settings)
        assert says() == (said, True)
