"""Who is let in."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from numberplate.server import SettingsError, load_settings, new_token
from numberplate.server.middleware.guard import host_name
from numberplate.server.refusal import Refusal
from numberplate.server.tokens import Token, Tokens, digest, known

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


@pytest.mark.parametrize(
    ("roles", "permitted"),
    [
        ("read", {"about", "look"}),
        ("write", {"about", "send"}),
        ("read+write", {"about", "look", "send"}),
        ("admin", {"about", "look", "send", "change"}),
    ],
)
def test_roles(make_client: MakeClient, tmp_path: Path, roles: str, permitted: set[str]) -> None:
    client = make_client(tokens=f"{DIGEST}:{roles}", database=str(tmp_path / "gate.db"))
    client.headers["Authorization"] = f"Token {TOKEN}"
    entry = {"pattern": "AB12", "kind": "alert"}
    found = {
        "about": [client.get("/api/about")],
        "look": [client.get("/api/sightings"), client.get("/api/watch-list"), client.get("/metrics")],
        "send": [
            client.post("/v1/plate-reader/", files={"upload": ("car.png", CAR)}),
            client.post("/v1/vision/alpr", files={"upload": ("car.png", CAR)}),
            client.post("/api/read", files={"picture": ("car.png", CAR)}),
            client.get("/v1/statistics/"),
        ],
        "change": [
            client.post("/api/watch-list", json=entry),
            client.delete("/api/watch-list/1"),
            client.delete("/api/sightings/1"),
        ],
    }
    for name, replies in found.items():
        refused = {reply.status_code == 403 for reply in replies}
        assert refused == {name not in permitted}, name
    assert client.get("/api/session").json()["roles"] == sorted(roles.split("+"))


def test_expired_tokens(make_client: MakeClient) -> None:
    past, future = "2020-01-01", "2999-12-31T23:59:59+02:00"
    client = make_client(tokens=f"{DIGEST}:admin:{past},{digest('new')}:read:{future}")
    shown = {"Authorization": f"Token {TOKEN}"}
    reply = client.get("/api/about", headers=shown)
    assert (reply.status_code, reply.json()) == (403, {"error": "the token has expired"})
    assert client.post("/api/session", json={"token": TOKEN}).status_code == 403
    assert client.get("/api/about", headers={"Authorization": "Token new"}).status_code == 200


@pytest.mark.parametrize("day", ["2026-11-27", "20261127", "2026-W48-5"])
def test_a_day_counts_to_its_end(day: str) -> None:
    token = Token.parse(f"{DIGEST}:read:{day}")
    assert token.is_valid(datetime(2026, 11, 27, 23, 59, tzinfo=UTC))
    assert not token.is_valid(datetime(2026, 11, 28, tzinfo=UTC))


@pytest.mark.parametrize(
    "entry", ["secret", "{digest}:all", "{digest}:read:soon", "{digest}:", "{digest}:read:"]
)
def test_entries_that_are_none(entry: str) -> None:
    entry = entry.format(digest=DIGEST)
    with pytest.raises(SettingsError, match=r"tokens: ([0-9a-f]{8}…: )?expected") as error:
        load_settings(tokens=entry)
    assert "secret" not in str(error.value)
    assert DIGEST not in str(error.value)


def test_many_wrong_tokens(guarded: TestClient) -> None:
    statuses = [
        guarded.get("/api/about", headers={"Authorization": f"Token {i}"}).status_code for i in range(15)
    ]
    assert statuses == [403] * 10 + [429] * 5
    reply = guarded.post("/api/session", json={"token": "wrong"})
    assert reply.status_code == 429
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    # Nobody can lock out those who have one.
    assert guarded.get("/api/about", headers={"Authorization": f"Token {TOKEN}"}).status_code == 200


def test_of_many_addresses_the_longest_quiet_is_forgotten() -> None:
    tokens = Tokens([Token(DIGEST)])

    def status(client: str) -> int:
        with pytest.raises(Refusal) as refused:
            tokens.find("wrong", client)
        return refused.value.status

    others = map(str, range(30_000))
    assert status("192.0.2.1") == 403
    assert {status(next(others)) for _ in range(9_998)} == {403}
    assert {status("192.0.2.1") for _ in range(9)} == {403}
    assert {status(next(others)) for _ in range(9_999)} == {403}
    assert status("192.0.2.1") == 429
    assert status(next(others)) == 403
    assert status("192.0.2.1") == 403


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),  # IPv4 at a socket of both versions
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),  # of one network
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_wrong_tokens_of_others_are_not_counted(first: str, second: str, is_one: bool) -> None:
    tokens = Tokens([Token(DIGEST)])
    for _ in range(10):
        with pytest.raises(Refusal):
            tokens.find("wrong", first)
    with pytest.raises(Refusal) as refused:
        tokens.find("wrong", second)
    assert refused.value.status == (429 if is_one else 403)


def test_each_way_to_show_a_token(guarded: TestClient) -> None:
    basic = base64.b64encode(f"camera:{TOKEN}".encode()).decode()
    for value in (f"Token {TOKEN}", f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
        assert guarded.get("/api/about", headers={"Authorization": value}).status_code == 200
    for value in (f"Token {DIGEST}", "Basic !", "Basic YQ==", "Token", TOKEN):
        assert guarded.get("/api/about", headers={"Authorization": value}).status_code in (401, 403)


def test_page_signs_in_and_out(guarded: TestClient) -> None:
    assert guarded.get("/").status_code == 200
    assert guarded.get("/page/app.js").status_code == 200
    assert guarded.get("/api/session").json() == {"needed": True, "signed_in": False, "roles": []}
    assert guarded.post("/api/session", json={"token": "wrong"}).status_code == 403
    reply = guarded.post("/api/session", json={"token": TOKEN})
    cookie = reply.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert guarded.get("/api/session").json() == {"needed": True, "signed_in": True, "roles": ["admin"]}
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
    named = make_client(allowed_hosts="Plates.example")
    assert named.get("/healthz", headers={"Host": "plates.example:443"}).status_code == 200
    assert named.get("/healthz").status_code == 421


def test_pages_of_other_sites(make_client: MakeClient) -> None:
    files = {"upload": ("car.png", CAR)}
    client = make_client()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
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
    open_to_one = make_client(cors_origins="https://Friend.example")
    reply = open_to_one.post("/v1/plate-reader/", files=files, headers={"Origin": "https://friend.example"})
    assert reply.status_code == 201
    assert reply.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    evil = open_to_one.post("/v1/plate-reader/", files=files, headers={"Origin": "https://evil.example"})
    assert (evil.status_code, "Access-Control-Allow-Origin" in evil.headers) == (403, False)


def test_proxy_without_tokens_is_refused(client: TestClient, guarded: TestClient) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.5"}
    for headers in (forwarded, {"Forwarded": "for=203.0.113.5"}):
        assert client.get("/api/about", headers=headers).status_code == 403
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
def test_only_the_token_itself_known(token: str, other: str) -> None:
    tokens = [Token(digest(other)), Token(digest(token))]
    assert known(token, tokens) == tokens[1]
    assert (known(other, tokens[1:]) is not None) == (other == token)


@given(st.text(st.characters(codec="ascii")))
def test_any_host_header_has_a_name(host: str) -> None:
    assert host_name(host) == host_name(host.upper())
