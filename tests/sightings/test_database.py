"""Opening: migrations, and what cannot be opened."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert, make_url, text, update

from numberplate.sightings import BusyError, DamagedError, Query, Sightings, SightingsError, tables
from numberplate.sightings import database as module

from .conftest import NOON, sighting


def test_the_migrations_make_the_tables(store: Sightings) -> None:
    with store._reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": tables.VERSION_TABLE})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == tables.HEAD


def test_the_newest_migration_is_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [tables.HEAD]


def test_those_who_ask_a_server_that_says_nothing_do_not_wait_for_each_other() -> None:
    pytest.importorskip("psycopg", reason="needs the extra postgresql")
    with socket.create_server(("127.0.0.1", 0)) as listening:  # nobody accepts
        url = f"postgresql://nobody@127.0.0.1:{listening.getsockname()[1]}/none"
        with Sightings(url, timeout=2, at_once=False) as store, ThreadPoolExecutor(8) as threads:
            began = time.monotonic()
            asked = [threads.submit(store.last_id) for _ in range(8)]
            assert all(isinstance(one.exception(), SightingsError) for one in asked)
    assert time.monotonic() - began < 10  # one after the other takes 16 s


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system has no such option")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_says_nothing_any_more_is_given_up_in_time(database: str) -> None:
    """Its cable was pulled: once it was waited for by the quarter of an hour, and nothing was said."""
    url = make_url(database)
    path = f"{url.query['host']}/.s.PGSQL.{url.port or 5432}"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_pass_on, args=(listening, path), daemon=True).start()
        port = listening.getsockname()[1]
        reached = url.set(host="127.0.0.1", port=port, query={"keepalives_idle": "7"})
        with (
            Sightings(reached.render_as_string(hide_password=False), timeout=4) as store,
            store._reading() as connection,
        ):
            handle = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]
            with socket.socket(fileno=os.dup(handle)) as one:
                assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 4000
                assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 7  # as the URL says
                assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 1
                assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
        listening.shutdown(socket.SHUT_RDWR)


def _pass_on(listening: socket.socket, path: str) -> None:
    """Connects whoever comes with a server's socket."""
    with suppress(OSError):  # until it is shut down
        while True:
            threading.Thread(target=_between, args=(listening.accept()[0], path), daemon=True).start()


def _between(client: socket.socket, path: str) -> None:
    with client, socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        _copy(client, server)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


def test_made_by_a_newer_numberplate(database: str) -> None:
    with Sightings(database) as store:
        store.add(sighting())
        with store._writing() as connection:
            connection.execute(text(f"UPDATE {tables.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(
        SightingsError, match=rf"was made by a newer numberplate .*version 9999.* up to {tables.HEAD}"
    ):
        Sightings(database)


def test_programs_that_make_one_database_at_once(database: str) -> None:
    program = (
        "import sys; from numberplate.sightings import Sightings\n"
        "with Sightings(sys.argv[1]) as store: print(store.count())"
    )
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", program, database],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for each in programs:
        assert each.communicate(timeout=60) == ("0\n", "")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(SightingsError, match=r"nothing\.db: no such database"):
        Sightings(tmp_path / "nothing.db", create=False)
    assert not (tmp_path / "nothing.db").exists()
    with pytest.raises(SightingsError, match=r"no/a\.db: No such file or directory"):
        Sightings(tmp_path / "no" / "a.db")
    with pytest.raises(SightingsError, match=f"{tmp_path.name}: "):
        Sightings(tmp_path)


def test_the_default_is_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    with Sightings() as store:
        store.add(sighting())
        assert tmp_path in Path(store.name).parents


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, but long enough to be taken for one by its name" * 20)
    with pytest.raises(SightingsError, match=r"text\.db: it is not an SQLite database"):
        Sightings(tmp_path / "text.db")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE sighting (id)")
    connection.close()
    with pytest.raises(SightingsError, match=r"other\.db: is the database of another program"):
        Sightings(tmp_path / "other.db")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)
    connection.close()


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Sightings(path) as store:
        store.add_all(sighting(f"A{i}", minutes=i) for i in range(200))
    whole = bytearray(path.read_bytes())
    whole[8192:-8192] = bytes(len(whole) - 16384)
    path.write_bytes(whole)
    with pytest.raises(SightingsError, match=r"a\.db: it is damaged"), Sightings(path) as store:
        list(store.iterate())


@pytest.mark.parametrize("at", ["names of tables", "a sighting"])
def test_damage_that_is_no_text(tmp_path: Path, at: str) -> None:
    path = tmp_path / "a.db"
    with Sightings(path) as store:
        store.add_all(sighting(f"A{i}", minutes=i) for i in range(20))
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    whole = path.read_bytes()
    what = b"CREATE TABLE" if at == "names of tables" else b"A17"
    path.write_bytes(whole.replace(what, b"\xff\xdd" + what[2:]))
    with pytest.raises(DamagedError, match=r"a\.db: it is damaged"), Sightings(path) as store:
        list(store.iterate())


