"""Clients that mean harm, over real connections: they get little, and others are served as before."""

import base64
import gc
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from numberplate.server.interfaces import (
    api,
    cameras,
    codeproject,
    openalpr,
    plate_recognizer,
    sightings,
)
from numberplate.sightings import Sightings

from .conftest import CAR, TEXT, MakeClient, Server, StartServer

PATH = "/v1/plate-reader/"
JSON = {"Content-Type": "application/json"}


def read(server: Server) -> list[str]:
    """What an honest client gets, in a few seconds."""
    reply = httpx.post(f"{server.url}/api/read", files={"picture": ("car.png", CAR)}, timeout=60)
    assert reply.status_code == 200, reply.text
    return [plate["text"] for plate in reply.json()["plates"]]


@contextmanager
def connections(server: Server, count: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    """As many as that, each of which has sent so much; those that are refused at once as well."""
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            with suppress(OSError):
                connection.settimeout(5)
                connection.connect(("127.0.0.1", server.port))
                connection.sendall(sent)
            opened.append(connection)
        yield opened


def upload_of(size: int, sent: int) -> bytes:
    head = f"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {size}"
    return f"{head}\r\n\r\n".encode() + bytes(sent)


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: loc", upload_of(1000, 10)])
def test_no_more_connections_than_may_be(start_server: StartServer, sent: bytes) -> None:
    server = start_server("--max-connections", 20, "--workers", 1)
    with connections(server, 60, sent) as opened:
        time.sleep(0.5)
        assert sum(map(is_open, opened)) <= 20
        if not sent.startswith(b"POST"):  # those who send pictures are let go when they are too slow
            assert read(server) == [TEXT]
    assert read(server) == [TEXT]


@pytest.mark.skipif(os.name != "posix", reason="the limit is of POSIX")
def test_few_open_files(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--workers", 1, files=290)
    with connections(server, 400):
        assert read(server) == [TEXT]
    assert (tmp_path / "log").stat().st_size < 10_000
    assert "at most 58 connections" in (tmp_path / "log").read_text()


def test_too_few_open_files_are_said() -> None:
    command = "ulimit -n 150; exec " + f"{sys.executable} -c 'from numberplate.cli import main; main()' serve"
    done = subprocess.run(
        ["bash", "-c", f"{command} --database none --workers 1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "max_connections: the system allows 150 open files" in done.stderr


def test_uploads_that_never_end_make_room_for_others(start_server: StartServer) -> None:
    flags = ["--max-upload-megabytes", 1, "--upload-memory-megabytes", 2, "--max-megapixels", 1]
    server = start_server(*flags, "--workers", 1, "--queue", 40)
    with connections(server, 12, upload_of(900_000, 800_000)) as slow:
        time.sleep(0.5)
        assert read(server) == [TEXT]
        # Some of them were told why; those that came last still may send.
        replies = [connection.recv(100) for connection in slow if not is_unanswered(connection)]
        assert replies
        assert all(b" 503 " in reply for reply in replies)


def is_unanswered(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    return False


def test_who_never_reads_is_let_go(start_server: StartServer) -> None:
    server = start_server("--write-seconds", 1, "--workers", 1)
    request = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connections(server, 5) as opened:
        until = time.monotonic() + 120
        while opened:
            assert time.monotonic() < until
            for connection in [*opened]:
                try:
                    connection.settimeout(0.02)
                    connection.sendall(request)
                except TimeoutError:
                    continue
                except OSError:
                    opened.remove(connection)
        assert read(server) == [TEXT]


def test_many_requests_at_once_on_one_connection(start_server: StartServer) -> None:
    server = start_server("--workers", 1)
    with connections(server, 1, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5000) as (one,):
        received = b""
        with suppress(OSError):
            while chunk := one.recv(65536):
                received += chunk
    assert received.count(b"HTTP/1.1 ") < 100
    assert read(server) == [TEXT]


def test_a_head_without_end(start_server: StartServer) -> None:
    server = start_server("--workers", 1)
    with connections(server, 1, b"GET / HTTP/1.1\r\n") as (one,), suppress(OSError):
        for _ in range(2000):
            one.sendall(b"A: " + b"b" * 1000 + b"\r\n")
            time.sleep(0.001)
        pytest.fail("2 MB of headers were taken")
    assert read(server) == [TEXT]


CHUNKED = "HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
HEADER = f"A: {'b' * 1000}\r\n".encode()


def test_a_body_is_never_another_request(start_server: StartServer) -> None:
    server = start_server("--workers", 1)
    body = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c"  # as Java's clients ask for HTTP/2
    head = f"POST /api/read HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\nContent-Length: {len(body)}\r\n\r\n"
    with connections(server, 1, head.encode()) as (one,):
        received = one.recv(65_536)
        with suppress(OSError):
            one.sendall(body)
            while more := one.recv(65_536):
                received += more
    assert received.startswith(b"HTTP/1.1 400")
    assert b"cannot ask for another protocol" in received
    assert received.count(b"HTTP/1.1 ") == 1
    reply = httpx.get(f"{server.url}/healthz", headers={"Connection": "Upgrade", "Upgrade": "h2c"})
    assert reply.status_code == 200  # in the protocol that it came by


def test_what_follows_a_head_and_is_no_body_ends(start_server: StartServer) -> None:
    server = start_server("--workers", 1)
    for begun, part in (
        (f"POST /api/read {CHUNKED}1\r\nx\r\n0\r\n", HEADER),
        (f"GET /healthz {CHUNKED}0\r\n", HEADER),  # whose body nobody reads
        (f"POST /api/read {CHUNKED}0\r\nA: ", b"b" * 1000),
        (f"POST /api/read {CHUNKED}1;a=", b"b" * 1000),
    ):
        with connections(server, 1, begun.encode()) as (one,), suppress(OSError):
            for _ in range(1000):
                one.sendall(part)
                time.sleep(0.001)
            pytest.fail(f"1 MB that is no body was taken after {begun[-20:]!r}")
    chunks = b"".join(b"1;a=b\r\n%c\r\n" % byte for byte in CAR * 40)  # what follows a picture is ignored
    head = f"POST /api/read {CHUNKED}".encode()
    with connections(server, 1, head + chunks + b"0\r\nEnd: of it\r\n\r\n") as (one,):
        assert len(chunks) > 65_536
        one.settimeout(20)
        assert one.recv(65_536).startswith(b"HTTP/1.1 200")


def test_no_process_is_left_when_the_server_is_killed(start_server: StartServer) -> None:
    server = start_server("--workers", 2)
    assert read(server) == [TEXT]
    family = descendants(server.process.pid)
    assert len(family) >= 2
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(10)
    until = time.monotonic() + 20
    while alive := [pid for pid in family if is_running(pid)]:
        assert time.monotonic() < until, alive
        time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found += [child, *descendants(child)]
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"upload": "", "regions": [' + b'"gb",' * 500_000 + b'"gb"]}', "JSON of more than"),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "JSON of more than"),
        (b'{"a": ' + b'{"a": ' * 300 + b"1" + b"}" * 301, "JSON of more than"),
        (b'{"camera_id": "' + b"x" * 1_000_000 + b'"}', "camera_id: expected at most"),
        (b'{"camera_id": "' + b"x" * 300 + b'"}', "camera_id: expected at most 200 characters"),
        (b'{"' + b"x" * 300 + b'": 1}', "a field's name"),
        (b'{"camera_id": "\\ud800"}', "camera_id: not Unicode"),
        (b'{"\\udfff": "x"}', "not Unicode"),
        (b'{"upload": "\\ud83d"}', "upload: not Unicode"),
        (b'{"upload": "AAAA", "config": "{\\"threshold_d\\": 1e400}"}', "threshold_d"),
    ],
)
def test_json_that_means_harm(client: TestClient, body: bytes, reason: str) -> None:
    start = time.process_time()
    reply = client.post(PATH, content=body, headers=JSON)
    assert (reply.status_code, reason in reply.json()["detail"]) == (400, True), reply.text[:300]
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("charset", "status"),
    [
        ("punycode", 415),  # seconds for a tenth of a megabyte, on the event loop
        ("undefined", 415),
        ("idna", 415),
        ("no-such", 415),
        ("UTF-8", 400),
        ("us-ascii", 400),
        ("iso-8859-1", 400),
        ("windows-1252", 400),
    ],
)
def test_charsets_of_forms(client: TestClient, charset: str, status: int) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\na-' + 100_000 * b"b" + b"\r\n--x--\r\n"
    kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    start = time.monotonic()
    reply = client.post(PATH, content=body, headers=kind)
    assert time.monotonic() - start < 1
    assert (reply.status_code, "charset" in reply.text) == (status, status == 415)


def test_a_form_of_separators_alone(client: TestClient) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    start = time.process_time()
    assert client.post(PATH, content=b"&" * 10_000_000, headers=kind).status_code == 400
    assert time.process_time() - start < 2


def test_a_form_of_escapes_alone_is_read_beside_the_event_loop(start_server: StartServer) -> None:
    server = start_server("--workers", 1)
    form = b"upload=" + b"%41" * 6_000_000
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    with ThreadPoolExecutor(1) as other, httpx.Client(base_url=server.url, timeout=60) as client:
        reply = other.submit(httpx.post, server.url + PATH, content=form, headers=kind, timeout=60)
        waits = []
        while not reply.done():
            start = time.monotonic()
            assert client.get("/healthz").status_code == 200
            waits.append(time.monotonic() - start)
    assert "Base64" in reply.result().json()["detail"] or "picture" in reply.result().json()["detail"]
    assert max(waits) < 2  # Starlette's parser stops everything for eight seconds


@pytest.mark.parametrize(
    ("form", "source"),
    [("camera_id=a+b%20c", "a b c"), ("camera_id=%C3%A9%zz%4", "é%zz%4"), ("camera_id=%%41%4&x=&&", "%A%4")],
)
def test_a_form_of_escapes(client: TestClient, form: str, source: str) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    picture = urlencode({"upload": base64.b64encode(CAR).decode()})
    reply = client.post(PATH, content=f"{picture}&{form}", headers=kind).json()
    assert (reply["camera_id"], [found["plate"] for found in reply["results"]]) == (source, [TEXT.lower()])


DOCUMENTS = [("POST", "/api/watch-list"), ("PUT", "/api/sightings/1/correction")]


@pytest.mark.parametrize(("method", "path"), DOCUMENTS)
@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"text": "' + b"x" * 1_000_000 + b'"}', 413, "too large"),
        (b"[" * 200_000, 422, "recursion limit"),
        (b'{"text": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 422, "recursion limit"),
        (b"{" + b",".join(b'"%d": 0' % i for i in range(20_000)) + b"}", 422, "Field required"),
        (b'{"' + b"x" * 100_000 + b'": 0}', 422, "Field required"),
        (b'{"text": ' + b"1" * 100_000 + b"}", 422, "number out of range"),
        (b'{"text": "\xff"}', 422, "body"),
        (b"", 422, "body"),
    ],
)
def test_documents_that_mean_harm(
    make_client: MakeClient, tmp_path: Path, method: str, path: str, body: bytes, status: int, reason: str
) -> None:
    client = make_client(database=str(tmp_path / "gate.db"))
    gc.collect()  # what other tests left in this process is not the request's
    start = time.process_time()
    reply = client.request(method, path, content=body, headers=JSON)
    assert (reply.status_code, reason in reply.json()["error"]) == (status, True), reply.text[:300]
    assert len(reply.text) < 1000
    assert time.process_time() - start < 2


