"""What was acknowledged stays, what was deleted is gone: programs killed, and files searched byte by byte."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from numberplate.sightings import Query, RemainsError, Retention, Sightings, SightingsError

from .conftest import sighting

WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from conftest import sighting
from numberplate.sightings import Sightings

store = Sightings(sys.argv[1])
i = 0
while True:
    added = store.add(sighting(f"W{i}", minutes=i))
    print(added.id, added.text, flush=True)  # the acknowledgement
    i += 1
"""


def test_every_acknowledged_sighting_survives_kill_9(database: str) -> None:
    # Killed three times, at whatever it is doing, and started again on what it left.
    acknowledged: dict[int, str] = {}
    for number in (3, 11, 20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, database, str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(number):
                id, text = writer.stdout.readline().split()
                acknowledged[int(id)] = text
            time.sleep(0.003 * number)
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout:  # acknowledged before the signal came
                if line.endswith("\n"):
                    id, text = line.split()
                    acknowledged[int(id)] = text
        assert writer.returncode == -signal.SIGKILL
    with Sightings(database, create=False) as store:
        kept = {s.id: s for s in store.iterate()}
        assert acknowledged.items() <= {id: s.text for id, s in kept.items()}.items()
        assert len(kept) <= len(acknowledged) + 3  # at most one a kill was kept and not yet told
        for id, found in kept.items():
            assert found.pictures == ("crop", "frame")
            assert len(store.picture(id, "frame") or b"") > 100
        assert store.count(Query("W*", candidates=True)) == len(kept)


def test_sqlite_is_told_to_reach_the_disk(tmp_path: Path) -> None:
    with Sightings(tmp_path / "a.db") as store, store._reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "auto_vacuum", "foreign_keys")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "secure_delete": 1,
        "auto_vacuum": 2,  # INCREMENTAL
        "foreign_keys": 1,
    }
    assert (tmp_path / "a.db").stat().st_mode & 0o077 == 0


def traces(folder: Path, words: list[bytes]) -> list[tuple[str, bytes]]:
    return [(f.name, word) for f in sorted(folder.iterdir()) for word in words if word in f.read_bytes()]


def test_what_is_deleted_is_gone_from_the_files(tmp_path: Path) -> None:
    with Sightings(tmp_path / "a.db") as store:
        words, ids = [], []
        for i in range(8):
            noise = np.random.default_rng(i).integers(0, 256, (300, 400, 3), np.uint8)
            ids.append(store.add(sighting(f"QX{i}ZWV", source=f"secret-{i}", picture=noise)).id)
            frame = store.picture(ids[-1], "frame")
            assert frame is not None
            words.append([f"QX{i}ZWV".encode(), f"secret-{i}".encode(), frame[1000:1032], frame[-40:-8]])
        full = sum(f.stat().st_size for f in tmp_path.iterdir())
        for of_one in words:
            assert {word for _, word in traces(tmp_path, of_one)} == set(of_one)

        store.delete(ids[:2])
        store.delete_matching(Query("QX2*"))
        assert traces(tmp_path, words[0] + words[1] + words[2]) == []
        store.purge(Retention(picture_count=0))
        assert traces(tmp_path, [w for of_one in words for w in of_one[2:]]) == []
        assert {word for _, word in traces(tmp_path, words[3])} == set(words[3][:2])
        store.delete_matching(Query())
        assert traces(tmp_path, [w for of_one in words for w in of_one]) == []
        assert sum(f.stat().st_size for f in tmp_path.iterdir()) < full / 3


def test_a_reader_that_holds_the_log_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Sightings(path, timeout=0.2) as store, create_engine(f"sqlite:///{path}").connect() as reader:
        id = store.add(sighting()).id
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM sighting").all()
        with pytest.raises(RemainsError, match=r"a\.db: deleted, but another program uses it"):
            store.delete([id])
        assert store.get(id) is None
        reader.rollback()
        store.delete([])
        assert (tmp_path / "a.db-wal").stat().st_size == 0


def test_what_two_programs_delete_at_once_is_deleted(store: Sightings, database: str) -> None:
    if store._engine.dialect.name == "sqlite":
        pytest.skip("an SQLite file has no VACUUM that waits for another")
    with Sightings(database, timeout=0.2) as other, store._engine.begin() as vacuum:
        id = store.add(sighting()).id
        vacuum.exec_driver_sql("LOCK TABLE sighting_hit IN SHARE UPDATE EXCLUSIVE MODE")  # as one holds
        with pytest.raises(RemainsError, match="deleted, but another program uses it"):
            other.delete([id])
        assert other.get(id) is None


def test_many_threads_and_programs_add_at_once(database: str) -> None:
    # Whoever follows the ids misses none, though the writers race.
    with Sightings(database) as store, Sightings(database) as other, ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit((store, other)[i % 2].add, sighting(f"T{i}")) for i in range(40)]
        seen: list[int] = []
        while not all(job.done() for job in jobs) or len(seen) < 40:
            seen += [s.id for s in other.since(seen[-1] if seen else 0, limit=7)]
        assert seen == sorted(job.result().id for job in jobs)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if sys.platform == "linux" and os.geteuid() == 0
        else None
    )
    if mounted is None or mounted.returncode:
        pytest.skip("a small file system cannot be mounted here (that takes root on Linux)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    kept: list[int] = []

    def fill(store: Sightings) -> None:
        for i in range(200):
            kept.append(store.add(sighting(f"F{i}", minutes=i, picture=noise)).id)

    with Sightings(small_disk / "a.db") as store:
        with pytest.raises(SightingsError, match=r"a\.db: the disk is full"):
            fill(store)
        assert 5 < len(kept) < 200
        # Nothing that was kept is lost, and reading goes on.
        assert [s.id for s in store.iterate()] == kept[::-1]
        assert all(store.picture(id, "frame") for id in kept)
        subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
        kept.append(store.add(sighting("F200", minutes=200)).id)
    with Sightings(small_disk / "a.db", create=False) as store:
        assert [s.id for s in store.iterate()] == kept[::-1]
