"""Types of columns: times, and words of the user's such as names of sources."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def storable(text: str) -> str:
    """The text as every database takes it: what is no Unicode (in names of files), and NUL, is replaced."""
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return readable.replace("\0", "\N{REPLACEMENT CHARACTER}")


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

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
