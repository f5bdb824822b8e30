"""Words of the user's in the database, such as names of sources."""

from sqlalchemy import Text
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