def test_a_read_only_file() -> None:
    program = (
        "import os, sys\n"
        "from numberplate.sightings import Sightings, SightingsError\n"
        "Sightings(sys.argv[1]).close()\n"
        "os.chmod(sys.argv[1], 0o444)\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"  # root may write whatever the mode says
        "try: Sightings(sys.argv[1]).watch_list.add('A', 'alert')\n"
        "except SightingsError as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / "a.db"
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
        )
    assert (done.stdout, done.stderr) == (f"{path}: it is read-only\n", "")


def make_0001(database: str) -> None:
    """A database as the first release left it, with a camera's password in it."""
    url = (
        make_url(database).set(drivername="postgresql+psycopg")
        if "://" in database
        else f"sqlite:///{database}"
    )
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    columns = {"added": NOON, "first_seen": NOON, "last_seen": NOON, "text": "AB12", "folded": "AB12"}
    columns |= {
        "reversed": "21BA",
        "confidence": 0.9,
        "frames": 1,
        "path": b"\0" * 8,
        "allow": False,
        "alert": False,
    }
    columns |= {name: [] for name in ("characters", "candidates", "regions")}
    columns["corners"] = [[0, 0], [1, 0], [1, 1], [0, 1]]
    old = {name: tables.sighting.c[name] for name in (*columns, "source")}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        table = Table(
            "sighting",
            MetaData(),
            *(Column(name, Text if name == "source" else c.type) for name, c in old.items()),
        )
        sources = [
            "rtsp://admin:S3CRET@10.0.0.1/1",
            "http://h/v.cgi?user=a&pwd=S3CRET&x=1",
            "gate",
            "rtsp://h/1",
        ]
        connection.execute(insert(table), [columns | {"source": source} for source in sources])
    engine.dispose()


def test_old_rows_lose_their_passwords(database: str, tmp_path: Path) -> None:
    make_0001(database)
    with Sightings(database) as store:
        assert store.sources() == [
            "gate",
            "http://h/v.cgi?user=***&pwd=***&x=1",
            "rtsp://10.0.0.1/1",
            "rtsp://h/1",
        ]
        assert store.count(Query(source="rtsp://admin:S3CRET@10.0.0.1/1")) == 1  # found by either name
        added = store.add(sighting(source="rtsp://admin:S3CRET@10.0.0.1/1"))
        assert added.source == "rtsp://10.0.0.1/1"
        assert "S3CRET" not in json.dumps([s.to_dict() for s in store.iterate()])
        if "://" not in database:
            assert not [f.name for f in tmp_path.iterdir() if b"S3CRET" in f.read_bytes()]


def test_whoever_only_reads_waits_for_no_writer(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Sightings(path) as store:
        store.add(sighting())
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with Sightings(path, timeout=0.01) as store:
                assert store.count() == 1
        other.execute("ROLLBACK")
    other.close()


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Sightings(path, timeout=20) as store:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
        assert store.add(sighting()).id == 1
        other.close()


def test_damage_is_noticed(store: Sightings) -> None:
    ids = [store.add(sighting(f"A{i}")).id for i in range(3)]
    assert store.check() == []
    with store._writing() as connection:
        row = tables.picture.c
        broken = update(tables.picture).where(row.sighting_id == ids[1], row.kind == "crop")
        connection.execute(broken.values(jpeg=b"\xff\xd8 cut"))
    assert store.check() == [f"sighting {ids[1]}: its crop is no whole JPEG"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("characters", "{"),
        ("candidates", "[5]"),
        ("candidates", "[" * 5000),
        ("corners", "[1]"),
        ("path", b"123"),
        ("last_seen", "2026-13-01 00:00:00"),
        ("confidence", "much"),
        ("source", b"\xff"),
    ],
)
def test_damage_within_a_row_is_named_and_can_be_deleted(tmp_path: Path, column: str, value: object) -> None:
    with Sightings(tmp_path / "a.db") as store:
        ids = [store.add(sighting(f"A{i}")).id for i in range(3)]
        store.watch_list.add("A1", "alert")
    with sqlite3.connect(tmp_path / "a.db") as other:
        other.execute(f"UPDATE sighting SET {column} = ? WHERE id = ?", (value, ids[1]))
    other.close()
    with Sightings(tmp_path / "a.db") as store:
        for ask in (store.search, lambda: store.get(ids[1]), lambda: store.since(0)):
            with pytest.raises(DamagedError, match=rf"a\.db: sighting {ids[1]} is damaged: "):
                ask()
        (damage,) = store.check()
        assert damage.startswith(f"sighting {ids[1]} is damaged: ")
        assert store.delete([ids[1]]) == 1
        assert store.check() == []
        assert [s.text for s in store.since(0)] == ["A0", "A2"]