@pytest.mark.parametrize(("method", "path"), DOCUMENTS)
def test_documents_of_a_length_that_is_not_stated(
    make_client: MakeClient, tmp_path: Path, method: str, path: str
) -> None:
    client = make_client(database=str(tmp_path / "gate.db"))
    pieces = (b" " * 10_000 for _ in range(100))
    assert client.request(method, path, content=pieces, headers=JSON).status_code == 413


@pytest.mark.parametrize(("method", "path"), DOCUMENTS)
def test_documents_of_another_kind(make_client: MakeClient, tmp_path: Path, method: str, path: str) -> None:
    client = make_client(database=str(tmp_path / "gate.db"))
    reply = client.request(method, path, content=b'{"text": "A"}', headers={"Content-Type": "text/plain"})
    assert reply.status_code == 415


@pytest.mark.parametrize("interface", [api, cameras, codeproject, openalpr, plate_recognizer, sightings])
def test_fastapi_reads_no_body(interface: ModuleType) -> None:
    """It would be read without a limit, and parsed on the event loop."""
    routes = [route for route in interface.router.routes if isinstance(route, APIRoute)]
    assert routes
    assert [route.path for route in routes if route.body_field is not None] == []


def test_many_regions(client: TestClient) -> None:
    for region in (["x" * 41], [f"r{i}" for i in range(500)]):
        reply = client.post(
            "/api/read", content=CAR, headers={"Content-Type": "image/png"}, params={"region": region}
        )
        assert (reply.status_code, "regions: " in reply.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/api/sightings", {"params": {"start": "0001-01-01T00:00:00+14:00"}}),
        ("GET", "/api/sightings", {"params": {"end": "9999-12-31T23:59:59-14:00"}}),
        ("GET", "/api/sightings", {"params": {"source": b"\xed\xa0\x80"}}),
        ("GET", "/api/sightings", {"params": {"text": "\N{FULLWIDTH LATIN CAPITAL LETTER A}Ψ"}}),
        ("GET", "/", {"headers": {"Origin": "http://["}}),
        ("POST", "/api/session", {"content": b'{"token": "\\ud800"}', "headers": JSON}),
        (
            "POST",
            "/api/watch-list",
            {"content": b'{"pattern": "A", "kind": "alert", "note": "\\ud800"}', "headers": JSON},
        ),
        ("POST", "/api/watch-list", {"content": b'{"pattern": "\\ud800", "kind": "alert"}', "headers": JSON}),
    ],
)
def test_no_fault_of_the_server(
    make_client: MakeClient, tmp_path: Path, method: str, path: str, options: dict
) -> None:
    reply = make_client(database=str(tmp_path / "gate.db")).request(method, path, **options)
    assert reply.status_code < 500, reply.text
    if path != "/api/sightings" or "source" not in options.get("params", {}):
        assert reply.status_code >= 400


