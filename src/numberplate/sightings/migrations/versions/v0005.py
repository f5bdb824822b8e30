"""The zone that a vehicle was in, and the sides of its plate that the frame's edge cut off.

A migration never changes once it is released: it does not import what the rest says today.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("sighting", sa.Column("zone", sa.Text()))
    op.add_column("sighting", sa.Column("cut", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")))
