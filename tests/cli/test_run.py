"""`numberplate run` and `numberplate check`, as a person runs them."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import pytest
from sqlalchemy import make_url

from numberplate.sightings import Sightings

from ..actions.conftest import Receiver, certificate, free_port, receiver, wait_until
from ..live.conftest import frame, passing, save_weights, write_video
from ..sightings.conftest import database, sighting
from .test_actions import run
from .test_read import COMMAND

assert receiver  # a fixture
assert database  # another

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)

unix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def write(folder: Path, text: str) -> Path:
    file = folder / "numberplate.toml"
    file.write_text(f'database = "sightings.db"\n{text}', encoding="utf-8")
    return file


def frames(folder: Path) -> None:
    """A folder of one frame."""
    folder.mkdir()
    cv2.imwrite(str(folder / "1.png"), frame((9, 10)))


@contextmanager
def running(file: Path, *flags: str) -> Iterator["subprocess.Popen[str]"]:
    command = [*COMMAND, "run", "--config", str(file), *flags]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        _, said = process.communicate(timeout=60)
        assert "Traceback" not in said, said


class SnapshotCamera:
    """A camera of snapshots, black but for what is shown."""

    def __init__(self) -> None:
        self.asked = 0
        self._place: tuple[int, int] | None = None
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.asked += 1
                self.send_response(200)
                self.end_headers()
                pixels = cv2.cvtColor(frame(camera._place), cv2.COLOR_RGB2BGR)
                self.wfile.write(cv2.imencode(".png", pixels)[1].tobytes())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/snap.png"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def show(self, places: Sequence[tuple[int, int] | None]) -> None:
        """A vehicle at each of these places, for two snapshots at least."""
        for place in [*places, None]:
            asked, self._place = self.asked, place
            wait_until(lambda asked=asked: self.asked > asked + 2)  # type: ignore[misc]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def children(pid: int) -> dict[str, int]:
    """The parts that a supervisor has started, by name, and their process ids."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (path / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if parent == pid and b"--only" in words:
            found[words[words.index(b"--only") + 1].decode()] = int(path.name)
    return found


def test_a_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
[[camera]]
name = "gate"
source = "gate.mp4"
[server]
port = 99999
colour = "red"
[[watch_list]]
name = "residents"
kind = "allow"
file = "residents.csv"
[[action]]
name = "log"
command = ["./no-such-program"]
[[action]]
name = "tell"
webhook = { url = "http://localhost", secret_file = "secret" }
""",
    )
    done = run("check", "--config", file)
    assert done.returncode == 1
    lines = [line.removeprefix(f"{file}: ") for line in done.stderr.splitlines()]
    assert [line.partition(": ")[0] for line in lines] == [f"line {n}" for n in (5, 7, 8, 12, 15, 18)]
    assert lines[0].endswith(f"camera.gate.source: {tmp_path}/gate.mp4: no such file, folder or device")
    assert "server.port: " in lines[1]
    assert lines[2].endswith("server.colour: no such setting")
    assert "residents.csv: No such file" in lines[3]
    assert "./no-such-program: no such program" in lines[4]
    assert "secret: No such file" in lines[5]
    assert not (tmp_path / "sightings.db").exists()


def test_a_check_says_which_folders_and_plates_are_missing(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("# none yet\n")
    file = write(
        tmp_path,
        """
