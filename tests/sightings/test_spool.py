"""Sightings wait on the disk while the database takes none, and none is lost or doubled."""

import errno
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from numberplate.sightings import FullError, RefusedError, Sightings, SightingsError
from numberplate.sightings.record import Record, from_bytes, to_bytes
from numberplate.sightings.spool import Spool, spool_folder

from ..actions.conftest import wait_until
from .conftest import make_anew, sighting

OpenSpool = Callable[..., Spool]


def data(text: str) -> bytes:
    return to_bytes([Record.of(sighting(text), identity=text)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "waiting"


@pytest.fixture
def open_spool(database: str, folder: Path) -> Iterator[OpenSpool]:
    opened: list[tuple[Spool, Sightings]] = []

    def open_(timeout: float = 5, **options: int) -> Spool:
        store = Sightings(database, timeout=timeout)
        opened.append((Spool(store, folder, **options), store))
        return opened[-1][0]

    yield open_
    for spool, store in opened:
        spool.close()
        store.close()


def texts(database: str) -> list[str]:
    with Sightings(database) as store:
        return sorted(s.text for s in store.iterate())


def test_what_is_put_is_added(open_spool: OpenSpool, database: str, folder: Path) -> None:
    spool = open_spool()
    for future in [spool.put(data(f"A{i}")) for i in range(30)]:
        future.result(20)
    assert texts(database) == sorted(f"A{i}" for i in range(30))
    assert (list(folder.iterdir()), spool.held, spool.fault) == ([], 0, None)
    assert folder.stat().st_mode & 0o077 == 0


def test_what_waits_is_its_owners_alone(open_spool: OpenSpool, database: str, folder: Path) -> None:
    folder.mkdir(0o755)  # as somebody made it
    spool = open_spool(timeout=0.1)
    with Sightings(database) as other, other._writing():
        future = spool.put(data("A1"))
        assert [path.stat().st_mode & 0o077 for path in folder.iterdir()] == [0]
    future.result(20)


@pytest.mark.skipif(os.name == "nt", reason="the server is reached by a socket in a folder")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_comes_later_gets_all_that_waits(database: str, folder: Path, tmp_path: Path) -> None:
    url = make_url(database)
    socket = tmp_path / "socket"
    away = url.update_query_dict({"host": str(socket)}).render_as_string(hide_password=False)
    with pytest.raises(SightingsError):
        Sightings(away)
    with Sightings(away, at_once=False) as store:
        with pytest.raises(SightingsError):
            store.last_id()
        spool = Spool(store, folder)
        wait_until(lambda: spool.fault)  # before there is any sighting
        future = spool.put(data("A1"))
        socket.symlink_to(str(url.query["host"]))
        future.result(30)
        wait_until(lambda: spool.fault is None)
        assert spool.close() == 0
    assert texts(database) == ["A1"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_database_that_is_made_anew_gets_what_comes(open_spool: OpenSpool, database: str) -> None:
    # Once it had no tables until the program was started again, and all that was seen waited.
    spool = open_spool()
    spool.put(data("A1")).result(20)
    make_anew(database)
    spool.put(data("A2")).result(20)
    wait_until(lambda: spool.fault is None)
    assert texts(database) == ["A2"]


def test_what_waits_is_added_in_the_order_in_which_it_was_seen(open_spool: OpenSpool, database: str) -> None:
    """Actions go by it: who came first is let in first."""
    names = [f"A{i}" for i in range(45)]  # more than are added at once
    spool = open_spool(timeout=0.1)
    with Sightings(database) as other:
        with other._writing():
            futures = [spool.put(data(name)) for name in names]
        for future in futures:
            future.result(60)
        assert [one.text for one in other.since(0, 100)] == names


def test_nobody_can_cancel_what_is_on_the_disk(open_spool: OpenSpool, database: str) -> None:
    spool = open_spool()
    future = spool.put(data("A1"))
    assert not future.cancel()
    spool.put(data("A2")).result(20)
    assert texts(database) == ["A1", "A2"]


def test_what_was_added_before_is_not_again(open_spool: OpenSpool, database: str) -> None:
    spool = open_spool()
    for _ in range(3):  # as after a power failure, between the database's commit and the file's end
        spool.put(data("A1")).result(20)
    assert texts(database) == ["A1"]
    assert spool.repeated == 2


def test_two_programs_share_a_folder(open_spool: OpenSpool, database: str) -> None:
    spools = [open_spool(), open_spool()]
    for future in [spools[i % 2].put(data(f"A{i}")) for i in range(40)]:
        future.result(60)  # whichever of them adds it
    assert texts(database) == sorted(f"A{i}" for i in range(40))


def test_a_locked_database_loses_nothing(open_spool: OpenSpool, database: str, folder: Path) -> None:
    if database.startswith("postgresql"):
        pytest.skip("the lock is SQLite's")
    spool = open_spool(timeout=0.1)
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        futures = [spool.put(data(f"A{i}")) for i in range(3)]
        until = time.monotonic() + 20
        while spool.fault is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert "another program has locked it" in str(spool.fault)
        assert not any(future.done() for future in futures)
        assert spool.held == sum(f.stat().st_size for f in folder.iterdir())
        assert spool.close(5) == 3  # for the next program
        other.execute("ROLLBACK")
    other.close()
    open_spool().close(20)
    assert texts(database) == ["A0", "A1", "A2"]


def test_what_was_begun_long_ago_and_never_finished_goes(open_spool: OpenSpool, folder: Path) -> None:
    """Of a program that was killed while it wrote; another one may just be writing."""
    folder.mkdir()
    old, new = folder / "1.part", folder / "2.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    spool = open_spool()
    assert [*folder.iterdir()] == [new]
    assert spool.held == 0
    assert spool.close() == 0


def test_a_folder_that_goes_is_waited_for(open_spool: OpenSpool, database: str, folder: Path) -> None:
    spool = open_spool(timeout=0.1)
    with Sightings(database) as other, other._writing():
        spool.put(data("A1"))
        shutil.rmtree(folder)
    end = time.monotonic() + 20
    while "waiting: No such file" not in str(spool.fault):
        assert time.monotonic() < end
        time.sleep(0.05)
    before = time.process_time()
    time.sleep(2)
    assert time.process_time() - before < 0.5  # it does not ask without a pause
    with pytest.raises(SightingsError, match="waiting: No such file"):
        spool.put(data("A2"))
    folder.mkdir()
    spool.put(data("A3")).result(20)
    while spool.fault is not None:  # the sighting is told first
        assert time.monotonic() < end + 20
        time.sleep(0.01)
    assert texts(database) in (["A3"], ["A1", "A3"])  # the first one may have been read before


def test_no_more_waits_than_may(open_spool: OpenSpool) -> None:
    spool = open_spool(most=10)
    with pytest.raises(FullError, match="MB of sightings wait already"):
        spool.put(data("A1"))
    assert spool.held == 0


def test_a_full_disk_is_said(open_spool: OpenSpool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = open_spool()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(FullError, match="No space left"):
            spool.put(data("A1"))
    assert (list(folder.iterdir()), spool.held) == ([], 0)
    spool.put(data("A1")).result(20)


def headed(head: str) -> bytes:
    """A file with that head and no pictures."""
    magic, length = data("A1").partition(b"\n")[0] + b"\n", struct.pack("<I", len(head))
    return magic + length + head.encode()


@pytest.mark.parametrize(
    "broken",
    [
        data("A1")[:-5],
        headed('{"blobs": [], "rows": [5]}'),
        headed('{"blobs": [], "rows": ["text"]}'),
        headed("[" * 100_000),
    ],
    ids=["cut", "a number", "a text", "nested"],
)
def test_a_damaged_file_holds_up_no_other(
    open_spool: OpenSpool, database: str, folder: Path, broken: bytes
) -> None:
    folder.mkdir()
    (folder / "0-broken.sightings").write_bytes(broken)
    spool = open_spool()
    spool.put(data("A2")).result(20)
    spool.close(20)
    assert texts(database) == ["A2"]
    assert [f.name for f in folder.iterdir()] == ["0-broken.damaged"]


def altered(identity: str, **changes: object) -> Record:
    record = Record.of(sighting(identity), identity=identity)
    return Record(record.row | changes, record.crop, record.frame)


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": None},
        {"frames": 2**70},
        {"source": ["a", "list"]},
        {"text": None},
        {"candidates": [[5, 0.5]]},
        {"corners": "none"},
    ],
)
def test_what_is_refused_for_ever_holds_up_no_other(
    open_spool: OpenSpool, database: str, folder: Path, changes: dict[str, object]
) -> None:
    folder.mkdir()
    mixed = to_bytes([Record.of(sighting("A1"), identity="A1"), altered("A2", **changes)])
    (folder / "0-mixed.sightings").write_bytes(mixed)
    (folder / "1-good.sightings").write_bytes(data("A3"))
    spool = open_spool()
    refused = spool.put(to_bytes([altered("A4", **changes)]))
    with pytest.raises(RefusedError):
        refused.result(20)
    spool.put(data("A5")).result(20)
    assert spool.close(20) == 0
    assert texts(database) == ["A1", "A3", "A5"]
    assert (spool.refused, spool.held, spool.fault) == (2, 0, None)
    aside = {f.suffix for f in folder.iterdir()}
    assert aside == {".refused", ".txt"}
    reason = (folder / "0-mixed.reason.txt").read_text()
    assert reason.startswith(f"{changes.get('text', 'A2')}, 2026-11-24")
    assert database in reason or "postgresql" in reason
    (kept,) = from_bytes((folder / "0-mixed.refused").read_bytes())
    assert kept.row["identity"] == "A2"
    assert kept.frame.startswith(b"\xff\xd8")


def test_a_file_of_another_version_is_set_aside_with_its_reason(
    open_spool: OpenSpool, database: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = open_spool()
    spool.put(to_bytes([altered("A1", wheels=4)])).result(20)
    spool.put(data("A2")).result(20)
    assert spool.close(20) == 0
    assert texts(database) == ["A2"]
    assert [f.suffix for f in folder.iterdir()] == [".damaged"]
    assert "another version: wheels" in caplog.text


def test_a_folder_that_cannot_be(database: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Sightings(database) as store, pytest.raises(SightingsError, match="file"):
        Spool(store, tmp_path / "file" / "waiting")


def test_where_it_is(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    with Sightings(database) as store:
        found = spool_folder(store)
    assert found == Path(f"{database}-waiting") or tmp_path / "home" in found.parents


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from conftest import sighting
from numberplate.sightings import Sightings
from numberplate.sightings.record import Record, to_bytes
from numberplate.sightings.spool import Spool
from pathlib import Path

spool = Spool(Sightings(sys.argv[1]), Path(sys.argv[2]))
i = int(sys.argv[4])
while True:
    spool.put(to_bytes([Record.of(sighting(f"W{i}", minutes=i), identity=str(i))]))
    print(f"W{i}", flush=True)  # the acknowledgement
    i += 1
"""


def test_every_acknowledged_sighting_survives_kill_9(database: str, folder: Path) -> None:
    acknowledged: list[str] = []
    for round_ in range(3):
        command = [sys.executable, "-c", WRITER, database, str(folder), str(Path(__file__).parent)]
        with subprocess.Popen([*command, str(1000 * round_)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(5 + 7 * round_):
                acknowledged.append(writer.stdout.readline().strip())
            writer.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    with Sightings(database) as store:
        Spool(store, folder).close(60)
    kept = texts(database)
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def test_what_an_older_version_left_is_added(open_spool: OpenSpool) -> None:
    """It knew neither zones nor plates that are cut off."""
    record = Record.of(sighting(zone="drive", cut=("left",)), identity="a")
    (again,) = from_bytes(to_bytes([record]))
    assert (again.row["zone"], again.row["cut"]) == ("drive", ["left"])
    older = Record(
        {k: v for k, v in record.row.items() if k not in ("zone", "cut")}, record.crop, record.frame
    )
    spool = open_spool()
    spool.put(to_bytes([older])).result(20)
    (kept,) = spool._store.search().sightings
    assert (kept.zone, kept.cut) == (None, ())
