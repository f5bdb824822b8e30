"""What one program at a time may do, of all that share a database."""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from numberplate.sightings.database import translated
from numberplate.sightings.errors import BusyError, SightingsError

_SPACE = 0x6E756D70
"""First half of our advisory locks in PostgreSQL: any number that no other program has."""


@contextmanager
def alone(engine: Engine, name: str, what: str) -> Iterator[Callable[[], bool]]:
    """See `Sightings.alone`. The system, or the server, ends it with the program."""
    taken = BusyError(f"{name}: another program runs {what} on it already")
    if engine.dialect.name == "sqlite":
        from filelock import FileLock, Timeout

        # The file's own name: a link to it is the same database.
        lock = FileLock(f"{os.path.realpath(name)}-{what}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise taken from None
        except OSError as error:
            raise SightingsError(f"{lock.lock_file}: {error.strerror or error}") from error
        try:
            yield lambda: True
        finally:
            lock.release()
        return
    lock_of_server = _Lock(engine, name, what)
    try:
        if not lock_of_server.is_held():
            raise taken
        yield lock_of_server.is_held
    finally:
        lock_of_server.release()


class _Lock:
    """A lock of PostgreSQL, by a connection of its own, with which it ends."""

    def __init__(self, engine: Engine, name: str, what: str):
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._name = name
        self._take = select(func.pg_try_advisory_lock(_SPACE, _number(what)))
        self._connection: Connection | None = None

    def is_held(self) -> bool:
        """Whether it is ours; it is taken where it is nobody's, as after a start of the server.

        Raises SightingsError.
        """
        with translated(self._name):
            if self._connection is not None:
                try:
                    self._connection.execute(select(1))
                    return True
                except DBAPIError:
                    self.release()
            self._connection = self._engine.connect()
            self._connection.detach()
            if self._connection.execute(self._take).scalar():
                return True
            self.release()
            return False

    def release(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _number(what: str) -> int:
    return zlib.crc32(what.encode()) & 0x7FFFFFFF
