"""One program at a time runs the actions of a database."""

import threading
from contextlib import ExitStack

import pytest

from numberplate.actions import Actions
from numberplate.sightings import BusyError, Sightings

from ..sightings.conftest import database
from .conftest import PATIENCE, Receiver, configuration, wait_until

__all__ = ["database"]


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
