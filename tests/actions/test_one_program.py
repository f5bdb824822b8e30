"""Actions and a database that is started or made anew while they follow it."""

import threading
import time
from contextlib import ExitStack

import pytest

from numberplate.actions import Actions
from numberplate.sightings import BusyError, Sightings

from ..sightings.conftest import database, make_anew, sighting
from .conftest import PATIENCE, Receiver, at_work, configuration, wait_until

__all__ = ["database"]

LISTS = [{"name": "residents", "kind": "allow", "plates": ["AB12CDE"]}]


def test_a_server_that_is_started_anew_leaves_one_program(database: str, receiver: Receiver) -> None:
    """A second program may be faster then: the first one ends, where else both would open the gate."""
    if not database.startswith("postgresql"):
        pytest.skip("SQLite has no server")
    action = {"name": "tell", "webhook": {"url": receiver.url}}
    ended: list[BusyError] = []

    def run(store: Sightings) -> None:
        try:
            Actions(configuration(action=[action]), store).run()
        except BusyError as error:
            ended.append(error)

    with Sightings(database) as store, Sightings(database) as other, ExitStack() as second:
        first = threading.Thread(target=run, args=(store,))
        first.start()
        wait_until(lambda: store.progress.after("tell") is not None)

        def takes_over() -> bool:
            with Sightings(database) as third, third._reading() as connection:
                # The end of all connections, as by a start of the server.
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            try:
                second.enter_context(other.alone("actions"))
            except BusyError:  # the first was faster
                return False
            return True

        wait_until(takes_over)
        first.join(PATIENCE)
    assert "another program runs actions on it by now" in str(ended[0])


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_database_that_is_made_anew_is_followed_from_its_first_sighting(
    database: str, receiver: Receiver
) -> None:
    """Once nothing was delivered until its ids passed those of the one before, and its lists were empty."""
    action = {"name": "tell", "when": {"list": "residents"}, "webhook": {"url": receiver.url}}
    with (
        Sightings(database) as store,
        Sightings(database) as camera,
        at_work(store, action=[action], watch_list=LISTS),
    ):
        for _ in range(5):
            camera.add(sighting("AB12CDE"))
        wait_until(lambda: len(receiver.requests) == 5)
        make_anew(database)
        wait_until(lambda: _lists(database))
        added = [camera_adds(database, text) for text in ("AB12CDE", "XY99ZZZ", "AB12CDE")]
        wait_until(lambda: len(receiver.requests) == 7)
        wait_until(lambda: store.progress.after("tell") == added[-1])
        before = time.process_time()
        time.sleep(2)
        assert time.process_time() - before < 0.3  # it does not ask without a pause
    assert [one.json()["sighting"]["id"] for one in receiver.requests] == [1, 2, 3, 4, 5, 1, 3]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("reply", [200, 503])
def test_what_was_under_way_passes_over_nothing_in_a_database_that_is_made_anew(
    database: str, receiver: Receiver, reply: int
) -> None:
    action = {"name": "tell", "webhook": {"url": receiver.url}}
    receiver.replies, receiver.pause = [reply], 5.0
    with Sightings(database) as store, at_work(store, action=[action]):
        store.add(sighting("AB12CDE"))
        wait_until(lambda: receiver.requests)
        receiver.pause = 0.0  # of the next ones
        make_anew(database)
        for text in ("XY1", "XY2", "XY3"):
            camera_adds(database, text)
        wait_until(lambda: store.progress.after("tell") == 3)
        assert store.progress.failures() == []
    texts = [one.json()["sighting"]["text"] for one in receiver.requests]
    assert texts == ["AB12CDE", "XY1", "XY2", "XY3"]


def camera_adds(database: str, text: str) -> int:
    """As another program that keeps what it sees. Returns the id."""
    with Sightings(database) as camera:
        return camera.add(sighting(text)).id


def _lists(database: str) -> list[str]:
    with Sightings(database) as store:
        return [entry.pattern for entry in store.watch_list.entries()]
