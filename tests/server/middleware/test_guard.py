"""Who is let in."""

import base64

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from numberplate.server import SettingsError, load_settings, new_token
from numberplate.server.middleware.guard import digest, host_name, is_known

from ..conftest import CAR, MakeClient

TOKEN, DIGEST = new_token()

EVERY_INTERFACE = [
    ("POST", "/v1/plate-reader/"),
    ("GET", "/v1/statistics/"),
    ("POST", "/v1/vision/alpr"),
    ("POST", "/api/read"),
    ("GET", "/api/about"),
    ("GET", "/api/sightings"),
    ("GET", "/api/sightings/1/crop.jpg"),
    ("DELETE", "/api/watch-list/1"),
    ("GET", "/api/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/nothing"),
]


@pytest.fixture
def guarded(make_client: MakeClient) -> TestClient:
    return make_client(tokens=f"{digest('another')},{DIGEST}")


@pytest.mark.parametrize(("method", "path"), EVERY_INTERFACE)
def test_no_interface_without_a_token(guarded: TestClient, method: str, path: str) -> None:
    assert guarded.request(method, path).status_code == 401
    wrong = guarded.request(method, path, headers={"Authorization": "Token wrong"})
    assert wrong.status_code == 403
    assert {"detail", "error"} & set(wrong.json())
    right = guarded.request(method, path, headers={"Authorization": f"Token {TOKEN}"})
    assert right.status_code not in (401, 403)


def test_each_way_to_show_a_token(guarded: TestClient) -> None:
    basic = base64.b64encode(f"camera:{TOKEN}".encode()).decode()
    for value in (f"Token {TOKEN}", f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
        assert guarded.get("/api/about", headers={"Authorization": value}).status_code == 200
    for value in (f"Token {DIGEST}", "Basic !", "Basic YQ==", "Token", TOKEN):
        assert guarded.get("/api/about", headers={"Authorization": value}).status_code in (401, 403)


def test_page_signs_in_and_out(guarded: TestClient) -> None:
    assert guarded.get("/").status_code == 200
    assert guarded.get("/page/app.js").status_code == 200
    assert guarded.get("/api/session").json() == {"needed": True, "signed_in": False}
    assert guarded.post("/api/session", json={"token": "wrong"}).status_code == 403
    reply = guarded.post("/api/session", json={"token": TOKEN})
    cookie = reply.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert guarded.get("/api/session").json() == {"needed": True, "signed_in": True}
    assert guarded.get("/api/about").status_code == 200
    guarded.delete("/api/session")
    assert guarded.get("/api/about").status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "camera.example"])
def test_address_that_others_reach_needs_tokens(host: str) -> None:
    with pytest.raises(SettingsError, match="tokens are needed"):
        load_settings(host=host)
    assert load_settings(host=host, tokens=DIGEST).tokens == (DIGEST,)


def test_names_that_are_not_ours(make_client: MakeClient) -> None:
    client = make_client()
    for host in ("localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:8000"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 421
    named = make_client(allowed_hosts="plates.example")
    assert named.get("/healthz", headers={"Host": "plates.example:443"}).status_code == 200
    assert named.get("/healthz").status_code == 421


def test_pages_of_other_sites(make_client: MakeClient) -> None:
    files = {"upload": ("car.png", CAR)}
    client = make_client()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ):
        reply = client.post("/v1/plate-reader/", files=files, headers=headers)
        assert reply.status_code == 403
        assert "Access-Control-Allow-Origin" not in reply.headers
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/plate-reader/", files=files, headers=own).status_code == 201
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=link).status_code == 200
    open_to_one = make_client(cors_origins="https://friend.example")
    reply = open_to_one.post("/v1/plate-reader/", files=files, headers={"Origin": "https://friend.example"})
    assert reply.status_code == 201
    assert reply.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    evil = open_to_one.post("/v1/plate-reader/", files=files, headers={"Origin": "https://evil.example"})
    assert (evil.status_code, "Access-Control-Allow-Origin" in evil.headers) == (403, False)


def test_proxy_without_tokens_is_refused(client: TestClient, guarded: TestClient) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.5"}
    assert client.get("/api/about", headers=forwarded).status_code == 403
    shown = forwarded | {"Authorization": f"Token {TOKEN}"}
    assert guarded.get("/api/about", headers=shown).status_code == 200


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/api/about", "/nothing", "/v1/vision/alpr"])
def test_secure_headers_everywhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] in ("no-store", "no-cache")


@pytest.mark.parametrize(
    "path", ["/page/../app.py", "/page/%2e%2e/app.py", "/page/..%2fapp.py", "/page//etc/passwd"]
)
def test_no_path_leaves_the_pages_folder(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@given(st.text(), st.text())
def test_only_the_token_itself_is_known(token: str, other: str) -> None:
    assert is_known(token, [digest(other), digest(token)])
    assert is_known(other, [digest(token)]) == (other == token)


@given(st.text(st.characters(codec="ascii")))
def test_any_host_header_has_a_name(host: str) -> None:
    assert host_name(host) == host_name(host.upper())
