"""What one program at a time may do, of all that share a database."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, func, select

from numberplate.sightings.database import translated
from numberplate.sightings.errors import BusyError, SightingsError

_SPACE = 0x6E756D70
"""First half of our advisory locks in PostgreSQL: any number that no other program has."""


@contextmanager
def alone(engine: Engine, name: str, what: str) -> Iterator[None]:
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
            yield
        finally:
            lock.release()
        return
    own = engine.execution_options(isolation_level="AUTOCOMMIT")
    with translated(name), own.connect() as connection:
        connection.detach()  # it is no other's afterwards: with it the lock ends
        if not connection.execute(select(func.pg_try_advisory_lock(_SPACE, _number(what)))).scalar():
            raise taken
        yield


def _number(what: str) -> int:
    return zlib.crc32(what.encode()) & 0x7FFFFFFF
