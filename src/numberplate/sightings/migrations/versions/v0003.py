"""How far programs that follow the sightings have come, and what they put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the tables."""
    id_type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    time = sa.DateTime(timezone=True)
    op.create_table(
        "sighting_follower",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("after", id_type, nullable=False),
        sa.Column("advanced", time, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sighting_follower"),
    )
    op.create_table(
        "sighting_failure",
        sa.Column("id", id_type, nullable=False, autoincrement=True),
        sa.Column("follower", sa.Text(), nullable=False),
        sa.Column("sighting_id", id_type, nullable=False),
        sa.Column("failed", time, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sighting_failure"),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sighting.id"], name="fk_sighting_failure_sighting_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sighting_failure_sighting_id", "sighting_failure", ["sighting_id"])
