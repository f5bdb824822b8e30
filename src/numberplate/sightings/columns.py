"""Types of columns: times, and words of the user's such as names of sources."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from numberplate.results.address import without_secrets

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class DamagedValueError(Exception):
    """What a database holds is no value of its column; within `database.translated` it is a DamagedError."""


def storable(text: str) -> str:
    """The text as every database takes it: what is no Unicode (in names of files), and NUL, is replaced."""
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)


def storable_source(name: str) -> str:
    """The name of a source as it is kept: `storable`, and without the password of an address."""
    return storable(without_secrets(name))


def shown(text: str) -> str:
    """A user's text fit for a line: what does not print in it is replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class UserText(TypeDecorator[str]):
    """Text that is made `storable` on its way in, in searches too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """None stays None."""
        return None if value is None else storable(value)


class SourceText(UserText):
    """The name of a source: `storable_source` on its way in, in searches too."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """None stays None."""
        return None if value is None else storable_source(value)


class UtcDateTime(TypeDecorator[datetime]):
    """Times, aware and in UTC on this side, whatever the database makes of them.

    `timestamptz` on PostgreSQL; on SQLite, which has no zones, text that sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value}: expected a time with its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:
        """As of any type. What it gives raises DamagedValueError for what is no time."""
        process = super().result_processor(dialect, coltype)
        assert process is not None  # it has one, below

        def checked(value: Any) -> datetime | None:
            try:
                return process(value)
            except (TypeError, ValueError) as error:
                raise DamagedValueError(f"a time in it is damaged: {error}") from error

        return checked

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always in UTC."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
