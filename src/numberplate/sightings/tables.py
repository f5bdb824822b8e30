"""The tables, as the newest migration leaves them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    null,
    true,
)
from sqlalchemy.dialects import postgresql

from numberplate.sightings.columns import SourceText, UserText, UtcDateTime

VERSION_TABLE = "sighting_schema"
"""Where Alembic keeps the number of the last migration: a database may be shared with other programs."""

HEAD = "0005"
"""The newest migration. Known here, a database that is up to date opens without Alembic."""

metadata = MetaData(
    naming_convention={
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts on for ever only in an INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")
# A range of texts is one of bytes, in whatever language a server was set up.
_PlateText = Text().with_variant(Text(collation="C"), "postgresql")
_Json = JSON().with_variant(postgresql.JSONB(), "postgresql")


def _sighting_id() -> Column[int]:
    return Column("sighting_id", _Id, ForeignKey("sighting.id", ondelete="CASCADE"), primary_key=True)


# A column for each field of live.Sighting; `folded` and `reversed` are its text again, in Latin
# letters, for searches.
sighting = Table(
    "sighting",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("added", UtcDateTime, nullable=False),
    Column("source", SourceText, nullable=False),
    Column("text", _PlateText, nullable=False),
    Column("folded", _PlateText, nullable=False),
    Column("reversed", _PlateText, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("direction", Text),
    Column("characters", _Json, nullable=False),
    Column("candidates", _Json, nullable=False),
    Column("regions", _Json, nullable=False),
    Column("corners", _Json, nullable=False),
    Column("path", LargeBinary, nullable=False),
    Column("allow", Boolean, nullable=False),
    Column("alert", Boolean, nullable=False),
    Column("identity", Text),
    Column("recording", Text),
    Column("zone", UserText),
    Column("cut", _Json),
    sqlite_autoincrement=True,  # an id is never used again, so that "newer than id" stays true
)
# The text is in the indexes of time, so that a search walks back in time without touching the rows.
Index("ix_sighting_first_seen_text", sighting.c.first_seen, sighting.c.text)
Index("ix_sighting_source_first_seen_text", sighting.c.source, sighting.c.first_seen, sighting.c.text)
Index("ix_sighting_text_first_seen", sighting.c.text, sighting.c.first_seen)
Index("ix_sighting_folded_first_seen", sighting.c.folded, sighting.c.first_seen)
Index("ix_sighting_reversed_first_seen", sighting.c.reversed, sighting.c.first_seen)
Index("ix_sighting_added", sighting.c.added)
_named = sighting.c.identity.is_not(null())
Index("ix_sighting_identity", sighting.c.identity, unique=True, sqlite_where=_named, postgresql_where=_named)
_recorded = sighting.c.recording.is_not(null())
Index(
    "ix_sighting_recording",
    sighting.c.recording,
    sighting.c.folded,
    sqlite_where=_recorded,
    postgresql_where=_recorded,
)
for _kind in ("allow", "alert"):
    _hit = sighting.c[_kind].is_(true())
    Index(f"ix_sighting_{_kind}", sighting.c.first_seen, sqlite_where=_hit, postgresql_where=_hit)

candidate = Table(
    "sighting_candidate",
    metadata,
    _sighting_id(),
    Column("folded", _PlateText, primary_key=True),
    Index("ix_sighting_candidate_folded", "folded", "sighting_id"),
    sqlite_with_rowid=False,
)

picture = Table(
    "sighting_picture",
    metadata,
    _sighting_id(),
    Column("kind", Text, primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
)

# What an entry said when it was hit: it may be removed later.
hit = Table(
    "sighting_hit",
    metadata,
    _sighting_id(),
    Column("entry_id", _Id, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("pattern", _PlateText, nullable=False),
    Column("note", UserText, nullable=False),
    Column("text", _PlateText, nullable=False),
    Column("distance", SmallInteger, nullable=False),
    Index("ix_sighting_hit_entry_id", "entry_id", "sighting_id"),
    sqlite_with_rowid=False,
)

# What a person says that the plate says: a label for training, which goes with its sighting.
correction = Table(
    "sighting_correction",
    metadata,
    _sighting_id(),
    Column("text", _PlateText, nullable=False),
    Column("made", UtcDateTime, nullable=False),
)

entry = Table(
    "watchlist_entry",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("pattern", _PlateText, nullable=False),
    Column("distance", SmallInteger, nullable=False),
    Column("note", UserText, nullable=False),
    Column("added", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "pattern"),
    sqlite_autoincrement=True,
)

# How far a program that follows the sightings has come.
follower = Table(
    "sighting_follower",
    metadata,
    Column("name", UserText, primary_key=True),
    Column("after", _Id, nullable=False),
    Column("advanced", UtcDateTime, nullable=False),
)

# What it could not deal with.
failure = Table(
    "sighting_failure",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("follower", UserText, nullable=False),
    Column("sighting_id", _Id, ForeignKey("sighting.id", ondelete="CASCADE"), nullable=False),
    Column("failed", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_sighting_failure_sighting_id", "sighting_id"),
    sqlite_autoincrement=True,
)
