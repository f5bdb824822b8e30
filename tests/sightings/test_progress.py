"""How far followers have come, and what they put aside."""

from collections.abc import Callable
from pathlib import Path

import pytest

from numberplate.sightings import BusyError, Sightings


def test_a_follower_goes_on_where_it_was(store: Sightings, database: str, add: Callable[..., int]) -> None:
    assert store.progress.after("mail") is None
    first, second = add("AB12CDE"), add("XY99ZZZ")
    store.progress.advance("mail", first)
    with Sightings(database) as again:
        assert again.progress.after("mail") == first
        assert again.progress.after("hook") is None
        assert [s.id for s in again.since(first)] == [second]


def test_what_is_put_aside_is_listed_until_it_is_forgotten(store: Sightings, add: Callable[..., int]) -> None:
    first, second = add("AB12CDE"), add("XY99ZZZ")
    store.progress.put_aside("mail", first, 3, "no such host\0")
    store.progress.put_aside("mail", second, 1, "x" * 10_000)
    one, other = store.progress.failures()
    assert (one.follower, one.sighting_id, one.attempts, one.reason) == (
        "mail",
        first,
        3,
        "no such host\ufffd",
    )
    assert one.failed.utcoffset() is not None
    assert one.to_dict()["sighting_id"] == first
    assert len(other.reason) == 500
    assert store.progress.after("mail") == second
    assert store.progress.forget([one.id, 999, -1]) == 1
    assert [failure.id for failure in store.progress.failures()] == [other.id]


def test_what_is_deleted_is_put_aside_no_more(store: Sightings, add: Callable[..., int]) -> None:
    first = add("AB12CDE")
    store.progress.put_aside("mail", first, 1, "refused")
    store.delete([first])
    assert store.progress.failures() == []
    store.progress.put_aside("mail", first, 1, "refused")  # it was being delivered as it was deleted
    assert store.progress.failures() == []
    assert store.progress.after("mail") == first


@pytest.mark.parametrize("name", ["", "ß\n\0"])
def test_any_name_will_do(store: Sightings, name: str) -> None:
    store.progress.advance(name, 7)
    assert store.progress.after(name) == 7
    store.progress.advance(name, 3)
    assert store.progress.after(name) == 3


def test_one_program_at_a_time(store: Sightings, database: str) -> None:
    with Sightings(database) as other:
        with store.alone("actions"), other.alone("something else"), pytest.raises(BusyError, match="actions"):
            other.alone("actions").__enter__()
        with other.alone("actions"):
            pass


def restart(database: str) -> None:
    """As far as connections can tell."""
    with Sightings(database) as store, store._reading() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_one_program_at_a_time_whenever_the_server_is_started(store: Sightings, database: str) -> None:
    if not database.startswith("postgresql"):
        pytest.skip("SQLite has no server")
    with Sightings(database) as other, store.alone("actions") as still_alone:
        assert still_alone()
        restart(database)
        assert still_alone()  # it was nobody's
        with pytest.raises(BusyError, match="another program runs actions"):
            other.alone("actions").__enter__()
        restart(database)
        with other.alone("actions"):
            assert not still_alone()
        assert still_alone()


def test_one_program_at_a_time_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    with (
        Sightings(tmp_path / "a.db") as store,
        Sightings(tmp_path / "link.db") as other,
        store.alone("actions"),
        pytest.raises(BusyError, match="another program runs actions on it already"),
    ):
        other.alone("actions").__enter__()
