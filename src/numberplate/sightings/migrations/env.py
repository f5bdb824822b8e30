"""Runs the migrations within the transaction of the caller, who holds the lock; see `database.connect`."""

from alembic import context

from numberplate.sightings.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