def test_a_damaged_watch_list_is_no_fault_of_what_is_added(tmp_path: Path) -> None:
    with Sightings(tmp_path / "a.db") as store:
        entry = store.watch_list.add("A1", "alert")
    with sqlite3.connect(tmp_path / "a.db") as other:
        other.execute("UPDATE watchlist_entry SET added = 'once'")
    other.close()
    with Sightings(tmp_path / "a.db") as store:
        with pytest.raises(DamagedError, match="a time in it is damaged"):
            store.add(sighting())
        (damage,) = store.check()
        assert "a time in it is damaged" in damage
        assert store.watch_list.remove(entry.id)
        assert store.add(sighting()).id == 1


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_taken_away_is_not_written_on(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "a #1?.db"
    with Sightings(path) as store:
        store.add(sighting("A1"))
        store.search()
        assert store.check_writing() is None
        for file in tmp_path.glob("a*"):
            file.rename(tmp_path / f"old {file.name}")
        if replaced:
            with Sightings(path) as other:
                other.add(sighting("A2"))
        for ask in (lambda: store.add(sighting("A3")), store.search, store.check_writing):
            with ThreadPoolExecutor(3) as threads:  # each with a connection of its own
                for asked in [threads.submit(ask) for _ in range(3)]:
                    with pytest.raises(SightingsError, match=r"1\?\.db: (was moved|it cannot be opened)"):
                        asked.result()
        assert path.exists() == replaced
    with Sightings(tmp_path / "old a #1?.db") as store:
        assert [s.text for s in store.iterate()] == ["A1"]


def test_errors_have_their_kinds(tmp_path: Path) -> None:
    with Sightings(tmp_path / "a.db", timeout=0.01) as store:
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError):
            store.add(sighting())
        other.close()
    (tmp_path / "b.db").write_bytes(b"x" * 5000)
    with pytest.raises(DamagedError):
        Sightings(tmp_path / "b.db")


def test_one_program_writes_at_a_time(store: Sightings, database: str) -> None:
    """Else one might be seen before another of a lower id, which whoever follows the ids would miss."""
    with Sightings(database, timeout=0.2) as other:
        with store._writing(), pytest.raises(BusyError):
            other.add(sighting())
        assert other.add(sighting()).id == other.last_id()


def test_what_is_acknowledged_is_on_the_disk_whatever_the_servers_settings(database: str) -> None:
    if not database.startswith("postgresql"):
        pytest.skip("SQLite has no server")
    with Sightings(database) as store, store._writing() as connection:
        connection.exec_driver_sql(
            f"ALTER DATABASE {make_url(database).database} SET synchronous_commit = off"
        )
    with Sightings(database) as store, store._writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_query_that_takes_too_long_is_ended(database: str) -> None:
    with Sightings(database, query_seconds=0.2) as store:
        for _ in range(2):
            with pytest.raises(BusyError), store._reading() as connection:
                connection.exec_driver_sql(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
                    "SELECT count(*) FROM n"
                )
            assert store.count() == 0
        with store._writing():
            time.sleep(0.3)  # what is written has its time
        assert store.delete([store.add(sighting()).id]) == 1


def test_a_locked_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Sightings(path, timeout=0.2) as store:
        store.add(sighting())
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SightingsError, match=r"a\.db: another program has locked it"):
            store.add(sighting())
        assert store.count() == 1  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert store.add(sighting()).id == 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://u:s3cret@host/x", "mysql: sightings are kept in SQLite or PostgreSQL only"),
        ("nothing://u:s3cret@host/x", "nothing: "),
        ("postgresql://u:s3cret@host:port/x", "URL is not understood"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_urls_that_name_no_database(url: str, reason: str) -> None:
    with pytest.raises(SightingsError) as caught:
        Sightings(url)
    assert reason in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_url_of_a_file(tmp_path: Path) -> None:
    with Sightings(f"sqlite:///{tmp_path}/a b%.db") as store:
        assert store.name == str(tmp_path / "a b%.db")
        store.add(sighting())
    assert (tmp_path / "a b%.db").exists()


def test_an_unreachable_server() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and nobody listens
        port = closed.getsockname()[1]
        with pytest.raises(SightingsError, match="Connection refused") as caught:
            Sightings(f"postgresql://u:secret@127.0.0.1:{port}/x", timeout=2)
    assert str(caught.value).startswith(f"postgresql://u:***@127.0.0.1:{port}/x: ")
    assert "secret" not in str(caught.value)


def test_a_server_that_comes_back(database: str) -> None:
    if not database.startswith("postgresql"):
        pytest.skip("SQLite has no server")
    with Sightings(database) as store, Sightings(database) as other:
        store.add(sighting())
        with other._reading() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert store.count(Query("AB12CDE")) == 1


def test_a_library_that_is_missing() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from numberplate.sightings import Sightings, SightingsError\n"
        "try: Sightings('postgresql://u:secret@host/x')\n"
        "except SightingsError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "postgresql://u:***@host/x: needs psycopg: pip install 'numberplate[postgresql]'\n"
