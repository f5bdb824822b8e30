"""Passwords of cameras leave the names of sources; a sighting may have an identity, and name its recording.

A migration never changes once it is released: it does not import what the rest says today.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_USER = re.compile(r"(?<=://)(?:[^/?#@\s]*:(?!\d{1,5}[/?#])\S*@|[^/?#\s]*@)")
_NAME = (
    r"(?:^|[?&;/_,#])"
    r"[A-Za-z0-9.-]*(?:pas|pwd|psw|pw|token|secret|auth|key|sig|usr|user|login|loginuse|sess|sid|cred|jwt|hash)"
    r"[A-Za-z0-9.-]*(?:_?(?:id|token|key))?="
)
_PARAMETER = re.compile(rf"({_NAME})[^&;/?#\s]*?(?=_[A-Za-z][A-Za-z0-9]*=|[&;/?#\s]|\.sdp|$)", re.IGNORECASE)


def upgrade() -> None:
    """Adds the columns with their indexes, and cleans the names."""
    op.add_column("sighting", sa.Column("identity", sa.Text()))
    op.add_column("sighting", sa.Column("recording", sa.Text()))
    op.create_index("ix_sighting_added", "sighting", ["added"])
    named = sa.column("identity", sa.Text()).is_not(sa.null())
    op.create_index(
        "ix_sighting_identity",
        "sighting",
        ["identity"],
        unique=True,
        sqlite_where=named,
        postgresql_where=named,
    )
    recorded = sa.column("recording", sa.Text()).is_not(sa.null())
    op.create_index(
        "ix_sighting_recording",
        "sighting",
        ["recording", "folded"],
        sqlite_where=recorded,
        postgresql_where=recorded,
    )
    sighting = sa.table("sighting", sa.column("source", sa.Text()))
    source = sighting.c.source
    connection = op.get_bind()
    for name in connection.scalars(sa.select(source).where(source.like("%://%")).distinct()).all():
        clean = _PARAMETER.sub(r"\1***", _USER.sub("", name))
        if clean != name:
            connection.execute(sa.update(sighting).where(source == name).values(source=clean))
