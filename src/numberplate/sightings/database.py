"""The connection to a database, its migrations, and its errors in plain words."""

import math
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from numberplate.sightings.columns import DamagedValueError
from numberplate.sightings.errors import (
    BusyError,
    DamagedError,
    FullError,
    NoTablesError,
    RefusedError,
    SightingsError,
)
from numberplate.sightings.tables import HEAD, VERSION_TABLE, metadata

WRITING = {"writing": True}
"""Execution options of a transaction that writes. SQLite gives it the lock at once: to ask for it later,
after having read, may fail with no wait."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6E756D706C  # of PostgreSQL's advisory locks: ours is any number that no other program has

_VACUUM_PAGES = 2000

_STEPS = 10_000
"""Of SQLite's machine, some milliseconds, after which it asks whether a query takes too long."""

_SQLITE_FAULTS: dict[str, tuple[type[SightingsError], str]] = {
    "SQLITE_FULL": (FullError, "the disk is full"),
    "SQLITE_BUSY": (BusyError, "another program has locked it"),
    "SQLITE_LOCKED": (BusyError, "another program has locked it"),
    "SQLITE_INTERRUPT": (BusyError, "a query took too long"),
    "SQLITE_READONLY": (SightingsError, "it is read-only"),
    "SQLITE_CANTOPEN": (SightingsError, "it cannot be opened"),
    "SQLITE_NOTADB": (DamagedError, "it is not an SQLite database"),
    "SQLITE_CORRUPT": (DamagedError, "it is damaged"),
    "SQLITE_IOERR": (SightingsError, "the disk is full, or failed to read or to write"),
}

_SQLSTATE_FAULTS: dict[str, type[SightingsError]] = {
    "53100": FullError,
    "53300": BusyError,  # too many connections
    "55P03": BusyError,  # a lock that was not to be had in time
    "40P01": BusyError,
    "40001": BusyError,
    "57014": BusyError,
    "42P01": NoTablesError,
    "42703": NoTablesError,  # a column that is not there
    "XX001": DamagedError,
    "XX002": DamagedError,
}
"""Of PostgreSQL; other codes are SightingsError itself."""

DATABASE_VARIABLE = "NUMBERPLATE_DATABASE"
"""The environment variable that names the database when nothing else does."""


def default_path() -> Path:
    """Where sightings are kept when nothing else is said: the user's folder for data of programs."""
    from platformdirs import user_data_path

    return user_data_path("numberplate", appauthor=False) / "sightings.db"


def connect(
    database: str | os.PathLike[str] | None, create: bool, timeout: float, query_seconds: float | None = None
) -> tuple[Engine, str]:
    """An engine, and the database's name for messages, without a password. A server is not reached for yet.

    Arguments as those of `Sightings`.
    """
    database = database or os.environ.get(DATABASE_VARIABLE) or None
    url = _url(database)
    name = url.database or ""
    if url.get_backend_name() != "sqlite":
        name = url.set(drivername=url.get_backend_name()).render_as_string()  # the password as ***
    if url.get_backend_name() == "sqlite":
        path = Path(name)
        _find_file(path, create, by_default=database is None)
        # `rw`: a connection of a later time makes no empty file where this one was.
        engine = create_engine(url.set(database=path.as_uri(), query={"uri": "true", "mode": "rw"}))
        _set_up_sqlite(engine, path, timeout, query_seconds)
    else:
        try:
            engine = create_engine(url, connect_args=_patience(url, timeout), pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise SightingsError(
                f"{name}: needs {error.name}: pip install 'numberplate[postgresql]'"
            ) from error
        _set_up_postgresql(engine, timeout, query_seconds)
    return engine, name


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Errors of the database within become a SightingsError that names it and the reason."""
    try:
        yield
    except PoolTimeoutError as error:
        raise BusyError(f"{name}: too many requests at once") from error
    except DBAPIError as error:
        if _is_refusal(error):
            raise RefusedError(f"{name}: {_first_line(error.orig)}") from error
        raise _fault(name, error.orig) from error
    except sqlite3.Error as error:
        raise _fault(name, error) from error
    except StatementError as error:  # a value that never reached the database
        raise RefusedError(f"{name}: {_first_line(error.orig)}") from error
    except SQLAlchemyError as error:
        raise SightingsError(f"{name}: {str(error).splitlines()[0]}") from error
    except DamagedValueError as error:
        raise DamagedError(f"{name}: {error}") from error
    except UnicodeDecodeError as error:  # of SQLite's own message on what it met
        raise DamagedError(f"{name}: it is damaged") from error


def _is_refusal(error: DBAPIError) -> bool:
    """Whether the values are at fault, so that the same ones are refused for ever."""
    if isinstance(error, DataError | IntegrityError):
        return True
    # A value of a kind that the driver cannot send: the database itself never saw it, and gave no code.
    unseen = getattr(error.orig, "sqlstate", None) is None and not hasattr(error.orig, "sqlite_errorname")
    return isinstance(error, InterfaceError | ProgrammingError) and unseen


def _first_line(error: BaseException | None) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _fault(name: str, error: BaseException | None) -> SightingsError:
    """The error as one of ours."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorname", None) or ""
        for start, (kind, reason) in _SQLITE_FAULTS.items():
            if code.startswith(start):
                return kind(f"{name}: {reason}")
        if not code and str(error).startswith("Could not decode"):
            return DamagedError(f"{name}: it is damaged: {_first_line(error)}")
    kind = _SQLSTATE_FAULTS.get(getattr(error, "sqlstate", None) or "", SightingsError)
    return kind(f"{name}: {_first_line(error)}")