def test_96_add_one_entry_at_once(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--database", tmp_path / "gate.db", "--workers", 1)

    def add(_: int) -> int:
        entry = {"pattern": "AB12", "kind": "alert"}
        return httpx.post(f"{server.url}/api/watch-list", json=entry, timeout=60).status_code

    with ThreadPoolExecutor(96) as pool:
        assert sorted(pool.map(add, range(96))) == [201] + [409] * 95


def test_a_locked_database_costs_no_reading_and_no_sighting(make_client: MakeClient, tmp_path: Path) -> None:
    database = tmp_path / "gate.db"
    client = make_client(database=str(database), keep_uploads=True)
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(3):
        reply = client.post(PATH, files={"upload": ("car.png", CAR)})
        assert (reply.status_code, reply.headers["Numberplate-Kept"]) == (201, "true")
        assert reply.json()["results"][0]["plate"] == TEXT.lower()
    assert client.get("/readyz").status_code == 503
    assert client.get("/api/sightings").json()["sightings"] == []  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    until = time.monotonic() + 120
    while len(client.get("/api/sightings").json()["sightings"]) < 3:
        assert time.monotonic() < until
        time.sleep(0.1)
    with Sightings(database) as store:
        assert store.count() == 3


def test_what_cannot_be_kept_is_read_and_says_so(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(database=str(tmp_path / "gate.db"), keep_uploads=True, waiting_megabytes=1e-5)
    for path, field in ((PATH, "upload"), ("/v1/vision/alpr", "upload"), ("/api/read", "picture")):
        reply = client.post(path, files={field: ("car.png", CAR)})
        assert (reply.is_success, reply.headers["Numberplate-Kept"]) == (True, "false")


def test_the_database_of_the_environment_is_shown(
    make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBERPLATE_DATABASE", str(tmp_path / "mine.db"))
    assert make_client(database=None).get("/api/about").json()["database"] == str(tmp_path / "mine.db")
    other = make_client(database=str(tmp_path / "other.db"))
    assert other.get("/api/about").json()["database"] == str(tmp_path / "other.db")
    assert make_client().get("/api/about").json()["database"] is None


def test_the_log_does_not_grow_with_every_fault(capsys: pytest.CaptureFixture) -> None:
    program = (
        "import logging\n"
        "from numberplate.server.logs import set_up_logs\n"
        "set_up_logs('json')\n"
        "for i in range(10_000):\n"
        "    logging.getLogger('numberplate.server').error('the database: %s', i)\n"
        "    logging.getLogger('numberplate.server').info('request', extra={'status': 200})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert sum(line["level"] == "ERROR" for line in lines) == 10
    assert sum(line["level"] == "INFO" for line in lines) == 10_000
