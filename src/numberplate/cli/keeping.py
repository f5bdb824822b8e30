"""Keeps what a command sees in the database of sightings, where that is wanted."""

from typing import TYPE_CHECKING

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.output.lines import complain

if TYPE_CHECKING:
    from numberplate.results.sighting import Sighting
    from numberplate.sightings import Hit

_CLOSING = 10.0
"""Seconds for which the database is waited for at the end."""


class Keeper:
    """The database, if there is to be one. What it does not take at once waits on the disk.

    Args:
        context: of the command.
        save, database: its options.
        wait: whether a database that cannot be reached at first is waited for.

    Attributes:
        failed: whether something is not in the database yet, or never will be; a line said so.
    """

    def __init__(self, context: typer.Context, save: bool, database: str | None, wait: bool = False):
        self.failed = False
        self._spool = None
        # One that the environment names is there to be searched; it does not say that this is to be kept.
        named = context.get_parameter_source("database")
        if not save and (named is None or named.name != "COMMANDLINE"):
            return
        with extra("sightings"):
            from numberplate.sightings import Sightings, SightingsError
            from numberplate.sightings.spool import Spool, spool_folder
        self._error = SightingsError
        try:
            self._sightings = Sightings(database, at_once=not wait)
            self._spool = Spool(self._sightings, spool_folder(self._sightings))
        except SightingsError as error:
            fail(str(error))

    def add(self, sighting: "Sighting", identity: str, recording: str | None = None) -> None:
        """Keeps a sighting; `identity`, `recording`: see `Sightings.add`."""
        if self._spool is None:
            return
        from numberplate.sightings.record import Record, to_bytes

        try:
            self._spool.put(to_bytes([Record.of(sighting, identity, recording)]))
        except (self._error, ValueError) as error:
            self.failed = True
            complain(f"numberplate: {sighting.text} is not kept: {error}")

    def hits(self, sighting: "Sighting") -> tuple["Hit", ...]:
        """The entries of the watch lists that it hits."""
        if self._spool is None:
            return ()
        try:
            return self._sightings.watch_list.match(sighting.text, sighting.candidates)
        except self._error as error:
            complain(f"numberplate: the watch lists cannot be read: {error}")
            return ()

    def close(self) -> None:
        """Waits for the database a little, and says what it did not take."""
        if self._spool is None:
            return
        left = self._spool.close(_CLOSING)
        if left:
            self.failed = True
            reason = self._spool.fault or "the database is busy"
            complain(
                f"numberplate: {left} sightings wait in {self._spool.folder} for the next program that keeps "
                f"any: {reason}"
            )
        if self._spool.refused:
            self.failed = True
            complain(
                f"numberplate: {self._spool.refused} sightings are refused by the database; they are in "
                f"{self._spool.folder}, with the reason"
            )
        if self._spool.repeated:
            complain(f"numberplate: {self._spool.repeated} kept before, and not again")
        self._sightings.close()
