"""Corrections of what was read, one a sighting.

A migration never changes once it is released: it does not import what the rest says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLATE_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "sighting_correction",
        sa.Column("sighting_id", _ID, nullable=False),
        sa.Column("text", _PLATE_TEXT, nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sighting.id"], name="fk_sighting_correction_sighting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sighting_id", name="pk_sighting_correction"),
    )
