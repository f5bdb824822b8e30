"""Sightings made up, and databases of both kinds: each test gets an empty one."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url

from numberplate.live import Sighting
from numberplate.reading import Candidate, Character, Region
from numberplate.sightings import Sightings

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

POSTGRESQL = "NUMBERPLATE_TEST_POSTGRESQL"
"""The environment variable with a server's URL; `.ci/postgresql COMMAND` sets it."""


def sighting(text: str = "AB12CDE", minutes: float = 0, **changes: Any) -> Sighting:
    """A sighting of that text, first seen so many minutes after NOON, with pictures of noise."""
    rng = np.random.default_rng(0)
    when = NOON + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "source": "gate",
        "text": text,
        "confidence": 0.9,
        "characters": tuple(Character(c, 0.98) for c in text),
        "candidates": (Candidate(text, 0.9),),
        "regions": (Region("gb", 0.8), Region("us-tx", 0.1)),
        "first_seen": when,
        "last_seen": when + timedelta(seconds=2.5),
        "frames": 9,
        "corners": np.array([(1.5, 2), (50, 2), (50, 12.25), (1, 12)], np.float32),
        "path": rng.random((9, 2)).astype(np.float32) * 100,
        "direction": "towards",
        "picture": rng.integers(0, 256, (30, 40, 3), np.uint8),
        "crop": rng.integers(0, 256, (8, 24, 3), np.uint8),
    }
    return Sighting(**(values | changes))


def make_anew(database: str) -> None:
    """Drops a database of a PostgreSQL server, whoever uses it, and makes an empty one of its name."""
    url = make_url(database).set(drivername="postgresql+psycopg")
    engine = create_engine(make_url(os.environ[POSTGRESQL]).set(drivername=url.drivername))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {url.database} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {url.database}")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that is not there yet (SQLite) or empty (PostgreSQL)."""
    if request.param == "sqlite":
        yield str(tmp_path / "sightings.db")
        return
    if POSTGRESQL not in os.environ:
        pytest.skip(f"{POSTGRESQL} names no PostgreSQL server; run the tests by .ci/postgresql")
    server = make_url(os.environ[POSTGRESQL])
    name = f"test_{uuid4().hex}"
    engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture
def store(database: str) -> Iterator[Sightings]:
    """An empty one."""
    with Sightings(database, timeout=5) as opened:
        yield opened


@pytest.fixture
def add(store: Sightings) -> Callable[..., int]:
    """Adds `sighting(...)` and returns its id."""
    return lambda *arguments, **changes: store.add(sighting(*arguments, **changes)).id