[[watch_list]]
name = "residents"
kind = "allow"
file = "empty.csv"
[[action]]
name = "log"
command = { arguments = ["echo"], folder = "none" }
""",
    )
    file.write_text(file.read_text().replace("sightings.db", "none/sightings.db"))
    done = run("check", "--config", file)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{file}: line 1: database: {tmp_path}/none: no such folder",
        f"{file}: line 3: watch_list.residents: holds no plate",
        f"{file}: line 9: action.log.command.folder: {tmp_path}/none: no such folder",
    ]


@unix
def test_a_check_says_which_cameras_cannot_be_watched_without_reaching_for_any(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")  # which nobody may ever write to
    cameras = {
        "text.mp4": "not a video that can be decoded",
        "empty": "a folder with no picture in it",
        "250": "no such device",
        "/dev/video250": "no such device",
        "gate://camera/1": "no such file, folder or device",
        'rtsp://camera/1"\nevery = "1s': "a snapshot is asked for at an http or https address",
        "rtsp://camera/1": None,
        'http://camera/1.jpg"\nevery = "1s': None,
        "pipe": None,
    }
    tables = [f'[[camera]]\nname = "n{n}"\nsource = "{source}"\n' for n, source in enumerate(cameras)]
    done = run("check", "--config", write(tmp_path, "".join(tables)))
    assert done.returncode == 1
    said = {line.split(": ")[2]: line.rpartition(": ")[2] for line in done.stderr.splitlines()}
    assert said == {f"camera.n{n}.source": why for n, why in enumerate(cameras.values()) if why is not None}


def test_a_device_that_is_missing(tmp_path: Path) -> None:
    frames(tmp_path / "gate")
    cameras = f'device = "migraphx"\n[[camera]]\nname = "gate"\nsource = "{tmp_path}/gate"\n'
    file = write(tmp_path, cameras + '[server]\nport = 0\ndevice = "abacus"\n')
    done = run("check", "--config", file)
    assert done.returncode == 1
    shared, own = done.stderr.splitlines()
    assert shared.startswith(f"{file}: line 2: device: migraphx: this ONNX Runtime has no MIGraphX")
    assert own.startswith(f"{file}: line 8: server.device: abacus: no such device")
    for part, words in (
        ("camera:gate", "migraphx: this ONNX Runtime has no MIGraphX"),
        ("server", "abacus: no such device"),
    ):
        done = run("run", "--config", file, "--only", part)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith(f"{part}: {words}")


def test_a_check_finds_nothing_wrong(tmp_path: Path) -> None:
    frames(tmp_path / "gate")
    file = write(
        tmp_path, f'[[camera]]\nname = "gate"\nsource = "{tmp_path}/gate"\n[retention]\nage = "30d"\n'
    )
    done = run("check", "--config", file)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{file}: nothing is wrong; it runs camera:gate, retention\n"
    assert run("run", "--config", file, "--only", "camera:yard").returncode == 2


def test_paths_of_the_server_start_at_the_files_folder_too(tmp_path: Path) -> None:
    certificate(tmp_path)
    file = write(tmp_path, '[server]\nport = 0\ntls_certificate = "cert.pem"\ntls_key = "no.pem"\n')
    done = run("check", "--config", file)
    assert done.returncode == 1
    assert done.stderr == f"{file}: line 5: server.tls_key: {tmp_path / 'no.pem'}: no such file\n"


def test_a_check_reaches_out_if_asked_to(tmp_path: Path) -> None:
    port = free_port()
    file = write(
        tmp_path,
        f'[[camera]]\nname = "gate"\nsource = "http://a:S3CRET@127.0.0.1:{port}/x"\n'
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsender = "a@example.org"\n',
    )
    assert run("check", "--config", file).returncode == 0
    done = run("check", "--config", file, "--connect")
    assert done.returncode == 1
    assert "line 4: camera.gate.source: " in done.stderr
    assert "line 6: mail.host: 127.0.0.1:" in done.stderr
    assert "S3CRET" not in done.stderr


def test_a_check_reaches_for_a_databases_server_if_asked_to(tmp_path: Path) -> None:
    """One that is away is waited for: once the unit of docs/installation.md started nothing without it."""
    pytest.importorskip("psycopg", reason="needs the extra postgresql")
    file = tmp_path / "numberplate.toml"
    url = f"postgresql://me:S3CRET@127.0.0.1:{free_port()}/cars"
    file.write_text(f'\ndatabase = "{url}"\n[retention]\nage = "30d"\n')
    assert run("check", "--config", file).returncode == 0
    done = run("check", "--config", file, "--connect")
    assert done.returncode == 1
    assert f"{file}: line 2: database: postgresql://127.0.0.1:" in done.stderr
    assert "S3CRET" not in done.stderr


@pytest.mark.parametrize("text", ["", "camera = 3\n", "["])
def test_nothing_runs_that_cannot(tmp_path: Path, text: str) -> None:
    done = run("run", "--config", write(tmp_path, text))
    assert done.returncode == 1
    assert "numberplate.toml: " in done.stderr
    assert run("run", "--config", tmp_path / "none.toml").returncode == 1


@unix
def test_an_installation_from_a_video_to_a_webhook_and_the_page(tmp_path: Path, receiver: Receiver) -> None:
    save_weights(tmp_path / "weights")
    write_video(tmp_path / "gate.mkv", [None, *passing(), None])
    port = free_port()
    file = write(
        tmp_path,
        f"""
weights = "weights"
[[camera]]
name = "gate"
source = "{tmp_path}/gate.mkv"
[[watch_list]]
name = "residents"
kind = "allow"
plates = "AB123"
[server]
port = {port}
workers = 1
[[action]]
name = "tell"
when = {{ list = "residents" }}
webhook = {{ url = "{receiver.url}" }}
""",
    )
    with running(file, "--only", "actions") as actions:
        wait_until(lambda: (tmp_path / "sightings.db").exists())
        database = tmp_path / "sightings.db"
        search = ("sightings", "watchlist", "list", "-d", database)
        wait_until(lambda: "residents (numberplate.toml)" in run(*search).stdout)
        time.sleep(1)
        assert actions.poll() is None
    with running(file) as whole:
        wait_until(lambda: receiver.requests)
        value = receiver.requests[0].json()
        assert (value["sighting"]["text"], value["sighting"]["source"]) == ("AB123", "gate")
        assert value["lists"] == ["allow", "residents"]

        def sightings() -> Any:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/sightings") as reply:
                return json.load(reply)["sightings"]

        wait_until(lambda: _quiet(sightings))
        assert [one["text"] for one in sightings()] == ["AB123"]
        wait_until(lambda: "camera:gate" not in children(whole.pid))  # a video has an end
        assert {*children(whole.pid)} == {"server", "actions"}
        whole.send_signal(signal.SIGTERM)
        assert whole.wait(60) == 0
    assert len(receiver.requests) == 1


@unix
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_zones_drawn_on_the_page_count_for_a_camera_that_runs(tmp_path: Path) -> None:
    save_weights(tmp_path / "weights")
    port, camera = free_port(), SnapshotCamera()
    file = write(
        tmp_path,
        f"""weights = "weights"
