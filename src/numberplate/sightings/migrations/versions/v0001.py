"""The first tables: sightings with their candidates, pictures and hits, and the watch list.

A migration never changes once it is released: it does not import what `tables` says today.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLATE_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "sighting",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("added", _TIME, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", _PLATE_TEXT, nullable=False),
        sa.Column("folded", _PLATE_TEXT, nullable=False),
        sa.Column("reversed", _PLATE_TEXT, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("last_seen", _TIME, nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text()),
        sa.Column("characters", _JSON, nullable=False),
        sa.Column("candidates", _JSON, nullable=False),
        sa.Column("regions", _JSON, nullable=False),
        sa.Column("corners", _JSON, nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("allow", sa.Boolean(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sighting"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sighting_first_seen_text", "sighting", ["first_seen", "text"])
    op.create_index("ix_sighting_source_first_seen_text", "sighting", ["source", "first_seen", "text"])
    for column in ("text", "folded", "reversed"):
        op.create_index(f"ix_sighting_{column}_first_seen", "sighting", [column, "first_seen"])
    for column in ("allow", "alert"):
        hit = sa.column(column, sa.Boolean()).is_(sa.true())
        op.create_index(
            f"ix_sighting_{column}", "sighting", ["first_seen"], sqlite_where=hit, postgresql_where=hit
        )
    op.create_table(
        "sighting_candidate",
        sa.Column("sighting_id", _ID, nullable=False),
        sa.Column("folded", _PLATE_TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sighting.id"], name="fk_sighting_candidate_sighting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sighting_id", "folded", name="pk_sighting_candidate"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sighting_candidate_folded", "sighting_candidate", ["folded", "sighting_id"])
    op.create_table(
        "sighting_picture",
        sa.Column("sighting_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sighting.id"], name="fk_sighting_picture_sighting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sighting_id", "kind", name="pk_sighting_picture"),
    )
    op.create_table(
        "sighting_hit",
        sa.Column("sighting_id", _ID, nullable=False),
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pattern", _PLATE_TEXT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("text", _PLATE_TEXT, nullable=False),
        sa.Column("distance", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sighting.id"], name="fk_sighting_hit_sighting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sighting_id", "entry_id", name="pk_sighting_hit"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sighting_hit_entry_id", "sighting_hit", ["entry_id", "sighting_id"])
    op.create_table(
        "watchlist_entry",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pattern", _PLATE_TEXT, nullable=False),
        sa.Column("distance", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watchlist_entry"),
        sa.UniqueConstraint("kind", "pattern", name="uq_watchlist_entry_kind_pattern"),
        sqlite_autoincrement=True,
    )