def _url(database: str | os.PathLike[str] | None) -> URL:
    if database is None:
        return URL.create("sqlite", database=str(default_path()))
    given = os.fspath(database)
    if "://" not in given:
        return URL.create("sqlite", database=os.path.abspath(given))
    try:
        url = make_url(given)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, and is not repeated.
        raise SightingsError(
            "the database's URL is not understood; such as postgresql://user:password@host/name"
        ) from error
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise SightingsError(f"{url.drivername}: sightings are kept in SQLite or PostgreSQL only")
    if not url.database or url.database == ":memory:":
        raise SightingsError(f"{given}: names no file")
    return URL.create("sqlite", database=os.path.abspath(url.database))


def _find_file(path: Path, create: bool, by_default: bool) -> None:
    if not create and not path.exists():
        raise SightingsError(f"{path}: no such database")
    try:
        if by_default:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Where people drove is nobody else's business; SQLite gives its other files the same mode.
        os.close(os.open(path, os.O_RDONLY | (os.O_CREAT if create else 0), 0o600))
    except OSError as error:
        raise SightingsError(f"{path}: {error.strerror or error}") from error


def _set_up_sqlite(engine: Engine, path: Path, timeout: float, query_seconds: float | None) -> None:
    opened = path.stat().st_ino

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin below, and not at the first write
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * timeout)}")
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            # Counts in a new file alone, and takes the lock of writers in any.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a commit returns when it is on the disk
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        if sys.platform == "darwin":
            connection.execute("PRAGMA fullfsync = ON")  # fsync alone stops at the disk's cache there

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # SQLite writes on into a file that has no name any more, of which nothing is left when it is closed.
        if _inode(path) != opened:
            raise SightingsError(
                f"{path}: was moved, removed or replaced while in use; start the program again"
            )
        writing = connection.get_execution_options().get("writing")
        if query_seconds is not None:
            end = math.inf if writing else time.monotonic() + query_seconds
            driver = connection.connection.driver_connection
            driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _patience(url: URL, timeout: float) -> dict[str, int]:
    """How long libpq waits for a server that says nothing any more, as one whose cable was pulled: the system
    itself takes a quarter of an hour to give it up, and two hours where its reply is waited for.

    What the URL says of these counts.
    """
    wanted = {
        "connect_timeout": max(2, round(timeout)),  # no shorter time is taken
        "tcp_user_timeout": max(1, round(1000 * timeout)),
        "keepalives_idle": max(1, round(timeout)),
        "keepalives_interval": max(1, round(timeout / 3)),
        "keepalives_count": 3,
    }
    return {name: value for name, value in wanted.items() if name not in url.query}


def _set_up_postgresql(engine: Engine, timeout: float, query_seconds: float | None) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        # An acknowledged sighting is durable even where the server's own setting is not.
        connection.execute("SET synchronous_commit = on")
        connection.execute(f"SET lock_timeout = {round(1000 * timeout)}")
        connection.commit()

    if query_seconds is None:
        return

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("writing") and options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(1000 * query_seconds)}")


def migrate(engine: Engine, name: str, timeout: float) -> None:
    """Brings the tables up to date; makes them where there are none."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            with engine.connect() as connection:
                if _version(connection, name) == HEAD:
                    return
            with engine.execution_options(**WRITING).begin() as connection:
                lock_writers(connection)
                before = _version(connection, name)
                _upgrade(connection, name)
            if before is not None:
                wipe(engine)  # what a migration removed
            return
        except DBAPIError as error:
            # Two programs that make one file at once: switching to WAL does not wait for the other by itself.
            busy = getattr(error.orig, "sqlite_errorname", "") or ""
            if not busy.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def lock_writers(connection: Connection) -> None:
    """From here on no other program writes until this transaction ends: SQLite has it so anyway.

    Without it, PostgreSQL could show a sighting before another of a lower id, and whoever follows the ids
    would miss that one.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def wipe(engine: Engine) -> bool:
    """Leaves nothing of what was deleted: neither in free pages nor in SQLite's write-ahead log.

    Returns whether that could be done; a program that reads the log keeps it.
    """
    # Statements that no transaction may hold.
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(
                f"VACUUM (ANALYZE) {', '.join(table.name for table in metadata.sorted_tables)}"
            )
        return True
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        free = -1
        # A part at a time, so that whoever adds waits for moments only; until none is free or none gets less.
        while free != (free := cursor.execute("PRAGMA freelist_count").fetchone()[0]) and free:
            cursor.executescript(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")  # `execute` frees one page
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, _, _), *_ = cursor.fetchall()
        return not busy
    finally:
        raw.close()


def _version(connection: Connection, name: str) -> str | None:
    there = inspect(connection)
    if not there.has_table(VERSION_TABLE):
        # A server's database may be shared, a file is somebody's own.
        if connection.dialect.name == "sqlite" and there.get_table_names():
            raise SightingsError(f"{name}: is the database of another program")
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def _upgrade(connection: Connection, name: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    version = _version(connection, name)
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if version is not None and version not in known:
        raise SightingsError(
            f"{name}: was made by a newer numberplate (its tables are of version {version}, this one knows "
            f"them up to {HEAD}): install that one"
        )
    command.upgrade(config, "head")