[[camera]]
name = "gate"
source = "{camera.url}"
every = 0.1
hold = 0.5
[server]
port = {port}
workers = 1
""",
    )
    url = f"http://127.0.0.1:{port}"

    def ask(path: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}{path}", body, headers, method="PUT" if body else "GET")
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def zones() -> list[str | None]:
        found = _quiet(lambda: ask("/api/sightings"))
        return [one["zone"] for one in found["sightings"]] if found else []

    try:
        with running(file) as whole:
            wait_until(lambda: _quiet(lambda: ask("/healthz")))
            wait_until(lambda: camera.asked > 2)
            parts = children(whole.pid)
            camera.show(passing(row=10))
            wait_until(lambda: zones() == [None])
            (gate,) = ask("/api/cameras")["cameras"]
            zone = {"name": "drive", "points": [[0, 0], [1, 0.4]]}
            ask("/api/cameras/gate/areas", {"version": gate["version"], "zones": [zone]})
            assert 'zones = ["drive=0,0 1,0 1,0.4 0,0.4"]' in file.read_text()
            time.sleep(2.5)
            camera.show(passing(row=15))  # which is not in it
            camera.show(passing(row=4)[::-1])
            wait_until(lambda: len(zones()) > 1)
            assert zones() == ["drive", None]
            assert children(whole.pid) == parts  # none was started again
    finally:
        camera.close()


def _quiet(ask: Any) -> Any:
    try:
        return ask()
    except OSError:
        return None


@unix
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_all_of_it_waits_for_a_database_that_comes_later(database: str, tmp_path: Path) -> None:
    """Once its parts died, and were started again ever more slowly: a minute after the database they came."""
    url = make_url(database)
    socket, port = tmp_path / "socket", free_port()
    away = url.update_query_dict({"host": str(socket)}).render_as_string(hide_password=False)
    file = tmp_path / "numberplate.toml"
    file.write_text(
        f"""
database = "{away}"
weights = "{save_weights(tmp_path / "weights")}"
[retention]
age = "1000w"
by = "seen"
[server]
port = {port}
workers = 1
[[action]]
name = "tell"
file = {{ folder = "{tmp_path}/told", name = "{{text}}.txt" }}
"""
    )

    def ready() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as reply:
                return reply.status, ""
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    with running(file) as whole:
        wait_until(lambda: ready()[0])
        assert ready() == (503, ready()[1])
        assert "the database cannot be read" in ready()[1]
        time.sleep(5)
        began = children(whole.pid)
        assert {*began} == {"server", "actions", "retention"}
        with Sightings(database) as camera:
            old = camera.add(sighting("OLD1", first_seen=LONG_AGO, last_seen=LONG_AGO)).id
            socket.symlink_to(str(url.query["host"]))
            wait_until(lambda: camera.progress.after("tell") is not None)
            wait_until(lambda: camera.get(old) is None)
            camera.add(sighting("NEW1"))
        wait_until(lambda: ready()[0] == 200)
        wait_until((tmp_path / "told" / "NEW1.txt").exists)
        assert children(whole.pid) == began
        whole.send_signal(signal.SIGTERM)
        said = whole.stderr.read() if whole.stderr is not None else ""
        assert whole.wait(60) == 0
    assert "died" not in said
    for part in ("actions", "retention"):
        assert said.count(f"{part}: waits for the database: ") == 1
        assert said.count(f"{part}: the database is there") == 1


@unix
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_what_dies_is_started_again_and_nothing_outlives_its_supervisor(tmp_path: Path) -> None:
    file = write(tmp_path, '[retention]\nage = "30d"\n')
    with running(file) as supervisor:
        wait_until(lambda: children(supervisor.pid))
        (first,) = children(supervisor.pid).values()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: [*children(supervisor.pid).values()] not in ([first], []))
        (second,) = children(supervisor.pid).values()
        wait_until(lambda: (tmp_path / "sightings.db").exists())
        os.kill(supervisor.pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{second}").exists())


def test_one_part_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    file = write(tmp_path, f'[[camera]]\nname = "gate"\nsource = "{tmp_path}/text.mp4"\n')
    command = [*COMMAND, "run", "--config", str(file), "--only", "camera:gate"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"camera:gate: {tmp_path}/text.mp4: not a video" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" not in done.stderr
